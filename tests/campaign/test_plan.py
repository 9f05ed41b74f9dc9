"""Presets agree with the paper; estimates behave as costs do."""

import itertools
import math

import numpy as np
import pytest

from lmpmeso.campaign.cost import costs, force_calls
from lmpmeso.campaign.expected_relaxation import (
    _beyond,
    _entries,
    expected_relaxation,
    temperature_of_relaxation,
)
from lmpmeso.campaign.folder import preset_names, preset_text
from lmpmeso.campaign.plan import caveats, plan_campaign
from lmpmeso.campaign.reading import parse_campaign
from lmpmeso.campaign.study import state_points, study_steps
from lmpmeso.equilibrium.plan import expected_duration, next_duration
from lmpmeso.errors import StatisticsError
from lmpmeso.models import get_model, model_names

PAPER = {
    "ipl": (2000, 10000),
    "mblj": (8000, 128),
    "ss": (3000, 238),
    "sw": (8000, 200),
    "ss-0.70": (4000, 49),
    "ss-0.95": (4000, 93),
}
"""N of Tables I and III, and the ensemble size of Table II."""


def preset(name):
    return parse_campaign(preset_text(name), name)


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_is_without_fault_named_after_itself_and_can_be_planned(name):
    campaign = preset(name)
    assert campaign.name == name
    plan = plan_campaign(campaign)
    assert plan.core_hours > 0
    for point in state_points(campaign):
        low, high = point.liquid.glass_model.temperature_range
        assert low <= point.temperature <= high


@pytest.mark.parametrize("model", PAPER)
def test_the_presets_of_the_paper_have_its_sizes_and_at_least_its_ensembles(model):
    n_particles, n_glasses = PAPER[model]
    (liquid,) = preset(f"{model}-paper").liquids
    assert liquid.n_particles == n_particles
    assert set(liquid.glasses[:-1]) == {n_glasses}
    assert liquid.glasses[-1] >= n_glasses


def test_the_smallest_preset_is_a_matter_of_minutes():
    plan = plan_campaign(preset("ipl-mini"))
    assert len(plan.state_points) == 4
    assert plan.core_hours < 0.1
    assert caveats(plan) == []


@pytest.mark.parametrize("name", [n for n in preset_names() if n.endswith("-laptop")])
def test_the_presets_for_a_laptop_fit_one(name):
    plan = plan_campaign(preset(name))
    assert plan.core_hours < 48
    assert plan.memory < 4
    assert plan.disk < 20


def test_more_workers_cannot_shorten_the_longest_chain():
    plan = plan_campaign(preset("ipl-laptop"))
    assert plan.hours_with(1) == plan.core_hours
    assert plan.hours_with(10**6) == plan.longest_chain
    assert 0 < plan.longest_chain < plan.core_hours


def test_twice_the_glasses_are_twice_the_quenches():
    text = preset_text("ipl-mini")
    once = plan_campaign(parse_campaign(text))
    twice = plan_campaign(parse_campaign(text.replace("number = 40", "number = 80")))
    for kind in ("quenches", "elasticity"):
        ratios = [
            b.core_hours[kind] / a.core_hours[kind]
            for a, b in zip(once.state_points, twice.state_points, strict=True)
        ]
        assert ratios == pytest.approx([2.0] * 4)


def test_the_plan_names_what_it_does_not_know():
    text = (
        'name = "x"\n[[liquids]]\nmodel = "ss-0.80"\nq = 6\ntemperatures = [2.0]\nglasses = 2\n'
        "[equilibration]\nmax_t0 = 1e4\n"
    )
    told = "\n".join(caveats(plan_campaign(parse_campaign(text))))
    assert "unknown" in told
    assert "2 glasses give no interval" in told


@pytest.mark.parametrize("temperature", [0.3, 0.05, 1e-3, 1e-9])
def test_a_liquid_that_is_far_too_cold_is_planned_as_one_that_nobody_can_run(temperature):
    text = f'name = "x"\n[[liquids]]\nmodel = "ipl"\nn_particles = 100\ntemperatures = [{temperature}]\n'
    plan = plan_campaign(parse_campaign(text))
    assert plan.core_hours > 1e6 * 8766
    told = "\n".join(caveats(plan))
    assert "outside 0.5 to 2" in told
    assert "extrapolated" in told


def test_groups_of_the_study_begin_with_the_state_point_as_the_plan_counts_them():
    campaign = preset("ipl-mini")
    labels = {f"{p.liquid.model} T={p.temperature:g} " for p in state_points(campaign)}
    for step in study_steps(campaign):
        assert any(step.group.startswith(label) for label in labels), step.group


