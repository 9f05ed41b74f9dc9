"""The paper's figures from tables whose content is known: every point, every interval, the right labels."""

import numpy as np
import pandas as pd
import pytest

from lmpmeso.figures import (
    annealing,
    mesoelastic,
    pair_structure,
    predictors,
    reduced_dynamics,
    similar_viscosity,
)
from lmpmeso.figures.kappa_map import kappa_slices
from lmpmeso.figures.liquids import ordered_liquids
from lmpmeso.figures.style import interval, interval_ends, readable_log_ticks
from lmpmeso.models import get_model

TEMPERATURE = np.array([2.0, 1.0, 0.8, 0.7])
TAU = np.array([1.0, 4.0, 12.0, 40.0])


def with_interval(name, values):
    values = np.asarray(values)
    return {name: values, f"{name}_low": 0.9 * values, f"{name}_high": 1.2 * values}


@pytest.fixture
def points():
    """Four state points of one liquid; the second was no equilibrium liquid."""
    return pd.DataFrame(
        {"label": "IPL", "model": "ipl", "temperature": TEMPERATURE, "a0": 1.07}
        | {"excluded": ["", "crystallised", "", ""]}
        | with_interval("tau_alpha_over_t0", TAU)
        | with_interval("diffusion_reduced", 0.05 / TAU)
        | with_interval("kappa", [20.0, 22.0, 24.0, 26.0])
        | with_interval("kappa_ratio", [1.0, 1.1, 1.2, 1.3])
        | with_interval("shear_modulus_ratio", [1.0, 1.02, 1.04, 1.06])
    )


@pytest.fixture
def liquids():
    return pd.DataFrame({"label": ["IPL"], "threshold": [0.2], "dimension": [3]})


def fits(fit, **values):
    rows = [
        {"label": "IPL", "fit": fit, "quantity": quantity, "value": value}
        | {"value_low": 0.5 * value, "value_high": 2.0 * value}
        | {"lowest_temperature": 0.7, "highest_temperature": 0.8}
        for quantity, value in values.items()
    ]
    return pd.DataFrame(rows)


def curves(**columns):
    t = np.geomspace(0.01, 100.0, 30)
    return pd.concat(
        [
            pd.DataFrame(
                {"label": "IPL", "model": "ipl", "temperature": T, "replica": replica}
                | {"t_over_t0": t}
                | {k: f(t, tau) for k, f in columns.items()}
            )
            for T, tau in zip(TEMPERATURE, TAU, strict=True)
            for replica in (0, 1)
        ],
        ignore_index=True,
    )


def bars(ax, which=0):
    """Points and ends of the vertical error bars of one set of points."""
    container = ax.containers[which]
    ends = [np.asarray(s)[:, 1] for s in container.lines[2][-1].get_segments()]
    return container.lines[0], np.array(ends)


def test_mesoelastic_draws_eq3_where_the_fit_says(points, liquids):
    scattering = curves(Fs=lambda t, tau: np.exp(-t / tau))
    figure = mesoelastic(points, scattering, fits("mesoelastic", time=0.1, length=0.4), liquids)
    fs, relaxation, ratio, eq3 = figure.axes
    assert len(fs.lines) == 5, "one replica of each temperature, and the threshold"
    kept, ends = bars(relaxation)
    assert kept.get_xdata() == pytest.approx(1.0 / np.array([0.7, 0.8, 2.0]))
    assert ends[:, 0] == pytest.approx(0.9 * kept.get_ydata())
    assert ends[:, 1] == pytest.approx(1.2 * kept.get_ydata())
    left_out, _ = bars(relaxation, 1)
    assert left_out.get_ydata().tolist() == [4.0]
    assert left_out.get_markerfacecolor() == "white"
    assert ratio.get_legend_handles_labels()[1] == [r"$\kappa$", "$G$"]
    assert ratio.containers[1].lines[0].get_markerfacecolor() == "white"
    assert ratio.containers[1].lines[0].get_ydata().tolist() == [1.1]
    dashed, solid = eq3.lines[-2:]
    x = points["kappa"] * 1.07**2 / points["temperature"]
    assert dashed.get_xdata() == pytest.approx([x.min(), x.max()])
    assert solid.get_xdata() == pytest.approx([x[2], x[3]])
    assert solid.get_ydata() == pytest.approx(0.1 * np.exp(0.16 * solid.get_xdata()))
    words = eq3.texts[0].get_text().splitlines()
    assert words == [r"$\tilde t$ = 0.1", "[0.05, 0.2]", r"$\tilde\ell$ = 0.4", "[0.2, 0.8]"]


