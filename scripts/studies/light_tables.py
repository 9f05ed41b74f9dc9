"""The tables of the pages of first and second light: what the paper states, and what the campaigns gave."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from lmpmeso.campaign.measurements.summary import error_of_interval
from lmpmeso.campaign.tables import DONE
from lmpmeso.campaign.tables.predictors import ENDS, NULL, PREDICTORS
from lmpmeso.errors import ConvergenceError, StatisticsError
from lmpmeso.figures.liquids import PAPER_FITS, TITLES, in_equilibrium, paper_line
from lmpmeso.figures.results import read_results
from lmpmeso.models import get_model
from lmpmeso.report.cells import number_cell
from lmpmeso.report.results import results_text_rows
from lmpmeso.report.rivals import STIFFNESS_NAMES
from lmpmeso.statistics import fit_mesoelastic
from lmpmeso.statistics.left_out import FEWEST_POINTS_LEFT_OUT

LIQUIDS = ("ipl", "mblj", "ss", "ss-0.70", "ss-0.95", "sw", "ipl2d")
STICKY = ("ss", "ss-0.70", "ss-0.95")
IN_SPACE = ("ipl", "mblj", "ss", "sw", "ss-0.70", "ss-0.95")
STARTS = (10.0, 20.0, 40.0, 80.0)
"""τ_α/t0 from which on Eq. 3 is fitted, to see whether the window matters."""

PAPER_RATIOS = {
    "kappa_ratio": {"ipl": "almost 2 (T = 0.5)"},
    "shear_modulus_ratio": {"ipl": "1.26 (T = 0.5)"},
}
PAPER_CORRELATION = {"ss": "0.13", "ss-0.70": "0.18", "ss-0.95": "0.43"}
PAPER_EXPONENT = "0.74 to 0.79"
PAPER_DECADES = {"ipl": 6, "mblj": 6, "ss": 4, "sw": 4}
"""What the paper states or shows (arXiv:2103.11404, Figs. 3, 4, 7, 9): decades of τ_α/t0 above 10."""


class Study:
    """The tables that a page keeps in a folder, by liquid."""

    def __init__(self, kept: Path) -> None:
        self.folders = {name: kept / name for name in LIQUIDS if (kept / name).is_dir()}
        self.tables = {name: read_results([path]).tables for name, path in self.folders.items()}

    def points(self, name: str) -> pd.DataFrame:
        """The finished state points of a liquid in equilibrium, from hot to cold."""
        every = self.tables[name]["state_points"] if name in self.tables else pd.DataFrame()
        if every.empty:
            return every
        finished = every[every["status"] == DONE].reset_index(drop=True)
        return finished[in_equilibrium(finished)].reset_index(drop=True)

    def fit(self, name: str, fit: str, quantity: str) -> dict[str, float]:
        """A row of the table of fits; empty where there was no fit."""
        fits = self.tables[name]["fits"]
        found = fits[(fits["fit"] == fit) & (fits["quantity"] == quantity)]
        return dict(found.iloc[0]) if len(found) else {}


def words(row: dict[str, float], name: str, digits: int = 3) -> str:
    """A number with its interval."""
    return number_cell(row, name, digits, "–").text


def state_point_rows(study: Study) -> list[list[str]]:
    """What was measured at each state point."""
    together = pd.concat([t["state_points"] for t in study.tables.values()], ignore_index=True)
    return results_text_rows(together)


def comparison_rows(study: Study) -> Iterator[list[str]]:
    """Paper and ours, quantity by quantity."""
    yield ["quantity", "liquid", "the paper", "ours", "of"]
    for quantity, title, place in (("length", "ℓ̃", 1), ("time", "t̃", 0)):
        for name in IN_SPACE:
            if name in study.tables:
                row = study.fit(name, "mesoelastic", quantity)
                paper = f"{PAPER_FITS[name][place]:g}" if name in PAPER_FITS else "–"
                yield [title, TITLES[name], paper, words(row, "value", 2), fitted(row)]
    for column, title in (("kappa_ratio", "κ/κ(hot)"), ("shear_modulus_ratio", "G/G(hot)")):
        for name in IN_SPACE:
            if len(points := study.points(name)) > 1:
                cold, hot = dict(points.iloc[-1]), points.iloc[0]
                paper = PAPER_RATIOS[column].get(name, "–")
                where = f"T = {hot['temperature']:g} to {cold['temperature']:g}"
                yield [title, TITLES[name], paper, words(cold, column), where]
    for name in LIQUIDS:
        if len(points := study.points(name)):
            cold = dict(points.iloc[-1])
            model = get_model(name)
            published = model.species[model.largest_species].q_max
            where = f"T = {cold['temperature']:g}"
            yield ["q_max σ", TITLES[name], f"{published:g}", words(cold, "q_max"), where]
    for name in IN_SPACE:
        if name in study.tables:
            row = study.fit(name, "stokes_einstein", "exponent")
            yield ["ζ", TITLES[name], PAPER_EXPONENT, words(row, "value", 2), fitted(row)]
    for name in IN_SPACE:
        for row in study.tables.get(name, {}).get("landscape", pd.DataFrame()).to_dict("records"):
            where = f"T = {row['temperature']:g}, {row['n_transitions']:.0f} transitions"
            rate = words(row, "transition_rate_reduced", 2)
            yield ["Γ t_ballistic N0/N", TITLES[name], "–", rate, where]
    for name in STICKY:
        found = study.tables.get(name, {}).get("local_correlations", pd.DataFrame())
        for row in found.to_dict("records"):
            where = f"T = {row['temperature']:g}, {row['n_configurations']:.0f} configurations"
            yield ["C_s", TITLES[name], PAPER_CORRELATION[name], words(row, "spearman", 2), where]


def fitted(row: dict[str, float]) -> str:
    """The points of a fit."""
    if not row:
        return "no fit"
    cold, hot = row["lowest_temperature"], row["highest_temperature"]
    return f"{row['n_points']:.0f} points, T = {hot:g} to {cold:g}"


def window_rows(study: Study, stiffness: str = "kappa") -> Iterator[list[str]]:
    """Eq. 3 fitted from later and later on."""
    yield ["liquid", "τ_α/t0 from", "to", "points", "ℓ̃", "t̃", "rms in ln τ_α", "p(χ²)"]
    for name in IN_SPACE:
        points = study.points(name)
        if points.empty or stiffness not in points:
            continue
        points = points[np.isfinite(points["tau_alpha"]) & np.isfinite(points[stiffness])]
        level = float(points["level"].iloc[0])
        kappa_error, tau_error = (
            [
                error_of_interval(row[c], row[f"{c}_low"], row[f"{c}_high"], level)
                for row in points.to_dict("records")
            ]
            for c in (stiffness, "tau_alpha")
        )
        longest = points["tau_alpha_over_t0"].max()
        before = 0
        for start in STARTS:
            try:
                fit = fit_mesoelastic(
                    get_model(name),
                    points["temperature"],
                    points[stiffness],
                    points["tau_alpha"],
                    kappa_error,
                    tau_error,
                    start,
                    level,
                )
            except (StatisticsError, ConvergenceError):
                continue
            if fit.used.sum() == before:
                continue
            before = fit.used.sum()
            yield [
                TITLES[name],
                f"{start:g}",
                f"{longest:.3g}",
                str(int(fit.used.sum())),
                words(fit.length.columns("ell"), "ell", 2),
                words(fit.time.columns("t"), "t", 2),
                f"{fit.rms_residual:.2g}",
                f"{fit.line.p_value:.2g}",
            ]


def paper_line_rows(study: Study) -> Iterator[list[str]]:
    """How far our τ_α lie from the paper's line, and how much of its range its stated digits could tell apart."""
    yield [
        "liquid",
        "points",
        "κ a0²/T",
        "our τ_α over the line's [decades]",
        "lines that round to the paper's ℓ̃ and t̃ span [decades]",
        "the paper's range [decades]",
        "decades told apart",
    ]
    for name in PAPER_FITS:
        points = study.points(name)
        points = points[points["tau_alpha_over_t0"] >= STARTS[0]] if len(points) else points
        if points.empty:
            continue
        x = points["kappa"] * get_model(name).a0 ** 2 / points["temperature"]
        middle, least, most = (np.log10(end) for end in paper_line(name, x))
        band = most - least
        told_apart = np.clip(PAPER_DECADES[name] - band, 0.0, None)
        yield [
            TITLES[name],
            str(len(points)),
            ends(x, "g", 3),
            ends(np.log10(points["tau_alpha_over_t0"]) - middle),
            ends(band),
            f"{PAPER_DECADES[name]:g}",
            ends(told_apart) if told_apart.max() > 0 else "none",
        ]


