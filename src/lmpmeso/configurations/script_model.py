"""A LAMMPS script and a configuration, together a model."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import numpy as np

from lmpmeso.configurations.reading import read_configuration
from lmpmeso.errors import (
    ConfigurationError,
    ModelError,
    ModelMismatchWarning,
    PrecisionWarning,
)
from lmpmeso.models import GlassModel
from lmpmeso.models.lammps_script import (
    ScriptLines,
    model_of_script,
    names_all_types,
    read_script,
    types_of_script,
)
from lmpmeso.models.topology import lists_bonds

MOST_TYPES = 64
"""Types that a file is read with before anybody knows how many there are."""


def LammpsModel(  # noqa: N802 - made like the class that it returns
    script: str | os.PathLike[str] | ScriptLines, configuration: str | os.PathLike[str]
) -> GlassModel:
    """The model that a LAMMPS script simulates: its interactions, and the composition of a configuration.

    Args:
        script: the script; its units, dimension, masses, time step, pair and other interaction lines are
            taken, its runs and all else ignored. See :func:`~lmpmeso.models.lammps_script.read_script`.
        configuration: a dump or data file of the system, which says density and composition.

    Raises:
        ModelError: the script has no interactions, or some that cannot be used.
        ConfigurationError: the file cannot be read, or has more types than the script.
    """
    lines = script if isinstance(script, ScriptLines) else read_script(script)
    data_file = _data_file(lines, Path(configuration))
    most = max(MOST_TYPES, types_of_script(lines))
    provisional = model_of_script(lines, most, 1.0, [1.0 / most] * most, data_file)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ModelMismatchWarning)
        warnings.simplefilter("ignore", PrecisionWarning)  # told where somebody asks for positions
        found = read_configuration(Path(configuration), provisional)
    n_found = int(found.species.max()) + 1
    n_species = max(types_of_script(lines), n_found)
    if names_all_types(lines) and n_found > types_of_script(lines):
        raise ConfigurationError(
            f"{configuration} has particles of type {n_found}, but {lines.path.name} speaks of "
            f"{types_of_script(lines)} types only"
        )
    counts = np.bincount(found.species, minlength=n_species)
    fractions = (counts / counts.sum()).tolist()
    return model_of_script(lines, n_species, found.density, fractions, data_file)


def _data_file(script: ScriptLines, configuration: Path) -> Path | None:
    """The data file that lists the bonds of a script: the one that is analysed, else the one that the script reads.

    Raises:
        ModelError: neither lists any.
    """
    if script.bond_style is None:
        return None
    read = script.path.parent / script.read_data
    for path in (configuration, read):
        if lists_bonds(path):
            return path
    named = (
        f"{read}, which {script.path.name} reads, lists none"
        if script.read_data
        else (f"{script.path.name} reads no data file that does")
    )
    raise ModelError(
        f"{script.path.name} has bond_style {script.bond_style}, but {configuration} lists no bonds and {named}: put "
        "`read_data melt.data` into the script, with the data file that lists them beside it"
    )
