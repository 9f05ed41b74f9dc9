"""What a figure of the catalogue is, and what the figures share: their state points and the words of captions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
from matplotlib.figure import Figure

from lmpmeso.campaign.statuses import DONE, OTHERS
from lmpmeso.errors import StatisticsError
from lmpmeso.figures.liquids import in_equilibrium, joined
from lmpmeso.figures.results import Results
from lmpmeso.figures.units import label_units, words_in_units
from lmpmeso.statistics.bootstrap import FEW_GLASSES

RUN = "lmpmeso run CAMPAIGN.toml"
OVER_GLASSES = f"by bootstrap over glasses, Student's t below {FEW_GLASSES} glasses"
NO_EQUILIBRIUM = "no state point was in equilibrium"


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


@dataclass(frozen=True, eq=False)
class DrawnFigure:
    """A figure of the catalogue, drawn."""

    entry: Entry
    figure: Figure
    caption: str

    @property
    def alt(self) -> str:
        """Alternative text for a page."""
        return self.entry.title


@dataclass(frozen=True)
class SkippedFigure:
    """A figure that could not be drawn, and why; ``entry.command`` makes what is missing."""

    entry: Entry
    reason: str


def drawn(entry: Entry, results: Results) -> DrawnFigure | SkippedFigure:
    """Draw one figure, or say why it cannot be."""
    missing = [name for name in entry.needs if results.table(name).empty]
    if missing:
        return SkippedFigure(entry, f"no {joined(name.replace('_', ' ') for name in missing)}")
    try:
        caption = entry.caption(results).removesuffix(".") + "."
        figure = label_units(entry.draw(results), results.units)
        return DrawnFigure(entry, figure, words_in_units(caption, results.units))
    except StatisticsError as error:
        return SkippedFigure(entry, str(error))


def finished_points(results: Results) -> pd.DataFrame:
    """The state points that are finished.

    Raises:
        StatisticsError: none is.
    """
    points = results.table("state_points")
    finished = points[points["status"] == DONE].reset_index(drop=True)
    if finished.empty:
        outdated = "reason" in points and (points["reason"] == OTHERS).any()
        raise StatisticsError(
            "no state point is finished yet" + (f": {OTHERS}" if outdated else "")
        )
    return finished


def counts_of_glasses(results: Results) -> str:
    """How many glasses and pairs stand behind each liquid."""
    words = []
    for label, mine in finished_points(results).groupby("label", sort=False):
        glasses = sorted({int(n) for n in mine["n_glasses"]})
        number = f"{glasses[0]}" if len(glasses) == 1 else f"{glasses[0]} to {glasses[-1]}"
        words.append(
            f"{plain_label(str(label))}: N = {mine['n_particles'].iloc[0]}, {len(mine)} temperatures, "
            f"{number} glasses each, {mine['n_pairs'].sum():,.0f} pairs"
        )
    return "; ".join(words)


def bars(results: Results, what: str) -> str:
    """What error bars are."""
    return f"Bars: {100 * results.level:g} % intervals {what}."


def plain_label(label: str) -> str:
    """A label without Matplotlib's mathematics."""
    return label.replace(r"$\rho$", "ρ").replace("$N$", "N")


def coldest(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of the lowest temperature of each liquid that was in equilibrium there.

    Raises:
        StatisticsError: none was.
    """
    if "excluded" in table.columns:
        table = table[in_equilibrium(table)]
    if table.empty:
        raise StatisticsError(NO_EQUILIBRIUM)
    lowest = table.groupby("label")["temperature"].transform("min")
    return table[table["temperature"] == lowest]
