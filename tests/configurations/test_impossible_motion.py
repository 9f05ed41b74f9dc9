"""What no motion explains is refused, and what particles do is not."""

import numpy as np
import pytest

from lmpmeso import get_model
from lmpmeso.configurations import Trajectory, read_trajectory, write_trajectory
from lmpmeso.configurations.impossible_motion import refuse_impossible_motion
from lmpmeso.errors import ConfigurationError

MODEL = get_model("ipl")  # density 0.82: a0 is 1.07


def trajectory(jumps_tnc, steps=None, n=None, box=None, seed=0):
    n_frames, n_particles, d = jumps_tnc.shape
    edge = (n_particles / MODEL.density) ** (1 / 3) if box is None else box
    start_nc = np.random.default_rng(seed).uniform(0, edge, (n_particles, d))
    moved_tnc = np.concatenate([np.zeros((1, n_particles, d)), np.cumsum(jumps_tnc, axis=0)])
    return Trajectory(
        start_nc + moved_tnc,
        np.arange(n_frames + 1) * 100 if steps is None else np.asarray(steps),
        0.005,
        np.zeros(n_particles, dtype=np.int64),
        np.full(d, edge),
        np.arange(1, n_particles + 1),
    )


def gaussian(rms, n_frames=60, n=200, seed=1):
    return rms / np.sqrt(3) * np.random.default_rng(seed).normal(size=(n_frames, n, 3))


def hopping(n_frames=200, n=400, share=0.01, length=0.35, seed=2):
    """Vibrations in cages, which some leave by exponentially distributed hops."""
    rng = np.random.default_rng(seed)
    size = (n_frames, n, 3)
    hops = rng.exponential(length, size[:2])[..., None] * rng.normal(size=size) / np.sqrt(3)
    hops *= (rng.random(size[:2]) < share)[..., None]
    inside = np.diff(0.06 * rng.normal(size=(n_frames + 1, n, 3)), axis=0)
    return hops + inside


def frozen_with_intruders():
    rng = np.random.default_rng(3)
    jumps = 0.02 * rng.normal(size=(100, 300, 3))
    jumps[:, :6] += rng.normal(size=(100, 6, 3))
    return jumps


def cooling():
    rms = np.geomspace(4.0, 0.1, 40)[:, None, None]
    return rms * np.random.default_rng(4).normal(size=(40, 200, 3))


def gas(n=40, n_frames=30):
    """Free flight, frames at times that double: up to tens of boxes in one interval."""
    velocity_nc = np.random.default_rng(5).normal(size=(n, 3))
    steps = np.concatenate([[0], 2 ** np.arange(n_frames)])
    return trajectory(np.diff(steps)[:, None, None] * 0.005 * velocity_nc, steps=steps)


def avalanche():
    jumps = gaussian(0.1, n=150)
    jumps[30] += gaussian(0.8, 1, n=150)[0]
    return jumps


REAL = {
    "walk": lambda: trajectory(gaussian(0.3)),
    "days_apart": lambda: trajectory(gaussian(30.0)),
    "hops": lambda: trajectory(hopping()),
    "rare_hops": lambda: trajectory(hopping(share=0.001, length=0.5)),
    "intruders": lambda: trajectory(frozen_with_intruders()),
    "cooling": lambda: trajectory(cooling()),
    "gas": gas,
    "avalanche": lambda: trajectory(avalanche()),
    "two_frames": lambda: trajectory(gaussian(2.0, 1)),
    "two_particles": lambda: trajectory(gaussian(2.0, n=2), box=6.0),
    "ten_particles": lambda: trajectory(gaussian(1.0, n=10)),
    "frozen": lambda: trajectory(np.zeros((5, 50, 3))),
    "drift": lambda: trajectory(gaussian(0.1) + 5.0),
}


@pytest.mark.parametrize("name", REAL)
def test_what_particles_do_is_not_refused(name):
    refuse_impossible_motion(REAL[name](), MODEL)


@pytest.mark.parametrize("n_fast", [1, 4, 12])
@pytest.mark.parametrize("n_frames", [1, 6])
def test_a_few_of_another_species_may_wander_through_a_glass(n_fast, n_frames):
    steps = np.concatenate([[0], 1000 * 4 ** np.arange(n_frames)])
    jumps = 0.01 * gaussian(1.0, n_frames, n=400)
    jumps[:, :n_fast] *= 200 * np.sqrt(np.diff(steps) / 1000)[:, None, None]
    one = trajectory(jumps, steps=steps)
    species = (np.arange(400) < n_fast).astype(np.int64)
    refuse_impossible_motion(
        Trajectory(one.positions_tnc, steps, 0.005, species, one.box_c, one.ids),
        MODEL,
    )


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize(("n", "rms"), [(3, 1.0), (12, 0.5), (30, 3.0)])
def test_few_particles_are_not_refused(n, rms, seed):
    refuse_impossible_motion(trajectory(gaussian(rms, 12, n, seed), seed=seed), MODEL)


