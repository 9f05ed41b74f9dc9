import numpy as np
import pytest

from lmpmeso.errors import ProtocolError
from lmpmeso.figures.minimizers import minimizers, true_basin_shares
from lmpmeso.landscape import LandscapeStudy, MinimizerComparison, compare_minimizers
from lmpmeso.landscape.bisection import bisected_labels
from lmpmeso.landscape.comparison import (
    COMPARISON_UNITS,
    n_changes,
    n_new,
    structure_labels,
)
from lmpmeso.models import get_model
from tests.landscape.made_up import jumps_at

MODEL = get_model("ss")
STUDY = LandscapeStudy(MODEL, 1.0)


def compared(**frames_of):
    found = {name: tuple(map(jumps_at, runs)) for name, runs in frames_of.items()}
    return MinimizerComparison(STUDY, found).table().set_index("minimizer")


def test_a_frame_counts_as_true_where_the_structures_are_the_same():
    # The wrong one changes two frames too late in one trajectory of three.
    table = compared(
        steepest=[(10, 20), (5,), (30,)], cg=[(12, 20), (5,), (30,)], fire=[(10, 20), (5,), (30,)]
    )
    assert table["n_frames"].tolist() == [123] * 3
    assert table["n_true"].to_dict() == {"steepest": 123, "cg": 121, "fire": 123}
    assert table.loc["cg", "share_true"] == pytest.approx((39 / 41 + 2) / 3)
    assert table.loc["cg", "share_true_low"] < table.loc["cg", "share_true"]
    assert table["share_true_high"].max() <= 1.0


def test_there_and_back_is_two_changes_and_one_new_structure():
    table = compared(steepest=[(10, 12), (), (20,)])
    row = table.loc["steepest"]
    assert (row["n_changes"], row["n_new"]) == (3, 2)
    assert row["rate_new"] == pytest.approx(row["rate"] * 2 / 3)
    # Bisection of one block of 40 frames: both ends of the first run agree, and so nothing is seen.
    assert row["rate_bisection"] == pytest.approx(row["rate"] / 3)


def test_structures_are_numbered_by_their_first_visit():
    labels_f = structure_labels(jumps_at((3, 6, 9)), STUDY)
    assert labels_f.tolist() == [0] * 3 + [1] * 3 + [0] * 3 + [1] * 32
    assert (n_changes(labels_f), n_new(labels_f)) == (3, 1)


def test_bisection_sees_a_change_for_good_and_misses_an_excursion():
    for_good = np.repeat([0, 1], [23, 77])
    assert bisected_labels(for_good).tolist() == for_good.tolist()
    excursion = np.zeros(100, dtype=int)
    excursion[10:13] = 1
    assert n_changes(bisected_labels(excursion)) == 0
    within = np.arange(65)
    assert bisected_labels(within).tolist() == within.tolist()


def test_the_energy_of_wrong_frames_is_told_from_that_of_the_true_ones():
    table = compared(steepest=[(10,), (10,)], cg=[(12,), (10,)])
    # In two frames cg is still where it was, half a unit below.
    assert table.loc["cg", "energy_above_true"] == pytest.approx(-0.5)
    assert table.loc["steepest", "energy_above_true"] == 0.0


def test_a_comparison_without_steepest_descent_is_refused(tmp_path):
    with pytest.raises(ProtocolError, match="needs 'steepest'"):
        compare_minimizers(STUDY, ["cg", "fire"], [], 1.0, 0, tmp_path)
    bisection = LandscapeStudy(MODEL, 1.0, search="bisection")
    with pytest.raises(ProtocolError, match="exhaustive"):
        compare_minimizers(bisection, ["cg", "steepest"], [], 1.0, 0, tmp_path)


def test_columns_with_units_are_there():
    assert set(COMPARISON_UNITS) <= set(compared(steepest=[(3,), (4,)]).columns)


def test_the_figure_shows_every_minimiser_and_liquid():
    table = compared(steepest=[(10, 20), (5,), (30,)], cg=[(12, 20), (5,), (30,)]).reset_index()
    figure = minimizers(table.assign(label="SS"))
    left, right = figure.axes
    assert [tick.get_text() for tick in left.get_xticklabels()] == ["steepest", "cg"]
    assert len(left.containers) == 1
    assert len(right.containers) == 2


def test_the_figure_of_many_methods_has_a_row_for_each():
    import pandas as pd

    table = pd.DataFrame(
        {"label": "ipl", "method": m, "share": 0.5, "share_low": 0.3, "share_high": 0.7}
        for m in ("steepest", "cg 0.1", "sd 0.1")
    )
    (ax,) = true_basin_shares(table).axes
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["sd 0.1", "cg 0.1", "steepest"]
