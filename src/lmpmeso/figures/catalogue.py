"""All figures of a study: what each shows, which tables it needs, and what makes those.

The command ``lmpmeso figures`` and the report go through this list::

    from lmpmeso.figures.catalogue import FIGURES, drawn_figures
    from lmpmeso.figures.entry import DrawnFigure
    from lmpmeso.figures.results import read_results

    for made in drawn_figures(read_results(["ipl-mini"])):
        if isinstance(made, DrawnFigure):
            save_figure(made.figure, f"{made.entry.name}.png")  # made.caption, made.alt
        else:
            print(made.entry.name, made.reason, made.entry.command)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import import_module

from lmpmeso.errors import StatisticsError
from lmpmeso.figures.entry import DrawnFigure, Entry, SkippedFigure, drawn
from lmpmeso.figures.results import Results
from lmpmeso.files.toml_faults import nearest

MODULES = (
    *("soft_modes", "annealing", "mesoelastic", "landscape", "local_correlations"),
    *("reduced_dynamics", "similar_viscosity", "pair_structure", "predictors", "kappa_map"),
    *("stiffness_distribution", "vibrations", "minimizers"),
)
"""Modules of this package with ``ENTRIES``."""
FIGURES: tuple[Entry, ...] = tuple(
    sorted(
        (
            entry
            for module in MODULES
            for entry in import_module(f"lmpmeso.figures.{module}").ENTRIES
        ),
        key=lambda entry: not entry.number,
    )
)
"""The figures in the order of the paper, ours last."""


def drawn_figures(
    results: Results, names: Sequence[str] | None = None
) -> Iterator[DrawnFigure | SkippedFigure]:
    """Draw the figures one after the other; those whose data are missing are skipped with the reason.

    Args:
        results: what folders hold.
        names: only these; None: all.

    Raises:
        StatisticsError: there is no figure of such a name.
    """
    known = {entry.name: entry for entry in FIGURES}
    for name in names or ():
        if name not in known:
            raise StatisticsError(f"there is no figure {name!r}{nearest(name, known)}")
    for entry in known.values() if names is None else (known[name] for name in names):
        yield drawn(entry, results)
