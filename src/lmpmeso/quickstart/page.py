"""The page of a quickstart: one HTML file with its numbers and pictures inside."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from lmpmeso.elasticity.field_map import SLICE_THICKNESS
from lmpmeso.figures import (
    particle_map,
    scattering,
    stiffness_and_modulus,
    stiffness_distribution,
)
from lmpmeso.quickstart.commands import step_commands, whole_command
from lmpmeso.quickstart.parameters import QuickstartParameters
from lmpmeso.quickstart.reduction import Tables
from lmpmeso.report.html_page import (
    Cell,
    Picture,
    Row,
    number_cell,
    rows_of,
    saved_picture,
    sentence,
    versions,
    write_html,
)
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


def write_page(root: Path, tables: Tables, parameters: QuickstartParameters) -> Path:
    """Draw the figures into ``figures/`` and write ``index.html``.

    Returns:
        The path of the page.
    """
    summary = tables.summary
    return write_html(
        root / "index.html",
        "lmpmeso.quickstart",
        "quickstart.html",
        head="lmpmeso quickstart",
        eyebrow="Quickstart",
        contents=CONTENTS,
        title="From a glass-forming liquid to κ, G and τ_α",
        subtitle=_subtitle(parameters),
        lead=lead(summary),
        warnings=_warnings(summary, parameters),
        temperatures=[f"{t:g}" for t in summary["temperature"]],
        run_columns=[f"T = {t:g}" for t in summary["temperature"]],
        numbers=numbers(summary),
        intervals=_interval_note(parameters),
        figures=draw(root / "figures", tables, parameters),
        equilibrium=EQUILIBRIUM,
        verdicts=[
            {
                "temperature": f"{row['temperature']:g}",
                "equilibrated": bool(row["equilibrated"]),
                "reason": sentence(row["equilibration_reason"]),
            }
            for row in rows_of(summary)
        ],
        protocol=_protocol(parameters),
        runs=_runs(summary),
        commands=step_commands(parameters),
        whole_command=whole_command(parameters),
        versions=versions(
            ("seed", f"{parameters.seed} (positions, velocities, resampling)"),
        ),
    )


def lead(summary: pd.DataFrame) -> str:
    """What was found, in two sentences."""
    rows = sorted(rows_of(summary), key=lambda row: row["temperature"])
    cold, hot = rows[0], rows[-1]
    kappa, modulus = (_change(cold, name) for name in ("kappa", "shear_modulus"))
    text = (
        f"Glasses quenched from a liquid at T = {cold['temperature']:g} instead of "
        f"{hot['temperature']:g} have a mean dipole stiffness κ that is {kappa}, and a shear modulus G "
        f"that is {modulus}."
    )
    slower = cold["tau_alpha_over_t0"] / hot["tau_alpha_over_t0"]
    if pd.notna(slower):
        text += f" The liquid's relaxation time τ_α/t0 is {slower:.2g} times as long."
    return text


def _change(row: dict[str, Any], name: str) -> str:
    """A ratio to the hottest temperature in words."""
    value, low, high = (100 * (row[f"{name}_ratio{end}"] - 1) for end in ("", "_low", "_high"))
    change = f"{abs(value):.0f} % {'higher' if value >= 0 else 'lower'}"
    if pd.isna(low):
        return change
    interval = f"{low:+.0f} to {high:+.0f} %".replace("-", "−")
    if low <= 0.0 <= high:
        return f"{change}, not to be told from no change ({interval})"
    return f"{change} ({interval})"


def numbers(summary: pd.DataFrame) -> list[Row]:
    """The table of results."""
    quantities = (
        ("relaxation time τ_α/t0", "tau_alpha_over_t0", 3),
        ("mean dipole stiffness κ [ε/σ²]", "kappa", 3),
        ("shear modulus G [ε/σ³]", "shear_modulus", 4),
        ("κ relative to the highest T", "kappa_ratio", 3),
        ("G relative to the highest T", "shear_modulus_ratio", 3),
        ("inherent-structure energy per particle [ε]", "energy", 5),
    )
    return [
        Row(title, tuple(number_cell(row, name, digits) for row in rows_of(summary)))
        for title, name, digits in quantities
    ]


def results_text(summary: pd.DataFrame) -> str:
    """The table of results for a terminal."""
    rows = [("", *(f"T = {t:g}" for t in summary["temperature"]))]
    for row in numbers(summary):
        cells = (f"{c.value} [{c.interval}]" if c.interval else c.value for c in row.cells)
        rows.append((row.name, *cells))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "".join(
        "  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)).rstrip()
        + "\n"
        for row in rows
    )


def draw(folder: Path, tables: Tables, parameters: QuickstartParameters) -> list[Picture]:
    """The figures, saved into the folder and ready for the page."""
    folder.mkdir(exist_ok=True)
    model, summary = parameters.model, tables.summary
    percent = f"{100 * parameters.level:g} %"
    edge = (parameters.n_particles / model.density) ** (1.0 / model.dimension)
    q = model.species[model.largest_species].q_max
    figures = {
        "scattering": (
            scattering(tables.scattering, summary, q=q),
            "Self-intermediate scattering function against time at each temperature",
            "The liquid: self-intermediate scattering function of the large particles at the first peak "
            f"of their structure factor. Triangles: τ_α, where F_s = 0.2; bands: {percent} intervals. "
            "Time in units of t0 = a0/√T.",
        ),
        "stiffness_and_modulus": (
            stiffness_and_modulus(summary, tables.glasses),
            "Mean dipole stiffness and shear modulus against parent temperature",
            "The glass: mean dipole stiffness κ and athermal shear modulus G against the parent "
            f"temperature, and both relative to the hottest. Bars: {percent} bootstrap intervals of the "
            "mean; dashes: the single glasses.",
        ),
        "stiffness_distribution": (
            stiffness_distribution(tables.histogram, summary),
            "Distribution of the dipole stiffnesses",
            f"Stiffness of the response to a force dipole on each of {summary['n_pairs'].sum():,} "
            "interacting pairs. The soft tail on the left comes from quasilocalised excitations, which "
            f"annealing depletes. Shaded: {percent} intervals over glasses; triangles: means.",
        ),
        "kappa_map": (
            particle_map(tables.slices, (edge, edge)),
            "Maps of the local stiffness in a slice",
            f"The κ-field: a slice {SLICE_THICKNESS:g} σ thick through one glass of each temperature (the "
            "one of median κ); each particle is coloured by the mean κ_ij of its pairs.",
        ),
    }
    return [
        saved_picture(figure, folder / f"{name}.png", alt, caption)
        for name, (figure, alt, caption) in figures.items()
    ]


EQUILIBRIUM = (
    "The production run of each temperature, which follows the equilibration, was cut into two halves. F_s and the "
    "mean squared displacement at a few times, the potential energy and the pressure of both halves "
    "were compared by Welch's test with errors from blocks; each half has to be at least three τ_α long, or the "
    "run is not called equilibrated."
)


def _in_words(counts: Sequence[int]) -> str:
    """Numbers as one reads them out: ``48 and 24``."""
    *first, last = map(str, counts)
    return f"{', '.join(first)} and {last}"


def _subtitle(parameters: QuickstartParameters) -> str:
    """What was simulated, in one line."""
    model = parameters.model
    return (
        f"{model.title}; N = {parameters.n_particles}, density {model.density:g}; "
        f"{_in_words(parameters.n_glasses)} glasses; seed {parameters.seed}. Lengths in σ, energies "
        "in ε, masses 1."
    )


def _warnings(summary: pd.DataFrame, parameters: QuickstartParameters) -> list[str]:
    """What a reader must know before trusting the numbers."""
    warnings = []
    if min(parameters.n_glasses) < FEW_GLASSES:
        warnings.append(
            f"Only {min(parameters.n_glasses)} glasses a temperature: the intervals are wide, and take "
            "them as normally distributed; the numbers show that everything runs, not what the "
            "physics is."
        )
    failed = [f"{row['temperature']:g}" for row in rows_of(summary) if not row["equilibrated"]]
    if failed:
        warnings.append(
            f"The liquid at T = {', '.join(failed)} was not shown to be in equilibrium; see below."
        )
    return warnings


def _interval_note(parameters: QuickstartParameters) -> str:
    """How the intervals were made."""
    return (
        f"Second lines: {100 * parameters.level:g} % intervals. Those of κ and G come from "
        f"a bootstrap over the {_in_words(parameters.n_glasses)} glasses of the temperatures (seed "
        f"{parameters.seed}), since the pairs of one glass are correlated; those of the energy, which successive "
        "glasses share in part, over five parts of the run; those of τ_α from blocks of time origins."
    )


def _protocol(parameters: QuickstartParameters) -> str:
    """The protocol in words."""
    model = parameters.model
    return (
        "Each liquid starts from random positions, is pushed apart with a soft potential, equilibrated "
        f"by LAMMPS at constant volume and temperature (Nosé–Hoover, coupling time "
        f"{model.thermostat_time:g}), and run on with frames spaced logarithmically within blocks. The "
        "configuration at the end of each block is quenched by conjugate gradients in LAMMPS and polished by "
        "Newton steps in the exact potential. Of each inherent structure κ_ij = (d·M⁻¹·d)/(d·M⁻²·d), d the unit dipole and M the Hessian, is "
        "computed for every interacting pair, and G with its non-affine part."
    )


def _runs(summary: pd.DataFrame) -> list[Row]:
    """How long the runs were."""
    quantities = (
        ("equilibration [MD steps]", "equilibration_steps", ",.0f"),
        ("production [MD steps]", "production_steps", ",.0f"),
        ("production [τ_α]", "production_over_tau", ".3g"),
        ("between quenched configurations [τ_α]", "spacing_over_tau", ".2g"),
        ("time step", "time_step", "g"),
        ("glasses", "n_glasses", "d"),
        ("pairs", "n_pairs", ",d"),
        ("largest residual force [ε/σ]", "max_force", ".1e"),
    )
    return [
        Row(
            title,
            tuple(
                Cell("-" if pd.isna(row[name]) else format(row[name], form))
                for row in rows_of(summary)
            ),
        )
        for title, name, form in quantities
    ]
