"""The tables of the page docs/second-light/README.md, from those that studies left beside it.

python scripts/studies/make_second_light.py
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from page_table import put

from lmpmeso.files.tables import read_table
from lmpmeso.report.cells import number_cell

PAGE = Path(__file__).resolve().parents[2] / "docs" / "second-light" / "README.md"
TABLES = PAGE.parent / "tables"
OF_A_PACKING = {
    "pressure": ("p [ε/σ³]", 3),
    "excess_contacts": ("Z − Z_iso", 3),
    "kappa": ("κ [ε/σ²]", 2),
    "kappa_infinity": ("κ_∞ [ε/σ²]", 2),
    "shear_modulus": ("G [ε/σ³]", 2),
    "shear_over_bulk": ("G/K", 2),
    "kappa_over_shear": ("κ/G [σ]", 2),
}
NAMES = {
    "excess_contacts": "Z − Z_iso",
    "shear_over_bulk": "G/K",
    "shear_modulus": "G",
    "kappa": "mean κ",
    "median_kappa": "median κ",
    "kappa_over_shear": "κ/G",
}
OF_A_WAIT = {
    "energy": ("u_IS [ε]", 4),
    "kappa": ("κ [ε/σ²]", 3),
    "kappa_larger": ("κ_∞ [ε/σ²]", 3),
    "shear_modulus": ("G [ε/σ³]", 3),
    "kappa_ratio": ("κ/κ(hot)", 3),
    "shear_modulus_ratio": ("G/G(hot)", 3),
    "kappa_over_shear_ratio": ("κ/G over that of the hot", 3),
    "tau_over_t0": ("τ(t_w)/t0", 3),
    "tau_over_t0_by_kappa": ("by Eq. 3 from κ", 3),
    "tau_over_t0_by_kappa_larger": ("by Eq. 3 from κ_∞", 3),
}


def packing_rows(table: pd.DataFrame) -> Iterator[list[str]]:
    """Harmonic spheres, from dense to loose."""
    titles = (title for title, _ in OF_A_PACKING.values())
    yield ["φ", "packings", "rattlers [%]", *titles]
    for row in table.to_dict("records"):
        cells = [number_cell(row, name, n, "–").text for name, (_, n) in OF_A_PACKING.items()]
        rattlers = f"{100.0 * row['rattlers']:.2g}"
        yield [f"{row['fraction']:g}", str(row["n_jammed"]), rattlers, *cells]


def exponent_rows(table: pd.DataFrame) -> Iterator[list[str]]:
    """Powers of the pressure."""
    yield ["", "power of p", "packings"]
    for row in table.to_dict("records"):
        found = number_cell(row, "exponent", 2, "–").text
        yield [NAMES[row["quantity"]], found, str(row["n_packings"])]


def ageing_rows(table: pd.DataFrame) -> Iterator[list[str]]:
    """A liquid that ages, by waiting time."""
    titles = (title for title, _ in OF_A_WAIT.values())
    yield ["t_w/t0", "samples", *titles]
    for row in table.to_dict("records"):
        cells = [
            number_cell(row, name, n, "longer" if name == "tau_over_t0" else "–").text
            for name, (_, n) in OF_A_WAIT.items()
        ]
        yield [f"{row['waited_over_t0']:g}", str(row["n_samples"]), *cells]


def page_tables(kept: Path) -> dict[str, list[list[str]]]:
    """The tables of the page, from those beside it."""
    return {
        "packings": list(packing_rows(read_table(kept / "unjamming.csv"))),
        "exponents": list(exponent_rows(read_table(kept / "unjamming-exponents.csv"))),
        "ageing": list(ageing_rows(read_table(kept / "ageing.csv"))),
    }


def main() -> None:
    """Write the tables into the page."""
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    ).parse_args()
    for name, rows in page_tables(TABLES).items():
        put(PAGE, name, rows)


if __name__ == "__main__":
    main()
