"""The page of one campaign, or of several side by side: everything that is known, as far as it is."""

from __future__ import annotations

import math
import os
import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from lmpmeso.campaign.settings import Campaign
from lmpmeso.campaign.statuses import DONE
from lmpmeso.campaign.tables.files import style_of_tables
from lmpmeso.campaign.tables.predictors import ENDS, NULL
from lmpmeso.elasticity.system_size import REFERENCE_SIZE
from lmpmeso.engine.status import FailedStep
from lmpmeso.figures.entry import DrawnFigure, SkippedFigure
from lmpmeso.figures.units import words_in_units
from lmpmeso.models.units import UnitsStyle
from lmpmeso.report.answer import CRITERION, Answer, LiquidTables, answers
from lmpmeso.report.campaign_results import CampaignResults
from lmpmeso.report.cells import Cell, Row, number_cell, rows_of
from lmpmeso.report.evidence import Verdict
from lmpmeso.report.flags import Flag, flags
from lmpmeso.report.further_tables import further_tables
from lmpmeso.report.html_page import Picture, embedded, sentence, versions, write_html
from lmpmeso.report.repetition import commands, made_with, parameters, seeds_of, table_files
from lmpmeso.report.results import QUANTITIES, result_rows
from lmpmeso.report.rivals import STIFFNESS_NAMES
from lmpmeso.report.step_commands import step_commands
from lmpmeso.statistics.bootstrap import FEW_GLASSES

ANSWER_FIGURES = ("mesoelastic", "predictors")
"""Figures of the catalogue that stand beside the answer."""
VERDICTS_SHOWN = 8
"""More liquids in equilibrium than these are folded; all others are always shown."""
GRAVE_SHOWN, CAUTIONS_SHOWN = 3, 2
"""What was left out or failed beyond is folded; cautions are where there are more, or graver things to say."""
LOG_LINES = 40
"""Lines of the log of a failed task that the page holds."""

PAPER_LINK = "https://arxiv.org/abs/2103.11404"


def write_pages(
    page: Path, campaigns: Sequence[CampaignResults], figures: Iterable[DrawnFigure | SkippedFigure]
) -> Path:
    """Write one page of one or several campaigns, with the figures of all of them together."""
    names = labels(campaigns)
    several = len(campaigns) > 1
    pictures, missing = _pictures(figures, [results.folder for results in campaigns])
    first = [pictures.pop(name) for name in ANSWER_FIGURES if name in pictures]
    return write_html(
        page,
        "lmpmeso.report",
        "campaign.html",
        head=" and ".join(names),
        eyebrow="Campaigns side by side" if several else "Campaign",
        title=" and ".join(names),
        subtitle=_subtitle(campaigns),
        progress=list(map(_progress, names, campaigns)),
        several=several,
        contents=_contents(campaigns),
        liquids=_liquids(campaigns, names),
        criterion=CRITERION,
        paper=PAPER_LINK,
        thermal_energy=any(style_of_tables(c.campaign).name != "lj" for c in campaigns),
        flags=[
            (name if several else "", flag)
            for name, c in zip(names, campaigns, strict=True)
            for flag in _flags(c)
        ],
        grave_shown=GRAVE_SHOWN,
        cautions_shown=CAUTIONS_SHOWN,
        verdicts_shown=VERDICTS_SHOWN,
        intervals=_interval_note(campaigns),
        answer_pictures=first,
        pictures=list(pictures.values()),
        missing=missing,
        fits=[row for c in campaigns for row in _fits(c.tables.fits)],
        fit_note=_fit_note(campaigns),
        rivals=[row for c in campaigns for row in _rivals(c.tables.predictor_fits)],
        further=[
            table
            for name, c in zip(names, campaigns, strict=True)
            for table in further_tables(c.tables, name if several else "")
        ],
        judged=EQUILIBRIUM,
        campaigns=list(map(_campaign, names, campaigns)),
        versions=versions(),
    )


def labels(campaigns: Sequence[CampaignResults]) -> list[str]:
    """A name of each campaign that no other has: its own, or with its folder."""
    names = [results.campaign.name for results in campaigns]
    if len(set(names)) == len(names):
        return names
    return [f"{results.campaign.name} ({results.folder})" for results in campaigns]


