"""How κ depends on the number of particles: what is measured in docs/kappa-size.md.

    python scripts/studies/kappa_size.py measure ipl 2.0 500 --folder DIR   # may be stopped and goes on
    python scripts/studies/kappa_size.py plan                               # lines of such arguments, in order

A liquid of each size is made at random, equilibrated, and run on; frames some τ_α apart are quenched. Of every glass
DIR/MODEL-T-N/glass-XXX.npz keeps d̂·M⁻¹·d̂ and d̂·M⁻²·d̂ of all pairs, positions and moduli.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import numpy as np

import lmpmeso
from lmpmeso.campaign.expected_relaxation import expected_relaxation
from lmpmeso.configurations import Configuration, InherentStructure
from lmpmeso.elasticity.dipoles import _by_selected_inverse, choose_dipoles
from lmpmeso.errors import LmpmesoError
from lmpmeso.execution import Execution
from lmpmeso.files.atomic import replacing
from lmpmeso.landscape import short_run
from lmpmeso.models import GlassModel, get_model
from lmpmeso.protocols import equilibrate

HOT = {
    "ipl": 2.0,
    "ss-0.95": 16.0,
    "mblj": 2.0,
    "sw": 0.06,
    "ipl2d": 2.0,
    "ss": 2.0,
    "ss-0.70": 4.0,
}
COLD = {
    "ipl": 0.7,
    "ss-0.95": 7.2,
    "mblj": 0.6,
    "sw": 0.024,
    "ipl2d": 0.7,
    "ss": 1.12,
    "ss-0.70": 2.15,
}
NUMBERS = {250: 64, 500: 40, 1000: 24, 2000: 16, 4000: 6}
"""Glasses by number of particles."""
EQUILIBRATION, APART = 10.0, 2.0
"""Length of the equilibration and spacing of the frames [τ_α]."""
SHORTEST = 3.0
"""But frames are this far apart at least [t0]."""


def plan() -> list[tuple[str, float, int]]:
    """Model, temperature and number of particles of every task, in the order of work."""
    first = [("ipl", t, n) for t in (HOT["ipl"], COLD["ipl"]) for n in (250, 500, 1000)]
    some = [
        (m, temperatures[m], n)
        for models in (("ss-0.95", "mblj", "sw", "ipl2d"), ("ss", "ss-0.70"))
        for temperatures in (HOT, COLD)
        for n in (250, 1000)
        for m in models
    ]
    rest = [(m, t, n) for part in (HOT, COLD) for m, t in part.items() for n in (2000, 500, 4000)]
    return [*first, *some, *(task for task in rest if task not in first)]


def liquids(
    model: GlassModel, temperature: float, n_particles: int, folder: Path
) -> list[Configuration]:
    """Frames of an equilibrated liquid."""
    expected = expected_relaxation(model.name, temperature)
    assert expected is not None
    tau = expected.tau_over_t0 * model.t0(temperature)
    once = Execution("none")
    hot = HOT[model.name]
    hot_duration = 30.0 * model.t0(hot)
    start = equilibrate(
        model, hot, n_particles, 1, duration=hot_duration, folder=folder / "hot", execution=once
    ).configuration
    settled = equilibrate(
        model,
        temperature,
        seed=2,
        start=start,
        duration=max(EQUILIBRATION * tau, 10.0 * model.t0(temperature)),
        folder=folder / "settled",
        execution=once,
    ).configuration
    apart = max(APART * tau, SHORTEST * model.t0(temperature))
    interval = math.ceil(apart / model.time_step_at(temperature))
    number = NUMBERS[n_particles] if model.name == "ipl" else NUMBERS[n_particles] // 2
    run = short_run(
        settled,
        model,
        temperature,
        duration=number * interval * model.time_step_at(temperature),
        interval_steps=interval,
        folder=folder / "run",
        execution=once,
    )
    return [run.configuration(k) for k in range(1, run.n_frames)]


def analysed(glass: InherentStructure, model: GlassModel) -> dict[str, np.ndarray | float]:
    """What is kept of a glass."""
    found = lmpmeso.analyse(glass, model, device="cpu", threads=1)
    dipoles = choose_dipoles(found.hessian, "all", 0)
    stretch, norm = _by_selected_inverse(found.factor, dipoles)
    return {
        "i": dipoles.i.astype(np.int32),
        "j": dipoles.j.astype(np.int32),
        "distance": dipoles.distances_p,
        "stretch": stretch,
        "norm": norm,
        "positions": glass.positions_nc,
        "species": glass.species,
        "box": glass.box_c,
        "energy": glass.energy / glass.n_particles,
        "shear": found.shear.value,
        "shear_planes": np.array(list(found.shear.planes.values())),
        "born": found.shear.born,
        "bulk": found.bulk.value,
        "pressure": found.bulk.pressure,
        "stiffness": found.tensor.displacement_gradient(),
    }


def measure(name: str, temperature: float, n_particles: int, folder: Path) -> None:
    """All glasses of a task; those that are there are kept."""
    model = get_model(name)
    place = folder / f"{name}-{temperature:g}-{n_particles}"
    if (place / "done").exists():
        return
    for number, liquid in enumerate(liquids(model, temperature, n_particles, place)):
        target = place / f"glass-{number:03d}.npz"
        if target.exists():
            continue
        try:
            glass = lmpmeso.quench(liquid, model, execution=Execution("none"))
            kept = analysed(glass, model)
        except LmpmesoError as problem:
            with open(place / "failures.txt", "a", encoding="utf-8") as failures:
                failures.write(f"{number}: {type(problem).__name__}: {problem}\n")
            continue
        with replacing(target) as temporary, open(temporary, "wb") as file:
            np.savez(file, **kept)  # type: ignore[arg-type]
    (place / "done").touch()


def main() -> None:
    """Read the arguments."""
    parser = argparse.ArgumentParser(description=__doc__)
    parts = parser.add_subparsers(dest="part", required=True)
    parts.add_parser("plan")
    one = parts.add_parser("measure")
    one.add_argument("model")
    one.add_argument("temperature", type=float)
    one.add_argument("n_particles", type=int)
    one.add_argument("--folder", type=Path, required=True)
    arguments = parser.parse_args()
    if arguments.part == "plan":
        for task in plan():
            print("{} {:g} {}".format(*task))
    else:
        measure(arguments.model, arguments.temperature, arguments.n_particles, arguments.folder)


if __name__ == "__main__":
    main()
