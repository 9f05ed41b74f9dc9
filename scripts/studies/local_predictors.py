"""Does κ_i order mobility better than other local fields? What docs/propensity.md tells of it, for any campaign.

    python scripts/studies/local_predictors.py measure CAMPAIGN [CAMPAIGN …]    # docs/propensity/local-predictors.csv
    python scripts/studies/local_predictors.py figure                           # docs/images/local-predictors.png

CAMPAIGN is the folder of a campaign with [isoconfigurational]. Of each of its state points that has propensities the
inherent structures are analysed anew for all local stiffnesses; rows of other models and temperatures stay in the table.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from rows_kept import beside_others

import lmpmeso
from lmpmeso.campaign.folder import stored_campaign
from lmpmeso.campaign.measurements.propensity import local_fields
from lmpmeso.campaign.state_point import StatePoint
from lmpmeso.campaign.study import state_points
from lmpmeso.elasticity import local_stiffness
from lmpmeso.figures.style import interval_ends, panel_name, panels_by_label, save_figure, styled
from lmpmeso.files.tables import read_table, write_table
from lmpmeso.propensity import LocalField, local_structure, predictor_comparison
from lmpmeso.propensity.stiffness_comparison import PAPERS

DOCS = Path(__file__).resolve().parents[2] / "docs"
TABLE = DOCS / "propensity" / "local-predictors.csv"
PICTURE = DOCS / "images" / "local-predictors.png"


def with_all_stiffnesses(field: LocalField, model: lmpmeso.GlassModel) -> LocalField:
    """The same with every definition of local stiffness."""
    stiffness = local_stiffness(lmpmeso.analyse(field.structure, model, device="cpu", threads=1))
    return replace(field, kappa_n=stiffness.pop(PAPERS), others=stiffness)


def compared(root: Path, point: StatePoint) -> pd.DataFrame:
    """The comparison of a state point; empty where it has no propensities."""
    if "propensity" not in point.measurements:
        return pd.DataFrame()
    model = point.liquid.glass_model
    paths = [root / target for r in point.replicas for target in point.targets("propensity", r)]
    fields = [
        with_all_stiffnesses(field, model)
        for field in local_fields([path for path in paths if path.is_file()], model)
    ]
    if not fields:
        return pd.DataFrame()
    table = predictor_comparison(
        fields, [local_structure(f.structure, model) for f in fields], model
    )
    for place, (key, value) in enumerate(point.keys.items()):
        table.insert(place, key, value)
    return table.assign(reliability=float(np.mean([f.reliability for f in fields])))


def tables_of(roots: list[Path]) -> Iterator[pd.DataFrame]:
    """The comparisons of all state points of all campaigns."""
    for root in roots:
        for point in state_points(stored_campaign(root)):
            yield compared(root, point)


def measure(roots: list[Path]) -> None:
    """Put the rows of these campaigns into the table."""
    found = beside_others(TABLE, pd.concat(tables_of(roots), ignore_index=True))
    TABLE.parent.mkdir(parents=True, exist_ok=True)
    write_table(TABLE, found, {"temperature": "energy"})


@styled
def figure(table: pd.DataFrame):  # type: ignore[no-untyped-def]
    """C_s of each predictor, a panel a state point (of one size)."""
    titles = table["model"] + table["temperature"].map(", T = {:g}".format)
    image, axes, labels = panels_by_label(table.assign(label=titles), 2, width=3.2, height=2.9)
    for ax, label in zip(axes, labels, strict=True):
        own = table[titles == label]
        place = np.arange(len(own))[::-1]
        ends = interval_ends(own, "spearman")
        ax.errorbar(own["spearman"], place, xerr=ends, fmt="o", markersize=3.5)
        ax.axvline(own["spearman"].iloc[0], color="grey", linewidth=0.7, linestyle="--")
        ax.axvline(0.0, color="grey", linewidth=0.5)
        ax.set_yticks(place, ["κ_i, arithmetic", *own["predictor"].iloc[1:]], fontsize=7)
        ax.set(xlabel="$C_s$ in unseen configurations")
        panel_name(ax, label)
    return image


def main() -> None:
    """Read the arguments."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("part", choices=("measure", "figure"))
    parser.add_argument("campaign", nargs="*", type=Path)
    given = parser.parse_args()
    if given.part == "measure":
        measure(given.campaign)
    else:
        save_figure(figure(read_table(TABLE)), PICTURE)


if __name__ == "__main__":
    main()
