"""Time the Hessian against matscipy's, on the same configurations, in one run.

Both sides start from positions and end with the sparse matrix: neighbour list, potential and
assembly. Ours also holds energy, forces, stress, Born term and strain coupling. Every time is the
best of several; the two matrices are compared.

    python -m pip install matscipy
    python scripts/benchmarks/bench_hessian.py              # pair models: seconds
    python scripts/benchmarks/bench_hessian.py --three-body # Stillinger-Weber: minutes, nearly all matscipy's
"""

import argparse
import os
import sys
import time
import warnings
from collections.abc import Callable

# One thread each, so that the ratio does not depend on how many cores are idle.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from lmpmeso.configurations import Configuration
from lmpmeso.configurations.creation import configuration_from_arrays
from lmpmeso.hessians import hessian
from lmpmeso.models import GlassModel, get_model
from lmpmeso.models.potentials import SmoothInversePowerLaw, StillingerWeberPair

try:
    from ase import Atoms
    from matscipy.calculators.manybody.newmb import Manybody
    from matscipy.calculators.manybody.potentials import StillingerWeberAngle
    from matscipy.calculators.manybody.potentials import StillingerWeberPair as MatscipyPair
    from matscipy.calculators.pair_potential import PairPotential
    from matscipy.calculators.pair_potential.calculator import CutoffInteraction
    from matscipy.neighbours import CutoffNeighbourhood
except ImportError as error:
    sys.exit(f"{error}: this benchmark needs matscipy; python -m pip install matscipy")


class SmoothPower(CutoffInteraction):
    """The IPL potential for matscipy, written to be fast: only even powers of r."""

    def __init__(self, potential: SmoothInversePowerLaw):
        super().__init__(potential.cutoff)
        self.size, self.c = potential.size, potential.coefficients

    def _powers(self, r: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        x2 = (r / self.size) ** 2
        inverse = 1.0 / x2
        fourth = inverse * inverse
        return x2, fourth * fourth * inverse

    def __call__(self, r: np.ndarray, *_: object) -> np.ndarray:
        x2, x10 = self._powers(r)
        return x10 + self.c[0] + x2 * (self.c[2] + x2 * (self.c[4] + x2 * self.c[6]))

    def first_derivative(self, r: np.ndarray, *_: object) -> np.ndarray:
        x2, x10 = self._powers(r)
        even = 2 * self.c[2] + x2 * (4 * self.c[4] + x2 * 6 * self.c[6])
        return r / self.size**2 * (even - 10 * x10 / x2)

    def second_derivative(self, r: np.ndarray, *_: object) -> np.ndarray:
        x2, x10 = self._powers(r)
        even = 2 * self.c[2] + x2 * (12 * self.c[4] + x2 * 30 * self.c[6])
        return (even + 110 * x10 / x2) / self.size**2


def disordered(model: GlassModel, n_particles: int, seed: int = 1) -> Configuration:
    """Particles about the sites of a cubic lattice: as many neighbours as in the liquid."""
    generator = np.random.default_rng(seed)
    edge = (n_particles / model.density) ** (1 / 3)
    cells = int(np.ceil(n_particles ** (1 / 3) - 1e-9))
    sites = np.stack(np.meshgrid(*[np.arange(cells)] * 3, indexing="ij"), -1).reshape(-1, 3)
    sites = sites[generator.permutation(len(sites))[:n_particles]]
    positions = (sites + generator.uniform(-0.15, 0.15, sites.shape)) * edge / cells
    species = np.repeat(np.arange(model.n_species), model.composition(n_particles))
    return configuration_from_arrays(positions % edge, generator.permutation(species), edge)


def atoms_of(configuration: Configuration) -> Atoms:
    """The same particles for matscipy; species 0, 1 are the elements 1, 2."""
    return Atoms(
        numbers=configuration.species + 1,
        positions=configuration.positions_nc,
        cell=configuration.box_c,
        pbc=True,
    )


def matscipy_pair(configuration: Configuration, model: GlassModel) -> Callable[[], object]:
    """Matscipy's pair Hessian of the configuration."""
    potentials = {
        (a + 1, b + 1): SmoothPower(model.pair_potentials[a][b])
        for a, b in ((0, 0), (0, 1), (1, 1))
    }
    calculator, atoms = PairPotential(potentials), atoms_of(configuration)
    return lambda: calculator.get_hessian(atoms, "sparse")


def matscipy_three_body(configuration: Configuration, model: GlassModel) -> Callable[[], object]:
    """Matscipy's Stillinger-Weber Hessian of the configuration."""
    pair, three = model.pair_potentials[0][0], model.three_body
    assert isinstance(pair, StillingerWeberPair)
    assert three is not None
    parameters = {
        "__ref__": model.reference,
        "el": "Si",
        "costheta0": -three.cos_theta0,
        "lambda1": three.strength,
        "gamma": three.gamma,
        **{name: getattr(pair, name) for name in ("epsilon", "sigma", "a", "A", "B", "p", "q")},
    }
    calculator = Manybody(
        {1: MatscipyPair(parameters)},
        {1: StillingerWeberAngle(parameters)},
        CutoffNeighbourhood(cutoff=pair.cutoff),
    )
    atoms = atoms_of(configuration)

    def build() -> object:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # exp overflows beyond the cut-off
            return calculator.get_property("hessian", atoms)

    return build


def best_time(build: Callable[[], object], repeats: int) -> tuple[float, object]:
    """Shortest wall-clock time of several calls [s], and the last result."""
    best = np.inf
    for _ in range(repeats):
        start = time.perf_counter()
        result = build()
        best = min(best, time.perf_counter() - start)
    return best, result


def compare(name: str, n_particles: int, repeats: int) -> None:
    """Time both on one configuration and print a line of the table."""
    model = get_model(name)
    configuration = disordered(model, n_particles)
    three_body = model.three_body is not None
    build = (matscipy_three_body if three_body else matscipy_pair)(configuration, model)
    ours, result = best_time(lambda: hessian(configuration, model).matrix, repeats)
    theirs, reference = best_time(build, 1 if three_body else repeats)
    difference = abs(result - reference).max() / abs(reference).max()
    print(
        f"{name:6} {n_particles:6d} {1e3 * ours:10.1f} {1e3 * theirs:12.1f} {theirs / ours:8.2f} "
        f"{difference:12.1e}",
        flush=True,
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--three-body", action="store_true", help="Stillinger-Weber as well")
    parser.add_argument("--sw-particles", type=int, default=4096, metavar="N")
    parser.add_argument("--repeats", type=int, default=10, metavar="K")
    options = parser.parse_args()
    print("model       N  ours (ms)  matscipy (ms)  ratio  largest relative difference")
    for n_particles in (2000, 8000):
        compare("ipl", n_particles, options.repeats)
    if options.three_body:
        compare("sw", options.sw_particles, options.repeats)


if __name__ == "__main__":
    main()
