"""Labels and captions of a figure in the units of its liquids; the figures write those of Lennard-Jones."""

from __future__ import annotations

import re

from matplotlib.figure import Figure
from matplotlib.text import Text

from lmpmeso.models.units import UnitsStyle

LABELS = {
    r"$[\epsilon]$": "[{energy}]",
    r"[$\varepsilon$]": "[{energy}]",
    r"$[\epsilon/\sigma^2]$": "[{energy}/{length}$^2$]",
    r"$[(\epsilon/\sigma^2)^{-1}]$": "[({energy}/{length}$^2$)$^{{-1}}$]",
    r"$[\epsilon/\sigma^3]$": "[{energy}/{length}$^3$]",
    r"$[\epsilon/k_\mathrm{B}]$": "[{temperature}]",
    r"[$\sigma\sqrt{m/\varepsilon}$]": "[{time}]",
    r"$[\sigma]$": "[{length}]",
    r"[$\sigma$]": "[{length}]",
    r"[$\sigma^2$]": "[{length}$^2$]",
    r"$\sigma^2$/time": "{length}$^2$/{time}",
    r"$\sigma^{-1}$": "{length}$^{{-1}}$",
    r"a_0^2/T$": r"a_0^2/k_\mathrm{{B}}T$",
    r"a_0^3/T$": r"a_0^3/k_\mathrm{{B}}T$",
    r"a_0^d/T$": r"a_0^d/k_\mathrm{{B}}T$",
}
"""Units as the figures write them, and as they are written for other liquids."""
TEMPERATURE = re.compile(r"\$T(?:_p)?\$ = [\d.e+-]+(?: … [\d.e+-]+)?")
"""A temperature, or a range of them, in a title or note."""
BARE_TEMPERATURES = {"$T$": "{0}", "$T_p$": "{0}", "$1/T$": "1/{0}", "$1/T_p$": "1/{0}"}
"""Labels of axes of temperatures that say no unit, and what it is."""

WITH_THERMAL_ENERGY = {
    "a0²/T": "a0²/(k_B T)",
    " T/a0²": " k_B T/a0²",
    "t0 = a0/√T": "t0 = a0 √(m/k_B T)",
}
"""Formulas in words, where masses are 1 and temperatures energies, and as they are otherwise."""


def words_in_units(text: str, style: UnitsStyle) -> str:
    """A text about a figure or table, with its formulas as they are in the units of its liquids."""
    if style.name == "lj":
        return text
    for ours, theirs in WITH_THERMAL_ENERGY.items():
        text = text.replace(ours, theirs)
    return text


def label_units(figure: Figure, style: UnitsStyle) -> Figure:
    """The figure, with its units written in those of a LAMMPS units style."""
    if style.name == "lj":
        return figure
    names = {
        "energy": style.energy_unit,
        "length": style.length_unit,
        "time": style.time_unit,
        "temperature": style.temperature_unit,
    }
    for text in figure.findobj(Text):
        assert isinstance(text, Text), "these were asked for"
        told = text.get_text()
        for ours, theirs in LABELS.items():
            told = told.replace(ours, theirs.format(**names))
        told = TEMPERATURE.sub(rf"\g<0> {style.temperature_unit}", told)
        if told in BARE_TEMPERATURES:
            told = f"{told} [{BARE_TEMPERATURES[told].format(style.temperature_unit)}]"
        if told != text.get_text():
            text.set_text(told)
    return figure
