"""Forces that LAMMPS takes from us at every step, in place of a pair style: ``fix external``.

Array suffixes: n particle, c Cartesian component.
"""

from __future__ import annotations

import re
from typing import Any, Protocol

import numpy as np

from lmpmeso.arrays import FloatArray

FIX = "lmpmeso_forces"
"""Name of the fix."""
COMMANDS = (
    "pair_style none",
    f"fix {FIX} all external pf/callback 1 1",
    f"fix_modify {FIX} energy yes virial yes",
)
"""No pair style, and a fix whose energy and virial are those of the system."""
_STARTS = re.compile(r"^(?:run|minimize)\s", re.MULTILINE)


class Surface(Protocol):
    """An energy surface: U and -∂U/∂x anywhere, and its virial there."""

    def __call__(self, positions_nc: FloatArray) -> tuple[float, FloatArray]:
        """U [energy] and -∂U/∂x [energy/length], (N, d), at positions anywhere [length], (N, d)."""

    @property
    def virial_cc(self) -> FloatArray:
        """Σ r_a f_b over pairs at the last positions [energy], (d, d)."""


class OutsideForces:
    """What LAMMPS calls at every step; errors are kept until LAMMPS has come back.

    Args:
        lmp: LAMMPS's own object, with the fix :data:`FIX`.
        surface: of particles in the order of their ids, 1 … N.
        dimension: 2 or 3.
    """

    def __init__(self, lmp: Any, surface: Surface, dimension: int):
        self._lmp, self.surface, self._d = lmp, surface, dimension
        self._x_nc = np.zeros((int(lmp.get_natoms()), dimension))
        self._error: BaseException | None = None
        lmp.set_fix_external_callback(FIX, self._act)

    def _act(
        self, _caller: Any, _step: int, _n: int, ids: Any, x_nc: FloatArray, f_nc: FloatArray
    ) -> None:
        # An exception in a callback would be lost.
        try:
            self._x_nc[ids - 1] = x_nc[:, : self._d]
            energy, forces_nc = self.surface(self._x_nc)
            f_nc[:, : self._d] = forces_nc[ids - 1]
            self._lmp.fix_external_set_energy_global(FIX, energy)
            self._lmp.fix_external_set_virial_global(FIX, self._virial())
        except BaseException as error:
            self._error = self._error or error
            self._lmp.force_timeout()

    def _virial(self) -> list[float]:
        """xx, yy, zz, xy, xz, yz."""
        full_cc = np.zeros((3, 3))
        full_cc[: self._d, : self._d] = self.surface.virial_cc
        (xx, xy, xz), (_, yy, yz), (_, _, zz) = full_cc.tolist()
        return [xx, yy, zz, xy, xz, yz]

    def raise_error(self) -> None:
        """Raise what went wrong in a step."""
        if self._error is not None:
            raise self._error


def parts_of_script(text: str) -> tuple[str, str]:
    """An input script in two: up to its last run or minimisation, and from there on."""
    last = [found.start() for found in _STARTS.finditer(text)][-1]
    return text[:last], text[last:]
