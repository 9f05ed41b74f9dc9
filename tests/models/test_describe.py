"""Descriptions of models for people and programs."""

import json
import re
from dataclasses import dataclass, replace

import numpy as np
import pytest

from lmpmeso.models import (
    GlassModel,
    Species,
    describe_model,
    further_model_names,
    get_model,
    model_names,
    model_text,
    sticky_spheres,
)
from lmpmeso.models.potentials import ShiftedForceLennardJones, TruncatedPotential


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


@pytest.mark.parametrize(
    ("name", "x"),
    [("ipl", 1.2), ("ss", 1.25), ("poly-swap", 1.1), ("lj-poly", 1.5), ("harmonic", 0.9)],
)
def test_the_formula_of_the_text_with_its_numbers_is_the_potential(name, x):
    """Worked out from the words alone, at a distance of x λ, x σ_ij or x σ of two of the smallest."""
    model = get_model(name)
    rows = [line.strip() for line in model_text(model).splitlines()]
    k = next(k for k, row in enumerate(rows) if row.startswith("potential "))
    formula = rows[k].partition("φ(r) = ")[2]
    known = dict(re.findall(r"(\w+) = (-?[\d.]+)(?![\d^(])", f"{formula}, {rows[k + 1]}"))
    told, cutoff = formula, float(rows[k + 1].partition("cut-off ")[2].split()[0])
    if name == "ss":
        told = "ε (a x^-12 - b x^-6 + c0 + c2 x^2 + c4 x^4 + c6 x^6)"
        assert told in formula
    told = re.split(r", x = |; |, cut ", told)[0]
    told = re.sub(r"(?<=[\w)]) (?=[\w(])", "*", told).replace("^", "**")
    values = {key: float(value) for key, value in known.items()}
    r = x * values.get("sig", 1.0)
    # c of formulas count in powers of r/cut-off, those of the named models in r/λ, λ = 1 here.
    values |= {"r": r, "x": r / cutoff if "r/cut-off" in formula else r}
    exact = model.pair_potentials[0][0].derivatives(np.array([r]), 0)[0][0]
    assert eval(told, {"__builtins__": {}}, values) == pytest.approx(exact, abs=2e-3, rel=1e-4)


@pytest.mark.parametrize("name", [*model_names(), *further_model_names()])
def test_the_text_names_no_class(name):
    """What a physicist reads is a formula, with the units of all numbers."""
    model = get_model(name)
    text = model_text(model)
    classes = {type(p).__name__ for row in model.pair_potentials for p in row}
    assert [c for c in classes if c in text] == []
    assert "StillingerWeberThreeBody" not in text
    for word in ("lengths", "times", "masses", "energies", "temperatures"):
        assert word in text.splitlines()[1]


def test_pairs_of_different_formulas_each_have_their_own():
    text = model_text(get_model("cuzr"))
    assert text.count("φ(r) = ") == 1
    model = get_model("ka")
    mixed = replace(
        model,
        pair_potentials=tuple(
            tuple(
                ShiftedForceLennardJones(1.0, 1.0, 2.5)
                if a == b == 1
                else model.pair_potentials[a][b]
                for b in range(2)
            )
            for a in range(2)
        ),
    )
    rows = model_text(mixed).splitlines()
    assert sum("φ(r) = " in row for row in rows) == 3
    assert any("potential B-B" in row and "slope at the cut-off" in row for row in rows)


def test_a_potential_of_a_class_of_one_s_own_is_named_by_it():
    @dataclass(frozen=True)
    class Springs(TruncatedPotential):
        cutoff: float = 1.0
        diameter: float = 1.0

        def _inside(self, r, order):
            return np.array([0.5 * (1 - r) ** 2, r - 1, np.ones_like(r)])[: order + 1]

    model = GlassModel(
        name="springs", density=0.8, species=(Species("A"),), pair_potentials=((Springs(),),)
    )
    assert "of the class Springs, in Python" in model_text(model)


def test_a_model_without_a_potential_file_names_none():
    assert "None" not in model_text(get_model("poly-swap"))
