"""Soft quasilocalised excitations of a glass as pseudo-harmonic modes (Appendix B of the paper).

The response to the force dipole of every interacting pair is followed downhill in the cost function
of :mod:`lmpmeso.elasticity.pseudo_harmonic_cost`. Many starts end in one mode; each mode is kept once.

Array suffixes: m mode, n particle, c Cartesian component, k start.
"""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from lmpmeso.arrays import FloatArray, IntArray
from lmpmeso.configurations import ConfigurationLike
from lmpmeso.elasticity.dipoles import Dipoles, Pairs, choose_dipoles
from lmpmeso.elasticity.factor import HessianFactor, factor_of
from lmpmeso.elasticity.minimum import hessian_at_minimum
from lmpmeso.elasticity.mode_descent import TOLERANCE, Descent, DescentEnd, descents
from lmpmeso.elasticity.modes import Modes
from lmpmeso.elasticity.pseudo_harmonic_cost import PseudoHarmonicCost
from lmpmeso.errors import ConfigurationError, ConvergenceError
from lmpmeso.execution import Progress
from lmpmeso.files.atomic import replacing
from lmpmeso.files.tables import with_units
from lmpmeso.hessians import Hessian
from lmpmeso.models import GlassModel, get_model

SAME_MODE = 0.99
"""Two modes are the same when |π̂·π̂′| is at least this."""
BATCH = 512
"""Starts between two savings of the work file."""
SAVE_INTERVAL = 10.0
"""Least time between two savings of the work file [s]."""
WORK_FORMAT = 1
MODE_UNITS = {
    "stiffness": "energy/length^2",
    "cost": "energy^2/length^4",
    **dict.fromkeys("xyz", "length"),
}


@dataclass(frozen=True, eq=False, repr=False)
class SoftModes(Modes):
    """Pseudo-harmonic modes, softest first; ``eigenvalues`` holds their stiffness λ = π̂·M·π̂.

    Attributes:
        table: a row a mode: stiffness λ [energy/length²], participation_ratio, cost C(π̂)
            [energy²/length⁴], residual |∇C|/(λ|Mπ̂|), x, y (and z) of the core in [0, L) [length],
            i and j of the first pair whose response led there, n_starts that did.
            Its ``attrs`` hold ``n_starts``, ``n_failed`` (descents without an end), ``n_pairs_total``,
            ``descent``, ``seed``, ``iterations`` (mean), ``seconds``.
    """

    table: pd.DataFrame

    @property
    def n_modes(self) -> int:
        """Number of distinct modes."""
        return len(self.eigenvalues)

    def softest(self, n_modes: int) -> SoftModes:
        """The first few modes, or all where there are fewer."""
        table = self.table.iloc[:n_modes].copy()
        return SoftModes(self.eigenvalues[:n_modes], self.vectors_mnc[:n_modes], table)


