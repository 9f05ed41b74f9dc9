"""Static structure factors, total and partial, and the position of their first peak.

Normalisation of Ashcroft and Langreth (Phys. Rev. 156, 685 (1967), doi:10.1103/PhysRev.156.685):

    S_ab(q) = ⟨ρ_a(q) ρ_b(-q)⟩ / √(N_a N_b),   ρ_a(q) = Σ_{n in a} exp(i q·r_n),
    S(q) = ⟨|ρ(q)|²⟩ / N = Σ_ab √(x_a x_b) S_ab(q),

q in the physicist's convention (2π/L times integers). At large q S_aa → 1, S_ab → 0 and S → 1.

Array suffixes: f frame, b block of frames, q bin of |q|, k wave vector, s species.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy

from lmpmeso.arrays import FloatArray, IntArray
from lmpmeso.dynamics.density_modes import box_wave_vectors, density_modes
from lmpmeso.dynamics.lags import MAX_BLOCKS
from lmpmeso.dynamics.snapshots import Snapshots, model_of, snapshots
from lmpmeso.errors import StatisticsError
from lmpmeso.files.tables import with_units
from lmpmeso.models import GlassModel
from lmpmeso.printing import Printed

PEAK_SHARE = 0.7
"""The first peak is fitted where S - 1 exceeds this share of the largest S - 1."""
PEAK_DEGREE = 3
"""Degree of the polynomial in q through the peak: the lowest that allows for its skewness."""
SMOOTHING = 0.25
"""Width in q a0 of the Gaussian that smooths the curve to choose the bins; the fit takes them raw."""
FIRST_PEAK_RANGE = (4.0, 10.0)
"""q a0 in which the first peak is sought."""


@dataclass(frozen=True)
class PeakPosition:
    """Where a structure factor has its first peak.

    Attributes:
        q: position [length⁻¹].
        low: lower end of its interval; NaN with fewer than two blocks of frames.
        high: upper end of its interval.
        level: confidence level of the interval.
        height: S at the peak.
        fit_range: q of the first and the last bin of the fit [length⁻¹].
        n_points: bins of the fit.
    """

    q: float
    low: float
    high: float
    level: float
    height: float
    fit_range: tuple[float, float]
    n_points: int


@dataclass(frozen=True, eq=False, repr=False)
class StructureFactor(Printed):
    """S(q) of a liquid.

    Attributes:
        table: a row a bin of |q|: ``q`` (mean |q| of its wave vectors) [length⁻¹], ``S``, one column
            ``S_ab`` for each pair of species a ≤ b, for each of them a column ``…_error`` (standard
            error by blocks of frames; NaN for a single frame), ``n_vectors`` (one of each ± pair).
        blocks: the same columns without errors for each block of frames, shape
            (n_columns, B, Q); rows in the order of ``columns``.
        columns: ``S`` and the partial ones.
        species_names: names of the species, for columns and messages.
        a0: particle spacing (V/N)^(1/d) [length].
        n_frames: number of frames.
    """

    table: pd.DataFrame
    blocks: FloatArray
    columns: tuple[str, ...]
    species_names: tuple[str, ...]
    a0: float
    n_frames: int

    def first_peak(self, species: int | str | None = None, level: float = 0.9) -> PeakPosition:
        """Position of the first peak of the partial structure factor of one species.

        The largest value of the smoothed curve between q a0 = 4 and 10 and its neighbours, down to
        where S - 1 has fallen to 70 %, are fitted by a cubic, weighted by the number of wave vectors. The interval is that
        of a jackknife over blocks of frames with Student's t.

        Args:
            species: index or name; None: the total structure factor.
            level: confidence level of the interval.

        Raises:
            StatisticsError: no such species, no peak above 1, a peak at the edge of the range, or
                too few bins to fit.
        """
        column = "S" if species is None else self._diagonal(species)
        q = self.table["q"].to_numpy()
        n_vectors = self.table["n_vectors"].to_numpy(dtype=np.float64)
        weights = np.sqrt(n_vectors)
        blocks_bq = self.blocks[self.columns.index(column)]
        mean_q = blocks_bq.mean(axis=0)
        chosen = _about_the_peak(q, mean_q, n_vectors, self.a0, column)
        position, height = _top(q[chosen], mean_q[chosen], weights[chosen], column)
        n_blocks = len(blocks_bq)
        half = float("nan")
        if n_blocks > 1:
            without = [
                _top(
                    q[chosen],
                    (n_blocks * mean_q - block)[chosen] / (n_blocks - 1),
                    weights[chosen],
                    column,
                )[0]
                for block in blocks_bq
            ]
            error = np.sqrt((n_blocks - 1) * np.var(without))
            half = float(scipy.special.stdtrit(n_blocks - 1, 0.5 + level / 2.0) * error)
        return PeakPosition(
            position,
            position - half,
            position + half,
            level,
            height,
            (float(q[chosen][0]), float(q[chosen][-1])),
            len(q[chosen]),
        )

    def _diagonal(self, species: int | str) -> str:
        """Column of S_aa."""
        names = self.species_names
        index = names.index(species) if species in names else species
        if isinstance(index, str) or not 0 <= index < len(names):
            raise StatisticsError(f"no species {species!r}; there are {list(names)}")
        return partial_name(names, index, index)


def structure_factor(
    configurations: Snapshots,
    q_limit: float | None = None,
    *,
    model: GlassModel | str | None = None,
    bin_width: float | None = None,
) -> StructureFactor:
    """S(q) and S_ab(q) at all wave vectors of the periodic box, averaged over their directions.

    Args:
        configurations: a configuration, several of one system, or a trajectory; best several τ_α
            apart, because errors come from blocks of successive frames (ten at most).
        q_limit: largest q [length⁻¹]; None: 15/a0, beyond the second peak.
        model: names the species; None: that with which a trajectory was read, else they are 0, 1, ….
        bin_width: of |q| [length⁻¹]; None: 0.1/a0. Empty bins are left out.

    Raises:
        ConfigurationError: the configurations are not of one system, or a position is not finite.
        StatisticsError: no configurations, or a limit below the shortest wave vector of the box.
    """
    model = model_of(configurations, model)
    frames = snapshots(configurations)
    first = frames[0]
    a0 = first.density ** (-1.0 / first.dimension)
    limit = 15.0 / a0 if q_limit is None else q_limit
    width = 0.1 / a0 if bin_width is None else bin_width
    if not width > 0:
        raise StatisticsError(f"the bin width of q must be positive, got {width}")
    vectors = box_wave_vectors(first.box_c, limit)
    bin_k = np.floor(vectors.lengths_k / width).astype(np.int64)
    occupied, bin_k = np.unique(bin_k, return_inverse=True)
    n_vectors = np.bincount(bin_k)

    counts_s = np.bincount(first.species)
    names = species_names(len(counts_s), model)
    columns = ("S", *(partial_name(names, a, b) for a, b in _pairs(counts_s)))
    values_fq = np.empty((len(columns), len(frames), len(occupied)))
    for f, frame in enumerate(frames):
        modes_sk = density_modes(frame, vectors)
        total_k = modes_sk.sum(axis=0)
        strengths = [(total_k.real**2 + total_k.imag**2) / frame.n_particles]
        for a, b in _pairs(counts_s):
            product_k = modes_sk[a].real * modes_sk[b].real + modes_sk[a].imag * modes_sk[b].imag
            strengths.append(product_k / np.sqrt(counts_s[a] * counts_s[b]))
        for row, strength_k in zip(values_fq, strengths, strict=True):
            row[f] = np.bincount(bin_k, strength_k) / n_vectors
    q = np.bincount(bin_k, vectors.lengths_k) / n_vectors
    blocks = block_means(values_fq)
    table = pd.DataFrame({"q": q})
    for name, values, of_blocks in zip(columns, values_fq, blocks, strict=True):
        table[name] = values.mean(axis=0)
        table[f"{name}_error"] = error_of_mean(of_blocks)
    table["n_vectors"] = n_vectors
    table.attrs.update(n_frames=len(frames), normalisation="Ashcroft-Langreth")
    with_units(table, {"q": "1/length"})
    return StructureFactor(table, blocks, columns, names, a0, len(frames))


def species_names(n_species: int, model: GlassModel | None) -> tuple[str, ...]:
    """Names of the species from the model, or their numbers.

    Raises:
        StatisticsError: there are more species than the model has.
    """
    if model is None:
        return tuple(str(s) for s in range(n_species))
    if n_species > model.n_species:
        raise StatisticsError(
            f"the configurations have {n_species} species, model {model.name!r} {model.n_species}"
        )
    return tuple(species.name for species in model.species[:n_species])


def partial_name(names: tuple[str, ...], a: int, b: int) -> str:
    """Name of the column of a pair of species."""
    return f"S_{names[a]}-{names[b]}"


def block_means(values_xfq: FloatArray) -> FloatArray:
    """Means over contiguous blocks of frames, ten at most, shape (…, B, Q)."""
    n_frames = values_xfq.shape[1]
    blocks = np.array_split(np.arange(n_frames), min(MAX_BLOCKS, n_frames))
    return np.stack([values_xfq[:, frames].mean(axis=1) for frames in blocks], axis=1)


def error_of_mean(blocks_bq: FloatArray) -> FloatArray:
    """Standard error of the mean over blocks; NaN for a single one."""
    n_blocks = len(blocks_bq)
    if n_blocks < 2:
        return np.full(blocks_bq.shape[1], np.nan)
    return blocks_bq.std(axis=0, ddof=1) / np.sqrt(n_blocks)


def _pairs(counts_s: IntArray) -> Iterator[tuple[int, int]]:
    """Pairs a ≤ b of the species that occur."""
    present = np.flatnonzero(counts_s).tolist()
    for position, a in enumerate(present):
        for b in present[position:]:
            yield a, b


def _about_the_peak(
    q: FloatArray, values: FloatArray, n_vectors: FloatArray, a0: float, column: str
) -> slice:
    """The bins about the largest value of the smoothed curve that the fit takes."""
    smooth = _smoothed(q, values, n_vectors, SMOOTHING / a0)
    inside = (q * a0 >= FIRST_PEAK_RANGE[0]) & (q * a0 <= FIRST_PEAK_RANGE[1])
    if not inside.any() or not (largest := smooth[inside].max()) > 1.0:
        raise StatisticsError(
            f"{column} has no peak above 1 between q = {FIRST_PEAK_RANGE[0] / a0:.3g} and "
            f"{FIRST_PEAK_RANGE[1] / a0:.3g}"
        )
    top = int(np.flatnonzero(inside & (smooth == largest))[0])
    above = inside & (smooth >= 1.0 + PEAK_SHARE * (largest - 1.0))
    start = top - int(np.argmin(above[top::-1])) + 1
    stop = top + int(np.argmin(above[top:]))
    if not (inside[start - 1] and inside[stop]) or above[0] or above[-1]:
        raise StatisticsError(
            f"the first peak of {column}, at q = {q[top]:.4g}, reaches the edge of the range "
            f"{FIRST_PEAK_RANGE[0] / a0:.3g} to {FIRST_PEAK_RANGE[1] / a0:.3g}"
        )
    if stop - start < PEAK_DEGREE + 2:
        raise StatisticsError(
            f"the first peak of {column}, at q = {q[top]:.4g}, has only {stop - start} bins; use a "
            "larger system, more frames or narrower bins"
        )
    return slice(start, stop)


def _smoothed(q: FloatArray, values: FloatArray, n_vectors: FloatArray, width: float) -> FloatArray:
    """Mean with Gaussian weights in q, by the number of wave vectors."""
    kernel = n_vectors * np.exp(-0.5 * ((q[:, None] - q) / width) ** 2)
    return (kernel @ values) / kernel.sum(axis=1)


def _top(
    q: FloatArray, values: FloatArray, weights: FloatArray, column: str
) -> tuple[float, float]:
    """Position and height of the maximum of a weighted polynomial fit."""
    fit = np.polynomial.Polynomial.fit(q, values, PEAK_DEGREE, w=weights)
    grid = np.linspace(q[0], q[-1], 4001)
    heights = fit(grid)
    top = int(heights.argmax())
    if top in (0, len(grid) - 1):
        raise StatisticsError(
            f"the first peak of {column} between q = {q[0]:.4g} and {q[-1]:.4g} is too noisy to be "
            "located; use more frames"
        )
    return float(grid[top]), float(heights[top])
