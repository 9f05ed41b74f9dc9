"""Which local field orders mobility best: stiffness, local structure, or what a linear fit makes of it.

Every predictor is a linear map of some numbers of a particle to its rank in mobility, learnt on some configurations by
ridge regression and judged on others, which it has not seen. For a single number that learns no more than the sign. With
radial functions as the numbers it is a linear cousin of the softness of Schoenholz et al. (doi:10.1038/nphys3644), who
take a support vector machine that tells rearranging particles from others.

Array suffixes: n particle, k feature.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from lmpmeso.arrays import FloatArray, IntArray
from lmpmeso.configurations import Configuration
from lmpmeso.dynamics.local_order import bond_order, radial_functions, voronoi_volumes
from lmpmeso.errors import StatisticsError
from lmpmeso.hessians import interacting_pairs
from lmpmeso.models import GlassModel, get_model
from lmpmeso.propensity.local_correlations import LocalField, spearman, unit_ranks
from lmpmeso.propensity.stiffness_comparison import PAPERS
from lmpmeso.statistics import bootstrap_mean

FOLDS = 10
"""Groups of configurations; each is foretold from the others."""
FEWEST_CONFIGURATIONS = 4
RIDGES = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)
"""Strengths of the ridge, per particle and standardised feature; the best one is found among the learning groups."""
RADIAL, STIFFNESSES, EVERYTHING = "radial functions", "all stiffnesses", "everything"
"""Predictors of several numbers."""


def local_structure(structure: Configuration, model: GlassModel | str) -> dict[str, FloatArray]:
    """Structure about each particle by name, each of shape (N,) or (N, K).

    ``bond order`` (q_6, in 2D |ψ_6|), ``local density`` [1/length^d], the inverse volume of the Voronoi cell, ``local
    energy`` [energy], half the pair energy, of models of pairs alone, and ``radial functions``.

    Raises:
        ConfigurationError: see :mod:`lmpmeso.dynamics.local_order`.
    """
    model = get_model(model)
    fields = {
        "bond order": bond_order(structure),
        "local density": 1.0 / voronoi_volumes(structure),
    }
    if model.lammps is None and model.three_body is None and model.embedding is None:
        fields["local energy"] = _pair_energy(structure, model)
    return fields | {RADIAL: radial_functions(structure, len(model.species))}


def _pair_energy(structure: Configuration, model: GlassModel) -> FloatArray:
    """Half the energy of the pairs of each particle [energy], shape (N,)."""
    pairs = interacting_pairs(structure, model)
    species, n = structure.species, structure.n_particles
    (phi_p,) = model.pair_derivatives(
        pairs.distances_p, species[pairs.i], species[pairs.j], 0, pairs.size_p
    )
    both = np.bincount(pairs.i, phi_p, n) + np.bincount(pairs.j, phi_p, n)
    return np.asarray(0.5 * both)


def predictor_comparison(
    fields: Sequence[LocalField],
    structure_g: Sequence[Mapping[str, FloatArray]],
    model: GlassModel | str,
    *,
    level: float = 0.9,
    seed: int = 0,
) -> pd.DataFrame:
    """Rank correlation with the mobility of configurations that a predictor has not seen, for each predictor.

    Predictors are κ_i and the other stiffnesses of the fields by their logarithms, each of the local structure, and
    together: all stiffnesses, and everything.

    Args:
        fields: stiffness and mobility of independent configurations.
        structure_g: of each, numbers by name, as :func:`local_structure` gives them.
        model: the model.
        level: of the intervals, by configuration.
        seed: of the bootstrap, and of who is in which group.

    Returns:
        A row a predictor, κ_i first: ``predictor``; ``spearman``, averaged over species and configurations;
        ``spearman_SPECIES``; ``difference`` to κ_i in the same configurations, each with ``_low`` and ``_high``;
        ``n_features`` and ``n_configurations``.

    Raises:
        StatisticsError: fewer than four configurations, or a number that is not finite.
    """
    model = get_model(model)
    if len(fields) < FEWEST_CONFIGURATIONS:
        raise StatisticsError(
            f"a predictor learns on some configurations and is judged on others: {FEWEST_CONFIGURATIONS} at least, "
            f"got {len(fields)}"
        )
    order = np.random.default_rng(seed).permutation(len(fields))
    fold_g = np.empty(len(fields), dtype=np.int64)
    fold_g[order] = np.arange(len(fields)) % min(FOLDS, len(fields))
    rows: list[dict[str, Any]] = []
    reference: FloatArray | None = None
    for name, features in _predictors(fields, structure_g).items():
        scores = _cross_validated(features, fields, fold_g, model)
        average_g = scores.mean(axis=1).to_numpy()
        reference = average_g if reference is None else reference
        row: dict[str, Any] = {"predictor": name}
        row |= bootstrap_mean(average_g, level=level, seed=seed).columns("spearman")
        for species, own in scores.items():
            row |= bootstrap_mean(own, level=level, seed=seed).columns(f"spearman_{species}")
        row |= bootstrap_mean(average_g - reference, level=level, seed=seed).columns("difference")
        rows.append(row | {"n_features": features[0].shape[1], "n_configurations": len(average_g)})
    return pd.DataFrame(rows)


def _predictors(
    fields: Sequence[LocalField], structure_g: Sequence[Mapping[str, FloatArray]]
) -> dict[str, list[FloatArray]]:
    """Numbers of the particles of each configuration by name of the predictor, each of shape (N, K)."""
    stiffness_g = [{PAPERS: f.kappa_n} | dict(f.others) for f in fields]
    single = {name: [np.log(s[name])[:, None] for s in stiffness_g] for name in stiffness_g[0]}
    shapes = [{name: a.reshape(len(a), -1) for name, a in s.items()} for s in structure_g]
    structural = {name: [s[name] for s in shapes] for name in shapes[0]}
    together = {STIFFNESSES: list(single.values())} if len(single) > 1 else {}
    together |= {EVERYTHING: [*single.values(), *structural.values()]}
    joined = {
        name: [np.concatenate(own, axis=1) for own in zip(*parts, strict=True)]
        for name, parts in together.items()
    }
    found = single | structural | joined
    for name, features in found.items():
        if not all(np.isfinite(own).all() for own in features):
            raise StatisticsError(f"{name}: not a finite number at every particle")
    return found


def _cross_validated(
    features: Sequence[FloatArray],
    fields: Sequence[LocalField],
    fold_g: IntArray,
    model: GlassModel,
) -> pd.DataFrame:
    """Rank correlation with the mobility of each configuration, learnt on the other groups; a column a species."""
    scores: dict[str, list[float]] = {}
    for number, species in enumerate(model.species):
        own = [f.structure.species == number for f in fields]
        if min(mask.sum() for mask in own) < 2:
            continue
        x_g = [x[mask] for x, mask in zip(features, own, strict=True)]
        y_g = [unit_ranks(f.mobility_n[mask]) - 0.5 for f, mask in zip(fields, own, strict=True)]
        samples = [_Sample.of(x, y) for x, y in zip(x_g, y_g, strict=True)]
        by_configuration = np.empty(len(fields))
        for fold in np.unique(fold_g):
            weights_k = _learnt(samples, fold_g, fold)
            for g in np.flatnonzero(fold_g == fold):
                by_configuration[g] = spearman(x_g[g] @ weights_k, y_g[g])
        scores[species.name] = by_configuration.tolist()
    return pd.DataFrame(scores)


@dataclass(frozen=True, eq=False)
class _Sample:
    """Sums over the particles of one or several configurations, from which a ridge regression follows."""

    n: float
    x_k: FloatArray
    xx_kk: FloatArray
    xy_k: FloatArray
    y: float
    yy: float

    @staticmethod
    def of(x_nk: FloatArray, y_n: FloatArray) -> _Sample:
        sums = (x_nk.sum(axis=0), x_nk.T @ x_nk, x_nk.T @ y_n)
        return _Sample(len(y_n), *sums, float(y_n.sum()), float(y_n @ y_n))

    @staticmethod
    def sum_of(samples: Iterable[_Sample]) -> _Sample:
        parts = zip(*((s.n, s.x_k, s.xx_kk, s.xy_k, s.y, s.yy) for s in samples), strict=True)
        return _Sample(*(sum(part) for part in parts))

    def weights(self, ridge: float) -> FloatArray:
        """Of the features, standardised in this sample, brought back to their own units."""
        mean_k = self.x_k / self.n
        covariance_kk = self.xx_kk / self.n - np.outer(mean_k, mean_k)
        spread_k = np.sqrt(np.maximum(np.diag(covariance_kk), 0.0))
        # A feature that is the same everywhere, as a shell in which there is nobody, says nothing.
        told = spread_k > 1e-9 * (np.abs(mean_k) + 1e-30)
        spread_k = np.where(told, spread_k, 1.0)
        slope_k = np.where(told, self.xy_k / self.n - mean_k * self.y / self.n, 0.0) / spread_k
        matrix_kk = covariance_kk / np.outer(spread_k, spread_k)
        found: FloatArray = np.linalg.solve(matrix_kk + ridge * np.eye(len(mean_k)), slope_k)
        return np.where(told, found, 0.0) / spread_k

    def error(self, weights_k: FloatArray) -> float:
        """Sum of squared errors of the prediction, whose mean is that of the sample."""
        offset = (self.y - self.x_k @ weights_k) / self.n
        squares = self.yy - 2.0 * self.xy_k @ weights_k + weights_k @ self.xx_kk @ weights_k
        return float(squares - self.n * offset**2)


def _learnt(samples: Sequence[_Sample], fold_g: IntArray, left_out: int) -> FloatArray:
    """Weights from all groups but one, with the ridge that foretells each of those from the others best."""
    groups = {
        fold: _Sample.sum_of(s for s, f in zip(samples, fold_g, strict=True) if f == fold)
        for fold in np.unique(fold_g)
        if fold != left_out
    }
    everyone = _Sample.sum_of(groups.values())
    if len(everyone.x_k) == 1:
        return everyone.weights(RIDGES[0])
    error = dict.fromkeys(RIDGES, 0.0)
    for fold, group in groups.items():
        rest = _Sample.sum_of(other for name, other in groups.items() if name != fold)
        for ridge in RIDGES:
            error[ridge] += group.error(rest.weights(ridge))
    return everyone.weights(min(error, key=lambda ridge: error[ridge]))
