"""Structure factors: definitions, sum rules, limits, and the data of another program."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lmpmeso.configurations import configuration_from_arrays, read_configuration
from lmpmeso.dynamics import StructureFactor, structure_factor
from lmpmeso.dynamics.density_modes import box_wave_vectors, density_modes
from lmpmeso.errors import ConfigurationError, StatisticsError
from lmpmeso.models import get_model
from tests.dynamics.crystals import crystal

DATA = Path(__file__).parents[1] / "data"


def gas(n, box_c, seed, n_species=2):
    rng = np.random.default_rng(seed)
    box_c = np.asarray(box_c, dtype=float)
    species = np.arange(n) % n_species
    return configuration_from_arrays(rng.uniform(0, 1, (n, len(box_c))) * box_c, species, box_c)


@pytest.mark.parametrize("box_c", [(5.0, 6.5, 4.0), (7.0, 9.0)])
def test_density_modes_are_the_direct_sum_at_every_wave_vector(box_c):
    frame = gas(40, box_c, seed=1)
    vectors = box_wave_vectors(frame.box_c, 6.0)
    q_kc = 2 * np.pi * vectors.integers_kc / frame.box_c
    np.testing.assert_allclose(np.linalg.norm(q_kc, axis=1), vectors.lengths_k)
    for s, modes_k in enumerate(density_modes(frame, vectors)):
        direct = np.exp(1j * q_kc @ frame.positions_nc[frame.species == s].T).sum(axis=1)
        np.testing.assert_allclose(modes_k, direct, atol=1e-11)


@pytest.mark.parametrize("box_c", [(5.0, 6.5, 4.0), (7.0, 9.0)])
def test_wave_vectors_are_complete_and_without_opposites(box_c):
    vectors = box_wave_vectors(np.array(box_c), 6.0)
    both = np.concatenate([vectors.integers_kc, -vectors.integers_kc])
    assert len(np.unique(both, axis=0)) == len(both)
    reach = np.ceil(6.0 * np.array(box_c) / (2 * np.pi)).astype(int)
    grid = np.stack(np.meshgrid(*[np.arange(-n, n + 1) for n in reach]), -1).reshape(-1, len(reach))
    length = np.linalg.norm(2 * np.pi * grid / box_c, axis=1)
    assert len(both) == np.count_nonzero((length > 0) & (length <= 6.0))


@pytest.mark.parametrize("name", ["ipl", "ipl2d", "mblj", "ka"])
def test_the_total_is_the_weighted_sum_of_the_partial_ones(name):
    model = get_model(name)
    liquid = read_configuration(DATA / f"{name}.liquid.dump.gz", model)
    result = structure_factor(liquid, model=model)
    a, b = (species.name for species in model.species)
    x = np.bincount(liquid.species) / liquid.n_particles
    table = result.table
    total = (
        x[0] * table[f"S_{a}-{a}"]
        + x[1] * table[f"S_{b}-{b}"]
        + 2 * np.sqrt(x[0] * x[1]) * table[f"S_{a}-{b}"]
    )
    np.testing.assert_allclose(table["S"], total, rtol=1e-12)
    assert (table[["S", f"S_{a}-{a}", f"S_{b}-{b}"]] >= 0).all(axis=None)


def test_an_ideal_gas_has_no_structure():
    frames = [gas(300, (7.0, 7.0, 7.0), seed) for seed in range(20)]
    table = structure_factor(frames, 10.0).table
    for name, expected in (("S", 1.0), ("S_0-0", 1.0), ("S_1-1", 1.0), ("S_0-1", 0.0)):
        deviation = (table[name] - expected) / table[f"{name}_error"]
        # Student's t of ten blocks has the variance 9/7.
        assert np.mean(deviation**2) == pytest.approx(9 / 7, abs=0.5)
        assert np.average(table[name], weights=table["n_vectors"]) == pytest.approx(
            expected, abs=0.01
        )


def test_errors_have_the_size_of_the_deviations():
    """|ρ(q)|²/N of an ideal gas is distributed exponentially about 1."""
    table = structure_factor([gas(300, (7.0, 7.0, 7.0), s) for s in range(40)], 10.0).table
    expected = 1 / np.sqrt(40 * table["n_vectors"])
    assert np.mean(table["S_error"] / expected) == pytest.approx(1.0, abs=0.08)


def test_liquids_lose_their_structure_at_large_q():
    model = get_model("mblj")
    liquid = read_configuration(DATA / "mblj.liquid.dump.gz", model)
    table = structure_factor(liquid, 40.0, model=model).table.query("q > 34")
    for name, expected in (("S", 1.0), ("S_A-A", 1.0), ("S_B-B", 1.0), ("S_A-B", 0.0)):
        mean = np.average(table[name], weights=table["n_vectors"])
        assert mean == pytest.approx(expected, abs=0.03)


def test_a_lattice_scatters_only_at_its_bragg_peaks():
    lattice = crystal("fcc", (4, 4, 4), 1.0)
    vectors = box_wave_vectors(lattice.box_c, 15.0)
    s_k = np.abs(density_modes(lattice, vectors)[0]) ** 2 / lattice.n_particles
    of_cell = vectors.integers_kc % 4 == 0
    miller = vectors.integers_kc // 4
    unmixed = (miller % 2 == miller[:, :1] % 2).all(axis=1) & of_cell.all(axis=1)
    np.testing.assert_allclose(s_k[unmixed], lattice.n_particles, rtol=1e-10)
    np.testing.assert_allclose(s_k[~unmixed], 0.0, atol=1e-10)


def test_translation_and_wrapping_change_nothing():
    frame = gas(100, (5.0, 6.0, 7.0), seed=2)
    moved = frame.with_positions(frame.positions_nc + np.array([13.3, -4.1, 0.7]))
    a, b = (structure_factor(f).table for f in (frame, moved))
    np.testing.assert_allclose(a["S_0-1"], b["S_0-1"], atol=1e-11)


def test_structure_factor_agrees_with_atooms(kalj_small):
    """atooms averages over wave vectors near q and states a tolerance of 0.04."""
    table = structure_factor(kalj_small, 10.5, bin_width=0.1).table
    for q, reference in ((4.0, 0.0834), (7.3, 2.765), (10.0, 0.671)):
        near = table[(table["q"] - q).abs() < 0.15]
        mean = np.average(near["S"], weights=near["n_vectors"])
        assert mean == pytest.approx(reference, abs=0.12)


def artificial(position, noise, n_blocks=10, seed=0):
    """A skewed peak on bins of a large liquid."""
    q = np.arange(3.0, 11.0, 0.1)
    s = 1 + 2 * np.exp(-(((q - position) / np.where(q < position, 0.6, 0.8)) ** 2))
    rng = np.random.default_rng(seed)
    blocks = s + rng.normal(0, noise, (1, n_blocks, len(q)))
    table = pd.DataFrame({"q": q, "S": blocks[0].mean(axis=0), "n_vectors": 100})
    return StructureFactor(table, blocks, ("S",), ("0",), 1.0, n_blocks)


def test_the_first_peak_is_found_between_the_bins():
    peak = artificial(6.3721, 1e-6).first_peak()
    assert peak.q == pytest.approx(6.3721, abs=0.03)
    assert peak.height == pytest.approx(3.0, abs=0.03)
    assert peak.fit_range[0] < peak.q < peak.fit_range[1]


def test_the_interval_of_the_first_peak_covers_what_repetition_finds():
    exact = artificial(6.35, 1e-9).first_peak().q
    peaks = [artificial(6.35, 0.1, seed=k).first_peak() for k in range(200)]
    covered = np.mean([p.low <= exact <= p.high for p in peaks])
    assert 0.84 < covered < 0.96


def test_a_single_frame_has_a_peak_without_interval():
    peak = artificial(6.35, 0.01, n_blocks=1).first_peak()
    assert np.isnan(peak.low)
    assert np.isnan(peak.high)


def test_what_has_no_first_peak_is_refused():
    gas_structure = structure_factor([gas(400, (7.0, 7.0, 7.0), s) for s in range(5)], 12.0)
    with pytest.raises(StatisticsError, match="peak"):
        gas_structure.first_peak()
    with pytest.raises(StatisticsError, match="reaches the edge"):
        artificial(9.9, 1e-6).first_peak()
    with pytest.raises(StatisticsError, match="no species"):
        artificial(6.3, 1e-6).first_peak("B")


def test_bad_input_is_refused():
    frame = gas(50, (5.0, 5.0, 5.0), 0)
    with pytest.raises(StatisticsError, match="shortest wave vector"):
        structure_factor(frame, 0.5)
    with pytest.raises(StatisticsError, match="bin width"):
        structure_factor(frame, bin_width=0.0)
    with pytest.raises(StatisticsError, match="2 species"):
        structure_factor(frame, model=get_model("sw"))
    broken = frame.with_positions(np.where(np.arange(150).reshape(50, 3) == 9, np.nan, 1.0))
    with pytest.raises(ConfigurationError, match="particle 4 has a position that is not finite"):
        structure_factor(broken)
