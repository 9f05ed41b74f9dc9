"""Where the panels of a drawn figure are, so that a narrow page can show them one below the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from lmpmeso.figures.style import STYLE

MARGIN = 3.0
"""White about a panel, in dots of the figure as all lengths here."""
LONGER = 1.25
"""A colour bar that is so many times as long as a panel belongs to several, and stands by itself."""

Box: TypeAlias = tuple[float, ...]
"""Left, top, width, height [pixels of the whole figure]."""
Panel: TypeAlias = tuple[Box, ...]
"""What is shown side by side: a panel, after the label of its row where it has none of its own."""
Cell: TypeAlias = tuple[int, int]


@dataclass
class _Place:
    """A cell of a figure's grid: its first axes, and how far all that is there reaches."""

    axes: Axes
    extent: Bbox

    def take(self, extent: Bbox) -> None:
        """Hold that, too."""
        self.extent = Bbox.union([self.extent, extent])


def panels_of(figure: Figure, pixels_per_inch: float) -> tuple[Panel, ...]:
    """The panels of a figure whose layout is done, as one reads them; none where there is only one."""
    # Which numbers stand at an axis depends on the size of its letters, which is the style's.
    with mpl.rc_context(STYLE):
        drawn = list(_drawn_axes(figure))
    places: dict[Cell, _Place] = {}
    bars = []
    for axes, extent in drawn:
        if (spec := axes.get_subplotspec()) is None:
            bars.append(extent)
        else:
            cell = (spec.rowspan.start, spec.colspan.start)
            places.setdefault(cell, _Place(axes, extent)).take(extent)
    if len(places) < 2:
        return ()
    above = [(words.get_window_extent(),) for words in (*figure.legends, *figure.texts)]
    aside = [(bar,) for bar in bars if not _joined(bar, list(places.values()))]
    panels = [_with_label(places, cell) for cell in _in_order(places)]
    scale = pixels_per_inch / figure.dpi
    return tuple(
        tuple(_box(extent, figure, scale) for extent in panel)
        for panel in (*above, *panels, *aside)
    )


def _drawn_axes(figure: Figure) -> Iterator[tuple[Axes, Bbox]]:
    """The axes that hold something, and how far their words reach."""
    for axes in figure.axes:
        extent = axes.get_tightbbox()
        if extent is not None and (axes.axison or axes.has_data() or axes.texts):
            yield axes, Bbox(extent.get_points())


def _joined(bar: Bbox, places: list[_Place]) -> bool:
    """Give a colour bar to the panel beside it, unless it belongs to several."""
    beside = min(places, key=lambda place: _distance(place.extent, bar))
    panel = beside.axes.get_window_extent()
    if bar.height > LONGER * panel.height or bar.width > LONGER * panel.width:
        return False
    beside.take(bar)
    return True


def _distance(one: Bbox, other: Bbox) -> float:
    """How far two boxes are apart, in the direction in which they are."""
    across = max(one.x0, other.x0) - min(one.x1, other.x1)
    along = max(one.y0, other.y0) - min(one.y1, other.y1)
    return max(across, along)


def _in_order(places: dict[Cell, _Place]) -> list[Cell]:
    """Row by row, or column by column where each column has its title at its head and nowhere else."""
    titled = {cell for cell, place in places.items() if place.axes.get_title(loc="left")}
    heads = {cell for cell in places if cell[0] == 0}
    if titled == heads != set(places):
        return sorted(places, key=lambda cell: cell[::-1])
    return sorted(places)


def _with_label(places: dict[Cell, _Place], cell: Cell) -> tuple[Bbox, ...]:
    """A panel, and before it the label of its row's first where that holds for it too."""
    place, first = places[cell], places.get((cell[0], 0))
    if first is None or place.axes.get_ylabel() or not first.axes.get_ylabel():
        return (place.extent,)
    label = first.axes.yaxis.label.get_window_extent()
    beside = Bbox([[label.x0, place.extent.y0], [label.x1, place.extent.y1]])
    return beside, place.extent


def _box(extent: Bbox, figure: Figure, scale: float) -> Box:
    """An extent and its margin, from the top as pages count, within the figure."""
    left, right = max(extent.x0 - MARGIN, 0.0), min(extent.x1 + MARGIN, figure.bbox.width)
    low, high = max(extent.y0 - MARGIN, 0.0), min(extent.y1 + MARGIN, figure.bbox.height)
    found = (left, figure.bbox.height - high, right - left, high - low)
    return tuple(round(float(scale * points), 1) for points in found)
