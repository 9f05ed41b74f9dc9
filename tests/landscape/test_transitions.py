import math
from dataclasses import asdict, replace

import numpy as np
import pytest

from lmpmeso.errors import ProtocolError, StatisticsError
from lmpmeso.landscape import (
    moves,
    quench_noise,
    rate_convergence,
    transition_rate,
    transitions,
)
from lmpmeso.landscape.rate import bisection_rate
from lmpmeso.models import get_model
from tests.landscape.made_up import STEP, jumps_at, structures

MODEL = get_model("ss")


def test_size_of_a_transition_counts_the_particles_that_move():
    still = np.random.default_rng(0).random((100, 3))
    moved = still.copy()
    moved[:8] += 0.1 * np.array([1, -1] * 4)[:, None]
    table = moves(structures([still, moved], [0.0, 2.0]))
    assert table["participation"][0] == pytest.approx(8)
    assert table["largest_displacement"][0] == pytest.approx(0.1 * math.sqrt(3))
    assert table["squared_displacement"][0] == pytest.approx(8 * 0.03)
    assert table["energy_step"][0] == 2.0


def test_a_common_translation_is_no_move():
    still = np.random.default_rng(0).random((20, 3))
    table = moves(structures([still, still + 0.7], [1.0, 1.0]))
    assert table["largest_displacement"][0] < 1e-14


def test_both_criteria_find_the_same_transitions():
    found = jumps_at({5, 9, 30})
    by_energy = transitions(found, "energy", temperature=1.0)
    assert transitions(found)["step"].tolist() == by_energy["step"].tolist() == [5, 9, 30]


def test_structures_of_equal_energy_differ_by_displacement_only():
    still = np.random.default_rng(0).random((20, 3))
    moved = still.copy()
    moved[3] += 0.2
    found = structures([still, moved], [1.0, 1.0])
    assert len(transitions(found)) == 1
    assert len(transitions(found, "energy", 1e-9)) == 0


def test_noise_and_transitions_are_told_apart():
    still = np.random.default_rng(0).random((20, 3))
    shaken, moved = still.copy(), still.copy()
    shaken[4, 1] += 3e-9
    moved[3, 0] += 0.2
    noise = quench_noise(structures([still, shaken, moved], [1.0, 1.0 + 1e-11, 1.4]))
    assert noise.displacement == pytest.approx(3e-9, rel=0.1)
    assert noise.energy == pytest.approx(1e-11, rel=0.1)
    assert (noise.n_same, noise.n_different) == (1, 1)
    assert noise.smallest_displacement == pytest.approx(0.2, rel=0.1)
    assert noise.smallest_energy == pytest.approx(0.4)


def test_noise_is_found_across_an_excursion():
    still = np.random.default_rng(0).random((20, 3))
    shaken, moved = still.copy(), still.copy()
    shaken[4, 1] += 3e-9
    moved[3, 0] += 0.2
    noise = quench_noise(structures([still, moved, shaken], [1.0, 1.4, 1.0 + 1e-11]))
    assert noise.displacement == pytest.approx(3e-9, rel=0.1)
    assert (noise.n_same, noise.n_different) == (1, 2)


def test_recognised_structures_say_nothing_of_noise():
    still = np.random.default_rng(0).random((20, 3))
    noise = quench_noise(structures([still, still], [1.0, 1.0], recognised=True))
    assert noise.n_same == 0
    assert math.isnan(noise.displacement)


def test_a_threshold_in_the_noise_is_refused():
    still = np.random.default_rng(0).random((20, 3))
    shaken = still.copy()
    shaken[4, 1] += 4e-6
    found = structures([still, shaken], [1.0, 1.0 + 1e-5])
    with pytest.raises(StatisticsError, match="quench to smaller forces"):
        transitions(found)
    with pytest.raises(StatisticsError, match="in energy is below"):
        transitions(found, "energy", temperature=1.0)


def test_a_threshold_below_that_of_the_bisection_is_refused():
    still = np.zeros((5, 3))
    found = structures([still, still], [0.0, 0.0], search="bisection", recognised=True)
    with pytest.raises(StatisticsError, match="what the bisection looked at"):
        transitions(found, threshold=1e-7)


def test_bad_criteria_are_refused():
    found = jumps_at({3})
    with pytest.raises(ProtocolError, match="criterion must be one of"):
        transitions(found, "colour")
    with pytest.raises(ProtocolError, match="or the temperature"):
        transitions(found, "energy")
    with pytest.raises(ProtocolError, match="must be positive"):
        transitions(found, threshold=-1.0)


