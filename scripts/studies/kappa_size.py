"""How κ depends on the number of particles: what is measured in docs/kappa-size.md.

    python scripts/studies/kappa_size.py measure ipl 2.0 500 --folder DIR   # may be stopped and goes on
    python scripts/studies/kappa_size.py plan                               # lines of such arguments, in order
    python scripts/studies/kappa_size.py table --folder DIR                 # its rows in docs/kappa-size/sizes.csv
    python scripts/studies/kappa_size.py double ipl 2.0 1000 --folder DIR   # a row of docs/kappa-size/doubled.csv

A liquid of each size is made at random, equilibrated, and run on; frames some τ_α apart are quenched. Of every glass
DIR/MODEL-T-N/glass-XXX.npz keeps d̂·M⁻¹·d̂, d̂·M⁻²·d̂ and the stretch by sound of all pairs, positions and moduli.
"""

from __future__ import annotations

import argparse
import contextlib
import math
from collections import defaultdict
from pathlib import Path

import numpy as np
import pandas as pd
from rows_kept import beside_others

import lmpmeso
from lmpmeso.campaign.expected_relaxation import expected_relaxation
from lmpmeso.campaign.size_correction import size_corrected
from lmpmeso.configurations import (
    Configuration,
    InherentStructure,
    box_of_runs,
    configuration_from_arrays,
)
from lmpmeso.elasticity import kappa_of_larger_system
from lmpmeso.elasticity.system_size import SIZE_CORRECTED
from lmpmeso.errors import LmpmesoError, UnstableStructureError
from lmpmeso.execution import Execution
from lmpmeso.files.atomic import replacing
from lmpmeso.files.tables import write_table
from lmpmeso.landscape import short_run
from lmpmeso.models import GlassModel, get_model
from lmpmeso.protocols import equilibrate

