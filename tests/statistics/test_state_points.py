"""Temperatures of equal relaxation time, by interpolation."""

import numpy as np
import pandas as pd
import pytest

from lmpmeso.errors import StatisticsError
from lmpmeso.statistics import equal_viscosity

TEMPERATURES = np.array([1.0, 0.8, 0.7, 0.6, 0.55, 0.5])


def runs(name, scale, error=None):
    """Super-Arrhenius: ln τ = -1 + 2/T' + 0.5/T'², T' = T/scale."""
    inverse = 1.0 / TEMPERATURES
    table = pd.DataFrame(
        {
            "model": name,
            "temperature": scale * TEMPERATURES,
            "tau_over_t0": np.exp(-1 + 2 * inverse + 0.5 * inverse**2),
        }
    )
    return table if error is None else table.assign(tau_over_t0_error=error * table["tau_over_t0"])


def exact_temperature(ln_tau):
    return 0.5 / (-1 + np.sqrt(1 + 0.5 * (ln_tau + 1)))


def test_temperatures_of_two_models_at_one_relaxation_time():
    found = equal_viscosity(pd.concat([runs("ipl", 1.0), runs("ss", 2.0)]), 60.0)
    expected = exact_temperature(np.log(60.0))
    assert found["model"].tolist() == ["ipl", "ss"]
    assert found["temperature"].to_numpy() == pytest.approx([expected, 2 * expected], rel=2e-3)
    assert not found["extrapolated"].any()
    assert found["nearest_temperature"].tolist() == pytest.approx([0.55, 1.1])


def test_a_target_that_was_run_is_found_exactly():
    table = runs("ipl", 1.0)
    found = equal_viscosity(table, table["tau_over_t0"][3])
    assert found["temperature"][0] == pytest.approx(0.6, rel=1e-12)


def test_the_interval_covers_the_temperature():
    rng = np.random.default_rng(0)
    expected, hits = exact_temperature(np.log(60.0)), 0
    for _ in range(300):
        table = runs("ipl", 1.0, 0.1)
        table["tau_over_t0"] *= np.exp(0.1 * rng.normal(size=len(table)))
        row = equal_viscosity(table, 60.0).iloc[0]
        hits += row["temperature_low"] <= expected <= row["temperature_high"]
    assert 0.84 < hits / 300 < 0.96


def test_extrapolation_is_refused_unless_asked_for():
    table = runs("ipl", 1.0, 0.1)
    with pytest.raises(StatisticsError, match="run lower temperatures"):
        equal_viscosity(table, 1e5)
    with pytest.raises(StatisticsError, match="run higher temperatures"):
        equal_viscosity(table, 0.1)
    row = equal_viscosity(table, 1e5, extrapolate=True).iloc[0]
    assert row["extrapolated"]
    # A line in 1/T reaches a relaxation time at too low a temperature.
    exact = exact_temperature(np.log(1e5))
    assert 0.9 * exact < row["temperature"] < exact
    inside = equal_viscosity(table, 60.0).iloc[0]
    width = row["temperature_high"] - row["temperature_low"]
    assert width > 2 * (inside["temperature_high"] - inside["temperature_low"])


def test_bad_tables_are_refused():
    table = runs("ipl", 1.0)
    with pytest.raises(StatisticsError, match="columns"):
        equal_viscosity(table.drop(columns="model"), 60.0)
    with pytest.raises(StatisticsError, match="single run"):
        equal_viscosity(table.head(1), 60.0)
    with pytest.raises(StatisticsError, match="two runs at one temperature"):
        equal_viscosity(pd.concat([table, table]), 60.0)
    with pytest.raises(StatisticsError, match="does not rise"):
        equal_viscosity(table.assign(tau_over_t0=table["tau_over_t0"].to_numpy()[::-1]), 60.0)
    with pytest.raises(StatisticsError, match="leave out runs"):
        equal_viscosity(table.assign(tau_over_t0=np.nan), 60.0)
    with pytest.raises(StatisticsError, match="target"):
        equal_viscosity(table, -1.0)
