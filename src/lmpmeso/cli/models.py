"""``lmpmeso models``: the models, their parameters, checks of one's own, and LAMMPS's files of them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lmpmeso.cli.arguments import add_json
from lmpmeso.cli.chosen_model import known_to_lammps
from lmpmeso.cli.console import aligned, following, say, say_next
from lmpmeso.errors import LmpmesoError, ModelError
from lmpmeso.files.plain_json import json_text

if TYPE_CHECKING:
    from lmpmeso.hessians.model_check import Check
    from lmpmeso.models import GlassModel

SUMMARY = "the models and their parameters; a model of your own"
DESCRIPTION = """\
List the glass-forming models, or show one of them with all its parameters.

  lmpmeso models                        one line a model: the paper's, then further ones
  lmpmeso models ipl                    species, densities, cut-offs, time steps, temperatures
  lmpmeso models ss --table tables      write tables/ss.table for LAMMPS's `pair_style table`
  lmpmeso models --json                 everything, for a program

A model of your own is a file, which every command takes in place of a name:

  lmpmeso models --new mine.toml        write a commented model file to start from
  lmpmeso models mine.toml              what it holds, or all its faults with their lines
  lmpmeso models mine.toml --check      derivatives, cut-offs, LAMMPS's forces, Hessian
  lmpmeso models mine.toml --plot p.png φ, φ′ and φ″ of each pair
  lmpmeso models mine.toml --inputs in  in/model.mine, in/pair.mine and the table, for lmp_inputs/in.*

Units: LAMMPS's of the model; "lj" is ε (energy), σ (length), m = k_B = 1.
"""


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    command.add_argument(
        "name", nargs="?", metavar="MODEL", help="one model: a name or a model file; default: all"
    )
    command.add_argument(
        "--new", metavar="FILE.toml", help="write a commented model file to start from"
    )
    command.add_argument(
        "--check", action="store_true", help="compare everything with differences and with LAMMPS"
    )
    command.add_argument("--plot", metavar="FILE", help="draw the pair potentials into FILE")
    command.add_argument(
        "--table",
        metavar="DIR",
        help="write LAMMPS's table or potential file of the model (of all, without MODEL) into DIR",
    )
    command.add_argument(
        "--inputs",
        metavar="DIR",
        help="write all that the scripts in lmp_inputs include for the model into DIR: `lmp -in "
        "lmp_inputs/in.quench -var model mine -var inputs DIR -var potentials DIR …`",
    )
    add_json(command)


def run(arguments: argparse.Namespace) -> str:
    """Describe the models, and do what else was asked for."""
    from lmpmeso.models import describe_model, get_model, model_names, model_text

    if arguments.new is not None:
        return _write_new(Path(arguments.new))
    if arguments.name is None and (arguments.check or arguments.plot or arguments.inputs):
        raise ModelError("say which model: `lmpmeso models mine.toml --check`")
    if arguments.name:
        chosen = [known_to_lammps(get_model(arguments.name))]
    else:
        chosen = [*map(get_model, model_names()), *_further_models()]
    if arguments.table is not None:
        _write_tables(chosen, arguments.table)
    if arguments.inputs is not None:
        _write_inputs(chosen[0], Path(arguments.inputs))
    if arguments.plot is not None:
        _write_plot(chosen[0], arguments.plot)
    checks = _checked(chosen[0]) if arguments.check else []
    if arguments.json:
        described: dict[str, Any] = {model.name: describe_model(model) for model in chosen}
        answer = described[chosen[0].name] if arguments.name else described
        told = {"checks": [vars(c) | {"passed": c.passed} for c in checks]} if checks else {}
        return json_text(answer | told)
    text = (model_text(chosen[0]) if arguments.name else overview(chosen)) + "\n"
    return f"{text}\n{_check_table(checks)}" if checks else text


def _further_models() -> list[GlassModel]:
    """The models beyond the paper's; one whose potential file LAMMPS did not bring is told, and left out."""
    from lmpmeso.models import further_model_names, get_model

    found = []
    for name in further_model_names():
        try:
            found.append(get_model(name))
        except ModelError as error:
            say(str(error))
    return found


def overview(models: list[GlassModel]) -> str:
    """One line a model, with the units of its numbers; behind an empty line those beyond the paper's."""
    from lmpmeso.models import model_names
    from lmpmeso.models.describe import temperatures_text

    rows = [
        (
            model.name,
            str(model.dimension),
            model.units,
            f"{model.density:g}",
            str(model.n_particles),
            temperatures_text(model).replace(" to ", "-"),
            model.title,
        )
        for model in models
    ]
    heading, *lines = aligned(
        [("name", "d", "units", "density", "N", "T range", "what"), *rows]
    ).splitlines()
    papers = sum(model.name in model_names() for model in models)
    return "\n".join([heading, *lines[:papers], "", *lines[papers:]]).rstrip()


def _write_new(path: Path) -> str:
    """Write the model file that one starts from; nothing is overwritten."""
    if path.suffix != ".toml":
        raise ModelError(f"the name of a model file ends in .toml, not {path.name!r}")
    if path.exists():
        raise ModelError(f"{path} is there already: name another file, or remove it first")
    from lmpmeso.files.atomic import replacing

    text = files("lmpmeso.models").joinpath("new_model.toml").read_text(encoding="utf-8")
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
    say(f"wrote {path}: edit it")
    say_next(following("models", path, "--check"))
    return ""


def _checked(model: GlassModel) -> list[Check]:
    """All checks; an error where one has failed."""
    from lmpmeso.hessians.model_check import check_model

    checks = check_model(model)
    failed = [check for check in checks if not check.passed]
    if failed:
        raise FailedCheckError(
            f"model {model.name!r} has failed {len(failed)} of {len(checks)} checks:\n"
            + _check_table(failed)
        )
    return checks


class FailedCheckError(LmpmesoError):
    """A model is not what it should be."""


def _check_table(checks: Sequence[Check]) -> str:
    """A line a check."""
    rows = [("check", "difference", "limit", "")]
    for check in checks:
        # What has no limit is told, and nothing that a model can pass.
        limit = "" if check.limit is None else f"{check.limit:.0e}"
        passed = "passed" if limit else ""
        verdict = check.words or (passed if check.passed else "FAILED")
        rows.append((check.what, f"{check.value:.1e}", limit, verdict))
    return aligned(rows)


def _write_tables(models: list[GlassModel], folder: str) -> None:
    """Write LAMMPS's files and say where they are."""
    from lmpmeso.models import potential_file_name, write_potential

    Path(folder).mkdir(parents=True, exist_ok=True)
    for model in {potential_file_name(model): model for model in models}.values():
        say(f"wrote {write_potential(model, folder)}")


def _write_inputs(model: GlassModel, folder: Path) -> None:
    """Write what LAMMPS's input scripts include, and say so."""
    from lmpmeso.lammps.inputs import write_all_inputs

    folder.mkdir(parents=True, exist_ok=True)
    for path in write_all_inputs(model, folder):
        say(f"wrote {path}")


def _write_plot(model: GlassModel, path: str) -> None:
    """Draw the potentials and say where."""
    from lmpmeso.figures.potentials import pair_potentials
    from lmpmeso.figures.style import save_figure

    say(f"wrote {save_figure(pair_potentials(model), path)}")
