"""Run the laptop presets, and write the tables and pictures of docs/first-light from them.

    python scripts/studies/make_first_light.py FOLDER              # campaigns, tables, pictures: hours on two cores
    python scripts/studies/make_first_light.py FOLDER --only-draw  # of what is in FOLDER already, finished or not

FOLDER keeps a campaign a liquid; the same command goes on where it was killed. The page and its pictures are made from
the tables in docs/first-light/tables alone: those of a liquid that is not in FOLDER stay what they are, and with an empty
FOLDER all is made from the repository alone. A picture for which a liquid lacks a table stays what it is, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from folder_arguments import folder_arguments
from numpy.typing import ArrayLike
from small_picture import small_picture

from lmpmeso.campaign.measurements.summary import error_of_interval
from lmpmeso.campaign.tables import DONE, column_units
from lmpmeso.campaign.tables.predictors import ENDS, NULL, PREDICTORS, Resampling, predictor_fits
from lmpmeso.cli import main as lmpmeso
from lmpmeso.engine.stage import seed_of
from lmpmeso.errors import ConvergenceError, StatisticsError
from lmpmeso.figures import catalogue
from lmpmeso.figures.liquids import PAPER_FITS, TITLES, in_equilibrium, paper_line
from lmpmeso.figures.results import read_results
from lmpmeso.files.atomic import replacing
from lmpmeso.files.tables import read_table, write_table
from lmpmeso.models import get_model
from lmpmeso.report.cells import number_cell
from lmpmeso.report.results import results_text_rows
from lmpmeso.report.rivals import STIFFNESS_NAMES
from lmpmeso.statistics import fit_mesoelastic
from lmpmeso.statistics.left_out import FEWEST_POINTS_LEFT_OUT
from lmpmeso.study.campaign_file import read_preset

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "first-light"
TABLES = PAGE / "tables"
LIQUIDS = ("ipl", "mblj", "ss", "ss-0.70", "ss-0.95", "sw", "ipl2d")
SIMPLE, GRANULAR = ("ipl", "mblj"), ("ss", "sw")
FOUR_MODELS = (*SIMPLE, *GRANULAR)
STICKY = ("ss", "ss-0.70", "ss-0.95")
IN_SPACE = (*FOUR_MODELS, *STICKY[1:])
FIGURES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
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
)
"""Name of each picture, its figure in the catalogue, and the liquids in it."""
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
    "kappa_quantiles",
)
"""Tables that are kept besides those that the pictures need."""
DIGITS, DIGITS_OF_CURVES = 7, 5
LARGEST = 500_000
"""Bytes of the largest picture: fewer colours would change those of the models."""
STARTS = (10.0, 20.0, 40.0, 80.0)
"""τ_α/t0 from which on Eq. 3 is fitted, to see whether the window matters."""

PAPER_RATIOS = {
    "kappa_ratio": {"ipl": "almost 2 (T = 0.5)"},
    "shear_modulus_ratio": {"ipl": "1.26 (T = 0.5)"},
}
PAPER_CORRELATION = {"ss": "0.13", "ss-0.70": "0.18", "ss-0.95": "0.43"}
PAPER_EXPONENT = "0.74 to 0.79"
PAPER_DECADES = {"ipl": 6, "mblj": 6, "ss": 4, "sw": 4}
"""What the paper states or shows (arXiv:2103.11404, Figs. 3, 4, 7, 9): decades of τ_α/t0 above 10."""


class Study:
    """The tables that are kept, by liquid."""

    def __init__(self) -> None:
        self.folders = {name: TABLES / name for name in LIQUIDS if (TABLES / name).is_dir()}
        self.tables = {name: read_results([path]).tables for name, path in self.folders.items()}

    def points(self, name: str) -> pd.DataFrame:
        """The finished state points of a liquid in equilibrium, from hot to cold."""
        every = self.tables[name]["state_points"] if name in self.tables else pd.DataFrame()
        if every.empty:
            return every
        finished = every[every["status"] == DONE].reset_index(drop=True)
        return finished[in_equilibrium(finished)].reset_index(drop=True)

    def fit(self, name: str, fit: str, quantity: str) -> dict[str, float]:
        """A row of the table of fits; empty where there was no fit."""
        fits = self.tables[name]["fits"]
        found = fits[(fits["fit"] == fit) & (fits["quantity"] == quantity)]
        return dict(found.iloc[0]) if len(found) else {}


def run_campaigns(folder: Path) -> None:
    """One after the other, each over all cores."""
    for name in LIQUIDS:
        if lmpmeso(["run", "--preset", f"{name}-laptop", "-o", str(folder / name)]):
            raise SystemExit(f"the campaign {name} is not complete: see above")


def draw(study: Study, drawn: Path) -> None:
    """All pictures of which every liquid has its tables."""
    for picture, figure, liquids in FIGURES:
        lacking = [
            f"{liquid}/{needed.replace('_', '-')}.csv"
            for liquid in liquids
            for needed in NEEDS[figure]
            if study.tables.get(liquid, {}).get(needed, pd.DataFrame()).empty
        ]
        if lacking:
            print(f"{picture}: stays as it is, for want of {', '.join(lacking)}")
            continue
        sources = [str(study.folders[liquid]) for liquid in liquids]
        target = ["-o", str(drawn / picture), "--format", "png"]
        if lmpmeso(["figures", *sources, *target, "--only", figure]):
            raise SystemExit(f"no picture {picture}: see above")
        small_picture(drawn / picture / f"{figure}.png", PAGE / f"{picture}.png", LARGEST)


def keep_tables(name: str, campaign: Path) -> None:
    """The tables of a campaign that the page and its pictures need."""
    if lmpmeso(["report", str(campaign)]):
        raise SystemExit(f"no report of {campaign}")
    pictured = {needed for _, figure, _ in FIGURES for needed in NEEDS[figure]}
    target = TABLES / name
    target.mkdir(parents=True, exist_ok=True)
    for kept, table in read_results([campaign]).tables.items():
        if kept in pictured.union(RESULTS):
            digits = DIGITS if kept in RESULTS else DIGITS_OF_CURVES
            rows = rounded(table.drop(columns=["source", "label"]), digits)
            file = kept.replace("_", "-")
            write_table(target / f"{file}.csv", rows, column_units(file))


def compare_predictors(name: str) -> None:
    """Compare the stiffnesses of a liquid anew, as its preset does, from the tables that are kept."""
    values, glasses = (
        read_table(TABLES / name / f"{table}.csv") for table in ("predictors", "glasses")
    )
    campaign = read_preset(f"{name}-laptop").campaign
    how = campaign.statistics
    seed = seed_of(campaign.seed, name, "predictors")
    resampling = Resampling(how.level, seed, how.resamples, glasses)
    rows = predictor_fits(values, get_model(name), how.fit_from, resampling)
    table = pd.DataFrame(rows)
    for key in ("n_particles", "model"):
        table.insert(0, key, values[key].iloc[0])
    units = column_units("predictor-fits")
    write_table(TABLES / name / "predictor-fits.csv", rounded(table, DIGITS), units)


def rounded(table: pd.DataFrame, digits: int) -> pd.DataFrame:
    """The same with so many significant digits."""
    return table.apply(
        lambda column: (
            column.map(lambda v: float(f"{v:.{digits}g}"))
            if pd.api.types.is_float_dtype(column)
            else column
        )
    )


def words(row: dict[str, float], name: str, digits: int = 3) -> str:
    """A number with its interval."""
    return number_cell(row, name, digits, "–").text


def state_point_rows(study: Study) -> list[list[str]]:
    """What was measured at each state point."""
    together = pd.concat([t["state_points"] for t in study.tables.values()], ignore_index=True)
    return results_text_rows(together)


def comparison_rows(study: Study) -> Iterator[list[str]]:
    """Paper and ours, quantity by quantity."""
    yield ["quantity", "liquid", "the paper", "ours", "of"]
    for quantity, title, place in (("length", "ℓ̃", 1), ("time", "t̃", 0)):
        for name in IN_SPACE:
            if name in study.tables:
                row = study.fit(name, "mesoelastic", quantity)
                paper = f"{PAPER_FITS[name][place]:g}" if name in PAPER_FITS else "–"
                yield [title, TITLES[name], paper, words(row, "value", 2), fitted(row)]
    for column, title in (("kappa_ratio", "κ/κ(hot)"), ("shear_modulus_ratio", "G/G(hot)")):
        for name in IN_SPACE:
            if len(points := study.points(name)) > 1:
                cold, hot = dict(points.iloc[-1]), points.iloc[0]
                paper = PAPER_RATIOS[column].get(name, "–")
                where = f"T = {hot['temperature']:g} to {cold['temperature']:g}"
                yield [title, TITLES[name], paper, words(cold, column), where]
    for name in LIQUIDS:
        if len(points := study.points(name)):
            cold = dict(points.iloc[-1])
            model = get_model(name)
            published = model.species[model.largest_species].q_max
            where = f"T = {cold['temperature']:g}"
            yield ["q_max σ", TITLES[name], f"{published:g}", words(cold, "q_max"), where]
    for name in IN_SPACE:
        if name in study.tables:
            row = study.fit(name, "stokes_einstein", "exponent")
            yield ["ζ", TITLES[name], PAPER_EXPONENT, words(row, "value", 2), fitted(row)]
    for name in IN_SPACE:
        for row in study.tables.get(name, {}).get("landscape", pd.DataFrame()).to_dict("records"):
            where = f"T = {row['temperature']:g}, {row['n_transitions']:.0f} transitions"
            rate = words(row, "transition_rate_reduced", 2)
            yield ["Γ t_ballistic N0/N", TITLES[name], "–", rate, where]
    for name in STICKY:
        found = study.tables.get(name, {}).get("local_correlations", pd.DataFrame())
        for row in found.to_dict("records"):
            where = f"T = {row['temperature']:g}, {row['n_configurations']:.0f} configurations"
            yield ["C_s", TITLES[name], PAPER_CORRELATION[name], words(row, "spearman", 2), where]


def fitted(row: dict[str, float]) -> str:
    """The points of a fit."""
    if not row:
        return "no fit"
    cold, hot = row["lowest_temperature"], row["highest_temperature"]
    return f"{row['n_points']:.0f} points, T = {hot:g} to {cold:g}"


def window_rows(study: Study) -> Iterator[list[str]]:
    """Eq. 3 fitted from later and later on."""
    yield ["liquid", "τ_α/t0 from", "to", "points", "ℓ̃", "t̃", "rms in ln τ_α", "p(χ²)"]
    for name in IN_SPACE:
        points = study.points(name)
        if points.empty:
            continue
        points = points[np.isfinite(points["tau_alpha"])]
        level = float(points["level"].iloc[0])
        kappa_error, tau_error = (
            [
                error_of_interval(row[c], row[f"{c}_low"], row[f"{c}_high"], level)
                for row in points.to_dict("records")
            ]
            for c in ("kappa", "tau_alpha")
        )
        longest = points["tau_alpha_over_t0"].max()
        before = 0
        for start in STARTS:
            try:
                fit = fit_mesoelastic(
                    get_model(name),
                    points["temperature"],
                    points["kappa"],
                    points["tau_alpha"],
                    kappa_error,
                    tau_error,
                    start,
                    level,
                )
            except (StatisticsError, ConvergenceError):
                continue
            if fit.used.sum() == before:
                continue
            before = fit.used.sum()
            yield [
                TITLES[name],
                f"{start:g}",
                f"{longest:.3g}",
                str(int(fit.used.sum())),
                words(fit.length.columns("ell"), "ell", 2),
                words(fit.time.columns("t"), "t", 2),
                f"{fit.rms_residual:.2g}",
                f"{fit.line.p_value:.2g}",
            ]


def paper_line_rows(study: Study) -> Iterator[list[str]]:
    """How far our τ_α lie from the paper's line, and how much of its range its stated digits could tell apart."""
    yield [
        "liquid",
        "points",
        "κ a0²/T",
        "our τ_α over the line's [decades]",
        "lines that round to the paper's ℓ̃ and t̃ span [decades]",
        "the paper's range [decades]",
        "decades told apart",
    ]
    for name in PAPER_FITS:
        points = study.points(name)
        points = points[points["tau_alpha_over_t0"] >= STARTS[0]]
        x = points["kappa"] * get_model(name).a0 ** 2 / points["temperature"]
        middle, least, most = (np.log10(end) for end in paper_line(name, x))
        band = most - least
        told_apart = np.clip(PAPER_DECADES[name] - band, 0.0, None)
        yield [
            TITLES[name],
            str(len(points)),
            ends(x, "g", 3),
            ends(np.log10(points["tau_alpha_over_t0"]) - middle),
            ends(band),
            f"{PAPER_DECADES[name]:g}",
            ends(told_apart) if told_apart.max() > 0 else "none",
        ]


