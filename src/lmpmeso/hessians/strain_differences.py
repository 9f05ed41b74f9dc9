"""Stress, Born term and strain coupling Ξ from forces and stress in deformed boxes.

LAMMPS's box takes the strains γ_ab with a ≤ b; the others follow because a rotation changes no energy.

Array suffixes: n particle, a b c d Cartesian components.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lmpmeso.arrays import FloatArray
from lmpmeso.configurations import Configuration
from lmpmeso.lammps.forces import command_session
from lmpmeso.lammps.session import LammpsSession
from lmpmeso.models import GlassModel

STRAINS = tuple(2.0**-k for k in range(11, 28, 3))
"""Strains that are tried, the largest first, each an eighth of the one before."""
RATIO = 64.0
"""Of the squares of two such strains, by which errors of second order fall."""


@dataclass(frozen=True, eq=False)
class StrainDerivatives:
    """Energy, stress, Born term and strain coupling, as in :class:`~lmpmeso.hessians.Hessian`."""

    energy: float
    stress_cc: FloatArray
    born_cccc: FloatArray
    strain_coupling_nccc: FloatArray


def strain_derivatives(configuration: Configuration, model: GlassModel) -> StrainDerivatives:
    """Derivatives in strain by central differences; for each strain with the step that errs least.

    With W_ab = V σ_ab at the strained positions, ∂²U/∂γ_ab∂γ_cd = ∂W_ab/∂γ_cd - W_ad δ_bc, and
    Ξ_ab = -∂F/∂γ_ab.

    Raises:
        LammpsError: LAMMPS refused the commands or a deformed box.
    """
    d, n = configuration.dimension, configuration.n_particles
    virial_cccc, response_nccc = np.empty((d,) * 4), np.empty((n, d, d, d))
    with command_session(configuration, model) as lmp:
        lmp.command("change_box all triclinic")
        box = _Box(lmp, configuration)
        stress_cc, forces_nc = box.here()
        energy = lmp.potential_energy()
        for a, b in _strains(d):
            virial_cc, response_nc = _derivative(box, a, b)
            virial_cccc[:, :, a, b], response_nccc[:, :, a, b] = virial_cc, response_nc
    virial_cc = configuration.volume * stress_cc
    for a, b in _strains(d):
        if a == b:
            continue
        # Of the rotation that is γ_ab = 1, γ_ba = -1, the parts in ab are known.
        rotation_cc = np.zeros((d, d))
        rotation_cc[a, b], rotation_cc[b, a] = 1.0, -1.0
        turned_cc = rotation_cc @ virial_cc - virial_cc @ rotation_cc
        virial_cccc[:, :, b, a] = virial_cccc[:, :, a, b] - turned_cc
        response_nccc[:, :, b, a] = response_nccc[:, :, a, b] - forces_nc @ rotation_cc.T
    born_cccc = virial_cccc - np.einsum("ad,bc->abcd", virial_cc, np.eye(d))
    pairs_of_strains = born_cccc.reshape(d * d, d * d)
    return StrainDerivatives(
        energy,
        stress_cc,
        (0.5 * (pairs_of_strains + pairs_of_strains.T)).reshape((d,) * 4),
        -response_nccc,
    )


class _Box:
    """A periodic box that can be strained, with its particles."""

    def __init__(self, lmp: LammpsSession, configuration: Configuration):
        self._lmp, self._volume = lmp, configuration.volume
        self._low_c, self._box_c = configuration.origin_c, configuration.box_c

    def here(self) -> tuple[FloatArray, FloatArray]:
        """Stress (d, d) and forces (N, d) as things are."""
        stress_cc = self._lmp.virial_stress()
        return stress_cc, self._lmp.forces()[:, : len(self._box_c)]

    def strained(self, a: int, b: int, strain: float) -> tuple[FloatArray, FloatArray]:
        """V σ [energy], (d, d), and forces [energy/length], (N, d), under a strain γ_ab."""
        self._deform(a, b, strain)
        stress_cc, forces_nc = self.here()
        self._deform(a, b, 0.0)
        return self._volume * (1.0 + (strain if a == b else 0.0)) * stress_cc, forces_nc

    def _deform(self, a: int, b: int, strain: float) -> None:
        """Take x → (1 + γ) x from the unstrained box, or back to it."""
        if a == b:
            low, high = self._low_c[a], self._low_c[a] + self._box_c[a] * (1.0 + strain)
            what = f"{'xyz'[a]} final {low:.17g} {high:.17g}"
        else:
            what = f"{'xyz'[a]}{'xyz'[b]} final {strain * self._box_c[b]:.17g}"
        self._lmp.command(f"change_box all {what} remap units box")


def _derivative(box: _Box, a: int, b: int) -> tuple[FloatArray, FloatArray]:
    """∂W/∂γ_ab and ∂F/∂γ_ab: of the steps, the two neighbours that agree best, extrapolated."""
    before, least, best = None, np.inf, None
    for strain in STRAINS:
        ahead, behind = box.strained(a, b, strain), box.strained(a, b, -strain)
        now = tuple((x - y) / (2.0 * strain) for x, y in zip(ahead, behind, strict=True))
        if before is not None:
            change = float(np.linalg.norm(now[1] - before[1]))
            if change < least:
                least = change
                best = tuple(
                    (RATIO * x - y) / (RATIO - 1.0) for x, y in zip(now, before, strict=True)
                )
        before = now
    assert best is not None
    return best[0], best[1]


def _strains(d: int) -> Iterator[tuple[int, int]]:
    """(a, b) of the strains that LAMMPS's box takes."""
    return ((a, b) for a in range(d) for b in range(a, d))
