"""The page of a campaign: everything that is known of it, as far as it is."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pandas as pd

from lmpmeso.campaign.folder import CAMPAIGN_FILE, REPORT_FILE, stored_text
from lmpmeso.campaign.settings import Campaign, Liquid
from lmpmeso.campaign.status import CampaignStatus, status_of
from lmpmeso.campaign.study import study_steps
from lmpmeso.campaign.tables import CampaignTables, campaign_tables
from lmpmeso.figures import scattering, stiffness_and_modulus, stiffness_distribution
from lmpmeso.report.html_page import (
    Picture,
    rows_of,
    saved_picture,
    sentence,
    versions,
    write_html,
)
from lmpmeso.report.results import DONE, QUANTITIES, judgement, result_rows
from lmpmeso.statistics.bootstrap import FEW_GLASSES

FIGURES_FOLDER = "figures"


def write_report(root: str | os.PathLike[str], campaign: Campaign) -> Path:
    """Draw the figures into ``figures/`` and write ``report.html``.

    Args:
        root: folder of the campaign.
        campaign: the campaign.

    Returns:
        The path of the page.

    Raises:
        CampaignError: a file of the campaign is damaged, of a newer format, or of another program.
    """
    folder = Path(root)
    tables = campaign_tables(folder, campaign)
    status = status_of(folder, study_steps(campaign))
    return write_html(
        folder / REPORT_FILE,
        "lmpmeso.report",
        "campaign.html",
        head=campaign.name,
        title=f"Campaign {campaign.name}",
        subtitle=_subtitle(campaign),
        lead=lead(tables, status),
        warnings=warnings(tables, status),
        columns=[*(title for title, _, _ in QUANTITIES), "glasses", "liquid"],
        liquids=[_liquid(folder, liquid, tables, campaign) for liquid in campaign.liquids],
        intervals=_interval_note(campaign),
        fits=_fits(tables.fits),
        fit_note=(
            f"Eq. 3, ln(τ_α/t0) = ln t̃ + ℓ̃² κ a0²/T, through the state points with τ_α/t0 ≥ "
            f"{campaign.statistics.fit_from:g} that are in equilibrium."
        ),
        further=_further(tables),
        judged=EQUILIBRIUM,
        stages=status.stages,
        failures=status.failed,
        campaign_file=stored_text(folder),
        commands=_commands(folder),
        versions=versions(
            ("seed", f"{campaign.seed}; all others follow from it and are kept beside the data")
        ),
    )


def lead(tables: CampaignTables, status: CampaignStatus) -> str:
    """How far it is, in a sentence, and the fit where there is one."""
    points = tables.state_points
    done = int((points["status"] == DONE).sum())
    text = f"{done} of {len(points)} state points are finished."
    if status.complete:
        text = f"All {len(points)} state points are finished."
    for fit in rows_of(tables.fits):
        if fit["quantity"] == "length":
            text += f" {fit['model']}: ℓ̃ = {fit['value']:.2g} a0 from {fit['n_points']:.0f} state points."
    return text


def warnings(tables: CampaignTables, status: CampaignStatus) -> list[str]:
    """What a reader must know before trusting the numbers."""
    notes = []
    for point in rows_of(tables.state_points):
        where = f"{point['model']} at T = {point['temperature']:g}"
        if point["status"] not in (DONE, "waiting"):
            notes.append(f"{where} was left out: {sentence(point['reason'])}")
        elif point["status"] == DONE:
            if point["excluded"]:
                notes.append(
                    f"{where} is shown, but no fit takes it: {sentence(point['excluded'])}"
                )
            caveat = point["interval_caveat"]
            if isinstance(caveat, str) and caveat:
                notes.append(f"{where}: the intervals of the glasses: {caveat}.")
            if point["n_glasses_failed"]:
                notes.append(
                    f"{where}: {point['n_glasses_failed']:.0f} quenches or analyses failed and are "
                    "missing."
                )
    if status.failed:
        notes.append(f"{len(status.failed)} tasks failed; see the end of this page.")
    return notes


FURTHER = {
    "landscape": "Transitions between inherent structures: landscape.csv",
    "local_correlations": "Mobility against local stiffness: local-correlations.csv",
    "modes": "Softest modes: modes.csv",
}
"""Tables of optional sections, and their titles."""
ROWS_SHOWN = 24
"""Rows of such a table that the page shows; the file holds all."""

EQUILIBRIUM = (
    "A liquid runs in stretches until F_s, mean squared displacement, energy and pressure of two successive ones, "
    "each several τ_α long, agree within their errors, and until it is neither crystallised nor "
    "cavitated; otherwise it is left out. The production run that follows is judged once more."
)


def _further(tables: CampaignTables) -> list[dict[str, Any]]:
    """The tables of the optional sections, as they are."""
    return [
        {
            "title": title,
            "columns": list(table.columns),
            "rows": [[_word(word) for word in row] for row in table.head(ROWS_SHOWN).to_numpy()],
            "n_rows": len(table),
        }
        for name, title in FURTHER.items()
        if not (table := getattr(tables, name)).empty
    ]


def _word(value: Any) -> str:
    """An entry of a table for people."""
    if isinstance(value, float):
        return "–" if pd.isna(value) else f"{value:.4g}"
    return str(value)


def _subtitle(campaign: Campaign) -> str:
    """What was simulated, in one line."""
    liquids = "; ".join(
        f"{liquid.model}, N = {liquid.n_particles}, {len(liquid.temperatures)} temperatures"
        for liquid in campaign.liquids
    )
    return f"{liquids}; seed {campaign.seed}. Lengths in σ, energies in ε, masses and k_B 1."


def _liquid(
    root: Path, liquid: Liquid, tables: CampaignTables, campaign: Campaign
) -> dict[str, Any]:
    """The part of one liquid."""
    points = _of(tables.state_points, liquid)
    return {
        "title": f"{liquid.model}, N = {liquid.n_particles}",
        "about": liquid.glass_model.title,
        "rows": result_rows(points),
        "figures": _pictures(root, liquid, tables, campaign),
        "verdicts": [
            {
                "temperature": f"{point['temperature']:g}",
                "good": judgement(point) == "equilibrium",
                "judgement": judgement(point),
                "reason": _verdict(point, liquid),
            }
            for point in rows_of(points)
        ],
        "runs": [_run(point) for point in rows_of(points) if point["status"] == DONE],
    }


def _verdict(point: dict[str, Any], liquid: Liquid) -> str:
    """Why a state point was judged so; a single replica is not named."""
    reason = str(point["reason"])
    return sentence(reason.removeprefix("r0: ")) if liquid.replicas == 1 else reason


def _run(point: dict[str, Any]) -> dict[str, str]:
    """How long a state point was followed."""
    return {
        "temperature": f"{point['temperature']:g}",
        "replicas": f"{point['n_replicas']:.0f}",
        "run_over_tau": f"{point['run_over_tau']:.3g}",
        "pairs": f"{point['n_pairs']:,.0f}",
        "max_force": f"{point['max_force']:.1e}",
    }


def _of(table: pd.DataFrame, liquid: Liquid) -> pd.DataFrame:
    """The rows of one liquid."""
    if table.empty:
        return table
    mine = (table["model"] == liquid.model) & (table["n_particles"] == liquid.n_particles)
    return table[mine]


def _pictures(
    root: Path, liquid: Liquid, tables: CampaignTables, campaign: Campaign
) -> list[Picture]:
    """The figures that the finished state points allow."""
    points = _of(tables.state_points, liquid)
    points = points[points["status"] == DONE]
    if points.empty:
        return []
    folder = root / FIGURES_FOLDER
    folder.mkdir(exist_ok=True)
    name = f"{liquid.model}-N{liquid.n_particles}"
    d = liquid.glass_model.dimension
    percent = f"{100 * campaign.statistics.level:g} %"
    return [
        saved_picture(
            scattering(
                _of(tables.scattering, liquid).query("replica == 0"),
                points,
                threshold=campaign.dynamics.threshold,
                q=liquid.wave_number,
            ),
            folder / f"{name}-scattering.png",
            "Self-intermediate scattering function against time",
            "The liquid: self-intermediate scattering function of the largest species, one replica of each "
            f"temperature. Triangles: τ_α; bands: {percent} intervals.",
        ),
        saved_picture(
            stiffness_and_modulus(
                points, _of(tables.glasses, liquid), modulus_unit=rf"\epsilon/\sigma^{d}"
            ),
            folder / f"{name}-stiffness-and-modulus.png",
            "Mean dipole stiffness and shear modulus against parent temperature",
            "The glass: mean dipole stiffness κ and athermal shear modulus G against the parent "
            f"temperature, and both relative to the hottest. Bars: {percent} bootstrap intervals over "
            "glasses; dashes: the single glasses.",
        ),
        saved_picture(
            stiffness_distribution(_of(tables.kappa_distribution, liquid), points),
            folder / f"{name}-kappa-distribution.png",
            "Distribution of the dipole stiffnesses",
            f"Dipole stiffnesses of {points['n_pairs'].sum():,.0f} pairs; bars: {percent} intervals over "
            "glasses; triangles: means.",
        ),
    ]


def _interval_note(campaign: Campaign) -> str:
    """How the intervals were made."""
    return (
        f"Second lines: {100 * campaign.statistics.level:g} % intervals. Those of κ, G and energies come "
        f"from a bootstrap over glasses (Student's t below {FEW_GLASSES}), since the pairs of one glass are "
        "correlated; those of τ_α and D from blocks of time origins."
    )


def _fits(fits: pd.DataFrame) -> list[dict[str, str]]:
    """The fits as words."""
    rows = []
    for fit in rows_of(fits):
        value, low, high = (fit.get(f"value{end}") for end in ("", "_low", "_high"))
        known = value is not None and pd.notna(value)
        interval = known and low is not None and pd.notna(low)
        caveat = fit.get("caveat")
        rows.append(
            {
                "what": f"{fit['model']}, N = {fit['n_particles']}, {fit['fit']}",
                "quantity": str(fit["quantity"]),
                "value": f"{value:.4g}" if known else "–",
                "interval": f"{low:.4g} to {high:.4g}" if interval else "",
                "points": f"{fit['n_points']:.0f}" if pd.notna(fit.get("n_points")) else "–",
                "caveat": caveat if isinstance(caveat, str) else "",
            }
        )
    return rows


def _commands(root: Path) -> str:
    """What to type about this campaign."""
    return f"""\
lmpmeso run {root}          # go on, or recompute what a changed {CAMPAIGN_FILE} asks for
lmpmeso status {root}       # how far it is
lmpmeso report {root}       # this page again
"""
