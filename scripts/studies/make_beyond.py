"""Tables, figures and the numbers of the page docs/beyond-the-paper.md.

    python scripts/studies/beyond_the_paper.py --folder DIR    # the melts and their glasses
    python scripts/studies/make_beyond.py --folder DIR

What swap Monte Carlo gave of the polydisperse liquid is read from docs/beyond-the-paper/poly-swap.csv, where it is there.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import beyond_figures
import pandas as pd
from beyond_tables import UNITS, neighbourhoods, points, together
from beyond_the_paper import LADDERS
from page_table import put

from lmpmeso.figures.style import save_figure
from lmpmeso.files.tables import read_table, write_table
from lmpmeso.report.cells import number_cell

PAGE = Path(__file__).resolve().parents[2] / "docs" / "beyond-the-paper.md"
TABLES = PAGE.with_suffix("")
SWAPPED = TABLES / "poly-swap.csv"
NAMES = {"cuzr": "Cu50Zr50", "silica": "SiO2", "poly-swap": "polydisperse"}
RATIOS = {
    "kappa_ratio": "κ",
    "kappa_infinity_ratio": "κ_∞",
    "shear_modulus_ratio": "G",
    "kappa_over_shear_ratio": "κ/G",
}


def state_rows(table: pd.DataFrame) -> Iterator[list[str]]:
    """How far each melt relaxed at each temperature."""
    yield [
        "",
        "T [K]",
        "N",
        "glasses",
        "time [ps]",
        "K/ps",
        "F_s at the end",
        "τ_α [ps]",
        "τ_α/t0",
        "state",
    ]
    for row in table.to_dict("records"):
        yield [
            NAMES[row["model"]],
            f"{row['temperature']:g}",
            str(row["n_particles"]),
            glasses_of(row),
            f"{row['time']:g}",
            "–" if pd.isna(row["cooling_rate"]) else f"{row['cooling_rate']:.0f}",
            f"{row['fs_end']:.2f}",
            number_cell(row, "tau_alpha", 2, "longer").text,
            number_cell(row, "tau_alpha_over_t0", 2, "–").text,
            row["state"],
        ]


def glasses_of(row: dict[str, int]) -> str:
    """Glasses, and melts where a quench found no minimum."""
    made, melts = row["n_glasses"], row["n_melts"]
    return str(made) if made == melts else f"{made} of {melts}"


def stiffness_rows(table: pd.DataFrame) -> Iterator[list[str]]:
    """κ, moduli and energies."""
    columns = {
        "energy": ("u_IS [eV]", 5),
        "kappa": ("κ [eV/Å²]", 3),
        "kappa_infinity": ("κ_∞ [eV/Å²]", 3),
        "kappa_soft": ("κ of the 5 % softest pairs is below", 2),
        "shear_modulus": ("G [eV/Å³]", 3),
        "shear_modulus_gpa": ("G [GPa]", 3),
        "bulk_modulus_gpa": ("K [GPa]", 3),
        "pressure_gpa": ("p [GPa]", 2),
    }
    yield ["", "T [K]", *(title for title, _ in columns.values())]
    for row in table.to_dict("records"):
        cells = [number_cell(row, name, digits, "–").text for name, (_, digits) in columns.items()]
        yield [NAMES[row["model"]], f"{row['temperature']:g}", *cells]


def change_rows(table: pd.DataFrame) -> Iterator[list[str]]:
    """What changed since the hottest liquid."""
    yield ["", "T", "T/T_h", "fall of u_IS [k_B T_h]", *RATIOS.values(), "state"]
    for row in table[table["reduced_temperature"] < 1.0].to_dict("records"):
        cells = [number_cell(row, name, 3, "–").text for name in RATIOS]
        place = [
            f"{row['temperature']:g}",
            f"{row['reduced_temperature']:.2g}",
            f"{row['fall']:.2g}",
        ]
        yield [NAMES[row["model"]], *place, *cells, row["state"]]


def neighbour_rows(table: pd.DataFrame) -> Iterator[list[str]]:
    """κ of each kind of pair, and its number."""
    yield ["", "T [K]", "pair", "neighbours", "most often (share)", "κ [eV/Å²]"]
    for row in table.to_dict("records"):
        share = f"{row['most_often']} ({row['share_of_most_often']:.2f})"
        yield [
            NAMES[row["model"]],
            f"{row['temperature']:g}",
            f"{row['centre']}–{row['neighbour']}",
            number_cell(row, "neighbours", 3).text,
            share,
            number_cell(row, "kappa", 3).text,
        ]


def page_tables(kept: Path) -> dict[str, list[list[str]]]:
    """The tables of the page, from those beside it."""
    state_points, pairs = read_table(kept / "state-points.csv"), read_table(kept / "pairs.csv")
    ends = pairs.groupby("model")["temperature"].agg(["min", "max"])
    at_ends = pairs[
        [t in set(ends.loc[m]) for m, t in zip(pairs["model"], pairs["temperature"], strict=True)]
    ]
    return {
        "states": list(state_rows(state_points)),
        "stiffness": list(stiffness_rows(state_points)),
        "changes": list(change_rows(read_table(kept / "together.csv"))),
        "neighbours": list(neighbour_rows(at_ends)),
    }


def main() -> None:
    """Write everything."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--folder", type=Path, required=True, help="of beyond_the_paper.py")
    folder = parser.parse_args().folder
    TABLES.mkdir(parents=True, exist_ok=True)
    names = [name for name in LADDERS if (folder / name).is_dir()]
    state_points = pd.concat([points(folder, name) for name in names], ignore_index=True)
    pairs = pd.concat([neighbourhoods(folder, name) for name in names], ignore_index=True)
    all_models = together(state_points, read_table(SWAPPED) if SWAPPED.is_file() else None)
    write_table(TABLES / "state-points.csv", state_points, UNITS)
    write_table(TABLES / "pairs.csv", pairs, UNITS)
    write_table(TABLES / "together.csv", all_models)
    for name, rows in page_tables(TABLES).items():
        put(PAGE, name, rows)
    for name, figure in (
        ("fields", beyond_figures.fields(folder, state_points)),
        ("distributions", beyond_figures.distributions(folder, state_points)),
        ("stiffness", beyond_figures.stiffness(state_points)),
        ("together", beyond_figures.together(all_models)),
    ):
        save_figure(figure, TABLES / f"{name}.png")


if __name__ == "__main__":
    main()
