"""Compiled loops over a list of pairs and triplets: energy and forces, in three dimensions.

A radial function is a table of quintic polynomials in the fraction of an interval, (intervals, 6), which
begins at ``inner`` and has so many intervals per unit of its variable; below ``inner`` it goes on as a parabola. Those of pairs are
functions of the square of the distance: no square root, and no division.
"""

from __future__ import annotations

import math

import numpy as np

from lmpmeso.backend.compilation import REDUCTION, compiled


@compiled({"contract"})
def radial(variable, table, inner, per_unit):  # type: ignore[no-untyped-def]
    """A radial function and its derivative by its variable: the distance, or the square of it."""
    x = (variable - inner) * per_unit
    if x < 0.0:
        value = table[0, 0] + x * (table[0, 1] + x * table[0, 2])
        return value, (table[0, 1] + 2.0 * x * table[0, 2]) * per_unit
    k = min(int(x), table.shape[0] - 1)
    t = x - k
    c0, c1, c2 = table[k, 0], table[k, 1], table[k, 2]
    c3, c4, c5 = table[k, 3], table[k, 4], table[k, 5]
    value = c0 + t * (c1 + t * (c2 + t * (c3 + t * (c4 + t * c5))))
    slope = c1 + t * (2.0 * c2 + t * (3.0 * c3 + t * (4.0 * c4 + t * 5.0 * c5)))
    return value, slope * per_unit


@compiled({"contract"})
def place(positions_nc, origin_nc, listed_nc, x_nc):  # type: ignore[no-untyped-def]
    """Fill in positions less their origins; the largest square of a displacement since they were listed."""
    farthest = 0.0
    for n in range(positions_nc.shape[0]):
        square = 0.0
        for c in range(positions_nc.shape[1]):
            x = positions_nc[n, c] - origin_nc[n, c]
            x_nc[n, c] = x
            moved = x - listed_nc[n, c]
            square += moved * moved
        farthest = max(farthest, square)
    return farthest


@compiled(REDUCTION)
def add_pairs(  # type: ignore[no-untyped-def]
    x_nc,
    shifts_sc,
    starts_n,
    j_p,
    shift_p,
    kind_p,
    per_size_p,
    reach_p,
    tables,
    inner_k,
    per_square_k,
    forces_nc,
    virial_cc,
):
    """Energy of pairs; their forces are added, and their virial Σ r f is set.

    The pairs of particle i are starts_n[i] … starts_n[i + 1] - 1: other particle, which of the shifts by
    an edge of the box makes it the nearest image, kind, a pair of species, the inverse square of the size in which it
    measures distances, and the square of the distance at which it ends.
    """
    n = len(starts_n) - 1
    most = 0
    for i in range(n):
        most = max(most, starts_n[i + 1] - starts_n[i])
    near = np.empty(most + 1, dtype=np.int64)
    dx_e, dy_e, dz_e = np.empty(most), np.empty(most), np.empty(most)
    square_e, pull_e = np.empty(most), np.empty(most)
    energy = 0.0
    xx = yy = zz = xy = xz = yz = 0.0
    for i in range(n):
        x, y, z = x_nc[i, 0], x_nc[i, 1], x_nc[i, 2]
        begin, end = starts_n[i], starts_n[i + 1]
        # Separations run in vector registers; which pairs are within their reach no processor can guess,
        # so they are collected without a branch.
        for p in range(begin, end):
            j, shift, e = j_p[p], shift_p[p], p - begin
            dx = x_nc[j, 0] - x + shifts_sc[shift, 0]
            dy = x_nc[j, 1] - y + shifts_sc[shift, 1]
            dz = x_nc[j, 2] - z + shifts_sc[shift, 2]
            dx_e[e], dy_e[e], dz_e[e] = dx, dy, dz
            square_e[e] = dx * dx + dy * dy + dz * dz
        count = 0
        for p in range(begin, end):
            near[count] = p
            count += square_e[p - begin] < reach_p[p]
        for m in range(count):
            p = near[m]
            kind, per_size = kind_p[p], per_size_p[p]
            value, slope = radial(
                square_e[p - begin] * per_size, tables[kind], inner_k[kind], per_square_k[kind]
            )
            energy += value
            pull_e[m] = 2.0 * per_size * slope
        fx, fy, fz = 0.0, 0.0, 0.0
        for m in range(count):
            j, e, pull = j_p[near[m]], near[m] - begin, pull_e[m]
            dx, dy, dz = dx_e[e], dy_e[e], dz_e[e]
            px, py, pz = pull * dx, pull * dy, pull * dz
            fx += px
            fy += py
            fz += pz
            forces_nc[j, 0] -= px
            forces_nc[j, 1] -= py
            forces_nc[j, 2] -= pz
            xx -= dx * px
            yy -= dy * py
            zz -= dz * pz
            xy -= dx * py
            xz -= dx * pz
            yz -= dy * pz
        forces_nc[i, 0] += fx
        forces_nc[i, 1] += fy
        forces_nc[i, 2] += fz
    virial_cc[0, 0], virial_cc[1, 1], virial_cc[2, 2] = xx, yy, zz
    virial_cc[0, 1] = virial_cc[1, 0] = xy
    virial_cc[0, 2] = virial_cc[2, 0] = xz
    virial_cc[1, 2] = virial_cc[2, 1] = yz
    return energy


@compiled({"contract"})
def add_triplets(  # type: ignore[no-untyped-def]
    x_nc, box_c, starts_n, neighbours, table, inner, per_length, cutoff, strength, cosine, forces_nc
):
    """Energy of Σ strength (cos θ - cosine)² g(r) g(r′) over the pairs of bonds of each centre; forces are added."""
    most = 0
    for i in range(len(starts_n) - 1):
        most = max(most, starts_n[i + 1] - starts_n[i])
    near = np.empty(most, dtype=np.int64)
    n_bc = np.empty((most, 3))
    r_b, g_b, slope_b = np.empty(most), np.empty(most), np.empty(most)
    unit_c = 1.0 / box_c
    energy = 0.0
    for i in range(len(starts_n) - 1):
        count = 0
        for e in range(starts_n[i], starts_n[i + 1]):
            j = neighbours[e]
            square = 0.0
            for c in range(3):
                d = x_nc[j, c] - x_nc[i, c]
                d -= box_c[c] * np.rint(d * unit_c[c])
                n_bc[count, c] = d
                square += d * d
            if square < cutoff * cutoff:
                r = max(math.sqrt(square), 1e-300)
                near[count], r_b[count] = j, r
                g_b[count], slope_b[count] = radial(r, table, inner, per_length)
                for c in range(3):
                    n_bc[count, c] /= r
                count += 1
        for a in range(count):
            for b in range(a):
                cos = n_bc[a, 0] * n_bc[b, 0] + n_bc[a, 1] * n_bc[b, 1] + n_bc[a, 2] * n_bc[b, 2]
                off = cos - cosine
                height = strength * off * off
                energy += height * g_b[a] * g_b[b]
                turn = 2.0 * strength * off * g_b[a] * g_b[b]
                pull_a, pull_b = height * slope_b[a] * g_b[b], height * g_b[a] * slope_b[b]
                for c in range(3):
                    on_a = pull_a * n_bc[a, c] + turn / r_b[a] * (n_bc[b, c] - cos * n_bc[a, c])
                    on_b = pull_b * n_bc[b, c] + turn / r_b[b] * (n_bc[a, c] - cos * n_bc[b, c])
                    forces_nc[near[a], c] -= on_a
                    forces_nc[near[b], c] -= on_b
                    forces_nc[i, c] += on_a + on_b
    return energy
