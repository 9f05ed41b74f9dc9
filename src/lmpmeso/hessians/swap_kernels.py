"""Compiled Monte Carlo: two particles exchange their species and diameters where they are."""

from __future__ import annotations

import math

from lmpmeso.backend.compilation import compiled
from lmpmeso.hessians.force_kernels import radial


@compiled({"contract"})
def local_energies(n, other, liquid):  # type: ignore[no-untyped-def]
    """Energy of particle n with all but one ``other``, as it is and with the other's species and diameter.

    Diameters of 0 mean that there are no sizes. What is beyond the cut-off is left out by its square.
    """
    x_nc, box_c, starts, neighbours, species_n, diameter_n, nonadditivity = liquid[:7]
    tables, inner_k, per_square_k, cutoff_k, kind_ss = liquid[7:]
    before = after = 0.0
    for e in range(starts[n], starts[n + 1]):
        k = neighbours[e]
        if k == other:
            continue
        square = 0.0
        for c in range(3):
            d = abs(x_nc[k, c] - x_nc[n, c])
            d = min(d, box_c[c] - d)
            square += d * d
        for new in range(2):
            as_one = other if new else n
            kind, own, its = (
                kind_ss[species_n[as_one], species_n[k]],
                diameter_n[as_one],
                diameter_n[k],
            )
            size = 1.0
            if own > 0.0:
                size = 0.5 * (own + its) * (1.0 - nonadditivity * abs(own - its))
            reach = size * cutoff_k[kind]
            if square < reach * reach:
                energy = radial(
                    square / (size * size), tables[kind], inner_k[kind], per_square_k[kind]
                )[0]
                if new:
                    after += energy
                else:
                    before += energy
    return before, after


@compiled({"contract"})
def swap(i_a, j_a, u_a, thermal_energy, liquid):  # type: ignore[no-untyped-def]
    """Metropolis for each pair of particles; species and diameters are changed.

    Args:
        i_a: one particle of each pair.
        j_a: the other.
        u_a: a random number from 0 to 1 for each.
        thermal_energy: k_B T.
        liquid: positions and box; the neighbours of each particle; species, diameters, nonadditivity; tables of forces.

    Returns:
        Pairs that were different, exchanges, and the change of the energy.
    """
    species_n, diameter_n = liquid[4:6]
    different, accepted, change = 0, 0, 0.0
    for a in range(len(i_a)):
        i, j = i_a[a], j_a[a]
        s_i, s_j, d_i, d_j = species_n[i], species_n[j], diameter_n[i], diameter_n[j]
        if i == j or (s_i == s_j and d_i == d_j):
            continue
        different += 1
        # The pair itself has the same energy before and after.
        before_i, after_i = local_energies(i, j, liquid)
        before_j, after_j = local_energies(j, i, liquid)
        rise = after_i + after_j - (before_i + before_j)
        if rise <= 0.0 or u_a[a] < math.exp(-rise / thermal_energy):
            species_n[i], species_n[j] = s_j, s_i
            diameter_n[i], diameter_n[j] = d_j, d_i
            accepted += 1
            change += rise
    return different, accepted, change
