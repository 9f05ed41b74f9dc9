"""Agreement with the programs of other groups on their own trajectories."""

import numpy as np
import pandas as pd
import pytest

from lmpmeso.dynamics import (
    diffusion_coefficient,
    lag_table,
    mean_squared_displacement,
    relaxation_time,
    self_intermediate,
)
from lmpmeso.errors import StatisticsError

PRINTED_DIGITS = 6


@pytest.mark.parametrize("species", [0, 1])
def test_msd_of_a_logarithmic_block_agrees_with_rumd(rumd_block, rumd_numbers, species):
    reference = np.array(rumd_numbers["block_msd_time_A_B"])
    from_start = lag_table(rumd_block.steps, "all", origins=[0])
    msd = mean_squared_displacement(rumd_block, species, lags=from_start, fix_center_of_mass=False)
    assert msd["t"].to_numpy() == pytest.approx(reference[:, 0], rel=5e-6)
    # RUMD's positions are printed to 1e-4 and its own were in single precision.
    assert msd["msd"].to_numpy() == pytest.approx(reference[:, 1 + species], rel=1.1e-5)


@pytest.mark.parametrize(("species", "q"), [(0, 7.26), (1, 8.31)])
def test_scattering_of_a_logarithmic_block_agrees_with_rumd(rumd_block, rumd_numbers, species, q):
    reference = np.array(rumd_numbers["block_Fs_time_A_B"])
    from_start = lag_table(rumd_block.steps, "all", origins=[0])
    fs = self_intermediate(
        rumd_block, q, species, method="axes", lags=from_start, fix_center_of_mass=False
    )
    assert fs["Fs"].to_numpy() == pytest.approx(
        reference[:, 1 + species], abs=0.51 * 10.0**-PRINTED_DIGITS
    )


@pytest.mark.parametrize(
    ("species", "reference"),
    [(0, (0.12708, 1.21310, 2.16969)), (1, (0.22107, 2.30182, 4.35421))],
)
def test_msd_agrees_with_atooms(kalj_small, species, reference):
    msd = mean_squared_displacement(kalj_small, species, lags=[3000, 45_000, 90_000])
    assert msd["msd"].to_numpy() == pytest.approx(reference, abs=0.6e-5)


@pytest.mark.parametrize(("q", "reference"), [(4.0, 14.08), (7.3, 3.10)])
@pytest.mark.parametrize("method", ["isotropic", "shell"])
def test_relaxation_time_agrees_with_atooms(kalj_small, q, reference, method):
    # atooms averages over wave vectors in a shell and states a tolerance of 4 %.
    fs = self_intermediate(kalj_small, q, 0, method=method, shell_width=0.5)
    tau = relaxation_time(fs, threshold=np.exp(-1.0))
    assert tau.value == pytest.approx(reference, rel=0.04)


def test_a_relaxation_before_the_first_lag_is_refused_where_atooms_interpolates(kalj_small):
    fs = self_intermediate(kalj_small, 10.0, 0)
    from_zero = np.concatenate([[1.0], fs["Fs"]])
    times = np.concatenate([[0.0], fs["t"]])
    assert np.interp(-np.exp(-1.0), -from_zero[:3], times[:3]) == pytest.approx(0.970, rel=0.04)
    with pytest.raises(StatisticsError, match="record frames more often"):
        relaxation_time(fs, threshold=np.exp(-1.0))


@pytest.mark.parametrize(("column", "reference"), [(1, 5.44e-3), (2, 9.02e-3)])
def test_diffusion_from_rumd_msd_over_nine_decades(rumd_numbers, column, reference):
    table = np.array(rumd_numbers["T08_msd_time_A_B"])
    msd = pd.DataFrame({"t": table[:, 0], "msd": table[:, column], "error": np.nan, "n_blocks": 10})
    assert diffusion_coefficient(msd, 3).value == pytest.approx(reference, rel=0.02)
