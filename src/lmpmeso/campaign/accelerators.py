"""The one accelerator of a campaign's LAMMPS steps: settled before the first of them, for every liquid, and kept.

Without ``gpus`` no worker sees a GPU, and ``auto`` is plain LAMMPS or its OPT styles everywhere. With them, LAMMPS runs
on GPUs if it can do so for all liquids and particles of none are swapped, and its steps go to the workers that have one.
Which it was is kept in the folder, so that a machine with another LAMMPS does not go on with other trajectories unasked.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from lmpmeso.campaign.settings import Campaign
from lmpmeso.engine.resources import ON_GPU
from lmpmeso.engine.step_files import ENGINE_FOLDER
from lmpmeso.errors import CampaignError, ProtocolError
from lmpmeso.files.plain_json import read_json, write_json
from lmpmeso.protocols.swap_run import refuse_swaps_on_device

if TYPE_CHECKING:
    from lmpmeso.lammps import LammpsBuild

KEPT_FILE = "accelerator.json"


def with_settled_accelerator(campaign: Campaign, root: Path | None = None) -> Campaign:
    """The campaign with the accelerator that its steps are to use; kept in its folder, if that is given.

    Raises:
        CampaignError: LAMMPS cannot use it for one of the liquids or for swaps, or each worker would need a GPU and has
            none.
    """
    asked = campaign.resources.accelerator
    path = None if root is None else root / ENGINE_FOLDER / KEPT_FILE
    if asked == "auto" and path is not None and path.is_file():
        asked = _kept(path)
    if asked == "none" or (asked == "auto" and campaign.resources.gpus == 0):
        return campaign
    name = _settled(asked, campaign, _build(campaign.resources.gpus))
    if path is not None and name != "auto":
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, {"accelerator": name})
    return replace(campaign, resources=replace(campaign.resources, accelerator=name))


def swaps_fault(asked: str, campaign: Campaign) -> str | None:
    """Why an accelerator cannot run the swaps of a campaign; None where it can, or there are none."""
    swapped = [
        f"{liquid.model} below T = {liquid.swap_below:g}"
        for liquid in campaign.liquids
        if liquid.swap_below is not None
    ]
    if not swapped:
        return None
    try:
        refuse_swaps_on_device(asked)
    except ProtocolError as error:
        return f"{error}, or put {', '.join(swapped)} into a campaign of its own"
    return None


def _kept(path: Path) -> str:
    """The accelerator that the campaign has used so far."""
    try:
        return str(read_json(path)["accelerator"])
    except (ValueError, KeyError):
        raise CampaignError(
            f"{path} is damaged: it says which accelerator of LAMMPS the campaign uses; set accelerator under "
            "[resources] to the one that it has used so far"
        ) from None


def _build(gpus: int) -> LammpsBuild:
    """What LAMMPS can do here, on workers that have a GPU where there are any."""
    from lmpmeso.lammps import lammps_build

    build = lammps_build()
    return replace(build, gpu_present=True) if gpus > 0 else build


def _settled(asked: str, campaign: Campaign, build: LammpsBuild) -> str:
    """The accelerator by name; ``auto`` where that can only be plain LAMMPS."""
    styles = _pair_styles(campaign, asked, build)
    fault = swaps_fault(asked, campaign)
    if fault is not None:
        raise CampaignError(f'accelerator = "{asked}" under [resources]: {fault}')
    if asked == "auto":
        able = [
            name
            for name in ON_GPU
            if build.obstacle(name, [*styles]) is None and swaps_fault(name, campaign) is None
        ]
        # A worker that sees a GPU would take it for "auto", whatever the swaps say.
        swapped = any(liquid.swap_below is not None for liquid in campaign.liquids)
        plain = "none" if swapped and campaign.resources.gpus else "auto"
        return next((n for n in able if n != "kokkos" or build.kokkos_on_gpu), plain)
    for style, model in styles.items():
        obstacle = build.obstacle(asked, [style])
        if obstacle is not None:
            raise CampaignError(
                f'LAMMPS cannot run {model} with accelerator = "{asked}": {obstacle}. All liquids of a campaign use one '
                'accelerator: set accelerator = "none" under [resources], or put this liquid into a campaign of its own'
            )
    on_gpu = asked == "gpu" or (asked == "kokkos" and build.kokkos_on_gpu)
    resources = campaign.resources
    if on_gpu and resources.gpus == 0 and resources.engine != "serial":
        raise CampaignError(
            f'accelerator = "{asked}" runs on GPUs, and no worker has one: say how many there are by gpus under '
            "[resources]"
        )
    return asked


def _pair_styles(campaign: Campaign, asked: str, build: LammpsBuild) -> dict[str, str]:
    """The pair styles that the liquids need there, each with a model that needs it."""
    from lmpmeso.lammps.inputs import style_on
    from lmpmeso.models.lammps_styles import lammps_pair_style

    found = {}
    for liquid in reversed(campaign.liquids):
        as_table = style_on(asked, liquid.glass_model, build) == "table"
        style = "table" if as_table else lammps_pair_style(liquid.glass_model)
        found[style] = str(liquid.model)
    return found
