"""Radial distribution functions g(r), total and partial.

g_ab(r) = ⟨n_ab(r)⟩ / (ρ_b V_shell(r)), n_ab the number of b particles in the shell about an a
particle, itself excluded; ρ_b counts N_b, or N_a - 1 for b = a, so that an ideal gas has g = 1 at
every N.

Array suffixes: f frame, r bin, s species.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import scipy

from lmpmeso.arrays import FloatArray
from lmpmeso.configurations import Configuration
from lmpmeso.dynamics.snapshots import Snapshots, model_of, snapshots
from lmpmeso.dynamics.structure_factor import block_means, error_of_mean, species_names
from lmpmeso.errors import StatisticsError
from lmpmeso.files.tables import with_units
from lmpmeso.models import GlassModel


def radial_distribution(
    configurations: Snapshots,
    r_limit: float | None = None,
    n_bins: int = 200,
    *,
    model: GlassModel | str | None = None,
) -> pd.DataFrame:
    """g(r) and g_ab(r) by histogram, averaged over frames.

    Args:
        configurations: a configuration, several of one system, or a trajectory; errors come from
            blocks of successive frames (ten at most).
        r_limit: largest distance [length]; None: four particle spacings, or half of the shortest
            edge of the box if that is less.
        n_bins: bins of equal width from 0 to ``r_limit``.
        model: names the species; None: that with which a trajectory was read, else they are 0, 1, ….

    Returns:
        A row a bin: ``r`` (its middle) [length], ``g``, one column ``g_a-b`` for each pair of
        species a ≤ b that occurs, and for each of them ``…_error`` (standard error; NaN for a
        single frame).

    Raises:
        ConfigurationError: the configurations are not of one system, or a position is not finite.
        StatisticsError: a model in the place of the limit, no configurations, no bins, or a limit beyond half of the shortest edge.
    """
    model = model_of(configurations, model)
    if isinstance(r_limit, GlassModel | str):
        raise StatisticsError(
            "r_limit is a distance; name the model: radial_distribution(…, model=model)"
        )
    frames = snapshots(configurations)
    first = frames[0]
    half = float(first.box_c.min()) / 2.0
    limit = min(4.0 * first.density ** (-1.0 / first.dimension), half)
    limit = limit if r_limit is None else r_limit
    if not 0 < limit <= half * (1.0 + 1e-12):
        raise StatisticsError(
            f"r must reach from 0 to at most half of the shortest edge of the box, {half:.6g}; got "
            f"{limit:g}"
        )
    if n_bins < 1:
        raise StatisticsError(f"at least one bin is needed, got {n_bins}")
    counts_s = np.bincount(first.species)
    names = species_names(len(counts_s), model)
    present = np.flatnonzero(counts_s).tolist()
    pairs = [(a, b) for a in present for b in present if a <= b and counts_s[b] > (a == b)]
    if not pairs:
        raise StatisticsError(f"{first.source}: a single particle has no distances")

    edges = np.linspace(0.0, limit, n_bins + 1)
    number_fsr = np.stack([_pair_histogram(frame, edges, len(counts_s)) for frame in frames])
    d = first.dimension
    shell_r = np.diff({2: np.pi, 3: 4.0 * np.pi / 3.0}[d] * edges**d)
    per_pair = first.volume / shell_r
    n = first.n_particles
    columns = {"g": number_fsr.sum(axis=1) * per_pair / (n * (n - 1) / 2)}
    for a, b in pairs:
        possible = counts_s[a] * (counts_s[b] - 1) / 2 if a == b else counts_s[a] * counts_s[b]
        columns[f"g_{names[a]}-{names[b]}"] = (
            number_fsr[:, a * len(counts_s) + b] * per_pair / possible
        )
    table = pd.DataFrame({"r": 0.5 * (edges[:-1] + edges[1:])})
    for name, values_fr in columns.items():
        table[name] = values_fr.mean(axis=0)
        table[f"{name}_error"] = error_of_mean(block_means(values_fr[None])[0])
    table.attrs.update(n_frames=len(frames))
    return with_units(table, {"r": "length"})


def _pair_histogram(frame: Configuration, edges: FloatArray, n_species: int) -> FloatArray:
    """Number of pairs of each two species a ≤ b in each bin, shape (n_species², n_bins)."""
    box_c, wrapped_nc = frame.box_c, frame.wrapped_positions()
    found = scipy.spatial.cKDTree(wrapped_nc, boxsize=box_c).query_pairs(
        edges[-1], output_type="ndarray"
    )
    i, j = found.T
    square_p = np.zeros(len(i))
    for x_n, edge in zip(wrapped_nc.T.copy(), box_c, strict=True):
        difference_p = x_n[i] - x_n[j]
        difference_p -= edge * np.rint(difference_p / edge)
        square_p += difference_p**2
    n_bins = len(edges) - 1
    bin_p = np.minimum((np.sqrt(square_p) * (n_bins / edges[-1])).astype(np.int64), n_bins - 1)
    low, high = np.sort(frame.species[found], axis=1).T
    flat = (low * n_species + high) * n_bins + bin_p
    counts = np.bincount(flat, minlength=n_species**2 * n_bins)
    return counts.reshape(n_species**2, n_bins).astype(np.float64)
