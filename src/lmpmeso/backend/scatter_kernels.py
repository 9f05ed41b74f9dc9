"""Compiled copies in and between dense matrices: runs of rows and columns of one matrix in a larger one.

Matrices come transposed, so that their columns are rows in C order. A run is (first in the larger
matrix, first in the smaller one, length); runs follow one another.
"""

from __future__ import annotations

from lmpmeso.backend.compilation import compiled

BLOCK = 32
"""Rows and columns of a block that is transposed at one time."""


@compiled(set())
def add_runs(large_t, small_t, rows, columns):  # type: ignore[no-untyped-def]
    """Add the smaller matrix to the chosen rows and columns of the larger one."""
    for column in columns:
        for c in range(column[2]):
            there, here = large_t[column[0] + c], small_t[column[1] + c]
            for row in rows:
                to, begin = row[0], row[1]
                for k in range(row[2]):
                    there[to + k] += here[begin + k]


@compiled(set())
def take_runs(large_t, small_t, rows, columns):  # type: ignore[no-untyped-def]
    """Set the smaller matrix to the chosen rows and columns of the larger one."""
    for column in columns:
        for c in range(column[2]):
            there, here = large_t[column[0] + c], small_t[column[1] + c]
            for row in rows:
                to, begin = row[0], row[1]
                for k in range(row[2]):
                    here[begin + k] = there[to + k]


@compiled(set())
def add_lower(large_t, small_t, runs):  # type: ignore[no-untyped-def]
    """Add the lower triangle of the smaller matrix to the chosen rows and columns of the larger one."""
    for n in range(len(runs)):
        for c in range(runs[n, 2]):
            there, here = large_t[runs[n, 0] + c], small_t[runs[n, 1] + c]
            for k in range(c, runs[n, 2]):
                there[runs[n, 0] + k] += here[runs[n, 1] + k]
            for m in range(n + 1, len(runs)):
                to, begin = runs[m, 0], runs[m, 1]
                for k in range(runs[m, 2]):
                    there[to + k] += here[begin + k]


@compiled(set())
def sum_lower(large_t, one_t, one_runs, two_t, two_runs):  # type: ignore[no-untyped-def]
    """Set the lower triangle of a matrix to the sum of two smaller ones at the chosen rows and columns."""
    one = two = 0
    for c in range(len(large_t)):
        there = large_t[c]
        for k in range(c, len(there)):
            there[k] = 0.0
        one = _add_column(there, c, one_t, one_runs, one)
        two = _add_column(there, c, two_t, two_runs, two)


@compiled(set())
def _add_column(there, c, small_t, runs, n):  # type: ignore[no-untyped-def]
    """Add the smaller matrix to column c, from the diagonal on; n is the run at which to look for it."""
    while n < len(runs) and runs[n, 0] + runs[n, 2] <= c:
        n += 1
    if n < len(runs) and runs[n, 0] <= c:
        at = c - runs[n, 0]
        here = small_t[runs[n, 1] + at]
        for k in range(at, runs[n, 2]):
            there[runs[n, 0] + k] += here[runs[n, 1] + k]
        for m in range(n + 1, len(runs)):
            to, begin = runs[m, 0], runs[m, 1]
            for k in range(runs[m, 2]):
                there[to + k] += here[begin + k]
    return n


@compiled(set())
def take_lower(large_t, small_t, runs):  # type: ignore[no-untyped-def]
    """Set the lower triangle of the smaller matrix to the chosen rows and columns of the larger one."""
    for n in range(len(runs)):
        for c in range(runs[n, 2]):
            there, here = large_t[runs[n, 0] + c], small_t[runs[n, 1] + c]
            for k in range(c, runs[n, 2]):
                here[runs[n, 1] + k] = there[runs[n, 0] + k]
            for m in range(n + 1, len(runs)):
                to, begin = runs[m, 0], runs[m, 1]
                for k in range(runs[m, 2]):
                    here[begin + k] = there[to + k]


@compiled(set())
def mirror_lower(a_t):  # type: ignore[no-untyped-def]
    """Copy the lower triangle of a matrix to its upper one, by blocks that stay in the cache."""
    n = len(a_t)
    for first in range(0, n, BLOCK):
        last = min(first + BLOCK, n)
        for begin in range(first, n, BLOCK):
            end = min(begin + BLOCK, n)
            for column in range(first, last):
                for row in range(max(begin, column + 1), end):
                    a_t[row, column] = a_t[column, row]


@compiled(set())
def clear_above(a_t):  # type: ignore[no-untyped-def]
    """Set what is above the diagonal of a matrix to zero."""
    for column in range(len(a_t)):
        for row in range(column):
            a_t[column, row] = 0.0


@compiled(set())
def add_with_transpose(target_t, a_t):  # type: ignore[no-untyped-def]
    """Add a matrix and its transpose to the lower triangle of another one."""
    n = len(a_t)
    for first in range(0, n, BLOCK):
        last = min(first + BLOCK, n)
        for begin in range(first, n, BLOCK):
            end = min(begin + BLOCK, n)
            for column in range(first, last):
                for row in range(max(begin, column), end):
                    target_t[column, row] += a_t[column, row] + a_t[row, column]
