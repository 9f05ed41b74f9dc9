"""Plots of one's own results: Matplotlib axes in and out, in the look of the package's figures.

::

    fs = lmpmeso.self_intermediate(run, model=model)
    ax = lmpmeso.plot.scattering(fs)
    ax.figure.savefig("fs.png")

Every function draws on the axes that it is given, or on those of a new pyplot figure, and returns them.
Axes are in the units of the model. Tables may come from a function, from ``read_tables`` or from
``pandas.read_csv``: units in the titles of their columns do no harm.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from lmpmeso.arrays import FloatArray
from lmpmeso.configurations import Configuration
from lmpmeso.elasticity import kappa_field, planar_bonds
from lmpmeso.elasticity.field_map import planar_positions, slice_of_particles
from lmpmeso.errors import ConfigurationError
from lmpmeso.figures.dynamics import draw_curve, draw_partials
from lmpmeso.figures.kappa_map import (
    box_frame,
    colour_scale,
    draw_bonds,
    draw_field,
    logarithmic_scale,
)
from lmpmeso.figures.mesoelastic import draw_annealing, draw_eq3, draw_relaxation
from lmpmeso.figures.soft_modes import LONGEST_ARROW, SHORTEST_ARROW, draw_arrows
from lmpmeso.figures.style import (
    DASHED,
    GREY,
    PALETTE,
    STYLE,
    readable_log_ticks,
    require_columns,
)
from lmpmeso.files.tables import without_titles
from lmpmeso.landscape import InherentStructureTrajectory
from lmpmeso.models import GlassModel, get_model
from lmpmeso.models.units import UNITS_STYLES
from lmpmeso.statistics import stiffness_distribution as distribution_of

__all__ = [
    "displacements",
    "inherent_energies",
    "kappa_bonds",
    "kappa_slice",
    "mean_squared_displacement",
    "mesoelastic",
    "radial_distribution",
    "relaxation_times",
    "scattering",
    "stiffness_against_temperature",
    "stiffness_distribution",
    "structure_factor",
]


def scattering(
    curve: pd.DataFrame, ax: Axes | None = None, *, threshold: float | None = 0.2
) -> Axes:
    """F_s(q, t) with its standard error, on a logarithmic time axis.

    Args:
        curve: as :func:`~lmpmeso.self_intermediate` gives it: t, Fs, error.
        ax: where to draw.
        threshold: F_s(τ_α), drawn as a dashed line; None: no line.

    Raises:
        StatisticsError: the table lacks a column.
    """
    ax = _time_curve(curve, "Fs", r"$F_s(q, t)$", ax)
    if threshold is not None:
        ax.axhline(threshold, color=GREY, linewidth=0.8, linestyle=DASHED)
    return ax


def mean_squared_displacement(curve: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """The mean squared displacement on logarithmic axes.

    Args:
        curve: as :func:`~lmpmeso.mean_squared_displacement` gives it: t, msd, error.
        ax: where to draw.

    Raises:
        StatisticsError: the table lacks a column.
    """
    ax = _time_curve(curve, "msd", r"$\langle \Delta r^2(t) \rangle$", ax)
    ax.set_yscale("log")
    readable_log_ticks(ax.yaxis)
    return ax


def radial_distribution(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """g(r) and its parts by pair of species.

    Args:
        table: as :func:`~lmpmeso.dynamics.radial_distribution` gives it.
        ax: where to draw.

    Raises:
        StatisticsError: the table lacks a column.
    """
    return _total_and_parts(table, "r", "g", "$r$", ax)


def structure_factor(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """S(q) and its parts by pair of species.

    Args:
        table: ``.table`` of :func:`~lmpmeso.dynamics.structure_factor`.
        ax: where to draw.

    Raises:
        StatisticsError: the table lacks a column.
    """
    return _total_and_parts(table, "q", "S", "$q$", ax)


def relaxation_times(points: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """τ_α/t0 against 1/T, with intervals; open where the liquid was in no equilibrium.

    Args:
        points: ``state_points`` of a study: temperature, tau_alpha_over_t0 with _low and _high, model, excluded.
        ax: where to draw.

    Raises:
        StatisticsError: the table lacks a column.
    """
    wanted = ("temperature", "tau_alpha_over_t0", "model", "excluded")
    return _drawn(ax, draw_relaxation, _table(points, wanted, "relaxation_times"))


def stiffness_against_temperature(points: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """κ and G over those of the hottest liquid against 1/T_p.

    Args:
        points: ``state_points`` of a study: temperature, excluded, kappa_ratio, shear_modulus_ratio.
        ax: where to draw.

    Raises:
        StatisticsError: the table lacks a column.
    """
    wanted = ("temperature", "kappa_ratio", "shear_modulus_ratio", "excluded")
    return _drawn(ax, draw_annealing, _table(points, wanted, "stiffness_against_temperature"))


def mesoelastic(
    points: pd.DataFrame, fits: pd.DataFrame | None = None, ax: Axes | None = None
) -> Axes:
    """Eq. 3: τ_α/t0 against κ a0²/T, with the line that was fitted.

    Args:
        points: ``state_points`` of one liquid of a study.
        fits: its ``fits``; None: no line.
        ax: where to draw.

    Raises:
        StatisticsError: the table lacks a column.
    """
    wanted = ("temperature", "a0", "kappa", "tau_alpha_over_t0", "model", "excluded")
    points = _table(points, wanted, "mesoelastic")
    points = points.assign(boltzmann=_boltzmann(points))
    fits = pd.DataFrame() if fits is None else without_titles(fits)
    return _drawn(ax, draw_eq3, points, fits)


def _boltzmann(points: pd.DataFrame) -> float:
    """k_B in the units of a table, which says them or is in those of Lennard-Jones."""
    told = points.attrs.get("units", {}).get("kappa", "")
    return next((s.boltzmann for s in UNITS_STYLES.values() if told.startswith(s.energy_unit)), 1.0)


def stiffness_distribution(
    kappa_by_glass: Sequence[ArrayLike], ax: Axes | None = None, *, label: str | None = None
) -> Axes:
    """The probability density of κ_ij on logarithmic axes, with its interval by glass.

    Args:
        kappa_by_glass: κ_ij of each glass, e.g. ``[found.bonds["kappa"] for found in …]``.
        ax: where to draw; several ensembles go onto the same axes.
        label: of this ensemble in the legend.

    Raises:
        StatisticsError: no glass, or κ that is not a positive number.
    """
    bins = distribution_of(kappa_by_glass).histogram
    filled = bins[bins["density"] > 0]
    middle = np.sqrt(filled["kappa_low_edge"] * filled["kappa_high_edge"])
    with _in_style(ax) as ax:
        (line,) = ax.plot(middle, filled["density"], marker="o", markersize=3, label=label)
        low, high = filled["density_low"], filled["density_high"]
        ax.fill_between(middle, low, high, color=line.get_color(), alpha=0.25, linewidth=0)
        ax.set(xscale="log", yscale="log", xlabel=r"$\kappa_{ij}$", ylabel=r"$p(\kappa_{ij})$")
        readable_log_ticks(ax.xaxis)
        if label is not None:
            ax.legend()
    return ax


def kappa_slice(
    glass: Configuration,
    model: GlassModel | str,
    kappa: pd.DataFrame | ArrayLike,
    ax: Axes | None = None,
) -> Axes:
    """The κ-field in a slice through the middle of a glass (2D: all of it); dark is soft.

    Args:
        glass: the inherent structure.
        model: gives the particles' diameters.
        kappa: κ_i of each particle, shape (N,), or the table of all κ_ij.
        ax: where to draw.

    Raises:
        ConfigurationError: as many numbers as particles are needed, positive ones among them.
    """
    field = _field(glass, kappa)
    particles = slice_of_particles(glass, get_model(model), kappa=field)
    scale = logarithmic_scale(_positive(particles["kappa"], "kappa_slice"))
    with _in_style(ax) as ax:
        drawn = draw_field(ax, particles, _face(glass), scale)
        colour_scale(ax.figure, [ax], drawn, r"$\kappa_i$")
    return ax


def kappa_bonds(glass: Configuration, bonds: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Every pair of a two-dimensional glass as a line, coloured by its κ_ij; dark is soft.

    Args:
        glass: the inherent structure.
        bonds: its κ_ij, as :func:`~lmpmeso.dipole_stiffness` gives them.
        ax: where to draw.

    Raises:
        ConfigurationError: the glass is not two-dimensional, or no κ_ij is positive.
    """
    table = planar_bonds(glass, bonds)
    _positive(table["kappa"], "kappa_bonds")
    with _in_style(ax) as ax:
        lines = draw_bonds(ax, table, _face(glass))
        box_frame(ax, _face(glass))
        colour_scale(ax.figure, [ax], lines, r"$\kappa_{ij}$")
    return ax


