"""The models that come with the package as model files."""

import json
import shutil

import pytest

from lmpmeso.errors import ModelError
from lmpmeso.models import (
    copper_zirconium,
    further_model_names,
    get_model,
    harmonic_spheres,
    is_packaged_name,
    model_names,
    read_model,
)
from lmpmeso.models.identity import digest_of
from lmpmeso.models.packaged import packaged_file, packing_fraction

IDENTITIES = {
    "cuzr": "269421bda8e4f08a1bef14dbdc0372c92103fe50def7e5951f2f1f3934a30375",
    "harmonic": "5d70e4778c594d5cd49572318c6a0e88811ae70c203a22db31625f2d272968af",
    "harmonic-2d": "7d72e17dcf12fea2dfff627ffeced995c960550649111ec2582ff147fa09f966",
    "lj-poly": "967796cf28372d722e3f49bc6a4907a0a212cef3a2f1979029d6b422cbc19cbe",
    "poly-swap": "2b191448caa6dcdbab0cb7d3a16e251080ac82aaa07166f113a08b15bf8312a3",
    "si-tersoff": "f55d6ea4c56edc7966d470ec5503621090b7f432032fb17003495c94c6180bb3",
    "silica": "683dac0903cdb8b24bedb222d95baf68a6781b17806d48b77ba4a227dfcc6453",
    "wca": "4cc8382c52f6a0e72a39759ee6f402434f79c27dd1b8d87dc9caf80e2ac7029d",
}


def test_every_file_of_the_package_is_a_model_of_its_name_beside_the_papers():
    assert further_model_names() == sorted(IDENTITIES)
    assert not set(further_model_names()) & set(model_names())
    for name in further_model_names():
        assert get_model(name).name == name
        assert is_packaged_name(name)


@pytest.mark.parametrize("name", IDENTITIES)
def test_identities_of_the_packaged_files_stay_what_they_are(name):
    """A changed one makes all runs and campaigns of the model another computation."""
    assert digest_of(get_model(name).identity()) == IDENTITIES[name]


@pytest.mark.parametrize("name", IDENTITIES)
def test_a_packaged_file_names_its_source_and_no_path_of_this_machine(name):
    model = get_model(name)
    assert "doi:10." in model.reference
    assert "/work" not in json.dumps(model.identity())
    assert str(packaged_file(name).parent) not in json.dumps(model.identity())


def test_a_packaged_file_is_copied_under_another_name_to_change_it(tmp_path):
    shutil.copyfile(packaged_file("harmonic"), tmp_path / "mine.toml")
    assert read_model(tmp_path / "mine.toml").digest() == get_model("harmonic").digest()
    shutil.copyfile(packaged_file("harmonic"), tmp_path / "harmonic.toml")
    with pytest.raises(ModelError, match="comes with lmpmeso: give the file another name"):
        read_model(tmp_path / "harmonic.toml")


@pytest.mark.parametrize(
    "name", ["../packaged/cuzr", "cuzr.toml.toml", "harmonic-3d-0.9", "silica-2"]
)
def test_what_is_no_name_is_none_of_a_packaged_file(name):
    assert not is_packaged_name(name)


def test_cuzr_is_the_alloy_of_equal_parts_with_the_masses_of_its_file():
    model = get_model("cuzr")
    assert model == copper_zirconium()
    assert [(s.name, s.fraction, s.mass) for s in model.species] == [
        ("Cu", 0.5, 63.546),
        ("Zr", 0.5, 91.224),
    ]
    assert (model.units, model.time_step, model.thermostat_time) == ("metal", 0.002, 0.2)
    assert model.density == pytest.approx(1 / 17.975, rel=1e-15)
    assert model.species[model.largest_species].name == "Zr"
    assert model.embedding is not None


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


@pytest.mark.parametrize(
    ("name", "dimension", "phi"), [("harmonic-0.70", 3, 0.7), ("harmonic-2d-0.855", 2, 0.855)]
)
def test_a_packing_fraction_is_told_by_the_name_and_back(name, dimension, phi):
    model = get_model(name)
    assert (model.name, model.dimension) == (name, dimension)
    assert packing_fraction(model) == pytest.approx(phi, rel=1e-12)
    assert f"packing fraction {phi:g}" in model.title
    assert harmonic_spheres(phi, dimension) == model


@pytest.mark.parametrize(
    ("name", "dimension", "phi"), [("harmonic", 3, 0.75), ("harmonic-2d", 2, 0.95)]
)
def test_the_files_of_harmonic_particles_hold_the_density_of_their_packing_fraction(
    name, dimension, phi
):
    assert get_model(name) == harmonic_spheres(phi, dimension)
    assert packing_fraction(get_model(name)) == pytest.approx(phi, rel=1e-12)


@pytest.mark.parametrize(("phi", "dimension"), [(0.0, 3), (-1.0, 2), (0.7, 4), (11.0, 3)])
def test_impossible_spheres_are_refused(phi, dimension):
    with pytest.raises(ModelError, match="packing fraction above 0"):
        harmonic_spheres(phi, dimension)