def test_mesoelastic_says_of_which_liquid_it_has_no_scattering_function(points, liquids):
    known = curves(Fs=lambda t, tau: np.exp(-t / tau))
    both = pd.concat([points, points.assign(label="SS")], ignore_index=True)
    rows = pd.concat([liquids, liquids.assign(label="SS")], ignore_index=True)
    figure = mesoelastic(both, known, fits("mesoelastic", time=0.1, length=0.4), rows)
    assert "$F_s$ not known" not in [text.get_text() for text in figure.axes[0].texts]
    assert [text.get_text() for text in figure.axes[4].texts] == ["$F_s$ not known"]
    assert not figure.axes[4].lines
    assert len(figure.axes[5].containers) == len(figure.axes[1].containers)


def test_mesoelastic_says_where_there_is_no_fit(points, liquids):
    scattering = curves(Fs=lambda t, tau: np.exp(-t / tau))
    none = pd.DataFrame({"label": ["IPL"], "fit": ["mesoelastic"], "quantity": ["none"]})
    for table in (none, pd.DataFrame()):
        eq3 = mesoelastic(points, scattering, table, liquids).axes[3]
        assert len(eq3.containers) == 2
    assert [t.get_text() for t in mesoelastic(points, scattering, none, liquids).axes[3].texts] == [
        "no fit"
    ]


def test_annealing_shows_both_ratios_with_intervals(points):
    (ax,) = annealing(points).axes
    kappa, ends = bars(ax)
    assert kappa.get_ydata().tolist() == [1.3, 1.2, 1.0]
    assert ends[0] == pytest.approx([0.9 * 1.3, 1.2 * 1.3])
    assert ax.get_xlabel() == "$T_p$"
    no_liquid, _ = bars(ax, 1)
    assert no_liquid.get_ydata().tolist() == [1.1]
    assert no_liquid.get_markerfacecolor() == "white"


def test_reduced_dynamics_draws_ballistic_motion_and_the_fitted_exponent(points, liquids):
    msd = {
        f"msd_over_a02{end}": lambda t, tau, f=factor: f * 3 * t**2 / (1 + t * tau)
        for end, factor in (("", 1.0), ("_low", 0.9), ("_high", 1.1))
    }
    figure = reduced_dynamics(
        curves(**msd), points, fits("stokes_einstein", exponent=0.8, prefactor=0.05), liquids
    )
    above, below = figure.axes
    ballistic = next(
        line
        for line in above.lines
        if len(line.get_xdata()) == 2
        and line.get_linestyle() == "--"
        and line.get_color() == "black"
    )
    assert ballistic.get_ydata() == pytest.approx(3 * np.asarray(ballistic.get_xdata()) ** 2)
    assert above.get_ylabel() == r"MSD$/a_0^2$"
    line = below.lines[-1]
    assert line.get_ydata() == pytest.approx(0.05 * np.asarray(line.get_xdata()) ** -0.8)
    assert below.texts[0].get_text().startswith(r"$\zeta$ = 0.8")
    assert len(bars(below)[0].get_xdata()) == 3


def test_similar_viscosity_has_a_third_panel_for_displacements():
    t = np.geomspace(0.01, 100, 20)
    table = pd.concat(
        pd.DataFrame(
            {"label": label, "model": model, "temperature": T, "t_over_t0": t}
            | {"msd_over_a02": t, "msd_over_a02_error": 0.1 * t, "Fs": np.exp(-t), "Fs_error": 0.01}
        )
        for label, model, T in (("SS", "ss", 1.0), ("SS 0.95", "ss-0.95", 6.7))
    )
    msd, fs = similar_viscosity(table).axes
    assert [text.get_text() for text in msd.get_legend().get_texts()] == [
        "SS, $T$ = 1",
        "SS 0.95, $T$ = 6.7",
    ]
    assert len(fs.lines) == 3
    moved = pd.DataFrame(
        {"label": "SS", "model": "ss", "r_low": [0.0, 0.2], "r_high": [0.2, 0.4]}
        | {"r_low_over_a0": [0.0, 0.1], "r_high_over_a0": [0.1, 0.2]}
        | {"P": [4.0, 1.0], "P_error": [0.2, 0.1]}
    )
    third = similar_viscosity(table, moved).axes[2]
    drawn, ends = bars(third)
    assert drawn.get_xdata() == pytest.approx([0.05, 0.15])
    assert drawn.get_ydata() == pytest.approx([8.0, 2.0]), "in units of 1/a0, a0 = 2"
    assert ends[1] == pytest.approx([1.8, 2.2])


