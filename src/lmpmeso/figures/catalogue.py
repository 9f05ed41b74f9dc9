"""All figures of a study: what each shows, which tables it needs, and what makes those.

The command ``lmpmeso figures`` and the report go through this list::

    from lmpmeso.figures.catalogue import FIGURES, drawn_figures
    from lmpmeso.figures.results import read_results

    for made in drawn_figures(read_results(["ipl-mini"])):
        if isinstance(made, DrawnFigure):
            save_figure(made.figure, f"{made.entry.name}.png")  # made.caption, made.alt
        else:
            print(made.entry.name, made.reason, made.entry.command)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pandas as pd
from matplotlib.figure import Figure

from lmpmeso.errors import StatisticsError
from lmpmeso.figures.annealing import annealing
from lmpmeso.figures.liquids import PAPER_FITS, TITLES, joined
from lmpmeso.figures.mesoelastic import mesoelastic
from lmpmeso.figures.results import Results
from lmpmeso.figures.stiffness_distribution import stiffness_distributions

RUN = "lmpmeso run CAMPAIGN.toml"
DONE = "done"


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
            raise StatisticsError(f"there is no figure {name!r}; there are {', '.join(known)}")
    for entry in known.values() if names is None else (known[name] for name in names):
        missing = [name for name in entry.needs if results.table(name).empty]
        if missing:
            yield SkippedFigure(entry, f"no {joined(name.replace('_', ' ') for name in missing)}")
            continue
        try:
            yield DrawnFigure(entry, entry.draw(results), entry.caption(results))
        except StatisticsError as error:
            yield SkippedFigure(entry, str(error))


def finished_points(results: Results) -> pd.DataFrame:
    """The state points that are finished.

    Raises:
        StatisticsError: none is.
    """
    points = results.table("state_points")
    points = points[points["status"] == DONE].reset_index(drop=True)
    if points.empty:
        raise StatisticsError("no state point is finished yet")
    return points


def counts_of_glasses(results: Results) -> str:
    """How many glasses and pairs stand behind each liquid."""
    words = []
    for label, mine in finished_points(results).groupby("label", sort=False):
        glasses = sorted({int(n) for n in mine["n_glasses"]})
        number = f"{glasses[0]}" if len(glasses) == 1 else f"{glasses[0]} to {glasses[-1]}"
        words.append(
            f"{_plain(str(label))}: N = {mine['n_particles'].iloc[0]}, {len(mine)} temperatures, "
            f"{number} glasses each, {mine['n_pairs'].sum():,.0f} pairs"
        )
    return "; ".join(words)


def _bars(results: Results, what: str) -> str:
    """What error bars are."""
    return f"Bars: {100 * results.level:g} % intervals {what}."


def _plain(label: str) -> str:
    """A label without Matplotlib's mathematics."""
    return label.replace(r"$\rho$", "ρ").replace("$N$", "N")


def _annealing_caption(results: Results) -> str:
    return (
        "Relative change of the mean dipole stiffness κ and of the athermal shear modulus G with the "
        "parent temperature T_p, with respect to the highest one. "
        f"{counts_of_glasses(results)}. {_bars(results, 'by bootstrap over glasses')}"
    )


def _mesoelastic(results: Results) -> Figure:
    return mesoelastic(
        finished_points(results),
        results.table("scattering"),
        results.table("fits"),
        results.table("liquids"),
    )


def _mesoelastic_caption(results: Results) -> str:
    models = list(dict.fromkeys(finished_points(results)["model"]))
    paper = "; ".join(
        f"{TITLES[m]} {PAPER_FITS[m][0]:g}, {PAPER_FITS[m][1]:g}" for m in models if m in PAPER_FITS
    )
    return (
        "Does κ order the relaxation? (1) Self-intermediate scattering function of the largest species; "
        "dashed: the threshold that defines τ_α. (2) τ_α/t0 against 1/T. (3) Relative change of κ and G "
        "against 1/T_p. (4) Eq. 3, ln(τ_α/t0) = ln t\u0303 + ℓ\u0303² κ a0²/T: the line is solid over the "
        "points that it was fitted to; open points are in no fit. "
        + (f"The paper's t\u0303, ℓ\u0303: {paper}. " if paper else "")
        + f"{counts_of_glasses(results)}. "
        + _bars(
            results, "by bootstrap over glasses (κ, G) and by blocks of time origins (F_s, τ_α)"
        )
    )


def _distribution_caption(results: Results) -> str:
    return (
        "Distribution of the dipole stiffnesses κ_ij. Dashed: the power law of the soft tail, with the "
        "exponent that was fitted below the limit of the tail; triangles: means. "
        f"{counts_of_glasses(results)}. {_bars(results, 'by bootstrap over glasses')}"
    )


FIGURES: tuple[Entry, ...] = (
    Entry(
        "annealing",
        "Fig. 3",
        "Relative change of the dipole stiffness and the shear modulus with the parent temperature",
        ("state_points",),
        RUN,
        lambda results: annealing(finished_points(results)),
        _annealing_caption,
    ),
    Entry(
        "mesoelastic",
        "Fig. 4",
        "Scattering functions, relaxation times, annealing and the fit of Eq. 3, liquid by liquid",
        ("state_points", "scattering"),
        RUN,
        _mesoelastic,
        _mesoelastic_caption,
    ),
    Entry(
        "stiffness-distribution",
        "",
        "Distribution of the dipole stiffnesses with its soft tail",
        ("state_points", "kappa_distribution"),
        RUN,
        lambda results: stiffness_distributions(
            results.table("kappa_distribution"), finished_points(results)
        ),
        _distribution_caption,
    ),
)
"""The figures in the order of the paper, ours last."""
