"""The step of one glass: quench a liquid, and compute κ_ij and G of its inherent structure."""

from __future__ import annotations

import time
from pathlib import Path

from lmpmeso.configurations import read_configuration, write_dump
from lmpmeso.elasticity import dipole_stiffness, kappa_field, shear_modulus
from lmpmeso.files.atomic import replacing
from lmpmeso.files.plain_json import write_json
from lmpmeso.hessians import hessian
from lmpmeso.protocols import quench
from lmpmeso.quickstart.layout import LiquidFiles
from lmpmeso.quickstart.parameters import QuickstartParameters


def make_glass(
    root: Path,
    parameters: QuickstartParameters,
    temperature: float,
    number: int,
) -> None:
    """Make the files of a glass; its numbers, written last, say that it is done."""
    files = LiquidFiles.of(root, temperature)
    model = parameters.model
    start = time.perf_counter()
    structure = quench(read_configuration(files.liquid(number), model), model)
    hess = hessian(structure, model)
    bonds = dipole_stiffness(hess, pairs="all", device="cpu", threads=1)
    shear = shear_modulus(hess)
    with replacing(files.bonds(number)) as temporary:
        bonds.to_csv(temporary, index=False, float_format="%.17g")
    field = kappa_field(bonds, structure.n_particles)
    write_dump(files.glass(number), structure, {"kappa": field})
    write_json(
        files.numbers(number),
        {
            "temperature": temperature,
            "glass": number,
            "step": structure.step,
            "energy_per_particle": structure.energy / structure.n_particles,
            "max_force": structure.max_force,
            "iterations": structure.iterations,
            "newton_iterations": structure.newton_iterations,
            "stopping_criterion": structure.stopping_criterion,
            "n_pairs": len(bonds),
            "kappa_mean": bonds["kappa"].mean(),
            "shear_modulus": shear.value,
            "shear_modulus_born": shear.born,
            "shear_modulus_nonaffine": shear.nonaffine,
            **{f"shear_modulus_{plane}": value for plane, value in shear.planes.items()},
            "seconds": time.perf_counter() - start,
        },
    )
