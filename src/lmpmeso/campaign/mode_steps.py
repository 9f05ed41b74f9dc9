"""Steps of the soft spots: pseudo-harmonic modes of some glasses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lmpmeso.campaign.identity import seed_of
from lmpmeso.campaign.records import noted_warnings, read_record, write_record, write_table
from lmpmeso.campaign.step import Workplace
from lmpmeso.configurations import read_inherent_structures
from lmpmeso.elasticity import soft_modes, write_modes
from lmpmeso.errors import CampaignError
from lmpmeso.models import get_model

MODES_VERSION = 1

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

    def progress(done: int, total: int) -> None:
        work.progress(done, total)

    with noted_warnings() as notes:
        modes = soft_modes(
            structure,
            glass_model,
            starts=starts,
            seed=own_seed,
            work_file=work.folder / "modes.npz",
            progress=progress,
        )
    kept = modes.softest(softest)
    folder = work.target.parent
    fields, table = folder / f"{number:05d}.nc", folder / f"{number:05d}.csv"
    write_modes(fields, kept, structure)
    write_table(table, kept.table.assign(glass=number), MODE_UNITS)
    write_record(
        work,
        "modes",
        identity,
        {path.name: path for path in (fields, table)},
        glass=number,
        seed=own_seed,
        n_modes_found=modes.n_modes,
        n_starts=modes.table.attrs["n_starts"],
        n_failed=modes.table.attrs["n_failed"],
        warnings=notes,
    )
