"""A folder of figures: each is drawn again only when something has changed that it is drawn from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lmpmeso.files.made_from import MadeFrom

if TYPE_CHECKING:
    from lmpmeso.figures.entry import DrawnFigure, SkippedFigure
    from lmpmeso.figures.results import Results

ALL = "all figures"
"""The entry of ``made.json`` that lists them."""
PICTURE = ("png",)
"""The format of what lies beside a page."""


@dataclass(frozen=True)
class FigureFile:
    """A figure in its files, or the reason why there is none and the command that would make what is missing.

    ``number`` is the paper's, empty for ours.
    """

    name: str
    number: str
    caption: str = ""
    reason: str = ""
    command: str = ""


class FigureFolder:
    """The figures of some results, in a folder that is made if need be, by the digest of what they show."""

    def __init__(self, folder: Path, digest: str):
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._digest = digest
        self._made = MadeFrom(folder)

    def path(self, name: str, ending: str = "png") -> Path:
        """The file of a figure."""
        return self._folder / f"{name}.{ending}"

    def drawn(self) -> dict[str, Path]:
        """The pictures that are current, by name."""
        return {
            name: path
            for path in sorted(self._folder.glob("*.png"))
            if self.current(name := path.stem, PICTURE) is not None
        }

    def keep(self, made: DrawnFigure | SkippedFigure, formats: Sequence[str]) -> FigureFile:
        """Write a figure that was drawn, and take note of it."""
        from lmpmeso.figures.entry import SkippedFigure
        from lmpmeso.figures.style import save_in_formats

        entry = made.entry
        if isinstance(made, SkippedFigure):
            known = FigureFile(entry.name, entry.number, "", made.reason, entry.command)
            self._made.note(entry.name, self._digest, facts=asdict(known))
            return known
        paths = (self.path(entry.name, ending) for ending in formats)
        files = save_in_formats(made.figure, paths)
        known = FigureFile(entry.name, entry.number, made.caption)
        self._made.note(entry.name, self._digest, files, asdict(known))
        return known

    def current(self, name: str, formats: Sequence[str]) -> FigureFile | None:
        """A figure as it is known; None where it has to be drawn."""
        facts = self._made.facts(name, self._digest)
        if facts is None:
            return None
        known = FigureFile(**facts)
        files = [] if known.reason else [self.path(name, ending) for ending in formats]
        return known if self._made.facts(name, self._digest, files) is not None else None

    def bring_up_to_date(
        self,
        results: Callable[[], Results],
        formats: Sequence[str] = PICTURE,
        names: Iterable[str] | None = None,
        on_drawn: Callable[[str], None] = lambda name: None,
    ) -> list[FigureFile]:
        """Draw what is not current.

        Args:
            results: gives what the figures are drawn from; called where there is something to draw.
            formats: of their files.
            names: of the figures; None: all of the catalogue.
            on_drawn: told the name of each figure that was drawn now.

        Raises:
            StatisticsError: there is no figure of such a name.
        """
        listed = self._made.facts(ALL, self._digest)
        known = [*names] if names is not None else listed["names"] if listed else self._catalogue()
        found = {name: self.current(name, formats) for name in known}
        missing = [name for name, figure in found.items() if figure is None]
        if missing:
            from lmpmeso.figures.catalogue import drawn_figures

            for made in drawn_figures(results(), missing):
                found[made.entry.name] = self.keep(made, formats)
                on_drawn(made.entry.name)
        return [figure for figure in found.values() if figure is not None]

    def _catalogue(self) -> list[str]:
        """The names of all figures."""
        from lmpmeso.figures.catalogue import FIGURES

        names = [entry.name for entry in FIGURES]
        self._made.note(ALL, self._digest, facts={"names": names})
        return names
