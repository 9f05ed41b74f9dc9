"""What each figure shows: as many points as the table has, physical labels, and nothing else."""

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

from lmpmeso.errors import StatisticsError
from lmpmeso.figures import (
    bond_map,
    draw_scattering,
    draw_stiffness_distributions,
    particle_map,
    save_figure,
    stiffness_and_modulus,
)
from lmpmeso.figures.style import temperature_colours


@pytest.fixture
def curves():
    t = np.geomspace(0.01, 100, 25)
    return pd.concat(
        pd.DataFrame(
            {
                "temperature": temperature,
                "t_over_t0": t,
                "Fs": np.exp(-t / tau),
                "Fs_low": np.exp(-t / tau) - 0.02,
                "Fs_high": np.exp(-t / tau) + 0.02,
            }
        )
        for temperature, tau in ((2.0, 1.0), (0.7, 20.0))
    )


@pytest.fixture
def summary():
    values = {"temperature": [2.0, 0.7], "tau_alpha_over_t0": [1.6, np.nan]}
    means = {
        "kappa": (20.0, 28.0),
        "shear_modulus": (12.0, 13.0),
        "kappa_ratio": (1.0, 1.4),
        "shear_modulus_ratio": (1.0, 1.08),
    }
    for name, (hot, cold) in means.items():
        values |= {
            name: [hot, cold],
            f"{name}_low": [0.95 * hot, 0.95 * cold],
            f"{name}_high": [1.1 * hot, 1.1 * cold],
        }
    return pd.DataFrame(values)


@pytest.fixture
def histogram():
    edges = np.geomspace(1.0, 100.0, 11)
    density = np.append(np.linspace(1e-3, 1e-2, 9), 0.0)
    return pd.concat(
        pd.DataFrame(
            {
                "temperature": temperature,
                "kappa_low_edge": edges[:-1],
                "kappa_high_edge": edges[1:],
                "density": density,
                "density_low": 0.8 * density,
                "density_high": 1.2 * density,
            }
        )
        for temperature in (2.0, 0.7)
    )


@pytest.fixture
def particles():
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "x": rng.uniform(1, 9, 40),
            "y": rng.uniform(1, 9, 40),
            "diameter": 1.0,
            "kappa": rng.uniform(10, 50, 40),
        }
    )


def curve_of(ax, label):
    return next(line for line in ax.lines if str(line.get_label()).startswith(label))


def test_scattering_draws_every_point_of_every_temperature(curves):
    (ax,) = draw_scattering(curves, q=6.35).axes
    for temperature in (2.0, 0.7):
        line = curve_of(ax, f"$T$ = {temperature:g}")
        expected = curves[curves["temperature"] == temperature]
        assert line.get_ydata() == pytest.approx(expected["Fs"].to_numpy())
        assert line.get_xdata() == pytest.approx(expected["t_over_t0"].to_numpy())
    assert len(ax.collections) == 2
    assert ax.get_xscale() == "log"
    assert ax.get_xlabel() == r"$t\,/\,t_0$"
    assert ax.get_ylabel() == "$F_s(q, t)$"


def test_scattering_marks_only_relaxation_times_that_are_known(curves, summary):
    (ax,) = draw_scattering(curves, summary).axes
    marked = [line for line in ax.lines if line.get_marker() == "v"]
    assert [line.get_xdata()[0] for line in marked] == [1.6]
    assert [line.get_ydata()[0] for line in marked] == [0.2]
    assert [text.get_text() for text in ax.texts] == ["0.2", "1.6 $t_0$"]


def test_scattering_tells_crowded_relaxation_times_in_the_legend(curves, summary):
    crowded = summary.assign(tau_alpha_over_t0=[1.6, 2.5])
    (ax,) = draw_scattering(curves, crowded).axes
    assert [text.get_text() for text in ax.texts] == ["0.2"]
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == [
        r"$T$ = 0.7, $\tau_\alpha$ = 2.5 $t_0$",
        r"$T$ = 2, $\tau_\alpha$ = 1.6 $t_0$",
    ]


def test_scattering_leaves_out_time_zero_which_a_logarithmic_axis_has_not(curves):
    with_zero = pd.concat(
        [pd.DataFrame({"temperature": [2.0], "t_over_t0": [0.0], "Fs": [1.0]}), curves]
    )
    (ax,) = draw_scattering(with_zero).axes
    assert len(curve_of(ax, "$T$ = 2").get_xdata()) == 25


def test_stiffness_distribution_has_a_step_a_bin_and_a_mark_a_mean(histogram, summary):
    tail = dict.fromkeys(("tail_exponent", "tail_limit", "tail_share"), np.nan)
    means = summary.assign(label="IPL", **tail)
    (ax,) = draw_stiffness_distributions(histogram.assign(label="IPL"), means).axes
    steps = [patch for patch in ax.patches if isinstance(patch, mpl.patches.StepPatch)]
    assert len(steps) == 2
    for patch in steps:
        values, edges, _ = patch.get_data()
        assert len(values) == 10
        assert len(edges) == 11
        assert np.isnan(values[-1]), "an empty bin has no place on a logarithmic axis"
    marks = [line for line in ax.lines if line.get_marker() == "^" and len(line.get_xdata())]
    assert sorted(float(line.get_xdata()[0]) for line in marks) == [20.0, 28.0]
    assert r"\kappa_{ij}" in ax.get_xlabel()
    assert r"\epsilon/\sigma^2" in ax.get_xlabel()


