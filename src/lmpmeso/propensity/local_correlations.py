"""Local dipole stiffness against mobility: rank correlation C_s and the extreme populations.

Array suffixes: n particle, g configuration (glass).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from lmpmeso.arrays import FloatArray
from lmpmeso.configurations import Configuration
from lmpmeso.errors import StatisticsError
from lmpmeso.models import GlassModel
from lmpmeso.printing import Printed
from lmpmeso.propensity.populations import EXTREMES, extreme_particles
from lmpmeso.statistics import Estimate, bootstrap_mean

PERMUTATIONS = 999
RANK_BINS = 10
KAPPA_BINS = 25
KAPPA_SHARE = 0.995
"""Share of all particles that the histogram of κ_i reaches up to."""
EVERYONE = "all"
"""Name of all particles beside the populations."""


@dataclass(frozen=True, eq=False, repr=False)
class LocalField(Printed):
    """One configuration: where particles are, how stiff and how mobile.

    Attributes:
        structure: the inherent structure.
        kappa_n: κ_n, as :func:`lmpmeso.kappa_field` gives it [energy/length²], shape (N,).
        mobility_n: propensity [length], shape (N,).
        reliability: of the mobility, see :class:`lmpmeso.propensity.Propensity`; NaN where it is not known.
        others: stiffnesses of other definitions by name, to compare with κ_n, as
            :func:`lmpmeso.elasticity.local_stiffness` gives them [energy/length²], each of shape (N,).
        temperatures: kinetic temperature of the runs against time: t, kinetic_temperature; empty where it is not known.
    """

    structure: Configuration
    kappa_n: FloatArray
    mobility_n: FloatArray
    reliability: float = float("nan")
    others: Mapping[str, FloatArray] = field(default_factory=dict)
    temperatures: pd.DataFrame = field(default_factory=pd.DataFrame)


@dataclass(frozen=True, eq=False, repr=False)
class LocalCorrelations(Printed):
    """What the κ-field says about mobility (Figs. 6 and 7).

    Attributes:
        particles: a row a particle: ``configuration``, ``particle`` (index from 0), ``species``
            (name), ``kappa`` [energy/length²], ``relative_kappa`` (κ_i/⟨κ⟩, the mean over all
            configurations), ``mobility`` [length], ``kappa_rank`` and ``mobility_rank`` (0 the lowest
            and 1 the highest of the species in the configuration), ``population`` (``"mobile"``,
            ``"immobile"`` or empty).
        spearman: a row a configuration: one column a species by name and their mean ``all``.
        by_species: C_s of each species, with intervals by configuration.
        average: C_s averaged over species: the number in Fig. 7.
        rank_distribution: probability density of the κ rank in ten bins: ``population``, ``low``,
            ``high``, ``density`` (1 without correlation), ``error`` (binomial); Fig. 6 (c).
        p_value: of a permutation test: the probability that C_s is as far from 0 when mobilities
            are shuffled among the particles of a species. Fields are correlated in space, which
            shuffling destroys: with few configurations trust the interval rather than this number.
        permutations: number of shuffles.
        seed: of the bootstrap and the shuffles.
    """

    particles: pd.DataFrame
    spearman: pd.DataFrame
    by_species: dict[str, Estimate]
    average: Estimate
    rank_distribution: pd.DataFrame
    p_value: float
    permutations: int
    seed: int


def local_correlations(
    fields: Iterable[LocalField],
    model: GlassModel,
    *,
    n_extremes: int = EXTREMES,
    level: float = 0.9,
    seed: int = 0,
    permutations: int = PERMUTATIONS,
) -> LocalCorrelations:
    """Rank correlation of 1/κ_i with the mobility, and how extremes of the mobility rank in κ.

    C_s is Spearman's coefficient between the ranks of 1/κ and of the mobility, of each species in
    each configuration; averaged over species, then over configurations (Sec. III C, Figs. 6, 7).

    Args:
        fields: κ and mobility of independent configurations.
        model: the model.
        n_extremes: mobile and immobile particles that each configuration contributes.
        level: confidence level of the intervals, by bootstrap over configurations.
        seed: of the bootstrap and the permutation test.
        permutations: shuffles of the permutation test; 0 leaves it out (NaN).

    Raises:
        StatisticsError: no configuration, a κ that is not a positive number (a particle without
            interacting pairs: leave the configuration out, or quench a denser one), mobilities that
            do not fit, or too few candidates for the populations.
    """
    every = list(fields)
    if not every:
        raise StatisticsError("no configuration to correlate")
    kappa_g = [checked(field.kappa_n, field.structure) for field in every]
    mean_kappa = float(np.mean(np.concatenate(kappa_g)))
    particles = pd.concat(
        [_particles(g, field, model, mean_kappa, n_extremes) for g, field in enumerate(every)],
        ignore_index=True,
    )
    rows = [spearman_by_species(f.kappa_n, f.mobility_n, f.structure, model) for f in every]
    spearman_table = pd.DataFrame(rows)
    by_species = {
        name: bootstrap_mean(spearman_table[name].dropna(), level=level, seed=seed)
        for name in spearman_table.columns
    }
    spearman_table["all"] = spearman_table.mean(axis=1)
    average = bootstrap_mean(spearman_table["all"], level=level, seed=seed)
    return LocalCorrelations(
        particles=particles,
        spearman=spearman_table,
        by_species=by_species,
        average=average,
        rank_distribution=_rank_distribution(particles),
        p_value=_permutation_test(particles, average.mean, permutations, seed),
        permutations=permutations,
        seed=seed,
    )


def spearman(first: ArrayLike, second: ArrayLike) -> float:
    """Spearman's rank correlation; ties share their mean rank.

    Raises:
        StatisticsError: fewer than two values, or one of the two is constant.
    """
    ranks = [_ranks(values) for values in (first, second)]
    if len(ranks[0]) != len(ranks[1]) or len(ranks[0]) < 2:
        raise StatisticsError(
            f"a rank correlation needs two lists of equal length, at least 2; got {len(ranks[0])} and "
            f"{len(ranks[1])}"
        )
    centred = [rank - rank.mean() for rank in ranks]
    norms = [float(np.sqrt(rank @ rank)) for rank in centred]
    if min(norms) == 0.0:
        raise StatisticsError("a constant field has no rank correlation")
    return float(centred[0] @ centred[1]) / (norms[0] * norms[1])


def spearman_by_species(
    stiffness_n: ArrayLike, mobility_n: ArrayLike, structure: Configuration, model: GlassModel
) -> dict[str, float]:
    """Spearman's coefficient of the inverse of a stiffness and the mobility, of each species by name."""
    soft_n, mobile_n = -np.asarray(stiffness_n), np.asarray(mobility_n)
    own_by_name = {s.name: structure.species == k for k, s in enumerate(model.species)}
    return {
        name: spearman(soft_n[own], mobile_n[own])
        for name, own in own_by_name.items()
        if own.sum() > 1
    }


