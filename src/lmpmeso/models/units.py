"""The units styles of LAMMPS that a model can be given in, and what Newton's laws need of them.

The numbers are LAMMPS's own (``update.cpp``), so that a temperature means here what it means there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from lmpmeso.errors import ModelError


@dataclass(frozen=True)
class UnitsStyle:
    """One units style.

    Attributes:
        name: LAMMPS's name of it.
        boltzmann: k_B [energy/temperature].
        mass_energy: energy of one unit of mass times velocity² [energy/(mass·length²/time²)].
        time_step: LAMMPS's own default time step [time].
        energy_unit, length_unit, time_unit, mass_unit, temperature_unit: what they are called.
        gigapascals: energy/length³ in GPa; None where that depends on the substance.
        pressure: energy/length³ in LAMMPS's unit of pressure, which is bar or atm.
    """

    name: str
    boltzmann: float
    mass_energy: float
    time_step: float
    energy_unit: str
    length_unit: str
    time_unit: str
    mass_unit: str
    temperature_unit: str
    gigapascals: float | None = None
    pressure: float = 1.0

    def named(self, text: str) -> str:
        """A text about the Lennard-Jones units ε, σ and ε/k_B as one about these."""
        text = text.replace(LENNARD_JONES.temperature_unit, self.temperature_unit)
        return text.replace("ε", self.energy_unit).replace("σ", self.length_unit)

    def of_columns(self, units: Mapping[str, str]) -> dict[str, str]:
        """Units of columns, given as dimensions (``energy/length^2``) or in ε and σ, as these are called.

        Those of the Lennard-Jones system stay as they are.
        """
        if self.name == "lj":
            return dict(units)
        names = {
            "energy": self.energy_unit,
            "length": self.length_unit,
            "time": self.time_unit,
            "mass": self.mass_unit,
        }
        told = {
            column: re.sub(r"[a-z]+", lambda word: names.get(word[0], word[0]), self.named(unit))
            for column, unit in units.items()
        }
        return told | {c: self.temperature_unit for c in told if c.endswith("temperature")}

    def of_bare_columns(self, units: Mapping[str, str]) -> dict[str, str]:
        """The same of a table whose columns are bare in units of the Lennard-Jones system."""
        return {} if self.name == "lj" else self.of_columns(units)


LENNARD_JONES = UnitsStyle(
    name="lj",
    boltzmann=1.0,
    mass_energy=1.0,
    time_step=0.005,
    energy_unit="ε",
    length_unit="σ",
    time_unit="σ√(m/ε)",
    mass_unit="m",
    temperature_unit="ε/k_B",
)
METAL = UnitsStyle(
    name="metal",
    boltzmann=8.617343e-5,
    mass_energy=1.0364269e-4,
    time_step=0.001,
    energy_unit="eV",
    length_unit="Å",
    time_unit="ps",
    mass_unit="g/mol",
    temperature_unit="K",
    gigapascals=160.21765,
    pressure=1.6021765e6,
)
REAL = UnitsStyle(
    name="real",
    boltzmann=0.0019872067,
    mass_energy=48.88821291**2,
    time_step=1.0,
    energy_unit="kcal/mol",
    length_unit="Å",
    time_unit="fs",
    mass_unit="g/mol",
    temperature_unit="K",
    gigapascals=6.9476953,
    pressure=68568.415,
)
UNITS_STYLES = {style.name: style for style in (LENNARD_JONES, METAL, REAL)}
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