EQUILIBRIUM = (
    "A liquid runs in stretches until F_s, mean squared displacement, energy and pressure of two successive ones, "
    "each several τ_α long, agree within their errors, and until it is neither crystallised nor "
    "cavitated; otherwise it is left out. The production run that follows is judged once more."
)


def _contents(campaigns: Sequence[CampaignResults]) -> list[tuple[str, str]]:
    """Anchors and titles of the sections."""
    further = any(True for c in campaigns for _ in further_tables(c.tables))
    sections = (
        ("flags", "What to know first", any(_flags(c) for c in campaigns)),
        ("answer", "The question", True),
        ("state-points", "State points", True),
        ("figures", "Figures", True),
        ("fits", "Fits", True),
        ("further", "Further tables", further),
        ("equilibrium", "Was it in equilibrium?", True),
        ("tasks", "Tasks", True),
        ("repeat", "Repeat it", True),
    )
    return [(anchor, title) for anchor, title, there in sections if there]


def _flags(results: CampaignResults) -> list[Flag]:
    """What a reader must know first."""
    return flags(results.campaign, results.tables, results.status, results.evidence)


def _subtitle(campaigns: Sequence[CampaignResults]) -> str:
    """What was simulated, in one line."""
    liquids = "; ".join(
        f"{liquid.model}, N = {liquid.n_particles}, {len(liquid.temperatures)} temperatures"
        for c in campaigns
        for liquid in c.campaign.liquids
    )
    models = [liquid.glass_model for c in campaigns for liquid in c.campaign.liquids]
    styles = {model.units: _units(model.units_style) for model in models}
    return f"{liquids}. {' Others: '.join(styles.values())}"


def _units(style: UnitsStyle) -> str:
    """What numbers are measured in."""
    if style.name == "lj":
        return "Lengths in σ, energies in ε, masses and k_B 1."
    return (
        f"Lengths in {style.length_unit}, times in {style.time_unit}, energies in {style.energy_unit}, masses in "
        f"{style.mass_unit}, temperatures in {style.temperature_unit}."
    )


def _progress(name: str, results: CampaignResults) -> dict[str, Any]:
    """How far a campaign is."""
    groups = results.status.groups
    counts = {
        state: sum(getattr(group, state) for group in groups)
        for state in ("done", "running", "failed", "blocked", "waiting")
    }
    points = results.tables.state_points
    return {
        "name": name,
        "complete": results.status.complete,
        "total": sum(counts.values()),
        **counts,
        "points": len(points),
        "points_done": int((points["status"] == DONE).sum()),
    }


def _liquids(campaigns: Sequence[CampaignResults], names: Sequence[str]) -> list[dict[str, Any]]:
    """The liquids of all campaigns, one after the other."""
    given = [
        (
            c,
            f"{name}: " if len(campaigns) > 1 else "",
            LiquidTables(
                liquid,
                liquid.rows_of(c.tables.state_points),
                liquid.rows_of(c.tables.fits),
                liquid.rows_of(c.tables.predictor_fits),
            ),
        )
        for name, c in zip(names, campaigns, strict=True)
        for liquid in c.campaign.liquids
    ]
    told = answers([tables for _, _, tables in given])
    return [
        _liquid(c, of, tables, answer) for (c, of, tables), answer in zip(given, told, strict=True)
    ]


def _liquid(
    results: CampaignResults, of: str, tables: LiquidTables, answer: Answer
) -> dict[str, Any]:
    """The part of one liquid; ``of`` names its campaign where there are several."""
    liquid, points = tables.liquid, tables.points
    dimension, units = liquid.glass_model.dimension, liquid.glass_model.units_style
    named = units.named
    return {
        "title": f"{of}{liquid.model}, N = {liquid.n_particles}",
        "about": liquid.glass_model.title,
        "temperature": "T" if units.name == "lj" else f"T [{units.temperature_unit}]",
        "columns": [
            *(
                named(title.replace("σ^d", ("σ²", "σ³")[dimension - 2]))
                for title, _, _ in QUANTITIES
            ),
            "glasses",
        ],
        "force": named("ε/σ"),
        "answer": answer,
        "rows": result_rows(points, results.evidence.progress),
        "runs": [_run(point) for point in rows_of(points) if point["status"] == DONE],
    }