def test_stiffness_and_modulus_shows_intervals_and_single_glasses(summary):
    glasses = pd.DataFrame(
        {"temperature": [2.0] * 5 + [0.7] * 5, "kappa_mean": 20.0, "shear_modulus": 12.0}
    )
    kappa, modulus, ratio = stiffness_and_modulus(summary, glasses).axes
    for ax, name in ((kappa, "kappa"), (modulus, "shear_modulus")):
        (bars,) = ax.containers
        mean, caps, _ = bars.lines
        expected = summary.sort_values("temperature")
        assert mean.get_ydata() == pytest.approx(expected[name].to_numpy())
        assert caps[0].get_ydata() == pytest.approx(expected[f"{name}_low"].to_numpy())
        assert caps[1].get_ydata() == pytest.approx(expected[f"{name}_high"].to_numpy())
        assert any(len(line.get_xdata()) == 10 for line in ax.lines)
        assert "T_p" in ax.get_xlabel()
    assert len(ratio.containers) == 2
    assert ratio.get_ylabel() == "relative to $T_p$ = 2"


def test_stiffness_and_modulus_without_intervals_still_shows_the_means(summary):
    without = summary.assign(kappa_low=np.nan, kappa_high=np.nan)
    kappa, *_ = stiffness_and_modulus(without).axes
    assert kappa.containers[0].lines[0].get_ydata() == pytest.approx([28.0, 20.0])


def test_particle_map_has_a_disc_a_particle_and_repeats_those_on_the_edge(particles):
    ax, bar = particle_map(particles, (10.0, 10.0)).axes
    assert len(ax.collections[0].get_offsets()) == 40
    assert ax.get_xlim() == (0.0, 10.0)
    assert r"\kappa_i" in bar.get_ylabel()
    on_edge = pd.concat([particles, particles.iloc[:1].assign(x=0.1, y=9.9)])
    ax, _ = particle_map(on_edge, (10.0, 10.0)).axes
    assert len(ax.collections[0].get_offsets()) == 40 + 4


def test_particle_map_draws_rows_in_their_order_whatever_their_labels():
    rows = pd.DataFrame(
        {"x": [5.0, 5.2, 5.4], "y": 5.0, "diameter": 1.0, "kappa": [1.0, 2.0, 3.0]}, index=[7, 3, 5]
    )
    figure = particle_map(rows, (10.0, 10.0))
    (discs,) = figure.axes[0].collections
    assert discs.get_array().tolist() == [1.0, 2.0, 3.0], "later rows lie above earlier ones"


def test_particle_map_draws_a_panel_a_temperature_on_one_colour_scale(particles):
    both = pd.concat(
        [particles.assign(temperature=0.7), particles.assign(temperature=2.0, kappa=5.0)]
    )
    cold, hot, _ = particle_map(both, (10.0, 10.0)).axes
    assert cold.get_title() == "$T_p$ = 0.7"
    assert hot.get_title() == "$T_p$ = 2"
    assert cold.collections[0].norm is hot.collections[0].norm


def test_bond_map_draws_bonds_across_the_edge_from_both_of_their_ends():
    bonds = pd.DataFrame(
        {
            "x_i": [5.0, 9.5],
            "y_i": [5.0, 2.0],
            "dx": [1.0, 1.0],
            "dy": [0.0, 0.0],
            "kappa": [10.0, 20.0],
        }
    )
    ax, bar = bond_map(bonds, (10.0, 10.0)).axes
    ends = {tuple(np.round(segment.ravel(), 12)) for segment in ax.collections[0].get_segments()}
    assert ends == {(5.0, 5.0, 6.0, 5.0), (9.5, 2.0, 10.5, 2.0), (-0.5, 2.0, 0.5, 2.0)}
    assert len(ax.collections[0].get_segments()) == 3
    assert ax.collections[0].get_array().tolist() == [20.0, 10.0, 20.0]
    assert r"\kappa_{ij}" in bar.get_ylabel()


def test_colder_is_darker():
    colours = temperature_colours([2.0, 0.5, 1.0])
    lightness = [sum(colours[t]) for t in (0.5, 1.0, 2.0)]
    assert lightness == sorted(lightness)


def test_a_table_without_a_needed_column_is_refused_by_name(curves):
    with pytest.raises(StatisticsError, match="'scattering' has no column Fs"):
        draw_scattering(curves.drop(columns="Fs"))
    with pytest.raises(StatisticsError, match="no rows"):
        draw_scattering(curves.iloc[:0])


def test_a_figure_does_not_change_the_settings_of_its_caller(curves):
    before = dict(mpl.rcParams)
    draw_scattering(curves)
    assert dict(mpl.rcParams) == before


def test_a_saved_figure_is_complete_or_not_there(curves, tmp_path, monkeypatch):
    figure = draw_scattering(curves)
    path = save_figure(figure, tmp_path / "scattering.png")
    assert path.read_bytes().startswith(b"\x89PNG")
    assert path.read_bytes() == save_figure(figure, tmp_path / "again.png").read_bytes()

    def fail(*args, **kwargs):
        raise OSError("disk full")

    monkeypatch.setattr(figure, "draw", fail)
    with pytest.raises(OSError, match="disk full"):
        save_figure(figure, tmp_path / "other.png")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["again.png", "scattering.png"]
