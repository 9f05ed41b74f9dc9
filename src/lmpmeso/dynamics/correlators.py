"""Self-correlations of a trajectory: MSD, F_s, non-Gaussian parameter, overlap and χ₄."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, get_args

import numpy as np
import pandas as pd

from lmpmeso.configurations import Trajectory, TrajectoryLike, trajectory_and_model
from lmpmeso.dynamics.displacements import Displacements, displacements
from lmpmeso.dynamics.lags import LagChoice, LagTable, lag_table
from lmpmeso.dynamics.observables import Observable, directed_scattering, isotropic_scattering
from lmpmeso.dynamics.quantities import MEAN_SQUARE, moments, overlap_and_susceptibility, scattering
from lmpmeso.dynamics.wave_vectors import axis_wave_vectors, wave_vector_shell
from lmpmeso.errors import ModelError, StatisticsError
from lmpmeso.files.tables import with_units
from lmpmeso.models import GlassModel

ScatteringMethod = Literal["isotropic", "axes", "shell"]
"""How F_s is averaged over the direction of q."""

Species = int | str | None
"""Index or name of a species, ``"all"`` particles together, ``"each"`` species by itself, or the default."""

UNITS = {"t": "time", "msd": "length^2", "q": "1/length"}
"""Of the columns of all tables here; a column without unit is a number."""
OVERLAP_DISTANCE = 0.3
"""A particle within this many a₀ of where it was has not moved, for the overlap."""


def mean_squared_displacement(
    trajectory: TrajectoryLike,
    species: Species = None,
    *,
    model: GlassModel | str | None = None,
    lags: LagChoice | LagTable = "log",
    fix_center_of_mass: bool = True,
) -> pd.DataFrame:
    """MSD(t) = ⟨|r_n(t₀ + t) − r_n(t₀)|²⟩ over particles n and all recorded time origins t₀.

    Computed from the displacements themselves, in float64: exact in the ballistic regime.

    Args:
        trajectory: unwrapped positions at true MD steps, in any time pattern; or the path of their file.
        species: index or (with ``model``) name; ``"all"`` for all particles together, ``"each"`` for
            one curve a species. None: the model's largest species, or all particles without a model.
        model: names the species and knows their masses; None: that with which the trajectory was read.
        lags: see `lag_table`; or a table made by it.
        fix_center_of_mass: relative to the centre of mass of the whole system.

    Returns:
        A row a lag: ``t`` [time], ``msd`` [length²], ``error`` (standard error by blocks of time
        origins; NaN where fewer than two blocks fit), ``n_origins``, ``n_blocks``; with ``"each"``
        also ``species``.

    Raises:
        ConfigurationError: the trajectory is malformed.
        ModelError: no such species.
        StatisticsError: no such lag, or no such particles.
        ResourceError: too many pairs of frames.
    """
    trajectory, model = trajectory_and_model(trajectory, model)

    def of(moved: Displacements, _: Species) -> pd.DataFrame:
        return _named_error(moved.correlate([MEAN_SQUARE], _table(moved, lags)), "msd")

    return _by_species(of, trajectory, species, model, fix_center_of_mass)


def self_intermediate(
    trajectory: TrajectoryLike,
    q: float | None = None,
    species: Species = None,
    *,
    model: GlassModel | str | None = None,
    method: ScatteringMethod = "isotropic",
    lags: LagChoice | LagTable = "log",
    fix_center_of_mass: bool = True,
    shell_width: float = 0.03,
    n_vectors: int = 15,
    seed: int = 0,
) -> pd.DataFrame:
    """F_s(q, t) = ⟨exp(i q·[r_n(t₀ + t) − r_n(t₀)])⟩ over particles, time origins and directions.

    Args:
        trajectory: unwrapped positions at true MD steps, in any time pattern; or the path of their file.
        q: wave number [length⁻¹]; None: q_max of the species in ``model``.
        species: as for `mean_squared_displacement`; ``"each"`` takes each species at its own q_max.
        model: names the species, knows their masses and q_max; None: that with which the trajectory was read.
        method: the average over the direction of q. ``"isotropic"``: the exact one, sin(qr)/(qr)
            in 3D and J₀(qr) in 2D; ``"axes"``: cos(q Δ) along the axes (RUMD); ``"shell"``: wave
            vectors of the periodic box within ``shell_width`` of q.
        lags: see `lag_table`; or a table made by it.
        fix_center_of_mass: relative to the centre of mass of the whole system.
        shell_width: full width of the shell [length⁻¹].
        n_vectors: at most so many vectors of the shell.
        seed: of their draw.

    Returns:
        A row a lag: ``t`` [time], ``Fs``, ``error`` (standard error by blocks of time origins;
        NaN where fewer than two blocks fit), ``n_origins``, ``n_blocks``; with ``"each"`` also
        ``species`` and ``q`` [length⁻¹], which is ``attrs["q"]`` otherwise.

    Raises:
        ConfigurationError: the trajectory is malformed.
        ModelError: no such species, or its q_max is not known.
        StatisticsError: no such lag, no such particles, or an empty shell of wave vectors.
        ResourceError: too many pairs of frames.
    """
    trajectory, model = trajectory_and_model(trajectory, model)
    if method not in get_args(ScatteringMethod):
        raise StatisticsError(f"method must be one of {get_args(ScatteringMethod)}, got {method!r}")

    def of(moved: Displacements, one: Species) -> pd.DataFrame:
        wave_number = wave_number_of(q, model, one)
        observable: Observable
        if method == "isotropic":
            observable = isotropic_scattering(wave_number)
        elif method == "axes":
            observable = directed_scattering(axis_wave_vectors(wave_number, moved.dimension))
        else:
            box_c = moved.trajectory.box_c
            shell_kc = wave_vector_shell(wave_number, box_c, shell_width, n_vectors, seed)
            observable = directed_scattering(shell_kc)
        result = moved.correlate([scattering(observable)], _table(moved, lags))
        result.attrs.update(q=wave_number, method=method)
        return _named_error(result, "Fs")

    return _by_species(of, trajectory, species, model, fix_center_of_mass)


def non_gaussian_parameter(
    trajectory: TrajectoryLike,
    species: Species = None,
    *,
    model: GlassModel | str | None = None,
    lags: LagChoice | LagTable = "log",
    fix_center_of_mass: bool = True,
) -> pd.DataFrame:
    """α₂(t) = d ⟨Δr⁴⟩ / ((d + 2) ⟨Δr²⟩²) − 1: how far displacements are from Gaussian.

    In three dimensions 3⟨Δr⁴⟩/(5⟨Δr²⟩²) − 1 (A. Rahman, Phys. Rev. 136, A405 (1964),
    doi:10.1103/PhysRev.136.A405).

    Arguments as for `mean_squared_displacement`.

    Returns:
        A row a lag: ``t`` [time], ``alpha2`` (NaN where nothing moved), ``error`` (jackknife over
        blocks of time origins), ``n_origins``, ``n_blocks``; with ``"each"`` also ``species``.

    Raises:
        As `mean_squared_displacement`.
    """
    trajectory, model = trajectory_and_model(trajectory, model)

    def of(moved: Displacements, _: Species) -> pd.DataFrame:
        result = moved.correlate([moments(moved.dimension)], _table(moved, lags))
        return _named_error(result.drop(columns=["msd", "msd_error"]), "alpha2")

    return _by_species(of, trajectory, species, model, fix_center_of_mass)


def overlap(
    trajectory: TrajectoryLike,
    species: Species = None,
    *,
    distance: float | None = None,
    model: GlassModel | str | None = None,
    lags: LagChoice | LagTable = "log",
    fix_center_of_mass: bool = True,
) -> pd.DataFrame:
    """Q(t): the fraction of particles that are within a small distance of where they were.

    Only the same particle counts (self overlap); the default distance 0.3 a₀, a₀ = (V/N)^(1/d), is wider than
    a cage and narrower than a jump (N. Lačević, F. W. Starr, T. B. Schrøder and S. C. Glotzer, J.
    Chem. Phys. 119, 7372 (2003), doi:10.1063/1.1605094, take 0.3 σ).

    Arguments as for `mean_squared_displacement`; ``distance`` is the largest displacement [length],
    0.3 a₀ of the trajectory if None.

    Returns:
        A row a lag: ``t`` [time], ``Q``, ``error``, ``n_origins``, ``n_blocks``; with ``"each"`` also
        ``species``; ``attrs["distance"]``.

    Raises:
        As `mean_squared_displacement`; StatisticsError also for a distance that is not positive.
    """
    trajectory, model = trajectory_and_model(trajectory, model)
    result = _overlap(trajectory, species, distance, model, lags, fix_center_of_mass)
    return one_correlation(result, "Q")


def dynamic_susceptibility(
    trajectory: TrajectoryLike,
    species: Species = None,
    *,
    distance: float | None = None,
    model: GlassModel | str | None = None,
    lags: LagChoice | LagTable = "log",
    fix_center_of_mass: bool = True,
) -> pd.DataFrame:
    """χ₄(t) = N (⟨Q²⟩ − ⟨Q⟩²): how many particles move, or stay, together.

    N is the number of particles of the species and Q their overlap, see `overlap`, normalised to 1 at
    t = 0; independent particles give Q(1 − Q). (Lačević et al., doi:10.1063/1.1605094, have a further
    factor V/(N k_B T).) The fluctuations are those along one run at constant N, V and T: with the
    variance taken about the run's own mean, χ₄ comes out too small by a factor of about
    1 − 1/n, n the number of independent time origins, which is at most ``n_origins`` and near
    run time/max(t, τ_α). The error does not contain this bias.

    Arguments as for `mean_squared_displacement`; ``distance`` is the largest displacement of the overlap [length],
    0.3 a₀ of the trajectory if None.

    Returns:
        A row a lag: ``t`` [time], ``chi4``, ``error`` (jackknife over blocks of time origins),
        ``n_origins``, ``n_blocks``; with ``"each"`` also ``species``; ``attrs["distance"]``.

    Raises:
        As `overlap`.
    """
    trajectory, model = trajectory_and_model(trajectory, model)
    result = _overlap(trajectory, species, distance, model, lags, fix_center_of_mass)
    return one_correlation(result, "chi4")


def self_correlations(
    trajectory: TrajectoryLike,
    species: Species = None,
    *,
    model: GlassModel | str | None = None,
    q: float | None = None,
    distance: float | None = None,
    lags: LagChoice | LagTable = "log",
    fix_center_of_mass: bool = True,
    displacements_kind: type[Displacements] = Displacements,
) -> pd.DataFrame:
    """F_s, MSD, α₂, Q and χ₄ at the same lags, in one pass over the trajectory.

    Arguments as for `mean_squared_displacement`, `self_intermediate` (``q``) and `overlap` (``distance``);
    ``displacements_kind`` says what displacements are relative to, see `cage_relative_correlations`.

    Returns:
        A row a lag: ``t`` [time]; ``Fs`` (isotropic), ``msd`` [length²], ``alpha2``, ``Q``, ``chi4``,
        each followed by its standard error ``NAME_error``; ``n_origins``, ``n_blocks``; with ``"each"``
        also ``species`` and ``q``; ``attrs["q"]``, ``attrs["distance"]``.

    Raises:
        As `self_intermediate` and `overlap`.
    """
    trajectory, model = trajectory_and_model(trajectory, model)

    def of(moved: Displacements, one: Species) -> pd.DataFrame:
        wave_number = wave_number_of(q, model, one)
        reach = _overlap_distance(moved.trajectory, distance)
        quantities = [
            scattering(isotropic_scattering(wave_number)),
            moments(moved.dimension),
            overlap_and_susceptibility(reach, moved.n_particles),
        ]
        result = moved.correlate(quantities, _table(moved, lags))
        result.attrs.update(q=wave_number, method="isotropic", distance=reach)
        return result

    return _by_species(of, trajectory, species, model, fix_center_of_mass, displacements_kind)


def one_correlation(correlations: pd.DataFrame, name: str) -> pd.DataFrame:
    """One quantity of a table of `self_correlations`, as its own function would return it.

    Args:
        correlations: the table.
        name: ``"Fs"``, ``"msd"``, ``"alpha2"``, ``"Q"`` or ``"chi4"``.

    Raises:
        StatisticsError: the table has no such column.
    """
    if f"{name}_error" not in correlations.columns:
        raise StatisticsError(
            f"the table holds no {name!r} with its error; it has {list(correlations.columns)}"
        )
    kept = [c for c in ("species", "q", "t", name, f"{name}_error") if c in correlations.columns]
    return _named_error(correlations[[*kept, "n_origins", "n_blocks"]], name)


def species_average(curves: pd.DataFrame) -> pd.DataFrame:
    """Mean over the species of a table that was made with ``species="each"``, each counting the same.

    Errors are combined as fully correlated ones: all species relax together, F_s at τ_α of the small and
    the large IPL particles with a correlation of 0.97 from run to run.

    Returns:
        A row a lag, without the columns ``species`` and ``q``; ``n_origins``, ``n_blocks`` are the
        smallest of the species.

    Raises:
        StatisticsError: the table holds no species, or they have different lags.
    """
    if "species" not in curves.columns:
        raise StatisticsError('a mean over species needs a table made with species="each"')
    values = curves.drop(columns=["species", "q"], errors="ignore")
    by_time = values.groupby("t", sort=True)
    n_species = curves["species"].nunique()
    if not (by_time.size() == n_species).all():
        raise StatisticsError("the species have different lags; correlate them with the same table")
    result = by_time.mean()
    for name in result.columns:
        if name == "error" or name.endswith("_error"):
            sums = values[name].groupby(values["t"]).sum(min_count=n_species)
            result[name] = sums / n_species
        elif name in ("n_origins", "n_blocks"):
            result[name] = by_time[name].min()
    result = result.reset_index()
    result.attrs |= curves.attrs
    result.attrs.update(species="mean of " + ", ".join(curves["species"].unique()))
    return _with_its_units(result)


def _by_species(
    correlate: Callable[[Displacements, Species], pd.DataFrame],
    trajectory: Trajectory,
    species: Species,
    model: GlassModel | None,
    fix_center_of_mass: bool,
    kind: type[Displacements] = Displacements,
) -> pd.DataFrame:
    """The table of one choice of particles, or the tables of each species under one another."""
    if species != "each":
        moved = displacements(trajectory, species, model, fix_center_of_mass, kind)
        return _with_its_units(correlate(moved, species))
    tables = []
    for index in np.unique(trajectory.species).tolist():
        moved = displacements(trajectory, index, model, fix_center_of_mass, kind)
        table = correlate(moved, index)
        table.insert(0, "species", table.attrs["species"])
        if "q" in table.attrs:
            table.insert(1, "q", table.attrs["q"])
        tables.append(table)
    attrs = tables[0].attrs | {"species": "each", "n_particles": trajectory.n_particles}
    attrs.pop("q", None)
    for table in tables:
        table.attrs = {}
    result = pd.concat(tables, ignore_index=True)
    result.attrs.update(attrs)
    return _with_its_units(result)


def _overlap(
    trajectory: Trajectory,
    species: Species,
    distance: float | None,
    model: GlassModel | None,
    lags: LagChoice | LagTable,
    fix_center_of_mass: bool,
) -> pd.DataFrame:
    """Q and χ₄ with their errors."""
    reach = _overlap_distance(trajectory, distance)

    def of(moved: Displacements, _: Species) -> pd.DataFrame:
        quantity = overlap_and_susceptibility(reach, moved.n_particles)
        result = moved.correlate([quantity], _table(moved, lags))
        result.attrs["distance"] = reach
        return result

    return _by_species(of, trajectory, species, model, fix_center_of_mass)


def _overlap_distance(trajectory: Trajectory, distance: float | None) -> float:
    """Largest displacement of a particle that counts as not having moved [length]."""
    if distance is None:
        d = len(trajectory.box_c)
        a0 = (float(np.prod(trajectory.box_c)) / trajectory.n_particles) ** (1.0 / d)
        return OVERLAP_DISTANCE * a0
    if not distance > 0:
        raise StatisticsError(f"the distance of the overlap must be positive, got {distance}")
    return float(distance)


def _table(moved: Displacements, lags: LagChoice | LagTable) -> LagTable:
    """The pairs of frames at the chosen lags."""
    return lags if isinstance(lags, LagTable) else lag_table(moved.steps, lags)


def _named_error(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """The table of a single quantity: its error in the column ``error``."""
    return _with_its_units(table.rename(columns={f"{name}_error": "error"}))


def _with_its_units(table: pd.DataFrame) -> pd.DataFrame:
    """A table that says the units of its columns, of ``error`` too where that is the MSD's."""
    of_msd = {"msd", "error"} <= set(table.columns)
    return with_units(table, UNITS | ({"error": UNITS["msd"]} if of_msd else {}))


def wave_number_of(q: float | None, model: GlassModel | None, species: Species) -> float:
    """The wave number given, or the first peak of the structure factor of a species [length⁻¹].

    Raises:
        ModelError: q is not given and the model does not know it.
        StatisticsError: it is not positive.
    """
    if q is None:
        q = _q_max(model, species)
    if not q > 0:
        raise StatisticsError(f"q must be positive, got {q}")
    return float(q)


def _q_max(model: GlassModel | None, species: Species) -> float:
    """First peak of the structure factor of a species, from the model."""
    if model is None:
        raise ModelError("give q, or a model that knows q_max of the species")
    if species == "all" and model.n_species > 1:
        raise ModelError("q_max belongs to one species; give q for all particles together")
    index = model.species_index(None if species == "all" else species)
    q = model.species[index].q_max
    if q is None:
        near = 7.0 * model.density ** (1.0 / model.dimension)
        raise ModelError(
            f"model {model.name!r} does not state q_max of species {model.species[index].name!r}; "
            f"give q (--q), the first peak of S(q), which `lmpmeso dynamics` draws; {near:.2g} "
            f"{model.units_style.length_unit}^-1 will do for a first look"
        )
    return q
