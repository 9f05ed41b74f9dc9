"""The main job, small and real: the preset ``quickstart``, with what was asked for in its place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from lmpmeso.campaign.folder import CAMPAIGN_FILE, preset_text
from lmpmeso.errors import CampaignError
from lmpmeso.statistics.bootstrap import FEWEST_GLASSES
from lmpmeso.study.campaign_file import CampaignFile, read_preset

PRESET = "quickstart"
COLDEST, HOTTEST = 0.6, 2.0
"""Temperatures at which a few minutes suffice [ε/k_B]."""
SMALL = 250, (2.0, 1.0), (4, 4)
"""Particles, temperatures and glasses of what shows that everything works, in half a minute."""
OLD_FILE = "parameters.json"
"""What the quickstart of lmpmeso 0.1.0 left in its folder."""


def quickstart_file(
    temperatures: Sequence[float] | None = None,
    n_particles: int | None = None,
    glasses: Sequence[int] | None = None,
    seed: int | None = None,
    small: bool = False,
) -> CampaignFile:
    """The campaign of a quickstart; what is None stays as the preset, or its small variant, has it.

    Args:
        temperatures: two or more parent temperatures, 0.6 to 2.
        n_particles: N.
        glasses: inherent structures: one number for all temperatures, or one for each in their order.
        seed: of all random numbers.
        small: fewer particles, and the few glasses of two simple liquids.

    Raises:
        CampaignError: that cannot work.
    """
    liquid = read_preset(PRESET).campaign.liquids[0]
    standard = liquid.n_particles, liquid.temperatures, liquid.glasses
    size, usual, counts = SMALL if small else standard
    chosen, numbers = tuple(temperatures or usual), tuple(glasses or counts)
    if glasses is None and len(numbers) != len(chosen):
        numbers = (min(numbers),)
    if len(numbers) == 1:
        numbers *= len(chosen)
    _refuse_what_cannot_work(chosen, numbers)
    text = _with_values(
        preset_text(PRESET),
        temperatures=list(chosen),
        glasses=list(numbers),
        n_particles=n_particles or size,
        seed=seed,
    )
    return CampaignFile.parsed(text, f"preset {PRESET}")


def _refuse_what_cannot_work(temperatures: Sequence[float], glasses: Sequence[int]) -> None:
    """Refuse what a campaign allows and a quickstart does not."""
    for temperature in temperatures:
        if not COLDEST <= temperature <= HOTTEST:
            raise CampaignError(
                f"T = {temperature:g} is outside {COLDEST:g} to {HOTTEST:g}: colder liquids take hours to "
                "equilibrate (a campaign file and `lmpmeso run` do that), and hotter ones are no glass formers"
            )
    if len(temperatures) < 2:
        raise CampaignError("a quickstart compares two or more temperatures, got one")
    if min(glasses) < FEWEST_GLASSES:
        raise CampaignError(
            f"an interval needs at least {FEWEST_GLASSES} glasses, got {min(glasses)}"
        )


def _with_values(text: str, **values: object) -> str:
    """A campaign file with other values at some keys; what is None stays."""
    for key, value in values.items():
        if value is not None:
            text, n_found = re.subn(rf"(?m)^{key} = .*$", f"{key} = {value}", text)
            assert n_found == 1, f"the preset has one line {key}"
    return text


def refuse_old_folder(folder: Path) -> None:
    """Refuse the folder of a quickstart of lmpmeso 0.1.0 with a CampaignError."""
    if (folder / OLD_FILE).is_file() and not (folder / CAMPAIGN_FILE).is_file():
        raise CampaignError(
            f"{folder} is the folder of a quickstart of lmpmeso 0.1.0, which this version does not go on with: "
            "name a new folder; the old page and tables stay readable"
        )
