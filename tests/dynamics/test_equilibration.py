import numpy as np
import pandas as pd
import pytest

from lmpmeso import get_model
from lmpmeso.dynamics import check_equilibration
from lmpmeso.errors import StatisticsError

MODEL = get_model("ipl")
N_FRAMES = 601


def energies_of(values, name="potential_energy"):
    return pd.DataFrame({"step": np.arange(1, len(values) + 1), name: values})


@pytest.fixture(scope="module")
def stationary_walk(make_random_walk):
    """Large and small walkers whose τ is about 32 frames."""
    return make_random_walk(N_FRAMES, 60, 0.05, seed=31, species=np.arange(60) % 2)


def test_a_stationary_run_is_called_equilibrated(stationary_walk):
    verdict = check_equilibration(stationary_walk, MODEL)
    assert verdict.equilibrated
    assert "no significant change" in verdict.reason
    assert len(verdict.relaxation_times) == 2
    assert set(verdict.comparisons["quantity"]) == {"Fs", "msd"}


def test_stationary_runs_are_rarely_rejected(make_random_walk):
    verdicts = [
        check_equilibration(
            make_random_walk(N_FRAMES, 20, 0.05, seed=seed, species=np.ones(20)), MODEL
        ).equilibrated
        for seed in range(20)
    ]
    assert np.mean(verdicts) >= 0.85


def test_dynamics_that_slows_down_is_noticed(make_random_walk):
    slowing = np.linspace(0.07, 0.045, N_FRAMES - 1)
    walk = make_random_walk(N_FRAMES, 200, slowing, seed=32, species=np.ones(200))
    verdict = check_equilibration(walk, MODEL)
    assert not verdict.equilibrated
    assert "still changing" in verdict.reason
    first, second = verdict.relaxation_times
    assert second.value > first.value


def test_an_energy_that_drifts_is_noticed(stationary_walk):
    rng = np.random.default_rng(0)
    steady = 7.0 + 0.01 * rng.normal(size=600)
    assert check_equilibration(stationary_walk, MODEL, energies_of(steady)).equilibrated
    drifting = steady - np.linspace(0.0, 0.02, 600)
    verdict = check_equilibration(stationary_walk, MODEL, energies_of(drifting, "pressure"))
    assert not verdict.equilibrated
    assert "pressure" in verdict.reason


def test_a_run_too_short_to_judge_is_not_called_equilibrated(make_random_walk):
    short = make_random_walk(60, 60, 0.05, seed=31, species=np.ones(60))
    verdict = check_equilibration(short, MODEL)
    assert not verdict.equilibrated
    assert "too short to judge" in verdict.reason
    assert verdict.relaxation_times == ()


def test_frames_that_cover_only_the_start_are_not_judged(make_random_walk):
    steps = np.concatenate([np.arange(50), [5000]])
    walk = make_random_walk(51, 60, 0.3, seed=31, species=np.ones(60), steps=steps)
    with pytest.raises(StatisticsError, match="cover the whole run"):
        check_equilibration(walk, MODEL)


def test_energies_that_cannot_be_compared_are_refused(stationary_walk):
    with pytest.raises(StatisticsError, match="needs a column step"):
        check_equilibration(stationary_walk, MODEL, pd.DataFrame({"step": [1], "energy": [0.0]}))
    with pytest.raises(StatisticsError, match="print energies more often"):
        check_equilibration(stationary_walk, MODEL, energies_of(np.ones(3)))
    with pytest.raises(StatisticsError, match="at least two stretches"):
        check_equilibration(stationary_walk, MODEL, n_stretches=1)
