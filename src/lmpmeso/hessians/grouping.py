"""Linear-time grouping of integers, the only sort that a sparse assembly needs."""

from __future__ import annotations

import numpy as np
import scipy

from lmpmeso.arrays import IntArray


def group(keys: IntArray, n_groups: int) -> tuple[IntArray, IntArray]:
    """Order of ``keys`` in [0, n_groups), shape (K,), by value, equal keys in their given order.

    A counting sort: the rows of a matrix with one entry in each row, at column ``keys[row]``, come
    out sorted by column when the matrix is converted from row to column storage.

    Returns:
        order: ``keys[order]`` is sorted, shape (K,).
        starts: members of group g are ``order[starts[g]:starts[g + 1]]``, shape (n_groups + 1,).
    """
    index_type = np.int32 if max(len(keys), n_groups) < 2**31 else np.int64
    by_row = scipy.sparse.csr_array(
        (
            np.empty(len(keys), dtype=np.int8),
            keys.astype(index_type),
            np.arange(len(keys) + 1, dtype=index_type),
        ),
        shape=(len(keys), n_groups),
    )
    by_column = by_row.tocsc()
    return np.asarray(by_column.indices), np.asarray(by_column.indptr)


def lexicographic_order(first: IntArray, second: IntArray, n: int) -> IntArray:
    """Order that sorts by ``first`` and, where that is equal, by ``second``; both in [0, n)."""
    by_second, _ = group(second, n)
    by_first, _ = group(first[by_second], n)
    return by_second[by_first]