def unit_ranks(values: ArrayLike) -> FloatArray:
    """Ranks from 0 (lowest) to 1 (highest); a single value has rank 0."""
    ranks = _ranks(values) - 1.0
    return ranks / max(len(ranks) - 1, 1)


def kappa_by_population(particles: pd.DataFrame) -> pd.DataFrame:
    """Distribution of κ_i/⟨κ⟩ of all, the mobile and the immobile particles (Fig. 6b).

    Args:
        particles: as :class:`LocalCorrelations` holds them.

    Returns:
        A row a population (``"all"``, ``"mobile"``, ``"immobile"``) and bin: ``low``, ``high``,
        ``density``, ``error`` (binomial), ``n`` (particles of the population).
    """
    kappa = particles["relative_kappa"]
    edges = np.linspace(0.0, float(kappa.quantile(KAPPA_SHARE)), KAPPA_BINS + 1)
    tables = []
    for population in (EVERYONE, "mobile", "immobile"):
        chosen = kappa if population == EVERYONE else kappa[particles["population"] == population]
        part, error = _parts(chosen, edges)
        bins = {"population": population, "low": edges[:-1], "high": edges[1:]}
        densities = {"density": part / np.diff(edges), "error": error / np.diff(edges)}
        tables.append(pd.DataFrame({**bins, **densities, "n": len(chosen)}))
    return pd.concat(tables, ignore_index=True)


