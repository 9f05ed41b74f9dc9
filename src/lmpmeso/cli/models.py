"""``lmpmeso models``: the models, their parameters, and LAMMPS tables of them."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from lmpmeso.cli.arguments import add_json
from lmpmeso.cli.console import aligned, say
from lmpmeso.plain_json import json_text

if TYPE_CHECKING:
    from lmpmeso.models import GlassModel

NAME = "models"
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
    from lmpmeso.models import get_model, model_names

    names = [arguments.name] if arguments.name else model_names()
    chosen = [get_model(name) for name in names]
    if arguments.table is not None:
        _write_tables(chosen, arguments.table)
    if arguments.json:
        described = {model.name: description(model) for model in chosen}
        return json_text(described[chosen[0].name] if arguments.name else described)
    return sheet(chosen[0]) if arguments.name else overview(chosen)


def overview(models: list[GlassModel]) -> str:
    """One line a model."""
    rows = [("name", "d", "density", "N", "T range", "what")]
    for model in models:
        low, high = model.temperature_range
        rows.append(
            (
                model.name,
                str(model.dimension),
                f"{model.density:g}",
                str(model.n_particles),
                f"{low:g}-{high:g}",
                model.title,
            )
        )
    return aligned(rows)


def sheet(model: GlassModel) -> str:
    """All parameters of one model."""
    low, high = model.temperature_range
    potentials = [
        (f"  {model.species[a].name}-{model.species[b].name}", str(model.pair_potentials[a][b]))
        for a in range(model.n_species)
        for b in range(a, model.n_species)
    ]
    rows = [
        ("density", f"{model.density:g} σ^-{model.dimension}"),
        ("length a0", f"{model.a0:.6g} σ"),
        ("particles", f"{model.n_particles} in the paper"),
        ("time step", f"{model.time_step:g} (above T = 1: {model.high_temperature_time_step:g})"),
        ("thermostat time", f"{model.thermostat_time:g}"),
        ("temperatures", f"{low:g} to {high:g} ε/k_B in the paper"),
        *(
            (
                f"species {index} ({species.name})",
                f"fraction {species.fraction:g}, LAMMPS type {index + 1}, "
                + (
                    f"q_max {species.q_max:g} σ^-1"
                    if species.q_max is not None
                    else "q_max not known"
                )
                + (", the one that F_s and the MSD refer to" * (index == model.largest_species)),
            )
            for index, species in enumerate(model.species)
        ),
        ("pair potentials", ""),
        *potentials,
    ]
    if model.three_body is not None:
        rows.append(("three-body term", str(model.three_body)))
    rows.append(("reference", model.reference))
    return f"{model.name}: {model.title}, {model.dimension}D\n" + aligned(rows, indent="  ")


def description(model: GlassModel) -> dict[str, Any]:
    """All parameters of one model as plain data."""
    plain = asdict(model)
    plain["pair_potentials"] = [
        [{"form": type(potential).__name__, **asdict(cast(Any, potential))} for potential in row]
        for row in model.pair_potentials
    ]
    return {**plain, "a0": model.a0, "cutoffs": model.cutoffs}


def _write_tables(models: list[GlassModel], folder: str) -> None:
    """Write LAMMPS's files and say where they are."""
    from lmpmeso.models import potential_file_name, write_potential

    Path(folder).mkdir(parents=True, exist_ok=True)
    for model in {potential_file_name(model): model for model in models}.values():
        say(f"wrote {write_potential(model, folder)}")
