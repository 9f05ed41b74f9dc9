"""The summary of a state point: means over its glasses and runs, with their intervals.

Array suffixes: g glass, b bin.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import scipy

from lmpmeso.campaign.measurement import Measurement, Table
from lmpmeso.campaign.measurements.dynamics import (
    DISPLACEMENT_FILE,
    SCATTERING_FILE,
    THERMODYNAMICS_FILE,
    exclusion,
    half_widths,
    replicas_of,
)
from lmpmeso.campaign.measurements.elasticity import GLASS_UNITS
from lmpmeso.campaign.measurements.equilibration import TAU_WITH_SWAPS
from lmpmeso.campaign.own_models import model_of_step
from lmpmeso.campaign.size_correction import size_corrected
from lmpmeso.campaign.state_point import StatePoint
from lmpmeso.campaign.stiffness_file import read_stiffness
from lmpmeso.configurations import box_of_runs
from lmpmeso.dynamics import diffusion_coefficient, relaxation_time
from lmpmeso.elasticity.system_size import SIZE_CORRECTED
from lmpmeso.engine.records import Record, read_record, write_record
from lmpmeso.engine.stage import seed_of
from lmpmeso.engine.step import Step, Workplace
from lmpmeso.errors import StatisticsError
from lmpmeso.files.tables import write_table
from lmpmeso.files.toml_rules import integer, real, setting
from lmpmeso.models import GlassModel
from lmpmeso.statistics import bootstrap_mean, mean_over_time, stiffness_distribution

SUMMARY_FILE = "summary.json"
GLASSES_FILE = "glasses.csv"
CURVES_FILE = "scattering.csv"
DISTRIBUTION_FILE = "kappa-distribution.csv"
QUANTILES_FILE = "kappa-quantiles.csv"

CURVE_UNITS = {"temperature": "energy", "t": "time"}
DISTRIBUTION_UNITS = {
    "temperature": "energy",
    "kappa_low_edge": "energy/length^2",
    "kappa_high_edge": "energy/length^2",
    "density": "length^2/energy",
}
AVERAGED = {
    "inherent_energy": "energy_per_particle",
    "kappa": "kappa_mean",
    "shear_modulus": "shear_modulus",
    "shear_modulus_born": "shear_modulus_born",
    "shear_modulus_nonaffine": "shear_modulus_nonaffine",
    "bulk_modulus": "bulk_modulus",
    "inherent_pressure": "pressure",
}
"""Entry of the summary: column of the table of glasses that it is the mean of."""
RAN_WITH_SWAPS = "not measured: the liquid ran with swaps of particles"
"""Begins the caveat of a τ_α that nobody can know."""
PLAIN = ("tau_alpha", "tau_alpha_over_t0", "diffusion", "diffusion_reduced")
"""Entries that are of plain dynamics."""
REMEMBERED = ("inherent_energy", "inherent_pressure")
"""Those that glasses one τ_α apart share in part, unlike κ and the moduli (docs/statistics.md)."""


@dataclass(frozen=True)
class Statistics(Measurement):
    """How means become intervals, and which state points a fit takes."""

    name = "summary"
    reduction_version = 5
    reduces = ("dynamics", "elasticity")
    section = "statistics"
    tables = (
        Table("glasses", GLASSES_FILE, GLASS_UNITS, with_excluded=True),
        Table("scattering", CURVES_FILE, with_excluded=True),
        Table(
            "kappa_distribution",
            DISTRIBUTION_FILE,
            {"density": DISTRIBUTION_UNITS["density"]},
            with_excluded=True,
        ),
        Table("kappa_quantiles", QUANTILES_FILE, with_excluded=True),
    )
    units: ClassVar[Mapping[str, str]] = {
        "a0": "length",
        "t0": "time",
        "inherent_energy": "energy",
        "potential_energy": "energy",
        "inherent_pressure": "energy/length^d",
        **dict.fromkeys(("kappa", *SIZE_CORRECTED.values()), "energy/length^2"),
        "kappa_stable": "energy/length^2",
        "shear_modulus_stable": "energy/length^d",
        "tail_limit": "energy/length^2",
        "tau_alpha": "time",
        "run_time": "time",
        "diffusion": "length^2/time",
        "q": "1/length",
        "q_max": "1/length",
        "t": "time",
        "kappa_low_edge": "energy/length^2",
        "kappa_high_edge": "energy/length^2",
    }

    level: float = setting(real(above=0, below=1), "confidence level of all intervals", 0.9)
    resamples: int = setting(integer(100), "of the bootstrap", 9999)
    fit_from: float = setting(
        real(above=0), "fits take the state points with τ_α/t0 from here on", 10.0
    )

    def reduction_parameters(self, point: StatePoint) -> dict[str, Any]:
        """Depends on the dynamics and the elasticity of all replicas."""
        liquid, campaign = point.liquid, point.campaign
        # κ without the size of the system once took the box of a data file for a cube.
        box = {} if liquid.glass_model.topology is None else {"box": "of the data file"}
        return box | {
            "glasses": [point.n_glasses(replica) for replica in point.replicas],
            "level": self.level,
            "resamples": self.resamples,
            "threshold": campaign.dynamics.threshold,
            "seed": seed_of(campaign.seed, liquid.model, point.temperature, "statistics"),
        }

    def reducing_step(self, point: StatePoint) -> Step:
        """One for all replicas."""
        keys = ("level", "resamples", "threshold", "seed")
        return self.reduced_by(
            point,
            SUMMARY_FILE,
            summarise_replicas,
            *keys,
            n_particles=point.liquid.n_particles,
            temperature=point.temperature,
        )


@dataclass(frozen=True)
class Replica:
    """What was measured of one liquid: the records of its production run and of its shards."""

    number: int
    dynamics: Record
    elasticity: tuple[Record, ...]

    @property
    def excluded(self) -> str | None:
        """Why it is left out, or None."""
        return exclusion(self.dynamics)

    @property
    def swapped(self) -> bool:
        """Whether it ran with swaps, so that its F_s and MSD are of places."""
        return bool(self.dynamics.content.get("swapped"))

    def glasses(self) -> pd.DataFrame:
        """A row a glass."""
        tables = [r.table(f"{r.path.stem}.csv") for r in self.elasticity]
        every = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
        return every.assign(replica=self.number)

    def bonds_by_glass(self) -> list[pd.DataFrame]:
        """κ_ij of each glass."""
        return [
            bonds
            for record in self.elasticity
            for bonds in read_stiffness(record.data(f"{record.path.stem}.npz")).values()
        ]

    @property
    def n_failed(self) -> int:
        """Glasses that were left out because a quench or an analysis failed."""
        missing = 0
        for record in self.elasticity:
            first, last = map(int, record.path.stem.split("-"))
            missing += last - first + 1 - len(record["glasses"])
        return missing


def summarise_replicas(
    work: Workplace,
    *,
    model: str,
    n_particles: int,
    temperature: float,
    level: float,
    resamples: int,
    threshold: float,
    seed: int,
) -> None:
    """Reduce the replicas of a state point.

    Glasses are resampled, never pairs or particles. A replica that was no equilibrium liquid is left
    out; if none is left the numbers are those of all, and ``excluded`` says why no fit takes them.
    """
    glass_model = model_of_step(work, model)
    every = [
        Replica(
            number,
            dynamics,
            tuple(read_record(path, "elasticity") for path in work.needs[f"elasticity r{number}"]),
        )
        for number, dynamics in replicas_of(work.needs)
    ]
    kept = [replica for replica in every if replica.excluded is None]
    excluded = "" if kept else "; ".join(f"r{r.number}: {r.excluded}" for r in every)
    used = kept or every
    glasses = pd.concat([replica.glasses() for replica in used], ignore_index=True)
    statistics: dict[str, Any] = {"level": level, "seed": seed, "resamples": resamples}
    summary: dict[str, Any] = {
        "model": model,
        "n_particles": n_particles,
        "temperature": temperature,
        "a0": glass_model.a0,
        "t0": glass_model.t0(temperature),
        "n_replicas": len(used),
        "n_replicas_excluded": len(every) - len(kept) if kept else 0,
        "n_glasses": len(glasses),
        "n_glasses_failed": sum(replica.n_failed for replica in used),
        "n_pairs": int(glasses["n_pairs"].sum()),
        "max_force": float(glasses["max_force"].max()),
        "excluded": excluded,
        "level": level,
    }
    for name, column in AVERAGED.items():
        if name in REMEMBERED:
            by_run = [own[column] for _, own in glasses.groupby("replica")]
            summary |= mean_over_time(by_run, **statistics).columns(name)
            continue
        estimate = bootstrap_mean(glasses[column], **statistics)
        summary |= estimate.columns(name)
        summary[f"{name}_error"] = float(np.asarray(glasses[column].sem()))
        if name == "kappa":
            summary |= {"interval_method": estimate.method, "interval_caveat": estimate.caveat}
    bonds = [own for replica in used for own in replica.bonds_by_glass()]
    summary |= size_corrected(
        bonds, glasses, n_particles, box_of_runs(glass_model, n_particles), **statistics
    )
    blocks = [replica.dynamics.table(THERMODYNAMICS_FILE) for replica in used]
    for name in ("potential_energy", "pressure"):
        summary |= mean_over_time([b[name] for b in blocks], **statistics).columns(name)
    summary |= relaxation(used, threshold, level, glass_model, temperature)
    summary |= diffusion(used, level, glass_model, temperature)
    if any(replica.swapped for replica in used):
        summary |= without_plain_dynamics(summary)
    summary |= {"q": used[0].dynamics["q"]} | structure_peak(used)
    work.progress(1, 2)

    curves = pd.concat([_curve(r, level, temperature) for r in used], ignore_index=True)
    if any(replica.swapped for replica in used):
        curves = curves.iloc[:0]
    kappas = [own["kappa"].to_numpy() for own in bonds]
    distribution = stiffness_distribution(kappas, level=level, seed=seed)
    summary |= distribution.tail_exponent.columns("tail_exponent")
    summary |= {"tail_limit": distribution.tail_limit, "tail_share": distribution.tail_share}
    tables = {
        GLASSES_FILE: (glasses, GLASS_UNITS),
        CURVES_FILE: (curves, CURVE_UNITS),
        DISTRIBUTION_FILE: (distribution.histogram, DISTRIBUTION_UNITS),
        QUANTILES_FILE: (distribution.quantiles, GLASS_UNITS | {"kappa": "energy/length^2"}),
    }
    files = [
        write_table(work.target.with_name(name), table.assign(temperature=temperature), units)
        for name, (table, units) in tables.items()
    ]
    verdicts = {f"r{r.number}": r.excluded or r.dynamics["equilibrium"] for r in every}
    write_record(work, "summary", files, summary=summary, seed=seed, verdicts=verdicts)
    work.progress(2, 2)


def geometric_mean(estimates: Sequence[tuple[float, float, float]]) -> tuple[float, float, float]:
    """Geometric mean of independent positive numbers, each (value, low, high), with its interval.

    Half-widths of the logarithms add in quadrature, the lower and the upper ones for themselves. A low
    of 0 or a high of infinity, which is no bound, leaves the mean without that bound.
    """
    with np.errstate(divide="ignore"):
        values = np.log(np.array(estimates, dtype=np.float64))
    mean = float(values[:, 0].mean())
    below, above = (np.linalg.norm(values[:, k] - values[:, 0]) / len(values) for k in (1, 2))
    return math.exp(mean), math.exp(mean - below), math.exp(mean + above)


def relaxation(
    replicas: Sequence[Replica],
    threshold: float,
    level: float,
    model: GlassModel,
    temperature: float,
) -> dict[str, Any]:
    """τ_α, its reduced value, its interval and its standard error; NaN where it cannot be had."""
    t0 = model.t0(temperature)
    try:
        taus = [
            relaxation_time(_scattering(replica), threshold, level=level) for replica in replicas
        ]
    except StatisticsError as error:
        tau = low = high = math.nan
        caveat = str(error)
    else:
        tau, low, high = geometric_mean([(tau.value, tau.low, tau.high) for tau in taus])
        caveat = "; ".join(dict.fromkeys(tau.caveat for tau in taus if tau.caveat))
        if not (math.isfinite(low) and math.isfinite(high)):
            caveat = "F_s has no error there"
    runs = [replica.dynamics["run_time"] for replica in replicas]
    return {
        **_columns("tau_alpha", (tau, low, high)),
        **_columns("tau_alpha_over_t0", (tau / t0, low / t0, high / t0)),
        "tau_alpha_error": error_of_interval(tau, low, high, level),
        "tau_alpha_caveat": caveat,
        "run_time": sum(runs),
        "run_over_tau": sum(runs) / tau,
    }


def diffusion(
    replicas: Sequence[Replica], level: float, model: GlassModel, temperature: float
) -> dict[str, Any]:
    """D of the largest species, D t0/a0², and their intervals; NaN where it cannot be had."""
    try:
        found = [
            diffusion_coefficient(_displacement(replica), model.dimension, level=level)
            for replica in replicas
        ]
    except StatisticsError as error:
        value = low = high = math.nan
        caveat = str(error)
    else:
        value, low, high = geometric_mean([(d.value, d.low, d.high) for d in found])
        caveat = "; ".join(dict.fromkeys(d.caveat for d in found if d.caveat))
    reduced = model.t0(temperature) / model.a0**2
    return {
        **_columns("diffusion", (value, low, high)),
        **_columns("diffusion_reduced", (value * reduced, low * reduced, high * reduced)),
        "diffusion_error": error_of_interval(value, low, high, level),
        "diffusion_caveat": caveat,
    }


def without_plain_dynamics(summary: Mapping[str, Any]) -> dict[str, Any]:
    """What a summary says of liquids that ran with swaps: no τ_α and no D, and τ with swaps under its own name."""
    numbers = {f"{name}{end}": math.nan for name in PLAIN for end in ("", "_low", "_high")}
    numbers |= {"tau_alpha_error": math.nan, "diffusion_error": math.nan}
    scale = summary["tau_alpha_over_t0"]
    known = f", with which it relaxes in {scale:.3g} t0" if math.isfinite(scale) else ""
    caveat = f"{RAN_WITH_SWAPS}{known}; without them it is slower"
    return {
        **numbers,
        "tau_alpha_caveat": caveat,
        "diffusion_caveat": "not measured, likewise",
        **{
            f"{TAU_WITH_SWAPS}_over_t0{end}": summary[f"tau_alpha_over_t0{end}"]
            for end in ("", "_low", "_high")
        },
    }


def structure_peak(replicas: Sequence[Replica]) -> dict[str, Any]:
    """First peak of the structure factor of the largest species, with its 90 % interval.

    The mean of the replicas whose peak is clear, their half-widths added in quadrature; NaN where it
    is clear in none.
    """
    found = [r.dynamics for r in replicas if r.dynamics["q_max"] is not None]
    caveats = sorted({r.dynamics["q_max_caveat"] for r in replicas} - {""})
    q = half = math.nan
    if found:
        q = float(np.mean([d["q_max"] for d in found]))
        halves = [math.nan if (h := d["q_max_high"]) is None else h - d["q_max"] for d in found]
        half = float(np.linalg.norm(halves)) / len(found)
    return _columns("q_max", (q, q - half, q + half)) | {"q_max_caveat": "; ".join(caveats)}


def _columns(name: str, numbers: tuple[float, float, float]) -> dict[str, Any]:
    """A number and the ends of its interval as columns."""
    return dict(zip((name, f"{name}_low", f"{name}_high"), numbers, strict=True))


def _scattering(replica: Replica) -> pd.DataFrame:
    """F_s of a replica as ``relaxation_time`` takes it."""
    fs = replica.dynamics.table(SCATTERING_FILE).rename(columns={"Fs_error": "error"})
    fs.attrs["run_time"] = replica.dynamics["run_time"]
    return fs


def _displacement(replica: Replica) -> pd.DataFrame:
    """The MSD of a replica as ``diffusion_coefficient`` takes it."""
    msd = replica.dynamics.table(DISPLACEMENT_FILE).rename(columns={"msd_error": "error"})
    msd.attrs["run_time"] = replica.dynamics["run_time"]
    return msd


def _curve(replica: Replica, level: float, temperature: float) -> pd.DataFrame:
    """F_s of a replica with the limits of its interval."""
    fs = replica.dynamics.table(SCATTERING_FILE)
    half = half_widths(fs, "Fs_error", level)
    return fs[["t", "t_over_t0", "Fs"]].assign(
        Fs_low=fs["Fs"] - half,
        Fs_high=fs["Fs"] + half,
        n_origins=fs["n_origins"],
        n_blocks=fs["n_blocks"],
        temperature=temperature,
        replica=replica.number,
    )


def error_of_interval(value: float, low: float, high: float, level: float) -> float:
    """The standard error of a positive number whose logarithm is about normal with that interval."""
    if not (low > 0 and math.isfinite(high)):
        return math.nan
    return value * math.log(high / low) / (2.0 * float(scipy.special.ndtri(0.5 + level / 2.0)))