def test_rate_is_that_of_a_thousand_particles_in_a_ballistic_time():
    temperature = 1.0
    found = [jumps_at({5, 9}), jumps_at({3}), jumps_at({1, 2, 3}), jumps_at({7, 20})]
    result = transition_rate(found, MODEL, temperature)
    per_time = 2.0 / (40 * STEP)
    ballistic = 0.1 * MODEL.t0(temperature)
    assert result.reduced.mean == pytest.approx(per_time * ballistic * 1000 / 10)
    assert result.reduced.low < result.reduced.mean < result.reduced.high
    assert result.counts_k.tolist() == [2, 1, 3, 2]
    assert result.reduced.mean * result.unit == pytest.approx(per_time)


def test_the_default_threshold_in_energy_is_in_units_of_the_thermal_energy():
    metal, temperature = get_model("cuzr"), 1000.0
    thermal = metal.thermal_energy(temperature)
    place_q = np.searchsorted([5, 9, 30], np.arange(41), side="right")
    small = replace(jumps_at({5, 9, 30}), energies_q=-10.0 + 1e-3 * thermal * place_q)
    rate = transition_rate([small], metal, temperature, criterion="energy")
    assert rate.counts_k.tolist() == [3]
    assert rate.threshold == pytest.approx(1e-6 * thermal)
    table = rate_convergence([small], metal, temperature, criterion="energy").by_threshold
    by_threshold = table.set_index("threshold")["rate"]
    assert by_threshold.index[1] == pytest.approx(1e-6 * thermal)
    assert by_threshold.iloc[1] == pytest.approx(rate.reduced.mean)


def test_no_event_at_all_still_bounds_the_rate():
    result = transition_rate([jumps_at(set()) for _ in range(4)], MODEL, 1.0, level=0.9)
    assert result.reduced.mean == result.reduced.low == 0.0
    assert result.reduced.high * result.unit == pytest.approx(-math.log(0.1) / (4 * 40 * STEP))
    assert "no event" in result.reduced.caveat


def test_no_interval_of_a_rate_reaches_below_nothing():
    result = transition_rate([jumps_at({5}), jumps_at(set()), jumps_at(set())], MODEL, 1.0)
    assert result.reduced.low == 0.0 < result.reduced.mean < result.reduced.high


def test_rare_jumps_converge_in_the_sampling_interval():
    found = [jumps_at({5, 25}), jumps_at({3}), jumps_at({11})]
    result = rate_convergence(found, MODEL, 1.0)
    assert result.interval_converged
    assert result.threshold_converged
    assert result.statement.startswith("converged in the sampling interval")
    assert result.by_interval["rate"].is_monotonic_decreasing
    assert result.by_interval["interval"].tolist() == pytest.approx([STEP, 2 * STEP, 4 * STEP])


def test_jumps_there_and_back_between_frames_do_not_converge():
    found = [jumps_at(set(range(1, 41))) for _ in range(3)]
    result = rate_convergence(found, MODEL, 1.0)
    assert result.interval_converged is False
    assert result.by_interval["rate"].tolist()[1:] == [0.0, 0.0]
    assert "not converged in the sampling interval" in result.statement


def test_small_jumps_do_not_converge_in_the_threshold():
    found = [jumps_at({5, 12}, size=3e-5), jumps_at({8}, size=3e-5), jumps_at({8}, size=0.1)]
    result = rate_convergence(found, MODEL, 1.0)
    assert result.threshold_converged is False


def test_unlike_trajectories_are_not_averaged():
    with pytest.raises(StatisticsError, match="no trajectory"):
        transition_rate([], MODEL, 1.0)
    with pytest.raises(StatisticsError, match="differ in N"):
        transition_rate([jumps_at({3}), jumps_at({3}, n_particles=11)], MODEL, 1.0)
    uneven = structures(np.zeros((3, 4, 3)), np.zeros(3), steps=[0, 1, 5])
    with pytest.raises(StatisticsError, match="evenly spaced"):
        transition_rate([uneven], MODEL, 1.0)


def test_the_authors_search_hides_excursions_between_frames_of_one_structure():
    there_and_back = [jumps_at({5, 7, 20}), jumps_at({9, 11, 30})]
    every = transition_rate(there_and_back, MODEL, 1.0)
    seen = bisection_rate(there_and_back, MODEL, 1.0)
    assert every.counts_k.tolist() == [3, 3]
    assert seen.mean == pytest.approx(every.reduced.mean / 3)
    once = [replace(t, search="bisection") for t in there_and_back]
    np.testing.assert_equal(
        asdict(bisection_rate(once, MODEL, 1.0)), asdict(transition_rate(once, MODEL, 1.0).reduced)
    )
