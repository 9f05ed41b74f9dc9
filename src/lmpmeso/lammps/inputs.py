"""The files that LAMMPS input scripts of ``lmp_inputs/`` include for a model.

``model.NAME`` holds the state point, ``pair.NAME`` the interactions. Those of the named models are
committed; for any other model (sticky spheres of another range, say) they are written to a work
folder, with the table that they need.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from lmpmeso.configurations import particles_of_bonds
from lmpmeso.files.package_data import lmp_input, potential_file
from lmpmeso.files.plain_paths import as_comment, plain_name
from lmpmeso.lammps.accelerators import ON_DEVICE, LammpsBuild
from lmpmeso.models import GlassModel, get_model, model_names
from lmpmeso.models.lammps_styles import Style, lammps_pair_commands, lammps_pair_style
from lmpmeso.models.setfl import FORMATS
from lmpmeso.models.tables import potential_file_name, write_potential

STRETCHED = 1.7
"""Distance of joined particles that is reckoned with, in units of the longest at the start."""
TABULATED = ("table", "sw", *FORMATS.values())
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
    lines = [as_comment(model.title), as_comment(model.reference)]
    for number, species in enumerate(model.species, start=1):
        lines.append(as_comment(f"type {number}: {species.name}"))
    for name, value in rows.items():
        comment = f"# {comments[name]}" if name in comments else ""
        text = value if isinstance(value, str) else repr(value)
        lines.append(f"variable {name:<16} index {text:<8} {comment}".rstrip())
    return "\n".join(lines) + "\n"


def pair_include(model: GlassModel, style: Style = "auto") -> str:
    """The text of ``lmp_inputs/pair.NAME``: ``pair_style`` and ``pair_coeff`` commands.

    Potential files are looked for in the folder that LAMMPS's variable ``potentials`` names; those of embedded
    atoms also in the folders of LAMMPS_POTENTIALS.
    """
    lines = [as_comment(model.title)]
    if model.lammps is not None:
        lines += reach_of_bonds(model) + lammps_pair_commands(model, "${potentials}")
        lines += mass_commands(model)
        return "\n".join(lines) + "\n"
    file = "${potentials}/" + potential_file_name(model)
    if lammps_pair_style(model, style) in TABULATED:
        lines.append("variable potentials index potentials")
    lines += lammps_pair_commands(model, file, style=style)
    if model.embedding is None:
        lines += mass_commands(model)
    return "\n".join(lines) + "\n"


def reach_of_bonds(model: GlassModel) -> list[str]:
    """The command that makes LAMMPS know joined particles in the next image, however short the pair cut-off.

    They are looked for up to :data:`STRETCHED` times the longest distance in the model's own data file.
    """
    start = particles_of_bonds(model)
    if model.topology is None or start is None:
        return []
    i, j = model.topology.joined_pairs().T
    apart_pc = start.positions_nc[j] - start.positions_nc[i]
    apart_pc -= start.box_c * np.rint(apart_pc / start.box_c)
    return [f"comm_modify cutoff {STRETCHED * float(np.linalg.norm(apart_pc, axis=1).max()):.6g}"]


def mass_commands(model: GlassModel) -> list[str]:
    """LAMMPS's ``mass`` commands of a model; none where all masses are 1, as the scripts have them.

    Spheres have masses of their own, those of their densities, but for the last digit.
    """
    if model.sizes is not None:
        return [f"set type {k} mass {mass!r}" for k, mass in enumerate(model.masses.tolist(), 1)]
    if (model.masses == 1.0).all():
        return []
    return [f"mass {k} {mass!r}" for k, mass in enumerate(model.masses.tolist(), start=1)]


def write_includes(
    model: GlassModel, folder: str | os.PathLike[str], style: Style = "auto"
) -> list[Path]:
    """Write ``model.NAME`` and ``pair.NAME`` of a model into a folder."""
    texts = {"model": model_include(model), "pair": pair_include(model, style)}
    paths = [Path(folder) / f"{kind}.{plain_name(model.name)}" for kind in texts]
    for path, text in zip(paths, texts.values(), strict=True):
        path.write_text(text, encoding="utf-8")
    return paths


def write_all_inputs(model: GlassModel, folder: Path, style: Style = "auto") -> list[Path]:
    """Write all that the input scripts include for a model into a folder: two files, and those that they name."""
    paths = write_includes(model, folder, style)
    if model.lammps is not None:
        paths += model.lammps.place_files(folder)
    elif lammps_pair_style(model, style) in TABULATED:
        paths.append(write_potential(model, folder))
    return paths


def style_on(accelerator: str, model: GlassModel, build: LammpsBuild) -> Style:
    """How a model's interactions are held on an accelerator that was asked for.

    That is ``table`` where KOKKOS or the GPU package has no native style for a pair model, but has tables (mblj).
    """
    pairs_only = model.lammps is None and model.three_body is None and model.embedding is None
    if accelerator in ON_DEVICE and pairs_only:
        native = build.obstacle(accelerator, [lammps_pair_style(model)])
        if native is not None and build.obstacle(accelerator, ["table"]) is None:
            return "table"
    return "auto"


def script_variables(model: GlassModel, folder: Path, style: Style = "auto") -> dict[str, object]:
    """The packaged include files of a named model, or new ones in ``folder``, which stays until LAMMPS is done.

    Returns:
        Variables of the input scripts: ``model``, the NAME of ``model.NAME`` and ``pair.NAME``;
        ``inputs``, their folder; ``potentials``, the folder of tables.
    """
    if style == "auto" and _is_packaged(model):
        inputs = potentials = lmp_input(f"model.{model.name}").parent
        if lammps_pair_style(model) in TABULATED:
            potentials = _packaged_file(model).parent
    else:
        write_all_inputs(model, folder, style)
        inputs = potentials = folder
    return {"model": plain_name(model.name), "inputs": inputs, "potentials": potentials}


def place_interaction(model: GlassModel, folder: Path) -> list[str]:
    """The commands of a model's interactions, for a session; the files that they name are put into ``folder``."""
    if model.lammps is not None:
        model.lammps.place_files(folder)
        return reach_of_bonds(model) + lammps_pair_commands(model, folder)
    if lammps_pair_style(model) in TABULATED:
        return lammps_pair_commands(model, write_potential(model, folder))
    return lammps_pair_commands(model)


def _is_packaged(model: GlassModel) -> bool:
    """Whether the committed include files are those of this very model."""
    return model.name in model_names() and get_model(model.name) == model


def _packaged_file(model: GlassModel) -> Path:
    """The potential file of a packaged model: the package's own, or LAMMPS's."""
    if model.embedding is not None:
        return model.embedding.require_unchanged_file()
    return potential_file(potential_file_name(model))
