"""Arguments that several commands share."""

from __future__ import annotations

import argparse
import math
from pathlib import Path

from lmpmeso.errors import LmpmesoError


class UsageError(LmpmesoError, ValueError):
    """Arguments that contradict one another, or name a place that is not there."""


def add_input(command: argparse.ArgumentParser, what: str, several: bool = False) -> None:
    """FILE, or several, and --model."""
    command.add_argument("file", metavar="FILE", nargs="+" if several else None, help=what)
    command.add_argument(
        "--model", required=True, metavar="M", help="name of the model; see `lmpmeso models`"
    )


def add_frame(command: argparse.ArgumentParser) -> None:
    """--frame."""
    command.add_argument(
        "--frame",
        type=int,
        default=-1,
        metavar="K",
        help="frame of a dump with several, from 0; negative counts from the end (default: the last)",
    )


def add_json(command: argparse.ArgumentParser) -> None:
    """--json."""
    command.add_argument(
        "--json", action="store_true", help="print the result as one JSON object and nothing else"
    )


def add_minimizer(command: argparse.ArgumentParser) -> None:
    """--minimizer and --accelerator, for the quench in LAMMPS."""
    command.add_argument(
        "--minimizer",
        choices=("cg", "fire"),
        default="cg",
        help="LAMMPS's conjugate gradients, or FIRE (ten times the steps, and another minimum) "
        "(default: cg)",
    )
    _add_accelerator(command)


def add_lammps(command: argparse.ArgumentParser) -> None:
    """--accelerator and --threads, of LAMMPS."""
    _add_accelerator(command)
    command.add_argument(
        "--threads", type=positive_integer, default=1, metavar="N", help="of LAMMPS (default: 1)"
    )


def _add_accelerator(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--accelerator",
        choices=("auto", "none", "omp", "kokkos", "gpu", "opt"),
        default="auto",
        help="LAMMPS accelerator (default: auto, the fastest this LAMMPS has)",
    )


def add_threads(command: argparse.ArgumentParser) -> None:
    """--threads, for the linear algebra."""
    command.add_argument(
        "--threads",
        type=positive_integer,
        default=1,
        metavar="N",
        help="threads of the linear algebra (default: 1; more only pay for one large glass on a "
        "machine that does nothing else, and cost a factor where cores are shared)",
    )


def add_processes(command: argparse.ArgumentParser) -> None:
    """--processes."""
    command.add_argument(
        "--processes",
        type=positive_integer,
        default=1,
        metavar="N",
        help="worker processes (default: 1)",
    )


def writable(path: str, *taken: str | None) -> Path:
    """A path for a result, refused before the computation rather than after it.

    Args:
        path: where the result shall go.
        taken: the input and the other outputs of the command.

    Raises:
        UsageError: its folder is not there, it is itself a folder, or it is one of those taken.
    """
    target = Path(path)
    if target.is_dir():
        raise UsageError(f"{path} is a folder; name a file in it")
    if not target.absolute().parent.is_dir():
        raise UsageError(f"the folder {target.absolute().parent} does not exist; make it")
    for other in taken:
        if other is not None and Path(other).resolve() == target.resolve():
            raise UsageError(f"{path} would overwrite the input or another output; name another")
    return target


def result_folder(path: str | Path) -> Path:
    """A folder for results, which need not be there yet.

    Raises:
        UsageError: it is a file.
    """
    folder = Path(path)
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file; name a folder")
    return folder


def writable_or_none(path: str | None, *taken: str | None) -> Path | None:
    """The same for an option that may be left out."""
    return None if path is None else writable(path, *taken)


def positive_integer(text: str) -> int:
    """An argument that counts something."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, got {value}")
    return value


def positive_number(text: str) -> float:
    """An argument that measures something."""
    value = float(text)
    if not (math.isfinite(value) and value > 0):
        raise argparse.ArgumentTypeError(f"must be a positive number, got {text}")
    return value