def _run(point: dict[str, Any]) -> Row:
    """How long a state point was followed."""
    return Row(
        f"{point['temperature']:g}",
        (
            _plain_cell(point["n_replicas"], ".0f"),
            _plain_cell(point["run_over_tau"], ".3g"),
            _plain_cell(point["n_glasses"], ".0f"),
            _plain_cell(point["n_pairs"], ",.0f"),
            _plain_cell(point["max_force"], ".1e"),
        ),
        point["temperature"],
    )


def _pictures(
    figures: Iterable[DrawnFigure | SkippedFigure], folders: Sequence[Path]
) -> tuple[dict[str, Picture], list[dict[str, str]]]:
    """The figures that the results allow, by name, and those whose data are missing."""
    pictures, missing = {}, []
    for made in figures:
        entry = made.entry
        title = f"{entry.title} ({entry.number} of the paper)" if entry.number else entry.title
        if isinstance(made, SkippedFigure):
            missing.append({"title": title, "reason": made.reason, "command": entry.command})
            continue
        command = _figure_command(entry.name, folders)
        pictures[entry.name] = embedded(made.figure, title, made.alt, made.caption, command)
    return pictures, missing


def _figure_command(name: str, folders: Sequence[Path]) -> str:
    """What draws a figure as a file."""
    words = ["lmpmeso", "figures", *map(str, folders), "--only", name]
    return shlex.join([*words, "-o", "figures"] if len(folders) > 1 else words)


def _interval_note(campaigns: Sequence[CampaignResults]) -> str:
    """How the intervals were made."""
    levels = dict.fromkeys(f"{100 * c.campaign.statistics.level:g} %" for c in campaigns)
    return (
        f"Second lines: {' or '.join(levels)} intervals. Those of κ, G and energies come "
        f"from a bootstrap over glasses (Student's t below {FEW_GLASSES}), since the pairs of one glass are "
        "correlated; those of τ_α and D from blocks of time origins."
    )


def _fit_note(campaigns: Sequence[CampaignResults]) -> str:
    """Which lines were fitted to what."""
    begins = dict.fromkeys(f"{c.campaign.statistics.fit_from:g}" for c in campaigns)
    styles = {style_of_tables(c.campaign) for c in campaigns}
    note = (
        f"Straight lines with errors in both variables through the state points with τ_α/t0 ≥ {' or '.join(begins)} "
        "that are in equilibrium. Eq. 3: ln(τ_α/t0) = ln t\u0303 + ℓ\u0303² κ a0²/T. Stokes–Einstein: "
        "ln(D t0/a0²) = ln c − ζ ln(τ_α/t0). κ∞: κ of an infinite glass, from the continuum formula. χ²/ν and p: of the scatter about the line, by the errors of the points."
    )
    return words_in_units(note, styles.pop()) if len(styles) == 1 else note


LINE_NAMES = {
    "mesoelastic": "Eq. 3",
    "stokes_einstein": "Stokes–Einstein",
    "mesoelastic_kappa_infinity": "Eq. 3, κ∞",
    "mesoelastic_kappa_reference": f"Eq. 3, κ at N = {REFERENCE_SIZE}",
}
QUANTITY_NAMES = {
    "time": "t\u0303 [t0]",
    "length": "ℓ\u0303 [a0]",
    "slope": "ℓ\u0303²",
    "intercept": "ln t\u0303",
    "exponent": "ζ",
    "prefactor": "c",
    "none": "–",
}


