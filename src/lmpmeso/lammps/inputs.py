"""The files that LAMMPS input scripts of ``lmp_inputs/`` include for a model.

``model.NAME`` holds the state point, ``pair.NAME`` the interactions. Those of the named models are
committed; for any other model (sticky spheres of another range, say) they are written to a work
folder, with the table that they need.
"""

from __future__ import annotations

import os
from pathlib import Path

from lmpmeso.errors import LammpsError
from lmpmeso.files.package_data import lmp_input, potential_file
from lmpmeso.models import GlassModel, get_model, model_names
from lmpmeso.models.lammps_styles import lammps_pair_commands, lammps_pair_style
from lmpmeso.models.tables import potential_file_name, write_potential

TABULATED = ("table", "sw")
"""Pair styles that read a file."""


def model_include(model: GlassModel) -> str:
    """The text of ``lmp_inputs/model.NAME``: the state point as LAMMPS variables."""
    rows: dict[str, object] = {
        "dimension": model.dimension,
        "density": model.density,
        "n_types": model.n_species,
        "fraction_1": model.species[0].fraction,
        "time_step": model.time_step,
        "time_step_hot": model.high_temperature_time_step,
        "thermostat_time": model.thermostat_time,
    }
    if model.units != "lj":
        rows |= {"units": model.units, "unit_length": model.a0}
    if model.atom_style != "atomic":
        rows["atoms"] = model.atom_style
    comments = {
        "density": "N/V",
        "fraction_1": "number fraction of type 1",
        "time_step_hot": "above T = 1",
        "thermostat_time": "coupling time of the Nosé-Hoover thermostat",
    }
    lines = [f"# {model.title}", f"# {model.reference}"]
    for number, species in enumerate(model.species, start=1):
        lines.append(f"# type {number}: {species.name}")
    for name, value in rows.items():
        comment = f"# {comments[name]}" if name in comments else ""
        text = value if isinstance(value, str) else repr(value)
        lines.append(f"variable {name:<16} index {text:<8} {comment}".rstrip())
    return "\n".join(lines) + "\n"


def pair_include(model: GlassModel) -> str:
    """The text of ``lmp_inputs/pair.NAME``: ``pair_style`` and ``pair_coeff`` commands.

    The potential file is looked for in the folder that LAMMPS's variable ``potentials`` names.
    """
    file = "${potentials}/" + potential_file_name(model)
    lines = [f"# {model.title}"]
    if lammps_pair_style(model) in TABULATED:
        lines.append("variable potentials index potentials")
    # LAMMPS replaces no variable inside quotes.
    lines += [command.replace('"', "") for command in lammps_pair_commands(model, file)]
    lines += mass_commands(model)
    return "\n".join(lines) + "\n"


def mass_commands(model: GlassModel) -> list[str]:
    """LAMMPS's ``mass`` commands of a model; none where all masses are 1, as the scripts have them."""
    if (model.masses == 1.0).all():
        return []
    return [f"mass {k} {mass!r}" for k, mass in enumerate(model.masses.tolist(), start=1)]


def write_includes(model: GlassModel, folder: str | os.PathLike[str]) -> None:
    """Write ``model.NAME`` and ``pair.NAME`` of a model into a folder."""
    for kind, text in (("model", model_include(model)), ("pair", pair_include(model))):
        (Path(folder) / f"{kind}.{model.name}").write_text(text, encoding="utf-8")


def script_variables(model: GlassModel, folder: Path) -> dict[str, object]:
    """The packaged include files of a named model, or new ones in ``folder``, which stays until LAMMPS is done.

    Returns:
        Variables of the input scripts: ``model``, the NAME of ``model.NAME`` and ``pair.NAME``;
        ``inputs``, their folder; ``potentials``, the folder of tables.

    Raises:
        LammpsError: files must be put into ``folder``, and its path holds a blank.
    """
    tabulated = lammps_pair_style(model) in TABULATED
    if _is_packaged(model):
        inputs = _without_spaces(lmp_input(f"model.{model.name}").parent, folder, "inputs")
        potentials = inputs
        if tabulated:
            tables = potential_file(potential_file_name(model)).parent
            potentials = _without_spaces(tables, folder, "potentials")
    else:
        _refuse_blanks(folder)
        write_includes(model, folder)
        if tabulated:
            write_potential(model, folder)
        inputs = potentials = folder
    return {"model": model.name, "inputs": inputs, "potentials": potentials}


def _is_packaged(model: GlassModel) -> bool:
    """Whether the committed include files are those of this very model."""
    return model.name in model_names() and get_model(model.name) == model


def _without_spaces(target: Path, folder: Path, name: str) -> Path:
    """A path to ``target`` that LAMMPS can paste into a command."""
    if not has_blanks(target):
        return target
    _refuse_blanks(folder)
    link = folder / name
    if not link.exists():
        link.symlink_to(target, target_is_directory=True)
    return link


def has_blanks(path: Path) -> bool:
    """Whether LAMMPS would take a pasted path for several words."""
    return any(character.isspace() for character in str(path))


def _refuse_blanks(folder: Path) -> None:
    """Say before LAMMPS does that it cannot include a file from such a folder."""
    if has_blanks(folder):
        raise LammpsError(
            f"LAMMPS can include no file from {str(folder)!r}, whose path holds a blank: set TMPDIR to "
            "a folder whose path holds none"
        )
