"""The table of results of a campaign, for the terminal and for the page."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from lmpmeso.campaign.statuses import DONE, WAITING
from lmpmeso.elasticity.system_size import REFERENCE_SIZE, TOO_LARGE, is_too_large
from lmpmeso.report.cells import Cell, Row, number_cell, rows_of

QUANTITIES = (
    ("τ_α/t0", "tau_alpha_over_t0", 3),
    ("D t0/a0²", "diffusion_reduced", 3),
    ("κ [ε/σ²]", "kappa", 3),
    ("κ∞ [ε/σ²]", "kappa_infinity", 3),
    ("G [ε/σ^d]", "shear_modulus", 4),
    ("κ/κ(hot)", "kappa_ratio", 3),
    ("G/G(hot)", "shear_modulus_ratio", 3),
    ("U_IS/N [ε]", "inherent_energy", 5),
)
"""Title, column of the state points, and digits."""
CAVEATS = (("interval", "Intervals of κ and G"), ("tau_alpha", "τ_α"), ("diffusion", "D"))
"""Beginning of the column of a caveat, and what it is about."""
MARKS = {"equilibrium": "yes", WAITING: "open"}
"""How a judgement is set off; others are bad news."""


def result_rows(
    points: pd.DataFrame, progress: Mapping[tuple[str, int, float], tuple[int, int]] | None = None
) -> list[Row]:
    """A row a state point of one liquid: what was measured, or why it was not.

    ``progress`` is tasks done and all tasks of each state point by model, N and T, where known.
    """
    rows = []
    for point in rows_of(points):
        done = point["status"] == DONE
        cells = [
            number_cell(point, name, digits, "–") if done else Cell("–")
            for _, name, digits in QUANTITIES
        ]
        glasses = point.get("n_glasses")
        cells.append(
            Cell(f"{glasses:.0f}", order=glasses) if done and pd.notna(glasses) else Cell("–")
        )
        word = judgement(point)
        key = (point["model"], point["n_particles"], point["temperature"])
        of = (progress or {}).get(key)
        told = f"{of[0]} of {of[1]} tasks" if of and word == WAITING else ""
        cells.append(Cell(word, told, mark=MARKS.get(word, "no")))
        rows.append(Row(f"{point['temperature']:g}", tuple(cells), point["temperature"]))
    return rows


def judgement(point: dict[str, Any]) -> str:
    """What became of a state point, in a word or two."""
    if point["status"] != DONE:
        return str(point["status"])
    # A table that was read from a file holds NaN where there was nothing to say.
    words = point.get("excluded")
    return "excluded" if words and not pd.isna(words) else "equilibrium"


def caveats(point: dict[str, Any]) -> list[str]:
    """Why numbers of a state point are missing or should be trusted less."""
    return [
        f"{quantity}: {caveat}"
        for name, quantity in CAVEATS
        if isinstance(caveat := point.get(f"{name}_caveat"), str) and caveat
    ] + [*_size(point), *unusual(point)]


def _size(point: dict[str, Any]) -> list[str]:
    """That κ depends on the size of the system by more than its interval, where it does, or why that is not known."""
    for name, where in LARGER_SYSTEMS.items():
        value, low, high = (point.get(key, math.nan) for key in (name, "kappa_low", "kappa_high"))
        if value < low or value > high:
            cell, own = number_cell(point, name, 3), number_cell(point, "kappa", 3)
            told = f"κ depends on the size of the system: {own.text} for N = {point['n_particles']}, {cell.text} for {where}"
            return [f"{told}; {TOO_LARGE}" if is_too_large(point["kappa"], value) else told]
    asked = [name for name in LARGER_SYSTEMS if name in point]
    if not asked or not math.isfinite(point.get("kappa", math.nan)):
        return []
    return [] if any(math.isfinite(point[name]) for name in asked) else [_unknown_size(point)]


def _unknown_size(point: dict[str, Any]) -> str:
    """Why κ of a larger system is not known."""
    if point["shear_modulus"] > 0.0:
        why = "some pairs are from a version that did not measure how sound stretches them"
    else:
        why = "G is not positive"
    return f"κ without the effect of the size of the system is not known: {why}"


LARGER_SYSTEMS = {
    "kappa_infinity": "an infinite glass",
    "kappa_reference": f"{REFERENCE_SIZE} particles, in 2D",
}
"""κ without the effect of the size of the system, and of what it is."""
UNUSUAL = {
    "shear_unstable": "are unstable to shear: G < 0 in a plane, the box alone holds them",
    "cavitated": "hold a void, an empty sphere that no liquid has",
    "crystallised": "have crystalline order",
}
"""What is said of glasses that are no sample of the glass that is meant."""


def unusual(point: dict[str, Any]) -> list[str]:
    """The glasses of a state point that are minima and yet unlike the others, a line a kind."""
    lines = []
    for kind, words in UNUSUAL.items():
        number = point.get(f"n_{kind}")
        if number is None or pd.isna(number) or not number:
            continue
        line = f"{number:.0f} of {point['n_glasses']:.0f} glasses {words} ({point[kind]})"
        if kind == "shear_unstable":
            line += f"; {_without(point)}"
        lines.append(line)
    return lines


def _without(point: dict[str, Any]) -> str:
    """κ and G with and without the glasses that are unstable to shear."""
    told = []
    for symbol, name, digits in (("G", "shear_modulus", 4), ("κ", "kappa", 3)):
        cell = number_cell(point, f"{name}_stable", digits, "")
        if cell.value:
            told.append(
                f"{symbol} {cell.text} without them, {number_cell(point, name, digits, '–').text} with"
            )
    return ", ".join(told) or "none is stable"


def result_notes(points: pd.DataFrame) -> list[str]:
    """The same of all state points that are done, a line each."""
    return [
        f"{point['model']}, N = {point['n_particles']}, T = {point['temperature']:g}: {caveat}"
        for point in rows_of(points)
        if point["status"] == DONE
        for caveat in caveats(point)
    ]


def results_text_rows(points: pd.DataFrame) -> list[list[str]]:
    """The same as rows of words, all liquids one after the other, a header first."""
    rows = [["model", "N", "T", *(title for title, _, _ in QUANTITIES), "glasses", ""]]
    for (model, n_particles), mine in points.groupby(["model", "n_particles"], sort=False):
        for row in result_rows(mine):
            words = [cell.text for cell in row.cells]
            rows.append([str(model), str(n_particles), row.name, *words])
    return rows
