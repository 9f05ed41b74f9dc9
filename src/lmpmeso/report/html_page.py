"""What the HTML pages share: one look, physical symbols, numbers with intervals, pictures inside."""

from __future__ import annotations

import base64
import hashlib
import io
import platform
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup, escape
from matplotlib.figure import Figure

from lmpmeso.figures.style import print_figure
from lmpmeso.files.atomic import replacing
from lmpmeso.lammps.build import lammps_release
from lmpmeso.report.panels import Panel, panels_of

PACKAGES = ("numpy", "scipy", "pandas", "matplotlib")
CSS_PIXELS_PER_INCH = 110
"""Width at which a figure is shown."""
NARROW = 500
"""Pictures narrower than this [pixels] may stand side by side."""
LARGEST_DRAWING = 600_000
"""A drawing of more bytes, such as a map of thousands of particles, gives way to pixels if they are fewer."""


@dataclass(frozen=True)
class Picture:
    """A figure as it stands in a page.

    Attributes:
        source: the whole picture, as a data URI.
        width, height: at which it is shown [pixels].
        panels: where its panels are [the same pixels]; none where there is only one.
        alt: what it shows, for those who do not see it.
        command: what draws it as a file, may be empty.
    """

    source: str
    width: int
    height: int
    title: str
    alt: str
    caption: str
    command: str = ""
    panels: tuple[Panel, ...] = ()

    @property
    def narrow(self) -> bool:
        """Whether another picture may stand beside it."""
        return self.width < NARROW


def write_html(path: Path, package: str, template: str, **values: Any) -> Path:
    """Render a template of a package, one that extends ``base.html``, and write the page, whole or not at all."""
    environment = jinja2.Environment(
        loader=jinja2.ChoiceLoader(
            [jinja2.PackageLoader(package), jinja2.PackageLoader("lmpmeso.report")]
        ),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
    )
    environment.filters["symbols"] = symbols
    environment.globals["version"] = metadata.version("lmpmeso")
    environment.globals["written"] = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    script = files("lmpmeso.report").joinpath("templates", "page.js").read_text(encoding="utf-8")
    environment.globals["script"] = Markup(script)
    environment.globals["script_digest"] = _digest(script)
    text = environment.get_template(template).render(**values)
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return path


def _digest(script: str) -> str:
    """What a page's security policy knows its only script by."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")


SYMBOLS = {
    "t\u0303": "<math><mover><mi>t</mi><mo stretchy='false'>~</mo></mover></math>",
    "ℓ\u0303": "<math><mover><mi>ℓ</mi><mo stretchy='false'>~</mo></mover></math>",
    "t0": "<i>t</i><sub>0</sub>",
    "a0": "<i>a</i><sub>0</sub>",
    "N0": "<i>N</i><sub>0</sub>",
    "G∞": "<i>G</i><sub>∞</sub>",
    "r^-10": "<i>r</i><sup>−10</sup>",
}
"""How physical symbols are set in HTML."""
COMMAND = r"`([^`]+)`"
"""What is typed: `` `lmpmeso run` ``."""
WITH_INDEX = r"(?<!\w)([^\W\d_])_(\w{1,4}|ballistic)\b"
"""A letter with an index: ``τ_α``, ``κ_ij``, ``U_IHS``."""
POWER = r"\^\(([^()]*)\)"
"""An exponent: ``(τ_α/t0)^(−ζ)``."""
SCIENTIFIC = r"(?<![\w.])(\d(?:\.\d+)?)e([+-]?\d+)\b"
"""A number as programs write it: ``4e-09``."""
VARIABLES = r"\b[DGMNTdt]\b(?=[^a-z-]|$)|[κζχ]"
"""Letters that stand for quantities, Latin ones where they stand alone."""


def symbols(text: str) -> Markup:
    """Plain text with its physical symbols and commands set as such."""
    alone = rf"(?<![A-Za-z0-9_-])(?:{'|'.join(map(re.escape, SYMBOLS))})(?![A-Za-z0-9_])"
    pattern = "|".join([COMMAND, alone, WITH_INDEX, POWER, SCIENTIFIC, VARIABLES])

    def in_html(found: re.Match[str]) -> str:
        command, letter, index, exponent, digits, tens = found.groups()
        if command:
            return f"<code>{command}</code>"
        if letter:
            return f"<i>{letter}</i><sub>{index}</sub>"
        if exponent:
            power = re.sub(VARIABLES, r"<i>\g<0></i>", exponent.replace("-", "−"))
            return f"<sup>{power}</sup>"
        if digits:
            return f"{digits} × 10<sup>{int(tens)}</sup>".replace("-", "−")
        return SYMBOLS.get(found.group(), f"<i>{found.group()}</i>")

    return Markup(re.sub(pattern, in_html, str(escape(text))))


def sentence(text: str) -> str:
    """A verdict on equilibrium as a sentence of a page."""
    text = text.replace("Fs at", "F_s at").replace("msd at", "MSD at")
    return text[:1].upper() + text[1:]


def embedded(figure: Figure, title: str, alt: str, caption: str, command: str = "") -> Picture:
    """Make a figure ready for a page: as a drawing that stays sharp, or as pixels where that is smaller."""
    width, height = (round(inch * CSS_PIXELS_PER_INCH) for inch in figure.get_size_inches())
    kind, content = "svg+xml", _printed(figure, ".svg")
    # The layout, much of the work, is the same for its files.
    figure.set_layout_engine("none")
    if len(content) > LARGEST_DRAWING and len(pixels := _printed(figure, ".png")) < len(content):
        kind, content = "png", pixels
    data = base64.b64encode(content).decode("ascii")
    source = f"data:image/{kind};base64,{data}"
    panels = panels_of(figure, CSS_PIXELS_PER_INCH)
    return Picture(source, width, height, title, alt, caption, command, panels)


def _printed(figure: Figure, ending: str) -> bytes:
    """A figure as a file; as PNG it has twice the pixels that are shown."""
    content = io.BytesIO()
    print_figure(figure, content, ending)
    return content.getvalue()


def versions(*more: tuple[str, str]) -> list[tuple[str, str]]:
    """Versions of what the numbers depend on, and more."""
    return [
        ("lmpmeso", metadata.version("lmpmeso")),
        ("lammps", lammps_release() or "not usable here"),
        *((name, metadata.version(name)) for name in PACKAGES),
        ("Python", f"{platform.python_version()}, {platform.platform()}"),
        *more,
    ]
