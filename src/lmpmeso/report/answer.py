"""Whether κ/T orders the relaxation of a liquid: what its fit of Eq. 3 says, and how far that goes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import pandas as pd

from lmpmeso.campaign.measurements.summary import RAN_WITH_SWAPS
from lmpmeso.campaign.settings import Liquid
from lmpmeso.campaign.statuses import DONE
from lmpmeso.figures.liquids import PAPER_FITS
from lmpmeso.report.gauge import Gauge, Scale, decade_scale, gauge, linear_scale, number_text
from lmpmeso.report.rivals import SURE, beats_null, rivals
from lmpmeso.statistics.fits import SHORTEST_REDUCED_TIME

Outcome = Literal["yes", "nearly", "no", "open"]

STOKES_EINSTEIN = (0.74, 0.79)
"""Range of the exponents ζ of all models of the paper (Fig. 9)."""
BALLISTIC = 0.1
"""Duration of the ballistic regime of all models [t0] (App. D1 of the paper)."""
PHYSICAL_TIMES = (0.01, 1.0)
"""t̃ within a factor of ten of the duration of the ballistic regime, 0.1 t0 [t0]."""
FEWEST_SUPERCOOLED = 3
"""Fewer supercooled state points fit any line."""
FEWEST_DECADES = 0.5
"""A line through a shorter range of τ_α of supercooled liquids says nothing about a longer."""
MANY_DECADES = 2.0
"""Below, an answer is provisional: other laws are straight over so short a range too."""
WIDEST_TIME = 2.0
"""Decades between the ends of the interval of t̃ beyond which it tells a liquid from no other."""
SIGNIFICANT = 0.05
"""Scatter about the line with a smaller probability is more than the errors."""
LOWEST_TIME = -16
"""Exponent at which the scale of t̃ begins at the latest."""

CRITERION = (
    (
        "Yes",
        f"Over {MANY_DECADES:g} decades of τ_α or more the points lie on the line within their errors (χ² test at 5 %). "
        "κ is known to grow from the hottest to the coldest liquid. t\u0303 is a microscopic time of the liquid: its "
        f"interval reaches {PHYSICAL_TIMES[0]:g} to {PHYSICAL_TIMES[1]:g} t0, a factor of ten about the duration of the "
        f"ballistic regime, {BALLISTIC:g} t0. And where that can be tested, κ foretells the τ_α of a state point left out "
        f"better than 1/T alone (P ≥ {SURE:g}).",
    ),
    (
        "Not contradicted so far",
        f"The same over less than {MANY_DECADES:g} decades. Other laws are straight over so short a range, too.",
    ),
    ("Nearly", "t\u0303 is such a time, but the points scatter more than their errors."),
    (
        "No",
        "The interval of t\u0303 lies outside. Activation by κ alone would begin at a time that nothing in the liquid has.",
    ),
    (
        "Not to be told yet",
        f"There are fewer than {FEWEST_SUPERCOOLED} supercooled state points (τ_α ≥ {SHORTEST_REDUCED_TIME:g} t0), or they "
        f"span less than half a decade of τ_α. Or the interval of t\u0303 is wider than {WIDEST_TIME:g} decades, errors of "
        "points are not known, κ is not known to grow, or 1/T alone does as well.",
    ),
)
"""Answers, and when each is given."""


@dataclass(frozen=True)
class EquationThree:
    """The fit of Eq. 3 to one liquid; numbers are NaN where there is none.

    Attributes:
        time, time_low, time_high: t̃ [t0].
        length, length_low, length_high: ℓ̃ [a0].
        exponent, exponent_low, exponent_high: ζ of the Stokes-Einstein relation.
        n_points: state points that the line was fitted to.
        n_supercooled: those of them with τ_α of 10 t0 and more, where the paper has Eq. 3 begin.
        decades: of τ_α that the latter span.
        factor: rms factor between τ_α of the points and of the line.
        p_value: of the scatter about the line.
        growth, growth_low, growth_high: κ of the coldest liquid over that of the hottest.
        beats_null: probability that κ foretells a left-out state point better than 1/T alone.
        caveat: why there is no fit, or why it should be trusted less.
    """

    time: float
    time_low: float
    time_high: float
    length: float
    length_low: float
    length_high: float
    exponent: float
    exponent_low: float
    exponent_high: float
    n_points: int = 0
    n_supercooled: int = 0
    decades: float = 0.0
    factor: float = math.nan
    p_value: float = math.nan
    growth: float = math.nan
    growth_low: float = math.nan
    growth_high: float = math.nan
    beats_null: float = math.nan
    caveat: str = ""


@dataclass(frozen=True)
class Answer:
    """What a reader is told first of a liquid; the last three are empty where they are not known."""

    outcome: Outcome
    headline: str
    because: str
    stiffening: str
    rivals: str
    gauges: tuple[Gauge, ...]


@dataclass(frozen=True, eq=False)
class LiquidTables:
    """A liquid and its rows of the tables of state points, fits, and fits of other predictors."""

    liquid: Liquid
    points: pd.DataFrame
    fits: pd.DataFrame
    predictor_fits: pd.DataFrame


def answers(liquids: Sequence[LiquidTables]) -> list[Answer]:
    """The answer for each liquid, their gauges on common scales."""
    fits = [
        replace(
            equation_three(given.points, given.fits),
            beats_null=beats_null(given.predictor_fits),
        )
        for given in liquids
    ]
    axes = scales(fits, [given.liquid.model for given in liquids])
    return [
        Answer(
            *verdict(fit),
            stiffening(given.points),
            rivals(given.predictor_fits),
            gauges(fit, given.liquid.model, axes),
        )
        for fit, given in zip(fits, liquids, strict=True)
    ]


def equation_three(points: pd.DataFrame, fits: pd.DataFrame) -> EquationThree:
    """Collect the fits of a liquid from its rows of the state points and of the fits."""
    rows = {
        (row["fit"], row["quantity"]): row
        for _, row in fits.iterrows()
        if row["quantity"] != "none"
    }
    numbers: dict[str, Any] = {}
    for name, key in (
        ("time", ("mesoelastic", "time")),
        ("length", ("mesoelastic", "length")),
        ("exponent", ("stokes_einstein", "exponent")),
    ):
        for end in ("", "_low", "_high"):
            numbers[f"{name}{end}"] = float(rows[key][f"value{end}"]) if key in rows else math.nan
    caveats = fits.loc[fits["fit"] == "mesoelastic", "caveat"].dropna()
    caveat = "; ".join(dict.fromkeys(text for text in caveats if text))
    line = rows.get(("mesoelastic", "time"))
    if line is None:
        return EquationThree(**numbers, caveat=caveat)
    ends = _hottest_and_coldest(points)
    if ends is not None:
        for end in ("", "_low", "_high"):
            numbers[f"growth{end}"] = ends[1][f"kappa_ratio{end}"]
    supercooled = _supercooled(points, line["tau_over_t0_from"])
    return EquationThree(
        **numbers,
        n_points=int(line["n_points"]),
        n_supercooled=len(supercooled),
        decades=math.log10(supercooled.max() / supercooled.min()) if len(supercooled) else 0.0,
        factor=math.exp(line["rms_residual"]),
        p_value=float(line["p_value"]),
        caveat=caveat,
    )


def verdict(fit: EquationThree) -> tuple[Outcome, str, str]:
    """Outcome, headline and reason, by ``CRITERION``."""
    if fit.n_points == 0:
        return "open", "Not to be told yet", f"There is no fit: {fit.caveat}."
    if fit.n_supercooled < FEWEST_SUPERCOOLED or fit.decades < FEWEST_DECADES:
        because = (
            f"Of the {fit.n_points} state points on the line, {fit.n_supercooled} "
            f"{'is' if fit.n_supercooled == 1 else 'are'} supercooled (τ_α ≥ {SHORTEST_REDUCED_TIME:g} t0)"
        )
        if fit.n_supercooled > 1:
            because += f", over {fit.decades:.2g} decades of τ_α"
        needs = f"at least {FEWEST_SUPERCOOLED} over half a decade are needed"
        return "open", "Not to be told yet: the range is short", f"{because}; {needs}."
    if not (math.isfinite(fit.time_low) and math.isfinite(fit.time_high)):
        return "open", "Not to be told yet", f"t\u0303 has no interval: {fit.caveat}."
    return _judged(fit)


def _judged(fit: EquationThree) -> tuple[Outcome, str, str]:
    """The same of a fit that reaches far enough."""
    reach = f"{fit.decades:.2g} decades of τ_α ({fit.n_supercooled} supercooled state points)"
    far = fit.decades >= MANY_DECADES
    low, high = PHYSICAL_TIMES
    if fit.time_high < low or fit.time_low > high:
        where = "below" if fit.time_high < low else "above"
        because = (
            f"Over {reach}, Eq. 3 needs t\u0303 = {number_text(fit.time)} t0, {where} any microscopic "
            f"time of the liquid: the ballistic regime lasts {BALLISTIC:g} t0."
        )
        headline = f"t\u0303 lies {where} every microscopic time"
        return "no", f"{'No' if far else 'So far, no'}: {headline}", because
    if fit.time_low <= 0 or math.log10(fit.time_high / fit.time_low) > WIDEST_TIME:
        because = (
            f"Over {reach} the points leave t\u0303 anywhere from {number_text(fit.time_low)} to "
            f"{number_text(fit.time_high)} t0."
        )
        return "open", "Not to be told yet: t\u0303 is not known well enough", because
    factor = f"The points lie within a factor of {fit.factor:.2f} (rms) of the line"
    chance = f"p = {fit.p_value:.2g}"
    if fit.p_value < SIGNIFICANT:
        because = f"{factor} over {reach}, which is more than their errors ({chance})."
        headline = "the points scatter about the line"
        return "nearly", f"{'Nearly' if far else 'So far, nearly'}: {headline}", because
    if math.isnan(fit.p_value):
        because = (
            f"{factor} over {reach}, but the errors of some points are not known: whether they allow "
            "that cannot be said."
        )
        return "open", "Not to be told yet: errors are missing", because
    if not fit.growth_low > 1.0:
        because = (
            f"{factor} over {reach}, but κ of the coldest liquid is {fit.growth:.2f} "
            f"[{fit.growth_low:.2f} to {fit.growth_high:.2f}] times that of the hottest: a constant "
            "barrier may fit as well."
        )
        return "open", "Not to be told yet: κ is not known to grow", because
    if fit.beats_null < SURE:
        because = (
            f"{factor} over {reach}, but τ_α of a state point left out is foretold by 1/T alone, without any "
            f"stiffness, no worse within the errors (κ is better with P = {fit.beats_null:.2f})."
        )
        return "open", "Not to be told yet: 1/T alone does as well", because
    because = (
        f"{factor}, their errors allow that ({chance}); t\u0303 is a microscopic time of the liquid, and κ grows on cooling. "
        f"The line spans {reach}."
    )
    if far:
        return "yes", f"Yes, over {fit.decades:.2g} decades of τ_α", because
    return "open", f"Not contradicted so far, over {fit.decades:.2g} decades of τ_α", because


def _hottest_and_coldest(points: pd.DataFrame) -> tuple[Any, Any] | None:
    """The ends of the finished state points in equilibrium; None where there are not two."""
    done = points[points["status"] == DONE]
    if len(done) < 2:
        return None
    good = done[done["excluded"] == ""]
    if len(good) < 2:
        return None
    return good.iloc[good["temperature"].argmax()], good.iloc[good["temperature"].argmin()]


def stiffening(points: pd.DataFrame) -> str:
    """How much κ and G of the glasses change from the hottest to the coldest liquid."""
    ends = _hottest_and_coldest(points)
    if ends is None:
        return ""
    hot, cold = ends
    changes = [f"{symbol} {_change(cold, name)}" for symbol, name in STIFFNESSES]
    return f"From T = {hot['temperature']:g} to {cold['temperature']:g} {' and '.join(changes)}{_slowing(hot, cold)}."


def _slowing(hot: Any, cold: Any) -> str:
    """How much slower the cold liquid is than the hot one, where that was measured."""
    if str(cold.get("tau_alpha_caveat")).startswith(RAN_WITH_SWAPS):
        return "; swaps brought the coldest to equilibrium, and its τ_α was not measured"
    slow, slower = (_plain(point["tau_alpha_over_t0"]) for point in (hot, cold))
    return f", while τ_α/t0 grows from {slow} to {slower}"


STIFFNESSES = (("κ", "kappa"), ("G", "shear_modulus"))


def scales(fits: Iterable[EquationThree], models: Iterable[str]) -> dict[str, Scale]:
    """Scales that hold the numbers of all fits and of the paper."""
    every: dict[str, list[float]] = {"length": [], "time": [], "exponent": []}
    for fit in fits:
        for name, values in every.items():
            values += [getattr(fit, f"{name}{end}") for end in ("", "_low", "_high")]
    every["time"] += [PAPER_FITS[model][0] for model in models if model in PAPER_FITS]
    return {
        "length": linear_scale(every["length"], 0.0, 0.8, 0.2),
        "time": decade_scale(every["time"], -3, 1, LOWEST_TIME),
        "exponent": linear_scale(every["exponent"], 0.5, 1.0, 0.1),
    }


def gauges(fit: EquationThree, model: str, axes: Mapping[str, Scale]) -> tuple[Gauge, ...]:
    """The numbers of a fit that are known, beside the paper's."""
    paper = PAPER_FITS.get(model, ())
    rows = (
        ("length", "ℓ\u0303", "length of Eq. 3", "a0", paper[1:]),
        ("time", "t\u0303", "time of Eq. 3", "t0", paper[:1]),
        ("exponent", "ζ", "Stokes–Einstein exponent", "", STOKES_EINSTEIN),
    )
    return tuple(
        gauge(
            symbol,
            title,
            unit,
            getattr(fit, name),
            (getattr(fit, f"{name}_low"), getattr(fit, f"{name}_high")),
            reference,
            axes[name],
        )
        for name, symbol, title, unit, reference in rows
        if math.isfinite(getattr(fit, name))
    )


def _supercooled(points: pd.DataFrame, tau_over_t0_from: float) -> pd.Series:
    """τ_α/t0 of the points of a fit that are supercooled."""
    tau = points.loc[(points["status"] == DONE) & (points["excluded"] == ""), "tau_alpha_over_t0"]
    return tau[tau >= max(tau_over_t0_from, SHORTEST_REDUCED_TIME)]


def _change(cold: Any, name: str) -> str:
    """A ratio to the hottest liquid in words."""
    ratio, low, high = (100.0 * (cold[f"{name}_ratio{end}"] - 1.0) for end in ("", "_low", "_high"))
    if math.isnan(ratio):
        return "cannot be compared, being zero within its error in the hottest"
    text = f"{'rises' if ratio >= 0 else 'falls'} by {abs(ratio):.0f} %"
    if not (math.isfinite(low) and math.isfinite(high)):
        return text
    interval = f"({round(low):+d} to {round(high):+d} %)".replace("-", "−")
    if low <= 0.0 <= high:
        return f"does not change by more than its errors {interval}"
    return f"{text} {interval}"


def _plain(value: float) -> str:
    """A relaxation time with three digits."""
    return "beyond the run" if math.isnan(value) else number_text(value, 3)
