"""A campaign for people's own tools: tidy tables, structures with their κ-field, bonds, trajectories."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from lmpmeso.arrays import FloatArray
from lmpmeso.campaign.folder import TABLES_FOLDER, stored_campaign
from lmpmeso.campaign.measurements import MEASUREMENTS
from lmpmeso.campaign.measurements.production import frames_file, segment_file
from lmpmeso.campaign.settings import Campaign
from lmpmeso.campaign.state_point import StatePoint
from lmpmeso.campaign.stiffness_file import read_stiffness
from lmpmeso.campaign.study import state_points
from lmpmeso.campaign.tables import write_tables
from lmpmeso.configurations import (
    Configuration,
    read_inherent_structures,
    read_netcdf_fields,
    read_trajectory,
)
from lmpmeso.engine.records import Record, read_record
from lmpmeso.errors import CampaignError
from lmpmeso.execution import Progress
from lmpmeso.export.conversion import write_frames
from lmpmeso.files.atomic import replacing
from lmpmeso.files.tables import has_parquet, write_table

PARTS = ("tables", "glasses", "bonds", "trajectories")
README = "README.md"
STRUCTURES = {kind.name: kind.structures for kind in MEASUREMENTS if kind.structures is not None}
"""Name and meaning of the files of structures, by measurement."""
MEANING = {
    "tables/*.csv": "tidy tables, units in the names of the columns; *_low and *_high are the ends of the "
    "intervals, *_error a standard error. The same as Parquet, column names without units, where pyarrow is installed.",
    **{f"*/{name}-*": meaning for name, meaning in STRUCTURES.values()},
    "*/bonds-*": "κ_ij: glass, i, j (particles from 0, LAMMPS id − 1), distance [length], kappa "
    "[energy/length^2].",
    "*/run-*": "the production run, unwrapped; the MD steps are those of the run.",
}


def export_campaign(
    root: str | os.PathLike[str],
    folder: str | os.PathLike[str],
    parts: Sequence[str] = ("tables", "glasses"),
    ending: str = ".dump.gz",
    progress: Progress | None = None,
) -> list[Path]:
    """Write what a campaign has so far into a folder, for other programs.

    Args:
        root: folder of the campaign.
        folder: where to; made if need be, its files of the same names replaced.
        parts: of ``PARTS``.
        ending: format of structures and trajectories, as :func:`convert` knows it.
        progress: called as progress(state points done, all).

    Returns:
        The files written.

    Raises:
        CampaignError: no such part, no campaign, or a damaged file.
        ConfigurationError: the ending is none of a format.
    """
    unknown = [part for part in parts if part not in PARTS]
    if unknown:
        raise CampaignError(f"there is no part {unknown[0]!r}; there are {', '.join(PARTS)}")
    source, target = Path(root), Path(folder)
    campaign = stored_campaign(source)
    target.mkdir(parents=True, exist_ok=True)
    written = list(_tables(source, target, campaign)) if "tables" in parts else []
    points = list(state_points(campaign))
    for done, point in enumerate(points, start=1):
        for stem, frames, fields in _structures(source, point, parts):
            path = _place(target, point) / f"{stem}{ending}"
            path.parent.mkdir(parents=True, exist_ok=True)
            write_frames(path, frames, point.liquid.glass_model, fields)
            written.append(path)
        if "bonds" in parts:
            written += _bonds(source, target, point)
        if progress is not None:
            progress(done, len(points))
    with replacing(target / README) as temporary:
        temporary.write_text(_readme(campaign, parts), encoding="utf-8")
    return [*written, target / README]


def _place(target: Path, point: StatePoint) -> Path:
    """Folder of a state point."""
    return target / f"{point.liquid.model}-N{point.liquid.n_particles}-T{point.temperature:g}"


def _tables(source: Path, target: Path, campaign: Campaign) -> Iterator[Path]:
    """The tables as they are now."""
    tables = write_tables(source, campaign)
    (target / TABLES_FOLDER).mkdir(exist_ok=True)
    for path in sorted(tables.iterdir()):
        if path.suffix in (".csv", ".parquet"):
            copy = target / TABLES_FOLDER / path.name
            with replacing(copy) as temporary:
                shutil.copyfile(path, temporary)
            yield copy


def _structures(
    source: Path, point: StatePoint, parts: Sequence[str]
) -> Iterator[tuple[str, list[Configuration], Mapping[str, FloatArray]]]:
    """Name, frames and fields of each file of a state point."""
    model = point.liquid.glass_model
    for replica in point.replicas:
        if "glasses" in parts:
            for measurement, (name, _) in STRUCTURES.items():
                records = list(_records(source, point, replica, measurement))
                frames: list[Configuration] = []
                fields: list[dict[str, FloatArray]] = []
                for record in records:
                    path = record.path.with_suffix(".nc")
                    if path.name in record["files"] and record["glasses"]:
                        frames += read_inherent_structures(record.data(path.name), model)
                        found = read_netcdf_fields(path).items()
                        fields.append({key: a for key, a in found if a.ndim == 2})
                if frames:
                    keys = set.intersection(*(set(f) for f in fields))
                    yield (
                        f"{name}-r{replica}",
                        frames,
                        {key: np.concatenate([f[key] for f in fields]) for key in sorted(keys)},
                    )
        if "trajectories" in parts and (paths := _segments(source, point, replica)):
            run = read_trajectory(paths, model, force=True)
            yield f"run-r{replica}", [run.configuration(k) for k in range(run.n_frames)], {}


def _records(source: Path, point: StatePoint, replica: int, name: str) -> Iterator[Record]:
    """Finished records of a measurement of a replica, in the order of the glasses."""
    for target in point.targets(name, replica):
        if (source / target).is_file():
            yield read_record(source / target, name)


def _segments(source: Path, point: StatePoint, replica: int) -> list[Path]:
    """The frames of the finished segments of a production run."""
    stage = point.stage("production", replica)
    paths: list[Path] = []
    while (path := source / stage.file(segment_file(len(paths)))).is_file():
        paths.append(read_record(path, "production").data(frames_file(len(paths))))
    return paths


def _bonds(source: Path, target: Path, point: StatePoint) -> Iterator[Path]:
    """κ_ij of all glasses of a replica, tidy: Parquet where pyarrow is, else compressed CSV."""
    for replica in point.replicas:
        tables = [
            table.assign(glass=glass)
            for record in _records(source, point, replica, "elasticity")
            for glass, table in read_stiffness(record.data(f"{record.path.stem}.npz")).items()
        ]
        if not tables:
            continue
        table = pd.concat(tables, ignore_index=True)[["glass", "i", "j", "distance", "kappa"]]
        table = table.rename(
            columns={"distance": "distance [length]", "kappa": "kappa [energy/length^2]"}
        )
        folder = _place(target, point)
        folder.mkdir(parents=True, exist_ok=True)
        if has_parquet():
            path = write_table(folder / f"bonds-r{replica}.parquet", table)
        else:
            path = folder / f"bonds-r{replica}.csv.gz"
            with replacing(path) as temporary:
                table.to_csv(temporary, index=False, compression="gzip")
        yield path


def _readme(campaign: Campaign, parts: Sequence[str]) -> str:
    """What each file is."""
    prefix: dict[str, tuple[str, ...]] = {"tables": ("tables",)}
    prefix |= {"glasses": tuple(f"*/{name}" for name, _ in STRUCTURES.values())}
    prefix |= {"bonds": ("*/bonds",), "trajectories": ("*/run",)}
    wanted = tuple(p for part in parts for p in prefix[part])
    rows = [f"- `{name}`: {words}" for name, words in MEANING.items() if name.startswith(wanted)]
    return (
        f"# Campaign {campaign.name}\n\nUnits are those of the models: ε, σ, m = k_B = 1.\n\n"
        + "\n".join(rows)
        + "\n"
    )