def ends(values: ArrayLike, form: str = "f", digits: int = 1) -> str:
    """The least and the largest of some numbers."""
    least, most = (f"{value:.{digits}{form}}" for value in (np.min(values), np.max(values)))
    return least if least == most else f"{least} to {most}"


def predictor_rows(study: Study) -> Iterator[list[str]]:
    """Within which factor each stiffness, and none, foretells a left-out τ_α, and how sure that is."""
    titles = {**STIFFNESS_NAMES, "cage": "cage"}
    short = ", ".join(titles[predictor] for predictor in PREDICTORS)
    yield [
        "liquid",
        "points",
        *(titles[predictor] for predictor in (NULL, *PREDICTORS)),
        f"P(better than 1/T) of {short}",
        "P(κ best)",
    ]
    for name in IN_SPACE:
        fits = study.tables.get(name, {}).get("predictor_fits", pd.DataFrame())
        if fits.empty or fits["n_points"].max() < FEWEST_POINTS_LEFT_OUT:
            continue
        rows = {row["predictor"]: row for row in fits.to_dict("records")}
        yield [
            TITLES[name],
            f"{rows[NULL]['n_points']:.0f}",
            *(words(factor_of(rows[predictor]), "factor") for predictor in (NULL, *PREDICTORS)),
            ", ".join(f"{rows[predictor][f'beats_{NULL}']:.3f}" for predictor in PREDICTORS),
            f"{rows['kappa']['best']:.3f}",
        ]


