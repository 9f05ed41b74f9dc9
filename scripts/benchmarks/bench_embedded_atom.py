"""Time the closed-form Hessian of a CuZr alloy against other ways to the same matrix, in one run.

Both sides start from positions and end with the matrix. Ours also holds energy, forces, stress, Born term
and strain coupling. LAMMPS's ``dynamical_matrix`` takes central differences and ends with a dense matrix
on disk. Times are processor times, the best of several of ours, so that a busy machine changes ratios little.

    python scripts/benchmarks/bench_embedded_atom.py                # ours at N = 2000, LAMMPS at N = 256
    python scripts/benchmarks/bench_embedded_atom.py --lammps 2000  # LAMMPS there, too: many minutes
    python -m pip install matscipy ase                              # then matscipy is measured, too
    python scripts/benchmarks/bench_embedded_atom.py --kappa        # and what κ of all pairs costs at N = 2000
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

# One thread each, so that the ratio does not depend on how many cores are idle.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from lmpmeso.backend import get_backend
from lmpmeso.configurations import Configuration
from lmpmeso.configurations.creation import configuration_from_arrays
from lmpmeso.elasticity import newton_polish
from lmpmeso.elasticity.dipoles import choose_method
from lmpmeso.elasticity.factor import HessianPlan
from lmpmeso.elasticity.nested_dissection import LEAF_SIZES
from lmpmeso.hessians import hessian
from lmpmeso.lammps.session import LammpsSession
from lmpmeso.models import GlassModel, get_model, lammps_pair_commands, lammps_pair_style

MODEL = get_model("cuzr")
STEP = 1e-6


def disordered(n_particles: int, seed: int = 1) -> Configuration:
    """Particles about the sites of a cubic lattice: as many neighbours as in the glass."""
    generator = np.random.default_rng(seed)
    edge = (n_particles / MODEL.density) ** (1 / 3)
    cells = int(np.ceil(n_particles ** (1 / 3) - 1e-9))
    sites = np.stack(np.meshgrid(*[np.arange(cells)] * 3, indexing="ij"), -1).reshape(-1, 3)
    sites = sites[generator.permutation(len(sites))[:n_particles]]
    positions = (sites + generator.uniform(-0.1, 0.1, sites.shape)) * edge / cells
    species = np.repeat(np.arange(MODEL.n_species), MODEL.composition(n_particles))
    return configuration_from_arrays(positions % edge, generator.permutation(species), edge)


def timed(work: Callable[[], object], repeats: int) -> tuple[float, object]:
    """Least processor time of some calls [s], and what the last one returned."""
    best, result = float("inf"), None
    for _ in range(repeats):
        started = time.process_time()
        result = work()
        best = min(best, time.process_time() - started)
    return best, result


def by_lammps(configuration: Configuration, model: GlassModel) -> np.ndarray:
    """∂²U/∂x∂x by LAMMPS's differences, dense."""
    with (
        tempfile.TemporaryDirectory() as folder,
        LammpsSession(pair_styles=[lammps_pair_style(model)]) as lmp,
    ):
        file = Path(folder) / "matrix"
        lmp.set_configuration(configuration, model)
        lmp.commands(lammps_pair_commands(model))
        lmp.command(f"dynamical_matrix all regular {STEP} file {file} binary yes")
        dynamical = np.fromfile(file)
    size = 3 * configuration.n_particles
    roots = np.repeat(np.sqrt(model.masses[configuration.species]), 3)
    return dynamical.reshape(size, size) * np.outer(roots, roots)


def by_matscipy(configuration: Configuration, model: GlassModel) -> Callable[[], object] | None:
    """Matscipy's closed form on the same file; None without matscipy."""
    try:
        from ase import Atoms
        from matscipy.calculators.eam import EAM
    except ImportError as error:
        print(f"{error}: matscipy is not measured; python -m pip install matscipy ase")
        return None
    symbols = [model.species[s].name for s in configuration.species]
    atoms = Atoms(symbols, configuration.wrapped_positions(), cell=configuration.box_c, pbc=True)
    calculator = EAM(str(model.embedding.path), kind=model.embedding.style)
    atoms.calc = calculator
    return lambda: calculator.calculate_hessian_matrix(atoms)


def row(n: int, name: str, seconds: float, ours: float, found: object, expected: object) -> None:
    """Print one row of the table."""
    found = found.toarray() if hasattr(found, "toarray") else np.asarray(found)
    error = np.abs(found - expected)
    scale = np.abs(expected).max()
    print(
        f"| {n} | {name} | {seconds:.3g} s | {seconds / ours:.3g} | "
        f"{np.median(error[error > 0]) / scale:.1g}; {error.max() / scale:.1g} |"
    )


def compare(n: int, lammps: bool) -> None:
    """Ours and the others on one configuration."""
    configuration = disordered(n)
    hessian(configuration, MODEL)  # compiles
    ours, h = timed(lambda: hessian(configuration, MODEL), 5)
    print(f"| {n} | closed form | {ours:.3g} s | 1 | |")
    matscipy = by_matscipy(configuration, MODEL)
    if matscipy is None and not lammps:
        return
    dense = h.matrix.toarray()
    if matscipy is not None:
        row(n, "matscipy", *_with(timed(matscipy, 1), ours), dense)
    if lammps:
        started = timed(lambda: by_lammps(configuration, MODEL), 1)
        row(n, "LAMMPS dynamical_matrix", *_with(started, ours), dense)


def _with(measured: tuple[float, object], ours: float) -> tuple[float, float, object]:
    """Seconds, ours, result."""
    return measured[0], ours, measured[1]


def kappa(n: int) -> None:
    """Expected and measured cost of the linear response of a glass."""
    from lmpmeso.elasticity import analyse
    from lmpmeso.protocols import quench

    started = time.process_time()
    glass = quench(disordered(n), MODEL, polish=False)
    print(f"quench: {time.process_time() - started:.3g} s")
    polishing, glass = timed(lambda: newton_polish(glass, MODEL), 1)
    print(f"polish: {polishing:.3g} s, {glass.newton_iterations} steps")
    h = hessian(glass, MODEL)
    backend = get_backend("cpu")
    planning, plan = timed(lambda: HessianPlan(h, LEAF_SIZES["cpu"]), 1)
    blocks = len(h.matrix.indices) / h.n_particles
    print(f"{blocks:.0f} blocks a row of {n}; plan: {planning:.3g} s, {plan.estimate}")
    print(choose_method(h, h.pairs.n_pairs, "auto", backend, plan).why)
    found = analyse(h)
    for part in ("factor", "bonds", "shear"):
        seconds, _ = timed(partial(getattr, found, part), 1)
        print(f"{part}: {seconds:.3g} s")
    print(found.bonds.attrs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("sizes", nargs="*", type=int, default=[256, 2000])
    parser.add_argument("--lammps", type=int, default=256, help="largest N that LAMMPS is given")
    parser.add_argument(
        "--kappa", type=int, nargs="?", const=2000, help="N of the glass whose κ is measured"
    )
    arguments = parser.parse_args()
    print("| N | way | processor time | times ours | median and largest difference |")
    for n in arguments.sizes:
        compare(n, n <= arguments.lammps)
    if arguments.kappa:
        kappa(arguments.kappa)


if __name__ == "__main__":
    sys.exit(main())
