import numpy as np
import pandas as pd
import pytest

from lmpmeso.dynamics import diffusion_coefficient, mean_squared_displacement
from lmpmeso.errors import StatisticsError


def model_msd(t, d_long, cage=0.05, d=3):
    """Ballistic, then a cage, then diffusion."""
    return cage * (1.0 - np.exp(-(t**2) / cage)) + 2.0 * d * d_long * t


def table_of(t, msd, relative_error=0.01, n_blocks=10):
    return pd.DataFrame({"t": t, "msd": msd, "error": relative_error * msd, "n_blocks": n_blocks})


@pytest.mark.parametrize("d", [2, 3])
def test_diffusion_of_random_walks_is_found_within_its_interval(make_random_walk, d):
    walk = make_random_walk(500, 300, 0.05, seed=21, d=d)
    found = diffusion_coefficient(mean_squared_displacement(walk))
    assert found.value == pytest.approx(0.05**2 / 2.0, rel=0.05)
    assert found.low < 0.05**2 / 2.0 < found.high
    assert found.slope == pytest.approx(1.0, abs=0.05)


def test_diffusion_beyond_a_cage_is_found():
    t = np.logspace(-2, 6, 100)
    found = diffusion_coefficient(table_of(t, model_msd(t, 1e-4)), 3)
    assert found.value == pytest.approx(1e-4, rel=1e-6)
    assert found.offset == pytest.approx(0.05, rel=1e-6)
    assert found.t_min > 500


def test_a_cage_is_not_taken_for_diffusion():
    # The slope passes 1 between the ballistic regime and the plateau.
    t = np.logspace(-2, 1.5, 100)
    with pytest.raises(StatisticsError, match="no diffusive regime"):
        diffusion_coefficient(table_of(t, model_msd(t, 1e-4)), 3)


def test_ballistic_motion_is_not_taken_for_diffusion():
    t = np.logspace(-2, 2, 60)
    with pytest.raises(StatisticsError, match=r"slope of the MSD is 2\.00"):
        diffusion_coefficient(table_of(t, t**2), 3)


def test_lags_without_independent_origins_are_not_used():
    t = np.logspace(0, 4, 81)
    msd = 6.0 * 1e-3 * t
    msd[t > 1000] *= 3.0
    table = table_of(t, msd)
    table.loc[t > 1000, "n_blocks"] = 1
    found = diffusion_coefficient(table, 3)
    assert found.value == pytest.approx(1e-3, rel=1e-9)
    assert found.t_max <= 1000.0


def test_an_unknown_dimension_is_refused():
    t = np.logspace(0, 4, 81)
    with pytest.raises(StatisticsError, match="dimension must be"):
        diffusion_coefficient(table_of(t, t))
    with pytest.raises(StatisticsError, match="lacks the columns"):
        diffusion_coefficient(pd.DataFrame({"t": t, "msd": t}), 3)
    with pytest.raises(StatisticsError, match="run longer"):
        diffusion_coefficient(table_of(t, t, n_blocks=1), 3)


@pytest.mark.parametrize(("power", "then"), [(0.85, "fall"), (1.15, "rise")])
def test_a_slope_that_is_not_quite_one_tells_where_d_may_go(power, then):
    t = np.logspace(0, 1.2, 60)
    found = diffusion_coefficient(table_of(t, t**power), 3)
    assert found.caveat.endswith(f"D may still {then}")
