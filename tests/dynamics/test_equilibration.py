import numpy as np
import pandas as pd
import pytest

from lmpmeso import get_model
from lmpmeso.dynamics import check_equilibration, compare_stretches
from lmpmeso.dynamics.equilibration import BLOCKS, change_p_value
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


def correlated_blocks(rng, n_quantities=16):
    """Blocks in equilibrium, whose quantities follow one another as F_s and MSD do."""
    common = rng.normal(size=(2 * BLOCKS, 1))
    return 3.0 + 0.01 * (common + 0.5 * rng.normal(size=(2 * BLOCKS, n_quantities)))


def test_p_values_of_runs_in_equilibrium_are_uniform():
    rng = np.random.default_rng(41)
    p_values = np.array([change_p_value(correlated_blocks(rng)) for _ in range(300)])
    for significance in (0.05, 0.2, 0.5):
        spread = np.sqrt(significance * (1 - significance) / len(p_values))
        assert np.mean(p_values < significance) == pytest.approx(significance, abs=3 * spread)


@pytest.mark.parametrize("change", ["step", "drift", "decay"])
def test_large_changes_are_found_whatever_their_shape(change):
    block = np.arange(2 * BLOCKS)
    shape = {
        "step": block >= BLOCKS,
        "drift": block / block[-1],
        "decay": np.exp(-block / 1.5),
    }[change]
    rng = np.random.default_rng(42)
    found = [
        change_p_value(correlated_blocks(rng) + 0.04 * shape[:, None]) < 0.05 for _ in range(60)
    ]
    assert np.mean(found) > 0.75


def test_constant_quantities_are_no_evidence():
    rng = np.random.default_rng(43)
    values = correlated_blocks(rng, 3)
    with_constant = np.column_stack([values, np.full(2 * BLOCKS, 7.0)])
    assert change_p_value(with_constant) == change_p_value(values)
    assert change_p_value(np.ones((2 * BLOCKS, 2))) == 1.0


def test_stretches_of_two_runs_are_compared(make_random_walk):
    fast, slow = (
        make_random_walk(N_FRAMES, 60, step, seed=33, species=np.ones(60)) for step in (0.08, 0.06)
    )
    assert compare_stretches([fast, fast], MODEL).p_value > 0.3
    verdict = compare_stretches([fast, slow], MODEL)
    assert not verdict.equilibrated
    assert verdict.p_value < 0.01
    assert set(verdict.comparisons["change"]) <= {"step", "drift", "decay"}
    with pytest.raises(StatisticsError, match="at least two stretches"):
        compare_stretches([fast], MODEL)
