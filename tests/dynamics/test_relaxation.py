import numpy as np
import pandas as pd
import pytest

from lmpmeso.dynamics import relaxation_time, self_intermediate
from lmpmeso.errors import StatisticsError


def stretched_exponential(tau=50.0, beta=0.6, per_decade=10, longest=1e4, error=None):
    """F_s with F_s(tau) = 0.2 on a logarithmic time axis."""
    t = np.logspace(-2, np.log10(longest), round(per_decade * (np.log10(longest) + 2)) + 1)
    table = pd.DataFrame({"t": t, "Fs": 0.2 ** ((t / tau) ** beta)})
    if error is not None:
        table["error"] = error
        table["n_blocks"] = 10
    return table


@pytest.mark.parametrize("per_decade", [5, 10, 20])
@pytest.mark.parametrize("beta", [0.4, 0.6, 1.0])
def test_the_time_of_a_stretched_exponential_is_found(per_decade, beta):
    tau = relaxation_time(stretched_exponential(37.0, beta, per_decade))
    assert tau.value == pytest.approx(37.0, rel=3e-3 if per_decade == 5 else 5e-4)


def test_a_coarse_logarithmic_axis_interpolates_better_than_a_straight_line():
    t = 2.0 ** np.arange(-6, 14)
    fs = pd.DataFrame({"t": t, "Fs": 0.2 ** ((t / 50.0) ** 0.6)})
    straight = np.exp(np.interp(-0.2, -fs["Fs"], np.log(t)))
    found = relaxation_time(fs).value
    assert abs(found - 50.0) < abs(straight - 50.0)
    assert found == pytest.approx(50.0, rel=5e-3)


def test_a_point_on_the_threshold_is_the_answer():
    fs = pd.DataFrame({"t": [1.0, 2.0, 4.0, 30.0], "Fs": [0.6, 0.4, 0.2, 0.0]})
    assert relaxation_time(fs).value == pytest.approx(4.0, rel=1e-9)


def test_another_threshold_gives_another_time():
    fs = stretched_exponential(50.0, 1.0)
    expected = 50.0 / np.log(5.0)
    assert relaxation_time(fs, np.exp(-1.0)).value == pytest.approx(expected, rel=1e-3)


def test_the_interval_comes_from_the_error_of_fs_and_the_number_of_blocks():
    fs = stretched_exponential(50.0, 1.0, 20, error=0.01)
    tau = relaxation_time(fs, level=0.9)
    half_width = 1.833113 * 0.01  # Student's t, 9 degrees of freedom, 95 %.
    assert tau.low == pytest.approx(50.0 * np.log(0.2 + half_width) / np.log(0.2), rel=2e-3)
    assert tau.high == pytest.approx(50.0 * np.log(0.2 - half_width) / np.log(0.2), rel=2e-3)
    narrow = relaxation_time(fs, level=0.5)
    assert tau.low < narrow.low < tau.value < narrow.high < tau.high


def test_a_run_shorter_than_ten_relaxation_times_has_a_wider_interval_and_says_so():
    fs = stretched_exponential(50.0, 1.0, 20, error=0.005)
    fs.attrs["run_time"] = 500.0
    long = relaxation_time(fs)
    fs.attrs["run_time"] = 200.0
    short, without = relaxation_time(fs), relaxation_time(fs, pool=False)
    assert (long.caveat, without.caveat) == ("", "")
    assert "the run is 4 τ_α long" in short.caveat
    width = short.high - short.low
    factor = 1.5
    # The blocks of so short a run overlap as well, which is another factor.
    assert width / (without.high - without.low) == pytest.approx(factor, rel=0.02)
    assert width > factor * (long.high - long.low)


def test_an_interval_without_upper_end_is_infinite():
    fs = stretched_exponential(50.0, 0.6, longest=200.0, error=0.15)
    assert relaxation_time(fs).high == np.inf


def test_an_unknown_error_gives_no_interval():
    assert np.isnan(relaxation_time(stretched_exponential()).low)
    unknown = stretched_exponential(error=np.nan)
    tau = relaxation_time(unknown)
    assert np.isnan(tau.low)
    assert np.isnan(tau.high)


def test_interval_of_simulated_walks_covers_the_truth(make_random_walk):
    q, step_length = 6.35, 0.08
    truth = -np.log(0.2) / (0.5 * (q * step_length) ** 2)
    covered = []
    for seed in range(60):
        walk = make_random_walk(200, 20, step_length, seed=seed)
        tau = relaxation_time(self_intermediate(walk, q, fix_center_of_mass=False))
        covered.append(tau.low < truth < tau.high)
    assert 0.78 <= np.mean(covered) <= 0.99


def test_a_run_too_short_to_relax_is_refused_with_advice():
    with pytest.raises(StatisticsError, match=r"falls only to .* run at least .* times longer"):
        relaxation_time(stretched_exponential(50.0, longest=10.0))


def test_the_advice_of_a_refusal_is_enough():
    # F_s(t) known up to t = 10: how much longer to reach τ = 50.
    with pytest.raises(StatisticsError) as refusal:
        relaxation_time(stretched_exponential(50.0, 0.6, longest=10.0))
    factor = float(str(refusal.value).split("run at least ")[1].split()[0])
    assert factor == pytest.approx(5.0, rel=0.1)


def test_a_run_shorter_than_three_relaxation_times_is_refused():
    fs = stretched_exponential(50.0, longest=100.0)
    with pytest.raises(StatisticsError, match=r"run for at least 150 \(3 τ_α\)"):
        relaxation_time(fs)
    tau = relaxation_time(fs, min_run=1.0)
    assert tau.run_time / tau.value == pytest.approx(2.0, rel=1e-3)


def test_a_relaxation_between_two_recorded_times_is_refused():
    fs = pd.DataFrame({"t": [0.1, 1.0, 100.0, 1000.0], "Fs": [0.99, 0.95, 0.01, 0.0]})
    with pytest.raises(StatisticsError, match="record frames between them"):
        relaxation_time(fs)


def test_a_relaxation_before_the_first_recorded_time_is_refused():
    with pytest.raises(StatisticsError, match="at the shortest lag already"):
        relaxation_time(pd.DataFrame({"t": [1.0, 2.0], "Fs": [0.1, 0.0]}))


def test_bad_arguments_are_refused():
    with pytest.raises(StatisticsError, match="between 0 and 1"):
        relaxation_time(stretched_exponential(), 1.5)
    with pytest.raises(StatisticsError, match="lacks the columns"):
        relaxation_time(pd.DataFrame({"t": [1.0], "msd": [1.0]}))
    with pytest.raises(StatisticsError, match="is empty"):
        relaxation_time(pd.DataFrame({"t": [], "Fs": []}))


def test_lags_of_no_time_origin_do_not_count():
    table = stretched_exponential().assign(n_origins=5)
    more = pd.DataFrame({"t": [60.0, 61.0], "Fs": [0.9, 0.9], "n_origins": [0, 0]})
    expected = relaxation_time(table).value
    assert relaxation_time(pd.concat([table, more], ignore_index=True)).value == expected
    with pytest.raises(StatisticsError, match="is empty"):
        relaxation_time(table.assign(n_origins=0))
