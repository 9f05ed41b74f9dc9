"""Numbers that this project did not compute: LJ clusters, modes of a 2D glass, silicon."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from lmpmeso.configurations import Configuration
from lmpmeso.configurations.creation import configuration_from_arrays
from lmpmeso.hessians import hessian
from lmpmeso.models import GlassModel, Species, get_model, stillinger_weber
from lmpmeso.models.potentials import PairPotential, lennard_jones


@dataclass(frozen=True)
class PlainLennardJones:
    """4 (r⁻¹² - r⁻⁶), never cut."""

    cutoff: float = 20.0
    diameter: float = 1.0

    def derivatives(self, r: np.ndarray, order: int = 2) -> tuple[np.ndarray, ...]:
        return lennard_jones(r, 1.0, 1.0, order)


@dataclass(frozen=True)
class ForceShiftedPower:
    """v(r) - v(r_c) - (r - r_c) v′(r_c), v = (λ/r)¹⁰."""

    size: float

    @property
    def cutoff(self) -> float:
        return 1.48 * self.size

    @property
    def diameter(self) -> float:
        return self.size

    def derivatives(self, r: np.ndarray, order: int = 2) -> tuple[np.ndarray, ...]:
        rc, scale = self.cutoff, self.size**10
        slope_at_cutoff = -10 * scale * rc**-11
        values = [
            scale * (r**-10.0 - rc**-10) - (r - rc) * slope_at_cutoff,
            -10 * scale * r**-11.0 - slope_at_cutoff,
            110 * scale * r**-12.0,
        ]
        return tuple(np.where(r < rc, value, 0.0) for value in values[: order + 1])


def model_with(potentials: tuple[tuple[PairPotential, ...], ...], dimension: int) -> GlassModel:
    """A model with these pair potentials."""
    template = get_model("ipl" if dimension == 3 else "ipl2d")
    species = tuple(Species(f"s{a}", 1 / len(potentials), None) for a in range(len(potentials)))
    return replace(
        template, name="test", species=species, largest_species=0, pair_potentials=potentials
    )


@pytest.mark.parametrize(
    ("file", "n_particles", "n_minima"),
    [("lj13_small_pathsample.3.sqlite", 13, 100), ("lj15.3.sqlite", 15, 44)],
)
def test_lennard_jones_clusters_of_pele(
    shared_truth: Path, file: str, n_particles: int, n_minima: int
) -> None:
    model = model_with(((PlainLennardJones(),),), 3)
    with closing(
        sqlite3.connect(f"file:{shared_truth / 'pele' / file}?mode=ro", uri=True)
    ) as database:
        minima = database.execute("SELECT energy, coords, fvib FROM tbl_minima").fetchall()
    assert len(minima) == n_minima
    for energy, pickled, log_product in minima:
        # The array's bytes end five before the pickle does; no need to unpickle a stranger's file.
        coordinates = np.frombuffer(pickled[-5 - 24 * n_particles : -5], dtype="<f8")
        positions_nc = coordinates.reshape(n_particles, 3)
        h = hessian(configuration_from_arrays(positions_nc, 0, 60.0), model)
        eigenvalues = np.linalg.eigvalsh(h.matrix.toarray())
        assert h.energy == pytest.approx(energy, abs=2.4e-9)
        assert np.log(eigenvalues[6:]).sum() == pytest.approx(log_product, abs=2.4e-9)


def test_participation_ratios_of_pymattersim(truth: Path) -> None:
    expected = [1, 0.60509595, 0.4184461, 0.47013442, 0.39952026]
    expected += [0.48376086, 0.37543589, 0.4782805, 0.37811075, 0.28011895]
    rows = np.loadtxt(truth / "two-dimensional-glass.csv", delimiter=",", skiprows=1)
    sizes = ((1.0, 1.18), (1.18, 1.4))
    model = model_with(tuple(tuple(ForceShiftedPower(s) for s in row) for row in sizes), 2)
    configuration = configuration_from_arrays(
        rows[:, 2:4], rows[:, 1].astype(int) - 1, np.full(2, 30.499714066520937)
    )
    h = hessian(configuration, model)
    _, vectors = np.linalg.eigh(h.matrix.toarray())
    squares = (vectors.reshape(800, 2, -1) ** 2).sum(axis=1)
    ratios = squares.sum(axis=0) ** 2 / (800 * (squares**2).sum(axis=0))
    np.testing.assert_allclose(ratios[:100:10], expected, atol=1e-8)


def test_diamond_silicon_is_a_stress_free_minimum_of_exactly_minus_two() -> None:
    model = stillinger_weber(strength=21.0, density=0.4592793)
    h = hessian(diamond(2, model.density), model)
    assert h.energy / h.n_particles == pytest.approx(-2.0, abs=1e-9)
    assert h.max_force < 1e-13
    assert abs(h.pressure) < 1e-6
    eigenvalues = np.linalg.eigvalsh(h.matrix.toarray())
    assert np.abs(eigenvalues[:3]).max() < 1e-11
    assert eigenvalues[3] > 1.0


def diamond(cells: int, density: float) -> Configuration:
    """Diamond structure of 8 · cells³ particles."""
    edge = (8 / density) ** (1 / 3)
    face_centres = np.array([[0, 0, 0], [0, 2, 2], [2, 0, 2], [2, 2, 0]]) / 4
    basis = np.concatenate([face_centres, face_centres + 0.25])
    corners = np.stack(np.meshgrid(*[np.arange(cells)] * 3, indexing="ij"), -1).reshape(-1, 1, 3)
    return configuration_from_arrays(((corners + basis) * edge).reshape(-1, 3), 0, cells * edge)
