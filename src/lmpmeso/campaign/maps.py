"""Single glasses of a campaign as tables to draw: slices of the κ-field, bonds, soft modes, mobility."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lmpmeso.campaign.measurements.dynamics import known_exclusion
from lmpmeso.campaign.measurements.glasses import shards_with
from lmpmeso.campaign.measurements.modes import arrows_file
from lmpmeso.campaign.settings import Campaign
from lmpmeso.campaign.state_point import StatePoint
from lmpmeso.campaign.stiffness_file import read_stiffness
from lmpmeso.campaign.study import state_points
from lmpmeso.configurations import InherentStructure, read_inherent_structures, read_netcdf_fields
from lmpmeso.elasticity import planar_bonds, slice_of_particles
from lmpmeso.engine.records import Record, read_record
from lmpmeso.models import GlassModel

NAMES = ("kappa_slices", "bonds", "cores", "arrows", "mobility_map")


def map_tables(root: Path, campaign: Campaign) -> dict[str, pd.DataFrame]:
    """Pictures of single glasses, with model, n_particles, temperature, glass, box_x and box_y.

    Returns:
        ``kappa_slices``: particles of a slice through the first glass of the hottest and of the
        coldest finished temperature of each liquid (of a 2D glass all), with kappa. Of the first
        glass of each liquid in two dimensions whose modes were searched: ``bonds`` with their
        κ_ij, ``cores`` of its softest modes, ``arrows`` (softest mode and dipole response) and
        ``mobility_map`` (neighbour-relative propensity).

    Raises:
        CampaignError: a file is damaged, of a newer format, or of another program.
    """
    parts: dict[str, list[pd.DataFrame]] = {name: [] for name in NAMES}
    for liquid in campaign.liquids:
        points = [point for point in state_points(campaign) if point.liquid is liquid]
        sliced = [s for point in points if (s := _kappa_slice(root, point)) is not None]
        parts["kappa_slices"] += sliced[:1] + sliced[1:][-1:]
        if liquid.glass_model.dimension == 2:
            for point in points:
                for name, table in _planar(root, point):
                    parts[name].append(table)
    return {
        name: pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
        for name, tables in parts.items()
    }


def _about(point: StatePoint, glass: int, structure: InherentStructure) -> dict[str, Any]:
    """What all rows of a map have in common."""
    return {
        **point.keys,
        "glass": glass,
        "box_x": float(structure.box_c[0]),
        "box_y": float(structure.box_c[1]),
    }


def _kappa_slice(root: Path, point: StatePoint) -> pd.DataFrame | None:
    """A slice of the κ-field of the first glass of a liquid in equilibrium, where it is there."""
    if known_exclusion(root, point, 0) is not None:
        return None
    record = _shard_with(root, point, "elasticity", 0)
    if record is None or not point.campaign.elasticity.field or not record["glasses"]:
        return None
    path = record.data(f"{record.path.stem}.nc")
    structure = read_inherent_structures(path, point.liquid.glass_model)[0]
    kappa = read_netcdf_fields(path)["kappa"][0]
    table = slice_of_particles(structure, point.liquid.glass_model, kappa=kappa)
    return table.assign(**_about(point, record["glasses"][0], structure))


def _planar(root: Path, point: StatePoint) -> Iterator[tuple[str, pd.DataFrame]]:
    """Bonds, cores, arrows and mobility of the glass whose modes were searched first."""
    targets = [root / target for target in point.targets("modes", 0)]
    modes = next((read_record(path, "modes") for path in targets if path.is_file()), None)
    if modes is None:
        return
    number, model = modes["glass"], point.liquid.glass_model
    shard = _shard_with(root, point, "elasticity", number)
    if shard is None or number not in shard["glasses"]:
        return
    glasses = _shard_with(root, point, "glasses", number)
    assert glasses is not None, "the elasticity of a shard needs its glasses"
    structures = read_inherent_structures(glasses.data(f"{glasses.path.stem}.nc"), model)
    structure = structures[shard["glasses"].index(number)]
    about = _about(point, number, structure)
    bonds = read_stiffness(shard.data(f"{shard.path.stem}.npz"))[number]
    yield "bonds", planar_bonds(structure, bonds).assign(**about)
    yield "cores", modes.table(f"{number:05d}.csv").assign(**about)
    if arrows_file(number) in modes["files"]:
        yield "arrows", modes.table(arrows_file(number)).assign(**about)
    mobility = _mobility(root, point, model, number)
    if mobility is not None:
        yield "mobility_map", mobility.assign(**about)


def _mobility(root: Path, point: StatePoint, model: GlassModel, number: int) -> pd.DataFrame | None:
    """Neighbour-relative propensity of the particles of a glass, where it was run from."""
    for target in (root / target for target in point.targets("propensity", 0)):
        if not target.is_file():
            continue
        record = read_record(target, "propensity")
        if number not in record["glasses"]:
            continue
        path, place = record.data(f"{target.stem}.nc"), record["glasses"].index(number)
        values = read_netcdf_fields(path)["neighbour_relative"][place]
        structure = read_inherent_structures(path, model)[place]
        return slice_of_particles(structure, model, mobility=np.asarray(values)).assign(
            time=record["time"], runs=record["runs"]
        )
    return None


def _shard_with(root: Path, point: StatePoint, name: str, number: int) -> Record | None:
    """The record of the shard that holds a glass of the first replica, where it is there."""
    for shard in shards_with(point, 0, number, number):
        path = root / point.stage(name, 0).file(Path(shard).name)
        if path.is_file():
            return read_record(path, name)
    return None
