from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import spearmanr

from lmpmeso.configurations import configuration_from_arrays
from lmpmeso.errors import StatisticsError
from lmpmeso.models import get_model
from lmpmeso.propensity import LocalField, extreme_particles, local_correlations, spearman
from lmpmeso.propensity.local_correlations import unit_ranks

MODEL = get_model("ss")
N = 400
EDGE = (N / MODEL.density) ** (1 / 3)


def particles(seed):
    """Half small, half large, anywhere."""
    generator = np.random.default_rng(seed)
    species = np.repeat([0, 1], N // 2)
    generator.shuffle(species)
    return configuration_from_arrays(generator.random((N, 3)) * EDGE, species, EDGE)


def field(seed, correlation):
    """κ and a mobility that falls with it as strongly as asked for."""
    generator = np.random.default_rng([seed, 1])
    common = generator.normal(size=N)
    other = generator.normal(size=N)
    mobility = correlation * common + np.sqrt(1 - correlation**2) * other
    # Each species has a level of its own, which must not count as correlation.
    structure = particles(seed)
    shift = 3.0 * structure.species
    return LocalField(structure, np.exp(-0.3 * common + shift), np.exp(0.2 * mobility + shift))


def test_a_field_correlates_perfectly_with_itself():
    fields = [replace(f, mobility_n=1.0 / f.kappa_n) for f in (field(k, 0.0) for k in range(4))]
    result = local_correlations(fields, MODEL)
    assert result.average.mean == pytest.approx(1.0, abs=1e-12)
    assert result.spearman.to_numpy() == pytest.approx(1.0)
    assert result.p_value == pytest.approx(1 / 1000)
    ranks = result.particles.set_index("population")["kappa_rank"]
    assert ranks["mobile"].max() < ranks["immobile"].min()


def test_shuffled_fields_do_not_correlate():
    result = local_correlations([field(k, 0.0) for k in range(20)], MODEL)
    assert abs(result.average.mean) < 3 / np.sqrt(20 * N)
    assert result.average.low < 0 < result.average.high
    assert result.p_value > 0.05
    assert result.rank_distribution["density"].between(0.4, 1.8).all()


def test_a_known_correlation_is_found_per_species():
    result = local_correlations([field(k, 0.5) for k in range(20)], MODEL)
    # Spearman's coefficient of two normal variables: (6/π) asin(ρ/2).
    expected = 6 / np.pi * np.arcsin(0.25)
    assert result.average.low - 0.01 < expected < result.average.high + 0.01
    assert set(result.by_species) == {"small", "large"}
    for estimate in result.by_species.values():
        assert estimate.mean == pytest.approx(expected, abs=0.05)
    assert result.p_value < 0.01


def test_ranks_run_from_0_to_1_within_each_species():
    result = local_correlations([field(0, 0.3), field(1, 0.3)], MODEL)
    for _, own in result.particles.groupby(["configuration", "species"]):
        for name in ("kappa_rank", "mobility_rank"):
            assert sorted(own[name]) == pytest.approx(np.linspace(0, 1, len(own)))
        assert own["kappa"].rank().tolist() == own["kappa_rank"].rank().tolist()
    assert result.particles["relative_kappa"].mean() == pytest.approx(1.0)


def test_densities_of_the_ranks_are_normalised():
    table = local_correlations([field(k, 0.5) for k in range(3)], MODEL).rank_distribution
    for _, part in table.groupby("population"):
        assert part["density"].mean() == pytest.approx(1.0)
        assert (part["error"] >= 0).all()


def test_the_result_does_not_depend_on_the_order_of_particles_or_the_unit_of_kappa():
    original = field(0, 0.4)
    order = np.random.default_rng(5).permutation(N)
    shuffled = LocalField(
        replace(
            original.structure,
            positions_nc=original.structure.positions_nc[order],
            species=original.structure.species[order],
        ),
        10 * original.kappa_n[order],
        original.mobility_n[order],
    )
    one, other = (local_correlations([f], MODEL, permutations=0) for f in (original, shuffled))
    assert one.average.mean == pytest.approx(other.average.mean, abs=1e-12)
    assert np.isnan(one.p_value)
    pd_one, pd_other = (r.particles["population"] for r in (one, other))
    assert pd_one.to_numpy()[order].tolist() == pd_other.tolist()


def test_the_shuffling_test_rejects_as_often_as_it_says():
    p_values = [
        local_correlations([field(k, 0.0)], MODEL, permutations=99, seed=k).p_value
        for k in range(60)
    ]
    assert 0 <= np.mean(np.array(p_values) <= 0.1) <= 0.22
    assert 0.35 < np.mean(p_values) < 0.65


def test_spearman_agrees_with_scipy_also_for_ties():
    generator = np.random.default_rng(4)
    a, b = generator.integers(0, 8, (2, 50))
    assert spearman(a, b) == pytest.approx(spearmanr(a, b).statistic)
    with pytest.raises(StatisticsError, match="constant"):
        spearman([1, 1, 1], [1, 2, 3])
    with pytest.raises(StatisticsError, match="equal length"):
        spearman([1, 2], [1, 2, 3])


def test_unit_ranks_share_ties():
    assert unit_ranks([3.0, 1.0, 1.0, 2.0]).tolist() == pytest.approx([1.0, 1 / 6, 1 / 6, 2 / 3])


@pytest.mark.parametrize("seed", range(4))
def test_extremes_are_the_extremes_of_their_spheres(seed):
    structure = particles(seed)
    # Neighbours are alike, so that the most mobile particles crowd together.
    wave = np.sin(2 * np.pi * structure.positions_nc / EDGE).sum(axis=1)
    mobility_n = np.exp(wave + 0.5 * np.random.default_rng(seed).normal(size=N))
    mobile, immobile = extreme_particles(structure, MODEL, mobility_n)
    radius = MODEL.cutoffs[1, 1]
    large = np.flatnonzero(structure.species == 1)
    for chosen, best in ((mobile, np.max), (immobile, np.min)):
        assert len(chosen) == 5
        candidates = []
        for n in large:
            moved = structure.positions_nc[large] - structure.positions_nc[n]
            moved -= EDGE * np.rint(moved / EDGE)
            inside = large[np.linalg.norm(moved, axis=1) <= radius]
            if mobility_n[n] == best(mobility_n[inside]):
                candidates.append(n)
        ordered = sorted(candidates, key=lambda n: mobility_n[n], reverse=best is np.max)
        assert chosen.tolist() == ordered[:5]
        extreme = large[np.argsort(mobility_n[large])][:: -1 if best is np.max else 1]
        assert set(chosen) != set(extreme[:5])
    values = mobility_n[mobile]
    assert all(a >= b for a, b in pairwise(values))
    assert mobility_n[mobile].min() > mobility_n[immobile].max()


def test_bad_fields_are_refused():
    good = field(0, 0.1)
    with pytest.raises(StatisticsError, match="no configuration"):
        local_correlations([], MODEL)
    with pytest.raises(StatisticsError, match="κ must have shape"):
        local_correlations([replace(good, kappa_n=good.kappa_n[:-1])], MODEL)
    missing = good.kappa_n.copy()
    missing[7] = np.nan
    with pytest.raises(StatisticsError, match="κ of particle 8 is nan"):
        local_correlations([replace(good, kappa_n=missing)], MODEL)
    with pytest.raises(StatisticsError, match="one finite number a particle"):
        local_correlations([replace(good, mobility_n=good.mobility_n[:-1])], MODEL)
    with pytest.raises(StatisticsError, match="take a larger system"):
        extreme_particles(good.structure, MODEL, good.mobility_n, n_extremes=100)
