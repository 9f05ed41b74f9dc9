"""Compiled sums of the stages of a Runge-Kutta-Chebyshev step: one pass over the positions instead of ten."""

from __future__ import annotations

from lmpmeso.backend.compilation import compiled


@compiled({"contract"})
def next_stage(start_nc, first_nc, before_nc, now_nc, forces_nc, weights, after_nc):  # type: ignore[no-untyped-def]
    """Fill in μ·now + ν·before + (1 - μ - ν)·start + μ̃h·forces + γ̃h·first; ``weights`` are these five.

    Returns:
        The largest square of the displacement of a point from the start.
    """
    mu, nu, rest, by_forces, by_first = weights
    farthest = 0.0
    for n in range(start_nc.shape[0]):
        square = 0.0
        for c in range(start_nc.shape[1]):
            x = mu * now_nc[n, c] + nu * before_nc[n, c] + rest * start_nc[n, c]
            x += by_forces * forces_nc[n, c] + by_first * first_nc[n, c]
            after_nc[n, c] = x
            moved = x - start_nc[n, c]
            square += moved * moved
        if not square <= farthest:
            farthest = square
    return farthest
