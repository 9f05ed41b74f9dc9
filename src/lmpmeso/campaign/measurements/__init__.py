"""All measurements of a campaign, one a file; a new one is a file here and its name in the list."""

from __future__ import annotations

from lmpmeso.campaign.measurement import Measurement, Table
from lmpmeso.campaign.measurements.cage_relative import CageRelative
from lmpmeso.campaign.measurements.dynamics import Dynamics
from lmpmeso.campaign.measurements.elasticity import Elasticity
from lmpmeso.campaign.measurements.equilibration import EquilibrationRun
from lmpmeso.campaign.measurements.glasses import Glasses
from lmpmeso.campaign.measurements.landscape import Transitions
from lmpmeso.campaign.measurements.modes import SoftSpots
from lmpmeso.campaign.measurements.production import Production
from lmpmeso.campaign.measurements.propensity import Isoconfigurational
from lmpmeso.campaign.measurements.structure import Structure
from lmpmeso.campaign.measurements.summary import Statistics
from lmpmeso.campaign.measurements.vibrations import Vibrations

MEASUREMENTS: tuple[type[Measurement], ...] = (
    EquilibrationRun,
    Production,
    Dynamics,
    Glasses,
    Elasticity,
    Statistics,
    Structure,
    CageRelative,
    Transitions,
    Isoconfigurational,
    SoftSpots,
    Vibrations,
)
"""In an order in which each comes after those that it needs; also that of pages and tables."""
TABLES: dict[str, Table] = {table.name: table for kind in MEASUREMENTS for table in kind.tables}
"""The tables to which they contribute, by name."""


def sections(**given: Measurement | None) -> dict[str, Measurement | None]:
    """The sections of a campaign: those given, the others as they are by default.

    Raises:
        TypeError: there is no section of such a name.
    """
    known: dict[str, Measurement | None] = {
        kind.section: None if kind.optional else kind() for kind in MEASUREMENTS
    }
    if unknown := given.keys() - known.keys():
        raise TypeError(f"no section is called {', '.join(sorted(unknown))}")
    return known | given