def test_a_crystal_that_never_leaves_its_box_is_not_called_wrapped():
    edge = 6.0
    sites = np.stack(np.meshgrid(*[np.arange(6) + 0.5] * 3, indexing="ij"), -1).reshape(-1, 3)
    rng = np.random.default_rng(6)
    one = trajectory(gaussian(0.1, n=216), box=edge)
    positions = sites + 0.05 * rng.normal(size=(61, 216, 3))
    refuse_impossible_motion(
        Trajectory(positions, one.steps, 0.005, one.species, one.box_c, one.ids), MODEL
    )


def changed(positions_tnc, original):
    return Trajectory(
        positions_tnc,
        original.steps,
        original.time_step,
        original.species,
        original.box_c,
        original.ids,
        "run.dump",
    )


def wrapped(one):
    return np.mod(one.positions_tnc, one.box_c)


def jump(by, frames):
    def change(one):
        positions = one.positions_tnc.copy()
        positions[frames, 16] += by * one.box_c * [0, 1, 0]
        return positions

    return change


def second_half_from_elsewhere(one):
    positions = one.positions_tnc.copy()
    shape = positions.shape[1:]
    positions[30:] += np.random.default_rng(8).uniform(0, one.box_c, shape) - positions[30]
    return positions


def one_frame_from_elsewhere(one):
    positions = one.positions_tnc.copy()
    positions[30] = np.random.default_rng(8).uniform(0, one.box_c, positions[30].shape)
    return positions


def images_lost(one):
    positions = one.positions_tnc.copy()
    positions[30:] -= np.floor(positions[30] / one.box_c) * one.box_c
    return positions


IMPOSSIBLE = {
    "wrapped": (wrapped, "wrapped"),
    "jump": (jump(1, slice(30, None)), r"frame 30 \(step 3000\): particle 17 moves"),
    "jump_back": (jump(-1, slice(30, 31)), r"frame 30 \(step 3000\): particle 17 moves"),
    "far_away": (jump(1e9, slice(30, None)), r"frame 30 \(step 3000\): particle 17 moves"),
    "elsewhere": (second_half_from_elsewhere, r"frame 30 \(step 3000\).*not\s+of one run"),
    "frame_elsewhere": (one_frame_from_elsewhere, r"frame 30 \(step 3000\)"),
    "images_lost": (images_lost, r"frame 30 \(step 3000\)"),
}


@pytest.mark.parametrize("rms", [0.02, 0.3, 0.8])
@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_what_no_motion_explains_is_refused_by_frame_and_particle(name, rms):
    change, message = IMPOSSIBLE[name]
    one = trajectory(gaussian(rms, n=200), seed=7)
    with pytest.raises(ConfigurationError, match=message):
        refuse_impossible_motion(changed(change(one), one), MODEL)


def test_wrapped_coordinates_are_told_where_a_frame_is_an_age():
    one = trajectory(gaussian(20.0))
    with pytest.raises(ConfigurationError, match="wrapped"):
        refuse_impossible_motion(changed(wrapped(one), one), MODEL)


def test_at_a_known_temperature_no_particle_is_too_fast():
    velocity_nc = np.sqrt(0.5) * np.random.default_rng(9).normal(size=(500, 3))
    flight = trajectory(np.ones((40, 1, 1)) * 0.5 * velocity_nc)
    refuse_impossible_motion(flight, MODEL, temperature=0.5)
    with pytest.raises(ConfigurationError, match=r"at the temperature 0\.05 no particle"):
        refuse_impossible_motion(flight, MODEL, temperature=0.05)


@pytest.mark.filterwarnings("ignore::lmpmeso.errors.ModelMismatchWarning")
def test_force_takes_what_is_refused(tmp_path):
    one = trajectory(gaussian(0.3), seed=7)
    write_trajectory(tmp_path / "a.nc", changed(wrapped(one), one))
    with pytest.raises(ConfigurationError, match=r"a\.nc: frame \d+ .*--force"):
        read_trajectory(tmp_path / "a.nc", MODEL)
    assert read_trajectory(tmp_path / "a.nc", MODEL, force=True).n_frames == 61
