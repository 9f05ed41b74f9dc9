"""Crystals and holes are flagged, liquids are not."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lmpmeso.configurations import configuration_from_arrays, read_configuration
from lmpmeso.dynamics import check_structure
from lmpmeso.dynamics.structural_order import largest_void
from lmpmeso.errors import ConfigurationError, StatisticsError
from lmpmeso.models import get_model, model_names
from tests.dynamics.crystals import crystal

DATA = Path(__file__).parents[1] / "data"


def liquid_of(name):
    model = get_model(name)
    return model, read_configuration(DATA / f"{name}.liquid.dump.gz", model)


def with_hole(configuration, radius):
    """The configuration without the particles about the centre of the box."""
    from_centre = configuration.wrapped_positions() - configuration.box_c / 2
    outside = (from_centre**2).sum(axis=1) > radius**2
    return configuration_from_arrays(
        configuration.wrapped_positions()[outside],
        configuration.species[outside],
        configuration.box_c,
    )


@pytest.mark.parametrize("kind", ["liquid", "glass"])
@pytest.mark.parametrize("name", model_names())
def test_liquids_and_glasses_of_every_model_are_not_flagged(name, kind):
    model = get_model(name)
    verdict = check_structure(read_configuration(DATA / f"{name}.{kind}.dump.gz", model), model)
    assert verdict.is_liquid, verdict.reason
    assert "a liquid" in verdict.reason
    # Not by a hair: another sample of the same liquid must pass too.
    assert verdict.evidence["bragg_ratio"] < 0.8 * verdict.evidence["bragg_limit"]
    assert verdict.evidence["void_radius"] < 1.1
    assert verdict.evidence["low_q_structure_factor"] < 0.5


@pytest.mark.parametrize("noise", [0.02, 0.1, 0.15])
@pytest.mark.parametrize(
    ("kind", "cells", "name", "species"),
    [
        ("fcc", (5, 5, 5), "mblj", 0),
        ("diamond", (4, 4, 4), "sw", 0),
        ("CsCl", (6, 6, 6), "ipl", "alternating"),
        ("triangular", (16, 9), "ipl2d", 0),
        ("square", (20, 20), "ipl2d", 0),
    ],
)
def test_crystals_with_thermal_noise_are_flagged(kind, cells, name, species, noise):
    model = get_model(name)
    verdict = check_structure(crystal(kind, cells, model.density, noise, species=species), model)
    assert verdict.crystallised
    assert not verdict.cavitated
    assert "Bragg peak" in verdict.reason


def test_a_crystallite_in_a_liquid_is_flagged_by_bond_order():
    """A ball of an fcc crystal in a liquid of 400: no strong Bragg peak needed."""
    model, liquid = liquid_of("mblj")
    radius = 2.6
    solid = crystal("fcc", (6, 6, 6), model.density, noise=0.05)
    from_centre = solid.positions_nc - solid.box_c / 2
    ball = from_centre[(from_centre**2).sum(axis=1) < radius**2] + liquid.box_c / 2
    rest = with_hole(liquid, radius)
    positions = np.concatenate([rest.wrapped_positions(), ball])
    mixed = configuration_from_arrays(
        positions, np.concatenate([rest.species, np.zeros(len(ball), int)]), liquid.box_c
    )
    verdict = check_structure(mixed, model)
    assert verdict.crystallised
    assert verdict.evidence["crystalline_fraction"] > 0.1


@pytest.mark.parametrize("name", ["ipl", "ipl2d", "ss", "sw"])
def test_a_liquid_with_a_hole_is_flagged(name):
    model, liquid = liquid_of(name)
    verdict = check_structure(with_hole(liquid, 2.0 * model.a0), model)
    assert verdict.cavitated
    assert not verdict.crystallised
    assert "empty sphere" in verdict.reason


def test_two_phases_are_flagged_without_an_empty_sphere():
    """A gas of half the density beside a liquid: no void, but S(q) at low q."""
    model, liquid = liquid_of("ss")
    rng = np.random.default_rng(3)
    positions = liquid.wrapped_positions()
    left = positions[:, 0] < liquid.box_c[0] / 2
    moved = left & (rng.random(len(left)) < 0.5)
    thinned = configuration_from_arrays(positions[~moved], liquid.species[~moved], liquid.box_c)
    verdict = check_structure(thinned, model)
    assert verdict.cavitated
    assert "smallest wave vectors" in verdict.reason


def test_one_bad_frame_of_a_trajectory_is_enough():
    model, liquid = liquid_of("ss")
    solid = crystal("fcc", (5, 5, 4), model.density, noise=0.1)
    assert check_structure([liquid] * 3, model).is_liquid
    last = configuration_from_arrays(solid.positions_nc, liquid.species, liquid.box_c)
    verdict = check_structure([liquid, liquid, last], model, n_frames=2)
    assert verdict.crystallised
    assert verdict.evidence["n_frames"] == 2


def test_an_energy_jump_counts_with_some_bond_order_only(monkeypatch):
    model, liquid = liquid_of("ipl")
    rng = np.random.default_rng(4)
    u = rng.normal(7.0, 0.01, 200) - 0.2 * (np.arange(200) > 120)
    energies = pd.DataFrame({"potential_energy": u})
    verdict = check_structure(liquid, model, energies)
    assert verdict.evidence["energy_fall"] == pytest.approx(0.2, abs=0.01)
    assert verdict.evidence["energy_fall_over_fluctuation"] > 10
    assert verdict.is_liquid
    monkeypatch.setattr("lmpmeso.dynamics.structural_order.crystalline_fraction", lambda _: 0.06)
    assert check_structure(liquid, model).is_liquid
    verdict = check_structure(liquid, model, energies)
    assert verdict.crystallised
    assert "the energy fell by" in verdict.reason


def test_fluctuating_and_drifting_energies_are_no_jump():
    model, liquid = liquid_of("ipl")
    rng = np.random.default_rng(5)
    for drift in (0.0, 0.03):
        u = pd.DataFrame(
            {"potential_energy": rng.normal(7.0, 0.01, 300) - np.linspace(0, drift, 300)}
        )
        assert check_structure(liquid, model, u).evidence["energy_fall_over_fluctuation"] < 3


def test_evidence_is_plain_json():
    model, liquid = liquid_of("ss")
    assert json.loads(json.dumps(check_structure(liquid, model).evidence))["n_frames"] == 1


def test_the_largest_void_of_a_lattice_is_its_deepest_hole():
    """The octahedral hole of fcc, half a cell edge from its six neighbours, up to the grid."""
    lattice = crystal("fcc", (4, 4, 4), 4.0)
    found = largest_void(lattice)
    assert 0.5 - 0.29 * 4.0 ** (-1 / 3) < found <= 0.5 + 1e-12


def test_bad_input_is_refused():
    model, liquid = liquid_of("ipl")
    with pytest.raises(StatisticsError, match="no configuration"):
        check_structure([], model)
    with pytest.raises(StatisticsError, match="potential_energy"):
        check_structure(liquid, model, pd.DataFrame({"u": [1.0]}))
    with pytest.raises(ConfigurationError, match="not of the same system"):
        check_structure([liquid, liquid_of("ss")[1]], model)
    with pytest.raises(ConfigurationError, match="2D"):
        check_structure(liquid_of("ipl2d")[1], model)
