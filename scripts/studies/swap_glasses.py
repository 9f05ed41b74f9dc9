"""Glasses of a polydisperse liquid from far below where MD falls out of equilibrium, by swaps.

    python scripts/studies/swap_glasses.py run --folder DIR      # may be stopped and goes on
    python scripts/studies/swap_glasses.py table --folder DIR --output docs/beyond-the-paper/poly-swap.csv

Each liquid begins at random and is cooled in steps. At each temperature MD, or below T = 0.13 swaps, bring it to equilibrium, as
`lmpmeso equilibrate` judges it, and then it runs on in the same way; configurations 1.5 τ apart are quenched, τ being τ_α or that of
the dynamics with swaps. DIR/LIQUID/TEMPERATURE/ holds the equilibration, and a record, the glass and every κ_ij of each.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

import lmpmeso
from lmpmeso.campaign.size_correction import size_corrected
from lmpmeso.configurations import Configuration, box_of_runs
from lmpmeso.equilibrium import Criterion, EquilibratedLiquid, equilibrate_liquid
from lmpmeso.execution import Execution
from lmpmeso.files.atomic import replacing
from lmpmeso.models import get_model
from lmpmeso.protocols import Swaps, run_swap_trajectory, run_trajectory
from lmpmeso.statistics import bootstrap_mean

MODEL = replace(get_model("poly-swap"), time_step=0.01)
"""At these temperatures twice its time step conserves energy as well; above T = 0.13 not with swaps."""
SWAP_BELOW = 0.13
SWAPS = Swaps(every=50, per_particle=4.0)
N_PARTICLES = 500
TEMPERATURES = (0.2, 0.12, 0.1, 0.085, 0.075, 0.065)
PASSES = (4, 5, 6)
"""How far down all liquids go before one goes further: so a study that is stopped early has whole temperatures."""
LIQUIDS = 2
GLASSES = 5
"""Of each liquid at each temperature."""
SPACING = 1.5
"""Between configurations that are quenched [τ]."""
Q = 7.0
"""Wave number of F_s [1/length]."""
STRETCH = 3.0
"""Length of each of the two stretches that must agree [τ]."""
HOW = Execution("none", record_every=100)
SHOWN = ("kappa", "shear_modulus", "born_modulus", "bulk_modulus", "energy")


def cool(number: int, folder: Path, temperatures: tuple[float, ...]) -> None:
    """One liquid from hot to cold; what is there already is kept."""
    start: Configuration | None = None
    first: float | None = None
    for temperature in temperatures:
        place = folder / f"{number}" / f"{temperature:g}"
        if start is not None and first is not None:
            # What the fall of temperature sets free is no drift.
            start = settled(start, temperature, first / 2.0, place, number)
        liquid = equilibrate_liquid(
            MODEL,
            temperature,
            None if start is not None else N_PARTICLES,
            number,
            start=start,
            folder=place / "equilibration",
            criterion=Criterion(STRETCH, first_duration=first, q=Q),
            execution=HOW,
            swaps=replace(SWAPS, seed=number) if temperature < SWAP_BELOW else None,
        )
        tau = liquid.relaxation_time
        if not liquid.equilibrated or tau is None:
            raise SystemExit(f"{place}: {liquid.reason}")
        print(number, temperature, f"τ {tau.value:.4g}, {liquid.duration:.4g} in all", flush=True)
        start = glasses(liquid, tau.value, place, number)
        first = 2.5 * STRETCH * tau.value


def settled(
    start: Configuration, temperature: float, duration: float, place: Path, number: int
) -> Configuration:
    """A liquid some time after it was cooled."""
    return run_swap_trajectory(
        start,
        MODEL,
        temperature,
        block_duration=duration,
        n_blocks=1,
        seed=number,
        swaps=replace(SWAPS, seed=50 + number),
        folder=place / "settled",
        execution=HOW,
    ).configuration


def glasses(liquid: EquilibratedLiquid, tau: float, place: Path, number: int) -> Configuration:
    """Quench configurations of a liquid that runs on; the last of them."""
    here = liquid.configuration
    for k in range(GLASSES):
        kept = place / f"{k}.liquid.dump"
        if not kept.is_file():
            how: dict[str, Any] = {"ratio": 1.6}
            if liquid.temperature < SWAP_BELOW:
                how = {"swaps": replace(SWAPS, seed=100 * number + k)}
            run = (run_swap_trajectory if "swaps" in how else run_trajectory)(
                here,
                MODEL,
                liquid.temperature,
                block_duration=SPACING * tau,
                n_blocks=1,
                seed=100 * number + k,
                folder=place / f"{k}.run",
                execution=HOW,
                **how,
            )
            fs = lmpmeso.self_intermediate(run.trajectory, q=Q)
            told = {
                "liquid": number,
                "glass": k,
                "temperature": liquid.temperature,
                "tau": tau,
                "equilibration": liquid.duration,
                "spacing": SPACING * tau,
                "fs_at_end": float(fs["Fs"].iloc[-1]),
                "liquid_energy": float(run.record["potential_energy"].mean()),
                "liquid_pressure": float(run.record["pressure"].mean()),
                "drift": run.conservation.relative_drift,
            } | elasticity(run.configuration, place / f"{k}")
            with replacing(place / f"{k}.json") as temporary:
                temporary.write_text(json.dumps(told))
            lmpmeso.write_dump(kept, run.configuration)
            print(number, liquid.temperature, k, told["kappa"], told["shear_modulus"], flush=True)
        here = lmpmeso.read_configuration(kept, MODEL)
    return here


def elasticity(liquid: Configuration, stem: Path) -> dict[str, Any]:
    """The inherent structure below a configuration, and everything elastic about it; κ_ij go into a file."""
    glass = lmpmeso.quench(liquid, MODEL)
    lmpmeso.write_dump(stem.with_name(f"{stem.name}.glass.dump"), glass)
    found = lmpmeso.analyse(glass, MODEL)
    found.bonds.to_csv(stem.with_name(f"{stem.name}.bonds.csv.gz"), index=False)
    return {
        "kappa": float(found.bonds["kappa"].mean()),
        "kappa_single": found.kappa_size_corrected,
        "shear_modulus": float(found.shear.value),
        "born_modulus": float(found.shear.born),
        "bulk_modulus": float(found.bulk.value),
        "pressure": float(found.bulk.pressure),
        "energy": float(glass.energy / glass.n_particles),
    }


def rows(folder: Path) -> Iterator[dict[str, float]]:
    """A row a temperature: means over glasses with their 90 % intervals."""
    paths = [p for p in sorted(folder.glob("*/*/*.json")) if p.stem.isdigit()]
    frame = pd.DataFrame([json.loads(p.read_text()) | {"path": str(p)} for p in paths])
    for temperature, here in frame.groupby("temperature"):
        row: dict[str, float] = {
            "T": float(temperature),
            "N": N_PARTICLES,
            "n_glasses": len(here),
            "n_liquids": here["liquid"].nunique(),
            "swaps": int(float(temperature) < SWAP_BELOW),
            "tau": here["tau"].mean(),
            "equilibration_over_tau": (here["equilibration"] / here["tau"]).min(),
            "spacing_over_tau": SPACING,
        }
        for name in SHOWN:
            row |= bootstrap_mean(here[name], level=0.9, seed=1).columns(name)
        bonds = [pd.read_csv(p[: -len("json")] + "bonds.csv.gz") for p in here["path"]]
        box_c = box_of_runs(MODEL, N_PARTICLES)
        row |= size_corrected(bonds, here, N_PARTICLES, box_c, level=0.9, seed=1)
        liquids = here.groupby("liquid")["liquid_energy"].mean()
        row |= {"liquid_energy": liquids.mean(), "liquid_energy_error": liquids.sem()}
        yield row


def main() -> None:
    """Run, or make the table of what has run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["run", "table"])
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    if arguments.what == "run":
        for depth in PASSES:
            for number in range(1, LIQUIDS + 1):
                cool(number, arguments.folder, TEMPERATURES[:depth])
        return
    table = pd.DataFrame(rows(arguments.folder)).sort_values("T", ascending=False)
    table.to_csv(arguments.output, index=False, float_format="%.6g")
    print(table.T.to_string())


if __name__ == "__main__":
    main()
