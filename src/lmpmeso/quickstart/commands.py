"""The command lines that repeat each step of a quickstart on the files it left."""

from __future__ import annotations

import shutil
from pathlib import Path

from lmpmeso.files.package_data import lmp_input, potential_file
from lmpmeso.models import potential_file_name
from lmpmeso.protocols.liquid import lammps_seed
from lmpmeso.quickstart.liquid import FRAME_RATIO, RECORD_EVERY
from lmpmeso.quickstart.parameters import QuickstartParameters

SCRIPTS = ("in.push_off", "in.equilibrate", "in.trajectory", "in.quench")


def copy_inputs(root: Path, parameters: QuickstartParameters) -> None:
    """Put LAMMPS's input scripts and the table beside the results, where the commands expect them."""
    model = parameters.model
    inputs, potentials = root / "lmp_inputs", root / "potentials"
    for folder in (inputs, potentials):
        folder.mkdir(exist_ok=True)
    for name in (*SCRIPTS, f"model.{model.name}", f"pair.{model.name}"):
        shutil.copyfile(lmp_input(name), inputs / name)
    table = potential_file_name(model)
    shutil.copyfile(potential_file(table), potentials / table)


def step_commands(parameters: QuickstartParameters) -> str:
    """What to type, in the folder of the quickstart, for the coldest liquid and its first glass."""
    model = parameters.model
    temperature = min(parameters.temperatures)
    here = f"T{temperature:g}"
    block = parameters.block_steps(temperature)
    seed = lammps_seed(parameters.liquid_seed(temperature))
    return f"""\
# the liquid in LAMMPS: equilibration and production, here in one go each (restarts from
# checkpoints, which the quickstart makes, change the round-off, and so the path in the end)
lmp -in lmp_inputs/in.equilibrate -var model {model.name} -var temperature {temperature:g} \\
    -var data {here}/start.data -var velocity_seed {seed} \\
    -var last_step {parameters.equilibration_steps(temperature)} -var save_restart again.restart
lmp -in lmp_inputs/in.trajectory -var model {model.name} -var temperature {temperature:g} \\
    -var data {here}/equilibrated.data -var block {block} -var ratio {FRAME_RATIO:g} \\
    -var last_step {parameters.production_steps(temperature)} -var thermo_every {RECORD_EVERY} \\
    -var output again.dump -var save_restart again.restart

# F_s, the relaxation time and the diffusion coefficient of the liquid
lmpmeso dynamics {here}/trajectory.dump --model {model.name} --temperature {temperature:g}

# one configuration to its inherent structure, and its elasticity
lmpmeso quench {here}/liquid-000.dump --model {model.name} -o again-glass.dump
lmpmeso elasticity {here}/glass-000.dump --model {model.name} --pairs all --json

# the model and its potential
lmpmeso models {model.name}
"""


def whole_command(parameters: QuickstartParameters) -> str:
    """The command that made the folder, but for the number of workers."""
    temperatures = " ".join(f"{t:g}" for t in parameters.temperatures)
    return (
        f"lmpmeso quickstart NEW_FOLDER --temperatures {temperatures} "
        f"\\\n    --n-particles {parameters.n_particles} "
        f"--glasses {' '.join(map(str, parameters.n_glasses))} --seed {parameters.seed}"
    )
