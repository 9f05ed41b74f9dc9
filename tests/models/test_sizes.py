"""Particles of sizes of their own: the distribution, the size of a pair, and faults of a model file."""

import numpy as np
import pytest

from lmpmeso.errors import ModelError
from lmpmeso.models import (
    GlassModel,
    Sizes,
    Species,
    describe_model,
    get_model,
    model_text,
    read_model,
)
from lmpmeso.models.lammps_styles import lammps_pair_commands, lammps_pair_style
from lmpmeso.models.tables import table_text
from tests.models.own_models import POLYDISPERSE, written

SIZES = Sizes(0.725329, 1.609505, -3.0, 0.2)


@pytest.mark.parametrize("exponent", [-3.0, -1.0, 0.0, 2.5])
def test_diameters_follow_the_distribution(exponent):
    sizes = Sizes(0.7, 1.6, exponent)
    drawn = sizes.drawn(20_000, np.random.default_rng(1))
    counts, edges = np.histogram(drawn, 30, (0.7, 1.6))
    middle = 0.5 * (edges[1:] + edges[:-1])
    expected = middle**exponent
    np.testing.assert_allclose(counts / counts.sum(), expected / expected.sum(), rtol=0.02)
    assert sizes.mean == pytest.approx(drawn.mean(), rel=1e-6)


def test_diameters_are_the_same_for_each_seed_in_another_order():
    one, same, other = (SIZES.drawn(50, np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)
    np.testing.assert_allclose(np.sort(one), np.sort(other), rtol=1e-15)


def test_the_unit_of_length_of_the_published_model_is_the_mean_diameter():
    assert SIZES.mean == pytest.approx(1.0, abs=1e-5)
    assert SIZES.largest / SIZES.smallest == pytest.approx(2.219, abs=1e-5)


def test_the_size_of_a_pair_is_smaller_than_the_mean_of_two_different_ones():
    one, other = np.array([1.0, 0.8]), np.array([1.0, 1.3])
    np.testing.assert_allclose(SIZES.between(one, other), [1.0, 1.05 * (1 - 0.2 * 0.5)])
    np.testing.assert_array_equal(SIZES.between(one, other), SIZES.between(other, one))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("smallest = 0.725329", "smallest = -1", "smallest"),
        ("smallest = 0.725329", "smallest = 2.0", "smallest to a larger largest"),
        ("smallest = 0.725329\n", "", "smallest"),
        ("nonadditivity = 0.2", "nonadditivity = 1.5", "between 0 and 1"),
        ("exponent = -3", "exponant = -3", 'did you mean "exponent"'),
        ("exponent = -3", "exponent = 77", "between -50 and 50"),
        (
            POLYDISPERSE[POLYDISPERSE.index("[pair]") :],
            '[lammps]\ncommands = "pair_style tersoff"',
            "go with",
        ),
    ],
)
def test_a_fault_of_the_sizes_is_told(tmp_path, old, new, told):
    with pytest.raises(ModelError, match=told):
        read_model(written(tmp_path, POLYDISPERSE.replace(old, new), "poly"))


def test_sizes_are_part_of_the_identity_and_are_described(tmp_path):
    model = read_model(written(tmp_path, POLYDISPERSE, "poly"))
    other = read_model(written(tmp_path, POLYDISPERSE.replace("0.2\n", "0.1\n"), "other"))
    assert model.digest() != other.digest()
    assert "sizes" not in get_model("ipl").identity()
    assert describe_model(model)["sizes"]["exponent"] == -3.0
    assert "p(σ) ∝ σ^-3" in model_text(model)
    assert model.max_cutoff == pytest.approx(1.25 * 1.609505)


def test_lammps_holds_them_in_lepton_sphere_alone(tmp_path):
    model = read_model(written(tmp_path, POLYDISPERSE, "poly"))
    assert lammps_pair_style(model) == "lepton/sphere"
    for style in ("table", "native"):
        with pytest.raises(ModelError, match="only lepton/sphere"):
            lammps_pair_style(model, style)
    with pytest.raises(ModelError, match="no table"):
        table_text(model)
    clash = POLYDISPERSE.replace('"r^-12"', '"radi*r^-12"') + "\n[pair.constants]\nradi = 1.0\n"
    with pytest.raises(ModelError, match="radi"):
        lammps_pair_commands(read_model(written(tmp_path, clash, "clash")))


def test_sizes_go_with_pair_potentials_only():
    silicon = get_model("sw")
    with pytest.raises(ModelError, match="other terms"):
        GlassModel(
            name="mine",
            density=0.5,
            species=(Species("A"),),
            pair_potentials=silicon.pair_potentials,
            three_body=silicon.three_body,
            sizes=SIZES,
        )
