"""The model that a command is about: a name, a model file, or the LAMMPS script of the files at hand."""

from __future__ import annotations

import argparse
import shlex
from typing import TYPE_CHECKING

from lmpmeso.cli.arguments import MODEL_HELP
from lmpmeso.cli.console import say

if TYPE_CHECKING:
    from lmpmeso.models import GlassModel


def add_input(command: argparse.ArgumentParser, what: str, several: bool = False) -> None:
    """FILE, or several, and what their model is: --model or --lammps."""
    command.add_argument("file", metavar="FILE", nargs="+" if several else None, help=what)
    ways = command.add_mutually_exclusive_group(required=True)
    ways.add_argument("--model", metavar="M", help=MODEL_HELP)
    ways.add_argument(
        "--lammps",
        metavar="SCRIPT",
        help="or the LAMMPS script of the simulation: its units, masses, pair and other interaction "
        "lines are taken, its runs ignored; density and composition are those of FILE",
    )


def chosen_model(arguments: argparse.Namespace) -> GlassModel:
    """The model of --model; or of --lammps, and then which lines were taken is said.

    Raises:
        ModelError: there is no such model, or it has faults.
        ConfigurationError: the file beside the script cannot be read.
    """
    from lmpmeso.models import get_model

    if arguments.lammps is None:
        return get_model(arguments.model)
    from lmpmeso.configurations.script_model import LammpsModel
    from lmpmeso.models.lammps_script import read_script

    script = read_script(arguments.lammps)
    first = arguments.file[0] if isinstance(arguments.file, list) else arguments.file
    model = LammpsModel(script, first)
    for line in script.taken:
        say(f"taken from {arguments.lammps}: {line}")
    if script.ignored:
        say(f"ignored: {'; '.join(line.split()[0] for line in script.ignored)}")
    return model


def model_option(arguments: argparse.Namespace) -> str:
    """The option that says the model, for the next command."""
    if arguments.lammps is None:
        return f"--model {shlex.quote(arguments.model)}"
    return f"--lammps {shlex.quote(arguments.lammps)}"
