"""Arguments that several commands share."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from lmpmeso.errors import LmpmesoError
from lmpmeso.files.given import PICTURES

MODEL_HELP = "name of the model, see `lmpmeso models`, or a model file of your own"


class UsageError(LmpmesoError, ValueError):
    """Arguments that contradict one another, or name a place that is not there."""


class FailedWithResultsError(LmpmesoError, RuntimeError):
    """A command that has failed and has something to print nevertheless."""

    def __init__(self, message: str, results: str):
        super().__init__(message)
        self.results = results


def add_value(
    command: argparse.ArgumentParser,
    names: str,
    metavar: str,
    what: str,
    default: float | None = None,
    told: str | None = None,
    kind: Callable[[str], float] | None = None,
) -> None:
    """An option that is a number (default kind: a positive one); its help ends with the default, ``told`` in words."""
    told = f"{default:g}" if told is None and default is not None else told
    words = f"{what} (default: {told})".strip() if told is not None else what
    kind = positive_number if kind is None else kind
    add_text(command, names, metavar, words, type=kind, default=default)


def add_text(
    command: argparse.ArgumentParser, names: str, metavar: str, what: str | None, **more: Any
) -> None:
    """An option with a value, by its names with blanks between them."""
    command.add_argument(*names.split(), metavar=metavar, help=what, **more)


def add_choice(
    command: argparse.ArgumentParser,
    name: str,
    choices: Sequence[str],
    what: str,
    told: str | None = None,
) -> None:
    """An option that is one of a few words, the first by default, which its help ends with."""
    words = f"{what} (default: {told or choices[0]})"
    command.add_argument(name, choices=choices, default=choices[0], help=words)


def add_all_or_number(command: argparse.ArgumentParser, name: str, what: str) -> None:
    """An option that is ``all`` or a positive number."""
    words = f"{what} (default: all)"
    add_text(command, name, "all|N", words, type=_all_or_number, default="all")


def add_model(command: argparse.ArgumentParser) -> None:
    """--model."""
    add_text(command, "--model", "M", MODEL_HELP, required=True)


def add_temperature(command: argparse.ArgumentParser) -> None:
    """--temperature."""
    what = "in the units of the model: ε/k_B or K"
    add_text(command, "--temperature", "T", what, type=positive_number, required=True)


def add_output(command: argparse.ArgumentParser, metavar: str, what: str) -> None:
    """-o, which must be given."""
    add_text(command, "-o --output", metavar, what, required=True)


def add_seed(command: argparse.ArgumentParser, what: str) -> None:
    """--seed."""
    command.add_argument("--seed", type=int, default=0, help=f"{what} (default: 0)")


def add_frame(command: argparse.ArgumentParser) -> None:
    """--frame."""
    what = "frame of a dump with several, from 0; negative counts from the end (default: the last)"
    add_text(command, "--frame", "K", what, type=int, default=-1)


def add_frame_range(command: argparse.ArgumentParser) -> None:
    """--frames and --steps."""
    what = (
        "take frames A to B, B not included, every STEP-th; they count from 0 through all files, "
        "--frames=-100: takes the last hundred (default: all)"
    )
    add_text(command, "--frames", "A:B[:STEP]", what)
    add_text(command, "--steps", "A:B", "take MD steps A to B, both included (default: all)")


def add_json(command: argparse.ArgumentParser) -> None:
    """--json."""
    what = "print the result as one JSON object and nothing else"
    command.add_argument("--json", action="store_true", help=what)


def add_minimizer(command: argparse.ArgumentParser, default: str = "cg") -> None:
    """--minimizer and --accelerator, for the quench in LAMMPS."""
    what = (
        "LAMMPS's conjugate gradients; FIRE (ten times the steps, and another minimum); or the true "
        "path of steepest descent, whose end is the inherent structure by definition"
    )
    choices = sorted(("cg", "fire", "steepest"), key=lambda name: name != default)
    add_choice(command, "--minimizer", choices, what)
    _add_accelerator(command)


def add_lammps(command: argparse.ArgumentParser) -> None:
    """--accelerator and --threads, of LAMMPS."""
    _add_accelerator(command)
    add_value(command, "--threads", "N", "of LAMMPS", 1, kind=positive_integer)


def _add_accelerator(command: argparse.ArgumentParser) -> None:
    choices = ("auto", "none", "omp", "kokkos", "gpu", "opt")
    told = "auto, the fastest this LAMMPS has"
    add_choice(command, "--accelerator", choices, "LAMMPS accelerator", told)


def add_threads(command: argparse.ArgumentParser) -> None:
    """--threads, for the linear algebra."""
    told = (
        "1; more only pay for one large glass on a "
        "machine that does nothing else, and cost a factor where cores are shared"
    )
    what = "threads of the linear algebra"
    add_value(command, "--threads", "N", what, 1, told, positive_integer)


def add_processes(command: argparse.ArgumentParser) -> None:
    """--processes."""
    add_value(command, "--processes", "N", "worker processes", 1, kind=positive_integer)


def writable(path: str, *taken: str | None) -> Path:
    """A path for a result, refused before the computation rather than after it.

    ``taken`` are the input and the other outputs of the command.

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


def picture_or_none(path: str | None, *taken: str | None) -> Path | None:
    """The same for a picture.

    Raises:
        UsageError: also where its name is none of a picture.
    """
    if path is not None and Path(path).suffix.lower() not in PICTURES:
        raise UsageError(f"{path}: name a picture in {' or '.join(PICTURES)}")
    return writable_or_none(path, *taken)


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


def fraction(text: str) -> float:
    """An argument between 0 and 1, both excluded."""
    value = float(text)
    if not 0.0 < value < 1.0:
        raise argparse.ArgumentTypeError(f"must lie between 0 and 1, got {text}")
    return value


def _all_or_number(text: str) -> str | int:
    """``all`` or a positive number."""
    if text == "all":
        return text
    try:
        return positive_integer(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be 'all' or a number, got {text!r}") from None