def ends(values: ArrayLike, form: str = "f", digits: int = 1) -> str:
    """The least and the largest of some numbers."""
    least, most = (f"{value:.{digits}{form}}" for value in (np.min(values), np.max(values)))
    return least if least == most else f"{least} to {most}"


def predictor_rows(study: Study) -> Iterator[list[str]]:
    """Within which factor each stiffness, and none, foretells a left-out τ_α, and how sure that is."""
    titles = {**STIFFNESS_NAMES, "cage": "cage"}
    short = ", ".join(titles[predictor] for predictor in PREDICTORS)
    yield [
        "liquid",
        "points",
        *(titles[predictor] for predictor in (NULL, *PREDICTORS)),
        f"P(better than 1/T) of {short}",
        "P(κ best)",
    ]
    for name in IN_SPACE:
        fits = study.tables.get(name, {}).get("predictor_fits", pd.DataFrame())
        if fits.empty or fits["n_points"].max() < FEWEST_POINTS_LEFT_OUT:
            continue
        rows = {row["predictor"]: row for row in fits.to_dict("records")}
        yield [
            TITLES[name],
            f"{rows[NULL]['n_points']:.0f}",
            *(words(factor_of(rows[predictor]), "factor") for predictor in (NULL, *PREDICTORS)),
            ", ".join(f"{rows[predictor][f'beats_{NULL}']:.3f}" for predictor in PREDICTORS),
            f"{rows['kappa']['best']:.3f}",
        ]


