"""The packaged metallic glasses."""

import json

import pytest

from lmpmeso.errors import ModelError
from lmpmeso.models import copper_zirconium, get_model, is_packaged_name
from lmpmeso.models.identity import digest_of

CUZR = "5373aaac138a45349ef5b3a8f100e4fb2d54616ed123bca789a4e4dda2af9dc8"


def test_the_identity_of_cuzr_stays_what_it_is():
    """A changed one makes all runs and campaigns of the model another computation."""
    assert digest_of(get_model("cuzr").identity()) == CUZR


def test_cuzr_is_the_alloy_of_equal_parts_with_the_masses_of_its_file():
    model = get_model("cuzr")
    assert model == copper_zirconium()
    assert [(s.name, s.fraction, s.mass) for s in model.species] == [
        ("Cu", 0.5, 63.546),
        ("Zr", 0.5, 91.224),
    ]
    assert (model.units, model.time_step, model.thermostat_time) == ("metal", 0.002, 0.2)
    assert model.density == pytest.approx(0.05563, abs=1e-5)
    assert model.species[model.largest_species].name == "Zr"


@pytest.mark.parametrize(
    ("name", "copper"), [("cuzr-64-36", 0.64), ("cuzr-64.5-35.5", 0.645), ("cuzr-20-80", 0.2)]
)
def test_a_composition_is_told_by_the_name_and_back(name, copper):
    model = get_model(name)
    assert model.species[0].fraction == pytest.approx(copper, abs=1e-15)
    assert model.name == name
    assert copper_zirconium(copper) == model
    assert is_packaged_name(name)


def test_copper_makes_the_glass_denser():
    densities = [copper_zirconium(x).density for x in (0.1, 0.36, 0.45, 0.5, 0.6, 0.64, 0.9)]
    assert densities == sorted(densities)
    assert densities[0] > 0.042
    assert densities[-1] < 0.085


@pytest.mark.parametrize("copper", [0.0, 1.0, -0.1, 1.5])
def test_an_impossible_fraction_is_refused(copper):
    with pytest.raises(ModelError, match="must lie between 0 and 1"):
        copper_zirconium(copper)


def test_a_name_whose_parts_are_no_whole_is_refused():
    with pytest.raises(ModelError, match="64 % copper and 35 % zirconium are not 100 %"):
        get_model("cuzr-64-35")


def test_no_path_of_this_machine_is_part_of_the_identity():
    assert "/" not in json.dumps(get_model("cuzr").identity()).replace("eam/fs", "")
