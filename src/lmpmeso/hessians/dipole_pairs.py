"""The pairs whose dipole stiffness is asked for, and up to which distance they are pairs.

Array suffixes: p pair, s species, b bin.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from lmpmeso.arrays import BoolArray, FloatArray, IntArray
from lmpmeso.configurations import Configuration
from lmpmeso.hessians.neighbours import (
    INTERACTION,
    InteractingPairs,
    cutoff_matrix,
    interacting_pairs,
    pairs_within,
)
from lmpmeso.models import GlassModel

GIVEN = "given by the model"
FIRST_MINIMUM = "first minimum of g(r) of this glass"
FIRST_MINIMUM_OF_FREE = f"{FIRST_MINIMUM}, without the pairs that bonds and angles join"
NO_MINIMUM = "1.5 (V/N)^(1/d), because g(r) of {} shows no first minimum"
NEIGHBOURS = 1.5
"""Distance of neighbours where g(r) shows no first minimum, in units of (V/N)^(1/d)."""
FARTHEST = 2.5
"""Distance up to which a first minimum is looked for, in units of (V/N)^(1/d)."""
BIN, WIDTH = 0.005, 0.03
"""Width of the bins of g(r), and of the Gaussian that smooths them, in the same units."""
FIRST_PEAK = 0.5
"""The first maximum of g(r) is one at least this part of the highest."""
RISE = 0.1
"""g(r) rises by this part of its fall behind a minimum that is one."""
FLAT = 0.02
"""A minimum lies in the middle of where g(r) is within this part of the fall."""


def dipole_pairs(
    configuration: Configuration, model: GlassModel, interacting: InteractingPairs | None = None
) -> InteractingPairs:
    """Pairs closer than the dipole cut-offs, which say what they are and where they come from.

    A model may say so itself. Otherwise pairs count that interact where the energy is a sum over pairs,
    or over pairs and triplets; and neighbours, up to the first minimum of g_ab(r), where it is not.

    Raises:
        ConfigurationError: see :func:`~lmpmeso.hessians.neighbours.pairs_within`.
    """
    cutoffs, origin = dipole_cutoffs(configuration, model)
    if origin == INTERACTION:
        return interacting or interacting_pairs(configuration, model)
    pairs = pairs_within(configuration, cutoffs, origin)
    if model.topology is None:
        return pairs
    return replace(pairs, bonded_p=_among(model.topology.bonded_pairs(), pairs))


def dipole_cutoffs(configuration: Configuration, model: GlassModel) -> tuple[FloatArray, str]:
    """Distance up to which two species count as a pair [length], (S, S), and where it comes from."""
    if model.dipole_cutoffs is not None:
        return np.array(model.dipole_cutoffs, dtype=np.float64), GIVEN
    if model.lammps is None and model.embedding is None:
        return cutoff_matrix(model), INTERACTION
    return first_minima(configuration, model)


def first_minima(configuration: Configuration, model: GlassModel) -> tuple[FloatArray, str]:
    """First minimum of g_ab(r) of each two species [length], (S, S), and words on where they come from.

    0 where there is no particle of a species, and :data:`NEIGHBOURS` spacings where no minimum is seen. Pairs of
    one bond or angle are left out of g(r), whose first peak they would split.
    """
    from scipy.ndimage import gaussian_filter1d

    spacing = configuration.density ** (-1.0 / configuration.dimension)
    farthest = min(FARTHEST * spacing, 0.5 * float(configuration.box_c.min()))
    n_species = model.n_species
    near = pairs_within(configuration, np.full((n_species, n_species), farthest), FIRST_MINIMUM)
    joined = None if model.topology is None else model.topology.joined_pairs()
    free_p = slice(None) if joined is None else ~_among(joined, near)
    edges = np.arange(0.0, farthest, BIN * spacing)
    middle_b = 0.5 * (edges[1:] + edges[:-1])
    species = configuration.species
    species_i, species_j = species[near.i][free_p], species[near.j][free_p]
    distances_p = near.distances_p[free_p]
    low_p, high_p = np.minimum(species_i, species_j), np.maximum(species_i, species_j)
    minima, unseen = np.zeros((n_species, n_species)), []
    for a, b in zip(*np.triu_indices(n_species), strict=True):
        counts, _ = np.histogram(distances_p[(low_p == a) & (high_p == b)], edges)
        if not counts.any():
            continue
        g_b = gaussian_filter1d(counts / middle_b ** (configuration.dimension - 1), WIDTH / BIN)
        found = _first_minimum(middle_b, g_b)
        if found is None:
            unseen.append(f"{model.species[a].name}-{model.species[b].name}")
            found = min(NEIGHBOURS * spacing, farthest)
        minima[a, b] = minima[b, a] = found
    seen = FIRST_MINIMUM if joined is None else FIRST_MINIMUM_OF_FREE
    return minima, NO_MINIMUM.format(", ".join(unseen)) if unseen else seen


def _among(joined_p2: IntArray, pairs: InteractingPairs) -> BoolArray:
    """Which of some pairs are among the joined ones, shape (P,)."""
    if not pairs.n_pairs:
        return np.zeros(0, dtype=bool)
    width = max(int(pairs.j.max()), int(joined_p2.max(initial=0))) + 1
    return np.isin(pairs.i * width + pairs.j, joined_p2 @ np.array([width, 1]))


def _first_minimum(r_b: FloatArray, g_b: FloatArray) -> float | None:
    """Middle of the first minimum behind the first peak; None where g does not rise again."""
    inner_b = np.flatnonzero((g_b[1:-1] >= g_b[:-2]) & (g_b[1:-1] > g_b[2:])) + 1
    peaks_b = inner_b[g_b[inner_b] >= FIRST_PEAK * g_b.max()]
    if not len(peaks_b):
        return None
    peak = int(peaks_b[0])
    lowest_b = np.minimum.accumulate(g_b[peak:])
    fall_b = g_b[peak] - lowest_b
    risen = np.flatnonzero((g_b[peak:] - lowest_b > RISE * fall_b) & (fall_b > 0.5 * g_b[peak]))
    if not len(risen):
        return None
    until = peak + int(risen[0])
    lowest = float(g_b[peak:until].min())
    flat = np.flatnonzero(g_b[peak:until] <= lowest + FLAT * (g_b[peak] - lowest)) + peak
    return float(0.5 * (r_b[flat[0]] + r_b[flat[-1]]))


def about_pairs(pairs: InteractingPairs, model: GlassModel) -> dict[str, Any]:
    """Which cut-offs made these pairs and where they come from, as plain values by names of species."""
    names = [s.name for s in model.species]
    cutoffs = {
        f"{names[a]}-{names[b]}": float(pairs.cutoffs_ss[a, b])
        for a, b in zip(*np.triu_indices(len(names)), strict=True)
    }
    return {"pair_cutoffs": cutoffs, "pair_cutoffs_from": pairs.origin}
