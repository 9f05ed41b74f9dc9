import numpy as np
import pytest

from lmpmeso.dynamics.lags import lag_table
from lmpmeso.errors import ConfigurationError, StatisticsError

LINEAR = np.arange(0, 1000, 10)
LOGARITHMIC = np.concatenate([[0], 2 ** np.arange(12)])
BLOCKS = np.concatenate([b * 1000 + np.array([0, 1, 2, 4, 8, 16, 64, 256]) for b in range(12)])
IRREGULAR = np.unique(np.random.default_rng(1).integers(0, 400, 60))


@pytest.mark.parametrize("steps", [LINEAR, LOGARITHMIC, BLOCKS, IRREGULAR])
def test_all_lags_hold_every_pair_of_frames_once(steps):
    origins, ends, offsets = lag_table(steps, "all").all_pairs()
    expected = {(i, j) for j in range(len(steps)) for i in range(j)}
    assert len(origins) == len(expected)
    assert set(zip(origins.tolist(), ends.tolist(), strict=True)) == expected
    assert offsets[-1] == len(origins)


@pytest.mark.parametrize("steps", [LINEAR, LOGARITHMIC, BLOCKS, IRREGULAR])
@pytest.mark.parametrize("choice", ["log", "all"])
def test_pairs_are_exactly_their_lag_apart_and_ordered_by_origin(steps, choice):
    table = lag_table(steps, choice)
    assert np.all(np.diff(table.lags) > 0)
    for lag in table.lags.tolist():
        origins, ends = table.pairs(lag)
        assert np.all(steps[ends] - steps[origins] == lag)
        assert np.all(np.diff(origins) > 0)


def test_a_chosen_lag_uses_every_origin_that_exists():
    table = lag_table(BLOCKS, "log", per_decade=5)
    for lag in table.lags.tolist():
        differences = BLOCKS[None, :] - BLOCKS[:, None]
        assert len(table.pairs(lag)[0]) == np.count_nonzero(differences == lag)


def test_log_lags_prefer_many_origins_and_are_limited_per_decade():
    table = lag_table(BLOCKS, "log", per_decade=5)
    assert 1000 in table.lags
    assert 1 in table.lags
    in_decade = np.bincount(np.floor(np.log10(table.lags)).astype(int))
    assert np.all(in_decade <= 5)


def test_log_lags_of_a_long_trajectory_come_from_its_first_frames_but_use_all():
    block = np.unique(np.round(np.geomspace(1, 500, 20)).astype(int))
    steps = (np.arange(600)[:, None] * 1000 + np.concatenate([[0], block])).ravel()
    table = lag_table(steps, "log", per_decade=10)
    assert len(table.pairs(1)[0]) >= 600
    assert len(table.pairs(1000)[0]) == 599 * (len(block) + 1)


def test_origins_can_be_restricted_to_the_first_frame():
    table = lag_table(LOGARITHMIC, "all", origins=[0])
    assert np.array_equal(table.lags, LOGARITHMIC[1:])
    assert np.array_equal(table.all_pairs()[0], np.zeros(12))


def test_lags_with_too_few_origins_are_left_out():
    assert lag_table(LINEAR, "all", min_origins=20).lags.max() == 800
    with pytest.raises(StatisticsError, match="no lag with 200"):
        lag_table(LINEAR, "all", min_origins=200)


def test_a_lag_that_was_not_recorded_is_refused():
    with pytest.raises(StatisticsError, match=r"\[15\] steps apart"):
        lag_table(LINEAR, [10, 15])
    with pytest.raises(StatisticsError, match="positive"):
        lag_table(LINEAR, [0, 10])
    with pytest.raises(StatisticsError, match='"log", "all"'):
        lag_table(LINEAR, "linear")


def test_repeated_frames_are_refused():
    with pytest.raises(ConfigurationError, match="increase strictly"):
        lag_table(np.array([0, 10, 10, 20]))


@pytest.mark.parametrize("max_pairs", [1, 100, None])
def test_batches_of_lags_hold_the_pairs_in_their_place(max_pairs):
    table = lag_table(BLOCKS, "all")
    origins, ends, offsets = table.all_pairs()
    reached = 0
    for where, some_origins, some_ends in table.batches(max_pairs):
        assert where.start == reached
        assert where.stop in offsets
        assert np.array_equal(origins[where], some_origins)
        assert np.array_equal(ends[where], some_ends)
        reached = where.stop
    assert reached == len(origins) == offsets[-1]
