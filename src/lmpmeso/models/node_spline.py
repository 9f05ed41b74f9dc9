"""Cubic splines through evenly spaced values, as LAMMPS interpolates the tables of its EAM styles.

Between two nodes the function is the cubic with the nodes' values and slopes. A slope follows from the
five nodes about it, (f₋₂ - 8 f₋₁ + 8 f₁ - f₂)/12; at the second node from either end it is (f₁ - f₋₁)/2,
and at the ends the difference to the next node. Value and slope are continuous, higher derivatives jump
from node to node (LAMMPS, ``pair_style eam``; Hermite splines in general: de Boor, *A Practical Guide
to Splines* (1978), chapter IV).

Array suffixes: m node, p point; k order of the derivative or power.
"""

from __future__ import annotations

from math import perm

import numpy as np

from lmpmeso.arrays import FloatArray

FEWEST_NODES = 5


class NodeSpline:
    """A function of x ≥ 0 given at the nodes 0, δ, 2δ and so on.

    Args:
        values_m: its values, at least five, shape (M,).
        spacing: δ.
    """

    def __init__(self, values_m: FloatArray, spacing: float):
        f = np.asarray(values_m, dtype=np.float64)
        slope = np.empty_like(f)
        slope[0], slope[-1] = f[1] - f[0], f[-1] - f[-2]
        slope[1], slope[-2] = 0.5 * (f[2] - f[0]), 0.5 * (f[-1] - f[-3])
        slope[2:-2] = ((f[:-4] - f[4:]) + 8.0 * (f[3:-1] - f[1:-3])) / 12.0
        rise = np.diff(f)
        self.spacing = spacing
        self.coefficients_km = np.array(
            [
                f[:-1],
                slope[:-1],
                3.0 * rise - 2.0 * slope[:-1] - slope[1:],
                slope[:-1] + slope[1:] - 2.0 * rise,
            ]
        )
        """Of the powers of (x - x_m)/δ between nodes m and m + 1, shape (4, M - 1)."""
        self._last_nonzero = int(np.max(np.flatnonzero(f), initial=-1))

    @property
    def end(self) -> float:
        """The last node; from there on value and slope stay what they are."""
        return self.coefficients_km.shape[1] * self.spacing

    @property
    def support(self) -> float:
        """From there on function and slope are zero; infinite where they are not at the last nodes."""
        # The slope of a node sees two nodes to its right.
        first_zero = self._last_nonzero + 3
        return first_zero * self.spacing if first_zero * self.spacing <= self.end else np.inf

    def derivatives(self, x_p: FloatArray, order: int) -> FloatArray:
        """f, f′, … up to ``order`` at x ≥ 0, any order, shape (order + 1, P).

        Beyond the last node f and f′ keep their values there, as they do in LAMMPS, and all higher
        derivatives are zero. Below zero the first cubic goes on.
        """
        n_intervals = self.coefficients_km.shape[1]
        # LAMMPS counts nodes from 1; with its rounding the same interval is found.
        position = x_p * (1.0 / self.spacing) + 1.0
        interval = np.clip(position.astype(np.int64), 1, n_intervals)
        t = np.minimum(position - interval, 1.0)
        beyond = position > n_intervals + 1
        c_kp = self.coefficients_km.take(interval - 1, axis=1)
        result = np.zeros((order + 1, len(x_p)))
        for k in range(min(order, 3) + 1):
            for power in range(3, k - 1, -1):
                result[k] *= t
                result[k] += perm(power, k) * c_kp[power]
            result[k] /= self.spacing**k
            if k >= 2:
                result[k, beyond] = 0.0
        return result