def displacements(glass: Configuration, vectors_nc: ArrayLike, ax: Axes | None = None) -> Axes:
    """Arrows of a mode or of a response in a two-dimensional glass; the longest is two lengths.

    Args:
        glass: the inherent structure.
        vectors_nc: a vector a particle, shape (N, 2), e.g. ``modes.vectors_mnc[0]``.
        ax: where to draw.

    Raises:
        ConfigurationError: the glass is not two-dimensional, there is not one vector a particle, or none is a length.
    """
    positions_nc = planar_positions(glass, "displacements")
    vectors_nc = np.asarray(vectors_nc, dtype=np.float64)
    if vectors_nc.shape != positions_nc.shape:
        raise ConfigurationError(
            f"displacements: vectors of shape {vectors_nc.shape} for positions of shape {positions_nc.shape}"
        )
    length = np.linalg.norm(vectors_nc, axis=1)
    if not (np.isfinite(length).all() and length.max() > 0.0):
        raise ConfigurationError("displacements: vectors must be finite, and not all 0")
    table = pd.DataFrame(
        np.hstack([positions_nc, vectors_nc])[length >= SHORTEST_ARROW * length.max()],
        columns=["x", "y", "u_x", "u_y"],
    )
    with _in_style(ax) as ax:
        scale = LONGEST_ARROW / float(length.max())
        draw_arrows(ax, table, _face(glass), np.zeros(2), scale, GREY, 1.0)
        box_frame(ax, _face(glass))
    return ax