@pytest.mark.parametrize("model", sorted(_entries()))
def test_expected_relaxation_grows_on_cooling_and_is_exact_at_its_entries(model):
    entries = _entries()[model]
    for hot, cold in itertools.pairwise(entries):
        assert hot.temperature > cold.temperature
        assert hot.tau_over_t0 < cold.tau_over_t0
        between = expected_relaxation(model, (hot.temperature * cold.temperature) ** 0.5)
        assert hot.tau_over_t0 < between.tau_over_t0 < cold.tau_over_t0
    for entry in entries:
        assert expected_relaxation(model, entry.temperature).tau_over_t0 == entry.tau_over_t0


def test_a_temperature_and_its_relaxation_time_are_each_other_s_inverse():
    for tau in (5.0, 20.0, 60.0):
        temperature = temperature_of_relaxation("ipl", tau)
        assert expected_relaxation("ipl", temperature).tau_over_t0 == pytest.approx(tau, rel=0.01)


def test_what_was_read_off_an_axis_chooses_no_temperature():
    with pytest.raises(StatisticsError, match="give temperatures"):
        temperature_of_relaxation("mblj", 1e6)


def test_an_extrapolated_relaxation_time_says_so():
    assert expected_relaxation("ipl", 0.4).origin == "extrapolated"
    assert expected_relaxation("ipl", 0.52).origin == "order of magnitude"
    assert expected_relaxation("ipl", 0.75).origin == "interpolated"
    assert expected_relaxation("sw-21-0.46", 1.0) is None


@pytest.mark.parametrize("model", ["ipl", "ipl2d", "mblj", "ss", "ss-0.95", "sw"])
def test_an_extrapolation_to_what_was_left_out_is_mostly_below_it_and_not_by_much(model):
    """Two entries of nearly one temperature and of two sources, as 6.0 and 5.9 of ss-0.95, do not decide its slope."""
    entries = [entry for entry in _entries()[model] if not entry.rough]
    ratios = []
    for known in range(4, len(entries)):
        x = [1.0 / entry.temperature for entry in entries[:known]]
        y = [math.log(entry.tau_over_t0) for entry in entries[:known]]
        for left_out in entries[known:]:
            growth = left_out.tau_over_t0 / entries[known - 1].tau_over_t0
            if entries[known - 1].tau_over_t0 > 9.0 and growth < 10.0:
                found = math.exp(_beyond(x, y, 1.0 / left_out.temperature))
                ratios.append(found / left_out.tau_over_t0)
    assert 0.4 < np.median(ratios) < 1.1
    assert 0.2 < min(ratios) <= max(ratios) < 2.0


def test_what_is_extrapolated_goes_on_where_the_entries_end():
    coldest = _entries()["ss-0.95"][-1]
    at, below = (
        expected_relaxation("ss-0.95", t).tau_over_t0
        for t in (coldest.temperature, coldest.temperature * (1 - 1e-6))
    )
    assert below == pytest.approx(at, rel=1e-3)
    assert below > at


@pytest.mark.parametrize("tau", [0.5, 3.0, 40.0, 700.0, 1e4])
def test_an_equilibration_is_planned_by_the_stretches_that_it_takes(tau):
    """Doubled from 50 t0 on until they are long enough, then two that agree; one more is reckoned with."""
    stretch = 5.0
    planned = expected_duration(tau, stretch)
    done, durations = 50.0, [50.0]
    while sum(d >= stretch * tau for d in durations) < 3:
        done = next_duration(done, tau if done >= 2 * tau else None, stretch)
        durations.append(done)
    assert planned == sum(durations)
    assert planned >= 3 * max(50.0, stretch * tau)
    assert planned <= 7 * max(50.0, stretch * tau)


def test_a_denser_member_of_a_family_costs_what_its_neighbours_cost():
    """ss-0.95 has 0.95/0.60 times the neighbours of ss, whose costs were measured."""
    thin, dense = costs(get_model("ss"), 1000), costs(get_model("ss-0.95"), 1000)
    assert dense.step / thin.step == pytest.approx(0.95 / 0.60)


@pytest.mark.parametrize("name", model_names())
def test_costs_grow_with_the_system_and_are_known_for_every_model(name):
    model = get_model(name)
    small, large = costs(model, 1000), costs(model, 8000)
    for quantity, value in vars(small).items():
        assert 0 < value < vars(large)[quantity]
    # Selected inversion grows as N² in three dimensions, as N^1.5 in two, besides smaller terms.
    exponent = 2.6 if model.dimension == 3 else 2.1
    assert large.elasticity / small.elasticity < 8**exponent


def test_a_hessian_by_differences_is_planned_with_the_forces_that_it_takes():
    """docs/benchmarks.md: 634 sets of forces for silica, 214 for silicon; a box of few particles needs fewer."""
    silica = get_model("silica")
    assert 634 / 2 < force_calls(silica, 648) < 634 * 2
    assert 214 / 2 < force_calls(get_model("si-tersoff"), 216) < 214 * 2
    assert force_calls(silica, 20) == 120
    price = costs(silica, 648)
    assert price.elasticity > force_calls(silica, 648) * price.step
