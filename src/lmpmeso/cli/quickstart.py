"""``lmpmeso quickstart``: the main job, small and real."""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from lmpmeso.cli.arguments import add_json, positive_integer
from lmpmeso.cli.console import Progress, say
from lmpmeso.files.plain_json import json_text

if TYPE_CHECKING:
    from lmpmeso.quickstart.parameters import QuickstartParameters

NAME = "quickstart"
SUMMARY = "the main job, small and real: liquid to κ, G, F_s and τ_α, and a page"
RESUMES = True
DESCRIPTION = """\
Run the main job once, small but real, on the inverse-power-law glass former: LAMMPS equilibrates the
liquid at two temperatures, configurations are sampled and quenched, κ of every interacting pair and G are
computed, and one HTML page shows the numbers with their intervals, the pictures, and how to repeat
each step. Three to four minutes on two cores.

  lmpmeso quickstart                    into the folder quickstart/; open quickstart/index.html
  lmpmeso quickstart DIR --seed 2       elsewhere, with other random numbers
  lmpmeso quickstart DIR --small        half a minute: shows that everything works, not the physics

Stop it when you like (Ctrl-C) and type the same again: it goes on where it was. DIR keeps every
product: liquids and glasses as LAMMPS dumps, κ_ij and all tables as CSV, figures as PNG.
"""


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    command.add_argument(
        "folder", nargs="?", default="quickstart", metavar="DIR", help="default: quickstart"
    )
    command.add_argument(
        "--temperatures",
        nargs="+",
        type=float,
        metavar="T",
        help="two or more parent temperatures, 0.6 to 2",
    )
    command.add_argument("--n-particles", type=positive_integer, metavar="N")
    command.add_argument(
        "--glasses",
        nargs="+",
        type=positive_integer,
        metavar="K",
        help="inherent structures: one number for all temperatures, or one for each",
    )
    command.add_argument("--seed", type=int, metavar="S", help="default: 1")
    command.add_argument(
        "--workers",
        type=positive_integer,
        metavar="W",
        help="worker processes (default: the cores this process may use, at most 8)",
    )
    command.add_argument("--small", action="store_true", help="a tiny variant of everything")
    add_json(command)


def run(arguments: argparse.Namespace) -> str:
    """Run what is not there yet, and say where the page is."""
    from lmpmeso.backend import available_cores
    from lmpmeso.quickstart.run import run_quickstart

    parameters = _parameters(arguments)
    workers = arguments.workers or min(8, available_cores())
    start = time.perf_counter()
    with Progress() as progress:
        page = run_quickstart(arguments.folder, parameters, workers, progress.update)
    say(f"done in {time.perf_counter() - start:.0f} s: open {page}")
    import pandas as pd

    summary = pd.read_csv(page.parent / "tables" / "summary.csv")
    if arguments.json:
        return json_text({"page": str(page), "summary": summary.to_dict("records")})
    from lmpmeso.quickstart.page import results_text

    return results_text(summary)


def _parameters(arguments: argparse.Namespace) -> QuickstartParameters:
    """The standard parameters, or the small ones, with what was asked for."""
    from lmpmeso.quickstart.parameters import SMALL, QuickstartParameters

    base = SMALL if arguments.small else QuickstartParameters()
    temperatures = tuple(arguments.temperatures or base.temperatures)
    glasses = tuple(arguments.glasses or base.n_glasses)
    if arguments.glasses is None and len(glasses) != len(temperatures):
        glasses = (min(glasses),)
    if len(glasses) == 1:
        glasses *= len(temperatures)
    return replace(
        base,
        temperatures=temperatures,
        n_glasses=glasses,
        n_particles=arguments.n_particles or base.n_particles,
        seed=base.seed if arguments.seed is None else arguments.seed,
    )
