"""Small systems of chains, as LAMMPS data files and models, for the tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from lmpmeso.models import GlassModel, Species, lammps_interaction

REPULSIVE = """
pair_style lj/cut 1.122462048309373
pair_modify shift yes
pair_coeff * * 1.0 1.0
bond_style fene
bond_coeff * 30.0 1.5 1.0 1.0
special_bonds fene
"""
STIFF = f"{REPULSIVE}angle_style cosine\nangle_coeff * 1.5\n"


def write_chains(
    path: Path, edge: int = 5, length: int = 5, density: float = 1.2, angles: bool = False
) -> Path:
    """Straight pieces of a path through a simple cubic lattice, disturbed; the ids are those along the path."""
    layers = [[(x, y) for x in range(edge)][:: 1 - 2 * (y % 2)] for y in range(edge)]
    plane = [site for row in layers for site in row]
    sites = np.array([(*p, z) for z in range(edge) for p in plane[:: 1 - 2 * (z % 2)]])
    a0 = density ** (-1 / 3)
    positions = a0 * (sites + np.random.default_rng(1).uniform(-0.05, 0.05, sites.shape))
    n = len(sites)
    bonds = [(k, k + 1) for k in range(1, n) if k % length]
    bends = [(k, k + 1, k + 2) for k in range(1, n - 1) if 0 < k % length < length - 1]
    lists = {"Bonds": bonds} | ({"Angles": bends} if angles else {})
    lines = ["chains", "", f"{n} atoms", "1 atom types"]
    for name, rows in lists.items():
        lines += [f"{len(rows)} {name.lower()}", f"1 {name.lower()[:-1]} types"]
    lines += [f"0 {edge * a0!r} {axis}lo {axis}hi" for axis in "xyz"]
    lines += ["", "Masses", "", "1 1.0", "", "Atoms # molecular", ""]
    lines += [f"{k} 1 1 {x!r} {y!r} {z!r}" for k, (x, y, z) in enumerate(positions.tolist(), 1)]
    for name, rows in lists.items():
        lines += ["", name, ""]
        lines += [f"{k} 1 {' '.join(map(str, row))}" for k, row in enumerate(rows, 1)]
    path.write_text("\n".join(lines) + "\n")
    return path


def chains(folder: Path, commands: str = REPULSIVE, density: float = 1.2) -> GlassModel:
    """The model of chains that a new data file in the folder lists; stiff ones where the commands have angles."""
    file = write_chains(folder / "chains.data", density=density, angles="angle_style" in commands)
    return GlassModel(
        name="chains",
        density=density,
        species=(Species("bead"),),
        lammps=lammps_interaction(commands, data_file=file),
    )
