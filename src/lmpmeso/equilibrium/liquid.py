"""A run that extends itself until the liquid is in equilibrium."""

from __future__ import annotations

import hashlib
import math
import os
import warnings
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from lmpmeso import __version__
from lmpmeso.configurations import (
    Configuration,
    ConfigurationLike,
    as_configuration,
    check_fits_model,
    edge_of_random_box,
)
from lmpmeso.dynamics import RelaxationTime, StructuralVerdict, compare_stretches
from lmpmeso.dynamics.correlators import wave_number_of
from lmpmeso.equilibrium.plan import FIRST_STRETCH, STANDARD, Criterion, next_duration, positive
from lmpmeso.equilibrium.stretch import (
    FRAME_RATIO,
    ORIGINS,
    RECORD_ROWS,
    StretchFiles,
    StretchSummary,
    history_table,
    measure_stretch,
)
from lmpmeso.errors import NotEquilibratedWarning, ProtocolError
from lmpmeso.execution import DEFAULT, Execution
from lmpmeso.files.plain_json import write_json
from lmpmeso.files.run_folder import claim, sole_worker
from lmpmeso.files.tables import with_units
from lmpmeso.lammps import lammps_build
from lmpmeso.models import GlassModel, get_model
from lmpmeso.printing import Printed
from lmpmeso.protocols import random_start, run_swap_trajectory, run_trajectory
from lmpmeso.protocols.chunked_run import RECORD_UNITS
from lmpmeso.protocols.liquid import lammps_seed
from lmpmeso.protocols.swap_run import SUMS, refuse_swaps
from lmpmeso.swaps import Swaps

FORMAT_VERSION = 1
DECISION_FILE = "equilibrium.json"
CURVE_UNITS = {"t": "time", "msd": "length^2"}


@dataclass(frozen=True, eq=False, repr=False)
class EquilibratedLiquid(Printed):
    """A liquid after its equilibration, and the evidence.

    Attributes:
        configuration: the liquid at the end, with velocities and image flags.
        equilibrated: its last two stretches, each several τ_α long, agree; it is a liquid; and the
            integration conserved energy.
        reason: why, or why not.
        relaxation_time: τ_α of the last stretch, or None when it was too short for one.
        structure: whether the last stretch crystallised or cavitated.
        history: a row a stretch: ``begin`` and ``duration`` [time], ``tau_alpha``, ``tau_alpha_low``,
            ``tau_alpha_high`` [time], ``potential_energy`` and ``pressure`` with ``…_error``,
            ``p_value`` (of the comparison with the stretch before), ``verdict``, ``reason``.
        record: ``time`` [time], temperature, energies and pressure of all stretches.
        trajectories: files of the last stretches, two at most.
        folder: where everything lies; ``equilibrium.json`` holds the decision and its evidence.
        temperature: T.
        duration: length of all stretches [time].
    """

    configuration: Configuration
    equilibrated: bool
    reason: str
    relaxation_time: RelaxationTime | None
    structure: StructuralVerdict
    history: pd.DataFrame
    record: pd.DataFrame
    trajectories: tuple[Path, ...]
    folder: Path
    temperature: float
    duration: float

    def dynamics(self) -> list[pd.DataFrame]:
        """F_s and MSD of each stretch: ``t`` [time], ``Fs``, ``Fs_error``, ``msd``, ``msd_error``, ``n_origins``."""
        return [
            with_units(pd.read_csv(stretch_files(self.folder, number).dynamics_table), CURVE_UNITS)
            for number in range(len(self.history))
        ]


def stretch_files(folder: Path, number: int) -> StretchFiles:
    """The files of a stretch of an equilibration."""
    return StretchFiles(folder / f"stretch-{number:03d}")


