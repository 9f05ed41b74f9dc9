from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import t as student_t

from lmpmeso import get_model
from lmpmeso.dynamics import lag_table, mean_squared_displacement, self_intermediate
from lmpmeso.errors import ConfigurationError, ModelError, StatisticsError
from lmpmeso.models import GlassModel, Species

BLOCK = np.concatenate(
    [b * 1000 + np.array([0, 1, 2, 5, 10, 20, 50, 100, 200, 500]) for b in range(6)]
)


def mean_square_velocity(velocities):
    return np.mean(np.sum(velocities**2, axis=1))


@pytest.mark.parametrize("d", [2, 3])
@pytest.mark.parametrize("steps", [BLOCK, np.arange(0, 5000, 25)])
def test_msd_of_free_particles_is_exactly_ballistic(make_trajectory, d, steps):
    rng = np.random.default_rng(2)
    velocities = rng.normal(scale=np.sqrt(0.5), size=(400, d))
    velocities -= velocities.mean(axis=0)
    time_step = 1e-3
    # Multiples of 2⁻³⁰ in a box of 2⁴: the positions themselves carry no rounding error.
    velocities = np.round(velocities * 2.0**30) / 2.0**30
    start = np.round(rng.uniform(0.0, 16.0, (400, d)) * 2.0**30) / 2.0**30
    positions = start + steps[:, None, None] * velocities
    msd = mean_squared_displacement(
        make_trajectory(positions, steps=steps, time_step=time_step),
        lags="all",
        fix_center_of_mass=False,
    )
    expected = mean_square_velocity(velocities) * (msd["t"] / time_step) ** 2
    assert_allclose(msd["msd"], expected, rtol=1e-12)


def test_msd_of_an_ideal_gas_is_d_temperature_t_squared(make_trajectory):
    rng = np.random.default_rng(3)
    temperature, n = 0.7, 20_000
    velocities = rng.normal(scale=np.sqrt(temperature), size=(n, 3))
    start = rng.uniform(0.0, 30.0, (n, 3))
    steps = np.array([0, 1, 2, 4, 8, 16])
    trajectory = make_trajectory(
        start + 1e-3 * steps[:, None, None] * velocities, steps=steps, time_step=1e-3
    )
    msd = mean_squared_displacement(trajectory)
    assert_allclose(
        msd["msd"], 3.0 * temperature * msd["t"] ** 2, rtol=4.0 * np.sqrt(2.0 / (3 * n))
    )


@pytest.mark.parametrize("method", ["isotropic", "axes", "shell"])
@pytest.mark.parametrize("d", [2, 3])
def test_scattering_of_an_ideal_gas_is_gaussian(make_trajectory, method, d):
    rng = np.random.default_rng(4)
    temperature, n, q = 0.7, 40_000, 6.35
    velocities = rng.normal(scale=np.sqrt(temperature), size=(n, d))
    steps = np.arange(0, 600, 60)
    trajectory = make_trajectory(
        rng.uniform(0.0, 20.0, (n, d)) + 1e-3 * steps[:, None, None] * velocities,
        steps=steps,
        time_step=1e-3,
        box=20.0,
    )
    fs = self_intermediate(trajectory, q, method=method, shell_width=0.02)
    expected = np.exp(-0.5 * temperature * (q * fs["t"]) ** 2)
    # The shell has vectors up to 0.01 away from q: a bias of q δq T t² F_s at most.
    bias = 0.02 if method == "shell" else 0.0
    assert_allclose(fs["Fs"], expected, atol=4.0 / np.sqrt(n) + bias)


@pytest.mark.parametrize("d", [2, 3])
def test_every_average_over_directions_agrees(make_random_walk, d):
    walk = make_random_walk(300, 400, 0.04, seed=7, d=d, box=20.0)
    tables = {
        method: self_intermediate(walk, 6.35, method=method, lags=[1, 3, 10, 30, 100])
        for method in ("isotropic", "axes", "shell")
    }
    for table in tables.values():
        assert_allclose(table["t"], tables["isotropic"]["t"])
        assert_allclose(table["Fs"], tables["isotropic"]["Fs"], atol=0.01)


def test_isotropic_scattering_is_the_mean_over_all_directions(make_trajectory):
    # One particle that moved by r: the average of cos(q·r) over directions of q.
    q, r = 3.0, 1.7
    for d, n_angles in ((2, 4000), (3, 4000)):
        positions = np.zeros((2, 1, d))
        positions[1, 0, 0] = r
        fs = self_intermediate(make_trajectory(positions), q, fix_center_of_mass=False)
        if d == 2:
            cosine = np.cos(2.0 * np.pi * (np.arange(n_angles) + 0.5) / n_angles)
        else:
            cosine = -1.0 + 2.0 * (np.arange(n_angles) + 0.5) / n_angles
        assert fs["Fs"].item() == pytest.approx(np.cos(q * r * cosine).mean(), abs=1e-6)


