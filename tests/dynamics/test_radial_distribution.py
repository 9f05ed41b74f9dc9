"""Radial distribution functions: definitions, limits, and the data of another program."""

import numpy as np
import pytest

from lmpmeso.configurations import configuration_from_arrays
from lmpmeso.dynamics import radial_distribution
from lmpmeso.errors import StatisticsError
from tests.dynamics.crystals import crystal


def gas(n, d, edge, seed):
    rng = np.random.default_rng(seed)
    return configuration_from_arrays(rng.uniform(0, edge, (n, d)), np.arange(n) % 3 // 2, edge)


@pytest.mark.parametrize("d", [2, 3])
def test_an_ideal_gas_is_one_everywhere(d):
    table = radial_distribution([gas(300, d, 8.0, s) for s in range(30)], 4.0, 20)
    for name in ("g", "g_0-0", "g_0-1", "g_1-1"):
        deviation = (table[name] - 1.0) / table[f"{name}_error"]
        assert np.mean(deviation[2:] ** 2) < 3.0
        assert table[name][10:].mean() == pytest.approx(1.0, abs=0.02)


def test_a_lattice_has_its_shells():
    """fcc of cell 1: 12 at 0.7071, 6 at 1, 24 at 1.2247."""
    table = radial_distribution(crystal("fcc", (4, 4, 4), 4.0), 1.5, 150)
    shell = 4 / 3 * np.pi * np.diff(np.linspace(0, 1.5, 151) ** 3)
    number = table["g"] * shell * 4.0 * 255 / 256
    found = {round(r, 2): n for r, n in zip(table["r"], number, strict=True) if n > 0.5}
    assert sum(n for r, n in found.items() if r < 0.8) == pytest.approx(12)
    assert sum(n for r, n in found.items() if 0.9 < r < 1.1) == pytest.approx(6)
    assert sum(n for r, n in found.items() if 1.2 < r < 1.3) == pytest.approx(24)


def test_the_total_is_the_weighted_sum_of_the_partial_ones():
    frame = gas(90, 3, 6.0, 1)
    table = radial_distribution(frame)
    n_a, n_b = np.bincount(frame.species)
    pairs = {"g_0-0": n_a * (n_a - 1) / 2, "g_0-1": n_a * n_b, "g_1-1": n_b * (n_b - 1) / 2}
    total = sum(n * table[name] for name, n in pairs.items()) / (90 * 89 / 2)
    np.testing.assert_allclose(table["g"], total, rtol=1e-12, atol=1e-14)


def test_distances_take_the_nearest_image_in_boxes_of_unequal_edges():
    rng = np.random.default_rng(2)
    box = np.array([6.0, 8.0, 7.0])
    frame = configuration_from_arrays(rng.uniform(-9, 9, (60, 3)), 0, box)
    table = radial_distribution(frame, 3.0, 30)
    difference = frame.positions_nc[:, None] - frame.positions_nc
    difference -= box * np.rint(difference / box)
    distance = np.linalg.norm(difference, axis=-1)[np.triu_indices(60, 1)]
    counts, edges = np.histogram(distance, 30, (0, 3.0))
    expected = counts * box.prod() / (4 / 3 * np.pi * np.diff(edges**3)) / (60 * 59 / 2)
    np.testing.assert_allclose(table["g"], expected, rtol=1e-12)


def test_kob_andersen_pairs_agree_with_rumd(rumd_numbers, rumd_block):
    """At T = 2.0; both histograms 0.015 wide."""
    reference = np.array(rumd_numbers["T2_g_r_AA_AB_BB"])
    width = reference[1, 0] - reference[0, 0]
    table = radial_distribution(rumd_block, 260 * width, 260)
    np.testing.assert_allclose(table["r"], reference[:, 0], rtol=1e-12)
    for name, column, largest in (("g_0-0", 1, 0.05), ("g_0-1", 2, 0.08), ("g_1-1", 3, 0.2)):
        difference = table[name] - reference[:, column]
        assert np.abs(difference).max() < largest
        assert np.sqrt(np.mean(difference**2)) < largest / 5


def test_bad_input_is_refused():
    frame = gas(30, 3, 6.0, 0)
    with pytest.raises(StatisticsError, match="half of the shortest edge"):
        radial_distribution(frame, 3.1)
    with pytest.raises(StatisticsError, match=r"name the model: .* model=model"):
        radial_distribution(frame, "ipl")
    with pytest.raises(StatisticsError, match="at least one bin"):
        radial_distribution(frame, n_bins=0)
    with pytest.raises(StatisticsError, match="single particle"):
        radial_distribution(configuration_from_arrays(np.zeros((1, 3)), 0, 5.0))
