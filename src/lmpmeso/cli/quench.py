"""``lmpmeso quench``: one configuration to its inherent structure."""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING, Any

from lmpmeso.cli.arguments import (
    add_frame,
    add_json,
    add_minimizer,
    add_output,
    add_threads,
    writable,
)
from lmpmeso.cli.chosen_model import add_input, chosen_model, model_option
from lmpmeso.cli.console import following, say, say_next
from lmpmeso.execution import Execution
from lmpmeso.files.plain_json import json_text

if TYPE_CHECKING:
    from lmpmeso.configurations import InherentStructure

SUMMARY = "one configuration to its inherent structure"
DESCRIPTION = """\
Quench a configuration to its inherent structure: the local minimum of the potential energy that it
runs down to. LAMMPS minimises, Newton steps in the exact potential take the residual forces down to
round-off, and a positive definite Hessian proves the minimum.

  lmpmeso quench liquid.dump --model ipl -o glass.dump

OUT is a LAMMPS dump with all digits of the positions, ready for `lmpmeso elasticity`, OVITO, or LAMMPS's
read_dump; or NetCDF when its name ends in .nc, which also keeps energy, residual force and iterations.
Of a packing near unjamming --leave-out-rattlers keeps the particles that their contacts hold.
On standard output: energy per particle [ε], largest residual force [ε/σ], iterations, why the
minimiser stopped.
"""


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_input(command, "LAMMPS dump or data file with the configuration")
    add_output(command, "OUT", "dump or .nc file for the inherent structure")
    add_minimizer(command)
    command.add_argument(
        "--leave-out-rattlers",
        action="store_true",
        help="leave out particles with fewer than d + 1 contacts, which nothing holds; else they are refused",
    )
    add_threads(command)
    add_frame(command)
    add_json(command)


def run(arguments: argparse.Namespace) -> str:
    """Quench, write, report."""
    from lmpmeso.backend import blas_threads
    from lmpmeso.configurations import read_configuration, write_dump, write_inherent_structures
    from lmpmeso.configurations.reading import rounding_is_no_matter
    from lmpmeso.export.conversion import write_frames
    from lmpmeso.protocols import quench

    model = chosen_model(arguments)
    output = writable(arguments.output, arguments.file)
    with rounding_is_no_matter():
        configuration = read_configuration(arguments.file, model, frame=arguments.frame)
    start = time.perf_counter()
    with blas_threads(arguments.threads):
        structure = quench(
            configuration,
            model,
            minimizer=arguments.minimizer,
            leave_out_rattlers=arguments.leave_out_rattlers,
            execution=Execution(arguments.accelerator),
        )
    if output.suffix == ".nc":
        write_inherent_structures(output, [structure])
    elif {".xyz", ".extxyz", ".data"}.intersection(output.suffixes):
        write_frames(output, [structure], model, {})
    else:
        write_dump(output, structure)
    left_out = configuration.n_particles - structure.n_particles
    report = evidence(structure) | {
        "n_rattlers_left_out": left_out,
        "seconds": time.perf_counter() - start,
        "output": str(output),
    }
    if arguments.json:
        return json_text(report)
    say(f"wrote {output}")
    say_next(f"{following('elasticity', output)} {model_option(arguments)}")
    return model.units_style.named(_in_words(report))


def evidence(structure: InherentStructure) -> dict[str, Any]:
    """What shows that a structure is a minimum, as plain data."""
    return {
        "n_particles": structure.n_particles,
        "energy_per_particle": structure.energy / structure.n_particles,
        "max_force": structure.max_force,
        "max_force_over_contact_force": structure.max_force / structure.contact_force_rms,
        "minimizer": structure.minimizer,
        "iterations": structure.iterations,
        "newton_iterations": structure.newton_iterations,
        "stopping_criterion": structure.stopping_criterion,
        **({} if structure.descent is None else {"descent": structure.descent.as_plain_data()}),
    }


def _in_words(report: dict[str, Any]) -> str:
    """The evidence for a person."""
    path = report.get("descent")
    return (
        f"energy per particle  {report['energy_per_particle']:.12g} ε\n"
        f"largest force        {report['max_force']:.3g} ε/σ "
        f"({report['max_force_over_contact_force']:.1e} of the rms contact force)\n"
        f"minimiser            {report['minimizer']}, {report['iterations']} iterations "
        f"({report['stopping_criterion']}), Newton steps: {report['newton_iterations']}\n"
        + _rattlers_in_words(report)
        + ("" if path is None else _path_in_words(path))
    )


def _rattlers_in_words(report: dict[str, Any]) -> str:
    """How many particles were left out; nothing where all are there."""
    n = report["n_rattlers_left_out"]
    return f"rattlers left out    {n} of {n + report['n_particles']}\n" if n else ""


def _path_in_words(path: dict[str, Any]) -> str:
    """The path of steepest descent for a person."""
    words = (
        f"path                 length {path['length']:.4g} σ, time {path['time']:.4g}, "
        f"{path['force_evaluations']} force evaluations, local error at most {path['tolerance']:.2g} σ\n"
    )
    for saddle in path["saddles"]:
        low, high = saddle["end_energies"]
        words += (
            f"saddle               U = {saddle['energy']:.12g} ε, lowest eigenvalue "
            f"{saddle['lowest_eigenvalue']:.3g}; below it {low:.12g} ε (taken) and {high:.12g} ε\n"
        )
    return words
