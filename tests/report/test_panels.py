"""Where the panels of a figure are, for pages that show them one below the other."""

import numpy as np
import pytest

from lmpmeso.figures.style import canvas, styled
from lmpmeso.report.panels import panels_of

PIXELS = 110


@styled
def figure_of(columns, rows, **looks):
    """Panels that each have their own label, unless the looks of all say otherwise."""
    figure, axes = canvas(columns, rows)
    for number, ax in enumerate(axes):
        ax.plot([0, 1], [0, 1])
        ax.set(**{"xlabel": "x", "ylabel": f"y{number}", **looks})
    return figure, axes


def boxes(figure):
    figure.draw_without_rendering()
    return panels_of(figure, PIXELS)


def test_a_figure_of_one_panel_has_none():
    assert boxes(figure_of(1, 1)[0]) == ()


def test_panels_come_row_by_row_apart_and_within_the_figure():
    figure, _ = figure_of(2, 2)
    found = [box for (box,) in boxes(figure)]
    left, top, width, height = np.array(found).T
    full = PIXELS * figure.get_size_inches()
    assert min(left) >= 0 <= min(top)
    assert max(left + width) <= full[0] + 0.1
    assert max(top + height) <= full[1] + 0.1
    assert (left[0] + width[0] < left[1], top[0] + height[0] < top[2]) == (True, True)
    assert (left[0], top[0]) == pytest.approx((left[2], top[1]), abs=2)


def test_columns_with_titles_at_their_heads_are_read_downwards():
    figure, axes = figure_of(2, 2)
    for ax in axes[:2]:
        ax.set_title("liquid", loc="left")
    (first,), (second,), (third,), _ = boxes(figure)
    assert second[0] == pytest.approx(first[0], abs=2)
    assert second[1] > first[1]
    assert third[0] > first[0] + first[2]


def test_a_panel_without_a_label_is_shown_beside_that_of_its_row():
    figure, axes = figure_of(2, 1)
    axes[1].set_ylabel("")
    (own,), (label, panel) = boxes(figure)
    assert own[0] <= label[0]
    assert label[0] + label[2] < own[0] + 0.2 * own[2]
    assert label[1::2] == panel[1::2]


def test_the_legend_of_a_figure_comes_first_and_empty_panels_not_at_all():
    figure, axes = figure_of(2, 2)
    for ax in axes[2:]:
        ax.clear()
        ax.set_axis_off()
    axes[0].plot([0, 1], [1, 0], label="one")
    figure.legend(loc="outside upper center")
    (legend,), (first,), _ = boxes(figure)
    assert legend[1] < first[1]
    assert legend[3] < 40


def test_a_colour_bar_goes_with_the_panel_beside_it_or_stands_alone_below():
    figure, axes = figure_of(2, 1)
    narrow = [box for (box,) in boxes(figure)]
    figure.colorbar(axes[1].scatter([0], [0], c=[1.0]), ax=axes[1])
    figure.colorbar(axes[0].scatter([0], [0], c=[1.0]), ax=axes, location="bottom")
    (first,), (second,), (bar,) = boxes(figure)
    assert len(narrow) == 2
    assert second[2] > first[2] + 20
    assert bar[1] > first[1] + 0.8 * first[3]
    assert bar[2] > first[2]
