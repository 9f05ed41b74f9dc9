"""Coloured differences of made-up forces: what they find out about themselves."""

import numpy as np
import pytest
from scipy import sparse

from lmpmeso.arrays import FloatArray
from lmpmeso.errors import ModelError
from lmpmeso.hessians.coloured_differences import coloured_differences
from lmpmeso.hessians.colouring import colours_of, dependence_graph, hops_to, one_hop

N, REACH = 300, 1.0
BOX = np.full(2, 14.0)


class Network:
    """Springs between neighbours on a plane, stretched a little by an anharmonic force on each particle."""

    def __init__(self, further: tuple[int, int] | None = None):
        generator = np.random.default_rng(3)
        self.positions_nc = generator.uniform(0.0, 14.0, (N, 2))
        adjacency = one_hop(self.positions_nc, BOX, REACH).tocoo()
        upper = adjacency.row < adjacency.col
        i, j = adjacency.row[upper], adjacency.col[upper]
        if further is not None:
            i, j = np.append(i, further[0]), np.append(j, further[1])
        stiffness = generator.uniform(1.0, 2.0, len(i))
        rows = np.concatenate([i, j, i, j])
        columns = np.concatenate([j, i, i, j])
        values = np.concatenate([-stiffness, -stiffness, stiffness, stiffness])
        laplacian = sparse.csr_array((values, (rows, columns)), shape=(N, N))
        self.matrix = sparse.kron(laplacian, np.eye(2)).tocsr()

    def forces(self, positions_nc: FloatArray) -> FloatArray:
        u = (positions_nc - self.positions_nc).ravel()
        return -(self.matrix @ u).reshape(N, 2)

    def differences(self, seed: int = 0):
        return coloured_differences(self.forces, self.positions_nc, BOX, REACH, seed)


def test_the_matrix_of_a_network_is_found_with_few_colours() -> None:
    network = Network()
    found = network.differences()
    np.testing.assert_allclose(found.matrix.toarray(), network.matrix.toarray(), atol=1e-8)
    assert found.hops == 1
    assert found.colours < N / 10
    assert found.force_calls < 4 * found.colours + 100
    assert found.error < 1e-7


def two_hops_apart(network: Network) -> tuple[int, int]:
    """Two particles that have a neighbour in common and are none themselves."""
    adjacency = one_hop(network.positions_nc, BOX, REACH)
    hops = hops_to(adjacency, 0)
    return 0, int(np.flatnonzero(hops == 2)[0])


def test_a_force_from_further_away_widens_the_graph_and_is_told() -> None:
    network = Network(two_hops_apart(Network()))
    with pytest.warns(UserWarning, match="2 times"):
        found = network.differences()
    np.testing.assert_allclose(found.matrix.toarray(), network.matrix.toarray(), atol=1e-8)
    assert found.hops == 2


def test_forces_that_reach_everywhere_are_refused() -> None:
    network = Network()

    def with_mean(positions_nc: FloatArray) -> FloatArray:
        force_nc = network.forces(positions_nc)
        return force_nc + (positions_nc - network.positions_nc).mean(axis=0)

    with pytest.raises(ModelError, match="no sparse Hessian"):
        coloured_differences(with_mean, network.positions_nc, BOX, REACH)


def test_forces_that_are_no_gradient_are_refused() -> None:
    network = Network()
    turn = np.array([[0.0, -0.3], [0.3, 0.0]])

    def curling(positions_nc: FloatArray) -> FloatArray:
        return network.forces(positions_nc) @ (np.eye(2) + turn)

    with pytest.raises(ModelError, match="no Hessian to speak of"):
        coloured_differences(curling, network.positions_nc, BOX, REACH)


def test_the_error_tells_of_noise_in_the_forces() -> None:
    network = Network()
    errors = []
    for noise in (1e-12, 1e-9):

        def noisy(positions_nc: FloatArray, noise: float = noise) -> FloatArray:
            u_nc = (positions_nc - network.positions_nc) * 1e7
            local_nc = noise * np.sin(1e3 * u_nc)
            return network.forces(positions_nc) + local_nc

        found = coloured_differences(noisy, network.positions_nc, BOX, REACH)
        actual = np.abs(found.matrix.toarray() - network.matrix.toarray()).max()
        errors.append(found.error)
        assert actual < 3.0 * found.error
    assert errors[1] > 10.0 * errors[0]


@pytest.mark.parametrize("hops", [1, 2])
def test_no_force_depends_on_two_particles_of_one_colour(hops: int) -> None:
    adjacency = one_hop(Network().positions_nc, BOX, REACH)
    graph = dependence_graph(adjacency, hops)
    colours = colours_of(graph)
    for n in range(N):
        row = colours[graph.columns[graph.starts[n] : graph.starts[n + 1]]]
        assert len(np.unique(row)) == len(row)
    assert colours.max() + 1 >= np.diff(graph.starts).max()


def test_the_graph_holds_what_is_so_many_hops_away() -> None:
    adjacency = one_hop(Network().positions_nc, BOX, REACH)
    graph = dependence_graph(adjacency, 2)
    for n in (0, 17, 200):
        hops = hops_to(adjacency, n)
        row = graph.columns[graph.starts[n] : graph.starts[n + 1]]
        np.testing.assert_array_equal(row, np.flatnonzero((hops >= 0) & (hops <= 2)))
    np.testing.assert_array_equal(graph.rows[graph.transposed], graph.columns)