class _Found:
    """The distinct modes found so far and the starts that led to them."""

    def __init__(self, n_rows: int):
        self.vectors = np.empty((0, n_rows))
        self.residual: list[float] = []
        self.first_start: list[int] = []
        self.n_starts: list[int] = []
        self.n_done = self.n_failed = self.iterations = 0
        self.seconds = 0.0

    def recognise(self, z: FloatArray) -> IntArray:
        """Number of the mode that each field of length 1 is, or -1, shape (k,)."""
        if not len(self.vectors):
            return np.full(z.shape[1], -1)
        overlap = np.abs(self.vectors @ z)
        best = overlap.argmax(axis=0)
        return np.where(overlap.max(axis=0) >= SAME_MODE, best, -1)

    def add(self, end: DescentEnd, first: int) -> None:
        """Count the ends of some descents, of which start 0 is number ``first``; keep what is new."""
        for k, number in enumerate((first + end.start).tolist()):
            mode = int(end.recognised[k])
            if mode < 0 and end.converged[k]:
                mode = int(self.recognise(end.z[:, [k]])[0])
            if mode >= 0:
                self.n_starts[mode] += 1
                self.first_start[mode] = min(self.first_start[mode], number)
            elif end.converged[k]:
                self.vectors = np.concatenate([self.vectors, end.z[None, :, k]])
                self.residual.append(float(end.residual[k]))
                self.first_start.append(number)
                self.n_starts.append(1)
            else:
                self.n_failed += 1
            self.n_done += 1
        self.iterations += int(end.iterations.sum())

    def save(self, path: Path, fingerprint: str) -> None:
        """Keep all of it in a file."""
        with replacing(path) as temporary, temporary.open("wb") as file:
            np.savez(
                file,
                format=WORK_FORMAT,
                fingerprint=fingerprint,
                vectors=self.vectors,
                residual=self.residual,
                first_start=np.array(self.first_start, dtype=np.int64),
                n_starts=np.array(self.n_starts, dtype=np.int64),
                counts=[self.n_done, self.n_failed, self.iterations],
                seconds=self.seconds,
            )

    def load(self, path: Path, fingerprint: str) -> None:
        """Go on from a file, if it is there.

        Raises:
            ConfigurationError: it is none of ours, or belongs to another search.
        """
        if not path.exists():
            return
        try:
            with np.load(path, allow_pickle=False) as kept:
                stored = {name: kept[name] for name in kept.files}
            same = (
                int(stored["format"]) == WORK_FORMAT and str(stored["fingerprint"]) == fingerprint
            )
        except (OSError, ValueError, KeyError) as error:
            raise ConfigurationError(
                f"{path}: not a work file of a search for soft modes ({error}); remove it"
            ) from error
        if not same:
            raise ConfigurationError(
                f"{path} belongs to a search in another structure or with other settings: repeat "
                "that one, or remove the file to begin anew"
            )
        self.vectors = stored["vectors"]
        self.residual = stored["residual"].tolist()
        self.first_start = stored["first_start"].tolist()
        self.n_starts = stored["n_starts"].tolist()
        self.n_done, self.n_failed, self.iterations = stored["counts"].tolist()
        self.seconds = float(stored["seconds"])


def soft_modes(
    structure_or_hessian: ConfigurationLike | Hessian,
    model: GlassModel | str | None = None,
    starts: Pairs = "all",
    descent: Descent = "gradient",
    tolerance: float = TOLERANCE,
    seed: int = 0,
    factor: HessianFactor | None = None,
    merge: bool = True,
    work_file: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
) -> SoftModes:
    """The pseudo-harmonic modes that dipole responses lead to.

    Args:
        structure_or_hessian: an inherent structure, the path of its file, or its Hessian when it is there already.
        model: the model of the structure; needed unless a Hessian is given.
        starts: the pairs whose dipole responses are followed: ``"all"``, a number to draw at random,
            or an array of particle indices, shape (P, 2).
        descent: ``"gradient"`` or ``"mapping"``; see :func:`~lmpmeso.elasticity.mode_descent.descend`.
        tolerance: largest |∇C|/(λ|Mπ̂|) of a mode.
        seed: of the random starts.
        factor: factor of the Hessian where there is one already, for instance on a GPU.
        merge: leave a descent as soon as its overlap with a mode found already reaches
            :data:`SAME_MODE`, rather than follow it to its end.
        work_file: where to keep intermediate results; a search that was killed goes on from there.
            The file stays when the search is done.
        progress: called with the number of starts done and of all, whenever some are done.

    Raises:
        UnstableStructureError: not at a minimum (quench first), or not a stable one.
        ConfigurationError: the starts or the descent are malformed, or the work file is another's.
        ConvergenceError: not one descent came to an end.
    """
    model = None if model is None else get_model(model)
    hessian = hessian_at_minimum(structure_or_hessian, model)
    dipoles = choose_dipoles(hessian, starts, seed)
    factor = factor_of(hessian, factor)
    cost = PseudoHarmonicCost(hessian)
    found = _Found(hessian.matrix.shape[0])
    kept = None if work_file is None else Path(work_file)
    fingerprint = _fingerprint(hessian, dipoles, f"{descent} {tolerance!r} {merge}")
    if kept is not None:
        found.load(kept, fingerprint)
    saved, before, begun = time.monotonic(), found.seconds, time.perf_counter()
    while found.n_done < dipoles.n_pairs:
        if progress is not None:
            progress(found.n_done, dipoles.n_pairs)
        first, last = found.n_done, min(found.n_done + BATCH, dipoles.n_pairs)
        response = factor.solve(dipoles.forces(slice(first, last)))
        recognise = found.recognise if merge else None
        for end in descents(cost, factor, response, descent, tolerance, recognise=recognise):
            found.add(end, first)
            if progress is not None:
                progress(found.n_done, dipoles.n_pairs)
        found.seconds = before + time.perf_counter() - begun
        done = found.n_done == dipoles.n_pairs
        if kept is not None and (done or time.monotonic() - saved >= SAVE_INTERVAL):
            found.save(kept, fingerprint)
            saved = time.monotonic()
    if not len(found.vectors):
        raise ConvergenceError(
            f"none of {dipoles.n_pairs} descents reached a residual of {tolerance:g}; ask for a "
            "larger tolerance"
        )
    modes = _collected(cost, dipoles, found)
    modes.table.attrs.update(descent=descent, seed=seed)
    return modes


