"""The models of the user's own in a campaign: found beside the campaign file, kept in its folder.

The copies in the folder are what every step reads, so that a campaign can be resumed, moved and repeated
without the files that it began with.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from filecmp import cmp
from pathlib import Path
from typing import TYPE_CHECKING

from lmpmeso.engine.step import Workplace
from lmpmeso.errors import CampaignError
from lmpmeso.files.atomic import replacing
from lmpmeso.models import GlassModel, files_of_model, get_model, read_model, register_model

if TYPE_CHECKING:
    from lmpmeso.campaign.settings import Campaign

CAMPAIGN_FILE = "campaign.toml"
MODELS_FOLDER = "models"
"""In the folder of a campaign."""


@dataclass(frozen=True)
class OwnModel:
    """A model file and the model in it."""

    path: Path
    model: GlassModel


def read_own_model(name: str, beside: Path) -> OwnModel:
    """The model of a file that a campaign file names; from now on this process knows it by its name, too.

    Args:
        name: what the campaign file says: a path from where it lies.
        beside: the folder where it lies. In the folder of a campaign the copy there is read.

    Raises:
        ModelError: there is no such file, or it has faults.
    """
    kept = beside / MODELS_FOLDER / Path(name).name
    is_kept = kept.is_file() and (beside / CAMPAIGN_FILE).is_file()
    path = kept if is_kept else beside / name
    model = read_model(path)
    register_model(model)
    return OwnModel(path, model)


def keep_models(root: Path, campaign: Campaign) -> None:
    """Copy the model files of a campaign, and the files they name, into its folder.

    Raises:
        CampaignError: two different files have one name, and the folder could keep one of them only.
    """
    folder = root / MODELS_FOLDER
    owns = [liquid.own_model for liquid in campaign.liquids if liquid.own_model is not None]
    given: dict[str, Path] = {}
    for own in owns:
        for source in (*files_of_model(own.path), own.path):
            other = given.setdefault(source.name, source)
            if other != source and other.read_bytes() != source.read_bytes():
                raise CampaignError(f"{other} and {source} have one name: rename one of them")
    for source in given.values():
        kept = folder / source.name
        if source.parent == folder or (kept.is_file() and cmp(kept, source, shallow=False)):
            continue
        folder.mkdir(exist_ok=True)
        with replacing(kept) as temporary:
            shutil.copyfile(source, temporary)


def model_of_step(work: Workplace, name: str) -> GlassModel:
    """The model that a step of a campaign is of; see :func:`model_in`."""
    return model_in(work.root, name)


def model_with_reach(work: Workplace, name: str) -> GlassModel:
    """The same, which says how far its interactions reach where they are LAMMPS commands: who interacts with whom."""
    from lmpmeso.lammps import with_reach

    return with_reach(model_of_step(work, name))


def model_in(root: Path | None, name: str) -> GlassModel:
    """The model of a campaign: the user's own that its folder keeps, or one of the package.

    Raises:
        ModelError: there is none of that name.
    """
    if root is not None:
        kept = root / MODELS_FOLDER / f"{name}.toml"
        if kept.is_file():
            return read_model(kept)
    return get_model(name)
