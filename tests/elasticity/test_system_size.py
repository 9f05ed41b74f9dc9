"""The sound waves that do not fit into a box, against exact sums over those of crystals."""

import numpy as np
import pandas as pd
import pytest

from lmpmeso.elasticity import kappa_of_larger_system
from lmpmeso.elasticity.system_size import REFERENCE_SIZE, wave_sum
from lmpmeso.errors import ConfigurationError

CUBE = -2.8372974794806
"""L times the potential of a unit charge in a cubic lattice of charges with a neutral background (Hasimoto, 1959)."""


def springs(d):
    """Vectors and constants of the springs of an elastically isotropic crystal, and wave vectors of a box of m cells."""
    if d == 2:  # hexagonal, two particles in a cell of 1 by √3
        vectors = [np.array([np.cos(p), np.sin(p)]) for p in (0, np.pi / 3, 2 * np.pi / 3)]
        return [(v, 1.0) for v in vectors], np.array([1.0, np.sqrt(3.0)]), (2, 1)
    near = [(1, 1, 0), (1, -1, 0), (1, 0, 1), (1, 0, -1), (0, 1, 1), (0, 1, -1)]
    far = [(1, 0, 0), (0, 1, 0), (0, 0, 1)]
    together = [(np.array(v) / 2, 1.0) for v in near] + [(np.array(v) * 1.0, 0.25) for v in far]
    return together, np.ones(3), (2, 2, 1)  # fcc, four particles in a cell


def responses(d, cells, dipoles):
    """d̂·M⁻¹·d̂ and d̂·M⁻²·d̂ of dipoles of a crystal, by Fourier; the box and N."""
    bonds, cell_c, repeats = springs(d)
    box_c = np.asarray(cells) * cell_c
    numbers = np.meshgrid(
        *(np.arange(k * m) for k, m in zip(repeats, cells, strict=True)), indexing="ij"
    )
    q_kc = 2 * np.pi * np.stack([n.ravel() for n in numbers], axis=1)[1:] / box_c
    n_particles = len(q_kc) + 1
    dynamical = sum(
        2 * k * (1 - np.cos(q_kc @ v))[:, None, None] * np.outer(v, v) / (v @ v) for v, k in bonds
    )
    inverse = np.linalg.inv(dynamical)
    found = []
    for r in dipoles:
        n = r / np.linalg.norm(r)
        z_kc, weight_k = inverse @ n, (1 - np.cos(q_kc @ r)) / n_particles
        found.append([(z_kc @ n) @ weight_k, (z_kc**2).sum(axis=1) @ weight_k])
    return np.array(found), box_c, n_particles


def moduli(d):
    """K and G of the crystal, from its long waves."""
    bonds, cell_c, repeats = springs(d)
    density = np.prod(repeats) / np.prod(cell_c)
    q = 1e-4
    waves = sum(2 * k * (1 - np.cos(q * v[0])) * np.outer(v, v) / (v @ v) for v, k in bonds) / q**2
    shear = density * waves[1, 1]
    return density * waves[0, 0] - 2 * (d - 1) / d * shear, shear


LENGTH = 2.0
DIRECTIONS = {
    # Lattice vectors with weights that average the fourth power of a cosine as all directions do.
    2: [(LENGTH * np.array([np.cos(p), np.sin(p)]), 1 / 3) for p in (0, np.pi / 3, 2 * np.pi / 3)],
    3: [
        *((LENGTH * np.array(v), 1 / 21 * 2) for v in np.eye(3)),
        *(
            (LENGTH / 2 * np.array(v), 4 / 105 * 2)
            for v in [(1, 1, 0), (1, -1, 0), (1, 0, 1), (1, 0, -1), (0, 1, 1), (0, 1, -1)]
        ),
        *(
            (LENGTH * np.array(v), 9 / 280 * 2)
            for v in [(1, 1, 1), (1, 1, -1), (1, -1, 1), (-1, 1, 1)]
        ),
    ],
}


def extrapolated(d, cells):
    """Mean over directions of d̂·M⁻²·d̂/r² in the box, and of what the larger system has by the formula."""
    vectors, weights = zip(*DIRECTIONS[d], strict=True)
    found, box_c, n_particles = responses(d, cells, vectors)
    bonds = pd.DataFrame(
        {
            "distance": [np.linalg.norm(v) for v in vectors],
            "kappa": found[:, 0] / found[:, 1],
            "compliance": found[:, 0],
        }
    )
    kappa = kappa_of_larger_system(bonds, n_particles, box_c, *moduli(d))
    # κ of the larger system over its compliance; that of the compliance is of higher order.
    share = np.asarray(weights) / bonds["distance"] ** 2
    return found[:, 1] @ share, (found[:, 0] / kappa) @ share


