"""Models given as LAMMPS commands, and disturbed crystals of silicon, silica and copper, for the tests."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from lmpmeso.arrays import FloatArray
from lmpmeso.configurations import Configuration
from lmpmeso.configurations.creation import configuration_from_arrays
from lmpmeso.models import GlassModel, Species, get_model, lammps_pair_commands, write_potential
from lmpmeso.models.lammps_interaction import lammps_interaction

EXACT_STYLE = {"ipl": "lepton", "ipl2d": "lepton", "ss": "lepton"}
"""How LAMMPS gets the very potential of a model; by its own pair style where nothing is said."""
FCC = np.array([[0.0, 0.0, 0.0], [0.0, 0.5, 0.5], [0.5, 0.0, 0.5], [0.5, 0.5, 0.0]])
DIAMOND = np.vstack([FCC, FCC + 0.25])
SILICON = (Species("Si", 1.0, None, 28.0855),)
SILICA = (Species("Si", 1.0 / 3.0, None, 28.0855), Species("O", 2.0 / 3.0, None, 15.9994))
COPPER = (Species("Cu", 1.0, None, 63.55),)


def as_commands(name: str, folder: Path) -> GlassModel:
    """A packaged model whose interactions are LAMMPS commands, and whose pairs are what they were."""
    model = get_model(name)
    file = write_potential(model, folder) if name == "sw" else None
    style = EXACT_STYLE.get(name, "native")
    return replace(
        model,
        pair_potentials=(),
        three_body=None,
        lammps=lammps_interaction(lammps_pair_commands(model, file, style=style)),
        dipole_cutoffs=tuple(map(tuple, model.cutoffs.tolist())),
    )


def model_of(commands: str, species: tuple[Species, ...], density: float) -> GlassModel:
    """A model of a real substance in units metal."""
    return replace(
        get_model("sw"),
        name="substance",
        interaction="substance",
        density=density,
        species=species,
        pair_potentials=(),
        three_body=None,
        units="metal",
        lammps=lammps_interaction(commands),
    )


def silicon(style: str, file: str, cells: int = 3) -> tuple[GlassModel, Configuration]:
    """8 atoms of silicon in so many cells in each direction, displaced at random."""
    model = model_of(f"pair_style {style}\npair_coeff * * {file} Si", SILICON, 0.05)
    return model, _disturbed(DIAMOND, np.zeros(8, dtype=np.int64), cells, 5.432, 0.15)


def silica() -> tuple[GlassModel, Configuration]:
    """192 atoms of cristobalite, displaced at random, in the potential of Vashishta."""
    bonds = np.array([[1, 1, 1], [-1, -1, 1], [-1, 1, -1], [1, -1, -1]]) / 8.0
    oxygen = (DIAMOND[:4, None] + bonds).reshape(-1, 3)
    species = np.repeat([0, 1], [8, 16])
    commands = "pair_style vashishta\npair_coeff * * SiO.1994.vashishta Si O"
    model = model_of(commands, SILICA, 0.066)
    return model, _disturbed(np.vstack([DIAMOND, oxygen]), species, 2, 7.16, 0.1)


def copper(cells: int, disturbance: float) -> tuple[GlassModel, Configuration]:
    """Copper in the potential of Mishin, at its lattice constant."""
    commands = "pair_style eam/alloy\npair_coeff * * Cu_mishin1.eam.alloy Cu"
    model = model_of(commands, COPPER, 4.0 / 3.615**3)
    return model, _disturbed(FCC, np.zeros(4, dtype=np.int64), cells, 3.615, disturbance)


def _disturbed(
    basis: FloatArray, species: FloatArray, cells: int, edge: float, amplitude: float
) -> Configuration:
    """So many cells in each direction, each coordinate displaced by up to the amplitude."""
    corners = np.stack(np.meshgrid(*[np.arange(cells)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    positions_nc = ((corners[:, None] + basis) * edge).reshape(-1, 3)
    positions_nc += np.random.default_rng(1).uniform(-amplitude, amplitude, positions_nc.shape)
    return configuration_from_arrays(positions_nc, np.tile(species, cells**3), cells * edge)
