"""What the catalogue knows of a figure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from matplotlib.figure import Figure

from lmpmeso.figures.results import Results

RUN = "lmpmeso run CAMPAIGN.toml"


@dataclass(frozen=True)
class Entry:
    """One figure of the catalogue.

    Attributes:
        name: of its files and of ``--only``.
        number: the paper's, e.g. ``"Fig. 4"``; empty for ours.
        title: what it shows, in a few words; also the alternative text of a page.
        needs: names of the tables of :class:`Results` without which it is not drawn.
        command: what makes those tables.
        draw: the figure.
        caption: its caption, with counts.
    """

    name: str
    number: str
    title: str
    needs: tuple[str, ...]
    command: str
    draw: Callable[[Results], Figure]
    caption: Callable[[Results], str]
