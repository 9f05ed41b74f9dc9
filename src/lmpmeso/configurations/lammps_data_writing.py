"""Writing LAMMPS data files in float64, with the bonds and angles of the model.

https://docs.lammps.org/read_data.html describes the format. Array suffixes: n particle, c Cartesian.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmpmeso.arrays import IntArray
from lmpmeso.configurations import compression
from lmpmeso.configurations.configuration import Configuration, require_configuration
from lmpmeso.configurations.lammps_box import bounds
from lmpmeso.configurations.lammps_data import ATOM_STYLES
from lmpmeso.configurations.model_fit import check_fits_model
from lmpmeso.configurations.particle_table import ROUNDED, has_few_digits, is_single
from lmpmeso.files.atomic import replacing
from lmpmeso.models import GlassModel, get_model
from lmpmeso.models.topology import Topology

_LOOKED_AT = 4096
"""Characters in which `has_few_digits` sees all that it looks at."""


def write_data(path: str | Path, configuration: Configuration, model: GlassModel | str) -> None:
    """Write a LAMMPS data file that gives back every number exactly, in as few digits as that takes.

    The atom style is ``atomic``, or ``charge`` where the model has charges; ``molecular`` or ``full``, with bonds and
    angles, where it joins particles; ``sphere`` where particles have sizes of their own. Image flags and velocities are
    written where the configuration has them; in 2D z is 0. Masses are the model's. The file appears
    only when complete; ``.gz`` and ``.zst`` compress it.

    Raises:
        ConfigurationError: the configuration is not one of the model.
    """
    model = get_model(model)
    configuration = require_configuration(configuration)
    check_fits_model(configuration, model, warn=False)
    d, n = configuration.dimension, configuration.n_particles

    def three(values_nc: NDArray[Any]) -> list[list[float]]:
        """Columns x, y, z."""
        return [*values_nc.T.tolist(), *[[0] * n] * (3 - d)]

    step = f", timestep = {configuration.step}" if configuration.step is not None else ""
    head = [
        f"LAMMPS data file of model {model.name}{step}",
        "",
        f"{n} atoms",
        f"{model.n_species} atom types",
        *_counts(model.topology),
        "",
        *(
            f"{low} {high} {a}lo {a}hi"
            for (low, high), a in zip(bounds(configuration), "xyz", strict=True)
        ),
        "",
    ]
    if model.sizes is None:  # LAMMPS takes the masses of spheres from their densities
        masses = [f"{k} {float(s.mass)!r}" for k, s in enumerate(model.species, start=1)]
        head += ["Masses", "", *masses, ""]
    ids = configuration.ids.tolist()
    topology = model.topology
    molecules = [] if topology is None else [topology.molecules().tolist()]
    columns = [ids, *molecules, (configuration.species + 1).tolist()]
    row = " ".join(["%d"] * len(columns))
    if model.atom_style in ("charge", "full"):
        charges = np.array([species.charge for species in model.species])
        columns.append(charges[configuration.species].tolist())
        row += " %r"
    diameters = configuration.diameters
    if model.atom_style == "sphere" and diameters is not None:
        densities = 6.0 * model.masses[configuration.species] / (np.pi * diameters**3)
        columns += [diameters.tolist(), densities.tolist()]
        row += " %r %r"
    columns += three(configuration.positions_nc)
    row += " %r %r %r"
    if configuration.images_nc is not None:
        columns += three(configuration.images_nc)
        row += " %d %d %d"
    rows = _rows(row, columns)
    names = ATOM_STYLES[model.atom_style].split()
    told = has_few_digits(rows[:_LOOKED_AT].encode(), names) or is_single(
        configuration.positions_nc
    )
    if configuration.single_precision and not told:
        head[0] += f", {ROUNDED}"
    text = "\n".join(head) + f"\nAtoms # {model.atom_style}\n\n" + rows
    if configuration.velocities_nc is not None:
        velocities = [ids, *three(configuration.velocities_nc)]
        spin = "" if model.sizes is None else " 0 0 0"
        text += "\nVelocities\n\n" + _rows(f"%d %r %r %r{spin}", velocities)
    text += "".join(_lists(topology, configuration.ids))
    with replacing(path) as temporary, compression.writing(temporary) as stream:
        stream.write(text.encode())


def _counts(topology: Topology | None) -> list[str]:
    """Lines of the header on bonds and angles."""
    if topology is None:
        return []
    lines = [f"{len(topology.bonds_b3)} bonds", f"{topology.bond_types} bond types"]
    if len(topology.angles_a4):
        lines += [f"{len(topology.angles_a4)} angles", f"{topology.angle_types} angle types"]
    return lines


def _lists(topology: Topology | None, ids: IntArray) -> Iterator[str]:
    """Sections Bonds and Angles."""
    if topology is None:
        return
    for name, table in (("Bonds", topology.bonds_b3), ("Angles", topology.angles_a4)):
        if len(table):
            rows = np.column_stack([np.arange(1, len(table) + 1), table[:, 0], ids[table[:, 1:]]])
            yield f"\n{name}\n\n" + _rows(" ".join(["%d"] * rows.shape[1]), rows.T.tolist())


def _rows(row: str, columns: Sequence[Sequence[float]]) -> str:
    values = tuple(chain.from_iterable(zip(*columns, strict=True)))
    return (row + "\n") * len(columns[0]) % values
