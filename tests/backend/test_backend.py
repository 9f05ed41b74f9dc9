"""The dense operations: BLAS on lower triangles against plain array arithmetic; devices."""

import subprocess
import sys

import numpy as np
import pytest
from scipy.linalg import solve_triangular

from lmpmeso.backend import (
    ArrayBackend,
    CudaBackend,
    LapackBackend,
    NotPositiveDefiniteError,
    blas_threads,
    cuda_available,
    get_backend,
    lapack,
)
from lmpmeso.backend.cuda import why_no_cuda
from lmpmeso.backend.released import ReleasedMemory
from lmpmeso.errors import MissingDependencyError

S, U = 300, 410


@pytest.fixture(params=["lapack", "arrays", pytest.param("cuda", marks=pytest.mark.gpu)])
def backend(request):
    if request.param == "lapack":
        return LapackBackend()
    if request.param == "arrays":
        return ArrayBackend(np, solve_triangular, "cpu", "NumPy")
    if not cuda_available():
        pytest.skip("no GPU, or no CuPy")
    return get_backend("cuda")


@pytest.fixture
def draw(backend):
    """Random matrices in Fortran order on the backend, and as NumPy arrays."""
    rng = np.random.default_rng(0)

    def matrix(rows, columns):
        host = np.asfortranarray(rng.normal(size=(rows, columns)))
        return backend.xp.asfortranarray(backend.from_host(host)), host.copy(order="F")

    return matrix


def definite(rng_matrix):
    return np.asfortranarray(rng_matrix @ rng_matrix.T + 10 * np.eye(len(rng_matrix)))


def lower(backend, a):
    return np.tril(backend.to_host(a))


def close(found, expected):
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-10 * np.abs(expected).max())


def test_symmetric_products(backend, draw):
    (_, a_host), (b, b_host), (c, c_host) = draw(U, U), draw(U, S), draw(S, U)
    a_host = np.asfortranarray(a_host + a_host.T)
    a = backend.xp.asfortranarray(backend.from_host(a_host))
    close(backend.to_host(backend.symmetric_times(a, b)), a_host @ b_host)
    close(backend.to_host(backend.times_symmetric(c, a)), c_host @ a_host)
    added = backend.add_symmetric_times(backend.copied(b), -2.0, a, b)
    close(backend.to_host(added), b_host - 2 * a_host @ b_host)
    close(backend.to_host(backend.symmetrized(a)), a_host)


def test_rank_updates(backend, draw):
    (_, c_host), (a, a_host), (b, b_host) = draw(U, U), draw(U, S), draw(U, S)
    c_host = np.asfortranarray(c_host + c_host.T)

    def c():
        return backend.xp.asfortranarray(backend.from_host(c_host.copy(order="F")))

    expected = c_host - 2 * a_host @ a_host.T
    close(lower(backend, backend.outer(-2.0, a, c())), np.tril(expected))
    close(lower(backend, backend.outer(-2.0, a)), np.tril(-2 * a_host @ a_host.T))
    expected = c_host + 3 * (a_host @ b_host.T + b_host @ a_host.T)
    close(lower(backend, backend.add_outer_pair(c(), 3.0, a, b)), np.tril(expected))
    inner_host = np.asfortranarray(c_host[:S, :S])
    inner = backend.xp.asfortranarray(backend.from_host(inner_host.copy(order="F")))
    expected = inner_host + a_host.T @ b_host + b_host.T @ a_host
    close(lower(backend, backend.add_inner_pair(inner, 1.0, a, b)), np.tril(expected))
    inner = backend.xp.asfortranarray(backend.from_host(inner_host.copy(order="F")))
    close(
        lower(backend, backend.add_symmetric_product(inner, a, a)),
        np.tril(inner_host + a_host.T @ a_host),
    )


@pytest.mark.parametrize("n", [1, 40, 65, S])
def test_inverse_of_the_cholesky_factor(backend, draw, n):
    matrix = definite(draw(n, n)[1])
    inverse = backend.inverse_cholesky(
        backend.xp.asfortranarray(backend.from_host(matrix.copy(order="F")))
    )
    expected = np.linalg.inv(np.linalg.cholesky(matrix))
    close(backend.to_host(inverse), expected)
    close(lower(backend, backend.lower_gram(inverse)), np.tril(np.linalg.inv(matrix)))
    b, b_host = draw(U, n)
    close(backend.to_host(backend.times_lower(b, inverse)), b_host @ expected)
    b, b_host = draw(U, n)
    close(backend.to_host(backend.times_lower(b, inverse, transpose=True)), b_host @ expected.T)


def test_symmetric_square(backend, draw):
    a_host, weight_host = definite(draw(S, S)[1]), definite(draw(S, S)[1])

    def on_device(host):
        return backend.xp.asfortranarray(backend.from_host(host.copy(order="F")))

    found = backend.symmetric_square(on_device(a_host), on_device(weight_host))
    close(lower(backend, found), np.tril(a_host @ weight_host @ a_host))
    close(lower(backend, backend.symmetric_square(on_device(a_host))), np.tril(a_host @ a_host))


def test_matrix_that_is_not_definite_is_refused(backend, draw):
    matrix = definite(draw(S, S)[1])
    matrix[200, 200] = -1.0
    with pytest.raises(NotPositiveDefiniteError):
        backend.inverse_cholesky(backend.xp.asfortranarray(backend.from_host(matrix)))


