"""Mean squared displacement and self-intermediate scattering function of a trajectory."""

from __future__ import annotations

from typing import Literal, get_args

import pandas as pd

from lmpmeso.configurations import Trajectory
from lmpmeso.dynamics.displacements import Displacements, displacements
from lmpmeso.dynamics.lags import LagChoice, LagTable, lag_table
from lmpmeso.dynamics.observables import (
    Observable,
    directed_scattering,
    isotropic_scattering,
    mean_square,
)
from lmpmeso.dynamics.wave_vectors import axis_wave_vectors, wave_vector_shell
from lmpmeso.errors import ModelError, StatisticsError
from lmpmeso.models import GlassModel

ScatteringMethod = Literal["isotropic", "axes", "shell"]
"""How F_s is averaged over the direction of q."""


def mean_squared_displacement(
    trajectory: Trajectory,
    species: int | str | None = None,
    *,
    model: GlassModel | None = None,
    lags: LagChoice | LagTable = "log",
    fix_center_of_mass: bool = True,
) -> pd.DataFrame:
    """MSD(t) = ⟨|r_n(t₀ + t) − r_n(t₀)|²⟩ over particles n and all recorded time origins t₀.

    Computed from the displacements themselves, in float64: exact in the ballistic regime.

    Args:
        trajectory: unwrapped positions at true MD steps, in any time pattern.
        species: index or (with ``model``) name; ``"all"`` for all particles. None: the model's
            largest species, or all particles without a model.
        model: names the species.
        lags: see `lag_table`; or a table made by it.
        fix_center_of_mass: relative to the centre of mass of the whole system.

    Returns:
        A row a lag: ``t`` [time], ``msd`` [length²], ``error`` (standard error by blocks of time
        origins; NaN where fewer than two blocks fit), ``n_origins``, ``n_blocks``.

    Raises:
        ConfigurationError: the trajectory is malformed.
        ModelError: no such species.
        StatisticsError: no such lag, or no such particles.
    """
    moved = displacements(trajectory, species, model, fix_center_of_mass)
    return _correlate(moved, "msd", mean_square, lags)


def self_intermediate(
    trajectory: Trajectory,
    q: float | None = None,
    species: int | str | None = None,
    *,
    model: GlassModel | None = None,
    method: ScatteringMethod = "isotropic",
    lags: LagChoice | LagTable = "log",
    fix_center_of_mass: bool = True,
    shell_width: float = 0.03,
    n_vectors: int = 15,
    seed: int = 0,
) -> pd.DataFrame:
    """F_s(q, t) = ⟨exp(i q·[r_n(t₀ + t) − r_n(t₀)])⟩ over particles, time origins and directions.

    Args:
        trajectory: unwrapped positions at true MD steps, in any time pattern.
        q: wave number [length⁻¹]; None: q_max of the species in ``model``.
        species: index or (with ``model``) name; ``"all"`` for all particles. None: the model's
            largest species, or all particles without a model.
        model: names the species and knows q_max.
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
        NaN where fewer than two blocks fit), ``n_origins``, ``n_blocks``; ``attrs["q"]``.

    Raises:
        ConfigurationError: the trajectory is malformed.
        ModelError: no such species, or its q_max is not known.
        StatisticsError: no such lag, no such particles, or an empty shell of wave vectors.
    """
    if q is None:
        q = _q_max(model, species)
    if not q > 0:
        raise StatisticsError(f"q must be positive, got {q}")
    moved = displacements(trajectory, species, model, fix_center_of_mass)
    observable: Observable
    if method == "isotropic":
        observable = isotropic_scattering(q)
    elif method == "axes":
        observable = directed_scattering(axis_wave_vectors(q, moved.dimension))
    elif method == "shell":
        shell_kc = wave_vector_shell(q, trajectory.box_c, shell_width, n_vectors, seed)
        observable = directed_scattering(shell_kc)
    else:
        raise StatisticsError(f"method must be one of {get_args(ScatteringMethod)}, got {method!r}")
    result = _correlate(moved, "Fs", observable, lags)
    result.attrs.update(q=float(q), method=method)
    return result


def _correlate(
    moved: Displacements, name: str, observable: Observable, lags: LagChoice | LagTable
) -> pd.DataFrame:
    """One observable over the lags, its error in the column ``error``."""
    table = lags if isinstance(lags, LagTable) else lag_table(moved.steps, lags)
    return moved.correlate({name: observable}, table).rename(columns={f"{name}_error": "error"})


def _q_max(model: GlassModel | None, species: int | str | None) -> float:
    """First peak of the structure factor of a species, from the model."""
    if model is None:
        raise ModelError("give q, or a model that knows q_max of the species")
    if species == "all" and model.n_species > 1:
        raise ModelError("q_max belongs to one species; give q for all particles together")
    index = model.species_index(None if species == "all" else species)
    q = model.species[index].q_max
    if q is None:
        raise ModelError(
            f"model {model.name!r} does not state q_max of species {model.species[index].name!r}; "
            "give q"
        )
    return q
