"""The same frames by several minimisers: who finds the true basin, and what each makes of the transitions.

The true basin of a frame is the one where steepest descent from it ends.

Array suffixes: f frame, k trajectory.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lmpmeso.arrays import BoolArray, FloatArray, IntArray
from lmpmeso.configurations import Configuration
from lmpmeso.errors import ProtocolError
from lmpmeso.landscape.bisection import bisected_labels
from lmpmeso.landscape.inherent_structures import InherentStructureTrajectory
from lmpmeso.landscape.rate import BALLISTIC_TIME, REFERENCE_SIZE
from lmpmeso.landscape.recognition import largest_displacement
from lmpmeso.landscape.study import LandscapeStudy
from lmpmeso.landscape.transitions import SAME_ENERGY, transitions
from lmpmeso.printing import Printed
from lmpmeso.protocols.quench import MINIMIZERS
from lmpmeso.statistics import Estimate, bootstrap_mean

TRUE = "steepest"
"""The minimiser that finds the basin by definition."""
COMPARISON_UNITS: Mapping[str, str] = {
    "energy": "energy",
    "energy_above_true": "energy",
    "energy_step_rms": "energy",
    "largest_displacement_median": "length",
}
"""Units of the columns of :meth:`MinimizerComparison.table`."""


@dataclass(frozen=True, eq=False, repr=False)
class MinimizerComparison(Printed):
    """Structures below the same frames by several minimisers.

    Attributes:
        study: how the frames were made and are compared.
        trajectories: of each minimiser, those of the same runs; steepest descent is among them.
    """

    study: LandscapeStudy
    trajectories: Mapping[str, tuple[InherentStructureTrajectory, ...]]

    def table(self, level: float = 0.9, seed: int = 0) -> pd.DataFrame:
        """What each minimiser finds, a row a minimiser.

        Intervals are by bootstrap over trajectories.

        Returns:
            ``minimizer``, ``n_trajectories``, ``n_frames``, ``n_true`` (frames in their true basin),
            ``share_true`` with ``_low`` and ``_high``; ``n_changes`` (neighbouring frames in different
            structures), ``n_new`` (structures that a trajectory had not visited before); Γ t_ballistic
            N0/N of changes and of new structures, ``rate…`` of every frame and ``rate_bisection…`` of blocks of
            64 frames that are bisected where their ends differ; ``energy`` (mean U_IHS),
            ``energy_above_true`` (mean over frames outside their true basin of U_IHS less that of the true one),
            ``energy_step_rms`` and ``largest_displacement_median`` of the changes.
        """
        return pd.DataFrame(
            self._row(name, found, level, seed) for name, found in self.trajectories.items()
        )

    def _row(
        self, name: str, found: Sequence[InherentStructureTrajectory], level: float, seed: int
    ) -> dict[str, Any]:
        true = self.trajectories[TRUE]
        same = [in_same_basin(a, b, self.study.threshold) for a, b in zip(found, true, strict=True)]
        labels = [structure_labels(t, self.study) for t in found]
        bisected = [bisected_labels(label_f) for label_f in labels]
        jumps = pd.concat([transitions(t, threshold=self.study.threshold) for t in found])
        above = np.concatenate(
            [(a.energies_f - b.energies_f)[~s] for a, b, s in zip(found, true, same, strict=True)]
        )

        def mean(samples: Sequence[Any]) -> Estimate:
            names = ("trajectory", "trajectories")
            return bootstrap_mean(samples, level=level, seed=seed, samples=names)

        def rate(count: Callable[[IntArray], int], of: Sequence[IntArray]) -> Estimate:
            estimate = mean(
                [
                    count(label_f) / t.duration / self._unit(t)
                    for label_f, t in zip(of, found, strict=True)
                ]
            )
            # Student's interval of a few trajectories does not know that rates are positive.
            return (
                replace(estimate, low=max(estimate.low, 0.0)) if estimate.has_interval else estimate
            )

        return {
            "minimizer": name,
            "n_trajectories": len(found),
            "n_frames": sum(t.n_frames for t in found),
            "n_true": int(sum(s.sum() for s in same)),
            **_within_one(mean([s.mean() for s in same])).columns("share_true"),
            "n_changes": sum(map(n_changes, labels)),
            "n_new": sum(map(n_new, labels)),
            **rate(n_changes, labels).columns("rate"),
            **rate(n_new, labels).columns("rate_new"),
            **rate(n_changes, bisected).columns("rate_bisection"),
            **rate(n_new, bisected).columns("rate_bisection_new"),
            "energy": float(np.mean(np.concatenate([t.energies_f for t in found]))),
            "energy_above_true": float(above.mean()) if len(above) else 0.0,
            "energy_step_rms": float((jumps["energy_step"] ** 2).mean() ** 0.5),
            "largest_displacement_median": float(jumps["largest_displacement"].median()),
        }

    def _unit(self, trajectory: InherentStructureTrajectory) -> float:
        """1/(t_ballistic N0/N) [1/time]."""
        t0 = self.study.model.t0(self.study.temperature)
        return trajectory.n_particles / (REFERENCE_SIZE * BALLISTIC_TIME * t0)


def refuse_comparison(study: LandscapeStudy, minimizers: Sequence[str]) -> None:
    """Refuse minimisers that cannot be compared, before anything is run.

    Raises:
        ProtocolError: there is none of that name, steepest descent is not among them, one comes twice, or the study's
            search is no exhaustive one.
    """
    if unknown := [name for name in minimizers if name not in MINIMIZERS]:
        raise ProtocolError(
            f"there is no minimiser {', '.join(map(repr, unknown))}; there are {', '.join(MINIMIZERS)}"
        )
    if TRUE not in minimizers or len(set(minimizers)) != len(minimizers):
        raise ProtocolError(
            f"a comparison needs {TRUE!r} among the minimisers, which finds the true basin, and each once; "
            f"got {', '.join(minimizers)}"
        )
    if study.search != "exhaustive":
        raise ProtocolError("minimisers are compared in every frame: search must be 'exhaustive'")


def compare_minimizers(
    study: LandscapeStudy,
    minimizers: Sequence[str],
    starts: Sequence[Configuration],
    duration: float,
    seed: int,
    folder: Path,
    progress: Callable[[str, float, float], None] = lambda stage, done, total: None,
) -> MinimizerComparison:
    """Run from configurations and quench every frame by each minimiser; goes on where it was stopped.

    Arguments and errors as for :meth:`LandscapeStudy.quenched_runs`, whose runs and structures in the same
    folder are taken over. Each minimiser's structures lie in ``trajectory-KKK/structures-MINIMIZER``, those of the
    study's own in ``structures``.

    Raises:
        ProtocolError: see :func:`refuse_comparison`.
    """
    refuse_comparison(study, minimizers)
    folders = [folder / f"trajectory-{k:03d}" for k in range(len(starts))]
    runs = [
        study.run(start, duration, seed + k, own / "run")
        for k, (start, own) in enumerate(zip(starts, folders, strict=True))
    ]
    found = {}
    for name in minimizers:
        place = "structures" if name == study.minimizer else f"structures-{name}"
        found[name] = tuple(
            replace(study, minimizer=name).structures(
                runs,
                [own / place for own in folders],
                lambda done, total, name=name: progress(  # type: ignore[misc]
                    f"quenches by {name}", done, max(total, 1)
                ),
            )
        )
    return MinimizerComparison(study, found)


def in_same_basin(
    first: InherentStructureTrajectory, second: InherentStructureTrajectory, threshold: float
) -> BoolArray:
    """Whether two minimisers end in the same structure, frame by frame, (F,); threshold [length]."""
    return np.array(
        [
            largest_displacement(first.positions_qnc[a], second.positions_qnc[b]) < threshold
            for a, b in zip(first.quench_f, second.quench_f, strict=True)
        ]
    )


def structure_labels(trajectory: InherentStructureTrajectory, study: LandscapeStudy) -> IntArray:
    """A number for each structure, in the order of their first visit, and that of each frame, (F,)."""
    known: list[int] = []
    labels_f = np.empty(trajectory.n_frames, dtype=np.int64)
    energies: FloatArray = trajectory.energies_q
    thermal = study.model.thermal_energy(study.temperature)
    for f, q in enumerate(trajectory.quench_f):
        for label, other in enumerate(known):
            near = abs(energies[q] - energies[other]) < SAME_ENERGY * thermal
            if near and (
                largest_displacement(trajectory.positions_qnc[q], trajectory.positions_qnc[other])
                < study.threshold
            ):
                labels_f[f] = label
                break
        else:
            labels_f[f] = len(known)
            known.append(int(q))
    return labels_f


def n_changes(labels_f: IntArray) -> int:
    """Neighbouring frames in different structures."""
    return int((np.diff(labels_f) != 0).sum())


def n_new(labels_f: IntArray) -> int:
    """Changes to a structure that was not visited before."""
    return len(set(labels_f.tolist())) - 1


def _within_one(share: Estimate) -> Estimate:
    """A share, whose interval knows that it lies between 0 and 1."""
    if not share.has_interval:
        return share
    return replace(share, low=max(share.low, 0.0), high=min(share.high, 1.0))
