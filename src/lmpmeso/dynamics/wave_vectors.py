"""Wave vectors at which a self-intermediate scattering function can be averaged.

Array suffixes: k wave vector, c Cartesian component.
"""

from __future__ import annotations

import numpy as np

from lmpmeso.arrays import FloatArray
from lmpmeso.errors import StatisticsError


def axis_wave_vectors(q: float, dimension: int) -> FloatArray:
    """Wave vectors of length q along each axis [length⁻¹], shape (d, d); q need not fit the box.

    A self-correlation of unwrapped positions is defined at every q, so that these three (two)
    vectors are the exact q that was asked for.
    """
    return q * np.eye(dimension)


def wave_vector_shell(
    q: float, box_c: FloatArray, width: float = 0.03, n_vectors: int = 15, seed: int = 0
) -> FloatArray:
    """Vectors 2π(n_x/L_x, …) of the periodic box with |q_k − q| ≤ width/2, one of each ± pair.

    The edge lengths L are in [length], shape (d,); q, width and the vectors, shape (K, d), in [length⁻¹]. If
    the shell has more than ``n_vectors``, so many are drawn from it at random, by ``seed``.

    Raises:
        StatisticsError: the shell is empty (small box, small q or thin shell).
    """
    spacing_c = 2.0 * np.pi / np.asarray(box_c, dtype=np.float64)
    reach_c = np.ceil((q + width) / spacing_c).astype(int)
    grids = np.meshgrid(*[np.arange(-n, n + 1) for n in reach_c], indexing="ij")
    integer_kc = np.stack([g.ravel() for g in grids], axis=1)
    # Of n and −n keep the one whose first non-zero component is positive.
    sign_kc = np.sign(integer_kc)
    weights_c = 3 ** np.arange(sign_kc.shape[1])[::-1]
    integer_kc = integer_kc[sign_kc @ weights_c > 0]
    q_kc = integer_kc * spacing_c
    in_shell = np.abs(np.linalg.norm(q_kc, axis=1) - q) <= width / 2.0
    shell_kc = q_kc[in_shell]
    if len(shell_kc) == 0:
        raise StatisticsError(
            f"no wave vector of the box {np.asarray(box_c).tolist()} lies within {width / 2:g} of "
            f'q = {q:g}; widen the shell, or use method "isotropic" or "axes"'
        )
    if len(shell_kc) > n_vectors:
        drawn = np.random.default_rng(seed).choice(len(shell_kc), n_vectors, replace=False)
        shell_kc = shell_kc[np.sort(drawn)]
    return shell_kc