@pytest.mark.parametrize(("model", "n_pairs"), [("mblj", 2), ("ss", 3), ("sw", 1)])
def test_pair_structure_draws_both_phases_and_the_potential_of_each_pair(model, n_pairs):
    r = np.linspace(0.05, 4.0, 80)
    names = [species.name for species in get_model(model).species]
    partials = {f"g_{a}-{b}{end}": 1.0 for a in names for b in names for end in ("", "_error")}
    radial = pd.concat(
        pd.DataFrame({"label": "X", "model": model, "temperature": 0.5, "phase": phase, "r": r})
        for phase in ("liquid", "glass")
    ).assign(**partials)
    left, right = pair_structure(radial).axes
    assert len([line for line in left.lines if len(line.get_xdata()) == 80]) == 2 * n_pairs
    potentials = [line for line in right.lines if len(line.get_xdata()) == 600]
    assert len(potentials) == n_pairs
    a = get_model(model).largest_species
    potential = get_model(model).pair_potentials[a][a]
    x = potentials[0 if model != "ss" else 2].get_xdata()
    energy = potential.derivatives(x * potential.diameter, 0)[0]
    assert potentials[0 if model != "ss" else 2].get_ydata() == pytest.approx(energy)
    assert right.get_ylabel() == r"$U(r)$  $[\epsilon]$"


@pytest.mark.parametrize(
    ("model", "highest"),
    [("harmonic", 0.5 * 0.25**2), ("ipl", 1.6), ("ka", 3.2 * 1.5)],
)
def test_the_potential_of_a_pair_fills_its_axis_whatever_its_scale(model, highest):
    """Harmonic spheres at 0.75 σ: a thousandth of what a Lennard-Jones pair has there."""
    names = [species.name for species in get_model(model).species]
    partials = {f"g_{a}-{b}{end}": 1.0 for a in names for b in names for end in ("", "_error")}
    radial = pd.DataFrame(
        {"label": "X", "model": model, "temperature": 0.5, "phase": "liquid", "r": [0.5, 1.0, 2.0]}
    ).assign(**partials)
    right = pair_structure(radial).axes[1]
    assert right.get_ylim() == pytest.approx((-highest / 2, highest), rel=0.02)


def test_pair_structure_of_a_model_without_pair_potentials_is_in_particle_spacings():
    model = get_model("si-tersoff")
    r = np.linspace(0.05, 8.0, 80)
    radial = pd.DataFrame({"label": "X", "model": "si-tersoff", "temperature": 1.0, "r": r}).assign(
        **{"phase": "glass", "g_Si-Si": 1.0, "g_Si-Si_error": 0.1}
    )
    left, right = pair_structure(radial).axes
    (curve,) = [line for line in left.lines if len(line.get_xdata()) == 80]
    assert curve.get_xdata() == pytest.approx(r / model.a0)
    assert left.get_xlabel() == "$r/a_0$"
    assert not right.axison
    (legend,) = left.figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["liquid", "glass"]


def test_pair_structure_draws_the_model_that_each_campaign_keeps(tmp_path):
    r = np.linspace(0.05, 4.0, 80)
    tables = []
    for depth in (1.0, 3.0):
        kept = tmp_path / f"{depth}" / "models" / "mine.toml"
        kept.parent.mkdir(parents=True)
        kept.write_text(
            'density = 0.8\n[[species]]\nname = "A"\n[pair]\ncutoff = 2.5\n'
            f'phi = "{4 * depth}*(r^-12 - r^-6)"\n'
        )
        tables.append(
            pd.DataFrame(
                {"label": f"X{depth}", "model": "mine", "temperature": 0.5, "r": r}
            ).assign(
                **{
                    "source": str(kept.parents[1]),
                    "phase": "glass",
                    "g_A-A": 1.0,
                    "g_A-A_error": 0.1,
                }
            )
        )
    axes = pair_structure(pd.concat(tables)).axes
    wells = [
        -min(line.get_ydata()) for ax in axes for line in ax.lines if len(line.get_xdata()) == 600
    ]
    assert wells == pytest.approx([1.0, 3.0], rel=1e-3)


def values_of_predictors(points):
    return pd.concat(
        points.assign(predictor=name, **with_interval("reduced_stiffness", x))
        for name, x in (
            ("kappa", [10.0, 25.0, 34.0, 43.0]),
            ("shear_modulus", [7.0, 14.0, 18.0, 22.0]),
            ("instantaneous_shear_modulus", [26.0, 45.0, 53.0, 60.0]),
            ("cage", [np.nan, 14.0, 15.0, 20.0]),
        )
    )