def _fingerprint(hessian: Hessian, dipoles: Dipoles, settings: str) -> str:
    """What tells one search from another."""
    digest = hashlib.sha256(settings.encode())
    for array in (hessian.positions_nc, hessian.box_c, hessian.matrix.data, dipoles.i, dipoles.j):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _collected(cost: PseudoHarmonicCost, dipoles: Dipoles, found: _Found) -> SoftModes:
    """The modes found, in order of their stiffness, each with its largest component positive."""
    hessian = cost.hessian
    stiffness_m = cost.stiffness(found.vectors.T)
    order = np.argsort(stiffness_m, kind="stable")
    vectors = found.vectors[order]
    rows = np.arange(len(vectors))
    vectors *= np.sign(vectors[rows, np.abs(vectors).argmax(axis=1)])[:, None]
    vectors_mnc = vectors.reshape(len(vectors), hessian.n_particles, hessian.dimension)
    modes = Modes(stiffness_m[order], vectors_mnc)
    cores_mc = core_positions(vectors_mnc, hessian.positions_nc, hessian.box_c)
    first = np.array(found.first_start, dtype=np.int64)[order]
    table = pd.DataFrame(
        {
            "stiffness": modes.eigenvalues,
            "participation_ratio": modes.participation_ratios,
            "cost": cost(vectors.T),
            "residual": np.array(found.residual)[order],
            **dict(zip("xyz", cores_mc.T, strict=False)),
            "i": dipoles.i[first],
            "j": dipoles.j[first],
            "n_starts": np.array(found.n_starts, dtype=np.int64)[order],
        }
    )
    table.attrs.update(
        n_starts=dipoles.n_pairs,
        n_failed=found.n_failed,
        n_pairs_total=dipoles.n_pairs_total,
        iterations=found.iterations / dipoles.n_pairs,
        seconds=found.seconds,
    )
    return SoftModes(modes.eigenvalues, vectors_mnc, with_units(table, MODE_UNITS))


def core_positions(
    vectors_mnc: FloatArray, positions_nc: FloatArray, box_c: FloatArray
) -> FloatArray:
    """Where modes are centred in a periodic box: the mean of the positions, weighted by |π_n|⁴.

    Distances are taken by minimum image from the particle that moves most. From modes (m, N, d) and
    positions (N, d) come positions in [0, L), shape (m, d) [length].
    """
    weight_mn = (vectors_mnc**2).sum(axis=2) ** 2
    cores_mc = np.empty((len(vectors_mnc), positions_nc.shape[1]))
    for core_c, weight_n in zip(cores_mc, weight_mn, strict=True):
        centre_c = positions_nc[weight_n.argmax()]
        from_centre_nc = positions_nc - centre_c
        from_centre_nc -= box_c * np.rint(from_centre_nc / box_c)
        core_c[:] = np.mod(centre_c + weight_n @ from_centre_nc / weight_n.sum(), box_c)
    return cores_mc
