"""G∞ and ⟨u²⟩ of liquids: definitions, known limits, and the stress fluctuations of a run."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lmpmeso.configurations import configuration_from_arrays, read_configuration
from lmpmeso.dynamics import cage_displacement, instantaneous_shear_modulus
from lmpmeso.errors import ModelError, StatisticsError
from lmpmeso.hessians import evaluate, interacting_pairs
from lmpmeso.models import get_model
from lmpmeso.protocols import equilibrate, run_trajectory
from tests.hessians.lammps_models import as_commands

DATA = Path(__file__).parents[1] / "data"


def liquid_of(name):
    model = get_model(name)
    return model, read_configuration(DATA / f"{name}.liquid.dump.gz", model)


@pytest.mark.parametrize("name", ["ipl", "ipl2d", "mblj", "ss"])
def test_it_is_the_second_difference_of_the_energy_under_shear(name):
    """x → x + γ y takes the bonds r to r + γ r_y ê_x."""
    model, liquid = liquid_of(name)
    found = instantaneous_shear_modulus(liquid, model, temperature=0.5)
    pairs = interacting_pairs(liquid, model)
    species = liquid.species

    def energy(gamma):
        r = pairs.vectors_pc.copy()
        r[:, 0] += gamma * r[:, 1]
        phi, _ = model.pair_derivatives(
            np.linalg.norm(r, axis=1), species[pairs.i], species[pairs.j], order=1
        )
        return phi.sum()

    h = 1e-4
    second = (energy(h) - 2 * energy(0.0) + energy(-h)) / h**2 / liquid.volume
    assert found.planes["xy"] == pytest.approx(second + 0.5 * liquid.density, rel=1e-4)


def test_the_planes_average_to_the_formula_of_zwanzig_and_mountain():
    """G∞ - ρT = (1/V) Σ_pairs (r² φ'' + 4 r φ')/15 for isotropic directions: average over rotations."""
    model, liquid = liquid_of("ipl")
    pairs = interacting_pairs(liquid, model)
    species, r = liquid.species, pairs.distances_p
    _, phi1, phi2 = model.pair_derivatives(r, species[pairs.i], species[pairs.j], order=2)
    isotropic = (r**2 * phi2 + 4 * r * phi1).sum() / 15 / liquid.volume
    found = instantaneous_shear_modulus(liquid, model, temperature=0.8)
    assert found.value - found.kinetic == pytest.approx(isotropic, rel=0.03)
    assert found.kinetic == pytest.approx(0.8 * model.density)


def test_an_ideal_gas_has_the_kinetic_part_alone():
    model, _ = liquid_of("ipl")
    grid = np.stack(np.meshgrid(*[np.arange(5)] * 3), -1).reshape(-1, 3) * 3.0
    found = instantaneous_shear_modulus(configuration_from_arrays(grid, 0, 15.0), model, 2.0)
    assert found.value == pytest.approx(2.0 * 125 / 15.0**3, rel=1e-12)


def test_equal_frames_have_a_zero_interval_and_one_frame_none():
    model, liquid = liquid_of("ipl2d")
    one = instantaneous_shear_modulus(liquid, model, 0.5)
    assert np.isnan(one.low)
    same = instantaneous_shear_modulus([liquid] * 3, model, 0.5)
    assert same.low == pytest.approx(one.value)
    assert same.n_frames == 3


def test_a_force_that_jumps_at_the_cut_off_is_refused():
    model, liquid = liquid_of("ka")
    with pytest.raises(ModelError, match="jumps"):
        instantaneous_shear_modulus(liquid, model, 0.5)
    with pytest.raises(StatisticsError, match="temperature"):
        instantaneous_shear_modulus(*reversed(liquid_of("ipl")), temperature=0.0)


def test_a_force_of_lammps_commands_that_jumps_is_refused_in_any_units(tmp_path):
    _, liquid = liquid_of("ka")
    with pytest.raises(
        ModelError, match=r"'A' and 'A' .* jumps by 0\.039 at r = 2\.5: .* lj/smooth"
    ):
        instantaneous_shear_modulus(liquid, as_commands("ka", tmp_path), 0.5)
    smooth = as_commands("mblj", tmp_path)
    assert instantaneous_shear_modulus(liquid_of("mblj")[1], smooth, 0.5).value > 0


@pytest.mark.validate
@pytest.mark.parametrize(("name", "temperature"), [("ipl", 2.0), ("ss", 2.0)])
def test_it_is_the_fluctuation_of_the_shear_stress(name, temperature):
    """In equilibrium a liquid has no static shear modulus: G∞ - ρT = V⟨σ_xy²⟩/T, virial part."""
    model = get_model(name)
    tau = {"ipl": 1.0, "ss": 2.3}[name] * model.t0(temperature)
    start = equilibrate(model, temperature, 300, seed=1, duration=20 * tau)
    run = run_trajectory(
        start.configuration, model, temperature, block_duration=tau, n_blocks=800, ratio=1e6
    ).trajectory
    frames = [run.configuration(k) for k in range(1, run.n_frames, 2)]
    g = instantaneous_shear_modulus(frames[::20], model, temperature)
    stress = np.array([evaluate(frame, model).stress_cc for frame in frames])
    shear = np.concatenate([stress[:, 0, 1], stress[:, 0, 2], stress[:, 1, 2]])
    fluctuation = frames[0].volume * np.mean(shear**2) / temperature
    relative = np.sqrt(2 / len(shear))
    print(f"{name}: G∞ - ρT = {g.value - g.kinetic:.4g}, V<σ²>/T = {fluctuation:.4g}")
    assert g.value - g.kinetic == pytest.approx(fluctuation, rel=4 * relative)


def msd_table(t, plateau, relaxation):
    """Ballistic to t = 0.1, a plateau, diffusion at the relaxation time."""
    msd = plateau * (1 - np.exp(-((t / 0.1) ** 2))) + plateau * t / relaxation
    return pd.DataFrame({"t": t, "msd": msd, "error": 0.05 * msd, "n_blocks": 10})


def test_the_plateau_of_a_long_cage_is_its_displacement():
    found = cage_displacement(msd_table(np.geomspace(1e-3, 1e6, 160), 0.04, 1e4))
    assert found.value == pytest.approx(0.04, rel=0.02)
    assert 0.2 < found.t < 300
    assert found.slope < 0.05
    assert found.high - found.value == pytest.approx(1.833 * 0.05 * found.value, rel=1e-3)


def test_the_unit_of_length_does_not_choose_between_lags_of_equal_slope():
    """Sticky spheres at ρ = 0.95, T = 6.35: 0.476 and 0.504 have the same neighbours."""
    table = pd.DataFrame(
        [
            (0.092, 0.028701),
            (0.104, 0.030531),
            (0.124, 0.032705),
            (0.132, 0.033576),
            (0.148, 0.03524),
            (0.178, 0.03775),
            (0.19, 0.038241),
            (0.214, 0.040112),
            (0.228, 0.040686),
            (0.258, 0.041966),
            (0.31, 0.043614),
            (0.33, 0.044621),
            (0.372, 0.044932),
            (0.414, 0.045865),
            (0.476, 0.04685),
            (0.504, 0.047542),
            (0.572, 0.047952),
            (0.644, 0.049433),
            (0.72, 0.050701),
            (0.822, 0.052483),
            (0.92, 0.054087),
            (1.036, 0.056365),
            (1.14, 0.057796),
            (1.264, 0.060079),
            (1.418, 0.062974),
            (1.59, 0.064394),
            (1.788, 0.067101),
            (2.124, 0.07207),
            (2.288, 0.071325),
            (2.518, 0.076401),
            (40, 1.2),
            (50, 1.5),
            (60, 1.8),
        ],
        columns=["t", "msd"],
    )
    units = np.linspace(0.1, 10.0, 100)
    assert {cage_displacement(table.assign(msd=table["msd"] * unit)).t for unit in units} == {0.476}


def test_a_liquid_without_a_cage_is_refused():
    with pytest.raises(StatisticsError, match="no plateau"):
        cage_displacement(msd_table(np.geomspace(1e-3, 1e3, 100), 0.04, 0.05))


def test_a_plateau_that_is_not_left_is_refused():
    table = msd_table(np.geomspace(1e-3, 1e2, 100), 0.04, 1e6)
    with pytest.raises(StatisticsError, match="too near the end"):
        cage_displacement(table)
    with pytest.raises(StatisticsError, match="columns"):
        cage_displacement(table.drop(columns="msd"))
    with pytest.raises(StatisticsError, match="too few"):
        cage_displacement(table.head(3))


def test_a_table_without_errors_has_no_interval():
    table = msd_table(np.geomspace(1e-3, 1e6, 160), 0.04, 1e4).drop(columns=["error", "n_blocks"])
    assert np.isnan(cage_displacement(table).low)


def test_softer_particles_have_a_smaller_modulus():
    model, liquid = liquid_of("sw")
    weaker = replace(model, three_body=None)
    assert instantaneous_shear_modulus(liquid, weaker, 0.03).value < (
        instantaneous_shear_modulus(liquid, model, 0.03).value
    )
