"""Compiled sums over particles for pairs of frames.

Each kernel takes frames (T, d, n), pairs of frame indices, and fills one sum a pair. Array suffixes:
t frame, p pair of frames, n particle, c Cartesian component, x all components of all particles.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import scipy

from lmpmeso.arrays import FloatArray
from lmpmeso.backend.compilation import REDUCTION, compiled

# π in two parts: k times the first is exact for k below 2²⁰ (W. J. Cody and W. Waite, Software
# Manual for the Elementary Functions, 1980).
PI_HIGH = float.fromhex("0x1.921fb54400000p+1")
PI_LOW = float.fromhex("0x1.0b4611a626331p-33")
INVERSE_PI = 1.0 / math.pi
# Taylor series of sin(r)/r and cos(r) in r²: up to r = π/2 the first terms left out are 1e-18 and 2e-17.
C0, C1, C2, C3, C4, C5, C6, C7, C8, C9, C10 = (
    (-1.0) ** k / math.factorial(2 * k + 1) for k in range(11)
)
D0, D1, D2, D3, D4, D5, D6, D7, D8, D9, D10 = (
    (-1.0) ** k / math.factorial(2 * k) for k in range(11)
)

BESSEL_NODES_PER_UNIT = 16
"""Nodes of the table of J₀ in an interval of length 1."""
BESSEL_TERMS = 8
"""Terms of J₀'s Taylor series about a node. As no derivative of J₀ exceeds 1, what is left out is below
(1/32)⁸/8! = 2e-17."""
BESSEL_REACH = 64.0
"""End of the table. Beyond, the asymptotic series is exact to rounding."""
# Hankel's asymptotic series of J₀: the coefficients of x⁻ᵏ up to sign (M. Abramowitz and I. A. Stegun,
# Handbook of Mathematical Functions (1964), 9.2.5, 9.2.9, 9.2.10). At x = 64 what is left out is 1e-16.
H0, H1, H2, H3, H4, H5, H6, H7, H8, H9 = (
    math.prod((2 * j - 1) ** 2 / (8.0 * j) for j in range(1, k + 1)) for k in range(10)
)


@cache
def bessel_table() -> FloatArray:
    """Taylor coefficients of J₀ about each node, a node after the other, for distances in nodes."""
    spacing = 1.0 / BESSEL_NODES_PER_UNIT
    nodes = spacing * np.arange(round(BESSEL_REACH * BESSEL_NODES_PER_UNIT) + 1)
    rows = [
        scipy.special.jvp(0, nodes, m) * spacing**m / math.factorial(m) for m in range(BESSEL_TERMS)
    ]
    return np.stack(rows, axis=1).ravel()


@compiled(REDUCTION)
def _squared_displacements(origin_cn, end_cn, square_n):  # type: ignore[no-untyped-def]
    for n in range(square_n.shape[0]):
        difference = end_cn[0, n] - origin_cn[0, n]
        square_n[n] = difference * difference
    for c in range(1, origin_cn.shape[0]):
        for n in range(square_n.shape[0]):
            difference = end_cn[c, n] - origin_cn[c, n]
            square_n[n] += difference * difference


@compiled({"contract"})
def _cosine_and_sine(x):  # type: ignore[no-untyped-def]
    """cos(x) and sin(x), by reduction to |r| ≤ π/2. Its order of operations matters."""
    k = np.rint(x * INVERSE_PI)
    r = (x - k * PI_HIGH) - k * PI_LOW
    y = r * r
    high = C6 + y * (C7 + y * (C8 + y * (C9 + y * C10)))
    sine = r * (C0 + y * (C1 + y * (C2 + y * (C3 + y * (C4 + y * (C5 + y * high))))))
    high = D6 + y * (D7 + y * (D8 + y * (D9 + y * D10)))
    cosine = D0 + y * (D1 + y * (D2 + y * (D3 + y * (D4 + y * (D5 + y * high)))))
    sign = 1.0 - 2.0 * (k - 2.0 * np.floor(0.5 * k))
    return sign * cosine, sign * sine


@compiled({"contract"})
def plane_waves(frames_tcn, q_c, wave_tx):  # type: ignore[no-untyped-def]
    """cos(q·r_n), then sin(q·r_n), into ``wave_tx``, shape (T, 2 n)."""
    n_frames, d, n_particles = frames_tcn.shape
    phase_n = np.empty(n_particles)
    for t in range(n_frames):
        x_cn, wave_x = frames_tcn[t], wave_tx[t]
        for n in range(n_particles):
            phase_n[n] = q_c[0] * x_cn[0, n]
        for c in range(1, d):
            for n in range(n_particles):
                phase_n[n] += q_c[c] * x_cn[c, n]
        for n in range(n_particles):
            wave_x[n], wave_x[n_particles + n] = _cosine_and_sine(phase_n[n])


@compiled({"contract"})
def _sine_over_argument(x):  # type: ignore[no-untyped-def]
    """sin(x)/x for x ≥ 0, by reduction to |r| ≤ π/2. Its order of operations matters."""
    # Far below 1e-8, where the quotient is 1 in double precision already.
    x += 1e-30
    k = np.rint(x * INVERSE_PI)
    r = (x - k * PI_HIGH) - k * PI_LOW
    y = r * r
    high = C6 + y * (C7 + y * (C8 + y * (C9 + y * C10)))
    series = C0 + y * (C1 + y * (C2 + y * (C3 + y * (C4 + y * (C5 + y * high)))))
    sign = 1.0 - 2.0 * (k - 2.0 * np.floor(0.5 * k))
    return sign * r * series / x


@compiled(REDUCTION)
def _total(value_n):  # type: ignore[no-untyped-def]
    total = 0.0
    for n in range(value_n.shape[0]):
        total += value_n[n]
    return total


@compiled(REDUCTION)
def _total_square(value_n):  # type: ignore[no-untyped-def]
    total = 0.0
    for n in range(value_n.shape[0]):
        total += value_n[n] * value_n[n]
    return total


@compiled(REDUCTION)
def sum_products(frames_tx, origins, ends, sums):  # type: ignore[no-untyped-def]
    """Σ_x a_x b_x into ``sums``, shape (P,)."""
    for p in range(origins.shape[0]):
        origin_x, end_x = frames_tx[origins[p]], frames_tx[ends[p]]
        total = 0.0
        for x in range(origin_x.shape[0]):
            total += origin_x[x] * end_x[x]
        sums[p] = total


@compiled(REDUCTION)
def sum_squared_differences(frames_tx, origins, ends, sums):  # type: ignore[no-untyped-def]
    """Σ_x (b_x − a_x)² into ``sums``, shape (P,)."""
    for p in range(origins.shape[0]):
        origin_x, end_x = frames_tx[origins[p]], frames_tx[ends[p]]
        total = 0.0
        for x in range(origin_x.shape[0]):
            difference = end_x[x] - origin_x[x]
            total += difference * difference
        sums[p] = total


@compiled(REDUCTION)
def sum_even_powers(frames_tcn, origins, ends, sums_2, sums_4):  # type: ignore[no-untyped-def]
    """Σ_n |Δr|² and Σ_n |Δr|⁴, shapes (P,)."""
    square_n = np.empty(frames_tcn.shape[2])
    for p in range(origins.shape[0]):
        _squared_displacements(frames_tcn[origins[p]], frames_tcn[ends[p]], square_n)
        sums_2[p] = _total(square_n)
        sums_4[p] = _total_square(square_n)


@compiled(REDUCTION)
def count_within(frames_tcn, origins, ends, distance, counts):  # type: ignore[no-untyped-def]
    """Number of particles with |Δr| < distance into ``counts``, shape (P,)."""
    square_n = np.empty(frames_tcn.shape[2])
    limit = distance * distance
    for p in range(origins.shape[0]):
        _squared_displacements(frames_tcn[origins[p]], frames_tcn[ends[p]], square_n)
        count = 0.0
        for n in range(square_n.shape[0]):
            count += 1.0 if square_n[n] < limit else 0.0
        counts[p] = count


@compiled(REDUCTION)
def sum_sines_over_arguments(frames_tcn, origins, ends, q, sums):  # type: ignore[no-untyped-def]
    """Σ_n sin(q|Δr|)/(q|Δr|) into ``sums``, shape (P,), in three dimensions.

    All in one loop, so that it computes while it waits for the memory.
    """
    for p in range(origins.shape[0]):
        origin_cn, end_cn = frames_tcn[origins[p]], frames_tcn[ends[p]]
        total = 0.0
        for n in range(origin_cn.shape[1]):
            dx = end_cn[0, n] - origin_cn[0, n]
            dy = end_cn[1, n] - origin_cn[1, n]
            dz = end_cn[2, n] - origin_cn[2, n]
            total += _sine_over_argument(q * math.sqrt(dx * dx + dy * dy + dz * dz))
        sums[p] = total


@compiled({"contract"})
def _bessel_by_table(x, table):  # type: ignore[no-untyped-def]
    """J₀(x) for 0 ≤ x ≤ BESSEL_REACH. Its order of operations matters."""
    position = x * BESSEL_NODES_PER_UNIT
    node = np.rint(position)
    d = position - node
    # Without a sign the index needs no check for counting from the end, and the loop runs in vector registers.
    i = np.uint64(np.int64(node) * BESSEL_TERMS)
    value = table[i + np.uint64(BESSEL_TERMS - 1)]
    for m in range(BESSEL_TERMS - 2, -1, -1):
        value = table[i + np.uint64(m)] + d * value
    return value


@compiled({"contract"})
def _bessel_by_series(x):  # type: ignore[no-untyped-def]
    """J₀(x) = √(2/(πx)) (P cos χ − Q sin χ), χ = x − π/4, for x ≥ BESSEL_REACH."""
    u = 1.0 / x
    v = u * u
    p = H0 - v * (H2 - v * (H4 - v * (H6 - v * H8)))
    q = -u * (H1 - v * (H3 - v * (H5 - v * (H7 - v * H9))))
    cosine, sine = math.cos(x), math.sin(x)
    return math.sqrt(u / math.pi) * (p * (cosine + sine) - q * (sine - cosine))


@compiled(REDUCTION)
def sum_bessel_functions(frames_tcn, origins, ends, q, table, sums):  # type: ignore[no-untyped-def]
    """Σ_n J₀(q|Δr|) into ``sums``, shape (P,); ``table`` is `bessel_table()`."""
    x_n = np.empty(frames_tcn.shape[2])
    for p in range(origins.shape[0]):
        _squared_displacements(frames_tcn[origins[p]], frames_tcn[ends[p]], x_n)
        n_far = 0.0
        for n in range(x_n.shape[0]):
            x_n[n] = q * math.sqrt(x_n[n])
            n_far += 1.0 if x_n[n] > BESSEL_REACH else 0.0
        total = 0.0
        for n in range(x_n.shape[0]):
            value = _bessel_by_table(min(x_n[n], BESSEL_REACH), table)
            total += value if x_n[n] <= BESSEL_REACH else 0.0
        if n_far > 0.0:
            for n in range(x_n.shape[0]):
                if x_n[n] > BESSEL_REACH:
                    total += _bessel_by_series(x_n[n])
        sums[p] = total
