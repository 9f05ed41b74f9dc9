"""Nested dissection: what makes an order of elimination a valid and a good one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.sparse.csgraph import maximum_flow

from lmpmeso.elasticity.factor import particle_graph
from lmpmeso.elasticity.nested_dissection import (
    FREE,
    SINK,
    SOURCE,
    SeparatorTree,
    nested_dissection,
)
from lmpmeso.elasticity.separator_kernels import minimum_vertex_cut
from lmpmeso.elasticity.symbolic import symbolic_factor

from .networks import glass_hessian, spring_network


def ancestors(tree: SeparatorTree, node: int) -> set[int]:
    result = set()
    while node >= 0:
        result.add(node)
        node = int(tree.parent[node])
    return result


def assert_valid(tree: SeparatorTree, graph: sparse.csr_array) -> None:
    assert sorted(np.concatenate(tree.own)) == list(range(graph.shape[0]))
    assert list(tree.parent).count(-1) == 1
    assert all(parent > node for node, parent in enumerate(tree.parent) if parent >= 0)
    node_of = np.empty(graph.shape[0], dtype=int)
    for node, particles in enumerate(tree.own):
        node_of[particles] = node
    lines = [ancestors(tree, node) for node in range(tree.n_nodes)]
    for a, b in zip(*graph.tocoo().coords, strict=True):
        assert node_of[a] in lines[node_of[b]] or node_of[b] in lines[node_of[a]]


@settings(max_examples=25, deadline=None)
@given(
    n_particles=st.integers(1, 250),
    dimension=st.sampled_from([2, 3]),
    n_neighbours=st.floats(2.0, 20.0),
    leaf_size=st.integers(1, 60),
    aspect=st.sampled_from([1.0, 0.5, 2.0]),
    seed=st.integers(0, 10**6),
)
def test_no_edge_joins_two_branches(n_particles, dimension, n_neighbours, leaf_size, aspect, seed):
    hess = spring_network(n_particles, dimension, n_neighbours, seed, aspect)
    graph = particle_graph(hess.matrix)
    tree = nested_dissection(graph, hess.positions_nc, hess.box_c, leaf_size)
    assert_valid(tree, graph)


def test_held_particle_is_eliminated_in_the_root():
    hess = glass_hessian("ipl")
    graph = particle_graph(hess.matrix)
    tree = nested_dissection(graph, hess.positions_nc, hess.box_c, 10, held_particle=17)
    assert 17 in tree.own[-1]
    assert_valid(tree, graph)


def test_a_set_in_which_all_touch_is_not_cut():
    n = 60
    graph = sparse.csr_array(np.ones((n, n), dtype=np.int8) - np.eye(n, dtype=np.int8))
    positions = np.random.default_rng(0).random((n, 3))
    tree = nested_dissection(graph, positions, np.ones(3), leaf_size=10)
    assert tree.n_nodes == 1


def test_parts_that_do_not_touch_become_branches_without_a_separator():
    half = spring_network(80, 3, 8.0, seed=1)
    graph = particle_graph(half.matrix)
    both = sparse.block_diag([graph, graph], format="csr")
    shift = np.array([half.box_c[0], 0.0, 0.0])
    positions = np.concatenate([half.positions_nc, half.positions_nc + shift])
    tree = nested_dissection(both, positions, half.box_c * [2, 1, 1], leaf_size=90)
    assert len(tree.own[-1]) == 0
    assert_valid(tree, both)


@pytest.mark.parametrize("name", ["ipl", "sw"])
def test_dissection_saves_work(name):
    hess = glass_hessian(name)
    graph = particle_graph(hess.matrix)
    tree = nested_dissection(graph, hess.positions_nc, hess.box_c)
    one_front = SeparatorTree([np.arange(hess.n_particles)], np.array([-1]))
    assert (
        symbolic_factor(hess.matrix, tree).operations.all_pairs
        < 0.9 * symbolic_factor(hess.matrix, one_front).operations.all_pairs
    )


def test_separator_of_a_long_box_is_two_cross_sections():
    hess = spring_network(1500, 2, 8.0, seed=3, aspect=4.0)
    graph = particle_graph(hess.matrix)
    tree = nested_dissection(graph, hess.positions_nc, hess.box_c)
    bond = np.sqrt(8.0 / np.pi)
    assert len(tree.own[-1]) < 2 * hess.box_c[1] * bond


@settings(max_examples=60, deadline=None)
@given(n=st.integers(4, 60), degree=st.floats(0.5, 6.0), seed=st.integers(0, 10**6))
def test_the_separator_is_the_smallest_by_another_maximum_flow(n, degree, seed):
    rng = np.random.default_rng(seed)
    half = sparse.random_array((n, n), density=min(degree / n, 1.0), rng=rng)
    graph = sparse.csr_array((half + half.T) != 0)
    graph.setdiag(False)
    graph.eliminate_zeros()
    zone = rng.choice([SOURCE, FREE, SINK], n, p=[0.2, 0.6, 0.2])
    side = zone.copy()
    minimum_vertex_cut(graph.indptr, graph.indices, side)

    rows, columns = graph.tocoo().coords
    assert not np.any((side[rows] == SOURCE) & (side[columns] == SINK))
    given = np.isin(rows, np.flatnonzero(zone == SOURCE)) & (zone[columns] == SINK)
    assert np.all(side[zone == SINK] == SINK)
    assert set(np.flatnonzero((zone == SOURCE) & (side != SOURCE))) <= set(rows[given])
    # Vertices as arcs from v to n + v; sources and sinks joined to one of each.
    zone[rows[given]] = FREE
    capacity = np.where(zone == FREE, 1, n)
    tails = [np.arange(n), n + rows, np.full(np.sum(zone == SOURCE), 2 * n)]
    heads = [n + np.arange(n), columns, np.flatnonzero(zone == SOURCE)]
    tails.append(n + np.flatnonzero(zone == SINK))
    heads.append(np.full(np.sum(zone == SINK), 2 * n + 1))
    capacities = np.concatenate([capacity, np.full(sum(map(len, tails[1:])), n)]).astype(np.int32)
    network = sparse.csr_array(
        (capacities, (np.concatenate(tails), np.concatenate(heads))), shape=(2 * n + 2, 2 * n + 2)
    )
    assert np.sum(side == FREE) == maximum_flow(network, 2 * n, 2 * n + 1).flow_value
