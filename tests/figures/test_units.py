"""Figures of metals and silica name electronvolts, ångströms and kelvins."""

import pandas as pd
import pytest

from lmpmeso.figures.mesoelastic import draw_eq3
from lmpmeso.figures.pair_structure import pair_structure
from lmpmeso.figures.predictors import NAMES
from lmpmeso.figures.results import Results
from lmpmeso.figures.style import canvas
from lmpmeso.figures.units import label_units, words_in_units
from lmpmeso.models.units import units_style


def labelled():
    figure, (ax,) = canvas(columns=1, width=2.0, height=2.0)
    ax.set(
        title="CuZr, $T$ = 2e+03 … 1300.5",
        xlabel="$T_p$",
        ylabel=r"$p(\kappa_{ij})$  $[(\epsilon/\sigma^2)^{-1}]$",
    )
    return figure, ax


def test_units_of_a_metal_take_the_place_of_those_of_lennard_jones():
    figure, ax = labelled()
    label_units(figure, units_style("metal"))
    assert ax.get_title() == "CuZr, $T$ = 2e+03 … 1300.5 K"
    assert ax.get_xlabel() == "$T_p$ [K]"
    assert ax.get_ylabel() == r"$p(\kappa_{ij})$  [(eV/Å$^2$)$^{-1}$]"
    figure.savefig("/dev/null", format="png")


def test_captions_of_a_metal_have_the_thermal_energy_in_their_formulas():
    told = "Eq. 3: ℓ\u0303² κ a0²/T. Time in units of t0 = a0/√T"
    assert words_in_units(told, units_style("lj")) == told
    assert words_in_units(told, units_style("metal")) == (
        "Eq. 3: ℓ\u0303² κ a0²/(k_B T). Time in units of t0 = a0 √(m/k_B T)"
    )


def test_figures_of_the_papers_liquids_stay_as_they_are():
    figure, ax = labelled()
    label_units(figure, units_style("lj"))
    assert ax.get_xlabel() == "$T_p$"


@pytest.mark.parametrize(
    ("units", "expected"), [(["metal", "metal"], "metal"), (["lj", "metal"], "lj")]
)
def test_liquids_of_several_units_are_each_in_their_own(units, expected):
    results = Results((), {"liquids": pd.DataFrame({"units": units})})
    assert results.units.name == expected


def test_the_pair_part_of_embedded_atoms_is_no_potential():
    radial = pd.DataFrame(
        {"label": "CuZr", "model": "cuzr", "temperature": 2000.0, "r": [2.0, 3.0]}
    )
    pairs = {
        f"g_{pair}{end}": 1.0 for pair in ("Cu-Cu", "Cu-Zr", "Zr-Zr") for end in ("", "_error")
    }
    left, right = pair_structure(radial.assign(phase="liquid", **pairs)).axes
    assert left.get_xlabel() == "$r/a_0$"
    assert not right.axison


@pytest.mark.parametrize(
    "label", [label for label, _ in NAMES.values() if label.endswith("/T$")], ids=str
)
def test_stiffnesses_of_kelvins_are_told_over_the_thermal_energy(label):
    _, (ax,) = canvas(columns=1, width=2.0, height=2.0)
    ax.set_xlabel(label)
    label_units(ax.figure, units_style("metal"))
    assert ax.get_xlabel() == label.replace("/T$", r"/k_\mathrm{B}T$")


def test_words_about_kelvins_have_the_thermal_energy():
    told = words_in_units("all in units of T/a0²; κ a0²/T", units_style("metal"))
    assert told == "all in units of k_B T/a0²; κ a0²/(k_B T)"


@pytest.mark.parametrize("units", ["lj", "metal"])
def test_equation_3_of_kelvins_has_the_thermal_energy_below_it(units):
    """The fits are made so; without k_B their line would lie elsewhere."""
    style = units_style(units)
    points = pd.DataFrame({"model": "silica", "temperature": [2.0, 1.0], "a0": 2.0, "excluded": ""})
    for name, values in (("kappa", [3.0, 4.0]), ("tau_alpha_over_t0", [1.0, 2.0])):
        points = points.assign(**{name: values, f"{name}_low": values, f"{name}_high": values})
    _, (ax,) = canvas(columns=1, width=2.0, height=2.0)
    draw_eq3(ax, points.assign(boltzmann=style.boltzmann), pd.DataFrame())
    assert ax.dataLim.x1 == pytest.approx(4.0 * 2.0**2 / style.boltzmann, rel=1e-6)