def equilibrate_liquid(
    model: GlassModel | str,
    temperature: float,
    n_particles: int | None = None,
    seed: int = 0,
    *,
    start: ConfigurationLike | None = None,
    folder: str | os.PathLike[str],
    max_duration: float | None = None,
    criterion: Criterion = STANDARD,
    execution: Execution = DEFAULT,
    swaps: Swaps | None = None,
) -> EquilibratedLiquid:
    """Run a liquid at constant temperature until it is in equilibrium.

    The run goes on in stretches, each from the end of the last. Their length doubles until F_s falls
    to the threshold within one, and then follows τ_α. Two successive stretches of at least
    ``criterion.stretch_tau`` τ_α each are compared by :func:`lmpmeso.dynamics.compare_stretches`; where they agree in F_s,
    MSD, energy and pressure, the liquid is in equilibrium (the paper's criterion, Sec. II B).

    Every decision is stored with its evidence in ``folder``. Called again with the same arguments, a run that was killed
    goes on from its last checkpoint and ends in the same state, bit for bit (on a CPU); a finished one returns at
    once, and one that reached ``max_duration`` goes on when given more.

    Args:
        model: the model.
        temperature: T (k_B = 1).
        n_particles: number of particles of a random start; the paper's when None.
        seed: of the random start and of the velocities.
        start: configuration to start from instead of a random one, or the path of its file; its velocities are drawn anew.
        folder: work folder, made if need be.
        max_duration: no stretch is begun that would end later than this [time]; None: no limit.
        criterion: when it is in equilibrium.
        execution: how it runs; ``progress`` is told of MD steps, of all those planned so far.
        swaps: exchange particles between segments of MD, for models with sizes of particles or several species: such a
            liquid is in equilibrium far sooner. τ_α is then that of the dynamics with swaps, and no trajectories
            are kept.

    Raises:
        ProtocolError: an argument is not possible.
        FolderError: the folder holds another equilibration, or is in use.
        ConfigurationError: the start does not fit the model.
        ModelError: q is not given and the model does not know q_max.
        LammpsError: LAMMPS stopped.

    Warns:
        NotEquilibratedWarning: the run ended before equilibrium, or is no liquid; ``equilibrated`` is False.
        EnergyDriftWarning: the conserved quantity drifts.
    """
    model = get_model(model)
    if swaps is not None:
        refuse_swaps(model, execution.accelerator)
    wave_number_of(
        criterion.q, model, model.species[model.largest_species].name
    )  # before anything runs
    t0 = model.t0(positive("temperature", temperature))
    first = criterion.first_duration or FIRST_STRETCH * t0
    limit = math.inf if max_duration is None else positive("max_duration", max_duration)
    limit *= 1.0 + 1e-9  # a limit of whole stretches allows them
    if start is not None:
        start = as_configuration(start, model)
        check_fits_model(start, model)
        if n_particles not in (None, start.n_particles):
            raise ProtocolError(
                f"start has {start.n_particles} particles and n_particles is {n_particles}: give one of them"
            )
    elif model.topology is None:
        edge_of_random_box(model, n_particles or model.n_particles)  # before the folder is claimed
    parameters = {
        "format": FORMAT_VERSION,
        "model": model.signature(),
        "temperature": float(temperature),
        "n_particles": start.n_particles if start is not None else n_particles or model.n_particles,
        "seed": seed,
        "start": None if start is None else _digest(start),
        "stretch_tau": float(criterion.stretch_tau),
        "significance": float(criterion.significance),
        "first_duration": float(first),
        "q": None if criterion.q is None else float(criterion.q),
        "threshold": float(criterion.threshold),
        **({} if swaps is None else swaps.variables()),
    }
    root = Path(folder).absolute()
    run = _Extension(
        model=model,
        temperature=float(temperature),
        root=root,
        parameters=parameters,
        start=start,
        criterion=criterion,
        execution=execution,
        swaps=swaps,
    )
    run.refuse_too_short(first, limit)
    with sole_worker(root):
        claim(root, {"parameters": parameters}, "equilibration", record=DECISION_FILE)
        return run.extend(first, limit)


