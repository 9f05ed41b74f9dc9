"""Processor time of the Hessian by coloured differences against LAMMPS's `dynamical_matrix`.

Both start from positions. Ours ends with the sparse matrix, checked, and what it may be wrong by; LAMMPS
writes the dense matrix into a file. With ``--whole`` also the time of `lmpmeso.hessian`, which adds
energy, stress, Born term, strain coupling and pairs.

    python scripts/benchmarks/bench_coloured_hessian.py            # N = 2000: minutes, mostly LAMMPS's
    python scripts/benchmarks/bench_coloured_hessian.py --cells 3  # small
"""

import argparse
import os
import tempfile
import time
from pathlib import Path

# One thread each, so that the ratio does not depend on how many cores are idle.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from lmpmeso.configurations import Configuration
from lmpmeso.configurations.creation import configuration_from_arrays
from lmpmeso.hessians import hessian
from lmpmeso.hessians.coloured_differences import Differences, coloured_differences
from lmpmeso.lammps.forces import command_session, forces_and_reach
from lmpmeso.models import GlassModel, Species
from lmpmeso.models.lammps_interaction import lammps_interaction

FCC = np.array([[0.0, 0.0, 0.0], [0.0, 0.5, 0.5], [0.5, 0.0, 0.5], [0.5, 0.5, 0.0]])
DIAMOND = np.vstack([FCC, FCC + 0.25])
OXYGEN = DIAMOND[:4, None] + np.array([[1, 1, 1], [-1, -1, 1], [-1, 1, -1], [1, -1, -1]]) / 8
SILICA = np.vstack([DIAMOND, OXYGEN.reshape(-1, 3)])
SILICON = (Species("Si", mass=28.0855),)
SILICON_AND_OXYGEN = (Species("Si", 1 / 3, mass=28.0855), Species("O", 2 / 3, mass=15.9994))
CASES = {
    "lj/cut (pair)": ("pair_style lj/cut 2.5\npair_coeff * * 1 1", "lj", FCC, 1.58, 8, None),
    "sw": ("pair_style sw\npair_coeff * * Si.sw Si", "metal", DIAMOND, 5.431, 6, SILICON),
    "tersoff": (
        "pair_style tersoff\npair_coeff * * Si.tersoff Si", "metal", DIAMOND, 5.432, 6, SILICON,
    ),
    "vashishta": (
        "pair_style vashishta\npair_coeff * * SiO.1994.vashishta Si O",
        *("metal", SILICA, 7.16, 4, SILICON_AND_OXYGEN),
    ),
}  # fmt: skip
"""Name: commands, units, atoms of a cell, its edge, cells in each direction, species."""
DISTURBANCE = 0.03
"""Largest displacement of an atom, in units of the edge of a cell."""


def disturbed(name: str, cells: int | None) -> tuple[GlassModel, Configuration]:
    """A crystal whose atoms are displaced at random."""
    commands, units, basis, edge, usual, species = CASES[name]
    n = cells or usual
    corners = np.stack(np.meshgrid(*[np.arange(n)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    positions_nc = ((corners[:, None] + basis) * edge).reshape(-1, 3)
    shift_nc = np.random.default_rng(1).uniform(-1.0, 1.0, positions_nc.shape)
    of_cell = np.repeat([0, 1], [8, 16]) if len(basis) == 24 else np.zeros(len(basis), dtype=int)
    model = GlassModel(
        name=name,
        density=len(basis) / edge**3,
        species=species or (Species("A"),),
        units=units,
        lammps=lammps_interaction(commands),
    )
    return model, configuration_from_arrays(
        positions_nc + DISTURBANCE * edge * shift_nc, np.tile(of_cell, n**3), n * edge
    )


def coloured(model: GlassModel, configuration: Configuration) -> Differences:
    """Our Hessian, LAMMPS's start included."""
    with forces_and_reach(configuration, model) as (lammps, reach):
        return coloured_differences(
            lambda x_nc: lammps(x_nc)[1],
            configuration.wrapped_positions(),
            configuration.box_c,
            reach,
        )


def by_lammps(model: GlassModel, configuration: Configuration, folder: Path) -> np.ndarray:
    """The matrix of `dynamical_matrix`, masses taken out of it."""
    with command_session(configuration, model) as lmp:
        lmp.command(f"dynamical_matrix all regular 1e-6 file {folder / 'matrix'} binary yes")
    root = np.sqrt(np.repeat(model.masses[configuration.species], 3))
    n_rows = 3 * configuration.n_particles
    matrix = np.fromfile(folder / "matrix").reshape(n_rows, n_rows)
    return matrix * np.outer(root, root)


def compare(name: str, cells: int | None, whole: bool) -> None:
    """Time both on one configuration and print a line of the table."""
    model, configuration = disturbed(name, cells)
    begun = time.process_time()
    found = coloured(model, configuration)
    ours = time.process_time() - begun
    with tempfile.TemporaryDirectory(prefix="lmpmeso-") as folder:
        begun = time.process_time()
        reference = by_lammps(model, configuration, Path(folder))
        theirs = time.process_time() - begun
    largest = np.abs(reference).max()
    difference = np.abs(found.matrix.toarray() - reference).max() / largest
    row = (
        f"| {name} | {configuration.n_particles} | {found.hops} | {found.colours} | "
        f"{found.force_calls} | {ours:.2f} s | {theirs:.1f} s | {theirs / ours:.1f} | {difference:.1e} | "
        f"{found.error / largest:.1e} |"
    )
    if whole:
        begun = time.process_time()
        hessian(configuration, model)
        row += f" {time.process_time() - begun:.2f} s |"
    print(row, flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cells", type=int, metavar="K", help="cells in each direction")
    parser.add_argument("--whole", action="store_true", help="time lmpmeso.hessian as well")
    options = parser.parse_args()
    heads = "potential | N | hops | colours | force calls | coloured | dynamical_matrix | ratio | "
    heads += "largest difference | stated error" + (" | hessian()" if options.whole else "")
    print(f"| {heads} |\n|{' --- |' * (heads.count('|') + 1)}")
    for name in CASES:
        compare(name, options.cells, options.whole)


if __name__ == "__main__":
    main()
