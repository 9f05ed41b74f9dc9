from dataclasses import replace

import numpy as np
import pytest

from lmpmeso.configurations import read_configuration
from lmpmeso.errors import StatisticsError
from lmpmeso.execution import Execution
from lmpmeso.hessians import InteractingPairs, hessian, interacting_pairs
from lmpmeso.models import get_model
from lmpmeso.propensity.mobility import mean_displacement, propensity
from lmpmeso.protocols import isoconfigurational_runs, quench
from tests.elasticity.networks import DATA
from tests.liquids import equilibrated


def test_propensities_are_mean_displacements_over_all_runs():
    rng = np.random.default_rng(1)
    start_nc = rng.uniform(0.0, 10.0, (100, 3))
    ends = start_nc + rng.normal(0.0, 0.3, (30, 100, 3))
    expected = [
        np.mean([np.sqrt(np.sum((end[n] - start_nc[n]) ** 2)) for end in ends])
        for n in range(len(start_nc))
    ]
    found = mean_displacement(ends, start_nc, fix_center_of_mass=False)
    assert found.mean_n == pytest.approx(np.array(expected), rel=1e-14)
    assert found.n_runs == len(ends)


@pytest.mark.filterwarnings("ignore::lmpmeso.errors.EnsembleTemperatureWarning")
def test_a_harmonic_solid_has_the_propensity_of_its_modes():
    """⟨u_n²(t)⟩ = T Σ_k |e_kn|² sin²(ω_k t)/ω_k² for runs from the minimum at low T."""
    temperature = 1e-8
    model = replace(get_model("ipl2d"), thermostat_time=100.0)  # hardly felt
    glass = quench(read_configuration(DATA / "ipl2d.glass.dump.gz", model), model)
    runs = isoconfigurational_runs(
        glass, model, temperature, duration=0.4, n_runs=40, seed=1, execution=Execution("none")
    )
    eigenvalues, modes = np.linalg.eigh(hessian(glass, model).matrix.toarray())
    omega, modes = np.sqrt(eigenvalues[2:]), modes[:, 2:]
    shares_nk = (modes**2).reshape(glass.n_particles, 2, -1).sum(axis=1)
    for time in runs.times[[1, -3, -1]]:
        found = propensity(runs, float(time))
        expected_n = temperature * shares_nk @ (np.sin(omega * time) / omega) ** 2
        assert found.squared_n.sum() == pytest.approx(expected_n.sum(), rel=0.03)
        ratio_n = found.squared_n / expected_n
        # Of 40 runs and two components: ratios scatter by about 1/√40 about 1.
        assert ratio_n.mean() == pytest.approx(1.0, abs=0.03)
        assert ratio_n.std() < 0.25
    long_n = expected_n
    assert np.corrcoef(found.squared_n, long_n)[0, 1] > 0.6


def test_error_is_that_of_the_mean_over_runs():
    generator = np.random.default_rng(1)
    reference = np.zeros((50, 3))
    many = [mean_displacement(generator.normal(size=(20, 50, 3)), reference) for _ in range(200)]
    spread = np.std([p.mean_n for p in many], axis=0).mean()
    assert np.mean([p.error_n for p in many]) == pytest.approx(spread, rel=0.05)


def test_reliability_is_the_part_of_the_variance_that_runs_agree_on():
    generator = np.random.default_rng(2)
    same = mean_displacement(generator.normal(size=(30, 400, 3)), np.zeros((400, 3)))
    assert same.reliability < 0.3
    width_n = generator.uniform(0.1, 2.0, 400)
    moved = width_n[:, None] * generator.normal(size=(2, 30, 400, 3))
    one, other = (mean_displacement(u, np.zeros((400, 3))) for u in moved)
    measured = np.corrcoef(one.mean_n, other.mean_n)[0, 1]
    assert one.reliability == pytest.approx(measured, abs=0.03)


def test_a_drift_counts_only_when_it_is_asked_for():
    generator = np.random.default_rng(3)
    reference = generator.random((30, 3)) * 5
    moved = reference + 0.01 * generator.normal(size=(4, 30, 3)) + [1.0, 0.0, 0.0]
    assert mean_displacement(moved, reference).mean_n.max() < 0.1
    assert mean_displacement(moved, reference, fix_center_of_mass=False).mean_n.min() > 0.9


def test_neighbour_relative_displacement_of_a_group_that_moves_together_is_nothing():
    reference = np.arange(12.0).reshape(6, 2)
    moved = np.repeat(reference[None], 3, axis=0)
    moved[:, :3] += [0.5, 0.0]
    moved[:, 5] += [0.0, 0.3]
    i, j = np.array([0, 0, 1, 3, 4]), np.array([1, 2, 2, 4, 5])
    pairs = InteractingPairs(i, j, np.zeros((5, 2)), np.ones(5))
    found = mean_displacement(moved, reference, neighbours=pairs, fix_center_of_mass=False)
    assert found.mean_n == pytest.approx([0, 0, 0, 0, 0.15, 0.3])


@pytest.mark.filterwarnings("ignore::lmpmeso.errors.EnsembleTemperatureWarning")
def test_displacements_from_the_inherent_structure_or_from_the_start():
    model, liquid = get_model("ipl"), equilibrated("ipl").configuration
    glass = quench(liquid, model)
    runs = isoconfigurational_runs(
        liquid, model, 0.8, duration=0.2, n_runs=3, execution=Execution("none")
    )
    at_start = propensity(runs, 0.0)
    assert at_start.mean_n == pytest.approx(0.0, abs=1e-12)
    from_glass = propensity(runs, 0.0, reference=glass)
    moved_nc = liquid.unwrapped_positions() - glass.unwrapped_positions()
    assert from_glass.mean_n == pytest.approx(np.linalg.norm(moved_nc, axis=1), abs=1e-12)
    wrapped = replace(glass, positions_nc=glass.wrapped_positions(), images_nc=None)
    assert propensity(runs, 0.0, reference=wrapped).mean_n == pytest.approx(
        from_glass.mean_n, abs=1e-12
    )
    relative = propensity(runs, neighbours=interacting_pairs(glass, model))
    assert relative.time == pytest.approx(0.2)
    assert 0 < relative.mean_n.mean() < 1


def test_bad_ensembles_are_refused():
    reference = np.zeros((5, 3))
    with pytest.raises(StatisticsError, match="shape"):
        mean_displacement(np.zeros((2, 4, 3)), reference)
    with pytest.raises(StatisticsError, match="at least one run"):
        mean_displacement(np.zeros((0, 5, 3)), reference)
    broken = np.zeros((2, 5, 3))
    broken[1, 3, 0] = np.nan
    with pytest.raises(StatisticsError, match="run 1 holds positions that are not finite"):
        mean_displacement(broken, reference)
    model, liquid = get_model("ipl"), equilibrated("ipl").configuration
    runs = isoconfigurational_runs(
        liquid, model, 0.8, duration=0.02, n_runs=1, execution=Execution("none")
    )
    with pytest.raises(StatisticsError, match="no frame at time 7"):
        propensity(runs, 7.0)
    assert np.isnan(propensity(runs).error_n).all()