TABLES = Path(__file__).resolve().parents[2] / "docs" / "kappa-size"
MEANS = {
    "kappa": np.mean,
    "median_kappa": np.median,
    "harmonic_mean_kappa": lambda kappa_p: 1.0 / np.mean(1.0 / kappa_p),
}
"""Of the pairs of a glass."""
STIFFNESSES = (*MEANS, *(f"{name}_corrected" for name in MEANS))
STRETCHES = ("stretch_longitudinal", "stretch_transverse")
UNITS = {
    **dict.fromkeys((*STIFFNESSES, *(f"{s}_error" for s in STIFFNESSES)), "energy/length^2"),
    "temperature": "energy",
}
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
    bonds = found.bonds
    return {
        "i": bonds["i"].to_numpy(np.int32),
        "j": bonds["j"].to_numpy(np.int32),
        "distance": bonds["distance"].to_numpy(),
        "stretch": bonds["compliance"].to_numpy(),
        "norm": (bonds["compliance"] / bonds["kappa"]).to_numpy(),
        **{name: bonds[name].to_numpy() for name in STRETCHES},
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


def glasses_of(place: Path) -> list[dict[str, np.ndarray]]:
    """What was kept of the glasses of a task."""
    return [dict(np.load(path)) for path in sorted(place.glob("glass-*.npz"))]


def bonds_of(glass: dict[str, np.ndarray]) -> pd.DataFrame:
    """Its pairs as ``dipole_stiffness`` gives them."""
    kept = pd.DataFrame({name: glass[name] for name in ("i", "j", "distance", *STRETCHES)})
    return kept.assign(compliance=glass["stretch"], kappa=glass["stretch"] / glass["norm"])


def moduli_of(glasses: list[dict[str, np.ndarray]]) -> pd.DataFrame:
    """K and G of each."""
    return pd.DataFrame(
        {"bulk_modulus": float(g["bulk"]), "shear_modulus": float(g["shear"])} for g in glasses
    )


def table(folder: Path) -> pd.DataFrame:
    """A row a finished task; errors are standard errors over its glasses."""
    rows = []
    for name, temperature, n_particles in plan():
        place = folder / f"{name}-{temperature:g}-{n_particles}"
        if not (place / "done").exists():
            continue
        glasses, model = glasses_of(place), get_model(name)
        bonds, moduli = [bonds_of(g) for g in glasses], moduli_of(glasses)
        box_c = box_of_runs(model, n_particles)
        corrected = size_corrected(bonds, moduli, n_particles, box_c, level=0.9, seed=1)
        mean = moduli.mean()
        larger = [kappa_of_larger_system(own, n_particles, box_c, *mean) for own in bonds]
        values = {
            **{name: [of(own["kappa"]) for own in bonds] for name, of in MEANS.items()},
            **{f"{name}_corrected": [of(k) for k in larger] for name, of in MEANS.items()},
            "mean_norm": [g["norm"].mean() for g in glasses],
            "shear_modulus": moduli["shear_modulus"],
            "bulk_modulus": moduli["bulk_modulus"],
            "energy": [float(g["energy"]) for g in glasses],
        }
        row: dict[str, object] = {"model": name, "temperature": temperature}
        row |= {"n_particles": n_particles, "n_glasses": len(glasses)}
        row["n_shear_unstable"] = int(sum((g["shear_planes"] < 0).any() for g in glasses))
        for quantity, numbers in values.items():
            array = np.asarray(numbers, dtype=np.float64)
            row |= {
                quantity: array.mean(),
                f"{quantity}_error": array.std(ddof=1) / len(array) ** 0.5,
            }
        corrected_name = SIZE_CORRECTED[model.dimension]
        row |= {"kappa_corrected": corrected[corrected_name]}
        # With what the error of G adds.
        row |= {"kappa_corrected_error": corrected[f"{corrected_name}_error"]}
        rows.append(row)
    return pd.DataFrame(rows)


def doubled(path: Path, model: GlassModel) -> dict[str, np.ndarray]:
    """κ of the pairs of a glass that is repeated once along x, none where that is unstable; its own softest mode."""
    kept = path.with_name(path.name.replace("glass-", "doubled-"))
    if not kept.exists():
        glass = dict(np.load(path))
        box_c = glass["box"]
        x_nc = glass["positions"] - box_c * np.floor(glass["positions"] / box_c)
        one = configuration_from_arrays(x_nc, glass["species"], box_c)
        found = {
            "lowest": lmpmeso.analyse(one, model, device="cpu", threads=1).modes(1).eigenvalues
        }
        shift_c = box_c * np.eye(len(box_c))[0]
        both = configuration_from_arrays(
            np.concatenate([x_nc, x_nc + shift_c]), np.tile(glass["species"], 2), box_c + shift_c
        )
        with contextlib.suppress(UnstableStructureError):
            bonds = lmpmeso.analyse(both, model, device="cpu", threads=1).bonds
            found["kappa"] = bonds["kappa"].to_numpy()
        with replacing(kept) as temporary, open(temporary, "wb") as file:
            np.savez(file, **found)  # type: ignore[arg-type]
    return dict(np.load(kept))


def double(name: str, temperature: float, n_particles: int, folder: Path) -> dict[str, object]:
    """κ of glasses repeated once along x, whose new waves are of twice the length, and what the formula says.

    ``lowest`` is the eigenvalue of the softest mode of a glass over that of its softest sound wave.
    """
    model, place = get_model(name), folder / f"{name}-{temperature:g}-{n_particles}"
    glasses = glasses_of(place)
    moduli = moduli_of(glasses).mean()
    changes: dict[str, list[float]] = defaultdict(list)
    for path, glass in zip(sorted(place.glob("glass-*.npz")), glasses, strict=True):
        found, box_c, own = doubled(path, model), glass["box"], bonds_of(glass)
        density = n_particles / np.prod(box_c)
        wave = moduli["shear_modulus"] / density * (2.0 * np.pi / box_c.max()) ** 2
        changes["lowest"].append(float(found["lowest"][0]) / wave)
        if "kappa" not in found:
            continue
        twice_c = box_c * (1.0 + np.eye(len(box_c))[0])
        larger = kappa_of_larger_system(own, n_particles, box_c, *moduli, twice_c)
        for kind, of in MEANS.items():
            changes[kind].append(of(found["kappa"]) / of(own["kappa"]) - 1.0)
            changes[f"{kind}_formula"].append(of(larger) / of(own["kappa"]) - 1.0)
    row: dict[str, object] = {"model": name, "temperature": temperature}
    row |= {"n_particles": n_particles, "n_glasses": len(glasses)}
    row["n_unstable"] = len(glasses) - len(changes["kappa"])
    for kind, values in changes.items():
        row |= {kind: np.mean(values), f"{kind}_error": np.std(values, ddof=1) / len(values) ** 0.5}
        row[f"{kind}_median"] = np.median(values)
    return row


def main() -> None:
    """Read the arguments."""
    parser = argparse.ArgumentParser(description=__doc__)
    parts = parser.add_subparsers(dest="part", required=True)
    parts.add_parser("plan")
    parts.add_parser("table").add_argument("--folder", type=Path, required=True)
    for part in ("measure", "double"):
        one = parts.add_parser(part)
        one.add_argument("model")
        one.add_argument("temperature", type=float)
        one.add_argument("n_particles", type=int)
        one.add_argument("--folder", type=Path, required=True)
    arguments = parser.parse_args()
    if arguments.part == "plan":
        for task in plan():
            print("{} {:g} {}".format(*task))
    elif arguments.part == "table":
        TABLES.mkdir(exist_ok=True)
        path = TABLES / "sizes.csv"
        rows = beside_others(path, table(arguments.folder))
        write_table(path, rows.sort_values(["model", "temperature", "n_particles"]), UNITS)
    else:
        task = (arguments.model, arguments.temperature, arguments.n_particles, arguments.folder)
        if arguments.part == "measure":
            measure(*task)
            return
        path = TABLES / "doubled.csv"
        write_table(path, beside_others(path, pd.DataFrame([double(*task)])))


if __name__ == "__main__":
    main()
