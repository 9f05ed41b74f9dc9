"""What repeats a campaign: its parameters, seeds, versions and commands, and its tables as files."""

from __future__ import annotations

import base64
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from lmpmeso.campaign.folder import TABLES_FOLDER
from lmpmeso.campaign.settings import Campaign
from lmpmeso.campaign.tables.files import style_of_tables
from lmpmeso.models.units import UnitsStyle
from lmpmeso.report.evidence import Evidence

LARGEST_TABLE = 150_000
"""Tables of more bytes are not put into the page."""


def seeds_of(evidence: Evidence) -> list[tuple[str, str]]:
    """Each group of tasks that draws random numbers, and its seeds."""
    return [(group, _numbers(seeds)) for group, seeds in evidence.seeds]


def _numbers(numbers: Sequence[int]) -> str:
    """A few numbers, or the first and last of many."""
    if len(numbers) <= 3:
        return ", ".join(map(str, numbers))
    return f"{numbers[0]} … {numbers[-1]} ({len(numbers)} seeds)"


def made_with(evidence: Evidence) -> list[tuple[str, str]]:
    """The versions that made the data."""
    return [(name, ", ".join(words)) for name, words in evidence.made_with().items()]


def parameters(campaign: Campaign) -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    """Section, and key, value and meaning of each of its parameters, defaults included."""
    for number, liquid in enumerate(campaign.liquids, start=1):
        yield f"liquids, {number}", list(_settings(liquid, liquid.glass_model.units_style))
    style = style_of_tables(campaign)
    for name, section in (*campaign.sections.items(), ("resources", campaign.resources)):
        if section is not None and (rows := list(_settings(section, style))):
            yield name, rows


def _settings(section: Any, style: UnitsStyle) -> Iterator[tuple[str, str, str]]:
    """Key, value and meaning of the parameters of a section, in the units of its liquids."""
    for one in fields(section):
        value = getattr(section, one.name)
        if "setting" in one.metadata and value is not None:
            words = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
            yield one.name, words, style.named(one.metadata["setting"].meaning.replace("`", ""))


def commands(root: Path) -> str:
    """What to type about this campaign."""
    folder = shlex.quote(str(root))
    rows = (
        (f"lmpmeso run {folder}", "go on, or recompute what a changed campaign.toml asks for"),
        (f"lmpmeso status {folder}", "how far it is"),
        (f"lmpmeso report {folder}", "this page again"),
        (f"lmpmeso figures {folder}", "its figures as PNG and PDF"),
    )
    width = max(len(command) for command, _ in rows)
    return "\n".join(f"{command:<{width}}   # {why}" for command, why in rows)


def table_files(root: Path) -> Iterator[dict[str, str]]:
    """The tables of a campaign as files in the page."""
    for path in sorted((root / TABLES_FOLDER).glob("*.csv")):
        content = path.read_bytes()
        if len(content) <= 1:
            continue
        kept = len(content) <= LARGEST_TABLE
        data = base64.b64encode(content).decode("ascii") if kept else ""
        yield {
            "name": path.name,
            "place": f"{TABLES_FOLDER}/{path.name}",
            "size": _size(len(content)),
            "data": f"data:text/csv;base64,{data}" if kept else "",
        }


def _size(n_bytes: int) -> str:
    """A length of a file in words."""
    return f"{n_bytes} bytes" if n_bytes < 1000 else f"{n_bytes / 1000:,.0f} kB"