def test_predictors_fill_the_points_that_were_fitted(points):
    values = values_of_predictors(points)
    table = pd.DataFrame(
        {"label": "IPL", "predictor": values["predictor"].unique(), "slope": 0.1, "intercept": 0.0}
        | {"rms_residual": [0.1, 0.2, 0.3, 0.4], "rms_left_out": [0.2, 0.3, 0.4, 0.5]}
        | {"n_points": 2, "lowest_temperature": 0.7, "highest_temperature": 0.8}
    )
    *panels, residuals = predictors(values, table).axes
    for ax, n_open in zip(panels, (2, 2, 2, 1), strict=True):
        fitted, _ = bars(ax)
        left_out, _ = bars(ax, 1)
        assert len(fitted.get_xdata()) == 2
        assert len(left_out.get_xdata()) == n_open
        assert left_out.get_markerfacecolor() == "white"
    heights = [patch.get_height() for patch in residuals.patches]
    assert heights == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.2, 0.3, 0.4, 0.5])
    assert residuals.get_xlabel() == "2 state points"


def test_predictors_without_a_line_have_no_panel_of_residuals(points):
    values = values_of_predictors(points)
    table = pd.DataFrame({"label": "IPL", "predictor": values["predictor"].unique(), "n_points": 0})
    panels = predictors(values, table).axes
    assert [ax.get_title(loc="right") for ax in panels] == ["(a)", "(b)", "(c)", "(d)"]
    assert all(ax.containers for ax in panels)


def test_slices_of_a_liquid_share_their_colour_scale():
    rng = np.random.default_rng(0)
    particles = pd.DataFrame(
        {"label": "IPL", "temperature": np.repeat([0.7, 2.0], 20), "box_x": 10.0, "box_y": 10.0}
        | {"x": rng.uniform(1, 9, 40), "y": rng.uniform(1, 9, 40), "diameter": 1.0}
        | {"kappa": rng.gamma(3.0, 8.0, 40)}
    )
    cold, hot, bar = kappa_slices(particles).axes
    assert cold.collections[0].norm is hot.collections[0].norm
    assert len(hot.collections[0].get_offsets()) == 20
    assert r"\kappa_i" in bar.get_ylabel()


def test_liquids_come_in_the_order_of_the_paper_with_names_of_their_own():
    liquids = pd.DataFrame(
        {"source": ["a", "a", "b", "a"], "model": ["sw", "ipl", "ipl", "mblj"]}
        | {"n_particles": [500, 500, 2000, 500]}
    )
    assert ordered_liquids(liquids)["label"].tolist() == [
        "IPL, $N$ = 500",
        "IPL, $N$ = 2000",
        "mBLJ",
        "SW",
    ]


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        ((0.38, 0.33, 0.42), "0.38 [0.33, 0.42]"),
        ((0.1, np.nan, np.nan), "0.1"),
        ((4e-9, 1e-9, 2e-8), "4e-09 [1e-09, 2e-08]"),
    ],
)
def test_intervals_are_written_to_the_digits_that_count(ends, expected):
    row = dict(zip(("value", "value_low", "value_high"), ends, strict=True))
    assert interval(row) == expected


@pytest.mark.parametrize(
    ("limits", "labels"),
    [
        ((0.9, 60.0), ["1", "2", "5", "10", "20", "50"]),
        ((0.5, 2000.0), [r"$\mathdefault{10^{0}}$", r"$\mathdefault{10^{3}}$"]),
    ],
)
def test_short_logarithmic_axes_have_plain_numbers(points, limits, labels):
    ax = annealing(points).axes[0]
    ax.set_yscale("log")
    ax.set_ylim(*limits)
    readable_log_ticks(ax.yaxis)
    ax.figure.draw_without_rendering()
    shown = [
        t.label1.get_text()
        for t in ax.yaxis.get_major_ticks()
        if limits[0] <= t.get_loc() <= limits[1]
    ]
    assert set(labels) <= set(shown)
    assert len(shown) <= 8


def test_an_interval_with_an_unbounded_end_keeps_its_other_side():
    table = pd.DataFrame({"x": [1.0, 2.0], "x_low": [0.5, np.nan], "x_high": [np.inf, np.nan]})
    ends = interval_ends(table, "x")
    assert ends[:, 0].tolist() == [0.5, 0.0]
    assert np.isnan(ends[:, 1]).all()
