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

from lmpmeso.campaign.statuses import DONE, OTHERS
from lmpmeso.errors import StatisticsError
from lmpmeso.figures.annealing import annealing
from lmpmeso.figures.kappa_map import kappa_slices
from lmpmeso.figures.landscape import granularity, sampling_interval
from lmpmeso.figures.liquids import PAPER_FITS, STICKY, TITLES, in_equilibrium, joined
from lmpmeso.figures.local_correlations import local_correlations, rank_maps
from lmpmeso.figures.mesoelastic import mesoelastic
from lmpmeso.figures.pair_structure import pair_structure
from lmpmeso.figures.predictors import predictors
from lmpmeso.figures.reduced_dynamics import reduced_dynamics
from lmpmeso.figures.results import Results
from lmpmeso.figures.similar_viscosity import similar_viscosity
from lmpmeso.figures.soft_modes import arrow_map, mobility_and_kappa
from lmpmeso.figures.stiffness_distribution import stiffness_distributions
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
        yield drawn(entry, results)


def drawn(entry: Entry, results: Results) -> DrawnFigure | SkippedFigure:
    """Draw one figure, or say why it cannot be."""
    missing = [name for name in entry.needs if results.table(name).empty]
    if missing:
        return SkippedFigure(entry, f"no {joined(name.replace('_', ' ') for name in missing)}")
    try:
        caption = entry.caption(results).removesuffix(".") + "."
        return DrawnFigure(entry, entry.draw(results), caption)
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
        "parent temperature T_p, with respect to the hottest liquid in equilibrium; open points were no "
        "equilibrium liquids. "
        f"{counts_of_glasses(results)}. {_bars(results, OVER_GLASSES)}"
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
        "points that it was fitted to; open points were no equilibrium liquids. "
        + (
            f"Dotted: the paper's t\u0303, ℓ\u0303 ({paper}); grey: all that round to them. "
            if paper
            else ""
        )
        + f"{counts_of_glasses(results)}. "
        + _bars(
            results,
            f"{OVER_GLASSES} (κ, G) and by blocks of time origins (F_s, τ_α), one-sided where the other end "
            "is not bounded",
        )
    )


def _stiffness_distributions(results: Results) -> Figure:
    """Those of the liquids in equilibrium."""
    points = finished_points(results)
    points = points[in_equilibrium(points)]
    if points.empty:
        raise StatisticsError(NO_EQUILIBRIUM)
    keys = ["label", "temperature"]
    return stiffness_distributions(
        results.table("kappa_distribution").merge(points[keys], on=keys), points
    )


def _distribution_caption(results: Results) -> str:
    return (
        "Distribution of the dipole stiffnesses κ_ij of liquids in equilibrium. Dashed: the power law of the soft tail, with the "
        "exponent that was fitted below the limit of the tail; triangles: means. "
        f"{counts_of_glasses(results)}. {_bars(results, OVER_GLASSES)}"
    )


def _coldest(table: pd.DataFrame) -> pd.DataFrame:
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


def _reduced_dynamics(results: Results) -> Figure:
    return reduced_dynamics(
        results.table("displacement"),
        finished_points(results),
        results.table("fits"),
        results.table("liquids"),
    )


def _reduced_dynamics_caption(results: Results) -> str:
    return (
        "(a) Mean squared displacement of the largest species; dashed: ballistic motion, d (t/t0)²; "
        "dotted: 0.1 t0. (b) Diffusion coefficient against τ_α with the Stokes-Einstein exponent ζ of "
        "D t0/a0² ∝ (τ_α/t0)^(-ζ) (the paper: 0.74 to 0.79); open points were no equilibrium liquids. "
        + _bars(results, "by blocks of time origins")
    )


def _viscosity(results: Results, models: Sequence[str] | None) -> Figure:
    """The coldest state point of each liquid, of some models only."""
    curves, moved = _coldest(results.table("species_average")), None
    if models is not None:
        moved = _coldest(results.table("displacement_distribution"))
        curves, moved = (table[table["model"].isin(models)] for table in (curves, moved))
    if curves["label"].nunique() < 2:
        raise StatisticsError("two liquids are needed to compare")
    return similar_viscosity(
        curves, moved, threshold=float(results.table("liquids")["threshold"].iloc[0])
    )


