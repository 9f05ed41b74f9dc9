"""Inherent-structure trajectories made by hand."""

import numpy as np

from lmpmeso.landscape import InherentStructureTrajectory

STEP = 0.005


def structures(positions_qnc, energies, *, recognised=False, search="exhaustive", steps=None):
    """A trajectory of structures, every frame quenched."""
    n = len(positions_qnc)
    steps = np.arange(n) if steps is None else np.asarray(steps)
    return InherentStructureTrajectory(
        steps_f=steps,
        quench_f=np.arange(n),
        steps_q=steps,
        positions_qnc=np.asarray(positions_qnc, dtype=float),
        energies_q=np.asarray(energies, dtype=float),
        max_forces_q=np.zeros(n),
        recognised_q=np.full(n, recognised),
        time_step=STEP,
        search=search,
        same_displacement=1e-5,
        source="made up",
    )


def jumps_at(frames, n_frames=41, n_particles=10, size=0.3):
    """One particle jumps back and forth at the given frames."""
    positions = np.random.default_rng(1).random((n_particles, 3)) * 5
    energies, place, all_positions = [], 0.0, []
    for k in range(n_frames):
        place += k in frames
        here = positions.copy()
        here[2, 0] += size * (place % 2)
        all_positions.append(here)
        energies.append(-10.0 + 0.5 * (place % 2))
    return structures(all_positions, energies)
