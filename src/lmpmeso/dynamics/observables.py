"""What a correlator measures: sums over particles for each pair of frames.

An observable maps (displacements of all frames, origins, ends) to rows of sums, one value a pair, so
that blocks of particles can be taken one after the other. Array suffixes: t frame, p pair of
frames, n particle, k wave vector, s sum, c Cartesian component, x components of all particles.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lmpmeso.arrays import FloatArray, IntArray
from lmpmeso.dynamics.frame_pairs import scalar_products, squared_distances

Observable = Callable[[FloatArray, IntArray, IntArray], FloatArray]
"""(frames_tcn, origins_p, ends_p) → sums_sp."""


def square(frames_tcn: FloatArray, origins: IntArray, ends: IntArray) -> FloatArray:
    """Σ_n |Δr|² [length²], shape (1, P)."""
    return squared_distances(frames_tcn.reshape(len(frames_tcn), -1), origins, ends)[None]


def even_powers(frames_tcn: FloatArray, origins: IntArray, ends: IntArray) -> FloatArray:
    """Σ_n |Δr|² [length²] and Σ_n |Δr|⁴ [length⁴], shape (2, P)."""
    from lmpmeso.dynamics.pair_kernels import sum_even_powers

    sums_sp = np.empty((2, len(origins)))
    sum_even_powers(frames_tcn, origins, ends, sums_sp[0], sums_sp[1])
    return sums_sp


def number_within(distance: float) -> Observable:
    """Number of particles that moved less than ``distance`` [length], shape (1, P)."""

    def observable(frames_tcn: FloatArray, origins: IntArray, ends: IntArray) -> FloatArray:
        from lmpmeso.dynamics.pair_kernels import count_within

        sums_sp = np.empty((1, len(origins)))
        count_within(frames_tcn, origins, ends, distance, sums_sp[0])
        return sums_sp

    return observable


def isotropic_scattering(q: float) -> Observable:
    """Σ_n cos(q·Δr), averaged over all directions of q, shape (1, P).

    That is sin(qΔr)/(qΔr) in three dimensions and J₀(qΔr) in two.
    """

    def observable(frames_tcn: FloatArray, origins: IntArray, ends: IntArray) -> FloatArray:
        sums_sp = np.empty((1, len(origins)))
        if frames_tcn.shape[1] == 3:
            from lmpmeso.dynamics.pair_kernels import sum_sines_over_arguments

            sum_sines_over_arguments(frames_tcn, origins, ends, q, sums_sp[0])
        else:
            from lmpmeso.dynamics.pair_kernels import bessel_table, sum_bessel_functions

            sum_bessel_functions(frames_tcn, origins, ends, q, bessel_table(), sums_sp[0])
        return sums_sp

    return observable


def directed_scattering(q_kc: FloatArray) -> Observable:
    """Σ_n cos(q_k·Δr), averaged over the wave vectors q_k, shape (1, P).

    By cos(a − b) = cos a cos b + sin a sin b the cosines are taken once a frame, not a pair.
    """

    def observable(frames_tcn: FloatArray, origins: IntArray, ends: IntArray) -> FloatArray:
        from lmpmeso.dynamics.pair_kernels import plane_waves

        n_frames, _, n_particles = frames_tcn.shape
        sums_sp = np.zeros((1, len(origins)))
        wave_tx = np.empty((n_frames, 2 * n_particles))
        for q_c in q_kc:
            plane_waves(frames_tcn, q_c, wave_tx)
            sums_sp[0] += scalar_products(wave_tx, origins, ends)
        return sums_sp / len(q_kc)

    return observable
