"""The one place that opens LAMMPS.

Array suffixes: n particle, c Cartesian component.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from lmpmeso.arrays import FloatArray, IntArray
from lmpmeso.configurations import Configuration, write_data
from lmpmeso.errors import LammpsError
from lmpmeso.files.interrupts import interrupts_deferred
from lmpmeso.files.plain_paths import QUOTED_PATH, PlainPaths
from lmpmeso.lammps.accelerators import AcceleratorChoice, choose_accelerator
from lmpmeso.lammps.box import (
    before_box,
    corners,
    encoded_images,
    inside_box,
    three_dimensional,
    with_consecutive_ids,
)
from lmpmeso.lammps.build import lammps_build, missing_style_message
from lmpmeso.lammps.kokkos import prepare_kokkos
from lmpmeso.lammps.logs import last_of_minimisation, last_thermo_table, words_of
from lmpmeso.lammps.mpi import open_lammps
from lmpmeso.lammps.outside_forces import COMMANDS as OUTSIDE
from lmpmeso.lammps.outside_forces import OutsideForces, Surface, parts_of_script
from lmpmeso.lammps.paths import new_log
from lmpmeso.models import GlassModel

if TYPE_CHECKING:
    import pandas as pd


class LammpsSession:
    """One LAMMPS instance, opened quietly, always closed, whose errors are :class:`LammpsError`.

    Use it as a context manager::

        with LammpsSession(pair_styles=["sw"]) as lmp:
            lmp.set_configuration(configuration, model)
            lmp.commands(lammps_pair_commands(model))
            lmp.command("run 0")
            forces_nc = lmp.forces()

    Args:
        accelerator: ``auto | none | omp | kokkos | gpu | opt``.
        threads: OpenMP threads.
        pair_styles: names of the pair styles that the run needs, without suffix; they are checked
            and the accelerator must have them.
        variables: LAMMPS index variables set before the first command (as ``-var`` does); see :meth:`run_file`.
        log_file: where LAMMPS's log is put when the session closes; None keeps none.
        communicator: mpi4py communicator; None runs on a single rank.

    Attributes:
        accelerator: the :class:`AcceleratorChoice` in use.

    Raises:
        LammpsError: the accelerator or a pair style is not in this LAMMPS, or KOKKOS has begun in this process with
            another number of threads.
        MissingDependencyError: LAMMPS is not installed or does not load.
    """

    def __init__(
        self,
        accelerator: str = "auto",
        threads: int = 1,
        pair_styles: Iterable[str] = (),
        variables: Mapping[str, object] | None = None,
        log_file: str | os.PathLike[str] | None = None,
        communicator: Any = None,
    ):
        styles = tuple(pair_styles)
        build = lammps_build()
        missing = [style for style in styles if style not in build.pair_styles]
        if missing:
            raise LammpsError(missing_style_message("pair", missing[0], build))
        self.accelerator: AcceleratorChoice = choose_accelerator(
            accelerator, build, styles, threads
        )
        if self.accelerator.name == "kokkos":
            prepare_kokkos(threads)
        self._log_target = None if log_file is None else Path(log_file)
        self._paths = PlainPaths()
        self._outside: OutsideForces | None = None
        self._log_path = new_log(self._log_target)
        try:
            log = self._paths.plain(self._log_path)
            arguments = ["-log", log, "-screen", "none", "-nocite", *self.accelerator.arguments]
            for name, value in (variables or {}).items():
                arguments += ["-var", name, self._variable_text(value)]
            self._lmp: Any = open_lammps(arguments, communicator)
        except BaseException as error:
            self._log_path.unlink(missing_ok=True)
            self._paths.close()
            # What LAMMPS's Python module raises for LAMMPS's errors.
            if type(error) is Exception or isinstance(error, UnicodeDecodeError):
                raise LammpsError(f"LAMMPS did not start: {words_of(error)}") from error
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close LAMMPS and put its log in place. May be called again."""
        if self._lmp is None:
            return
        with interrupts_deferred():
            self._lmp.close()
            self._lmp = None
            self._paths.close()
            if self._log_target is None:
                self._log_path.unlink(missing_ok=True)
            else:
                os.replace(self._log_path, self._log_target)

    # Commands ------------------------------------------------------------------------------

    def command(self, line: str) -> None:
        """Run one LAMMPS command; an absolute path in quotes is one word of it, whatever is in the path.

        Raises:
            LammpsError: LAMMPS refused it; the message is LAMMPS's own.
        """
        readable = QUOTED_PATH.sub(lambda found: self._paths.plain(found["path"]), line)
        self._guarded("command", readable, line)

    def commands(self, lines: Iterable[str]) -> None:
        """Run several LAMMPS commands, one after the other."""
        for line in lines:
            self.command(line)

    def run_file(
        self,
        path: str | os.PathLike[str],
        variables: Mapping[str, object] | None = None,
        surface: Surface | None = None,
    ) -> None:
        """Run an input script, as ``lmp -in path -var …`` does.

        Args:
            path: the script.
            variables: values for its ``variable … index`` lines; a ``Path`` may hold any letter.
            surface: takes the place of the pair style in the script's last run or minimisation.

        Raises:
            LammpsError: the file is not there, or LAMMPS stopped in it.
        """
        if not Path(path).is_file():
            raise LammpsError(f"there is no LAMMPS input script {os.fspath(path)}")
        for name, value in (variables or {}).items():
            self.command(f"variable {name} delete")
            text = self._variable_text(value)
            self.command(f"variable {name} index " + (f"'{text}'" if '"' in text else text))
        if surface is None:
            self._guarded("file", self._paths.plain(path), f"file {os.fspath(path)}")
            return
        before, rest = parts_of_script(Path(path).read_text(encoding="utf-8"))
        self._guarded("commands_string", before, f"file {os.fspath(path)}")
        self.take_forces_of(surface)
        self._guarded("commands_string", rest, f"file {os.fspath(path)}")

    def take_forces_of(self, surface: Surface) -> None:
        """Drop the pair style, and take energy and forces from outside from now on."""
        self.commands(OUTSIDE)
        dimension = int(self._instance.extract_setting("dimension"))
        self._outside = OutsideForces(self._instance, surface, dimension)

    @property
    def surface(self) -> Surface | None:
        """Where forces come from since :meth:`take_forces_of`; None: from LAMMPS."""
        return None if self._outside is None else self._outside.surface

    def has_style(self, category: str, name: str) -> bool:
        """Whether this LAMMPS has a style, e.g. ``has_style("pair", "sw")``."""
        return bool(self._instance.has_style(category, name))

    def require_style(self, category: str, name: str) -> None:
        """Refuse early what this LAMMPS cannot do.

        Raises:
            LammpsError: it does not have the style.
        """
        if not self.has_style(category, name):
            raise LammpsError(missing_style_message(category, name, lammps_build()))

    # Configurations in and out ---------------------------------------------------------------

    def set_configuration(self, configuration: Configuration, model: GlassModel) -> None:
        """Make the box and the particles, exactly as they are in the configuration.

        LAMMPS ids are 1 … N in the configuration's order, type = species + 1, units, masses and
        charges the model's. In two dimensions the box is 1 high and periodic in z. Positions inside the
        box, image flags and velocities arrive bit for bit; positions outside are wrapped and their image flags changed.

        Raises:
            LammpsError: an image flag is beyond what this LAMMPS build can hold.
        """
        if model.topology is not None:
            self._read_joined(configuration, model)
            return
        low, high = corners(configuration)
        region = " ".join(f"{lo:.17g} {hi:.17g}" for lo, hi in zip(low, high, strict=True))
        self.commands(
            [
                *before_box(configuration, model),
                f"region box block {region}",
                f"create_box {model.n_species} box",
            ]
        )
        if model.sizes is None:
            self.commands(f"mass {k + 1} {s.mass!r}" for k, s in enumerate(model.species))
        positions_nc, images_nc = inside_box(configuration)
        velocities_nc, n = configuration.velocities_nc, configuration.n_particles
        created = self._instance.create_atoms(
            n,
            list(range(1, n + 1)),
            (configuration.species + 1).tolist(),
            three_dimensional(positions_nc).ravel().tolist(),
            None if velocities_nc is None else three_dimensional(velocities_nc).ravel().tolist(),
            encoded_images(self._instance, three_dimensional(images_nc)),
        )
        if created != n:
            raise LammpsError(f"LAMMPS created {created} of {n} particles")
        for k, species in enumerate(model.species, start=1):
            if species.charge:
                self.command(f"set type {k} charge {species.charge!r}")
        if model.sizes is not None and configuration.diameters is not None:
            self.live("radius")[:] = 0.5 * configuration.diameters[self.live("id") - 1]
            self.live("rmass")[:] = model.masses[self.live("type") - 1]

    def _read_joined(self, configuration: Configuration, model: GlassModel) -> None:
        """The same from a data file, which is where LAMMPS takes bonds and angles from."""
        with tempfile.TemporaryDirectory(prefix="lmpmeso-") as folder:
            path = Path(folder) / "configuration.data"
            write_data(path, with_consecutive_ids(configuration), model)
            self.commands([*before_box(configuration, model), f'read_data "{path}"'])

    def get_configuration(self, template: Configuration, **changes: Any) -> Configuration:
        """The particles as LAMMPS has them now, with ids, species and parentage of ``template``.

        Args:
            template: a configuration of the same particles in the same order.
            changes: attributes to set, e.g. ``step=…``, ``source=…``.
        """
        d = template.dimension
        low, high = self.box()
        given_low, given_high = corners(template)
        same = np.array_equal(low[:d], given_low[:d]) and np.array_equal(high[:d], given_high[:d])
        return template.with_positions(
            self.positions()[:, :d],
            **{
                "box_c": template.box_c if same else high[:d] - low[:d],
                "origin_c": template.origin_c if same else low[:d],
                "images_nc": self.images()[:, :d],
                "velocities_nc": np.ascontiguousarray(self.velocities()[:, :d]),
                "single_precision": False,
                "source": "LAMMPS",
                **changes,
            },
        )

    def positions(self) -> FloatArray:
        """Positions in id order, wrapped as of LAMMPS's last reneighbouring [length], (N, 3)."""
        return self._gather("x", 3)

    def velocities(self) -> FloatArray:
        """Velocities in id order [length/time], (N, 3)."""
        return self._gather("v", 3)

    def forces(self) -> FloatArray:
        """Forces of the last run in id order [energy/length], (N, 3)."""
        return self._gather("f", 3)

    def images(self) -> IntArray:
        """Image flags in id order, (N, 3)."""
        return self._gather("image", 3, np.int64)

    def types(self) -> IntArray:
        """LAMMPS types in id order, (N,)."""
        return self._gather("type", 1, np.int64)[:, 0]

    def live(self, name: str) -> NDArray[Any]:
        """LAMMPS's own array of its particles, ``x``, ``f`` or ``id``, in its order; a row a particle.

        What is written to it is written to LAMMPS. A run may put it elsewhere: ask anew after each.
        """
        array: NDArray[Any] = self._instance.numpy.extract_atom(name)
        return array[: self._instance.extract_setting("nlocal")]

    def last_energy(self) -> float:
        """Potential energy of the last run, as ``pe`` has it [energy]; quicker than :meth:`thermo`."""
        return float(self._instance.get_thermo("pe"))

    def box(self) -> tuple[FloatArray, FloatArray]:
        """Lower and upper corner of the box [length], two arrays of shape (3,)."""
        low, high, *_ = self._instance.extract_box()
        return np.array(low), np.array(high)

    # Numbers ------------------------------------------------------------------------------------

    @property
    def n_particles(self) -> int:
        """Number of particles."""
        return int(self._instance.get_natoms())

    def thermo(self, keyword: str) -> float:
        """A thermo keyword's value now, e.g. ``pe``, ``temp``, ``press``, ``pxy``.

        Raises:
            LammpsError: the keyword is unknown, or no run has computed it.
        """
        # get_thermo of LAMMPS's library returns 0 for a keyword it does not know.
        self.command(f"variable lmpmeso_thermo equal {keyword}")
        try:
            return float(self._instance.extract_variable("lmpmeso_thermo"))
        except Exception as error:
            raise self._translated(error, f"thermo keyword {keyword}") from error

    def potential_energy(self) -> float:
        """Potential energy U, extensive [energy]: ``pe`` times N where LAMMPS prints it per particle."""
        per_particle = bool(self._instance.extract_setting("thermo_norm"))
        return self.thermo("pe") * (self.n_particles if per_particle else 1)

    def variable(self, name: str) -> Any:
        """Value of an equal-style or string variable of LAMMPS."""
        value = self._instance.extract_variable(name)
        if value is None:
            raise LammpsError(f"LAMMPS has no variable {name!r}")
        return value

    def virial_stress(self) -> FloatArray:
        """σ_ab = (1/V) ∂U/∂γ_ab of the particles where they are, virial part only [energy/length^d], (d, d).

        Pressure (virial part) = -tr σ / d, as in :mod:`lmpmeso.hessians`.

        Raises:
            LammpsError: LAMMPS cannot compute forces (no particles, no pair style).
        """
        # A compute of its own for each call: LAMMPS would hand out a stale value after a second
        # run that ends on the same time step, and zeros before a run has initialised the compute.
        self.command("compute lmpmeso_virial all pressure NULL virial")
        try:
            self.command("run 0 post no")
            return self.stress_of("lmpmeso_virial")
        finally:
            self.command("uncompute lmpmeso_virial")

    def stress_of(self, compute: str) -> FloatArray:
        """What a ``compute … pressure NULL virial`` found in the last run, as :meth:`virial_stress` gives it."""
        pressure = np.array(self._instance.extract_compute(compute, 0, 1)[0:6])
        xx, yy, zz, xy, xz, yz = pressure / self._instance.extract_global("nktv2p")
        full = -np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])
        d = int(self._instance.extract_setting("dimension"))
        return full[:d, :d]

    def log_text(self) -> str:
        """LAMMPS's log up to now."""
        self._instance.flush_buffers()
        return self._log_path.read_text(errors="replace")

    def thermo_table(self) -> pd.DataFrame:
        """The thermo output of the last run or minimisation, with LAMMPS's column names.

        Raises:
            LammpsError: there was no run.
        """
        return last_thermo_table(self.log_text())

    def stopping_criterion(self) -> str:
        """LAMMPS's own words on why the last minimisation stopped, e.g. ``force tolerance``.

        Raises:
            LammpsError: there was no minimisation.
        """
        return last_of_minimisation(self.log_text(), r"Stopping criterion = (.+)")

    def minimizer_iterations(self) -> int:
        """Iterations of the last minimisation.

        Raises:
            LammpsError: there was no minimisation.
        """
        return int(last_of_minimisation(self.log_text(), r"Iterations, force evaluations = (\d+)"))

    # Inside --------------------------------------------------------------------------------------

    @property
    def _instance(self) -> Any:
        if self._lmp is None:
            raise LammpsError("this LAMMPS session is closed")
        return self._lmp

    def _guarded(self, method: str, argument: str, command: str) -> None:
        """Call a method of LAMMPS's Python module and translate its exception."""
        try:
            getattr(self._instance, method)(argument)
        except LammpsError:
            raise
        except Exception as error:
            raise self._translated(error, command) from error
        if self._outside is not None:
            self._outside.raise_error()

    def _translated(self, error: Exception, command: str) -> LammpsError:
        """LAMMPS's exception as ours, with the command that failed."""
        message, known = words_of(error).strip().strip("'\""), self._paths.known_to_user
        last = re.search(r"Last input line: (.*)", message)
        failed = last.group(1).strip() if last else command
        text = message.splitlines()[0].removeprefix("ERROR: ") if message else repr(error)
        where = f" (in {command})" if command != failed else ""
        return LammpsError(known(f"LAMMPS: {text}; command: {failed}{where}"), known(failed))

    def _variable_text(self, value: object) -> str:
        """A Python value as LAMMPS writes it: numbers with full precision, paths plain, blanks in quotes.

        LAMMPS pastes the value of a variable into a command before it looks for quotes, so the quotes of
        a text with blanks belong to the value.
        """
        if isinstance(value, Path):
            return self._paths.plain(value)
        text = f"{value:.17g}" if isinstance(value, float) else str(value)
        return f'"{text}"' if any(c.isspace() for c in text) else text

    def _gather(self, name: str, width: int, dtype: type[np.generic] = np.float64) -> NDArray[Any]:
        data = self._instance.gather_atoms(name, 1 if dtype is np.float64 else 0, width)
        return np.array(np.ctypeslib.as_array(data), dtype=dtype).reshape(-1, width)
