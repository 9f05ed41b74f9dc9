"""A long run of an input script, cut into chunks that each start from the checkpoint of the last.

Because every chunk starts from a checkpoint *file*, also when nothing went wrong, a run that was
killed and taken up again equals an uninterrupted one bit for bit (on a CPU). A chunk counts as done
when its checkpoint is there under its final name; what it wrote besides is there before.

Files in the work folder, each with the time step of the end of its chunk in its name:
``checkpoint-*.restart`` and ``end-*.data`` (the newest only), ``record-*.csv`` and ``frames-*.dump``; ``SHA256SUMS``
lists those of the chunks that are done.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lmpmeso.arrays import IntArray
from lmpmeso.configurations import Configuration, read_configuration, write_data
from lmpmeso.errors import ProtocolError
from lmpmeso.execution import DEFAULT, Execution
from lmpmeso.files.atomic import replacing
from lmpmeso.files.checksums import Checksums, checked
from lmpmeso.files.package_data import lmp_input
from lmpmeso.files.run_folder import claim, sole_worker
from lmpmeso.files.tables import with_units, write_table
from lmpmeso.lammps.accelerators import ON_DEVICE
from lmpmeso.lammps.box import with_consecutive_ids
from lmpmeso.lammps.build import lammps_build
from lmpmeso.lammps.inputs import script_variables, style_on
from lmpmeso.lammps.session import LammpsSession
from lmpmeso.models import GlassModel
from lmpmeso.models.lammps_styles import Style, lammps_pair_style
from lmpmeso.protocols.outside_surface import outside_surface
from lmpmeso.protocols.push_off import refuse_overlaps

if TYPE_CHECKING:
    import pandas as pd

RECORD_COLUMNS = {
    "Step": "step",
    "Temp": "temperature",
    "PotEng": "potential_energy",
    "KinEng": "kinetic_energy",
    "Press": "pressure",
    "Econserve": "conserved_energy",
}
EVERY_FRAME = "v_next_frame"
"""``thermo_every`` of a run of ``in.trajectory`` that is to have a row of its record a frame."""
RECORD_UNITS = {
    "time": "time",
    "temperature": "energy",
    "potential_energy": "energy",
    "kinetic_energy": "energy",
    "conserved_energy": "energy",
    "pressure": "energy/length^d",
}
"""Of the record of a run."""
STEP = "[0-9]" * 12
CHECKPOINTS = f"checkpoint-{STEP}.restart"
PRODUCTS = (f"end-{STEP}.data", f"record-{STEP}.csv", f"frames-{STEP}.dump")
"""Patterns of the names of what a chunk leaves beside its checkpoint."""
START_FILE = "start.data"
FORMAT_VERSION = 1


@dataclass(frozen=True)
class ChunkedRun:
    """A run of one script, ``in.equilibrate``, ``in.heat`` or ``in.trajectory``, from one configuration, in one work folder.

    Handed in again, the folder goes on where it ended. Further variables of the script are part of the run's
    identity; δt [time] is for the record. A script that ``writes_frames`` does so to its variable ``output``.
    """

    script: str
    model: GlassModel
    start: Configuration
    variables: Mapping[str, object]
    folder: Path
    time_step: float
    writes_frames: bool = False
    execution: Execution = DEFAULT

    def run(self, stops: IntArray) -> None:
        """Run what is not yet done, in chunks that end at ``stops``: increasing time steps, the last the run's end.

        Raises:
            FolderError: the folder holds another run, or files that were changed, or another process is at work in
                it.
            ProtocolError: the run there went further than the last stop.
            LammpsError: LAMMPS stopped.
        """
        with sole_worker(self.folder):
            self._claim_folder()
            self._forget_unfinished_chunk()
            if done := self.last_checkpoint():
                sums = Checksums(self.folder)
                sums.check(self._path("checkpoint", done, "restart"))
                sums.keep_up(path for path in self._finished_files() if path.is_file())
            self._run_to(stops)

    def _run_to(self, stops: IntArray) -> None:
        """Run the chunks that are not yet done."""
        last, done = int(stops[-1]), self.last_checkpoint()
        if done > last:
            raise ProtocolError(
                f"{self.folder}: the run there is at step {done} already, beyond {last}; ask for a "
                "longer run or use another folder"
            )
        self.execution.tell(done, last)
        for stop in (int(step) for step in stops if step > done):
            self._run_chunk(done, stop)
            done = stop
            self.execution.tell(done, last)
            self.execution.checkpoint()

    def last_checkpoint(self) -> int:
        """The time step of the newest checkpoint; 0 when there is none."""
        return max(self._steps_of(CHECKPOINTS), default=0)

    def end(self, temperature: float) -> Configuration:
        """The particles at the newest checkpoint, with velocities and image flags."""
        path = checked(self._path("end", self.last_checkpoint(), "data"))
        return replace(
            read_configuration(path, self.model),
            ids=self.start.ids,
            step=self.last_checkpoint(),
            source=str(path),
            parent_temperature=temperature,
        )

    def record(self) -> pd.DataFrame:
        """Temperature, energies and pressure up to the newest checkpoint, a row every few steps.

        Columns: ``step``, ``time`` [time], ``temperature`` and ``pressure``, and per particle
        [energy] ``potential_energy``, ``kinetic_energy``, ``conserved_energy`` (the thermostat's).
        """
        import pandas as pd

        tables = [pd.read_csv(path) for path in self._checked_parts("record", "csv")]
        table = pd.concat(tables).drop_duplicates("step")
        if self.variables["thermo_every"] == EVERY_FRAME:
            return with_units(table.reset_index(drop=True), RECORD_UNITS)
        # LAMMPS also reports the last step of each chunk: the rows would not be evenly spaced.
        regular = table["step"] % int(str(self.variables["thermo_every"])) == 0
        return with_units(table[regular].reset_index(drop=True), RECORD_UNITS)

    def frames(self) -> list[Path]:
        """The dump files up to the newest checkpoint, in order."""
        return self._checked_parts("frames", "dump")

    def _forget_unfinished_chunk(self) -> None:
        """Delete what a killed process left of its last chunk.

        The products of a chunk without a checkpoint count as not there; if the run went on with
        chunks that end elsewhere, they would come back beside those that replace them.
        """
        done = self.last_checkpoint()
        for pattern in PRODUCTS:
            for path in self.folder.glob(pattern):
                if _step_of(path) > done:
                    path.unlink()

    def _run_chunk(self, begin: int, stop: int) -> None:
        """One chunk; the checkpoint's rename, at the end, is what makes it done."""
        checkpoint = self._path("checkpoint", stop, "restart")
        with (
            tempfile.TemporaryDirectory(prefix="lmpmeso-") as includes,
            replacing(checkpoint) as new_checkpoint,
            self._new_frames(stop) as frames,
            self._session() as lmp,
        ):
            own = {
                **script_variables(self.model, Path(includes), self._style),
                "start": "restart" if begin else "data",
                "data": self.folder / START_FILE,
                "restart": self._path("checkpoint", begin, "restart"),
                "last_step": stop,
                "save_restart": new_checkpoint,
            }
            record, end = self._simulated(lmp, {**self.variables, **own, **frames}, begin, stop)
            if lmp.accelerator.name in ON_DEVICE and self._pair_style == "table":
                refuse_overlaps(replace(end, source=f"{self.folder}, step {stop}"), self.model)
            write_data(self._path("end", stop, "data"), end, self.model)
            write_table(self._path("record", stop, "csv"), record)
        before = [self._path("checkpoint", begin, "restart"), self._path("end", begin, "data")]
        Checksums(self.folder).keep_up(self._finished_files(), before)
        for path in before if begin else ():
            path.unlink(missing_ok=True)

    def _simulated(
        self, lmp: LammpsSession, variables: dict[str, Any], begin: int, stop: int
    ) -> tuple[pd.DataFrame, Configuration]:
        """From one step to another: the record, and the particles at the end."""
        surface = outside_surface(self.start, self.model, self.execution)
        lmp.run_file(lmp_input(self.script), variables, surface)
        end = lmp.get_configuration(with_consecutive_ids(self.start))
        return self._record_of(lmp.thermo_table()), end

    def _finished_files(self) -> list[Path]:
        """What the chunks that are done have left."""
        done = self.last_checkpoint()
        newest = [self._path("checkpoint", done, "restart"), self._path("end", done, "data")]
        return [*newest, *self._parts("record", "csv"), *self._parts("frames", "dump")]

    def _session(self) -> LammpsSession:
        how = self.execution
        return LammpsSession(how.accelerator, how.threads, [self._pair_style])

    @property
    def _style(self) -> Style:
        return style_on(self.execution.accelerator, self.model, lammps_build())

    @property
    def _pair_style(self) -> str:
        return lammps_pair_style(self.model, self._style)

    @contextmanager
    def _new_frames(self, stop: int) -> Iterator[dict[str, object]]:
        """The script's variable for the dump of a chunk, which appears when LAMMPS has closed it."""
        if not self.writes_frames:
            yield {}
            return
        with replacing(self._path("frames", stop, "dump")) as new_frames:
            yield {"output": new_frames}

    def _record_of(self, thermo: pd.DataFrame) -> pd.DataFrame:
        """LAMMPS's thermo output under our names, the pressure in energy/length^d."""
        table = thermo.rename(columns=RECORD_COLUMNS)[list(RECORD_COLUMNS.values())]
        table.insert(1, "time", table["step"] * self.time_step)
        table["pressure"] /= self.model.units_style.pressure
        return table

    def _claim_folder(self) -> None:
        """Write down what this run is, or make sure that the folder's run is this one.

        Raises:
            FolderError: it is another one.
        """
        with tempfile.TemporaryDirectory(prefix="lmpmeso-") as scratch:
            text = Path(scratch) / START_FILE
            write_data(text, with_consecutive_ids(self.start), self.model)
            content = text.read_bytes()
        identity = {
            "format": FORMAT_VERSION,
            "script": self.script,
            "model": self.model.signature(),
            "variables": {name: str(value) for name, value in self.variables.items()},
            "start": hashlib.sha256(content).hexdigest(),
        }
        claim(self.folder, identity, "run", products=(CHECKPOINTS, *PRODUCTS, START_FILE))
        with replacing(self.folder / START_FILE) as temporary:
            temporary.write_bytes(content)

    def _path(self, kind: str, step: int, suffix: str) -> Path:
        return self.folder / f"{kind}-{step:012d}.{suffix}"

    def _parts(self, kind: str, suffix: str) -> list[Path]:
        """Files of one kind up to the newest checkpoint, in order of time."""
        done = self.last_checkpoint()
        steps = sorted(s for s in self._steps_of(f"{kind}-{STEP}.{suffix}") if s <= done)
        return [self._path(kind, step, suffix) for step in steps]

    def _checked_parts(self, kind: str, suffix: str) -> list[Path]:
        """The same, to be used."""
        sums = Checksums(self.folder)
        return [sums.check(path) for path in self._parts(kind, suffix)]

    def _steps_of(self, pattern: str) -> list[int]:
        """Time steps in the names of the files that match."""
        return [_step_of(path) for path in self.folder.glob(pattern)]


def _step_of(path: Path) -> int:
    """The time step in the name of a file."""
    return int(path.stem.rpartition("-")[2])
