"""Propensities of glasses that kappa_size.py made: thermal starts, local stiffness, and other local fields beside it.

    python scripts/studies/propensity_of_glasses.py measure ss-0.95 7.2 1000 minimum --glasses RAW --folder DIR
    python scripts/studies/propensity_of_glasses.py tables --folder DIR

RAW is the folder of ``kappa_size.py measure``; the glasses of RAW/MODEL-T-N are taken, some τ_α apart each. From each
start 20 runs of τ_α/10 with one of the thermal starts (minimum, thermalised, doubled); what is there is kept, so that a
stopped part goes on. ``tables`` puts them into docs/propensity/*.csv beside the rows of other state points, and draws
docs/images/thermal-starts.png and docs/images/local-predictors.png.
"""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from folder_arguments import state_point_parser
from local_predictors import PICTURE, TABLE, figure
from rows_kept import KEYS, beside_others

import lmpmeso
from lmpmeso.campaign.expected_relaxation import expected_relaxation
from lmpmeso.configurations import configuration_from_arrays
from lmpmeso.elasticity import LOCAL_STIFFNESSES
from lmpmeso.figures.style import canvas, panel_name, save_figure
from lmpmeso.files.atomic import replacing
from lmpmeso.files.plain_json import read_json, write_json
from lmpmeso.files.tables import read_table, write_table
from lmpmeso.models import GlassModel, get_model
from lmpmeso.propensity import (
    LocalField,
    PropensityStudy,
    local_structure,
    predictor_comparison,
    propensity,
    stiffness_comparison,
)
from lmpmeso.propensity.local_predictors import FEWEST_CONFIGURATIONS
from lmpmeso.propensity.stiffness_comparison import PAPERS
from lmpmeso.protocols.heating import THERMAL_STARTS

DOCS = Path(__file__).resolve().parents[2] / "docs"
MOST = 10
"""Glasses of a state point that are taken."""
DURATION = 0.1
"""Of a run [τ_α]."""


def glasses_in(place: Path, model: GlassModel) -> list[lmpmeso.Configuration]:
    """The first glasses of a state point; they are inherent structures."""
    found = []
    for path in sorted(place.glob("glass-*.npz"))[:MOST]:
        with np.load(path) as kept:
            found.append(configuration_from_arrays(kept["positions"], kept["species"], kept["box"]))
    if not found:
        raise SystemExit(f"{place}: no glasses; `kappa_size.py measure` makes them")
    return found


def study_of(model: GlassModel, temperature: float, start: str) -> PropensityStudy:
    """20 runs of τ_α/10 from each glass."""
    expected = expected_relaxation(model.name, temperature)
    if expected is None:
        raise SystemExit(f"nothing is known of τ_α of {model.name} at T = {temperature:g}")
    duration = DURATION * expected.tau_over_t0 * model.t0(temperature)
    return PropensityStudy(
        model,
        temperature,
        duration,
        accelerator="none",
        local_stiffness=tuple(name for name in LOCAL_STIFFNESSES if name != PAPERS),
        thermal_start=start,  # type: ignore[arg-type]
    )


def measure(name: str, temperature: float, n: int, start: str, raw: Path, folder: Path) -> None:
    """Mobility and stiffness of the particles of each glass, with the kinetic temperature of the runs."""
    model = get_model(name)
    study = study_of(model, temperature, start)
    place = folder / f"{name}-{temperature:g}-{n}"
    place.mkdir(parents=True, exist_ok=True)
    write_json(place / "state.json", {"model": name, "temperature": temperature, "n": n})
    for number, glass in enumerate(glasses_in(raw / f"{name}-{temperature:g}-{n}", model)):
        stiffness = place / f"glass-{number:03d}.npz"
        if not stiffness.is_file():
            fields = study.stiffness_fields(glass, device="cpu")  # type: ignore[arg-type]
            about = {"positions": glass.positions_nc, "species": glass.species, "box": glass.box_c}
            save(stiffness, {**fields, **about})
        target = place / f"{start}-{number:03d}.npz"
        if target.is_file():
            continue
        runs = study.ensemble(glass, number, place / "runs" / f"{start}-{number:03d}")
        moved, warm = propensity(runs), runs.kinetic_temperature()
        about = {
            "t": warm["t"].to_numpy(),
            "kinetic_temperature": warm["kinetic_temperature"].to_numpy(),
        }
        save(
            target, {"mobility": moved.mean_n, "reliability": np.array(moved.reliability), **about}
        )