def _parts(values: pd.Series, edges: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The part of some values in each bin, and its binomial standard error."""
    n = max(len(values), 1)
    part = np.histogram(values, edges)[0] / n
    return part, np.sqrt(part * (1.0 - part) / n)


def _ranks(values: ArrayLike) -> FloatArray:
    """Ranks from 1; ties share their mean rank."""
    return np.asarray(pd.Series(np.asarray(values)).rank(), dtype=np.float64)


def checked(stiffness_n: ArrayLike, structure: Configuration) -> FloatArray:
    """A stiffness of the particles of a configuration, complete and positive.

    Raises:
        StatisticsError: it is not.
    """
    kappa_n = np.asarray(stiffness_n, dtype=np.float64)
    source, n = structure.source, structure.n_particles
    if kappa_n.shape != (n,):
        raise StatisticsError(f"{source}: κ must have shape ({n},), got {kappa_n.shape}")
    bad = ~(np.isfinite(kappa_n) & (kappa_n > 0))
    if bad.any():
        worst = int(np.flatnonzero(bad)[0])
        raise StatisticsError(
            f"{source}: κ of particle {structure.ids[worst]} is {kappa_n[worst]:g} ({bad.sum()} "
            "such particles): compute κ of all pairs; a particle without any cannot be ranked"
        )
    return kappa_n


def _particles(
    number: int, field: LocalField, model: GlassModel, mean_kappa: float, n_extremes: int
) -> pd.DataFrame:
    """The rows of one configuration."""
    structure, n = field.structure, field.structure.n_particles
    mobile, immobile = extreme_particles(structure, model, field.mobility_n, n_extremes)
    population = np.full(n, "", dtype=object)
    population[mobile], population[immobile] = "mobile", "immobile"
    names = np.array([species.name for species in model.species], dtype=object)
    table = pd.DataFrame(
        {
            "configuration": number,
            "particle": np.arange(n),
            "species": names[structure.species],
            "kappa": np.asarray(field.kappa_n, dtype=np.float64),
            "mobility": np.asarray(field.mobility_n, dtype=np.float64),
            "population": population,
        }
    )
    by_species = table.groupby("species")
    table.insert(4, "relative_kappa", table["kappa"] / mean_kappa)
    table["kappa_rank"] = by_species["kappa"].transform(unit_ranks)
    table["mobility_rank"] = by_species["mobility"].transform(unit_ranks)
    return table


def _rank_distribution(particles: pd.DataFrame) -> pd.DataFrame:
    """Density of the κ rank of each population."""
    edges = np.linspace(0.0, 1.0, RANK_BINS + 1)
    tables = []
    for population in ("mobile", "immobile"):
        ranks = particles["kappa_rank"][particles["population"] == population]
        part, error = _parts(ranks, edges)
        bins = {"population": population, "low": edges[:-1], "high": edges[1:]}
        tables.append(
            pd.DataFrame({**bins, "density": part * RANK_BINS, "error": error * RANK_BINS})
        )
    return pd.concat(tables, ignore_index=True)


def _permutation_test(
    particles: pd.DataFrame, observed: float, permutations: int, seed: int
) -> float:
    """Two-sided p-value of C_s when mobilities are shuffled within species and configuration."""
    if permutations == 0:
        return float("nan")
    generator = np.random.default_rng(seed)
    groups = [
        table for _, table in particles.groupby(["configuration", "species"]) if len(table) > 1
    ]
    n_configurations = particles["configuration"].nunique()
    total = np.zeros(permutations)
    n_species = particles.groupby("configuration")["species"].nunique().to_dict()
    for table in groups:
        soft = _standardised(-table["kappa"].to_numpy())
        mobile = _standardised(table["mobility"].to_numpy())
        weight = 1.0 / (n_configurations * n_species[table["configuration"].iloc[0]])
        for k in range(permutations):
            total[k] += weight * float(soft @ generator.permutation(mobile))
    as_far = np.count_nonzero(np.abs(total) >= abs(observed))
    return (as_far + 1) / (permutations + 1)


def _standardised(values: FloatArray) -> FloatArray:
    """Ranks with mean 0 and norm 1."""
    ranks = _ranks(values)
    centred = ranks - ranks.mean()
    return np.asarray(centred / np.sqrt(centred @ centred), dtype=np.float64)
