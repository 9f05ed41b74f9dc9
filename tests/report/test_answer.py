"""Whether κ/T orders the relaxation: what is said for which fit."""

import math

import numpy as np
import pandas as pd
import pytest

from lmpmeso.campaign.measurements.summary import without_plain_dynamics
from lmpmeso.campaign.settings import Liquid
from lmpmeso.campaign.tables import DONE
from lmpmeso.figures.liquids import PAPER_FITS
from lmpmeso.models import get_model
from lmpmeso.report.answer import (
    EquationThree,
    LiquidTables,
    answers,
    equation_three,
    stiffening,
    verdict,
)
from lmpmeso.statistics import fit_mesoelastic


def fit(**changes):
    """A fit that answers with yes, but for the changes."""
    numbers = {
        **{"time": 0.1, "time_low": 0.05, "time_high": 0.2},
        **{"length": 0.4, "length_low": 0.38, "length_high": 0.42},
        **{"exponent": 0.8, "exponent_low": 0.75, "exponent_high": 0.85},
        **{"n_points": 6, "n_supercooled": 6, "decades": 3.1, "factor": 1.05, "p_value": 0.5},
        **{"growth": 1.5, "growth_low": 1.3, "growth_high": 1.7},
    }
    return EquationThree(**(numbers | changes))


def test_a_straight_line_from_a_time_of_the_liquid_over_many_decades_is_a_yes():
    outcome, headline, because = verdict(fit())
    assert (outcome, headline) == ("yes", "Yes, over 3.1 decades of τ_α")
    assert "within a factor of 1.05" in because
    assert "p = 0.5" in because


def test_a_kappa_known_to_foretell_better_than_no_stiffness_is_still_a_yes():
    assert verdict(fit(beats_null=0.97))[0] == "yes"


def test_over_few_decades_nothing_is_confirmed():
    outcome, headline, _ = verdict(fit(decades=1.2))
    assert (outcome, headline) == ("open", "Not contradicted so far, over 1.2 decades of τ_α")
    assert verdict(fit(decades=1.2, time=1e-9, time_low=1e-10, time_high=1e-8))[1].startswith(
        "So far, no"
    )


@pytest.mark.parametrize(
    ("changes", "outcome", "words"),
    [
        ({"p_value": 0.01}, "nearly", "more than their errors"),
        ({"time": 4e-9, "time_low": 1e-10, "time_high": 1e-8}, "no", "t\u0303 = 4.0 × 10⁻⁹ t0"),
        ({"time": 30.0, "time_low": 5.0, "time_high": 90.0}, "no", "above any microscopic time"),
        ({"growth": 1.01, "growth_low": 0.92, "growth_high": 1.07}, "open", "1.01 [0.92 to 1.07]"),
        ({"beats_null": 0.6}, "open", "1/T alone, without any stiffness, no worse"),
        ({"growth_low": math.nan}, "open", "a constant barrier may fit as well"),
        ({"p_value": math.nan}, "open", "errors of some points are not known"),
        ({"time_low": 1e-4, "time_high": 0.5}, "open", "anywhere from 1.0 × 10⁻⁴ to 0.50 t0"),
        ({"n_supercooled": 2, "decades": 0.8}, "open", "2 are supercooled"),
        ({"n_supercooled": 1, "decades": 0.0}, "open", "1 is supercooled"),
        ({"decades": 0.4}, "open", "over 0.4 decades"),
        ({"time_low": math.nan, "time_high": math.nan, "caveat": "why"}, "open", "why"),
        ({"n_points": 0, "caveat": "too few"}, "open", "There is no fit: too few"),
    ],
)
def test_what_speaks_against_a_yes_is_told(changes, outcome, words):
    found, _, because = verdict(fit(**changes))
    assert found == outcome
    assert words in because


@pytest.mark.parametrize("model", list(PAPER_FITS))
def test_the_papers_fits_get_the_papers_verdict(model):
    time, length = PAPER_FITS[model]
    narrow = {"time": time, "time_low": time / 2, "time_high": 2 * time, "length": length}
    outcome, _, _ = verdict(fit(**narrow, decades=5.0))
    assert outcome == ("yes" if model in ("ipl", "mblj") else "no")


def tables(temperatures, tau_over_t0, kappa, fit_from=10.0, excluded=()):
    """Rows of state points, and the fit of Eq. 3 through them, as a campaign writes them."""
    model = get_model("ipl")
    points = pd.DataFrame(
        {
            "status": DONE,
            "excluded": ["drifts" if t in excluded else "" for t in temperatures],
            "temperature": temperatures,
            "tau_alpha_over_t0": tau_over_t0,
            **{f"{name}_ratio{end}": np.linspace(1.0, 1.5, len(temperatures)) + shift
               for name in ("kappa", "shear_modulus")
               for end, shift in (("", 0.0), ("_low", -0.1), ("_high", 0.1))},
        }
    )  # fmt: skip
    good = points["excluded"] == ""
    tau = np.array(tau_over_t0) * model.a0 / np.sqrt(temperatures)
    line = fit_mesoelastic(
        model, np.array(temperatures)[good], np.array(kappa)[good], tau[good],
        0.01 * np.array(kappa)[good], 0.05 * tau[good], shortest_reduced_time=fit_from,
    )  # fmt: skip
    fits = pd.DataFrame(
        {
            "fit": "mesoelastic",
            "quantity": name,
            "tau_over_t0_from": fit_from,
            "value": estimate.mean,
            "value_low": estimate.low,
            "value_high": estimate.high,
            "n_points": line.used.sum(),
            "rms_residual": line.rms_residual,
            "p_value": line.line.p_value,
            "caveat": estimate.caveat,
        }
        for name, estimate in (("time", line.time), ("length", line.length))
    )
    return points, fits


