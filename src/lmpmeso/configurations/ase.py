"""To and from ASE's Atoms, in the model's units and in double precision.

Array suffixes: n particle, c Cartesian component.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lmpmeso.configurations.configuration import Configuration, ConfigurationLike
from lmpmeso.configurations.lammps_box import is_tilted
from lmpmeso.configurations.model_fit import check_fits_model
from lmpmeso.configurations.particle_table import SIZES, ParticleTable, species_types
from lmpmeso.configurations.reading import as_configuration
from lmpmeso.errors import ConfigurationError, MissingDependencyError
from lmpmeso.models import GlassModel, get_model

if TYPE_CHECKING:
    from ase import Atoms

NAME = "species_name"
"""Array of the Atoms that holds the names of the model's species."""


def to_ase(configuration: ConfigurationLike, model: GlassModel | str) -> Atoms:
    """ASE's Atoms with the same particles, positions and velocities.

    Symbols are the names of the species where these are chemical elements, else X. Arrays beside them:
    ``species_name``, ``type`` (LAMMPS's), ``id`` and, where there are, ``map_shift`` (image flags) and ``diameter``. In 2D
    z is 0 and the cell is 1 high. Numbers stay in the units of the model; ASE itself counts in eV, Å and u.

    Args:
        configuration: the particles, or the path of their file.
        model: gives names and masses.

    Raises:
        MissingDependencyError: ASE is not installed.
    """
    ase = _ase()
    model = get_model(model)
    configuration = as_configuration(configuration, model)
    names = [model.species[k].name for k in configuration.species]
    known = ase.data.atomic_numbers
    d = configuration.dimension
    atoms = ase.Atoms(
        symbols=[name if name in known else "X" for name in names],
        positions=_padded(configuration.positions_nc),
        cell=[*configuration.box_c, *[1.0] * (3 - d)],
        celldisp=[*configuration.origin_c, *[0.0] * (3 - d)],
        pbc=True,
        masses=model.masses[configuration.species],
    )
    atoms.set_array(NAME, np.array(names))
    atoms.set_array("type", configuration.species + 1)
    atoms.set_array("id", configuration.ids)
    if configuration.images_nc is not None:
        atoms.set_array("map_shift", _padded(configuration.images_nc).astype(np.int64))
    if configuration.diameters is not None:
        atoms.set_array("diameter", configuration.diameters)
    if configuration.velocities_nc is not None:
        atoms.set_velocities(_padded(configuration.velocities_nc))
    if configuration.step is not None:
        atoms.info["step"] = configuration.step
    return atoms


def from_ase(atoms: Atoms, model: GlassModel | str, *, source: str = "ASE") -> Configuration:
    """A configuration from ASE's Atoms, in double precision.

    Species come from the array ``species_name``, else from ``type`` (1, 2, …), else from the symbols. Ids
    come from ``id``, image flags from ``map_shift`` where there are such arrays. Lengths are taken for the model's.

    Args:
        atoms: the particles; the cell is orthogonal and periodic.
        model: what they are said to be.
        source: where they came from, for messages.

    Raises:
        ConfigurationError: the cell is skew, open or not set, or the particles do not fit the model.
    """
    model = get_model(model)
    cell = np.asarray(atoms.get_cell())
    edges = np.diagonal(cell)
    if not (edges > 0).all():
        raise ConfigurationError(f"{source}: the cell has no volume; set atoms.cell and atoms.pbc")
    if is_tilted(cell - np.diag(edges), edges):
        raise ConfigurationError(
            f"{source}: the cell is skew ({cell.tolist()}); only orthogonal boxes are supported"
        )
    columns = _numbers(atoms)
    labels = atoms.arrays[NAME] if NAME in atoms.arrays else atoms.arrays.get("type", atoms.symbols)
    columns["type"] = species_types([str(label) for label in labels], model, source).astype(float)
    # Other programs may keep something else under this name.
    step = atoms.info.get("step")
    is_step = isinstance(step, (int, float, np.number)) and float(step).is_integer()
    table = ParticleTable(
        where=source,
        columns=columns,
        lower=tuple(float(x) for x in np.ravel(atoms.get_celldisp())),
        lengths=tuple(float(x) for x in edges),
        line_of_row=lambda row: row + 1,
        open_axes="".join(
            axis for axis, closed in zip("xyz", atoms.pbc, strict=True) if not closed
        ),
        step=int(step) if is_step else None,
    )
    configuration = table.configuration(model)
    check_fits_model(configuration, model)
    return configuration


def _numbers(atoms: Atoms) -> dict[str, np.ndarray[Any, Any]]:
    """Positions, velocities, image flags and ids under LAMMPS's names."""
    columns = dict(zip("xyz", atoms.get_positions().T, strict=True))
    if "momenta" in atoms.arrays:
        columns |= dict(zip(("vx", "vy", "vz"), atoms.get_velocities().T, strict=True))
    if "map_shift" in atoms.arrays:
        shifts = atoms.arrays["map_shift"].astype(np.float64).T
        columns |= dict(zip(("ix", "iy", "iz"), shifts, strict=True))
    columns |= {name: atoms.arrays[name] for name in SIZES if name in atoms.arrays}
    ids = atoms.arrays.get("id", np.arange(1, len(atoms) + 1))
    return columns | {"id": np.asarray(ids, dtype=np.float64)}


def _padded(array_nc: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Three components a particle; in 2D z is 0."""
    return np.pad(array_nc, ((0, 0), (0, 3 - array_nc.shape[1])))


def _ase() -> Any:
    """ASE with its table of elements."""
    try:
        import ase
        import ase.data
    except ModuleNotFoundError as missing:
        raise MissingDependencyError("ASE is not installed: pip install ase") from missing
    return ase