@dataclass(frozen=True)
class _Extension:
    """An equilibration in its folder, and how it goes on; attributes as of `equilibrate_liquid`."""

    model: GlassModel
    temperature: float
    root: Path
    parameters: dict[str, Any]
    start: Configuration | None
    criterion: Criterion
    execution: Execution
    swaps: Swaps | None = None

    def extend(self, first: float, limit: float) -> EquilibratedLiquid:
        """Run stretches until the liquid is in equilibrium, or no liquid, or out of time."""
        done: list[StretchSummary] = []
        duration = first
        while True:
            begin = sum(stretch.duration for stretch in done)
            files = self.files(len(done))
            summary = files.read_summary()
            if summary is None:
                if begin + self.planned_steps(duration) * self.time_step > limit:
                    return self.finished(done, f"max_duration = {limit:.6g} is reached", duration)
                summary = self.run_stretch(files, done, begin, duration)
            done.append(summary)
            self.forget_trajectory(len(done) - 3)
            if self.is_over(done):
                return self.finished(done)
            self.write_decision(done, finished=False)
            duration = next_duration(summary.duration, summary.tau, self.criterion.stretch_tau)

    def refuse_too_short(self, first: float, limit: float) -> None:
        """Refuse a limit that allows no stretch at all, before the folder is claimed."""
        begun = self.files(0).read_summary() is not None
        if not begun and self.planned_steps(first) * self.time_step > limit:
            raise ProtocolError(
                f"max_duration = {limit:.6g} is reached before the end of the first stretch, which takes {first:.4g} {self.model.units_style.time_unit}; "
                f"two agree at the earliest after {2 * first:.4g}, and in a viscous liquid stretches grow: give more, or no limit"
            )

    @property
    def time_step(self) -> float:
        """δt [time]."""
        return self.model.time_step_at(self.temperature)

    def files(self, number: int) -> StretchFiles:
        """The files of a stretch."""
        return stretch_files(self.root, number)

    def planned_steps(self, duration: float) -> int:
        """MD steps of a stretch: whole blocks of frames."""
        return ORIGINS * self.block_steps(duration)

    def block_steps(self, duration: float) -> int:
        """MD steps of a block of frames."""
        return max(1, math.ceil(duration / self.time_step / ORIGINS - 1e-9))

    def run_stretch(
        self, files: StretchFiles, done: list[StretchSummary], begin: float, duration: float
    ) -> StretchSummary:
        """Run, measure and judge the next stretch."""
        files.folder.mkdir(exist_ok=True)
        block = self.block_steps(duration)
        before = sum(stretch.steps for stretch in done)
        kind: dict[str, Any] = {"ratio": FRAME_RATIO}
        if self.swaps is not None:
            # Another stretch begins at step 0 again, and needs other exchanges.
            kind = {"swaps": replace(self.swaps, seed=lammps_seed(self.swaps.seed, len(done)))}
        run = (run_trajectory if self.swaps is None else run_swap_trajectory)(
            self.beginning(done),
            self.model,
            self.temperature,
            block_duration=block * self.time_step,
            n_blocks=ORIGINS,
            **kind,
            seed=None if done else self.parameters["seed"],
            output=files.trajectory,
            folder=files.work,
            execution=replace(
                self.execution,
                record_every=max(1, min(100, ORIGINS * block // RECORD_ROWS)),
                progress=lambda n, total: self.execution.tell(before + n, before + total),
            ),
        )
        how = self.criterion
        measured = measure_stretch(files, run, self.model, len(done), begin, how.q, how.threshold)
        summary = self.judged(measured, done, files)
        files.finish(summary)
        self.execution.checkpoint()
        return summary

    def beginning(self, done: list[StretchSummary]) -> Configuration:
        """Where the next stretch starts."""
        if done:
            return self.files(len(done) - 1).read_end(self.model, self.temperature)
        if self.start is not None:
            return replace(self.start, velocities_nc=None)
        # Plain LAMMPS repeats itself bit for bit, a GPU does not.
        n, seed = self.parameters["n_particles"], self.parameters["seed"]
        return random_start(self.model, n, seed, execution=Execution("none"))

    def judged(
        self, stretch: StretchSummary, done: list[StretchSummary], files: StretchFiles
    ) -> StretchSummary:
        """The stretch with its verdict."""
        if stretch.structure.crystallised or stretch.structure.cavitated:
            name = "crystallised" if stretch.structure.crystallised else "cavitated"
            return replace(stretch, verdict=name, reason=stretch.structure.reason)
        if not stretch.conservation.conserved:
            return replace(stretch, verdict="drifting", reason=stretch.conservation.reason)
        reason = self.why_too_short(stretch, done)
        if reason:
            return replace(stretch, verdict="too short", reason=reason)
        how = self.criterion
        both = [self.files(stretch.number - 1), files]
        found = compare_stretches(
            [one.read_trajectory(self.model) for one in both],
            self.model,
            [one.read_record() for one in both],
            q=how.q,
            threshold=how.threshold,
            min_stretch=how.stretch_tau,
            significance=how.significance,
            relaxation_times=[
                s.relaxation_time for s in (done[-1], stretch) if s.relaxation_time is not None
            ],
        )
        return replace(
            stretch,
            verdict="equilibrated" if found.equilibrated else "changing",
            reason=found.reason,
            p_value=found.p_value,
            comparisons=tuple(
                {str(k): v for k, v in row.items()} for row in found.comparisons.to_dict("records")
            ),
        )

    def why_too_short(self, stretch: StretchSummary, done: list[StretchSummary]) -> str:
        """Why the stretch and the one before it cannot be compared; empty when they can."""
        if stretch.tau is None:
            return stretch.too_short_because
        needed = self.criterion.stretch_tau * stretch.tau
        if stretch.duration < needed:
            return f"the stretch is {stretch.duration / stretch.tau:.3g} τ_α long, {self.criterion.stretch_tau:g} are needed"
        if not done:
            return "the first stretch; there is none to compare it with"
        last = done[-1]
        if last.tau is None or last.duration < self.criterion.stretch_tau * max(
            stretch.tau, last.tau
        ):
            return (
                f"the stretch before is {last.duration / (last.tau or stretch.tau):.3g} τ_α long, "
                f"{self.criterion.stretch_tau:g} are needed"
            )
        return ""

    def is_over(self, done: list[StretchSummary]) -> bool:
        """In equilibrium; or no liquid in two successive stretches; or badly integrated."""
        last = done[-1].verdict
        solid = ("crystallised", "cavitated")
        if last in solid:
            return len(done) > 1 and done[-2].verdict in solid
        return last in ("equilibrated", "drifting")

    def forget_trajectory(self, number: int) -> None:
        """Delete the trajectory of a stretch that is compared with no further one."""
        if number >= 0:
            self.files(number).forget_trajectory()

    def write_decision(
        self, done: list[StretchSummary], finished: bool, reason: str | None = None
    ) -> None:
        """Store what was decided up to now, and on which evidence."""
        last = done[-1]
        write_json(
            self.root / DECISION_FILE,
            {
                "parameters": self.parameters,
                "lmpmeso": __version__,
                "lammps": lammps_build().version,
                "finished": finished,
                "equilibrated": last.verdict == "equilibrated",
                "reason": reason or last.reason,
                "tau_alpha": last.tau,
                "t0": self.model.t0(self.temperature),
                "duration": sum(stretch.duration for stretch in done),
                "stretches": [asdict(stretch) for stretch in done],
            },
        )

    def finished(
        self, done: list[StretchSummary], stopped: str = "", wanted: float = 0.0
    ) -> EquilibratedLiquid:
        """The result."""
        last = done[-1]
        reason = last.reason
        if stopped:
            reason = (
                f"{stopped} after {last.begin + last.duration:.6g}; the next stretch would take "
                f"{wanted:.4g}; the last one: {last.verdict}: {last.reason}"
            )
        self.write_decision(done, finished=True, reason=reason)
        equilibrated = last.verdict == "equilibrated"
        if not equilibrated:
            warnings.warn(
                f"{self.model.name} at T = {self.temperature:g} is not in equilibrium: {reason}",
                NotEquilibratedWarning,
                stacklevel=4,
            )
        numbers = range(len(done))
        kept = [self.files(k).trajectory for k in numbers if self.files(k).trajectory.is_file()]
        if self.swaps is not None:
            kept = []  # their species and sizes are those of the beginning only
            for number in numbers if equilibrated else ():
                self.forget_trajectory(number)
        end = self.files(last.number).read_end(self.model, self.temperature)
        return EquilibratedLiquid(
            configuration=end if self.start is None else replace(end, ids=self.start.ids),
            equilibrated=equilibrated,
            reason=reason,
            relaxation_time=last.relaxation_time,
            structure=last.structure,
            history=history_table(done),
            record=self.joined_record(done),
            trajectories=tuple(kept),
            folder=self.root,
            temperature=self.temperature,
            duration=last.begin + last.duration,
        )

    def joined_record(self, done: list[StretchSummary]) -> pd.DataFrame:
        """The records of all stretches on one axis of time."""
        tables: list[pd.DataFrame] = []
        for stretch in done:
            table = self.files(stretch.number).read_record()
            steps = sum(other.steps for other in done[: stretch.number])
            table["time"] += stretch.begin
            table["step"] += steps
            for name in SUMS if tables and SUMS[0] in table else ():
                table[name] += tables[-1][name].iloc[-1]
            tables.append(table[1:] if stretch.number else table)
        return with_units(pd.concat(tables, ignore_index=True), RECORD_UNITS)


def _digest(configuration: Configuration) -> str:
    """What tells one start from another."""
    content = hashlib.sha256()
    told = (configuration.positions_nc, configuration.species, configuration.box_c)
    for array in told if configuration.diameters is None else (*told, configuration.diameters):
        content.update(array.tobytes())
    return content.hexdigest()
