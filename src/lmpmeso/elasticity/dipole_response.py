"""The dipole response that is most like a mode (Fig. 1).

Array suffixes: p pair, n particle, c Cartesian.
"""

from __future__ import annotations

import numpy as np

from lmpmeso.arrays import FloatArray
from lmpmeso.elasticity.dipoles import choose_dipoles
from lmpmeso.elasticity.factor import HessianFactor
from lmpmeso.hessians import Hessian


def response_like(
    mode_nc: FloatArray, hess: Hessian, factor: HessianFactor
) -> tuple[FloatArray, FloatArray]:
    """The response to the force dipole of the pair whose distance a mode changes most.

    Returns:
        The response M⁻¹d̂ [length²/energy] and the forces d̂ of the unit dipole, each of shape
        (N, d) as the mode, both with the sign that makes the response move as the mode does.
    """
    dipoles = choose_dipoles(hess, "all", seed=0)
    relative_pc = mode_nc[dipoles.j] - mode_nc[dipoles.i]
    pair = int(np.abs((relative_pc * dipoles.normals_pc).sum(axis=1)).argmax())
    force_nc = dipoles.forces(slice(pair, pair + 1)).reshape(mode_nc.shape)
    response_nc = factor.solve(force_nc.ravel()).reshape(mode_nc.shape)
    sign = 1.0 if (response_nc * mode_nc).sum() >= 0 else -1.0
    return sign * response_nc, sign * force_nc
