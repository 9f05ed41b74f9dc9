import numpy as np
import pandas as pd
import pytest

from lmpmeso.errors import StatisticsError
from lmpmeso.figures import landscape, local_correlations

NAN = float("nan")
ENERGIES = pd.DataFrame(
    {
        "label": ["SS"] * 4 + ["IPL"] * 4,
        "reduced_time": [0.0, 0.1, 0.2, 0.3] * 2,
        "reduced_energy": [0.0, 1.0, -2.0, 0.5] + [0.0] * 4,
    }
)
RATES = pd.DataFrame(
    {"label": ["IPL", "SS"], "rate": [0.0, 12.0], "low": [0.0, NAN], "high": [0.3, NAN]}
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


def test_a_rate_of_nothing_is_shown_as_its_limit():
    rates = landscape(ENERGIES, RATES).axes[1]
    assert rates.lines[0].get_ydata() == [0.3]
    assert rates.lines[0].get_marker() == "v"


def test_local_correlations_show_both_populations_a_label():
    generator = np.random.default_rng(1)
    particles = pd.DataFrame(
        {
            "label": ["0.60"] * 100 + ["0.95"] * 100,
            "relative_kappa": generator.lognormal(0, 0.5, 200),
            "population": (["mobile"] * 20 + ["immobile"] * 20 + [""] * 60) * 2,
        }
    )
    ranks = pd.DataFrame(
        [
            {
                "label": label,
                "population": population,
                "low": low,
                "high": low + 0.5,
                "density": 1.0,
            }
            for label in ("0.60", "0.95")
            for population in ("mobile", "immobile")
            for low in (0.0, 0.5)
        ]
    )
    coefficients = pd.DataFrame(
        {"label": ["0.60", "0.95"], "spearman": [0.1, 0.4], "low": [0.05, NAN], "high": [0.2, NAN]}
    )
    axes = local_correlations(particles, ranks, coefficients).axes
    assert [ax.get_title() for ax in axes[:2]] == ["0.60", "0.95"]
    assert axes[2].get_title() == "$C_s$ = 0.10 [0.05, 0.20]"
    assert axes[3].get_title() == "$C_s$ = 0.40"


def test_tables_without_their_columns_are_refused():
    with pytest.raises(StatisticsError, match="no column low, high"):
        landscape(ENERGIES, RATES.drop(columns=["low", "high"]))
    with pytest.raises(StatisticsError, match="no column population"):
        local_correlations(pd.DataFrame({"relative_kappa": [1.0]}), pd.DataFrame())