def _viscosity_caption(results: Results) -> str:
    return (
        "Coldest state point of each liquid: MSD and F_s averaged over the species, each at its own "
        "q_max where all are known; bands: standard errors by blocks of time origins. Curves fall "
        "together where the viscosities are alike."
    )


def _density_caption(results: Results) -> str:
    return (
        _viscosity_caption(results)
        + " (c) Distribution of the displacements of the largest species after τ_α/10."
    )


def _granularity(results: Results) -> Figure:
    energies, rates = _coldest(results.table("landscape_energies")), _rates(results)
    energies = energies[
        energies.groupby("label")["trajectory"].transform("min") == energies["trajectory"]
    ]
    densities = [m for m in STICKY if m in set(rates["model"])]
    several = len(densities) > 1
    side_by_side = [m for m in dict.fromkeys(rates["model"]) if m not in STICKY[1:] or not several]
    if several and set(side_by_side) <= set(densities):
        side_by_side = []
    groups = [
        (energies[energies["model"].isin(models)], rates[rates["model"].isin(models)])
        for models in (side_by_side, densities if several else [])
        if models
    ]
    return granularity(groups)


def _rates(results: Results) -> pd.DataFrame:
    """Γ of the coldest temperature of each liquid."""
    name = "transition_rate_reduced"
    return _coldest(results.table("landscape")).rename(
        columns={name: "rate", f"{name}_low": "low", f"{name}_high": "high"}
    )


def _granularity_caption(results: Results) -> str:
    rates = _rates(results)
    words = "; ".join(
        f"{_plain(row.label)}: T = {row.temperature:.4g}, {row.n_trajectories} trajectories, "
        f"{row.n_transitions} transitions"
        for row in rates.itertuples()
    )
    return (
        "Left: energy of the inherent structures along one trajectory a liquid, over T, shifted. Right: "
        "reduced rate of transitions Γ t_ballistic N0/N with t_ballistic = 0.1 t0, N0 = 1000; a rate "
        "without any event is an open triangle at its upper limit. It is a lower bound: see the figure "
        f"against the sampling interval. {words}. {_bars(results, 'by bootstrap over trajectories')}"
    )


def _sampling_interval(results: Results) -> Figure:
    return sampling_interval(_rates(results), _coldest(results.table("landscape_intervals")))


def _sampling_caption(results: Results) -> str:
    return (
        "Rate of transitions against the time between the frames that are quenched; dashed: the bound "
        "where every frame has another structure, lower for more particles. A rate that still rises to the left has not converged. "
        + _bars(results, "by bootstrap over trajectories")
    )


def _correlations(results: Results) -> pd.DataFrame:
    """C_s of the coldest temperature of each liquid."""
    return _coldest(results.table("local_correlations")).rename(
        columns={"spearman_low": "low", "spearman_high": "high"}
    )


def _local_correlations(results: Results) -> Figure:
    with_points = not results.table("state_points").empty
    return local_correlations(
        _coldest(results.table("kappa_populations")),
        _coldest(results.table("kappa_ranks")),
        _correlations(results),
        finished_points(results) if with_points else None,
        results.table("fits") if with_points else None,
    )


def _local_caption(results: Results) -> str:
    words = "; ".join(
        f"{_plain(row.label)}: T = {row.temperature:.4g}, {row.n_configurations} configurations, "
        f"reliability of the mobility {row.reliability:.2f}"
        for row in _correlations(results).itertuples()
    )
    counts = (
        _coldest(results.table("kappa_populations")).groupby(["label", "population"])["n"].first()
    )
    mobile = sorted({int(n) for n in counts.xs("mobile", level="population")})
    number = f"{mobile[0]}" if len(mobile) == 1 else f"{mobile[0]} to {mobile[-1]}"
    first = "(a) Eq. 3. " if not results.table("state_points").empty else ""
    return (
        f"{first}(b) κ_i over the mean of all particles, for all, the mobile and the immobile; "
        "(c) ranks of κ_i within species and configuration, with C_s, Spearman's correlation of 1/κ_i "
        f"with the mobility. {words}; {number} mobile and as many immobile particles a liquid. "
        "Bars in (b, c): binomial standard errors; "
        f"C_s: {100 * results.level:g} % intervals by configuration"
    )


def _rank_maps(results: Results) -> Figure:
    mean = _correlations(results)[["label", "spearman"]].rename(
        columns={"spearman": "spearman_mean"}
    )
    return rank_maps(_coldest(results.table("representative")).merge(mean, on="label"))