def _fits(fits: pd.DataFrame) -> list[Row]:
    """The fits as rows."""
    return [
        Row(
            f"{fit['model']}, N = {fit['n_particles']}",
            (
                Cell(LINE_NAMES.get(str(fit["fit"]), str(fit["fit"])), mark="left"),
                Cell(QUANTITY_NAMES.get(str(fit["quantity"]), str(fit["quantity"])), mark="left"),
                number_cell(fit, "value", 3, "–"),
                _plain_cell(fit.get("n_points"), ".0f"),
                _plain_cell(fit.get("reduced_chi_square"), ".2f"),
                _plain_cell(fit.get("p_value"), ".2g"),
                Cell(fit["caveat"] if isinstance(fit["caveat"], str) else "", mark="words"),
            ),
        )
        for fit in rows_of(fits)
    ]


def _rivals(fits: pd.DataFrame) -> list[Row]:
    """Eq. 3 with each stiffness, and with none, in the place of κ, of the liquids that allow it."""
    fitted = fits[fits["n_points"] > 0] if len(fits) else fits
    return [
        Row(
            f"{fit['model']}, N = {fit['n_particles']}",
            (
                Cell(STIFFNESS_NAMES.get(fit["predictor"], fit["predictor"]), mark="left"),
                _plain_cell(fit["n_points"], ".0f"),
                number_cell(fit, "slope", 3, "–"),
                _plain_cell(_exponential(fit, "rms_residual"), ".2f"),
                number_cell(
                    {f"factor{end}": _exponential(fit, f"rms_left_out{end}") for end in ENDS},
                    "factor",
                    3,
                    "–",
                ),
                _plain_cell(fit.get(f"beats_{NULL}"), ".3f"),
                _plain_cell(fit.get("best"), ".3f"),
                Cell(fit["caveat"] if isinstance(fit["caveat"], str) else "", mark="words"),
            ),
        )
        for fit in rows_of(fitted)
    ]


def _exponential(fit: dict[str, Any], name: str) -> float:
    """The factor that a distance in ln τ_α is; NaN where it is not known."""
    return math.exp(fit.get(name, math.nan))


def _plain_cell(value: Any, form: str) -> Cell:
    """A number without interval, or a dash."""
    return Cell("–") if value is None or pd.isna(value) else Cell(format(value, form), order=value)


def _campaign(name: str, results: CampaignResults) -> dict[str, Any]:
    """What a page tells of a campaign besides its results."""
    status = results.status
    return {
        "name": name,
        "verdicts": [
            campaign_verdict(verdict, results.campaign) for verdict in results.evidence.verdicts
        ],
        "groups": [
            Row(
                group.group,
                tuple(
                    Cell(str(getattr(group, state)) if getattr(group, state) else "·")
                    for state in ("total", "done", "running", "waiting", "blocked", "failed")
                ),
            )
            for group in status.groups
        ],
        "failures": [_failure(failure, results.folder) for failure in status.failed],
        "file": results.text,
        "parameters": list(parameters(results.campaign)),
        "seed": results.campaign.seed,
        "seeds": seeds_of(results.evidence),
        "versions": made_with(results.evidence),
        "commands": commands(results.folder),
        "steps": step_commands(results.folder, results.campaign),
        "tables": list(table_files(results.folder)),
    }


def campaign_verdict(verdict: Verdict, campaign: Campaign) -> dict[str, Any]:
    """How a liquid was judged, for people."""
    where = f"T = {verdict.temperature:g}"
    if max(liquid.replicas for liquid in campaign.liquids) > 1:
        where += f", replica {verdict.replica}"
    return {
        "liquid": f"{verdict.model}, N = {verdict.n_particles}",
        "where": where,
        "mark": {True: "yes", False: "no", None: "open"}[verdict.good],
        "word": verdict.word,
        "texts": [
            (title, sentence(text))
            for title, text in (
                ("Equilibration", verdict.equilibration),
                ("Production", verdict.production),
                ("Structure", verdict.structure),
            )
            if text
        ],
    }


def _failure(failure: FailedStep, root: Path) -> dict[str, Any]:
    """A task that failed, with the end of its log."""
    return {
        "target": failure.target,
        "group": failure.group,
        "reason": failure.reason,
        "log": os.path.relpath(failure.log, root.absolute()),
        "tail": "\n".join(failure.last_lines(LOG_LINES)),
    }
