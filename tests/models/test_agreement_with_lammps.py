"""Energy, forces and stress of liquids: LAMMPS, our own evaluation and brute force agree.

The liquids start from random positions, are pushed apart and run for a few hundred steps of
molecular dynamics. The tolerances are the agreement promised in docs/models.md.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from lmpmeso.configurations import Configuration
from lmpmeso.configurations.creation import random_configuration
from lmpmeso.hessians import Evaluation, evaluate
from lmpmeso.lammps.session import LammpsSession
from lmpmeso.models import (
    GlassModel,
    get_model,
    lammps_pair_commands,
    model_names,
    write_potential,
)
from tests.models import brute_force

N_PARTICLES = 300
NAMES = [*model_names(), "ss-0.80-xc1.5", "sw-21-0.52"]
PAIR_NAMES = [name for name in NAMES if get_model(name).three_body is None]
NATIVE_NAMES = ["mblj", "ka", "sw", "sw-21-0.52"]
PACKAGED_TABLES = ["ipl", "ipl2d", "ss", "ss-0.70", "ss-0.95"]

PairCommands = Callable[..., list[str]]


@pytest.fixture(scope="module")
def pair_commands(tmp_path_factory: pytest.TempPathFactory) -> PairCommands:
    """Pair commands of a model, with a freshly written potential file."""
    folder = tmp_path_factory.mktemp("potentials")

    def commands(model: GlassModel, style: str = "auto", n_points: int = 2000, **options) -> list:
        path: Path = folder / f"{model.name}-{n_points}"
        if not path.exists():
            write_potential(model, path, n_points)
        return lammps_pair_commands(model, path, style=style, n_points=n_points, **options)

    return commands


@pytest.fixture(scope="module")
def liquid(pair_commands: PairCommands) -> Callable[[str], Configuration]:
    """A short-lived liquid at the upper end of a model's temperature range, by the model's name."""
    made: dict[str, Configuration] = {}

    def make(name: str) -> Configuration:
        if name not in made:
            made[name] = _run_liquid(get_model(name), pair_commands)
        return made[name]

    return make


def _run_liquid(model: GlassModel, pair_commands: PairCommands) -> Configuration:
    start = random_configuration(model, N_PARTICLES, seed=7)
    temperature = model.temperature_range[1]
    flat = ["fix flat all enforce2d"] if model.dimension == 2 else []
    with LammpsSession(accelerator="none") as lmp:
        lmp.set_configuration(start, model)
        lmp.commands([*flat, f"pair_style soft {1.05 * model.a0}", "pair_coeff * * 50"])
        lmp.command("minimize 0 1e-2 500 5000")
        lmp.commands(pair_commands(model))
        lmp.commands(
            [
                "minimize 0 1 50 500",
                f"velocity all create {temperature} 11",
                "fix move all nve",
                f"fix bath all langevin {temperature} {temperature} {model.thermostat_time} 13",
                f"timestep {model.high_temperature_time_step}",
                "run 400",
            ]
        )
        return lmp.get_configuration(start)


def disagreement(
    configuration: Configuration, model: GlassModel, commands: list[str]
) -> tuple[float, float, float]:
    """Largest difference of LAMMPS and ours in U/N, in force components and in stress components."""
    ours: Evaluation = evaluate(configuration, model)
    with LammpsSession(accelerator="none") as lmp:
        lmp.set_configuration(configuration, model)
        lmp.commands([*commands, "run 0 post no"])
        d = model.dimension
        return (
            abs(lmp.potential_energy() - ours.energy) / configuration.n_particles,
            float(np.abs(lmp.forces()[:, :d] - ours.forces_nc).max()),
            float(np.abs(lmp.virial_stress() - ours.stress_cc).max()),
        )


@pytest.mark.parametrize("name", NAMES)
def test_the_liquid_is_a_liquid(name, liquid):
    model, configuration = get_model(name), liquid(name)
    ours = evaluate(configuration, model)
    forces = np.sqrt((ours.forces_nc**2).mean())
    assert 0.1 < forces / np.sqrt(model.temperature_range[1]) < 100
    np.testing.assert_allclose(ours.forces_nc.sum(axis=0), 0.0, atol=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_brute_force_agrees(name, liquid):
    model, configuration = get_model(name), liquid(name)
    ours = evaluate(configuration, model)
    assert ours.energy == pytest.approx(brute_force.energy(configuration, model), rel=1e-12)
    np.testing.assert_allclose(
        ours.stress_cc, brute_force.stress(configuration, model), rtol=1e-7, atol=1e-7
    )


@pytest.mark.parametrize("name", PAIR_NAMES)
def test_lepton_agrees_to_rounding(name, liquid, pair_commands):
    model = get_model(name)
    energy, force, stress = disagreement(liquid(name), model, pair_commands(model, "lepton"))
    assert energy < 1e-12
    assert force < 1e-10
    assert stress < 1e-11


@pytest.mark.parametrize("name", NATIVE_NAMES)
def test_lammps_own_pair_style_agrees_to_rounding(name, liquid, pair_commands):
    model = get_model(name)
    energy, force, stress = disagreement(liquid(name), model, pair_commands(model, "native"))
    assert energy < 1e-12
    assert force < 1e-10
    assert stress < 1e-11


@pytest.mark.parametrize("name", PACKAGED_TABLES)
def test_the_packaged_table_agrees(name, liquid):
    model = get_model(name)
    energy, force, stress = disagreement(liquid(name), model, lammps_pair_commands(model))
    assert energy < 1e-9
    assert force < (1e-7 if model.interaction == "ipl" else 3e-5)
    assert stress < 1e-7


@pytest.mark.parametrize("name", ["mblj", "ka", "ss-0.80-xc1.5"])
def test_a_written_table_agrees(name, liquid, pair_commands):
    model = get_model(name)
    energy, force, stress = disagreement(liquid(name), model, pair_commands(model, "table"))
    assert energy < 1e-7
    assert force < 3e-5
    assert stress < 1e-6


def test_a_linear_table_is_less_accurate_and_gets_better_with_the_square_of_its_points(
    liquid, pair_commands
):
    model = get_model("ipl")
    coarse, fine = (
        disagreement(
            liquid("ipl"), model, pair_commands(model, n_points=n, interpolation="linear")
        )[0]
        for n in (1000, 4000)
    )
    assert 1e-6 < fine < 5e-5 < coarse < 1e-3
    assert coarse / fine == pytest.approx(16, rel=0.1)
