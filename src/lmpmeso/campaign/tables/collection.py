"""The tables of a campaign: what its state points came to, side by side, and the fits through them.

They are made of whatever is finished, for the campaign file as it is now, and replaced as a whole:
results of other parameters stay in their folders but not in the tables.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pandas as pd

from lmpmeso.campaign.measurements import TABLES
from lmpmeso.campaign.measurements.summary import GLASSES_FILE
from lmpmeso.campaign.settings import Campaign
from lmpmeso.campaign.statuses import DONE
from lmpmeso.campaign.study import state_points
from lmpmeso.campaign.tables.fits import fits_of
from lmpmeso.campaign.tables.predictors import Resampling, predictor_fits, predictor_values
from lmpmeso.campaign.tables.state_points import ratios, state_point_row
from lmpmeso.campaign.tables.unusual_glasses import unusual_glasses
from lmpmeso.engine.stage import seed_of


class CampaignTables(dict[str, pd.DataFrame]):
    """The tables of a campaign by name, also as attributes; each is a CSV file, with ``-`` for ``_``.

    - ``state_points``: a row a state point, finished or not: ``status`` and ``reason``; τ_α, D,
      energies, pressure, κ, G, K with intervals; numbers of glasses, pairs, failures, and of glasses that are
      unstable to shear, hold a void or are crystals; ``excluded``.
    - those of :data:`lmpmeso.campaign.measurements.TABLES`, which the measurements contribute.
    - ``fits``: a row a fit and a quantity of it, with the range of its points.
    - ``predictors``: a row a state point and predictor of its relaxation (κ, G, G∞, cage), all in
      the unit of κ; ``predictor_fits``: a row a predictor, and one of none (1/T alone): Eq. 3 with it in the
      place of κ, how far it is off a point left out, and which beats which.
    """

    def __getattr__(self, name: str) -> pd.DataFrame:
        """A table."""
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"there is no table {name!r}") from None


def campaign_tables(root: str | os.PathLike[str], campaign: Campaign) -> CampaignTables:
    """Collect what is finished, and fit.

    Raises:
        CampaignError: a file is damaged, of a newer format, or of another program.
    """
    folder = Path(root)
    parts: dict[str, list[pd.DataFrame]] = {name: [] for name in TABLES}
    rows: list[dict[str, Any]] = []
    for liquid in campaign.liquids:
        finished: list[tuple[dict[str, Any], pd.DataFrame]] = []
        for point in state_points(campaign):
            if point.liquid is not liquid:
                continue
            row, record = state_point_row(folder, point)
            rows.append(row)
            if record is not None:
                finished.append((row, record.table(GLASSES_FILE)))
            for measurement in point.measurements.values():
                for name, table in measurement.rows(folder, point):
                    parts[name].append(table.assign(**point.keys))
        # The hottest in equilibrium is what others are relative to; the hottest of all, if none is.
        liquids = [glasses for row, glasses in finished if not row["excluded"]]
        for row, glasses in finished:
            hottest = (liquids or [glasses for _, glasses in finished])[0]
            row |= ratios(glasses, hottest, campaign)
            row |= unusual_glasses(glasses, liquid.glass_model.dimension, campaign)
    points = pd.DataFrame(rows)
    joined = {name: _joined(tables) for name, tables in parts.items()}
    return CampaignTables(
        {
            "state_points": points,
            **joined,
            "fits": pd.DataFrame(
                row for liquid in campaign.liquids for row in fits_of(points, liquid, campaign)
            ),
            **_predictors(points, joined["structure"], joined["glasses"], campaign),
        }
    )


def _joined(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Tables below one another; without any column where there are no rows."""
    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame()


def _predictors(
    points: pd.DataFrame, structure: pd.DataFrame, glasses: pd.DataFrame, campaign: Campaign
) -> dict[str, pd.DataFrame]:
    """What might order the relaxation of each liquid, and how well it does."""
    values, fits = [], []
    for liquid in campaign.liquids:
        done = liquid.rows_of(points)
        done = done[done["status"] == DONE]
        if done.empty or structure.empty:
            continue
        model, statistics = liquid.glass_model, campaign.statistics
        values.append(predictor_values(done, structure, model))
        resampling = Resampling(
            statistics.level,
            seed_of(campaign.seed, liquid.model, "predictors"),
            statistics.resamples,
            liquid.rows_of(glasses),
        )
        found = predictor_fits(values[-1], model, statistics.fit_from, resampling)
        fits += [liquid.keys | row for row in found]
    return {"predictors": _joined(values), "predictor_fits": pd.DataFrame(fits)}
