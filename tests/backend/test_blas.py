"""BLAS and LAPACK in place on parts of matrices, against NumPy; what does not fit is refused."""

import numpy as np
import pytest

from lmpmeso.backend import blas


@pytest.fixture
def part():
    """Part of a larger random matrix in Fortran order, and a check that nothing around it has changed."""
    rng = np.random.default_rng(0)
    around = []

    def make(rows, columns):
        whole = np.asfortranarray(rng.normal(size=(rows + 7, columns + 5)))
        view = whole[3 : 3 + rows, 2 : 2 + columns]
        around.append((whole, whole.copy(), rows, columns))
        return view

    yield make
    for whole, before, rows, columns in around:
        whole[3 : 3 + rows, 2 : 2 + columns] = before[3 : 3 + rows, 2 : 2 + columns] = 0.0
        np.testing.assert_array_equal(whole, before)


def close(found, expected):
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12 * (1 + np.abs(expected).max()))


def symmetric(a):
    return np.tril(a) + np.tril(a, -1).T


@pytest.mark.parametrize("transpose_a", [False, True])
@pytest.mark.parametrize("transpose_b", [False, True])
@pytest.mark.parametrize(("m", "n", "k"), [(5, 4, 3), (1, 6, 2), (6, 1, 2), (40, 30, 50)])
def test_product(part, transpose_a, transpose_b, m, n, k):
    a = part(k, m) if transpose_a else part(m, k)
    b = part(n, k) if transpose_b else part(k, n)
    c = part(m, n)
    expected = 2.0 * (a.T if transpose_a else a) @ (b.T if transpose_b else b) - c
    blas.gemm(2.0, a, b, -1.0, c, transpose_a, transpose_b)
    close(c, expected)


@pytest.mark.parametrize("n", [1, 6, 45])
def test_symmetric_and_triangular_operations(part, n):
    a, b, c = part(n, n), part(n, 9), part(9, n)
    full, lower = symmetric(a), np.tril(a)
    result = part(n, 9)
    blas.symm(1.0, a, b, 0.0, result)
    close(result, full @ b)
    result = part(9, n)
    blas.symm(1.0, a, c, 0.0, result, right=True)
    close(result, c @ full)
    expected = 2 * lower.T @ b
    blas.trmm(2.0, a, b, transpose=True)
    close(b, expected)
    expected = c @ lower
    blas.trmm(1.0, a, c, right=True)
    close(c, expected)
    square = part(n, n)
    expected = np.tril(square + b @ b.T)
    blas.syrk(1.0, b, 1.0, square)
    close(np.tril(square), expected)
    expected = np.tril(square + c.T @ c)
    blas.syrk(1.0, c, 1.0, square, transpose=True)
    close(np.tril(square), expected)
    other = part(n, 9)
    expected = np.tril(square + b @ other.T + other @ b.T)
    blas.syr2k(1.0, b, other, 1.0, square)
    close(np.tril(square), expected)


@pytest.mark.parametrize("n", [1, 6, 45])
def test_factor_inverse_and_solution(part, n):
    a, b = part(n, n), part(5, n)
    a[...] = a @ a.T + n * np.eye(n)
    lower = np.linalg.cholesky(a)
    assert blas.potrf(a) == 0
    close(np.tril(a), lower)
    expected = b @ np.linalg.inv(lower).T
    blas.trsm(1.0, a, b, right=True, transpose=True)
    close(b, expected)
    assert blas.trtri(a) == 0
    close(np.tril(a), np.linalg.inv(lower))
    blas.lauum(a)
    close(np.tril(a), np.tril(np.linalg.inv(lower @ lower.T)))


def test_pivot_that_is_not_positive_is_told(part):
    a = part(6, 6)
    a[...] = np.eye(6)
    a[3, 3] = -1.0
    assert blas.potrf(a) == 4


def test_matrices_that_do_not_fit_are_refused():
    a, b = np.zeros((4, 4), order="F"), np.zeros((5, 3), order="F")
    with pytest.raises(ValueError, match="shapes"):
        blas.gemm(1.0, a, b, 0.0, np.zeros((4, 3), order="F"))
    with pytest.raises(ValueError, match="columns of doubles"):
        blas.syrk(1.0, np.zeros((4, 4))[:, :3], 0.0, a)
    with pytest.raises(ValueError, match="columns of doubles"):
        blas.potrf(np.zeros((3, 3), dtype=np.float32, order="F"))
