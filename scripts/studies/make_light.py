"""Run the presets of first or second light, and write the tables and pictures of its page from them.

    python scripts/studies/make_light.py second FOLDER              # campaigns, tables, pictures: hours to days of two cores
    python scripts/studies/make_light.py second FOLDER --only-draw  # of what is in FOLDER already, finished or not

FOLDER keeps a campaign a liquid; the same command goes on where it was killed. The page and its pictures are made from
the tables beside the page alone: those of a liquid that is not in FOLDER stay what they are, and with an empty
FOLDER all is made from the repository alone. A picture for which tables are missing stays what it is (first light), or shows the
liquids that have them (second light).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from folder_arguments import folder_parser
from light_tables import FIRST, IN_SPACE, LIQUIDS, SECOND, STICKY, Study, page_tables
from page_table import put
from small_picture import small_picture

from lmpmeso.campaign.tables import column_units
from lmpmeso.campaign.tables.predictors import Resampling, predictor_fits
from lmpmeso.cli import main as lmpmeso
from lmpmeso.engine.stage import seed_of
from lmpmeso.figures import catalogue
from lmpmeso.figures.results import read_results
from lmpmeso.files.tables import read_table, write_table
from lmpmeso.models import get_model
from lmpmeso.study.campaign_file import read_preset

DOCS = Path(__file__).resolve().parents[2] / "docs"
SIMPLE, GRANULAR = ("ipl", "mblj"), ("ss", "sw")
FOUR_MODELS = (*SIMPLE, *GRANULAR)


@dataclass(frozen=True)
class Light:
    """A page: its presets, its pictures (name, figure of the catalogue, liquids), its tables."""

    name: str
    preset: str
    liquids: tuple[str, ...]
    pictures: tuple[tuple[str, str, tuple[str, ...]], ...]
    page_tables: tuple[str, ...]
    some_liquids_will_do: bool

    @property
    def page(self) -> Path:
        """The page."""
        return DOCS / self.name / "README.md"

    @property
    def kept(self) -> Path:
        """The folder of its tables."""
        return DOCS / self.name / "tables"

    def study(self) -> Study:
        """What is kept of it."""
        return Study(self.kept)


LIGHTS = {
    "first": Light(
        name="first-light",
        preset="{}-laptop",
        liquids=LIQUIDS,
        pictures=(
            ("annealing", "annealing", ("ipl",)),
            ("mesoelastic-simple", "mesoelastic", SIMPLE),
            ("mesoelastic-granular", "mesoelastic", GRANULAR),
            ("granularity", "granularity", FOUR_MODELS),
            ("granularity-densities", "granularity", STICKY),
            ("sampling-interval", "sampling-interval", IN_SPACE),
            ("local-correlations", "local-correlations", STICKY),
            ("rank-maps", "rank-maps", STICKY),
            ("reduced-dynamics-simple", "reduced-dynamics", SIMPLE),
            ("reduced-dynamics-granular", "reduced-dynamics", GRANULAR),
            ("pair-structure", "pair-structure", FOUR_MODELS),
            ("predictors", "predictors", IN_SPACE),
            ("soft-mode", "soft-mode", ("ipl2d",)),
            ("mobility-and-kappa", "mobility-and-kappa", ("ipl2d",)),
        ),
        page_tables=FIRST,
        some_liquids_will_do=False,
    ),
    "second": Light(
        name="second-light",
        preset="{}-cold",
        liquids=IN_SPACE,
        pictures=(
            ("mesoelastic-simple", "mesoelastic", SIMPLE),
            ("mesoelastic-granular", "mesoelastic", GRANULAR),
            ("mesoelastic-densities", "mesoelastic", STICKY),
            ("granularity", "granularity", FOUR_MODELS),
            ("granularity-densities", "granularity", STICKY),
            ("local-correlations", "local-correlations", STICKY),
            ("predictors", "predictors", IN_SPACE),
        ),
        page_tables=SECOND,
        some_liquids_will_do=True,
    ),
}
NEEDS = {entry.name: entry.needs for entry in catalogue.FIGURES}
RESULTS = (
    "state_points",
    "glasses",
    "fits",
    "predictors",
    "predictor_fits",
    "structure",
    "landscape",
    "landscape_intervals",
    "local_correlations",
    "local_stiffness",
    "kappa_quantiles",
)
"""Tables that are kept besides those that the pictures need."""
DIGITS, DIGITS_OF_CURVES = 7, 5
LARGEST = 500_000
"""Bytes of the largest picture: fewer colours would change those of the models."""


def run_campaigns(light: Light, folder: Path) -> None:
    """One after the other, each over all cores."""
    for name in light.liquids:
        preset = light.preset.format(name)
        if lmpmeso(["run", "--preset", preset, "-o", str(folder / name)]):
            raise SystemExit(f"the campaign {name} is not complete: see above")


def draw(light: Light, drawn: Path) -> None:
    """All pictures of which every liquid, or where some will do any, has its tables."""
    study = light.study()
    for picture, figure, liquids in light.pictures:
        lacking = {
            liquid: f"{liquid}/{needed.replace('_', '-')}.csv"
            for liquid in liquids
            for needed in NEEDS[figure]
            if study.tables.get(liquid, {}).get(needed, pd.DataFrame()).empty
        }
        shown = [liquid for liquid in liquids if liquid not in lacking]
        if not shown or (lacking and not light.some_liquids_will_do):
            print(f"{picture}: stays as it is, for want of {', '.join(lacking.values())}")
            continue
        sources = [str(study.folders[liquid]) for liquid in shown]
        target = ["-o", str(drawn / picture), "--format", "png"]
        if lmpmeso(["figures", *sources, *target, "--only", figure]):
            raise SystemExit(f"no picture {picture}: see above")
        small_picture(
            drawn / picture / f"{figure}.png", light.page.parent / f"{picture}.png", LARGEST
        )


def keep_tables(light: Light, name: str, campaign: Path) -> None:
    """The tables of a campaign that the page and its pictures need."""
    if lmpmeso(["report", str(campaign)]):
        print(f"{name}: not what its file asks for; see above")
    pictured = {needed for _, figure, _ in light.pictures for needed in NEEDS[figure]}
    target = light.kept / name
    target.mkdir(parents=True, exist_ok=True)
    for kept, table in read_results([campaign]).tables.items():
        if kept in pictured.union(RESULTS):
            digits = DIGITS if kept in RESULTS else DIGITS_OF_CURVES
            rows = rounded(table.drop(columns=["source", "label"]), digits)
            file = kept.replace("_", "-")
            write_table(target / f"{file}.csv", rows, column_units(file))


def compare_predictors(light: Light, name: str) -> None:
    """Compare the stiffnesses of a liquid anew, as its preset does, from the tables that are kept."""
    target = light.kept / name
    if not (target / "predictors.csv").exists():
        return
    values, glasses = (read_table(target / f"{table}.csv") for table in ("predictors", "glasses"))
    campaign = read_preset(light.preset.format(name)).campaign
    how = campaign.statistics
    seed = seed_of(campaign.seed, name, "predictors")
    resampling = Resampling(how.level, seed, how.resamples, glasses)
    rows = predictor_fits(values, get_model(name), how.fit_from, resampling)
    table = pd.DataFrame(rows)
    for key in ("n_particles", "model"):
        table.insert(0, key, values[key].iloc[0])
    units = column_units("predictor-fits")
    write_table(target / "predictor-fits.csv", rounded(table, DIGITS), units)


def rounded(table: pd.DataFrame, digits: int) -> pd.DataFrame:
    """The same with so many significant digits."""
    return table.apply(
        lambda column: (
            column.map(lambda v: float(f"{v:.{digits}g}"))
            if pd.api.types.is_float_dtype(column)
            else column
        )
    )


def main() -> None:
    """Run, draw, and write."""
    parser = folder_parser(__doc__)
    parser.add_argument("light", choices=LIGHTS)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    light, folder = LIGHTS[arguments.light], arguments.folder
    folder.mkdir(parents=True, exist_ok=True)
    if not arguments.only_draw:
        run_campaigns(light, folder)
    for name in light.liquids:
        if (folder / name).is_dir():
            keep_tables(light, name, folder / name)
        compare_predictors(light, name)
    for name, rows in page_tables(light.study(), light.page_tables).items():
        put(light.page, name, rows)
        frame = pd.DataFrame(rows[1:], columns=rows[0])
        write_table(light.kept / f"{name.replace(' ', '-')}.csv", frame)
    draw(light, folder / "drawn")


if __name__ == "__main__":
    main()
