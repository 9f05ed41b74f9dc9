"""The judgement on real liquids: quenched ones, and the same ones long after.

`scripts/studies/equilibrium_power.py` does the same on longer runs; docs/equilibrium.md has its table.
"""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from lmpmeso.dynamics import check_equilibration
from lmpmeso.execution import Execution
from lmpmeso.models import get_model
from lmpmeso.protocols import equilibrate, run_trajectory

MODEL, HOT, COLD = get_model("ipl"), 2.0, 0.8
TAU = 9.35 * MODEL.t0(COLD)
"""τ_α at T = 0.8 in an independent run, good to 10-20 %."""
SEEDS = range(8)


@cache
def quenched(seed):
    """A liquid quenched from HOT to COLD and followed for 30 τ_α."""
    hot = equilibrate(MODEL, HOT, 300, seed, duration=20 * MODEL.t0(HOT)).configuration
    return run_trajectory(
        hot,
        MODEL,
        COLD,
        block_duration=TAU / 4,
        n_blocks=120,
        ratio=1.6,
        seed=seed,
        execution=Execution(record_every=20),
    )


def verdict(seed, begin, stretch):
    """On two stretches from a time on, all in τ_α."""
    run = quenched(seed)
    low, high = np.rint(np.array([begin, begin + 2 * stretch]) * TAU / run.time_step)
    inside = (run.trajectory.steps >= low) & (run.trajectory.steps <= high)
    window = replace(
        run.trajectory,
        positions_tnc=run.trajectory.positions_tnc[inside],
        steps=run.trajectory.steps[inside],
    )
    energies = run.record[(run.record["step"] >= low) & (run.record["step"] <= high)]
    return check_equilibration(window, MODEL, energies, significance=0.05)


@pytest.mark.validate
@pytest.mark.parametrize("stretch", [0.25, 0.5, 1.0])
def test_liquid_that_was_just_quenched_is_never_called_equilibrated(stretch):
    assert not any(verdict(seed, 0.0, stretch).equilibrated for seed in SEEDS)


@pytest.mark.validate
def test_liquid_in_equilibrium_is_accepted():
    verdicts = [verdict(seed, begin, 6.0) for seed in SEEDS for begin in (6.0, 18.0)]
    # Two of sixteen are rejected by chance in one case of nine, four in one of two hundred.
    assert sum(v.equilibrated or "too short" in v.reason for v in verdicts) >= 13
    assert sum(v.equilibrated for v in verdicts) >= 12
