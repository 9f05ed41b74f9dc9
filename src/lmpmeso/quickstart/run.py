"""All steps of a quickstart in their order, those that are done left out."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lmpmeso.errors import ConfigurationError
from lmpmeso.files.locks import exclusive_lock
from lmpmeso.lammps.inputs import has_blanks
from lmpmeso.quickstart.commands import copy_inputs
from lmpmeso.quickstart.glass import make_glass
from lmpmeso.quickstart.layout import LiquidFiles
from lmpmeso.quickstart.liquid import make_liquid
from lmpmeso.quickstart.page import write_page
from lmpmeso.quickstart.parameters import (
    PARAMETERS_FILE,
    QuickstartParameters,
    open_folder,
)
from lmpmeso.quickstart.reduction import reduce
from lmpmeso.quickstart.workers import ProgressSink, WorkerPool


def run_quickstart(
    folder: str | os.PathLike[str],
    parameters: QuickstartParameters,
    n_workers: int,
    sink: ProgressSink,
) -> Path:
    """Liquids, glasses, their elasticity, and the page; whatever is there already is kept.

    Args:
        folder: where everything goes; made if it is not there.
        parameters: what to compute.
        n_workers: number of worker processes.
        sink: told of the progress.

    Returns:
        The path of the page.

    Raises:
        ConfigurationError: the folder holds something else, or another run is at work in it.
        LammpsError: LAMMPS stopped, or a worker died.
    """
    root = open_folder(folder, parameters)
    busy = ConfigurationError(
        f"another lmpmeso quickstart is at work in {root}; wait for it, or name a new folder"
    )
    with exclusive_lock(root / PARAMETERS_FILE, busy):
        copy_inputs(root, parameters)
        with scratch_folder(root) as scratch, WorkerPool(n_workers, sink, scratch) as pool:
            progress = _GlassProgress(root, parameters, pool, sink)
            # The coldest liquid takes longest: it begins, and the glasses of the others fill in.
            for temperature in sorted(parameters.temperatures):
                progress.begin(temperature)
            pool.run()
        tables = reduce(root, parameters)
        tables.write(root / "tables")
        return write_page(root, tables, parameters)


class _GlassProgress:
    """Submits the liquid of a temperature, then its glasses, and counts those that are done."""

    def __init__(
        self, root: Path, parameters: QuickstartParameters, pool: WorkerPool, sink: ProgressSink
    ):
        self._root = root
        self._parameters = parameters
        self._pool = pool
        self._sink = sink
        self._done = dict.fromkeys(parameters.temperatures, 0)

    def begin(self, temperature: float) -> None:
        """Submit the liquid, unless it is there; its glasses follow."""
        if LiquidFiles.of(self._root, temperature).dynamics.is_file():
            self._submit_glasses(temperature)
            return
        self._pool.submit(
            make_liquid,
            self._arguments(temperature),
            lambda: self._submit_glasses(temperature),
            stage=f"T = {temperature:g}, liquid",
        )

    def _submit_glasses(self, temperature: float) -> None:
        files = LiquidFiles.of(self._root, temperature)
        for number in range(self._parameters.glasses_of(temperature)):
            if files.numbers(number).is_file():
                self._count(temperature)
                continue
            self._pool.submit(
                make_glass,
                self._arguments(temperature) | {"number": number},
                lambda: self._count(temperature),
            )

    def _count(self, temperature: float) -> None:
        self._done[temperature] += 1
        self._sink(
            f"T = {temperature:g}, glasses",
            self._done[temperature],
            self._parameters.glasses_of(temperature),
        )

    def _arguments(self, temperature: float) -> dict[str, object]:
        return {
            "root": self._root,
            "parameters": self._parameters,
            "temperature": temperature,
        }


@contextmanager
def scratch_folder(root: Path) -> Iterator[Path]:
    """An empty folder for temporary files, removed at the end; also one that a kill has left.

    LAMMPS includes files from it, and can do so only where no blank is in its path.
    """
    if has_blanks(root.absolute()):
        with tempfile.TemporaryDirectory(prefix="lmpmeso-") as name:
            yield Path(name)
        return
    scratch = root / ".scratch"
    if scratch.exists():
        shutil.rmtree(scratch)
    scratch.mkdir()
    try:
        yield scratch.absolute()
    finally:
        shutil.rmtree(scratch)
