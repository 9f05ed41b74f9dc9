"""Trajectories whose dynamics is known, and the reference trajectories of other programs."""

import json

import numpy as np
import pytest

from lmpmeso.configurations import Trajectory


def build_trajectory(positions_tnc, steps=None, species=None, time_step=1.0, box=10.0):
    n_frames, n, d = positions_tnc.shape
    return Trajectory(
        positions_tnc=positions_tnc,
        steps=np.arange(n_frames) if steps is None else np.asarray(steps),
        time_step=time_step,
        species=np.zeros(n, dtype=np.int64) if species is None else np.asarray(species),
        box_c=np.full(d, box),
        ids=np.arange(1, n + 1),
    )


@pytest.fixture(scope="session")
def make_trajectory():
    return build_trajectory


@pytest.fixture(scope="session")
def make_random_walk():
    """Independent Gaussian walkers with D = step_length²/2 a frame, or a step length a frame."""

    def make(n_frames, n_particles, step_length, seed, d=3, **kwargs):
        rng = np.random.default_rng(seed)
        start = rng.uniform(0.0, 10.0, (n_particles, d))
        lengths = np.broadcast_to(step_length, n_frames - 1)[:, None, None]
        jumps = lengths * rng.normal(size=(n_frames - 1, n_particles, d))
        positions = np.concatenate([np.zeros((1, n_particles, d)), np.cumsum(jumps, axis=0)])
        return build_trajectory(start + positions, **kwargs)

    return make


def _xyz_frames(text, n_particles, columns):
    lines = text.splitlines()
    size = n_particles + 2
    comments = [lines[k + 1] for k in range(0, len(lines) - 1, size)]
    rows = [
        [line.split()[:columns] for line in lines[k * size + 2 : (k + 1) * size]]
        for k in range(len(comments))
    ]
    return comments, rows


@pytest.fixture(scope="session")
def rumd_numbers(truth):
    """What RUMD printed of Kob-Andersen."""
    return json.loads((truth / "kob-andersen.json").read_text())


@pytest.fixture(scope="session")
def rumd_block(truth, rumd_numbers):
    """Frames of RUMD's block at 0 and some 2^k steps, unwrapped."""
    table = np.loadtxt(truth / "kob-andersen-block.csv.gz", delimiter=",", skiprows=1)
    return build_trajectory(
        table[:, 1:].reshape(len(table), -1, 3).swapaxes(0, 1),
        steps=rumd_numbers["block_steps"],
        species=table[:, 0].astype(np.int64),
        time_step=0.000665413,
        box=14.938,
    )


@pytest.fixture(scope="session")
def kalj_small(shared_truth):
    """Kob-Andersen, N = 150, 101 frames one time unit apart, unwrapped by continuity."""
    text = (shared_truth / "atooms_pp" / "kalj-small.xyz").read_text()
    comments, rows = _xyz_frames(text, 150, 4)
    wrapped = np.array([[row[1:] for row in frame] for frame in rows], dtype=float)
    jumps = np.diff(wrapped, axis=0)
    jumps -= 5.0 * np.round(jumps / 5.0)
    positions = wrapped[0] + np.concatenate([np.zeros_like(jumps[:1]), np.cumsum(jumps, axis=0)])
    return build_trajectory(
        positions,
        steps=[int(c.split()[0].removeprefix("step:")) for c in comments],
        species=[0 if row[0] == "A" else 1 for row in rows[0]],
        time_step=0.001,
        box=5.0,
    )