def obeying(temperatures, time, length):
    """τ_α/t0 and κ of a liquid that obeys Eq. 3 with stiffnesses that grow on cooling."""
    a0 = get_model("ipl").a0
    kappa = 20.0 + 15.0 / np.array(temperatures)
    return time * np.exp(length**2 * kappa * a0**2 / np.array(temperatures)), kappa


TEMPERATURES = (2.0, 1.2, 1.0, 0.8, 0.7, 0.6, 0.5)


def test_a_liquid_that_obeys_equation_3_is_a_yes_with_its_numbers():
    tau, kappa = obeying(TEMPERATURES, 0.1, 0.4)
    points, fits = tables(TEMPERATURES, tau, kappa)
    found = equation_three(points, fits)
    assert (found.time, found.length) == pytest.approx((0.1, 0.4), rel=1e-6)
    supercooled = tau[tau >= 10.0]
    assert found.n_supercooled == found.n_points == len(supercooled)
    assert found.decades == pytest.approx(math.log10(supercooled.max() / supercooled.min()))
    assert (found.growth, found.growth_low) == pytest.approx((1.5, 1.4))
    assert verdict(found)[0] == "yes"


def test_points_that_are_not_supercooled_lengthen_no_range():
    tau, kappa = obeying(TEMPERATURES, 0.1, 0.4)
    found = equation_three(*tables(TEMPERATURES, tau, kappa, fit_from=1.0))
    assert found.n_points > found.n_supercooled == (tau >= 10.0).sum()


def test_excluded_points_lengthen_no_range():
    tau, kappa = obeying(TEMPERATURES, 0.1, 0.4)
    every, fewer = (
        equation_three(*tables(TEMPERATURES, tau, kappa, excluded=left)) for left in ((), (0.5,))
    )
    assert fewer.decades < every.decades
    assert fewer.n_supercooled == every.n_supercooled - 1


def test_liquids_share_their_scales_and_stand_beside_the_paper():
    tau, kappa = obeying(TEMPERATURES, 0.1, 0.4)
    points, fits = tables(TEMPERATURES, tau, kappa)
    ours = LiquidTables(Liquid("ipl", 500, TEMPERATURES), points, fits, pd.DataFrame())
    theirs = LiquidTables(Liquid("sw", 500, TEMPERATURES), points, fits, pd.DataFrame())
    (alone,) = answers([ours])
    first, second = answers([ours, theirs])
    length, time = alone.gauges
    assert length.paper == "0.4"
    assert time.paper == "0.1"
    assert second.gauges[1].paper == "9 × 10⁻¹⁴"
    assert first.gauges[1].ticks == second.gauges[1].ticks != time.ticks
    assert time.whisker[0] < time.at < time.whisker[1]
    assert time.at == pytest.approx(50.0, abs=0.01)  # 0.1 in the middle of 0.001 to 10


def test_without_any_fit_the_reason_is_told_and_no_gauge_is_drawn():
    points, _ = tables(TEMPERATURES, *obeying(TEMPERATURES, 0.1, 0.4))
    none = pd.DataFrame(
        {"fit": ["mesoelastic"], "quantity": ["none"], "caveat": ["too few points"]}
    )
    (answer,) = answers(
        [LiquidTables(Liquid("ipl", 500, TEMPERATURES), points, none, pd.DataFrame())]
    )
    assert answer.outcome == "open"
    assert "too few points" in answer.because
    assert answer.gauges == ()


def test_the_change_from_hot_to_cold_comes_with_its_interval():
    points, _ = tables(TEMPERATURES, *obeying(TEMPERATURES, 0.1, 0.4))
    told = stiffening(points)
    assert told.startswith("From T = 2 to 0.5 κ rises by 50 % (+40 to +60 %) and G rises by 50 %")
    points["kappa_ratio_low"] = 0.9
    assert "κ does not change by more than its errors (−10 to +60 %)" in stiffening(points)


def test_of_a_liquid_that_ran_with_swaps_no_slowing_is_told():
    """Where its run is short its τ with swaps is not known, too."""
    points, _ = tables(TEMPERATURES, *obeying(TEMPERATURES, 0.1, 0.4))
    unknown = {"tau_alpha_over_t0": math.nan} | dict.fromkeys(
        (f"tau_alpha_over_t0{end}" for end in ("_low", "_high")), math.nan
    )
    told = without_plain_dynamics(unknown)
    points.loc[points["temperature"].idxmin(), list(told)] = list(told.values())
    assert stiffening(points).endswith(
        "; swaps brought the coldest to equilibrium, and its τ_α was not measured."
    )


def test_the_change_is_told_from_the_hottest_liquid_in_equilibrium():
    points, _ = tables(TEMPERATURES, *obeying(TEMPERATURES, 0.1, 0.4), excluded=(2.0,))
    assert stiffening(points).startswith("From T = 1.2 to 0.5")
    points["excluded"] = ["drifts", "", *["crystallised"] * 5]
    assert stiffening(points) == ""
    assert stiffening(pd.DataFrame({"status": ["waiting"], "temperature": [1.0]})) == ""
