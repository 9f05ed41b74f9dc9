"""Glasses that are minima and yet no sample of the glass that is meant: unstable to shear, with a void, crystalline."""

from __future__ import annotations

from typing import Any

import pandas as pd

from lmpmeso.campaign.settings import Campaign
from lmpmeso.dynamics.structural_order import CRYSTALLINE_FRACTION, LARGEST_VOID
from lmpmeso.elasticity.moduli import PLANES, unstable_to_shear
from lmpmeso.engine.stage import seed_of
from lmpmeso.statistics import bootstrap_mean

COLUMNS = tuple(f"shear_modulus_{plane}" for plane in PLANES[3])
KINDS = ("shear_unstable", "cavitated", "crystallised")


def unusual_glasses(glasses: pd.DataFrame, dimension: int, campaign: Campaign) -> dict[str, Any]:
    """Number and names of such glasses of a state point, and the means of κ and G without the first kind.

    Args:
        glasses: a row a glass, with its number and replica.
        dimension: of space.
        campaign: its level and seed are those of the intervals.

    Returns:
        Of each of :data:`KINDS` its number ``n_KIND`` and the names of its glasses ``KIND``; ``kappa_stable`` and
        ``shear_modulus_stable`` with ``_low`` and ``_high`` where some glasses are unstable to shear and others not.
    """
    planes = {name: glasses[name] for name in COLUMNS if name in glasses}
    none = pd.Series(False, index=glasses.index)
    kinds = {
        "shear_unstable": pd.DataFrame(unstable_to_shear(planes), index=glasses.index).any(axis=1),
        "cavitated": glasses["void_radius"] > LARGEST_VOID if "void_radius" in glasses else none,
        "crystallised": glasses["crystalline_fraction"] > CRYSTALLINE_FRACTION[dimension]
        if "crystalline_fraction" in glasses
        else none,
    }
    found: dict[str, Any] = {}
    for kind, those in kinds.items():
        found |= {f"n_{kind}": int(those.sum()), kind: _names(glasses[those])}
    stable = glasses[~kinds["shear_unstable"]]
    if 0 < len(stable) < len(glasses):
        for name, column in (("kappa", "kappa_mean"), ("shear_modulus", "shear_modulus")):
            found |= bootstrap_mean(
                stable[column],
                campaign.statistics.level,
                seed_of(campaign.seed, "stable", name),
                resamples=campaign.statistics.resamples,
            ).columns(f"{name}_stable")
    return found


def _names(glasses: pd.DataFrame) -> str:
    """Numbers of glasses by replica, e.g. ``r0: 3, 17``."""
    return "; ".join(
        f"r{replica}: {', '.join(str(number) for number in own['glass'])}"
        for replica, own in glasses.groupby("replica")
    )
