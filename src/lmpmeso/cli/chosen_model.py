"""The model that a command is about: a name, a model file, or the LAMMPS script of the files at hand."""

from __future__ import annotations

import argparse
import shlex
import warnings
from typing import TYPE_CHECKING

from lmpmeso.cli.arguments import MODEL_HELP
from lmpmeso.cli.console import say
from lmpmeso.errors import LammpsError, ModelError

if TYPE_CHECKING:
    from lmpmeso.models import GlassModel

FAR = 2.0
"""Factor beyond the range of temperatures."""
COLD = 30.0
"""Hardly any liquid is this cold [K]: a number of the Lennard-Jones system may be meant."""


def add_input(command: argparse.ArgumentParser, what: str, several: bool = False) -> None:
    """FILE, or several, and what their model is: --model or --lammps."""
    command.add_argument("file", metavar="FILE", nargs="+" if several else None, help=what)
    add_force(command)
    ways = command.add_mutually_exclusive_group(required=True)
    ways.add_argument("--model", metavar="M", help=MODEL_HELP)
    ways.add_argument(
        "--lammps",
        metavar="SCRIPT",
        help="or the LAMMPS script of the simulation: its units, masses, pair and other interaction "
        "lines are taken, its runs ignored; density and composition are those of FILE",
    )


def add_force(command: argparse.ArgumentParser) -> None:
    """--force."""
    what = "go on although density or composition are not the model's, or displacements cannot be"
    command.add_argument("--force", action="store_true", help=what)


def warn_of_temperature(model: GlassModel, temperature: float) -> None:
    """Tell where a temperature is none that the model is simulated at.

    Warns:
        UserWarning: it is half the lowest, or twice the highest; or of a few kelvin, where no range is known.
    """
    unit = model.units_style.temperature_unit
    if model.temperature_range is None:
        if unit == "K" and temperature < COLD:
            warnings.warn(
                f"T = {temperature:g} K: temperatures of model {model.name} are in kelvin (units {model.units})",
                UserWarning,
                stacklevel=2,
            )
        return
    low, high = model.temperature_range
    if not low / FAR <= temperature <= high * FAR:
        warnings.warn(
            f"T = {temperature:g} is far from {low:g} to {high:g}, where model {model.name} is studied; its "
            f"temperatures are in {unit}",
            UserWarning,
            stacklevel=2,
        )


def chosen_model(arguments: argparse.Namespace) -> GlassModel:
    """The model of --model; or of --lammps, and then which lines were taken is said.

    Raises:
        ModelError: there is no such model, or it has faults.
        ConfigurationError: the file beside the script cannot be read.
    """
    from lmpmeso.models import get_model

    if arguments.lammps is None:
        return known_to_lammps(get_model(arguments.model))
    from lmpmeso.configurations.script_model import LammpsModel
    from lmpmeso.models.lammps_script import read_script

    script = read_script(arguments.lammps)
    first = arguments.file[0] if isinstance(arguments.file, list) else arguments.file
    model = LammpsModel(script, first)
    say("\n  ".join([f"taken from {arguments.lammps}:", *script.taken]))
    if script.ignored:
        say(f"ignored: {', '.join(dict.fromkeys(line.split()[0] for line in script.ignored))}")
    return known_to_lammps(model)


def known_to_lammps(model: GlassModel) -> GlassModel:
    """A model given as LAMMPS commands, asked of LAMMPS: a style it lacks or a file that does not fit shows here.

    Raises:
        ModelError: LAMMPS refuses the commands.
    """
    if model.lammps is None:
        return model
    from lmpmeso.lammps.forces import with_reach

    try:
        return with_reach(model)
    except LammpsError as error:
        raise ModelError(f"LAMMPS refuses the commands of model {model.name!r}: {error}") from error


def model_option(arguments: argparse.Namespace) -> str:
    """The option that says the model, for the next command."""
    if arguments.lammps is None:
        return f"--model {shlex.quote(arguments.model)}"
    return f"--lammps {shlex.quote(arguments.lammps)}"
