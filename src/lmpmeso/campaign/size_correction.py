"""Mean κ of a state point with the size of its system taken out.

Array suffixes: g glass.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from lmpmeso.arrays import FloatArray
from lmpmeso.elasticity import kappa_of_larger_system
from lmpmeso.elasticity.system_size import NEEDED, SIZE_CORRECTED
from lmpmeso.statistics import bootstrap_mean

STEP = 0.01
"""Part of G by which it is varied to learn how κ depends on it."""


def size_corrected(
    bonds_by_glass: Sequence[pd.DataFrame],
    glasses: pd.DataFrame,
    n_particles: int,
    box_c: FloatArray,
    **statistics: Any,
) -> dict[str, float]:
    """The mean over glasses, its interval, and its standard error; NaN where it is not known.

    All glasses take the mean K and G: what surrounds one of them in an infinite sample is all the others. The error
    of that G, which is measured in the same glasses, is part of the interval.

    Args:
        bonds_by_glass: the pairs of each glass.
        glasses: a row a glass, in the same order, with ``bulk_modulus`` and ``shear_modulus``.
        n_particles: of each.
        box_c: edges of the box of each [length], shape (d,).
        statistics: passed to :func:`bootstrap_mean`.
    """
    name = SIZE_CORRECTED[len(box_c)]
    unknown = dict.fromkeys((name, f"{name}_low", f"{name}_high", f"{name}_error"), math.nan)
    if not all(set(NEEDED) <= set(bonds) for bonds in bonds_by_glass):
        return unknown
    bulk, shear = float(glasses["bulk_modulus"].mean()), float(glasses["shear_modulus"].mean())

    def means(shear_modulus: float) -> FloatArray:
        return np.array(
            [
                kappa_of_larger_system(bonds, n_particles, box_c, bulk, shear_modulus).mean()
                for bonds in bonds_by_glass
            ]
        )

    mean_g = means(shear)
    if not np.isfinite(mean_g).all():
        return unknown
    change = float((means((1.0 + STEP) * shear) - means((1.0 - STEP) * shear)).mean())
    deviation_g = glasses["shear_modulus"].to_numpy() - shear
    sample_g = pd.Series(mean_g + change / (2.0 * STEP * shear) * deviation_g)
    estimate = bootstrap_mean(sample_g, **statistics)
    return estimate.columns(name) | {f"{name}_error": float(np.asarray(sample_g.sem()))}
