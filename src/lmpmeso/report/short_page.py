"""The short page of a campaign of one liquid, as a quickstart leaves it: numbers, four figures, how to repeat them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from lmpmeso.campaign.settings import Campaign
from lmpmeso.campaign.statuses import DONE
from lmpmeso.figures.catalogue import drawn_figures
from lmpmeso.figures.entry import RUN, DrawnFigure, Entry, SkippedFigure, drawn, finished_points
from lmpmeso.figures.results import Results
from lmpmeso.figures.scattering import draw_scattering
from lmpmeso.figures.stiffness_and_modulus import stiffness_and_modulus
from lmpmeso.report.campaign_page import EQUILIBRIUM, campaign_verdict
from lmpmeso.report.campaign_results import CampaignResults
from lmpmeso.report.cells import Cell, Row, number_cell, rows_of
from lmpmeso.report.flags import Flag, flags
from lmpmeso.report.html_page import embedded, versions, write_html
from lmpmeso.report.repetition import commands
from lmpmeso.report.step_commands import step_commands
from lmpmeso.statistics.bootstrap import FEW_GLASSES

CONTENTS = [
    ("found", "What was found"),
    ("numbers", "Numbers"),
    ("figures", "Figures"),
    ("equilibrium", "Was it in equilibrium?"),
    ("done", "What was done"),
    ("repeat", "Repeat each step"),
]
"""Anchors and titles of the sections."""
NUMBERS = (
    ("relaxation time τ_α/t0", "tau_alpha_over_t0", 3),
    ("mean dipole stiffness κ [ε/σ²]", "kappa", 3),
    ("shear modulus G [ε/σ³]", "shear_modulus", 4),
    ("κ relative to the highest T", "kappa_ratio", 3),
    ("G relative to the highest T", "shear_modulus_ratio", 3),
    ("inherent-structure energy per particle [ε]", "inherent_energy", 5),
)
"""Title, column of the state points, and digits."""
RUNS = (
    ("production [τ_α]", "run_over_tau", ".3g"),
    ("glasses", "n_glasses", ".0f"),
    ("pairs", "n_pairs", ",.0f"),
    ("largest residual force [ε/σ]", "max_force", ".1e"),
)


def _scattering(results: Results) -> Figure:
    curves = results.table("scattering")
    q = float(results.table("liquids")["q"].iloc[0])
    threshold = float(results.table("liquids")["threshold"].iloc[0])
    return draw_scattering(curves, finished_points(results), threshold=threshold, q=q)


def _scattering_caption(results: Results) -> str:
    liquid = results.table("liquids").iloc[0]
    return (
        "The liquid: self-intermediate scattering function of the large particles at the first peak "
        f"of their structure factor. Triangles: τ_α, where F_s = {liquid['threshold']:g}; bands: "
        f"{100 * results.level:g} % intervals. Time in units of t0 = a0/√T"
    )


def _stiffness(results: Results) -> Figure:
    return stiffness_and_modulus(finished_points(results), results.table("glasses"))


def _stiffness_caption(results: Results) -> str:
    return (
        "The glass: mean dipole stiffness κ and athermal shear modulus G against the parent "
        f"temperature, and both relative to the hottest. Bars: {100 * results.level:g} % bootstrap intervals of the "
        "mean; dashes: the single glasses"
    )


OWN = (
    Entry(
        "scattering",
        "",
        "Self-intermediate scattering function against time at each temperature",
        ("scattering", "state_points"),
        RUN,
        _scattering,
        _scattering_caption,
    ),
    Entry(
        "stiffness-and-modulus",
        "",
        "Mean dipole stiffness and shear modulus against parent temperature",
        ("state_points", "glasses"),
        RUN,
        _stiffness,
        _stiffness_caption,
    ),
)
"""Figures of this page alone."""
CATALOGUED = ("stiffness-distribution", "kappa-slices")
"""Its figures from the catalogue."""
SHORT_FIGURES = (*(entry.name for entry in OWN), *CATALOGUED)


def drawn_short_figures(results: Results) -> Iterator[DrawnFigure | SkippedFigure]:
    """The figures of the page."""
    yield from (drawn(entry, results) for entry in OWN)
    yield from drawn_figures(results, CATALOGUED)


def write_short(
    page: Path, results: CampaignResults, figures: Iterable[DrawnFigure | SkippedFigure]
) -> Path:
    """Write the page with its :func:`drawn_short_figures`."""
    campaign = results.campaign
    points = rows_of(results.tables.state_points)
    made = list(figures)
    return write_html(
        page,
        "lmpmeso.report",
        "short.html",
        head=f"lmpmeso {campaign.name}",
        eyebrow="Quickstart" if campaign.name == "quickstart" else "Campaign",
        contents=CONTENTS,
        title="From a glass-forming liquid to κ, G and τ_α",
        subtitle=_subtitle(campaign),
        lead=lead(results.tables.state_points),
        flags=[("", flag) for flag in _flags(results)],
        temperatures=[f"{point['temperature']:g}" for point in points],
        run_columns=[f"T = {point['temperature']:g}" for point in points],
        numbers=numbers(points),
        intervals=_interval_note(campaign),
        figures=[
            embedded(one.figure, "", one.alt, one.caption)
            for one in made
            if isinstance(one, DrawnFigure)
        ],
        missing=[
            {"title": one.entry.title, "reason": one.reason}
            for one in made
            if isinstance(one, SkippedFigure)
        ],
        judged=EQUILIBRIUM,
        verdicts=[campaign_verdict(v, campaign) for v in results.evidence.verdicts],
        protocol=_protocol(campaign),
        runs=_runs(points),
        steps=step_commands(results.folder, campaign),
        commands=commands(results.folder),
        versions=versions(("seed", f"{campaign.seed}; all others follow from it")),
    )


def lead(points: pd.DataFrame) -> str:
    """What was found, in two sentences."""
    rows = sorted(
        (row for row in rows_of(points) if row["status"] == DONE),
        key=lambda row: row["temperature"],
    )
    if len(rows) < 2:
        return "Two temperatures are needed to compare, and as many are not finished."
    cold, hot = rows[0], rows[-1]
    kappa, modulus = (_change(cold, name) for name in ("kappa", "shear_modulus"))
    text = (
        f"Glasses quenched from a liquid at T = {cold['temperature']:g} instead of "
        f"{hot['temperature']:g} have a mean dipole stiffness κ that is {kappa}, and a shear modulus G "
        f"that is {modulus}."
    )
    slower = cold["tau_alpha_over_t0"] / hot["tau_alpha_over_t0"]
    if math.isfinite(slower):
        text += f" The liquid's relaxation time τ_α/t0 is {slower:.2g} times as long."
    return text


def _change(row: dict[str, Any], name: str) -> str:
    """A ratio to the hottest temperature in words."""
    value, low, high = (100 * (row[f"{name}_ratio{end}"] - 1) for end in ("", "_low", "_high"))
    change = f"{abs(value):.0f} % {'higher' if value >= 0 else 'lower'}"
    if not (math.isfinite(low) and math.isfinite(high)):
        return change
    interval = f"{low:+.0f} to {high:+.0f} %".replace("-", "−")
    if low <= 0.0 <= high:
        return f"{change}, not to be told from no change ({interval})"
    return f"{change} ({interval})"


def numbers(points: list[dict[str, Any]]) -> list[Row]:
    """The table of results: a row a quantity, a column a state point."""
    return [
        Row(
            title,
            tuple(
                number_cell(point, name, digits) if point["status"] == DONE else Cell("–")
                for point in points
            ),
        )
        for title, name, digits in NUMBERS
    ]


def _runs(points: list[dict[str, Any]]) -> list[Row]:
    """How long the runs were."""
    return [
        Row(
            title,
            tuple(
                Cell("–" if pd.isna(value := point.get(name)) else format(value, form))
                for point in points
            ),
        )
        for title, name, form in RUNS
    ]


def _flags(results: CampaignResults) -> list[Flag]:
    """What a reader must know before trusting the numbers."""
    fewest = min(min(liquid.glasses) for liquid in results.campaign.liquids)
    few = Flag(
        "caution",
        f"{fewest} glasses a temperature",
        (
            "The intervals are wide, and take the glasses as normally distributed; the numbers show that "
            "everything runs, not what the physics is",
        ),
    )
    found = flags(results.campaign, results.tables, results.status, results.evidence)
    return [*([few] if fewest < FEW_GLASSES else []), *found]


def _in_words(counts: Iterable[int]) -> str:
    """Numbers as one reads them out: ``48 and 24``."""
    *first, last = map(str, counts)
    return f"{', '.join(first)} and {last}" if first else last


def _subtitle(campaign: Campaign) -> str:
    """What was simulated, in one line."""
    (liquid, *_) = campaign.liquids
    model = liquid.glass_model
    return (
        f"{model.title}; N = {liquid.n_particles}, density {model.density:g}; {_in_words(liquid.glasses)} "
        f"glasses; seed {campaign.seed}. Lengths in σ, energies in ε, masses 1."
    )


def _interval_note(campaign: Campaign) -> str:
    """How the intervals were made."""
    (liquid, *_) = campaign.liquids
    return (
        f"Second lines: {100 * campaign.statistics.level:g} % intervals. Those of κ and G come from a bootstrap over "
        f"the {_in_words(liquid.glasses)} glasses of the temperatures, since the pairs of one glass are correlated; those "
        "of the energy, which successive glasses share in part, over five parts of the run; those of τ_α from "
        "blocks of time origins."
    )


def _protocol(campaign: Campaign) -> str:
    """The protocol in words."""
    model = campaign.liquids[0].glass_model
    return (
        "The hottest liquid starts from random positions, pushed apart with a soft potential; each colder one from the "
        "end of the one above it. LAMMPS runs them at constant volume and temperature (Nosé–Hoover, coupling time "
        f"{model.thermostat_time:g}) until they are in equilibrium, and on with frames spaced logarithmically within "
        "blocks. The configuration at the end of each block is quenched by conjugate gradients in LAMMPS and polished by "
        "Newton steps in the exact potential. Of each inherent structure κ_ij = (d·M⁻¹·d)/(d·M⁻²·d), d the unit dipole "
        "and M the Hessian, is computed for every interacting pair, and G with its non-affine part."
    )
