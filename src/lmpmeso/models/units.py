"""The units styles of LAMMPS that a model can be given in, and what Newton's laws need of them.

The numbers are LAMMPS's own (``update.cpp``), so that a temperature means here what it means there.
"""

from __future__ import annotations

from dataclasses import dataclass

from lmpmeso.errors import ModelError


@dataclass(frozen=True)
class UnitsStyle:
    """One units style.

    Attributes:
        name: LAMMPS's name of it.
        boltzmann: k_B [energy/temperature].
        mass_energy: energy of one unit of mass times velocity² [energy/(mass·length²/time²)].
        pressure: LAMMPS's unit of pressure, in units of energy/length^d.
        time_step: LAMMPS's own default time step [time].
        energy_unit, length_unit, time_unit, mass_unit, temperature_unit: what they are called.
    """

    name: str
    boltzmann: float
    mass_energy: float
    pressure: float
    time_step: float
    energy_unit: str
    length_unit: str
    time_unit: str
    mass_unit: str
    temperature_unit: str


UNITS_STYLES = {
    style.name: style
    for style in (
        UnitsStyle("lj", 1.0, 1.0, 1.0, 0.005, "ε", "σ", "σ√(m/ε)", "m", "ε/k_B"),
        UnitsStyle(
            *("metal", 8.617343e-5, 1.0364269e-4, 1.0 / 1.6021765e6, 0.001),
            *("eV", "Å", "ps", "g/mol", "K"),
        ),
        UnitsStyle(
            *("real", 0.0019872067, 48.88821291 * 48.88821291, 1.0 / 68568.415, 1.0),
            *("kcal/mol", "Å", "fs", "g/mol", "K"),
        ),
    )
}
"""By name."""


def units_style(name: str) -> UnitsStyle:
    """The units style of that name.

    Raises:
        ModelError: models cannot be given in it.
    """
    if name not in UNITS_STYLES:
        known = ", ".join(UNITS_STYLES)
        raise ModelError(f"unknown units {name!r}; a model can be given in the units {known}")
    return UNITS_STYLES[name]
