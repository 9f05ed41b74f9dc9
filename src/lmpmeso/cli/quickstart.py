"""``lmpmeso quickstart``: the main job, small and real."""

from __future__ import annotations

import argparse
from pathlib import Path

from lmpmeso.cli.arguments import add_json, add_text, add_value, positive_integer
from lmpmeso.cli.results import results_text
from lmpmeso.cli.run import told_run
from lmpmeso.files.plain_json import json_text

SUMMARY = "the main job, small and real: liquid to κ, G, F_s and τ_α, and a page"
RESUMES = True
DESCRIPTION = """\
Run the main job once, small but real, on the inverse-power-law glass former: LAMMPS runs the liquid at two
temperatures until it is in equilibrium, configurations are sampled and quenched, κ of every interacting pair and G
are computed, and one HTML page shows the numbers with their intervals, the pictures, and how to repeat
each step. Three to four minutes on two cores.

  lmpmeso quickstart                    into the folder quickstart/; open quickstart/index.html
  lmpmeso quickstart DIR --seed 2       elsewhere, with other random numbers
  lmpmeso quickstart DIR --small        half a minute: shows that everything works, not the physics

Stop it when you like (Ctrl-C) and type the same again: it goes on where it was. DIR is the folder of a campaign, the
preset "quickstart": `lmpmeso report DIR` writes the long page, `lmpmeso run DIR` goes on with its campaign.toml.
With other parameters in the same DIR, what depends on them is computed anew, and the page tells of those.
"""


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    command.add_argument(
        "folder", nargs="?", default="quickstart", metavar="DIR", help="default: quickstart"
    )
    what = "two or more parent temperatures, 0.6 to 2"
    add_text(command, "--temperatures", "T", what, type=float, nargs="+")
    add_text(command, "--n-particles", "N", None, type=positive_integer)
    what = "inherent structures: one number for all temperatures, or one for each"
    add_text(command, "--glasses", "K", what, type=positive_integer, nargs="+")
    add_text(command, "--seed", "S", "default: 1", type=int)
    told = "the cores this process may use, at most 8"
    add_value(command, "--workers", "W", "worker processes", told=told, kind=positive_integer)
    command.add_argument("--small", action="store_true", help="a tiny variant of everything")
    add_json(command)


def run(arguments: argparse.Namespace) -> str:
    """Run what is not there yet, and say where the page is."""
    from lmpmeso.backend import available_cores
    from lmpmeso.study.quickstart import quickstart_file, refuse_old_folder

    folder = Path(arguments.folder)
    chosen = quickstart_file(
        arguments.temperatures,
        arguments.n_particles,
        arguments.glasses,
        arguments.seed,
        arguments.small,
    )
    refuse_old_folder(folder)
    workers = arguments.workers or min(8, available_cores())
    study = told_run(chosen.on(workers=workers), folder, short=True)
    if arguments.json:
        points = study.state_points.to_dict("records")
        return json_text({"page": str(study.page), "state_points": points})
    return results_text(study.state_points, study.campaign)