def _rank_maps_caption(results: Results) -> str:
    return (
        "Ranks of mobility (left) and of κ_i (right) within species, for the configuration whose C_s is "
        "nearest to the mean; 3D glasses as a slice one σ thick, particles at their full size. Equal "
        "colours mean agreement. C_s: mean over all configurations"
    )


def _pair_structure_caption(results: Results) -> str:
    counts = (
        _coldest(results.table("radial_distribution"))
        .groupby(["label", "phase"])["n_frames"]
        .first()
    )
    words = "; ".join(
        f"{_plain(str(label))}: {int(counts[label].get('liquid', 0))} liquids, "
        f"{int(counts[label].get('glass', 0))} glasses"
        for label in counts.index.get_level_values("label").unique()
    )
    return (
        "Radial distribution functions of the liquid (solid) and of its inherent structures (dotted) "
        "over the pair potential (dashed, right axes), coldest state point of each liquid. Pairs that are "
        f"less than 5 % of all are left out. {words}; bands: standard errors"
    )


def _predictors_caption(results: Results) -> str:
    return (
        "Which stiffness orders the relaxation best? ln(τ_α/t0) against κ, the shear modulus G of the "
        "glass, G∞ of the liquid (shoving model) and the inverse of the mean squared displacement in "
        "the cage, all in units of T/a0². All lines have two parameters and go, unweighted, through the "
        "same state points: those (filled) in equilibrium with τ_α/t0 above the limit of the fits where "
        "all four are known. Last panel: rms distance of ln τ_α from the line, of the points fitted and "
        f"of each point from the line through the others. {_bars(results, 'of each quantity')}"
    )


def _kappa_slices(results: Results) -> Figure:
    return kappa_slices(results.table("kappa_slices"))


def _kappa_slices_caption(results: Results) -> str:
    return (
        "Local stiffness κ_i, the mean κ_ij over the pairs of a particle, in one inherent structure of the "
        "hottest and of the coldest liquid: a slice one σ thick through the middle, particles at their "
        "full size (2D: all). One logarithmic colour scale a liquid"
    )


def _soft_mode_caption(results: Results) -> str:
    arrows = results.table("arrows").iloc[0]
    return (
        "The softest pseudo-harmonic mode of a two-dimensional glass (left) and the normalised response "
        "to the force dipole (red) of the pair that the mode stretches most (right). Its core is in the "
        "middle; shorter arrows than 2 % of the longest are left out. "
        f"N = {arrows['n_particles']}, T_p = {arrows['temperature']:g}, glass {arrows['glass']}"
    )


def _soft_mode(results: Results) -> Figure:
    arrows, cores = _first_glass(results, "arrows"), _first_glass(results, "cores")
    response = arrows[["x", "y"]].assign(u_x=arrows["response_x"], u_y=arrows["response_y"])
    force = arrows[["x", "y"]].assign(u_x=arrows["force_x"], u_y=arrows["force_y"])
    softest = cores.sort_values("stiffness").iloc[0]
    return arrow_map(
        {"soft mode": arrows, "dipole response": response},
        _box(arrows),
        dipole=force[(force["u_x"] != 0.0) | (force["u_y"] != 0.0)],
        centre=(float(softest["x"]), float(softest["y"])),
    )


def _first_glass(results: Results, name: str) -> pd.DataFrame:
    """The rows of the coldest glass of the first liquid that has any."""
    table = results.table(name)
    mine = table[table["label"] == table["label"].iloc[0]]
    return _coldest(mine).reset_index(drop=True)


def _box(table: pd.DataFrame) -> tuple[float, float]:
    return float(table["box_x"].iloc[0]), float(table["box_y"].iloc[0])


def _mobility_and_kappa(results: Results) -> Figure:
    bonds, cores = _first_glass(results, "bonds"), _first_glass(results, "cores")
    return mobility_and_kappa(
        _first_glass(results, "mobility_map"), bonds, cores.sort_values("stiffness"), _box(bonds)
    )


