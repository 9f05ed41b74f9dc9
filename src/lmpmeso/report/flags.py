"""What a reader must know before trusting a number: left out, refused, flagged, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from lmpmeso.campaign.settings import Campaign, Liquid
from lmpmeso.campaign.statuses import DONE, REFUSED
from lmpmeso.campaign.tables import CampaignTables
from lmpmeso.engine.status import CampaignStatus
from lmpmeso.report.cells import rows_of
from lmpmeso.report.evidence import Evidence
from lmpmeso.report.results import caveats

Kind = Literal["left out", "not begun", "excluded", "incomplete", "caution", "failed"]


@dataclass(frozen=True)
class Flag:
    """One thing to know of a state point or group of tasks: what became of it, why, and what to do if anything.

    Sentences come without their full stop.
    """

    kind: Kind
    where: str
    texts: tuple[str, ...]
    advice: str = ""


def flags(
    campaign: Campaign, tables: CampaignTables, status: CampaignStatus, evidence: Evidence
) -> list[Flag]:
    """All there is to know, the gravest first."""
    found = [
        flag
        for liquid in campaign.liquids
        for flag in _state_points(campaign, liquid, liquid.rows_of(tables.state_points))
    ]
    refused = sum(point["status"] == REFUSED for point in rows_of(tables.state_points))
    n_failed = len(status.failed) - refused
    if n_failed > 0:
        found.append(
            Flag(
                "failed",
                f"{n_failed} {'task' if n_failed == 1 else 'tasks'}",
                ("What they would have made is missing; the end of each log stands under Tasks",),
                "run the campaign again: failed tasks are tried once more",
            )
        )
    found += [
        Flag("caution", group, (f"{text}{f' ({count} records)' if count > 1 else ''}",))
        for group, text, count in evidence.warnings
    ]
    found += _versions(evidence)
    return sorted(found, key=lambda flag: ORDER.index(flag.kind))


ORDER: tuple[Kind, ...] = ("left out", "not begun", "failed", "excluded", "incomplete", "caution")
"""Kinds, the gravest first."""
ADVICE = (
    "raise max_tau (or max_t0) under [equilibration] and run again: it goes on from where it is"
)


def _state_points(campaign: Campaign, liquid: Liquid, points: pd.DataFrame) -> Iterator[Flag]:
    """What is to be said of the state points of a liquid, from hot to cold."""
    several = len(campaign.liquids) > 1
    refused: float | None = None
    for point in rows_of(points):
        where = f"T = {point['temperature']:g}"
        if several:
            where = f"{liquid.model}, N = {liquid.n_particles}, {where}"
        if point["status"] == REFUSED:
            refused = point["temperature"]
            text = f"Not in equilibrium: {reason_of(point['reason'], liquid)}"
            yield Flag("left out", where, (text,), ADVICE)
        elif point["status"] == DONE:
            told: tuple[tuple[Kind, list[str]], ...] = (
                ("excluded", _exclusion(point, liquid)),
                ("incomplete", _losses(point, liquid)),
                ("caution", caveats(point)),
            )
            for kind, texts in told:
                if texts:
                    yield Flag(kind, where, tuple(texts))
        elif refused is not None:
            text = f"It starts from the end of T = {refused:g}, which was left out"
            yield Flag("not begun", where, (text,))
        elif point["reason"]:
            yield Flag("incomplete", where, (f"Not finished: {point['reason']}",))


def _exclusion(point: dict[str, Any], liquid: Liquid) -> list[str]:
    """Why no fit takes a state point."""
    if not point["excluded"]:
        return []
    return [f"Shown, but no fit takes it: {reason_of(point['excluded'], liquid)}"]


def _losses(point: dict[str, Any], liquid: Liquid) -> list[str]:
    """What is missing of a state point."""
    texts = []
    if n_excluded := point["n_replicas_excluded"]:
        texts.append(
            f"{n_excluded:.0f} of {liquid.replicas} replicas are no equilibrium liquid and left out"
        )
    if n_failed := point["n_glasses_failed"]:
        texts.append(f"{n_failed:.0f} quenches or analyses failed and are missing")
    return texts


def reason_of(verdict: str, liquid: Liquid) -> str:
    """Why a state point was judged so; a single replica is not named."""
    return verdict.removeprefix("r0: ") if liquid.replicas == 1 else verdict


def _versions(evidence: Evidence) -> Iterator[Flag]:
    """Packages of which several versions made the data."""
    for name, versions in evidence.made_with().items():
        if len(versions) > 1:
            yield Flag("caution", "versions", (f"{name}: data of {' and '.join(versions)}",))
