import numpy as np
import pandas as pd
import pytest

from lmpmeso.errors import StatisticsError
from lmpmeso.figures import draw_local_correlations, landscape
from lmpmeso.figures.landscape import granularity, sampling_interval
from lmpmeso.figures.liquids import look
from lmpmeso.figures.local_correlations import rank_maps

NAN = float("nan")
ENERGIES = pd.DataFrame(
    {
        "label": ["SS"] * 4 + ["IPL"] * 4,
        "reduced_time": [0.0, 0.1, 0.2, 0.3] * 2,
        "reduced_energy": [0.0, 1.0, -2.0, 0.5] + [0.0] * 4,
    }
)
RATES = pd.DataFrame(
    {
        "label": ["IPL", "SS"],
        "transition_rate_reduced": [0.0, 12.0],
        "transition_rate_reduced_low": [0.0, NAN],
        "transition_rate_reduced_high": [0.3, NAN],
    }
)
INTERVALS = pd.DataFrame(
    {
        "label": ["SS", "SS"],
        "interval_over_ballistic_time": [0.04, 0.08],
        "rate": [20.0, 11.0],
        "highest": [25.0, 12.5],
    }
)


def test_landscape_shows_every_liquid_in_the_order_of_its_rates():
    figure = landscape(ENERGIES, RATES, INTERVALS)
    energies, rates, intervals = figure.axes
    assert len(energies.lines) == 2
    assert [label.get_text() for label in rates.get_xticklabels()] == ["IPL", "SS"]
    assert rates.get_yscale() == "log"
    measured, highest = intervals.lines
    assert measured.get_ydata().tolist() == [20.0, 11.0]
    assert highest.get_ydata().tolist() == [25.0, 12.5]


def test_a_rate_at_the_bound_of_its_only_interval_can_be_read():
    one = INTERVALS.iloc[:1].assign(rate=25.0 * (1.0 + 1e-6), low=NAN, high=NAN)
    panel = landscape(ENERGIES, RATES, one).axes[2]
    low, high = panel.get_ylim()
    assert high / low > 2.0
    measured, highest = panel.lines
    assert low < measured.get_ydata()[0] < high
    assert highest.get_marker() == "_"
    assert [tick for tick in panel.get_yticks() if low < tick < high]


def test_a_rate_of_nothing_is_shown_as_its_limit():
    rates = landscape(ENERGIES, RATES).axes[1]
    assert rates.lines[0].get_ydata() == [0.3]
    assert rates.lines[0].get_marker() == "v"


LABELS = ("0.60", "0.95")


def histogram(populations, high):
    """Two bins a population and label."""
    return pd.DataFrame(
        [
            {
                "label": label,
                "population": population,
                "low": low,
                "high": low + high / 2,
                "density": 1.0 + low,
                "error": 0.1,
            }
            for label in LABELS
            for population in populations
            for low in (0.0, high / 2)
        ]
    )


def test_local_correlations_show_both_populations_a_label():
    coefficients = pd.DataFrame(
        {
            "label": LABELS,
            "spearman": [0.1, 0.4],
            "spearman_low": [0.05, NAN],
            "spearman_high": [0.2, NAN],
        }
    )
    figure = draw_local_correlations(
        histogram(("all", "mobile", "immobile"), 3.0),
        histogram(("mobile", "immobile"), 1.0),
        coefficients,
    )
    axes = figure.axes
    assert [ax.get_title(loc="left") for ax in axes[:2]] == list(LABELS)
    assert axes[2].get_title(loc="left") == "$C_s$ = 0.10 [0.05, 0.20]"
    assert axes[3].get_title(loc="left") == "$C_s$ = 0.40"
    assert [len(ax.patches) for ax in axes] == [3, 3, 2, 2]
    bars = [len(container.lines[2][0].get_segments()) for container in axes[2].containers]
    assert bars == [2, 2], "an error bar a bin of both populations"


def test_rank_maps_colour_the_mobile_like_the_soft():
    particles = pd.DataFrame(
        {
            "label": "SS",
            "x": [1.0, 3.0, 5.0],
            "y": 5.0,
            "diameter": 1.0,
            "mobility_rank": [0.0, 0.5, 1.0],
            "kappa_rank": [1.0, 0.5, 0.0],
            "box_x": 10.0,
            "box_y": 10.0,
            "spearman_mean": 0.43,
        }
    )
    mobility, kappa, *_ = rank_maps(particles).axes
    colours = [ax.collections[0].to_rgba([m]) for ax, m in ((mobility, 1.0), (kappa, 0.0))]
    assert np.allclose(*colours)
    assert kappa.get_title(loc="left") == "$C_s$ = 0.43"
    assert len(mobility.collections[0].get_offsets()) == 3


def test_granularity_has_two_panels_a_group_and_the_colours_of_the_models():
    energies = ENERGIES.assign(model=ENERGIES["label"].str.lower())
    rates = RATES.assign(model=["ipl", "ss"])
    figure = granularity([(energies, rates), (energies[energies["label"] == "SS"], rates[1:])])
    assert len(figure.axes) == 4
    assert [len(ax.lines) for ax in figure.axes[::2]] == [2, 1]
    assert figure.axes[2].lines[0].get_color() == look("ss")[0]
    assert [ax.get_title(loc="right") for ax in figure.axes] == ["(a)", "(b)", "(c)", "(d)"]


def test_the_sampling_interval_is_shown_with_intervals_and_the_bound():
    figure = sampling_interval(
        RATES[1:].assign(model="ss"), INTERVALS.assign(low=[15.0, 9.0], high=[24.0, 12.0])
    )
    (ax,) = figure.axes
    (bars,) = ax.containers
    assert bars.lines[0].get_ydata().tolist() == [20.0, 11.0]
    ends = [segment[:, 1].tolist() for segment in bars.lines[2][0].get_segments()]
    assert ends == [[15.0, 24.0], [9.0, 12.0]]
    assert ax.lines[-1].get_ydata().tolist() == [25.0, 12.5]


def test_each_size_of_system_has_its_own_bound():
    label, x = "interval_over_ballistic_time", [0.04, 0.08]
    small = INTERVALS.assign(label="SS", low=15.0, high=24.0, highest=[25.0, 12.5])
    large = small.assign(label="IPL", highest=[12.5, 6.25])
    rates = RATES[:1].assign(model="ipl", label="IPL"), RATES[1:].assign(model="ss", label="SS")
    figure = sampling_interval(
        pd.concat(rates), pd.concat([small, large]).assign(**{label: [*x, *x]})
    )
    bounds = [line for line in figure.axes[0].lines if line.get_linestyle() == "--"]
    assert {line.get_color(): line.get_ydata().tolist() for line in bounds} == {
        look("ipl")[0]: [12.5, 6.25],
        look("ss")[0]: [25.0, 12.5],
    }


def test_tables_without_their_columns_are_refused():
    with pytest.raises(StatisticsError, match="no column transition_rate_reduced"):
        landscape(ENERGIES, RATES[["label"]])
    with pytest.raises(StatisticsError, match="no column population"):
        draw_local_correlations(pd.DataFrame({"density": [1.0]}), pd.DataFrame())