def _mobility_caption(results: Results) -> str:
    mobility = _first_glass(results, "mobility_map")
    bonds, cores = _first_glass(results, "bonds"), _first_glass(results, "cores")
    return (
        "(left) Isoconfigurational average of the displacement relative to the neighbours after "
        f"t = {mobility['time'].iloc[0]:.3g}, {mobility['runs'].iloc[0]} runs. (right) κ_ij of all "
        f"{len(bonds)} interacting pairs; circles: the {len(cores)} softest of the modes that were found. "
        f"N = {len(mobility)}, T = {bonds['temperature'].iloc[0]:g}, glass {bonds['glass'].iloc[0]}"
    )


FIGURES: tuple[Entry, ...] = (
    Entry(
        "soft-mode",
        "Fig. 1",
        "A soft mode of a two-dimensional glass beside a dipole response, as arrows",
        ("arrows", "cores"),
        "lmpmeso run CAMPAIGN.toml, with model ipl2d and a section [modes]",
        _soft_mode,
        _soft_mode_caption,
    ),
    Entry(
        "mobility-and-kappa",
        "Fig. 2",
        "Mobility of the particles of a two-dimensional glass beside its κ-field and soft modes",
        ("mobility_map", "bonds", "cores"),
        "lmpmeso run CAMPAIGN.toml, with model ipl2d and sections [modes] and [isoconfigurational]",
        _mobility_and_kappa,
        _mobility_caption,
    ),
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
        "granularity",
        "Fig. 5",
        "Energies of inherent structures against time, and rates of transitions",
        ("landscape", "landscape_energies"),
        f"{RUN}, with a section [landscape]; or lmpmeso landscape",
        _granularity,
        _granularity_caption,
    ),
    Entry(
        "local-correlations",
        "Fig. 6",
        "Stiffness of mobile and immobile particles, as distributions and as ranks",
        ("local_correlations", "kappa_populations", "kappa_ranks"),
        f"{RUN}, with a section [isoconfigurational]; or lmpmeso propensity",
        _local_correlations,
        _local_caption,
    ),
    Entry(
        "rank-maps",
        "Fig. 7",
        "Maps of mobility ranks and stiffness ranks of one configuration each",
        ("representative", "local_correlations"),
        f"{RUN}, with a section [isoconfigurational]; or lmpmeso propensity",
        _rank_maps,
        _rank_maps_caption,
    ),
    Entry(
        "reduced-dynamics",
        "Fig. 9",
        "Mean squared displacements in reduced units, and diffusion against relaxation",
        ("displacement", "state_points"),
        RUN,
        _reduced_dynamics,
        _reduced_dynamics_caption,
    ),
    Entry(
        "similar-viscosity",
        "Fig. 10",
        "Mean squared displacement and scattering function of the coldest state point of each liquid",
        ("species_average",),
        f"{RUN}, with several liquids",
        lambda results: _viscosity(results, None),
        _viscosity_caption,
    ),
    Entry(
        "densities",
        "Fig. 11",
        "The same for sticky spheres at several densities, and the distribution of displacements",
        ("species_average", "displacement_distribution"),
        f"{RUN}, with the models {', '.join(STICKY)}",
        lambda results: _viscosity(results, STICKY),
        _density_caption,
    ),
    Entry(
        "pair-structure",
        "Fig. 12",
        "Radial distribution functions of liquid and glass over the pair potential",
        ("radial_distribution",),
        RUN,
        lambda results: pair_structure(_coldest(results.table("radial_distribution"))),
        _pair_structure_caption,
    ),
    Entry(
        "predictors",
        "",
        "Relaxation time against four stiffnesses, and how well each orders it",
        ("predictors", "predictor_fits"),
        RUN,
        lambda results: predictors(results.table("predictors"), results.table("predictor_fits")),
        _predictors_caption,
    ),
    Entry(
        "sampling-interval",
        "",
        "Rate of transitions between inherent structures against the sampling interval",
        ("landscape", "landscape_intervals"),
        f"{RUN}, with a section [landscape]; or lmpmeso landscape",
        _sampling_interval,
        _sampling_caption,
    ),
    Entry(
        "kappa-slices",
        "",
        "Slices of the κ-field of a hot and of a cold glass",
        ("kappa_slices",),
        RUN,
        _kappa_slices,
        _kappa_slices_caption,
    ),
    Entry(
        "stiffness-distribution",
        "",
        "Distribution of the dipole stiffnesses with its soft tail",
        ("state_points", "kappa_distribution"),
        RUN,
        _stiffness_distributions,
        _distribution_caption,
    ),
)
"""The figures in the order of the paper, ours last."""
