"""A predictor is judged on configurations that it has not learnt from."""

from dataclasses import replace

import numpy as np
import pytest

from lmpmeso.configurations import configuration_from_arrays, random_configuration
from lmpmeso.errors import StatisticsError
from lmpmeso.hessians import evaluate
from lmpmeso.models import get_model
from lmpmeso.propensity import LocalField, local_structure, predictor_comparison
from lmpmeso.propensity.local_predictors import (
    EVERYTHING,
    RADIAL,
    STIFFNESSES,
    _pair_energy,
    _Sample,
)

MODEL = get_model("ipl")
N, FEATURES = 216, 15


def made_up(seed):
    """κ says a third of the mobility, one of many numbers of the surroundings another third; all else is noise."""
    rng = np.random.default_rng(seed)
    structure = configuration_from_arrays(rng.uniform(0, 6, (N, 3)), np.arange(N) % 2, 6.0)
    kappa, shell, noise = rng.normal(size=(3, N))
    mobility = np.exp(-kappa + shell + noise) * np.where(structure.species == 0, 3.0, 1.0)
    others = {"harmonic": np.exp(kappa + rng.normal(size=N))}
    fields = LocalField(structure, np.exp(kappa), mobility, others=others)
    many = rng.normal(size=(N, FEATURES))
    many[:, 7] = 5.0 + 0.1 * shell
    many[:, 9] = 1.0  # a shell where there is always the same
    return fields, {
        RADIAL: many,
        "noise": rng.normal(size=(N, FEATURES)),
        "order": rng.normal(size=N),
    }


@pytest.fixture(scope="module")
def compared():
    fields, structure = zip(*(made_up(seed) for seed in range(8)), strict=True)
    return fields, predictor_comparison(fields, structure, MODEL).set_index("predictor")


def test_each_predictor_orders_as_much_as_it_knows(compared):
    _, table = compared
    expected = 6 / np.pi * np.arcsin(1 / np.sqrt(3) / 2)
    assert table.index[0] == "arithmetic"
    for name in ("arithmetic", RADIAL):
        assert table.loc[name, "spearman"] == pytest.approx(expected, abs=0.07)
    both = 6 / np.pi * np.arcsin(np.sqrt(2 / 3) / 2)
    assert table.loc[EVERYTHING, "spearman"] == pytest.approx(both, abs=0.08)
    assert table.loc[EVERYTHING, "difference_low"] > 0.1
    assert table.loc["harmonic", "difference_high"] < 0
    assert table.loc[STIFFNESSES, "spearman"] == pytest.approx(expected, abs=0.06)


def test_noise_orders_nothing_however_many_numbers_it_has(compared):
    _, table = compared
    assert abs(table.loc["noise", "spearman"]) < 0.08
    assert abs(table.loc["order", "spearman"]) < 0.08
    assert table.loc["noise", "n_features"] == FEATURES


def test_the_mobility_of_the_judged_configurations_is_not_looked_at(compared):
    """Of half of them turned round, those that are learnt from are mostly the opposite of the one left out."""
    fields, table = compared
    upside_down = [
        replace(f, mobility_n=1.0 / f.mobility_n) if k < 4 else f for k, f in enumerate(fields)
    ]
    structure = [made_up(seed)[1] for seed in range(8)]
    found = predictor_comparison(upside_down, structure, MODEL).set_index("predictor")
    expected = -table.loc["arithmetic", "spearman"]
    assert found.loc["arithmetic", "spearman"] == pytest.approx(expected)


def test_the_ridge_is_that_of_standardised_numbers():
    rng = np.random.default_rng(3)
    x_nk, y_n = rng.normal(2.0, [1.0, 5.0, 0.1], (300, 3)), rng.normal(size=300)
    y_n += x_nk @ [0.1, 0.2, 3.0]
    halves = _Sample.sum_of([_Sample.of(x_nk[:100], y_n[:100]), _Sample.of(x_nk[100:], y_n[100:])])
    z_nk = (x_nk - x_nk.mean(axis=0)) / x_nk.std(axis=0)
    system = np.concatenate([z_nk, np.sqrt(0.3 * 300) * np.eye(3)])
    slope_k = np.linalg.lstsq(system, np.concatenate([y_n - y_n.mean(), np.zeros(3)]), rcond=None)[
        0
    ]
    assert halves.weights(0.3) * x_nk.std(axis=0) == pytest.approx(slope_k)
    off = y_n - x_nk @ halves.weights(0.3)
    assert halves.error(halves.weights(0.3)) == pytest.approx(((off - off.mean()) ** 2).sum())


def test_the_energies_of_the_particles_add_up_to_that_of_the_glass():
    rng = np.random.default_rng(0)
    grid_nc = np.stack(np.meshgrid(*[np.arange(6)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    edge = (N / MODEL.density) ** (1 / 3)
    x_nc = (grid_nc + rng.uniform(0, 0.3, (N, 3))) * edge / 6
    structure = configuration_from_arrays(x_nc, np.arange(N) % 2, edge)
    found = local_structure(structure, MODEL)
    assert found["local energy"].sum() == pytest.approx(evaluate(structure, MODEL).energy)
    assert (1.0 / found["local density"]).sum() == pytest.approx(edge**3)
    assert found[RADIAL].shape == (N, 42)
    assert "local energy" not in local_structure(structure, get_model("sw"))


def test_the_energies_of_particles_of_sizes_of_their_own_are_of_these_sizes():
    model = get_model("poly-swap")
    random = random_configuration(model, N, 0)
    grid_nc = np.stack(np.meshgrid(*[np.arange(6.0)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    jitter_nc = np.random.default_rng(0).uniform(0.0, 0.2, (N, 3))
    structure = random.with_positions((grid_nc + jitter_nc) * random.box_c / 6)
    energies = _pair_energy(structure, model)
    assert energies.sum() == pytest.approx(evaluate(structure, model).energy)


def test_too_few_configurations_and_missing_numbers_are_refused():
    fields, structure = zip(*(made_up(seed) for seed in range(4)), strict=True)
    with pytest.raises(StatisticsError, match="4 at least"):
        predictor_comparison(fields[:3], structure[:3], MODEL)
    structure[1]["order"][3] = np.nan
    with pytest.raises(StatisticsError, match="order: not a finite number"):
        predictor_comparison(fields, structure, MODEL)
