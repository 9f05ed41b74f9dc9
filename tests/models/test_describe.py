"""Descriptions of models for people and programs."""

import json

import pytest

from lmpmeso.models import describe_model, get_model, model_names, model_text, sticky_spheres


@pytest.mark.parametrize("name", model_names())
def test_a_description_survives_json_and_agrees_with_the_model(name):
    model = get_model(name)
    about = json.loads(json.dumps(describe_model(model)))
    assert (about["name"], about["density"], about["a0"]) == (name, model.density, model.a0)
    assert [s["lammps_type"] for s in about["species"]] == list(range(1, model.n_species + 1))
    assert len(about["pair_potentials"]) == model.n_species * (model.n_species + 1) // 2
    assert (about["three_body"] is None) == (model.three_body is None)


@pytest.mark.parametrize(
    ("name", "styles"),
    [
        ("ipl", {"table": "table", "lepton": "lepton"}),
        ("mblj", {"native": "lj/smooth/linear", "table": "table", "lepton": "lepton"}),
        ("ka", {"native": "lj/cut", "table": "table", "lepton": "lepton"}),
        ("sw", {"native": "sw"}),
    ],
)
def test_the_possible_lammps_styles_are_listed(name, styles):
    assert describe_model(get_model(name))["lammps"]["styles"] == styles


@pytest.mark.parametrize("model", [*map(get_model, model_names()), sticky_spheres(0.8, 1.5)])
def test_the_text_names_species_cutoffs_and_reference(model):
    text = model_text(model)
    assert text.startswith(f"{model.name}: {model.title}\n")
    for species in model.species:
        assert f"species {species.name}" in text
    assert f"cut-off {model.max_cutoff:.6g}" in text
    assert model.reference in text
    assert ("three-body term" in text) == (model.three_body is not None)


@pytest.mark.parametrize(
    ("name", "units"),
    [
        ("cuzr", ["Å^-3", "63.546 g/mol", "2.65 Å^-1", "0.002 ps", "900 to 2000 K", "Zr-Zr 4.1 Å"]),
        ("ipl", ["σ^-3", "cut-off 1.48 σ", "σ^-1", "σ√(m/ε)", "0.5 to 2 ε/k_B"]),
        ("poly-swap", ["cut-off 1.25 σ_ij"]),
    ],
)
def test_the_text_names_the_units_of_its_numbers(name, units):
    text = model_text(get_model(name))
    assert [unit for unit in units if unit not in text] == []


def test_a_model_without_a_potential_file_names_none():
    assert "None" not in model_text(get_model("poly-swap"))
