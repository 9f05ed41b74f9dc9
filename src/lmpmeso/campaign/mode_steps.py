"""Steps of the soft spots: pseudo-harmonic modes of some glasses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from lmpmeso.configurations import Configuration, read_inherent_structures
from lmpmeso.elasticity import (
    HessianFactor,
    SoftModes,
    factorise,
    planar_displacements,
    soft_modes,
    write_modes,
)
from lmpmeso.elasticity.dipole_response import response_like
from lmpmeso.engine.records import noted_warnings, read_record, write_record
from lmpmeso.engine.stage import seed_of
from lmpmeso.engine.step import Workplace
from lmpmeso.errors import CampaignError
from lmpmeso.files.tables import write_table
from lmpmeso.hessians import Hessian, hessian
from lmpmeso.models import get_model

MODES_VERSION = 2

MODE_UNITS = {
    "stiffness": "energy/length^2",
    "cost": "energy^2/length^4",
    "x": "length",
    "y": "length",
    "z": "length",
}


def find_modes(
    work: Workplace,
    *,
    model: str,
    number: int,
    starts: str | int,
    softest: int,
    seed: int,
    identity: Mapping[str, Any],
) -> None:
    """The softest pseudo-harmonic modes of a glass; the shard that holds it is needed.

    Raises:
        CampaignError: the quench of that glass failed.
    """
    glass_model = get_model(model)
    record = read_record(work.needs[0], "glasses")
    if number not in record["glasses"]:
        raise CampaignError(
            f"glass {number} could not be quenched: {record['failures'].get(str(number))}"
        )
    structures = read_inherent_structures(record.data(f"{work.needs[0].stem}.nc"), glass_model)
    structure = structures[record["glasses"].index(number)]
    own_seed = seed_of(seed, "starts", number)

    with noted_warnings() as notes:
        hess = hessian(structure, glass_model)
        factor = factorise(hess)
        modes = soft_modes(
            hess,
            factor=factor,
            starts=starts,
            seed=own_seed,
            work_file=work.folder / "modes.npz",
            progress=work.progress,
        )
    kept = modes.softest(softest)
    folder = work.target.parent
    fields, table = folder / f"{number:05d}.nc", folder / f"{number:05d}.csv"
    write_modes(fields, kept, structure)
    write_table(table, kept.table.assign(glass=number), MODE_UNITS)
    files = {path.name: path for path in (fields, table)}
    if structure.dimension == 2 and modes.n_modes:
        arrows = folder / arrows_file(number)
        files[arrows.name] = write_table(
            arrows, _arrows(structure, hess, factor, modes), MODE_UNITS
        )
    write_record(
        work,
        "modes",
        identity,
        files,
        glass=number,
        seed=own_seed,
        n_modes_found=modes.n_modes,
        n_starts=modes.table.attrs["n_starts"],
        n_failed=modes.table.attrs["n_failed"],
        warnings=notes,
    )


def arrows_file(number: int) -> str:
    """Name of the table of the softest mode of a 2D glass and the dipole response most like it."""
    return f"{number:05d}-arrows.csv"


def _arrows(
    structure: Configuration, hess: Hessian, factor: HessianFactor, modes: SoftModes
) -> pd.DataFrame:
    """The softest mode of a 2D glass and the dipole response most like it, a row a particle (Fig. 1)."""
    mode_nc = modes.vectors_mnc[0]
    response_nc, force_nc = response_like(mode_nc, hess, factor)
    table = planar_displacements(structure, mode_nc)
    response = planar_displacements(structure, response_nc)
    return table.assign(
        response_x=response["u_x"],
        response_y=response["u_y"],
        force_x=force_nc[:, 0],
        force_y=force_nc[:, 1],
    )
