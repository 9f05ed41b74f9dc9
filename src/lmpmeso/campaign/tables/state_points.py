"""The table of state points: what became of each, and its numbers relative to the hottest."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pandas as pd

from lmpmeso.campaign.measurement import known_numbers
from lmpmeso.campaign.measurements.equilibration import VERDICT_FILE
from lmpmeso.campaign.measurements.summary import SUMMARY_FILE
from lmpmeso.campaign.settings import Campaign
from lmpmeso.campaign.state_point import StatePoint
from lmpmeso.campaign.statuses import DONE, OTHERS, REFUSED, WAITING
from lmpmeso.engine.records import Record, read_record
from lmpmeso.engine.stage import seed_of
from lmpmeso.errors import StatisticsError
from lmpmeso.files.plain_json import read_json
from lmpmeso.statistics import bootstrap_mean, bootstrap_ratio

ENDS = ("", "_low", "_high")


def state_point_row(root: Path, point: StatePoint) -> tuple[dict[str, Any], Record | None]:
    """The row of a state point, and the record of its summary where it is finished."""
    path = root / point.stage("summary").file(SUMMARY_FILE)
    if path.is_file():
        record = read_record(path, "summary")
        reason = "; ".join(f"{name}: {words}" for name, words in record["verdicts"].items())
        return point.keys | {"status": DONE, "reason": reason} | known_numbers(record), record
    refusals = [
        f"r{replica}: {read_json(verdict)['reason']}"
        for replica in point.replicas
        if (verdict := root / point.stage("equilibration", replica).file(VERDICT_FILE)).is_file()
    ]
    if refusals:
        return point.keys | {"status": REFUSED, "reason": "; ".join(refusals), "excluded": ""}, None
    stage = path.parent.name.rpartition("-")[0]
    others = path.parent.parent.glob(f"{stage}-*/{SUMMARY_FILE}")
    return point.keys | {
        "status": WAITING,
        "reason": OTHERS if any(others) else "",
        "excluded": "",
    }, None


def ratios(glasses: pd.DataFrame, hottest: pd.DataFrame, campaign: Campaign) -> dict[str, float]:
    """Means relative to those at the hottest finished state point in equilibrium, which are 1 there.

    NaN where the hottest's mean is not known to differ from zero, as that of G where glasses are unstable to shear.
    """
    found: dict[str, float] = {}
    statistics = campaign.statistics
    for name, column in (("kappa", "kappa_mean"), ("shear_modulus", "shear_modulus")):
        numerator, denominator = glasses[column], hottest[column]
        seed = seed_of(campaign.seed, "ratio", name)
        below = bootstrap_mean(denominator, statistics.level, seed, resamples=statistics.resamples)
        if below.has_interval and below.low <= 0.0 <= below.high:
            found |= dict.fromkeys((f"{name}_ratio{end}" for end in ENDS), math.nan)
            continue
        if glasses is hottest:
            found |= dict.fromkeys((f"{name}_ratio{end}" for end in ENDS), 1.0)
            continue
        try:
            estimate = bootstrap_ratio(
                numerator, denominator, statistics.level, seed, resamples=statistics.resamples
            )
        except StatisticsError:
            # Single glasses may have a negative G; then the ratio has no bounded interval.
            value = float(numerator.mean() / denominator.mean())
            found |= {f"{name}_ratio": value, f"{name}_ratio_low": math.nan}
            found[f"{name}_ratio_high"] = math.nan
        else:
            found |= estimate.columns(f"{name}_ratio")
    return found