@pytest.mark.parametrize("method", ["isotropic", "axes"])
def test_frozen_particles_do_not_decorrelate(make_trajectory, method):
    positions = np.broadcast_to(np.random.default_rng(0).uniform(0, 10, (50, 3)), (20, 50, 3))
    trajectory = make_trajectory(positions)
    assert np.all(mean_squared_displacement(trajectory)["msd"] == 0.0)
    fs = self_intermediate(trajectory, 6.35, method=method)
    assert_allclose(fs["Fs"], 1.0, rtol=1e-13)
    assert_allclose(fs["error"].dropna(), 0.0, atol=1e-13)


def test_einstein_solid_reaches_its_plateaus(make_trajectory):
    rng = np.random.default_rng(8)
    amplitude, q = 0.1, 6.35
    lattice = rng.uniform(0.0, 10.0, (500, 3))
    trajectory = make_trajectory(lattice + amplitude * rng.normal(size=(100, 500, 3)))
    msd = mean_squared_displacement(trajectory, fix_center_of_mass=False)
    fs = self_intermediate(trajectory, q, fix_center_of_mass=False)
    assert_allclose(msd["msd"], 6.0 * amplitude**2, rtol=0.1)
    assert_allclose(fs["Fs"], np.exp(-((q * amplitude) ** 2)), atol=0.03)


@pytest.mark.parametrize("d", [2, 3])
def test_random_walk_diffuses(make_random_walk, d):
    walk = make_random_walk(400, 400, 0.05, seed=11, d=d)
    msd = mean_squared_displacement(walk, lags=[1, 3, 10, 30])
    fs = self_intermediate(walk, 6.35, lags=[1, 3, 10, 30])
    assert_allclose(msd["msd"], d * 0.05**2 * msd["t"], rtol=0.02)
    assert_allclose(fs["Fs"], np.exp(-0.5 * (6.35 * 0.05) ** 2 * fs["t"]), atol=0.01)


def test_errors_cover_the_truth(make_random_walk):
    truth = np.exp(-0.5 * (6.35 * 0.05) ** 2 * 10)
    covered = []
    for seed in range(150):
        walk = make_random_walk(200, 10, 0.05, seed=seed)
        row = self_intermediate(walk, 6.35, lags=[10], fix_center_of_mass=False).iloc[0]
        half_width = student_t.ppf(0.95, row["n_blocks"] - 1) * row["error"]
        covered.append(abs(row["Fs"] - truth) < half_width)
    assert 0.82 <= np.mean(covered) <= 0.96


def test_drift_of_the_whole_system_is_removed_by_default(make_random_walk):
    walk = make_random_walk(60, 50, 0.05, seed=1)
    drift = np.cumsum(np.random.default_rng(2).normal(scale=0.3, size=(60, 1, 3)), axis=0)
    drifting = replace(walk, positions_tnc=walk.positions_tnc + drift)
    for correlate in (
        lambda traj, **option: mean_squared_displacement(traj, **option)["msd"],
        lambda traj, **option: self_intermediate(traj, 6.35, **option)["Fs"],
    ):
        assert_allclose(correlate(drifting), correlate(walk), rtol=1e-9, atol=1e-12)
        moving = correlate(drifting, fix_center_of_mass=False)
        assert not np.allclose(moving, correlate(walk, fix_center_of_mass=False), rtol=0.1)


def test_the_center_of_mass_is_that_of_all_species(make_random_walk):
    walk = make_random_walk(30, 60, 0.05, seed=1, species=np.arange(60) % 2)
    relative = walk.positions_tnc - walk.positions_tnc.mean(axis=1, keepdims=True)
    expected = mean_squared_displacement(
        replace(walk, positions_tnc=relative), 1, fix_center_of_mass=False
    )
    assert_allclose(mean_squared_displacement(walk, 1)["msd"], expected["msd"], rtol=1e-12)


def test_the_center_of_mass_weighs_particles_by_the_masses_of_their_model(make_trajectory):
    phi = get_model("ipl").pair_potentials[0][0]
    species = (Species("light", 0.5, mass=1.0), Species("heavy", 0.5, mass=3.0))
    model = GlassModel(name="mine", density=1.0, species=species, pair_potentials=((phi,) * 2,) * 2)
    positions = np.zeros((2, 4, 3))
    positions[1, :2, 0] = 4.0  # the light ones move, so the centre of mass moves by 4·2/8 = 1
    moved = make_trajectory(positions)
    moved = replace(moved, species=np.array([0, 0, 1, 1]))
    found = [
        mean_squared_displacement(moved, species=name, model=m)["msd"].iloc[-1]
        for m in (model, get_model("ipl"))
        for name in (0, 1)
    ]
    np.testing.assert_allclose(found, [9.0, 1.0, 4.0, 4.0], rtol=1e-12)


