"""Units styles: LAMMPS's own numbers, and temperatures and times by hand."""

import re
from dataclasses import replace

import numpy as np
import pytest

from lmpmeso.configurations import random_configuration, read_configuration, write_data
from lmpmeso.errors import ModelError
from lmpmeso.execution import Execution
from lmpmeso.hessians import evaluate
from lmpmeso.lammps.session import LammpsSession
from lmpmeso.models import lammps_pair_commands, read_model
from lmpmeso.models.units import UNITS_STYLES, units_style
from lmpmeso.protocols import equilibrate

from .own_models import METAL, REAL, written

CHARGED = METAL.replace(
    "mass = 39.948",
    'mass = 39.948\ncharge = 0.5\n[[species]]\nname = "Kr"\nmass = 83.8\ncharge = -0.5',
)


@pytest.fixture(params=[METAL, REAL], ids=["metal", "real"])
def argon(request, tmp_path):
    return read_model(written(tmp_path, request.param, "argon"))


@pytest.mark.parametrize("style", UNITS_STYLES)
def test_constants_are_those_of_lammps(style):
    ours = units_style(style)
    with LammpsSession("none") as lmp:
        lmp.command(f"units {style}")
        lammps = lmp._instance
        assert lammps.extract_global("boltz") == ours.boltzmann
        assert lammps.extract_global("mvv2e") == ours.mass_energy
        assert lammps.extract_global("dt") == ours.time_step
        assert lammps.extract_global("nktv2p") == ours.pressure


def test_moduli_in_gigapascals_are_those_of_si():
    electronvolt, kilocalorie_per_mole, cubic_angstrom = (
        1.602176634e-19,
        4184.0 / 6.02214076e23,
        1e-30,
    )
    metal, real = (units_style(name).gigapascals for name in ("metal", "real"))
    assert metal == pytest.approx(electronvolt / cubic_angstrom / 1e9, rel=1e-5)
    assert real == pytest.approx(kilocalorie_per_mole / cubic_angstrom / 1e9, rel=1e-4)
    assert units_style("lj").gigapascals is None


def test_unknown_units_are_told_with_the_known_ones():
    with pytest.raises(
        ModelError, match="unknown units 'si'; a model can be given in the units lj"
    ):
        units_style("si")


def test_thermal_velocity_and_t0_of_argon_are_those_of_si(argon):
    k_b, mass_unit = 1.380649e-23, 1.66053907e-27
    speed = np.sqrt(k_b * 120.0 / (39.948 * mass_unit))  # m/s
    time_unit = {"metal": 1e-12, "real": 1e-15}[argon.units]
    a0 = 0.0203 ** (-1 / 3)
    expected = a0 * 1e-10 / speed / time_unit
    assert argon.t0(120.0) == pytest.approx(expected, rel=1e-5)
    assert argon.thermal_velocity_squared(120.0) == pytest.approx(
        (speed * time_unit / 1e-10) ** 2, rel=1e-5
    )
    joule = {"metal": 1.602176634e-19, "real": 4184.0 / 6.02214076e23}[argon.units]
    assert argon.thermal_energy(120.0) == pytest.approx(k_b * 120.0 / joule, rel=1e-5)


def test_two_units_of_one_substance_agree(tmp_path):
    metal, real = (
        read_model(written(tmp_path, text, name)) for text, name in ((METAL, "m"), (REAL, "r"))
    )
    start = random_configuration(metal, 150, seed=3)
    a, b = evaluate(start, metal), evaluate(start, real)
    assert b.energy / a.energy == pytest.approx(0.238066 / 0.0103236, rel=1e-5)
    assert real.t0(100.0) / metal.t0(100.0) == pytest.approx(1000.0, rel=1e-6)


def test_energy_forces_and_stress_in_their_units_are_those_of_lammps(argon):
    start = random_configuration(argon, 150, seed=3)
    ours = evaluate(start, argon)
    with LammpsSession("none") as lmp:
        lmp.set_configuration(start, argon)
        lmp.commands(lammps_pair_commands(argon, style="lepton"))
        lmp.command("run 0 post no")
        assert lmp.potential_energy() == pytest.approx(ours.energy, rel=1e-11)
        np.testing.assert_allclose(
            lmp.forces(), ours.forces_nc, rtol=1e-9, atol=1e-12 * np.abs(ours.forces_nc).max()
        )
        stress_cc = lmp.virial_stress()
        np.testing.assert_allclose(stress_cc, ours.stress_cc, rtol=1e-9)
        # Our stress times LAMMPS's own conversion is LAMMPS's pressure.
        conversion = lmp._instance.extract_global("nktv2p")
        pressure = -np.trace(ours.stress_cc) / 3.0 * conversion
        lmp.command("velocity all set 0 0 0")
        assert lmp.thermo("press") == pytest.approx(pressure, rel=1e-9)


