import numpy as np
import pandas as pd
import pytest

from lmpmeso.errors import StatisticsError
from lmpmeso.figures import equilibration


def tables(n_stretches):
    t = np.geomspace(0.01, 100, 20)
    numbers = range(1, n_stretches + 1)
    curves = pd.concat(
        pd.DataFrame({"stretch": k, "t_over_t0": t, "Fs": np.exp(-t / k), "Fs_error": 0.01})
        for k in numbers
    )
    energies = pd.DataFrame(
        {
            "stretch": numbers,
            "begin_over_t0": [100.0 * k for k in numbers],
            "duration_over_t0": 100.0,
            "potential_energy": [7.0 - 0.1 * k for k in numbers],
            "potential_energy_error": 0.01,
        }
    )
    return curves, energies


@pytest.mark.parametrize("n_stretches", [1, 4])
def test_equilibration_shows_a_curve_and_an_energy_for_each_stretch(n_stretches):
    curves, energies = tables(n_stretches)
    left, right = equilibration(curves, energies, title="ipl").axes
    assert left.get_legend_handles_labels()[1] == [f"stretch {k + 1}" for k in range(n_stretches)]
    assert len(right.lines) == n_stretches
    for line, row in zip(right.lines, energies.itertuples(), strict=True):
        assert list(line.get_xdata()) == [row.begin_over_t0, row.begin_over_t0 + 100.0]
        assert list(line.get_ydata()) == [row.potential_energy] * 2


def test_equilibration_refuses_a_table_without_its_columns():
    curves, energies = tables(2)
    with pytest.raises(StatisticsError, match="no column Fs"):
        equilibration(curves.drop(columns="Fs"), energies)
    with pytest.raises(StatisticsError, match="no column begin_over_t0"):
        equilibration(curves, energies.drop(columns="begin_over_t0"))
