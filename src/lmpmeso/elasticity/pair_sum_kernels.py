"""Compiled sums over pairs for many displacement fields at once.

Array suffixes: p pair, n particle, c Cartesian component, k displacement field.
"""

from __future__ import annotations

from lmpmeso.backend.compilation import REDUCTION, compiled


@compiled(REDUCTION)
def add_pair_sum(z_nck, i_p, j_p, S_k, gradient_nck, square_k):  # type: ignore[no-untyped-def]
    """Add Σ (z_ij·z_ij)² and its gradient, for fields that start at 0 where they are added to.

    ``square_k`` is room for one number a field.
    """
    n_components, n_fields = z_nck.shape[1], z_nck.shape[2]
    for p in range(i_p.shape[0]):
        i, j = i_p[p], j_p[p]
        for k in range(n_fields):
            square_k[k] = 0.0
        for c in range(n_components):
            for k in range(n_fields):
                z_ij = z_nck[j, c, k] - z_nck[i, c, k]
                square_k[k] += z_ij * z_ij
        for k in range(n_fields):
            S_k[k] += square_k[k] * square_k[k]
        for c in range(n_components):
            for k in range(n_fields):
                slope = 4.0 * square_k[k] * (z_nck[j, c, k] - z_nck[i, c, k])
                gradient_nck[j, c, k] += slope
                gradient_nck[i, c, k] -= slope


@compiled(REDUCTION)
def add_quartic(z_nck, p_nck, i_p, j_p, s_mk, room_3k):  # type: ignore[no-untyped-def]
    """Add the coefficients of Σ (r·r)², r = z_ij + t p_ij, as a polynomial in t.

    With a = z_ij·z_ij, b = z_ij·p_ij and c = p_ij·p_ij it is (a + 2 b t + c t²)². ``room_3k`` is
    room for the three.
    """
    n_components, n_fields = z_nck.shape[1], z_nck.shape[2]
    a, b, c = room_3k[0], room_3k[1], room_3k[2]
    for pair in range(i_p.shape[0]):
        i, j = i_p[pair], j_p[pair]
        for k in range(n_fields):
            a[k] = 0.0
            b[k] = 0.0
            c[k] = 0.0
        for x in range(n_components):
            for k in range(n_fields):
                z_ij = z_nck[j, x, k] - z_nck[i, x, k]
                p_ij = p_nck[j, x, k] - p_nck[i, x, k]
                a[k] += z_ij * z_ij
                b[k] += z_ij * p_ij
                c[k] += p_ij * p_ij
        for k in range(n_fields):
            s_mk[0, k] += a[k] * a[k]
            s_mk[1, k] += 4.0 * a[k] * b[k]
            s_mk[2, k] += 4.0 * b[k] * b[k] + 2.0 * a[k] * c[k]
            s_mk[3, k] += 4.0 * b[k] * c[k]
            s_mk[4, k] += c[k] * c[k]