def test_a_temperature_means_what_it_means_in_lammps(argon):
    start = random_configuration(argon, 400, seed=3)
    rng = np.random.default_rng(5)
    speed = np.sqrt(argon.thermal_velocity_squared(90.0))
    moving = start.with_positions(
        start.positions_nc, velocities_nc=speed * rng.normal(size=(400, 3))
    )
    with LammpsSession("none") as lmp:
        lmp.set_configuration(moving, argon)
        lmp.commands([*lammps_pair_commands(argon, style="lepton"), "run 0 post no"])
        kinetic = (moving.velocities_nc**2).sum() * argon.masses[0] * argon.units_style.mass_energy
        expected = kinetic / argon.units_style.boltzmann / (3 * 400 - 3)
        assert lmp.thermo("temp") == pytest.approx(expected, rel=1e-10)
        assert lmp.thermo("temp") == pytest.approx(90.0, rel=0.1)


def test_masses_charges_and_units_reach_lammps_and_come_back_from_data_files(tmp_path):
    model = read_model(written(tmp_path, re.sub("charge = .*", "", CHARGED), "salt"))
    species = [replace(s, charge=q) for s, q in zip(model.species, (0.5, -0.5), strict=True)]
    model = replace(model, species=tuple(species))
    assert model.atom_style == "charge"
    assert model.mean_mass == pytest.approx((39.948 + 83.8) / 2)
    start = random_configuration(model, 100, seed=3)
    with LammpsSession("none") as lmp:
        lmp.set_configuration(start, model)
        assert lmp.thermo("mass(all)") == pytest.approx(50 * (39.948 + 83.8))
        assert lmp.thermo("charge(all)") == pytest.approx(0.0, abs=1e-12)
        charges = lmp.live("q")
        types = lmp.live("type")
        assert sorted(set(zip(types.tolist(), charges.tolist(), strict=True))) == [
            (1, 0.5),
            (2, -0.5),
        ]
    path = tmp_path / "salt.data"
    write_data(path, start, model)
    again = read_configuration(path, model)
    np.testing.assert_array_equal(again.positions_nc, start.positions_nc)
    np.testing.assert_array_equal(again.species, start.species)
    with LammpsSession("none") as lmp:
        lmp.commands(
            [
                "units metal",
                "atom_style charge",
                f"read_data {path}",
                *lammps_pair_commands(model, style="lepton"),
            ]
        )
        lmp.command("run 0 post no")
        assert lmp.thermo("mass(all)") == pytest.approx(50 * (39.948 + 83.8))
        assert sorted(set(lmp.live("q").tolist())) == [-0.5, 0.5]
        assert lmp.potential_energy() == pytest.approx(evaluate(start, model).energy, rel=1e-10)


def test_columns_of_other_units_than_reduced_ones_say_theirs():
    of_dimension = {
        "temperature": "energy",
        "kappa": "energy/length^2",
        "D": "length^2/time",
        "r": "σ",
    }
    assert units_style("lj").of_columns(of_dimension) == of_dimension
    assert units_style("lj").of_bare_columns(of_dimension) == {}
    assert units_style("metal").of_columns(of_dimension) == {
        "temperature": "K",
        "kappa": "eV/Å^2",
        "D": "Å^2/ps",
        "r": "Å",
    }
    assert units_style("real").of_bare_columns({"U": "energy/length^d"}) == {"U": "kcal/mol/Å^d"}


def test_the_pressure_of_a_run_is_in_the_units_of_its_energies(argon):
    run = equilibrate(
        argon,
        120.0,
        200,
        seed=1,
        duration=20 * argon.time_step,
        execution=Execution(record_every=10),
    )
    last, liquid = run.record.iloc[-1], run.configuration
    momentum_flux = 2.0 / 3.0 * liquid.density * last["kinetic_energy"]
    expected = momentum_flux - np.trace(evaluate(liquid, argon).stress_cc) / 3.0
    assert last["pressure"] == pytest.approx(expected, rel=1e-4)
