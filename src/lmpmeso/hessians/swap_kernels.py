"""Compiled Monte Carlo: two particles exchange their species and diameters where they are."""

from __future__ import annotations

import math

import numpy as np

from lmpmeso.backend.compilation import compiled
from lmpmeso.hessians.force_kernels import radial


@compiled({"contract"})
def local_energy(n, other, as_species, as_diameter, liquid):  # type: ignore[no-untyped-def]
    """Energy of particle n with all but one ``other``, if it were of a species and a diameter; 0 means no sizes."""
    x_nc, box_c, starts, neighbours, species_n, diameter_n, nonadditivity = liquid[:7]
    tables, inner_k, per_length_k, cutoff_k, kind_ss = liquid[7:]
    energy = 0.0
    for e in range(starts[n], starts[n + 1]):
        k = neighbours[e]
        if k == other:
            continue
        square = 0.0
        for c in range(3):
            d = x_nc[k, c] - x_nc[n, c]
            d -= box_c[c] * np.rint(d / box_c[c])
            square += d * d
        size = 1.0
        if as_diameter > 0.0:
            apart = abs(as_diameter - diameter_n[k])
            size = 0.5 * (as_diameter + diameter_n[k]) * (1.0 - nonadditivity * apart)
        kind = kind_ss[as_species, species_n[k]]
        x = math.sqrt(square) / size
        if x < cutoff_k[kind]:
            energy += radial(x, tables[kind], inner_k[kind], per_length_k[kind])[0]
    return energy


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
        rise = local_energy(i, j, s_j, d_j, liquid) + local_energy(j, i, s_i, d_i, liquid)
        rise -= local_energy(i, j, s_i, d_i, liquid) + local_energy(j, i, s_j, d_j, liquid)
        if rise <= 0.0 or u_a[a] < math.exp(-rise / thermal_energy):
            species_n[i], species_n[j] = s_j, s_i
            diameter_n[i], diameter_n[j] = d_j, d_i
            accepted += 1
            change += rise
    return different, accepted, change
