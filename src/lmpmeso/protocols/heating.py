"""From an inherent structure to a solid at a temperature.

Velocities at T on a minimum hold half the energy of a solid at T: half of it goes into the potential energy within a
vibration, and the Nosé-Hoover thermostat needs some ten of its coupling times to put it back.
"""

from __future__ import annotations

import math
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from lmpmeso.configurations import Configuration, check_fits_model
from lmpmeso.errors import ProtocolError
from lmpmeso.execution import DEFAULT, Execution
from lmpmeso.models import GlassModel
from lmpmeso.protocols.chunked_run import ChunkedRun
from lmpmeso.protocols.liquid import lammps_seed

ThermalStart = Literal["minimum", "doubled", "thermalised"]
THERMAL_STARTS: tuple[ThermalStart, ...] = get_args(ThermalStart)
"""The paper's way, velocities at T on the minimum; velocities at 2T, at constant energy; Langevin forces."""
DURATION = 1.0
"""Of the heating [t0]: several vibrations of a particle in its cage."""
DAMPING = 0.1
"""Relaxation time of the Langevin forces [t0]."""


def heated(
    glass: Configuration,
    model: GlassModel,
    temperature: float,
    how: ThermalStart,
    seed: int,
    execution: Execution = DEFAULT,
) -> Configuration:
    """A solid at a temperature, positions and velocities, near a minimum of the energy.

    ``"doubled"``: velocities at 2T and 1 t0 at constant energy, after which a harmonic solid is at T; where the potential
    is anharmonic it is not quite. ``"thermalised"``: 1 t0 of Langevin dynamics at T, whose forces relax velocities in
    0.1 t0; right for any potential. Momentum is zero.

    Args:
        glass: the inherent structure; for ``"thermalised"`` any configuration.
        model: its model.
        temperature: T.
        how: ``"doubled"`` or ``"thermalised"``.
        seed: of velocities and forces.
        execution: its accelerator and threads are used.

    Raises:
        ProtocolError: there is no such way, or a temperature that is not positive.
        ConfigurationError: the glass does not fit the model.
        LammpsError: LAMMPS stopped.
    """
    if how not in THERMAL_STARTS[1:]:
        raise ProtocolError(f"how must be one of {THERMAL_STARTS[1:]}, got {how!r}")
    if not (math.isfinite(temperature) and temperature > 0):
        raise ProtocolError(f"temperature must be a positive number, got {temperature!r}")
    check_fits_model(glass, model)
    t0, time_step = model.t0(temperature), model.time_step_at(temperature)
    with tempfile.TemporaryDirectory(prefix="lmpmeso-run-") as folder:
        run = ChunkedRun(
            script="in.heat",
            model=model,
            start=replace(glass, velocities_nc=None),
            variables={
                "temperature": float(temperature),
                "heating": how,
                "velocity_seed": lammps_seed(seed),
                "damping": DAMPING * t0,
                "thermo_every": int(execution.record_every),
                "write_data": "no",
            },
            folder=Path(folder),
            time_step=time_step,
            execution=execution.silent(),
        )
        run.run(np.array([math.ceil(DURATION * t0 / time_step)], dtype=np.int64))
        return replace(
            run.end(temperature), source=f"{glass.source}, heated to T = {temperature:g}"
        )