def save(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Arrays, there completely or not at all."""
    with replacing(path) as temporary, open(temporary, "wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]


def fields_of(place: Path, start: str) -> list[LocalField]:
    """What is there of a state point with a thermal start."""
    fields = []
    for path in sorted(place.glob(f"{start}-*.npz")):
        glass = dict(np.load(path.with_name(path.name.replace(start, "glass"))))
        moved = dict(np.load(path))
        structure = configuration_from_arrays(
            *(glass.pop(k) for k in ("positions", "species", "box"))
        )
        warm = pd.DataFrame({k: moved[k] for k in ("t", "kinetic_temperature")})
        kappa_n = glass.pop(PAPERS)
        reliability = float(moved["reliability"])
        fields.append(LocalField(structure, kappa_n, moved["mobility"], reliability, glass, warm))
    return fields


def warmth(fields: list[LocalField]) -> pd.DataFrame:
    """Kinetic temperature of the runs against time, mean over the glasses with its error."""
    by_time = pd.concat([f.temperatures for f in fields]).groupby("t")["kinetic_temperature"]
    table = by_time.agg(["mean", "sem", "count"]).reset_index()
    names = {"mean": "kinetic_temperature", "sem": "error", "count": "n_configurations"}
    return table.rename(columns=names)


def tables(folder: Path) -> None:
    """Tables and pictures of what is there."""
    stiffness, temperatures, predictors = [], [], []
    for path in sorted(folder.glob("*/state.json")):
        state = read_json(path)
        model = get_model(state["model"])
        key = {
            "model": state["model"],
            "n_particles": state["n"],
            "temperature": state["temperature"],
        }
        for start in THERMAL_STARTS:
            fields = fields_of(path.parent, start)
            if fields:
                temperatures.append(warmth(fields).assign(thermal_start=start, **key))
            if len(fields) < FEWEST_CONFIGURATIONS:
                continue
            own = stiffness_comparison(fields, model)
            reliability = float(np.mean([f.reliability for f in fields]))
            stiffness.append(own.assign(thermal_start=start, reliability=reliability, **key))
            if start == "thermalised":
                structure = [local_structure(f.structure, model) for f in fields]
                compared = predictor_comparison(fields, structure, model)
                for place, (name, value) in enumerate(key.items()):
                    compared.insert(place, name, value)
                predictors.append(compared.assign(reliability=reliability))
    TABLE.parent.mkdir(parents=True, exist_ok=True)
    units = {
        "temperature": "energy",
        "t": "time",
        "kinetic_temperature": "energy",
        "error": "energy",
    }
    every = {
        TABLE.with_name("local-stiffness.csv"): stiffness,
        TABLE.with_name("kinetic-temperature.csv"): temperatures,
        TABLE: predictors,
    }
    for path, found in every.items():
        if found:
            write_table(path, beside_others(path, pd.concat(found, ignore_index=True)), units)
    draw(read_table(TABLE.with_name("kinetic-temperature.csv")))
    save_figure(figure(read_table(TABLE)), PICTURE)


def draw(temperatures: pd.DataFrame) -> None:
    """T_kin over T against time, a panel a state point with several thermal starts."""
    groups = [
        (key, own) for key, own in temperatures.groupby(KEYS) if own["thermal_start"].nunique() > 1
    ]
    image, axes = canvas(len(groups), width=3.2)
    for ax, ((name, _, temperature), own) in zip(axes, groups, strict=True):
        for start, marker in zip(THERMAL_STARTS, "osv", strict=True):
            line = own[own["thermal_start"] == start]
            if line.empty:
                continue
            ratio, error = line["kinetic_temperature"] / temperature, line["error"] / temperature
            t0 = get_model(name).t0(temperature)
            ax.errorbar(line["t"] / t0, ratio, error, fmt=f"-{marker}", markersize=3.5, label=start)
        ax.axhline(1.0, color="grey", linewidth=0.7)
        ax.set(xlabel="$t/t_0$", ylabel=r"$T_\mathrm{kin}/T$")
        ax.legend(fontsize=7)
        panel_name(ax, f"{name}, T = {temperature:g}")
    save_figure(image, DOCS / "images" / "thermal-starts.png")
    plt.close(image)


def main() -> None:
    """Read the arguments."""
    parser, measuring = state_point_parser(__doc__, "tables", "glasses")
    measuring.add_argument("start", choices=THERMAL_STARTS)
    given = parser.parse_args()
    if given.part == "tables":
        tables(given.folder)
        return
    task = (given.model, given.temperature, given.n_particles, given.start)
    measure(*task, given.glasses, given.folder)


if __name__ == "__main__":
    main()
