"""Does κ_i of the true basin order mobility better than that of conjugate gradients? docs/true-basins/mobility.csv.

    python scripts/studies/mobility_by_minimizer.py measure ss 1.12 1000 --liquids RAW --folder DIR
    python scripts/studies/mobility_by_minimizer.py table --folder DIR

RAW is the folder of ``kappa_size.py measure``, whose liquids are taken, or made where they are not there. From each 20 runs of τ_α/10
start in the liquid, at T, and displacements are from the frame. Below each frame lie the structures of both minimisers.
What is there is kept, so that a stopped part goes on.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from basin_tables import SAME
from folder_arguments import state_point_parser
from kappa_size import liquids
from methods_of_others import apart
from propensity_of_glasses import MOST, save, study_of
from rows_kept import beside_others

import lmpmeso
from lmpmeso.configurations import configuration_from_arrays
from lmpmeso.execution import Execution
from lmpmeso.files.plain_json import read_json, write_json
from lmpmeso.files.tables import write_table
from lmpmeso.models import GlassModel, get_model
from lmpmeso.propensity import LocalField, PropensityStudy, propensity, stiffness_comparison
from lmpmeso.propensity.stiffness_comparison import PAPERS

TABLE = Path(__file__).resolve().parents[2] / "docs" / "true-basins" / "mobility.csv"
MINIMIZERS = ("cg", "steepest")
DEBYE_WALLER = "debye-waller"


def study_from_liquid(model: GlassModel, temperature: float) -> PropensityStudy:
    """20 runs of τ_α/10 from a configuration of the liquid, which is at T already."""
    study = study_of(model, temperature, "minimum")
    return replace(study, start="liquid", from_start=True, local_stiffness=(DEBYE_WALLER,))


def measure(name: str, temperature: float, n: int, raw: Path, folder: Path) -> None:
    """Mobility from each frame, and the local stiffness of the structure below it by each minimiser."""
    model, label = get_model(name), f"{name}-{temperature:g}-{n}"
    study, place = study_from_liquid(model, temperature), folder / label
    place.mkdir(parents=True, exist_ok=True)
    write_json(place / "state.json", {"model": name, "temperature": temperature, "n": n})
    for number, frame in enumerate(liquids(model, temperature, n, raw / label)[:MOST]):
        target = place / f"frame-{number:03d}.npz"
        if target.is_file():
            continue
        found = {}
        for minimizer in MINIMIZERS:
            glass = lmpmeso.quench(frame, model, minimizer, execution=Execution("none"))
            found[f"{minimizer} positions"] = glass.positions_nc
            for stiffness, values_n in study.stiffness_fields(glass, device="cpu").items():
                found[f"{minimizer} {stiffness}"] = values_n
        runs = study.ensemble(frame, number, place / "runs" / f"{number:03d}")
        moved = propensity(runs, reference=None)
        about = {"species": frame.species, "box": frame.box_c, "positions": frame.positions_nc}
        found |= {"mobility": moved.mean_n, "reliability": np.array(moved.reliability), **about}
        save(target, found)


def compared(place: Path, model: GlassModel) -> pd.DataFrame:
    """C_s by minimiser and definition of the stiffness, and the difference to CG's κ_i in the same frames."""
    fields, same = [], 0
    for path in sorted(place.glob("frame-*.npz")):
        kept = dict(np.load(path))
        frame = configuration_from_arrays(*(kept[k] for k in ("positions", "species", "box")))
        others = {
            f"{minimizer} {stiffness}": kept[f"{minimizer} {stiffness}"]
            for minimizer in MINIMIZERS
            for stiffness in (PAPERS, DEBYE_WALLER)
        }
        first = others.pop(f"{MINIMIZERS[0]} {PAPERS}")
        reliability = float(kept["reliability"])
        fields.append(LocalField(frame, first, kept["mobility"], reliability, others))
        moved_nc = kept["cg positions"] - kept["steepest positions"]
        moved_nc -= kept["box"] * np.rint(moved_nc / kept["box"])
        same += apart(np.zeros_like(moved_nc), moved_nc) < SAME * model.a0
    table = stiffness_comparison(fields, model)
    names = table["local_stiffness"].replace(PAPERS, f"{MINIMIZERS[0]} {PAPERS}").str.split()
    return table.assign(
        minimizer=names.str[0],
        local_stiffness=names.str[1],
        n_same_structure=same,
        reliability=float(np.mean([f.reliability for f in fields])),
    )


def table_of(folder: Path) -> pd.DataFrame:
    """All liquids that are there."""
    rows = []
    for path in sorted(folder.glob("*/state.json")):
        state = read_json(path)
        own = compared(path.parent, get_model(state["model"]))
        keys = {"model": state["model"], "n_particles": state["n"]}
        rows.append(own.assign(temperature=state["temperature"], **keys))
    return pd.concat(rows, ignore_index=True)


def main() -> None:
    """Read the arguments."""
    parser, _ = state_point_parser(__doc__, "table", "liquids")
    given = parser.parse_args()
    if given.part == "table":
        write_table(TABLE, beside_others(TABLE, table_of(given.folder)), {"temperature": "energy"})
    else:
        state = (given.model, given.temperature, given.n_particles)
        measure(*state, given.liquids, given.folder)


if __name__ == "__main__":
    main()