def test_the_sum_of_a_cube_is_that_of_a_lattice_of_charges():
    assert wave_sum([7.0] * 3) == pytest.approx(CUBE / (4 * np.pi * 7.0), rel=1e-12)


def test_a_box_twice_as_long_has_the_waves_of_both_halves():
    """Plain sums with a smooth cut-off, which is the integral's too, in an oblong box."""
    box_c, cut = np.array([3.0, 4.0, 6.0]), 0.02
    n_kc = np.stack(np.meshgrid(*[np.arange(-60, 61)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    square_k = ((2 * np.pi * n_kc[np.any(n_kc, axis=1)] / box_c) ** 2).sum(axis=1)
    plain = (np.exp(-cut * square_k) / square_k).sum() / box_c.prod() - cut / box_c.prod()
    assert wave_sum(box_c) == pytest.approx(
        plain - 1 / (4 * np.pi**2) * np.sqrt(np.pi / cut), rel=1e-9
    )


def test_in_two_dimensions_it_grows_as_the_logarithm():
    assert wave_sum([20.0, 30.0]) - wave_sum([2.0, 3.0]) == pytest.approx(
        np.log(10.0) / (2 * np.pi), rel=1e-12
    )


@pytest.mark.parametrize("cells", [(8, 8, 8), (8, 12, 10)])
def test_the_formula_becomes_exact_for_dipoles_of_a_crystal(cells):
    errors = []
    for factor in (1, 2):
        plain, corrected = extrapolated(3, [factor * n for n in cells])
        _, limit = extrapolated(3, [4 * n for n in (8, 8, 8)])
        errors.append(abs(corrected - limit))
        assert errors[-1] < 0.05 * abs(plain - limit)
    assert errors[1] < errors[0] / 3


def test_in_two_dimensions_boxes_of_any_size_and_shape_give_the_same_at_the_reference_size():
    found = [extrapolated(2, cells)[1] for cells in ((16, 9), (32, 18), (64, 37), (64, 18))]
    plain = [extrapolated(2, cells)[0] for cells in ((16, 9), (64, 37))]
    assert found == pytest.approx([found[2]] * 4, rel=0.01)
    assert found[1:] == pytest.approx([found[2]] * 3, rel=2e-3)
    assert plain[0] < 0.8 * plain[1]
    # The reference itself: 93 cells by 54 of two in a nearly square box of 10 044 particles.
    assert extrapolated(2, (93, 54))[0] == pytest.approx(found[2], rel=3e-3)
    assert REFERENCE_SIZE == 10_000


def test_what_carries_no_sound_has_no_limit_and_incomplete_tables_are_refused():
    bonds = pd.DataFrame({"distance": [1.0], "kappa": [20.0], "compliance": [0.01]})
    assert np.isnan(kappa_of_larger_system(bonds, 500, [9.0] * 3, 80.0, -1.0)).all()
    assert kappa_of_larger_system(bonds, 500, [9.0] * 3, 80.0, 12.0) < 20.0
    with pytest.raises(ConfigurationError, match="compliance missing"):
        kappa_of_larger_system(bonds.drop(columns="compliance"), 500, [9.0] * 3, 80.0, 12.0)


def test_a_slender_box_is_quick_and_no_kappa_of_its_pairs_is_negative():
    # Waves along the long edge alone: Σ' 1/q² over the volume is the edge over 12, in a cross-section of 1.
    assert wave_sum([40.0, 1.0, 1.0]) - wave_sum([10.0, 1.0, 1.0]) == pytest.approx(30 / 12)
    assert np.isfinite(wave_sum([300.0, 1.0, 1.0]))
    bonds = pd.DataFrame({"distance": [1.0] * 2, "kappa": [0.5, 50.0], "compliance": [0.05, 0.05]})
    kappa = kappa_of_larger_system(bonds, 1000, [100.0, 3.2, 3.2], 20.0, 3.0)
    assert kappa[0] > 0.5
    assert np.isnan(kappa[1])
