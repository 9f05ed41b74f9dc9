"""What a correlator measures: one number for each pair of frames.

An observable maps (displacements of all frames, origins, ends) to one value a pair, the mean over
particles. Array suffixes: t frame, p pair of frames, n particle, k wave vector, c Cartesian
component, x components of all particles.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.special import j0

from lmpmeso.dynamics.frame_pairs import distance_blocks, scalar_products, squared_distances

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

Observable = Callable[[FloatArray, IntArray, IntArray], FloatArray]
"""(frames_tcn, origins_p, ends_p) → values_p."""


def mean_square(frames_tcn: FloatArray, origins: IntArray, ends: IntArray) -> FloatArray:
    """Mean over particles of |Δr|² [length²], shape (P,)."""
    n_frames, _, n_particles = frames_tcn.shape
    return squared_distances(frames_tcn.reshape(n_frames, -1), origins, ends) / n_particles


def isotropic_scattering(q: float) -> Observable:
    """Mean over particles of cos(q·Δr), averaged over all directions of q.

    That is sin(qΔr)/(qΔr) in three dimensions and J₀(qΔr) in two.
    """

    def observable(frames_tcn: FloatArray, origins: IntArray, ends: IntArray) -> FloatArray:
        average = {2: j0, 3: sine_over_argument}[frames_tcn.shape[1]]
        values = np.empty(len(origins))
        for block, distance_pn in distance_blocks(frames_tcn, origins, ends):
            distance_pn *= q
            values[block] = average(distance_pn).mean(axis=1)
        return values

    return observable


def sine_over_argument(x: FloatArray) -> FloatArray:
    """sin(x)/x for x ≥ 0, 1 at 0."""
    # Far below 1e-8, where the quotient is 1 in double precision already.
    positive = np.maximum(x, 1e-30)
    result = np.sin(positive)
    result /= positive
    return result


def directed_scattering(q_kc: FloatArray) -> Observable:
    """Mean over particles and wave vectors q_k of cos(q_k·Δr).

    By cos(a − b) = cos a cos b + sin a sin b the cosines are taken once a frame, not a pair.
    """

    def observable(frames_tcn: FloatArray, origins: IntArray, ends: IntArray) -> FloatArray:
        n_frames, _, n_particles = frames_tcn.shape
        values = np.zeros(len(origins))
        wave_tx = np.empty((n_frames, 2 * n_particles))
        for q_c in q_kc:
            phase_tn = np.einsum("c,tcn->tn", q_c, frames_tcn)
            np.cos(phase_tn, out=wave_tx[:, :n_particles])
            np.sin(phase_tn, out=wave_tx[:, n_particles:])
            values += scalar_products(wave_tx, origins, ends)
        return values / (n_particles * len(q_kc))

    return observable