def factor_of(row: dict[str, float]) -> dict[str, float]:
    """A distance in ln τ_α with its interval as factors."""
    return {f"factor{end}": np.exp(row[f"rms_left_out{end}"]) for end in ENDS}


def local_stiffness_rows(study: Study) -> Iterator[list[str]]:
    """C_s by every definition of local stiffness, from the same runs."""
    yield ["liquid", "T", "configurations", "local stiffness", "C_s", "C_s − C_s(arithmetic)"]
    for name in STICKY:
        found = study.tables.get(name, {}).get("local_stiffness", pd.DataFrame())
        for row in found.to_dict("records"):
            yield [
                TITLES[name],
                f"{row['temperature']:g}",
                f"{row['n_configurations']:.0f}",
                str(row["local_stiffness"]),
                words(row, "spearman", 2),
                words(row, "difference", 2),
            ]


FIRST = ("state points", "comparison", "windows", "paper line", "predictors")
SECOND = (*FIRST, "windows corrected", "local stiffness")
"""Names of the tables of either page."""


def page_tables(study: Study, names: Sequence[str]) -> dict[str, list[list[str]]]:
    """Tables of a page by the names of their places, each a header and rows of words."""
    made: dict[str, Callable[[Study], Iterable[list[str]]]] = {
        "state points": state_point_rows,
        "comparison": comparison_rows,
        "windows": window_rows,
        "windows corrected": partial(window_rows, stiffness="kappa_infinity"),
        "paper line": paper_line_rows,
        "predictors": predictor_rows,
        "local stiffness": local_stiffness_rows,
    }
    return {name: [[plain(word) for word in row] for row in made[name](study)] for name in names}


def plain(title: str) -> str:
    """A name of a liquid without TeX."""
    return title.replace(r"$\rho$", "ρ")