def test_submatrices_go_where_they_belong(backend, draw):
    rng = np.random.default_rng(1)
    rows = np.sort(rng.choice(U, 150, replace=False))
    columns = np.sort(rng.choice(S, 90, replace=False))
    there, here = backend.placements([rows, columns])
    (target, target_host), (source, source_host) = draw(U, S), draw(150, 90)
    backend.add_block(target, source, there, here)
    target_host[np.ix_(rows, columns)] += source_host
    close(backend.to_host(target), target_host)
    taken = backend.zeros(150, 90)
    backend.take_block(taken, target, there, here)
    close(backend.to_host(taken), target_host[np.ix_(rows, columns)])
    (big, big_host), (small, small_host) = draw(U, U), draw(150, 150)
    backend.add_symmetric(big, small, there)
    big_host[np.ix_(rows, rows)] += small_host
    close(lower(backend, big), np.tril(big_host))
    square = backend.zeros(150, 150)
    backend.take_symmetric(square, big, there)
    close(lower(backend, square), np.tril(big_host[np.ix_(rows, rows)]))


@pytest.mark.parametrize("n_parts", [0, 1, 2, 3])
def test_sum_of_symmetric_matrices_at_their_rows(backend, draw, n_parts):
    rng = np.random.default_rng(n_parts)
    expected, parts = np.zeros((U, U)), []
    for n in (U // 2, U // 3, 2)[:n_parts]:
        rows = np.sort(rng.choice(U, n, replace=False))
        part, part_host = draw(n, n)
        expected[np.ix_(rows, rows)] += part_host
        parts.append((part, backend.placements([rows])[0]))
    found = backend.sum_symmetric(U, parts)
    np.testing.assert_array_equal(lower(backend, found), np.tril(expected))


def test_memory_of_two_halves_is_kept_once():
    backend = LapackBackend()
    both = backend.empty(4, 6)
    backend.release(both[:, :3], both[:, 3:])
    one, other = backend.empty(4, 6), backend.empty(4, 6)
    assert not np.shares_memory(one, other)


def test_empty_placement_places_nothing(backend):
    (nothing,) = backend.placements([np.empty(0, dtype=np.int64)])
    target = backend.zeros(3, 3)
    backend.add_block(target, backend.zeros(0, 0), nothing, nothing)
    assert not backend.to_host(target).any()


def test_released_memory_is_used_again():
    backend = LapackBackend()
    first = backend.zeros(50, 40)
    first[...] = 7.0
    address = first.ctypes.data
    backend.release(first)
    second = backend.zeros(40, 50)
    assert second.ctypes.data == address
    assert not second.any()


def test_released_memory_is_bounded(monkeypatch):
    released = ReleasedMemory(most_elements=100)
    monkeypatch.setattr("lmpmeso.backend.lapack.RELEASED", released)
    backend = LapackBackend()
    small, large = backend.zeros(5, 5), backend.zeros(50, 50)
    backend.release(small, large)
    assert 0 < released.n_elements <= 100


def test_blas_threads_are_held_and_given_back():
    import threadpoolctl

    def most():
        return max(pool["num_threads"] for pool in threadpoolctl.threadpool_info())

    before = most()
    with blas_threads(1):
        assert all(
            pool["num_threads"] == 1
            for pool in threadpoolctl.threadpool_info()
            if pool["user_api"] == "blas"
        )
    assert most() == before


def test_unknown_device_is_refused():
    with pytest.raises(ValueError, match="device must be"):
        get_backend("tpu")


def test_cpu_is_always_there():
    assert get_backend("cpu").device == "cpu"
    assert get_backend("cpu").free_memory() > 2**20


@pytest.mark.skipif(cuda_available(), reason="there is a GPU")
def test_without_a_gpu_auto_is_the_cpu_and_cuda_says_what_is_missing():
    assert get_backend("auto").device == "cpu"
    with pytest.raises(MissingDependencyError, match=r"CuPy|GPU"):
        get_backend("cuda")
    with pytest.raises(MissingDependencyError):
        CudaBackend()


def test_cupy_is_not_imported_for_the_cpu():
    code = (
        "import sys; from lmpmeso.backend import get_backend; get_backend('cpu');"
        "sys.exit('cupy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.fixture
def broken_cupy(monkeypatch):
    """A CuPy that is there and lacks one of CUDA's libraries."""

    def load(self):
        raise ImportError("libcusolver.so.11: cannot open shared object file")

    monkeypatch.setattr(CudaBackend, "__init__", load)
    why_no_cuda.cache_clear()
    yield
    why_no_cuda.cache_clear()


def test_cupy_that_cannot_compute_leaves_auto_on_the_processor(broken_cupy):
    assert isinstance(get_backend("auto"), LapackBackend)
    assert not cuda_available()
    with pytest.raises(MissingDependencyError, match=r"libcusolver.*cupy-cuda12x\[ctk\]"):
        get_backend("cuda")


def test_device_that_computes_something_else_is_not_taken(monkeypatch):
    class Wrong(ArrayBackend):
        def lower_gram(self, lower):
            return 2.0 * super().lower_gram(lower)

    right = ArrayBackend(np, solve_triangular, "cuda", "NumPy")
    CudaBackend.probe(right)
    with pytest.raises(ArithmeticError, match="something else"):
        CudaBackend.probe(Wrong(np, solve_triangular, "cuda", "NumPy"))


def test_parts_of_one_block_are_released_at_once_and_once(monkeypatch):
    """Between two releases another thread could take the block, and the second would give it to a third."""
    backend, given = LapackBackend(), []
    monkeypatch.setattr(lapack, "RELEASED", ReleasedMemory())
    monkeypatch.setattr(
        lapack.RELEASED, "give", lambda *blocks: given.append({id(block) for block in blocks})
    )
    whole = backend.empty(6, 4)
    backend.release(whole[:, :2], whole[:, 2:])
    assert given == [{id(whole.base)}]
    kept = ReleasedMemory()
    kept.give(whole.base, whole.base)
    assert kept.n_elements == whole.base.size
