"""``lmpmeso models``: the models, their parameters, and LAMMPS tables of them."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from lmpmeso.cli.arguments import add_json
from lmpmeso.cli.console import aligned, say
from lmpmeso.files.plain_json import json_text

if TYPE_CHECKING:
    from lmpmeso.models import GlassModel

SUMMARY = "the models and their parameters; writes LAMMPS tables"
DESCRIPTION = """\
List the glass-forming models, or show one of them with all its parameters.

  lmpmeso models                        one line a model
  lmpmeso models ipl                    species, densities, cut-offs, time steps, temperatures
  lmpmeso models ss --table tables      write tables/ss.table for LAMMPS's `pair_style table`
  lmpmeso models --json                 everything, for a program

Units: ε (energy), σ (length), m = k_B = 1.
"""


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    command.add_argument("name", nargs="?", metavar="NAME", help="one model; default: all")
    command.add_argument(
        "--table",
        metavar="DIR",
        help="write LAMMPS's table or potential file of the model (of all, without NAME) into DIR",
    )
    add_json(command)


def run(arguments: argparse.Namespace) -> str:
    """Describe the models."""
    from lmpmeso.models import describe_model, get_model, model_names, model_text

    names = [arguments.name] if arguments.name else model_names()
    chosen = [get_model(name) for name in names]
    if arguments.table is not None:
        _write_tables(chosen, arguments.table)
    if arguments.json:
        described = {model.name: describe_model(model) for model in chosen}
        return json_text(described[chosen[0].name] if arguments.name else described)
    return model_text(chosen[0]) + "\n" if arguments.name else overview(chosen)


def overview(models: list[GlassModel]) -> str:
    """One line a model."""
    from lmpmeso.models.describe import temperatures_text

    rows = [("name", "d", "density", "N", "T range", "what")]
    for model in models:
        rows.append(
            (
                model.name,
                str(model.dimension),
                f"{model.density:g}",
                str(model.n_particles),
                temperatures_text(model).replace(" to ", "-"),
                model.title,
            )
        )
    return aligned(rows)


def _write_tables(models: list[GlassModel], folder: str) -> None:
    """Write LAMMPS's files and say where they are."""
    from lmpmeso.models import potential_file_name, write_potential

    Path(folder).mkdir(parents=True, exist_ok=True)
    for model in {potential_file_name(model): model for model in models}.values():
        say(f"wrote {write_potential(model, folder)}")