def inherent_energies(structures: InherentStructureTrajectory, ax: Axes | None = None) -> Axes:
    """U_IHS/N of the inherent structures along a run, one step a frame (Fig. 5a).

    Args:
        structures: as :func:`~lmpmeso.landscape.inherent_structure_trajectory` gives them.
        ax: where to draw.
    """
    table = structures.table()
    with _in_style(ax) as ax:
        energy = table["energy"] / structures.n_particles
        ax.step(table["t"], energy, where="post", color=PALETTE[0], linewidth=1.1)
        ax.set(xlabel="$t$", ylabel=r"$U_{\rm IHS}/N$")
    return ax


@contextmanager
def _in_style(ax: Axes | None) -> Iterator[Axes]:
    """The axes that were given, or those of a new pyplot figure; what is drawn on them has the package's look."""
    with mpl.rc_context(STYLE):
        if ax is None:
            from matplotlib import pyplot

            ax = pyplot.subplots(figsize=(3.4, 2.7), layout="constrained")[1]
        yield ax


def _drawn(ax: Axes | None, draw: Callable[..., None], *tables: pd.DataFrame) -> Axes:
    """What a panel of the package's figures shows, on these axes."""
    with _in_style(ax) as ax:
        draw(ax, *tables)
    return ax


def _table(table: pd.DataFrame, wanted: Sequence[str], plot: str) -> pd.DataFrame:
    """A table by the names of its columns, which must be there."""
    named = without_titles(table)
    require_columns(named, wanted, plot)
    return named


def _time_curve(curve: pd.DataFrame, name: str, label: str, ax: Axes | None) -> Axes:
    """A correlator against time, with its standard error where there is one."""
    curve = _table(curve, ("t", name), name)
    table = curve[curve["t"] > 0].rename(columns={"error": f"{name}_error"})
    with _in_style(ax) as ax:
        draw_curve(ax, table, name, label)
        readable_log_ticks(ax.xaxis)
        ax.set_xlabel("$t$")
    return ax


def _total_and_parts(table: pd.DataFrame, x: str, name: str, label: str, ax: Axes | None) -> Axes:
    """g(r) or S(q), all particles and each pair of species."""
    table = _table(table, (x, name), name)
    with _in_style(ax) as ax:
        draw_partials(ax, table, x, name, label)
    return ax


def _field(glass: Configuration, kappa: pd.DataFrame | ArrayLike) -> FloatArray:
    """κ_i, from itself or from all κ_ij."""
    if isinstance(kappa, pd.DataFrame):
        return kappa_field(kappa, glass.n_particles)
    field = np.asarray(kappa, dtype=np.float64)
    if field.shape != (glass.n_particles,):
        raise ConfigurationError(
            f"kappa_slice: κ of shape {field.shape} for {glass.n_particles} particles"
        )
    return field


def _positive(kappa: pd.Series, what: str) -> pd.Series:
    """Those of which there is a logarithm."""
    positive = kappa[np.isfinite(kappa) & (kappa > 0.0)]
    if positive.empty:
        raise ConfigurationError(f"{what}: no κ is a positive number, and its scale is logarithmic")
    return positive


def _face(glass: Configuration) -> tuple[float, float]:
    """Edge lengths of the box in the plane of the drawing [length]."""
    return float(glass.box_c[0]), float(glass.box_c[1])
