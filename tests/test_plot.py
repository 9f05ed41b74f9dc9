"""Plots of one's own results show what the tables hold, on the axes that were given."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import lmpmeso
from lmpmeso import plot
from lmpmeso.campaign.tables.files import read_tables
from lmpmeso.configurations import read_configuration
from lmpmeso.elasticity import analyse
from lmpmeso.errors import ConfigurationError, StatisticsError
from lmpmeso.models import get_model

DATA = Path(__file__).parent / "data"


@pytest.fixture(scope="module")
def planar_glass():
    model = get_model("ipl2d")
    glass = read_configuration(DATA / "ipl2d.glass.dump.gz", model)
    return model, glass, analyse(glass, model)


@pytest.fixture
def ax():
    return Figure().subplots()


def curve(**columns):
    return pd.DataFrame({"t": [0.0, 0.1, 1.0, 10.0], "error": [0.0, 0.01, 0.02, 0.02]} | columns)


def test_scattering_shows_the_curve_its_error_and_the_threshold(ax):
    values = [1.0, 0.9, 0.5, 0.1]
    drawn = plot.scattering(curve(Fs=values), ax, threshold=0.25)
    assert drawn is ax
    line, threshold = ax.get_lines()
    assert line.get_xydata().tolist() == [[0.1, 0.9], [1.0, 0.5], [10.0, 0.1]]
    assert threshold.get_ydata()[0] == 0.25
    assert len(ax.collections) == 1
    assert ax.get_xscale() == "log"


def test_mean_squared_displacement_has_logarithmic_axes(ax):
    plot.mean_squared_displacement(curve(msd=[0.0, 0.01, 0.1, 1.0]), ax)
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")


def test_a_table_without_the_column_is_refused_by_name(ax):
    with pytest.raises(StatisticsError, match="no column Fs"):
        plot.scattering(curve(msd=[0.0, 0.01, 0.1, 1.0]), ax)


def test_parts_of_g_and_s_are_drawn_beside_the_total(ax):
    table = pd.DataFrame(
        {"r": [0.5, 1.0], "g": [0.0, 1.0], "g_a-a": [0.0, 2.0], "g_a-b": [0.0, 0.5]}
    )
    plot.radial_distribution(table, ax)
    assert [line.get_label() for line in ax.get_lines()] == ["all", "a–a", "a–b"]
    plot.structure_factor(
        table.rename(columns={"r": "q", "g": "S"})[["q", "S"]], Figure().subplots()
    )


def test_the_field_is_that_of_the_particles_or_of_all_bonds(planar_glass):
    model, glass, found = planar_glass
    by_bonds, by_field = Figure().subplots(), Figure().subplots()
    plot.kappa_slice(glass, "ipl2d", found.bonds, by_bonds)
    plot.kappa_slice(glass, model, found.field, by_field)
    colours = [axes.collections[0].get_array() for axes in (by_bonds, by_field)]
    np.testing.assert_array_equal(*colours)
    assert set(found.field) == set(colours[0])
    with pytest.raises(ConfigurationError, match=r"shape \(3,\)"):
        plot.kappa_slice(glass, model, [1.0, 2.0, 3.0])


def test_bonds_have_the_colours_of_their_stiffness(planar_glass, ax):
    _, glass, found = planar_glass
    plot.kappa_bonds(glass, found.bonds, ax)
    assert set(ax.collections[0].get_array()) == set(found.bonds["kappa"])


def test_the_longest_arrow_of_a_mode_is_two_lengths(planar_glass, ax):
    _, glass, found = planar_glass
    mode = found.modes(1).vectors_mnc[0]
    plot.displacements(glass, mode, ax)
    (arrows,) = ax.collections
    assert np.hypot(arrows.U, arrows.V).max() == pytest.approx(2.0)
    with pytest.raises(ConfigurationError, match="vectors of shape"):
        plot.displacements(glass, mode[:3], ax)


def test_what_has_no_scale_is_refused(planar_glass):
    model, glass, found = planar_glass
    for field in (np.full(glass.n_particles, np.nan), -np.ones(glass.n_particles)):
        with pytest.raises(ConfigurationError, match="no κ is a positive number"):
            plot.kappa_slice(glass, model, field)
    with pytest.raises(ConfigurationError, match="no κ is a positive number"):
        plot.kappa_bonds(glass, found.bonds[:0])
    with pytest.raises(ConfigurationError, match="not all 0"):
        plot.displacements(glass, np.zeros_like(glass.positions_nc))


def test_the_distribution_of_stiffness_is_normalised(planar_glass, ax):
    _, _, found = planar_glass
    plot.stiffness_distribution([found.bonds["kappa"]] * 2, ax, label="T = 1")
    kappa, density = ax.get_lines()[0].get_data()
    assert np.trapezoid(density, kappa) == pytest.approx(1.0, abs=0.05)
    assert ax.get_legend() is not None


def test_tables_of_a_study_are_plotted_as_they_are(planar):
    points = read_tables(planar)["state_points"]
    for draw in (plot.relaxation_times, plot.stiffness_against_temperature, plot.mesoelastic):
        ax = draw(points, ax=Figure().subplots())
        assert ax.get_lines()
        with pytest.raises(StatisticsError, match="has no column"):
            draw(points[["temperature"]])


def test_tables_with_units_in_their_titles_are_plotted_as_they_are(planar, ax):
    points = pd.read_csv(planar / "tables" / "state-points.csv")
    assert "temperature [energy]" in points
    plot.mesoelastic(points, pd.read_csv(planar / "tables" / "fits.csv"), ax)
    ours = plot.mesoelastic(lmpmeso.read_tables(planar)["state_points"], ax=Figure().subplots())
    lines = [axes.get_lines()[0].get_xydata().tolist() for axes in (ax, ours)]
    assert lines[0] == lines[1]


@pytest.mark.parametrize("last", [40.0, 4000.0])
def test_times_on_a_short_axis_do_not_overlap(last, ax):
    t = np.geomspace(2.0, 40.0, 8)
    table = pd.DataFrame({"t": t, "msd": 0.1 * t, "error": 0.01 * t})
    plot.mean_squared_displacement(table, ax)
    plot.mean_squared_displacement(table.assign(t=t * last / 40.0), ax)
    ax.figure.set_size_inches(3.4, 2.7)
    ax.figure.draw_without_rendering()
    for axis in (ax.xaxis, ax.yaxis):
        boxes = [label.get_window_extent() for label in axis.get_ticklabels(which="both")]
        boxes = [box for box in boxes if box.width > 0]
        assert len(boxes) > 1
        assert not any(
            one.overlaps(other) for k, one in enumerate(boxes) for other in boxes[k + 1 :]
        )


def test_a_new_figure_is_made_where_no_axes_are_given():
    from matplotlib import pyplot

    before = pyplot.get_fignums()
    drawn = plot.scattering(curve(Fs=[1.0, 0.9, 0.5, 0.1]))
    assert len(pyplot.get_fignums()) == len(before) + 1
    pyplot.close(drawn.figure)


def test_plot_is_there_without_an_import_of_its_own():
    assert lmpmeso.plot is plot
    assert "plot" in dir(lmpmeso)
