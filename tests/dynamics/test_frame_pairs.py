import numpy as np
import pytest
from numpy.testing import assert_allclose

from lmpmeso.dynamics.frame_pairs import (
    distance_blocks,
    scalar_products,
    squared_distances,
    tiles,
)

RNG = np.random.default_rng(5)


def all_pairs(n_frames):
    return np.triu_indices(n_frames, k=1)


def sparse_pairs(n_frames, n_pairs):
    origins, ends = RNG.integers(0, n_frames, (2, n_pairs))
    return np.minimum(origins, ends), np.maximum(origins, ends)


@pytest.mark.parametrize("pairs", [all_pairs(300), sparse_pairs(300, 200)])
def test_tiles_hold_each_pair_once_within_their_frames(pairs):
    origins, ends = pairs
    seen = []
    for tile in tiles(origins, ends, 300):
        assert np.all((origins[tile.pairs] >= tile.rows.start) & (origins[tile.pairs] < 300))
        assert np.all(ends[tile.pairs] < tile.columns.stop)
        seen.extend(tile.pairs.tolist())
    assert sorted(seen) == list(range(len(origins)))


def test_dense_and_sparse_pairs_take_different_paths():
    assert all(tile.dense for tile in tiles(*all_pairs(300), 300))
    assert not any(tile.dense for tile in tiles(*sparse_pairs(300, 50), 300))


@pytest.mark.parametrize("pairs", [all_pairs(300), sparse_pairs(300, 200)])
def test_scalar_products_equal_those_of_each_pair(pairs):
    frames = RNG.normal(size=(300, 90))
    expected = np.einsum("px,px->p", frames[pairs[0]], frames[pairs[1]])
    assert_allclose(scalar_products(frames, *pairs), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("pairs", [all_pairs(300), sparse_pairs(300, 200)])
@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e6])
def test_squared_distances_do_not_lose_digits_to_cancellation(pairs, scale):
    # A ballistic start on top of frames that end up far away.
    times = np.concatenate([np.geomspace(1e-8, 1e-3, 100), np.linspace(0.01, 30.0, 200)])
    frames = scale * times[:, None] * RNG.normal(size=(1, 90))
    difference = frames[pairs[1]] - frames[pairs[0]]
    expected = np.einsum("px,px->p", difference, difference)
    assert_allclose(squared_distances(frames, *pairs), expected, rtol=1e-12)


@pytest.mark.parametrize("shape", [(12, 3, 7), (12, 2, 40_000)])
def test_distance_blocks_give_the_distance_of_each_particle(shape):
    frames = RNG.normal(size=shape)
    origins, ends = all_pairs(shape[0])
    for block, distance_pn in distance_blocks(frames, origins, ends):
        moved = frames[ends[block]] - frames[origins[block]]
        assert_allclose(distance_pn, np.linalg.norm(moved, axis=1), rtol=1e-14)
    assert block.stop == len(origins)
