"""The sound waves that do not fit into a box, against exact sums over those of crystals."""

import numpy as np
import pandas as pd
import pytest

from lmpmeso.elasticity import kappa_of_larger_system
from lmpmeso.elasticity.strain_response import square_stretch_by_sound
from lmpmeso.elasticity.system_size import REFERENCE_SIZE, wave_sum
from lmpmeso.errors import ConfigurationError
from tests.elasticity.spring_crystals import isotropic_crystal, stiff_triangles

CUBE = -2.8372974794806
"""L times the potential of a unit charge in a cubic lattice of charges with a neutral background (Hasimoto, 1959)."""
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


def mean_over_directions(d, cells):
    """Of dipoles of the isotropic crystal: d̂·M⁻²·d̂/r² in the box, and what the larger system has by the formula."""
    vectors, weights = map(np.array, zip(*DIRECTIONS[d], strict=True))
    own = np.zeros(len(vectors), dtype=int)
    share = weights / (vectors**2).sum(axis=1)
    return [w @ share for w in extrapolated(isotropic_crystal(d), own, own, vectors, cells)]


def extrapolated(crystal, i, j, vectors, cells, affine=False, larger=None):
    """d̂·M⁻²·d̂ of pairs in the box, and what the larger system has by the formula."""
    found, box_c, n_particles = crystal.responses(cells, i, j, vectors)
    t = crystal.stretch(i, j, vectors)
    if affine:
        t = (
            vectors[:, :, None]
            * vectors[:, None, :]
            / np.linalg.norm(vectors, axis=1)[:, None, None]
        )
    longitudinal, transverse = square_stretch_by_sound(t)
    bonds = pd.DataFrame(
        {
            "kappa": found[:, 0] / found[:, 1],
            "compliance": found[:, 0],
            "stretch_longitudinal": longitudinal,
            "stretch_transverse": transverse,
        }
    )
    kappa = kappa_of_larger_system(bonds, n_particles, box_c, *crystal.moduli(), larger)
    return found[:, 1], found[:, 0] / kappa


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


@pytest.mark.parametrize("cells", [(4, 4, 4), (4, 6, 5)])
def test_the_formula_becomes_exact_for_dipoles_of_a_crystal(cells):
    errors = []
    for factor in (1, 2):
        plain, corrected = mean_over_directions(3, [factor * n for n in cells])
        _, limit = mean_over_directions(3, (24, 24, 24))
        errors.append(abs(corrected - limit))
        assert errors[-1] < 0.06 * abs(plain - limit)
    assert errors[1] < errors[0] / 3


def test_in_two_dimensions_boxes_of_any_size_and_shape_give_the_same_at_the_reference_size():
    found = [mean_over_directions(2, cells)[1] for cells in ((16, 9), (32, 18), (64, 37), (64, 18))]
    plain = [mean_over_directions(2, cells)[0] for cells in ((16, 9), (64, 37))]
    assert found == pytest.approx([found[2]] * 4, rel=0.01)
    assert found[1:] == pytest.approx([found[2]] * 3, rel=2e-3)
    assert plain[0] < 0.8 * plain[1]
    # The reference itself: 93 cells by 54 of two in a nearly square box of 10 044 particles.
    assert mean_over_directions(2, (93, 54))[0] == pytest.approx(found[2], rel=3e-3)
    assert REFERENCE_SIZE == 10_000


def test_a_larger_box_may_be_a_certain_one():
    crystal = stiff_triangles(1.0)
    pairs = crystal, crystal.i, crystal.j, crystal.vectors_pc
    box_c, larger_c = (np.array(cells) * crystal.cell_c for cells in ((6, 10), (12, 10)))
    small, same = extrapolated(*pairs, (6, 10), larger=box_c)
    assert same == pytest.approx(small, rel=1e-12)
    _, by_formula = extrapolated(*pairs, (6, 10), larger=larger_c)
    exact, _ = extrapolated(*pairs, (12, 10))
    assert (by_formula - small).mean() == pytest.approx((exact - small).mean(), rel=0.05)


@pytest.mark.parametrize("stiffness", [10.0, 100.0, 1000.0])
def test_stiff_bonds_are_stretched_as_little_as_they_are(stiffness):
    """Triangles of springs far stiffer than the others: exact sums at the reference size."""
    crystal = stiff_triangles(stiffness)
    pairs = crystal, crystal.i, crystal.j, crystal.vectors_pc
    stiff = crystal.k_p > 1
    small, by_formula = extrapolated(*pairs, (6, 10))
    _, by_length = extrapolated(*pairs, (6, 10), affine=True)
    exact, _ = extrapolated(*pairs, (31, 54))
    for chosen in (stiff, ~stiff):
        found = [x[chosen].mean() / small[chosen].mean() for x in (exact, by_formula, by_length)]
        print("stiffer" if chosen is stiff else "others", stiffness, found)
        assert found[0] > 1.3
        assert found[1] - 1.0 == pytest.approx(found[0] - 1.0, rel=0.03)
        assert abs(found[2] - found[0]) > 0.2
    assert by_length[stiff].mean() > 0.5 * stiffness * exact[stiff].mean()


def test_what_carries_no_sound_has_no_limit_and_incomplete_tables_are_refused():
    bonds = pd.DataFrame(
        {
            "kappa": [20.0],
            "compliance": [0.01],
            "stretch_longitudinal": [0.2],
            "stretch_transverse": [0.13],
        }
    )
    assert np.isnan(kappa_of_larger_system(bonds, 500, [9.0] * 3, 80.0, -1.0)).all()
    assert kappa_of_larger_system(bonds, 500, [9.0] * 3, 80.0, 12.0) < 20.0
    with pytest.raises(ConfigurationError, match="compliance missing"):
        kappa_of_larger_system(bonds.drop(columns="compliance"), 500, [9.0] * 3, 80.0, 12.0)


def test_a_slender_box_is_quick_and_no_kappa_of_its_pairs_is_negative():
    # Waves along the long edge alone: Σ' 1/q² over the volume is the edge over 12, in a cross-section of 1.
    assert wave_sum([40.0, 1.0, 1.0]) - wave_sum([10.0, 1.0, 1.0]) == pytest.approx(30 / 12)
    assert np.isfinite(wave_sum([300.0, 1.0, 1.0]))
    bonds = pd.DataFrame(
        {
            "kappa": [0.5, 50.0],
            "compliance": 0.05,
            "stretch_longitudinal": 0.2,
            "stretch_transverse": 0.13,
        }
    )
    kappa = kappa_of_larger_system(bonds, 1000, [100.0, 3.2, 3.2], 20.0, 3.0)
    assert kappa[0] > 0.5
    assert np.isnan(kappa[1])
