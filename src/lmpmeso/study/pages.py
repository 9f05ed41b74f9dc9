"""Pages of campaigns, written again only when something has changed that they tell."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lmpmeso.campaign.folder import FIGURES_FOLDER
from lmpmeso.files.made_from import digest_of
from lmpmeso.study.figure_folder import PICTURE, FigureFolder
from lmpmeso.study.snapshot import Snapshot

if TYPE_CHECKING:
    from lmpmeso.figures.entry import DrawnFigure, SkippedFigure
    from lmpmeso.figures.results import Results


def write_page(page: Path, snapshots: Sequence[Snapshot]) -> Path:
    """Write the report of one or several campaigns, and the pictures of a single one into its folder."""
    made, digest = snapshots[0].made, digest_of(*(snapshot.digest for snapshot in snapshots))
    name = f"page {os.path.relpath(page, snapshots[0].folder)}"
    if made.facts(name, digest, [page]) is None:
        from lmpmeso.report.campaign_page import write_pages
        from lmpmeso.report.campaign_results import collect_results

        told = [collect_results(s.folder, s.campaign, s.tables) for s in snapshots]
        write_pages(page, told, _drawn(snapshots))
        made.note(name, digest, [page])
    elif len(snapshots) == 1:
        pictures(snapshots[0]).bring_up_to_date(lambda: _results(snapshots))
    return page


def write_short_page(page: Path, snapshot: Snapshot) -> Path:
    """Write the short page of a campaign, with its few pictures."""
    from lmpmeso.report.short_page import SHORT_FIGURES

    made, name = snapshot.made, f"page {os.path.relpath(page, snapshot.folder)}"
    folder = pictures(snapshot)
    kept = [folder.current(figure, PICTURE) for figure in SHORT_FIGURES]
    if made.facts(name, snapshot.digest, [page]) is None or None in kept:
        from lmpmeso.report.campaign_results import collect_results
        from lmpmeso.report.short_page import drawn_short_figures, write_short

        told = collect_results(snapshot.folder, snapshot.campaign, snapshot.tables)
        figures = [*drawn_short_figures(_results([snapshot]))]
        write_short(page, told, figures)
        for figure in figures:
            folder.keep(figure, PICTURE)
        made.note(name, snapshot.digest, [page])
    return page


def pictures(snapshot: Snapshot) -> FigureFolder:
    """The figures of a campaign, in its folder."""
    return FigureFolder(snapshot.folder / FIGURES_FOLDER, snapshot.digest)


def _results(snapshots: Sequence[Snapshot]) -> Results:
    """What the figures are drawn from."""
    from lmpmeso.figures.results import joined_results

    return joined_results({snapshot.folder: snapshot.drawable for snapshot in snapshots})


def _drawn(snapshots: Sequence[Snapshot]) -> Iterator[DrawnFigure | SkippedFigure]:
    """All figures; those of a single campaign are kept in its folder as they pass."""
    from lmpmeso.figures.catalogue import drawn_figures

    folder = pictures(snapshots[0]) if len(snapshots) == 1 else None
    for made in drawn_figures(_results(snapshots)):
        # The page embeds a figure first: its layout, half of the work, is then done for its files.
        yield made
        if folder is not None:
            folder.keep(made, PICTURE)
