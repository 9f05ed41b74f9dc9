"""The tables of a campaign: what its state points came to, side by side, and the fits through them.

They are made of whatever is finished, for the campaign file as it is now, and replaced as a whole:
results of other parameters stay in their folders but not in the tables.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lmpmeso.campaign.curves import curve_tables, finished_reductions
from lmpmeso.campaign.folder import TABLES_FOLDER
from lmpmeso.campaign.glass_steps import GLASS_UNITS
from lmpmeso.campaign.liquid_steps import VERDICT_FILE
from lmpmeso.campaign.predictors import predictor_fits, predictor_values
from lmpmeso.campaign.settings import Campaign, Liquid, Statistics
from lmpmeso.campaign.statuses import DONE, OTHERS, REFUSED, WAITING
from lmpmeso.campaign.study import StatePoint, state_points
from lmpmeso.campaign.summary_steps import (
    CURVES_FILE,
    DISTRIBUTION_FILE,
    GLASSES_FILE,
    QUANTILES_FILE,
    SUMMARY_FILE,
    error_of_interval,
)
from lmpmeso.engine.records import (
    FORMAT,
    Record,
    read_record,
    read_table,
    write_table,
)
from lmpmeso.engine.stage import seed_of
from lmpmeso.errors import ConvergenceError, StatisticsError
from lmpmeso.files.atomic import replacing
from lmpmeso.files.plain_json import read_json, write_json
from lmpmeso.models import GlassModel, get_model
from lmpmeso.statistics import (
    Estimate,
    MesoelasticFit,
    StokesEinsteinFit,
    bootstrap_ratio,
    fit_mesoelastic,
    fit_stokes_einstein,
)

INDEX_FILE = "tables.json"
"""Says which campaign the tables are of; written last."""
FURTHER = ("landscape", "local correlations", "modes", "structure")
"""What a campaign may reduce besides its summaries."""
UNWEIGHTED = "unweighted, because the error of a point is not known or not bounded"
"""Caveat of a fit that takes no errors."""

UNITS = {
    **GLASS_UNITS,
    "lowest_temperature": "energy",
    "highest_temperature": "energy",
    "a0": "length",
    "t0": "time",
    "inherent_energy": "energy",
    "potential_energy": "energy",
    "inherent_pressure": "energy/length^d",
    "kappa": "energy/length^2",
    "tail_limit": "energy/length^2",
    "tau_alpha": "time",
    "run_time": "time",
    "diffusion": "length^2/time",
    "q": "1/length",
    "q_max": "1/length",
    "t": "time",
    "kappa_low_edge": "energy/length^2",
    "kappa_high_edge": "energy/length^2",
    "interval": "time",
    "threshold": "length",
    "msd": "length^2",
    "cage_displacement": "length^2",
    "cage_time": "time",
    "displacement_time": "time",
    "instantaneous_shear_modulus": "energy/length^d",
    "energy": "energy",
    "mobility": "length",
    "r": "length",
    "P": "1/length",
    "stiffness": "energy/length^2",
    "diameter": "length",
    "box_x": "length",
    "box_y": "length",
    "x": "length",
    "y": "length",
    "z": "length",
}


DENSITY_UNITS = {"kappa-distribution": "length^2/energy"}
"""Units of ``density`` by file; those of κ/⟨κ⟩ and of ranks are numbers."""


def column_units(file: str) -> dict[str, str]:
    """Units of the columns of a table by the name of its file without suffix, for :func:`write_table`."""
    return UNITS | ({"density": DENSITY_UNITS[file]} if file in DENSITY_UNITS else {})


@dataclass(frozen=True, eq=False)
class CampaignTables:
    """The tables of a campaign; each is a CSV file of that name, with ``-`` for ``_``.

    Attributes:
        state_points: a row a state point, finished or not: ``status`` and ``reason``; τ_α, D, energies,
            pressure, κ, G, K with intervals; numbers of glasses, pairs, failures; ``excluded``.
        glasses: a row a glass.
        scattering: F_s of each replica with its interval.
        kappa_distribution: a row a bin of κ_ij.
        kappa_quantiles: a row a share of the pairs and the κ below which it lies.
        fits: a row a fit and a quantity of it, with the range of its points.
        landscape: a row a state point: Γ in the paper's units, and whether it has converged.
        local_correlations: a row a state point: C_s, averaged over species and of each.
        modes: a row a soft mode.
        structure: a row a state point: G∞ and ⟨u²⟩ with intervals.
        predictors: a row a state point and predictor of its relaxation (κ, G, G∞, cage), all in the
            unit of κ.
        predictor_fits: a row a predictor: Eq. 3 with it in the place of κ.
        curves: tables of curves by name: MSD, averages over species, displacements, g(r), energies of
            inherent structures, Γ by sampling interval, κ of mobile and immobile particles.
    """

    state_points: pd.DataFrame
    glasses: pd.DataFrame
    scattering: pd.DataFrame
    kappa_distribution: pd.DataFrame
    kappa_quantiles: pd.DataFrame
    fits: pd.DataFrame
    landscape: pd.DataFrame
    local_correlations: pd.DataFrame
    modes: pd.DataFrame
    structure: pd.DataFrame
    predictors: pd.DataFrame
    predictor_fits: pd.DataFrame
    curves: Mapping[str, pd.DataFrame] = field(default_factory=dict)

    def by_name(self) -> dict[str, pd.DataFrame]:
        """All tables."""
        return {name: t for name, t in vars(self).items() if name != "curves"} | dict(self.curves)

    def items(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """Name of the file, without its suffix, and table."""
        for name, table in self.by_name().items():
            yield name.replace("_", "-"), table


def campaign_tables(root: str | os.PathLike[str], campaign: Campaign) -> CampaignTables:
    """Collect what is finished, and fit.

    Args:
        root: folder of the campaign.
        campaign: the campaign.

    Raises:
        CampaignError: a file is damaged, of a newer format, or of another program.
    """
    folder = Path(root)
    rows: list[dict[str, Any]] = []
    parts: dict[str, list[pd.DataFrame]] = {
        name: [] for name in (GLASSES_FILE, CURVES_FILE, DISTRIBUTION_FILE, QUANTILES_FILE)
    }
    further: dict[str, list[pd.DataFrame]] = {name: [] for name in FURTHER}
    for liquid in campaign.liquids:
        glasses: list[tuple[dict[str, Any], pd.DataFrame]] = []
        for point in state_points(campaign):
            if point.liquid is not liquid:
                continue
            row, record = _state_point(folder, point)
            if record is not None:
                names = {"model": liquid.model, "n_particles": liquid.n_particles}
                found = {name: record.table(name).assign(**names) for name in parts}
                for name, table in found.items():
                    parts[name].append(table)
                glasses.append((row, found[GLASSES_FILE]))
            rows.append(row)
            for name, tables in further.items():
                tables += _reduced(folder, point, name)
        if glasses:
            liquids = [mine for row, mine in glasses if not row["excluded"]]
            hottest = (liquids or [mine for _, mine in glasses])[0]
            for row, mine in glasses:
                row |= _ratios(mine, hottest, campaign)
    table = pd.DataFrame(rows)
    joined = {
        name: pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
        for name, tables in (parts | further).items()
    }
    predictors = [
        values
        for liquid in campaign.liquids
        if len(values := _predictors(table, joined["structure"], liquid))
    ]
    return CampaignTables(
        state_points=table,
        glasses=joined[GLASSES_FILE],
        scattering=joined[CURVES_FILE],
        kappa_distribution=joined[DISTRIBUTION_FILE],
        kappa_quantiles=joined[QUANTILES_FILE],
        fits=pd.DataFrame(
            row for liquid in campaign.liquids for row in _fits(table, liquid, campaign)
        ),
        landscape=joined["landscape"],
        local_correlations=joined["local correlations"],
        modes=joined["modes"],
        structure=joined["structure"],
        predictors=pd.concat(predictors, ignore_index=True) if predictors else pd.DataFrame(),
        predictor_fits=pd.DataFrame(
            {"model": values["model"].iloc[0], "n_particles": values["n_particles"].iloc[0], **row}
            for values in predictors
            for row in predictor_fits(
                values,
                get_model(values["model"].iloc[0]),
                campaign.statistics.fit_from,
                campaign.statistics.level,
            )
        ),
        curves=curve_tables(folder, campaign),
    )


def write_tables(
    root: str | os.PathLike[str], campaign: Campaign, tables: CampaignTables | None = None
) -> Path:
    """Write the tables of a campaign (None: as it is now) into ``tables/``, replacing those that are there.

    CSV with every digit and units in the names of the columns; the same as Parquet where pyarrow is
    installed. ``tables.json``, written last, holds the digest of the campaign that they are of.

    Returns:
        The folder.

    Raises:
        CampaignError: as :func:`campaign_tables`.
    """
    tables = tables or campaign_tables(root, campaign)
    folder = Path(root) / TABLES_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    (folder / INDEX_FILE).unlink(missing_ok=True)
    files = []
    for name, table in tables.items():
        files.append(f"{name}.csv")
        write_table(folder / f"{name}.csv", table, column_units(name))
        if importlib.util.find_spec("pyarrow") is not None:
            files.append(f"{name}.parquet")
            with replacing(folder / f"{name}.parquet") as temporary:
                table.to_parquet(temporary, engine="pyarrow", index=False)
    status = tables.state_points["status"].value_counts().to_dict()
    write_json(
        folder / INDEX_FILE,
        {
            "lmpmeso_campaign_format": FORMAT,
            "content": "tables",
            "campaign": campaign.name,
            "digest": campaign_digest(campaign),
            "seed": campaign.seed,
            "state_points": status,
            "files": files,
        },
    )
    return folder


def read_tables(root: str | os.PathLike[str]) -> dict[str, pd.DataFrame]:
    """The tables that :func:`write_tables` wrote, by name, columns without their units.

    Raises:
        CampaignError: there are none, or of a newer lmpmeso.
    """
    folder = Path(root) / TABLES_FOLDER
    index = read_record(folder / INDEX_FILE, "tables")
    names = [name for name in index["files"] if name.endswith(".csv")]
    return {
        name.removesuffix(".csv").replace("-", "_"): read_table(folder / name) for name in names
    }


def campaign_digest(campaign: Campaign) -> str:
    """Changes with everything that the tables depend on, and with nothing else."""
    identity = {
        "summaries": [point.summary.digest for point in state_points(campaign)],
        "statistics": asdict(campaign.statistics),
    }
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()


def _state_point(root: Path, point: StatePoint) -> tuple[dict[str, Any], Record | None]:
    """The row of a state point, and the record of its summary where it is finished."""
    path = root / point.summary.file(SUMMARY_FILE)
    base: dict[str, Any] = {
        "model": point.liquid.model,
        "n_particles": point.liquid.n_particles,
        "temperature": point.temperature,
    }
    if path.is_file():
        record = read_record(path, "summary")
        numbers = _numbers(record)
        reason = "; ".join(f"{name}: {words}" for name, words in record["verdicts"].items())
        return base | {"status": DONE, "reason": reason} | numbers, record
    refusals = [
        f"r{number}: {read_json(verdict)['reason']}"
        for number, stages in enumerate(point.replicas)
        if (verdict := root / stages.equilibration.file(VERDICT_FILE)).is_file()
    ]
    if refusals:
        return base | {"status": REFUSED, "reason": "; ".join(refusals), "excluded": ""}, None
    stage = path.parent.name.rpartition("-")[0]
    others = path.parent.parent.glob(f"{stage}-*/{SUMMARY_FILE}")
    return base | {"status": WAITING, "reason": OTHERS if any(others) else "", "excluded": ""}, None


def _numbers(record: Record) -> dict[str, Any]:
    """The summary of a record; what is not known is NaN."""
    return {k: math.nan if v is None else v for k, v in record["summary"].items()}


def _reduced(root: Path, point: StatePoint, name: str) -> list[pd.DataFrame]:
    """What else is finished of a state point."""
    about = {
        "model": point.liquid.model,
        "n_particles": point.liquid.n_particles,
        "temperature": point.temperature,
    }
    return [
        (
            record.table(f"{record.path.stem}.csv")
            if name == "modes"
            else pd.DataFrame([_numbers(record)])
        ).assign(**about)
        for record in finished_reductions(root, point, name)
    ]


def _ratios(glasses: pd.DataFrame, hottest: pd.DataFrame, campaign: Campaign) -> dict[str, float]:
    """Means relative to those at the hottest finished state point in equilibrium, which are 1 there."""
    ratios: dict[str, float] = {}
    for name, column in (("kappa", "kappa_mean"), ("shear_modulus", "shear_modulus")):
        if glasses is hottest:
            ratios |= {f"{name}_ratio{end}": 1.0 for end in ("", "_low", "_high")}
        else:
            numerator, denominator = glasses[column], hottest[column]
            try:
                estimate = bootstrap_ratio(
                    numerator,
                    denominator,
                    campaign.statistics.level,
                    seed_of(campaign.seed, "ratio", name),
                    resamples=campaign.statistics.resamples,
                )
            except StatisticsError:
                # Small glasses may have a negative G; then the ratio has no bounded interval.
                value = float(numerator.mean() / denominator.mean())
                ratios |= {
                    f"{name}_ratio": value,
                    f"{name}_ratio_low": math.nan,
                    f"{name}_ratio_high": math.nan,
                }
            else:
                ratios |= estimate.columns(f"{name}_ratio")
    return ratios


def _predictors(table: pd.DataFrame, structure: pd.DataFrame, liquid: Liquid) -> pd.DataFrame:
    """What might order the relaxation of a liquid, at each finished state point."""
    mine = table[(table["model"] == liquid.model) & (table["n_particles"] == liquid.n_particles)]
    done = mine[mine["status"] == DONE]
    if done.empty or structure.empty:
        return pd.DataFrame()
    return predictor_values(done, structure, liquid.glass_model)


def _fits(table: pd.DataFrame, liquid: Liquid, campaign: Campaign) -> Iterator[dict[str, Any]]:
    """The fits through the finished state points of a liquid that no verdict excludes."""
    mine = table[(table["model"] == liquid.model) & (table["n_particles"] == liquid.n_particles)]
    good = mine[mine["status"] == DONE]
    if len(good):
        good = good[(good["excluded"] == "") & np.isfinite(good["tau_alpha"])]
    names = {"model": liquid.model, "n_particles": liquid.n_particles}
    for name, fit in (("mesoelastic", _mesoelastic), ("stokes_einstein", _stokes_einstein)):
        about = names | {"fit": name, "tau_over_t0_from": campaign.statistics.fit_from}
        try:
            if len(good) == 0:
                raise StatisticsError("no state point is finished, in equilibrium, and has a τ_α")
            for row in fit(good, liquid.glass_model, campaign.statistics):
                yield about | row
        except (StatisticsError, ConvergenceError) as error:
            yield about | {"quantity": "none", "caveat": str(error)}


def _mesoelastic(
    points: pd.DataFrame, model: GlassModel, statistics: Statistics
) -> Iterator[dict[str, Any]]:
    """Eq. 3: t̃ [t0] and ℓ̃ [a0], and the line they come from."""
    kappa_error, tau_error = _fit_errors(points, "kappa", "tau_alpha", statistics)
    fit = fit_mesoelastic(
        model,
        points["temperature"],
        points["kappa"],
        points["tau_alpha"],
        kappa_error,
        tau_error,
        shortest_reduced_time=statistics.fit_from,
        level=statistics.level,
    )
    for name, estimate in (
        ("time", fit.time),
        ("length", fit.length),
        ("slope", fit.slope),
        ("intercept", fit.intercept),
    ):
        yield fit_row(name, estimate, points[fit.used], fit)


def _stokes_einstein(
    points: pd.DataFrame, model: GlassModel, statistics: Statistics
) -> Iterator[dict[str, Any]]:
    """ζ and c of D t0/a0² = c (τ_α/t0)^(-ζ)."""
    measured = points[np.isfinite(points["diffusion"])]
    if len(measured) == 0:
        raise StatisticsError("no state point has a diffusion coefficient: run longer")
    diffusion_error, tau_error = _fit_errors(measured, "diffusion", "tau_alpha", statistics)
    fit = fit_stokes_einstein(
        model,
        measured["temperature"],
        measured["diffusion"],
        measured["tau_alpha"],
        diffusion_error,
        tau_error,
        shortest_reduced_time=statistics.fit_from,
        level=statistics.level,
    )
    for name, estimate in (("exponent", fit.exponent), ("prefactor", fit.prefactor)):
        yield fit_row(name, estimate, measured[fit.used], fit)


def _fit_errors(
    points: pd.DataFrame, first: str, second: str, statistics: Statistics
) -> tuple[pd.Series, pd.Series] | tuple[None, None]:
    """Standard errors of two columns that their intervals stand for.

    The line takes errors for known: those of few glasses or blocks must be as much wider as Student's
    t is. None where one of a point that the fit takes is not known, for it takes all or none.
    """

    def errors(name: str) -> pd.Series:
        ends = (points[f"{name}{end}"] for end in ("", "_low", "_high"))
        level = statistics.level
        known = [error_of_interval(v, low, high, level) for v, low, high in zip(*ends, strict=True)]
        return pd.Series(known, index=points.index)

    taken = points["tau_alpha_over_t0"] >= statistics.fit_from
    one, other = errors(first), errors(second)
    if not np.isfinite([one[taken], other[taken]]).all():
        return None, None
    return one.fillna(0.0), other.fillna(0.0)


def fit_row(
    name: str, estimate: Estimate, points: pd.DataFrame, fit: MesoelasticFit | StokesEinsteinFit
) -> dict[str, Any]:
    """A fitted quantity as a row: the range of the points that it was fitted to, and how they scatter."""
    return {
        "quantity": name,
        **estimate.columns("value"),
        "n_points": len(points),
        "lowest_temperature": points["temperature"].min(),
        "highest_temperature": points["temperature"].max(),
        "rms_residual": fit.rms_residual,
        "reduced_chi_square": fit.line.reduced_chi_square,
        "p_value": fit.line.p_value,
        "caveat": estimate.caveat or (UNWEIGHTED if math.isnan(fit.line.p_value) else ""),
    }
