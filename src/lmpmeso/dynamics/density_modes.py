"""Fourier components of the particle density at the wave vectors of the periodic box.

Array suffixes: n particle, c Cartesian component, k wave vector, s species.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lmpmeso.arrays import ComplexArray, FloatArray, IntArray
from lmpmeso.configurations import Configuration
from lmpmeso.errors import StatisticsError


@dataclass(frozen=True, eq=False)
class WaveVectors:
    """All vectors q = 2π(n_x/L_x, …) of a box with 0 < |q| ≤ q_limit, one of each ± pair.

    Attributes:
        integers_kc: n, shape (K, d); the first component varies slowest, and its negative values
            are left out.
        lengths_k: |q| [length⁻¹], shape (K,).
        reach_c: largest |n| along each axis, shape (d,).
    """

    integers_kc: IntArray
    lengths_k: FloatArray
    reach_c: IntArray


def box_wave_vectors(box_c: FloatArray, q_limit: float) -> WaveVectors:
    """Every wave vector of a periodic box (edges [length], shape (d,)) with |q| ≤ q_limit [length⁻¹], one a ± pair.

    Raises:
        StatisticsError: the box has no wave vector so short.
    """
    spacing_c = 2.0 * np.pi / np.asarray(box_c, dtype=np.float64)
    if not q_limit >= spacing_c.min():
        raise StatisticsError(
            f"the shortest wave vector of a box {np.asarray(box_c).tolist()} is "
            f"{spacing_c.min():.4g}, longer than the limit {q_limit:g}"
        )
    reach_c = np.floor(q_limit / spacing_c).astype(np.int64)
    axes = [np.arange(0 if c == 0 else -n, n + 1) for c, n in enumerate(reach_c)]
    integers_kc = np.stack([g.ravel() for g in np.meshgrid(*axes, indexing="ij")], axis=1)
    lengths_k = np.linalg.norm(integers_kc * spacing_c, axis=1)
    # Of n and −n the one whose first non-zero component is positive.
    sign_k = np.sign(integers_kc) @ 3 ** np.arange(len(reach_c))[::-1]
    kept = (sign_k > 0) & (lengths_k <= q_limit)
    return WaveVectors(integers_kc[kept], lengths_k[kept], reach_c)


def density_modes(configuration: Configuration, vectors: WaveVectors) -> ComplexArray:
    """ρ_s(q) = Σ exp(i q·r_n) over the particles n of each species s, shape (S, K).

    The exponential is a product over the axes, so that all wave vectors of one n_x are one matrix
    product (3D), and all of them are (2D).
    """
    n_species = int(configuration.species.max()) + 1
    phase_nc = 2.0 * np.pi * configuration.wrapped_positions() / configuration.box_c
    modes_sk = np.zeros((n_species, len(vectors.lengths_k)), dtype=np.complex128)
    # Rows of one n_x are neighbours.
    first = vectors.integers_kc[:, 0]
    starts = np.searchsorted(first, np.arange(vectors.reach_c[0] + 2))
    for s in range(n_species):
        phase_cn = phase_nc[configuration.species == s].T
        waves = [
            _waves(phase_n, reach) for phase_n, reach in zip(phase_cn, vectors.reach_c, strict=True)
        ]
        for n_x in range(int(vectors.reach_c[0]) + 1):
            rows = slice(starts[n_x], starts[n_x + 1])
            rest_kc = vectors.integers_kc[rows, 1:]
            if len(rest_kc) == 0:
                continue
            # Along x only n_x ≥ 0 is needed; its wave is the row n_x + reach.
            wave_n = waves[0][n_x + vectors.reach_c[0]]
            used_c = np.abs(rest_kc).max(axis=0)
            inner = [
                wave[reach - used : reach + used + 1]
                for wave, reach, used in zip(waves[1:], vectors.reach_c[1:], used_c, strict=True)
            ]
            if len(inner) == 1:
                modes_sk[s, rows] = (inner[0] @ wave_n)[rest_kc[:, 0] + used_c[0]]
            else:
                product = (inner[0] * wave_n) @ inner[1].T
                modes_sk[s, rows] = product[rest_kc[:, 0] + used_c[0], rest_kc[:, 1] + used_c[1]]
    return modes_sk


def _waves(phase_n: FloatArray, reach: int) -> ComplexArray:
    """exp(i n φ) for n from −reach to reach, shape (2 reach + 1, N)."""
    return np.exp(1j * np.arange(-reach, reach + 1)[:, None] * phase_n)