def factor_of(row: dict[str, float]) -> dict[str, float]:
    """A distance in ln τ_α with its interval as factors."""
    return {f"factor{end}": np.exp(row[f"rms_left_out{end}"]) for end in ENDS}


def page_tables(study: Study) -> dict[str, list[list[str]]]:
    """The tables of the page by the names of their places, each a header and rows of words."""
    tables = {
        "state points": state_point_rows(study),
        "comparison": [*comparison_rows(study)],
        "windows": [*window_rows(study)],
        "paper line": [*paper_line_rows(study)],
        "predictors": [*predictor_rows(study)],
    }
    return {name: [[plain(word) for word in row] for row in rows] for name, rows in tables.items()}


def put(page: Path, name: str, rows: Sequence[Sequence[str]]) -> None:
    """Put a table between its marks in the page."""
    header, *body = rows
    lines = [header, ["---"] * len(header), *body]
    table = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    text = page.read_text(encoding="utf-8")
    begin, end = f"<!-- {name} -->\n", f"\n<!-- end of {name} -->"
    new, count = re.subn(
        re.escape(begin) + ".*?" + re.escape(end), lambda _: begin + table + end, text, flags=re.S
    )
    if count != 1:
        raise SystemExit(f"{page} has no place for the table {name!r}")
    with replacing(page) as temporary:
        temporary.write_text(new, encoding="utf-8")


def plain(title: str) -> str:
    """A name of a liquid without TeX."""
    return title.replace(r"$\rho$", "ρ")


def main() -> None:
    """Run, draw, and write."""
    folder, only_draw = folder_arguments(__doc__)
    if not only_draw:
        run_campaigns(folder)
    for name in LIQUIDS:
        if (folder / name).is_dir():
            keep_tables(name, folder / name)
        compare_predictors(name)
    study = Study()
    for name, rows in page_tables(study).items():
        put(PAGE / "README.md", name, rows)
        frame = pd.DataFrame(rows[1:], columns=rows[0])
        write_table(TABLES / f"{name.replace(' ', '-')}.csv", frame)
    draw(study, folder / "drawn")


if __name__ == "__main__":
    main()
