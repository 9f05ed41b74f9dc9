"""Pictures of soft modes show every core and every arrow that they are given."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import EllipseCollection
from matplotlib.quiver import Quiver

from lmpmeso.errors import StatisticsError
from lmpmeso.figures import arrow_map, draw_modes

BOX = (10.0, 8.0)


def bonds():
    rng = np.random.default_rng(0)
    start = rng.random((60, 2)) * BOX
    vector = rng.normal(size=(60, 2))
    kappa = rng.lognormal(3.0, 1.0, 60)
    return pd.DataFrame(
        np.column_stack([start, vector, kappa]), columns=["x_i", "y_i", "dx", "dy", "kappa"]
    )


def arrows(n=30):
    rng = np.random.default_rng(1)
    table = np.column_stack([rng.random((n, 2)) * BOX, rng.uniform(0.5, 1.0, (n, 2))])
    return pd.DataFrame(table, columns=["x", "y", "u_x", "u_y"])


def test_every_core_has_its_circle_and_number_and_images_across_the_edges():
    cores = pd.DataFrame({"x": [5.0, 0.1], "y": [4.0, 4.0]}, index=[0, 4])
    ax = draw_modes(bonds(), cores, BOX).axes[0]
    circles = [c for c in ax.collections if isinstance(c, EllipseCollection)]
    offsets = np.sort(circles[-1].get_offsets()[:, 0])
    np.testing.assert_allclose(offsets, [0.1, 5.0, 10.1])
    assert [text.get_text() for text in ax.texts] == ["1", "5"]


def test_a_field_without_cores_is_drawn_all_the_same():
    figure = draw_modes(bonds(), pd.DataFrame({"x": [], "y": []}), BOX)
    assert not figure.axes[0].texts


def test_cores_without_positions_are_refused():
    with pytest.raises(StatisticsError, match="no column y"):
        draw_modes(bonds(), pd.DataFrame({"x": [1.0]}), BOX)


def test_arrows_are_moved_with_the_centre_and_equally_long_in_all_panels():
    one, dipole = arrows(), arrows(2)
    other = one.assign(u_x=3.0 * one["u_x"], u_y=3.0 * one["u_y"])
    figure = arrow_map({"mode": one, "response": other}, BOX, dipole=dipole, centre=(0.0, 0.0))
    left, right = ([c for c in ax.collections if isinstance(c, Quiver)] for ax in figure.axes)
    assert (len(left), len(right)) == (1, 2)
    np.testing.assert_allclose(left[0].U, right[0].U)
    np.testing.assert_allclose(left[0].X, np.mod(one["x"] + 5.0, 10.0))
    assert [ax.get_title() for ax in figure.axes] == ["mode", "response"]