def test_order_and_image_of_particles_do_not_matter(make_random_walk):
    walk = make_random_walk(40, 50, 0.05, seed=3, species=np.arange(50) % 2)
    rng = np.random.default_rng(4)
    order = rng.permutation(50)
    images = 10.0 * rng.integers(-3, 4, (50, 3))
    other = replace(
        walk, positions_tnc=(walk.positions_tnc + images)[:, order], species=walk.species[order]
    )
    assert_allclose(
        mean_squared_displacement(other, 0)["msd"],
        mean_squared_displacement(walk, 0)["msd"],
        rtol=1e-10,
    )
    assert_allclose(
        self_intermediate(other, 5.0, 0)["Fs"], self_intermediate(walk, 5.0, 0)["Fs"], rtol=1e-10
    )


def test_time_axis_comes_from_the_steps(make_random_walk):
    walk = make_random_walk(len(BLOCK), 20, 0.05, seed=3, steps=BLOCK, time_step=0.005)
    msd = mean_squared_displacement(walk, lags=[1, 99, 1000])
    assert_allclose(msd["t"], [0.005, 0.495, 5.0])
    assert msd["n_origins"].tolist() == [12, 6, 50]
    assert msd.attrs["run_time"] == pytest.approx(5500 * 0.005)


def test_a_prepared_table_of_lags_is_used_as_it_is(make_random_walk):
    walk = make_random_walk(20, 20, 0.05, seed=3)
    from_first = lag_table(walk.steps, "all", origins=[0])
    msd = mean_squared_displacement(walk, lags=from_first, fix_center_of_mass=False)
    moved = walk.positions_tnc[1:] - walk.positions_tnc[0]
    assert_allclose(msd["msd"], np.mean(np.sum(moved**2, axis=2), axis=1), rtol=1e-13)


def test_the_model_gives_the_largest_species_and_its_q_max(make_random_walk):
    model = get_model("ipl")
    walk = make_random_walk(40, 50, 0.05, seed=3, species=np.arange(50) % 2)
    default = self_intermediate(walk, model=model)
    assert default.attrs["q"] == 6.35
    assert default.attrs["species"] == "large"
    assert_allclose(default["Fs"], self_intermediate(walk, 6.35, 1)["Fs"])
    small = self_intermediate(walk, species="small", model=model)
    assert small.attrs["q"] == 6.88
    assert_allclose(small["Fs"], self_intermediate(walk, 6.88, 0)["Fs"])


def test_without_a_model_the_default_is_all_particles(make_random_walk):
    walk = make_random_walk(20, 50, 0.05, seed=3, species=np.arange(50) % 2)
    everybody = mean_squared_displacement(walk)
    assert everybody.attrs["n_particles"] == 50
    explicit = mean_squared_displacement(walk, "all", model=get_model("ipl"))
    assert_allclose(everybody["msd"], explicit["msd"])


def test_species_and_q_that_cannot_be_known_are_refused(make_random_walk):
    walk = make_random_walk(20, 50, 0.05, seed=3, species=np.arange(50) % 2)
    with pytest.raises(ModelError, match="needs model="):
        mean_squared_displacement(walk, "large")
    with pytest.raises(ModelError, match="no species 'A'"):
        mean_squared_displacement(walk, "A", model=get_model("ipl"))
    with pytest.raises(StatisticsError, match="no particle of species"):
        mean_squared_displacement(walk, 5)
    with pytest.raises(ModelError, match="give q"):
        self_intermediate(walk, species=1)
    with pytest.raises(ModelError, match="does not state q_max"):
        self_intermediate(walk, species="B", model=get_model("mblj"))
    with pytest.raises(ModelError, match="all particles together"):
        self_intermediate(walk, species="all", model=get_model("ipl"))
    with pytest.raises(StatisticsError, match="q must be positive"):
        self_intermediate(walk, -1.0)
    with pytest.raises(StatisticsError, match="method must be one of"):
        self_intermediate(walk, 6.0, method="sphere")


def test_a_malformed_trajectory_is_refused_with_its_place(make_random_walk):
    walk = make_random_walk(20, 5, 0.05, seed=3)
    exploded = walk.positions_tnc.copy()
    exploded[7, 3] = np.nan
    with pytest.raises(ConfigurationError, match="frame 7, particle 3"):
        mean_squared_displacement(replace(walk, positions_tnc=exploded))
    with pytest.raises(ConfigurationError, match="at least two frames"):
        mean_squared_displacement(replace(walk, positions_tnc=exploded[:1], steps=walk.steps[:1]))
    with pytest.raises(ConfigurationError, match="as many steps"):
        mean_squared_displacement(replace(walk, steps=walk.steps[:5]))
    with pytest.raises(ConfigurationError, match="time step must be positive"):
        mean_squared_displacement(replace(walk, time_step=0.0))
