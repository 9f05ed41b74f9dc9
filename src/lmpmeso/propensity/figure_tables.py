"""Tables that Figs. 6 and 7 are drawn from: κ of the populations, and one configuration as a map."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lmpmeso.elasticity import slice_of_particles
from lmpmeso.models import GlassModel
from lmpmeso.propensity.local_correlations import LocalCorrelations, LocalField

BINS = 25
TOTAL = "all"
RANGE_SHARE = 0.995
"""Share of all particles that the histogram reaches up to."""


def kappa_by_population(particles: pd.DataFrame) -> pd.DataFrame:
    """Distribution of κ_i/⟨κ⟩ of all, the mobile and the immobile particles (Fig. 6b).

    Args:
        particles: as :class:`LocalCorrelations` holds them.

    Returns:
        A row a population (``"all"``, ``"mobile"``, ``"immobile"``) and bin: ``low``, ``high``,
        ``density``, ``error`` (binomial), ``n`` (particles of the population).
    """
    kappa = particles["relative_kappa"]
    edges = np.linspace(0.0, float(kappa.quantile(RANGE_SHARE)), BINS + 1)
    tables = []
    for population in (TOTAL, "mobile", "immobile"):
        chosen = kappa if population == TOTAL else kappa[particles["population"] == population]
        n = len(chosen)
        part = np.histogram(chosen, edges)[0] / max(n, 1)
        width = np.diff(edges)
        tables.append(
            pd.DataFrame(
                {
                    "population": population,
                    "low": edges[:-1],
                    "high": edges[1:],
                    "density": part / width,
                    "error": np.sqrt(part * (1.0 - part) / max(n, 1)) / width,
                    "n": n,
                }
            )
        )
    return pd.concat(tables, ignore_index=True)


def representative_slice(
    result: LocalCorrelations, fields: Sequence[LocalField], model: GlassModel
) -> pd.DataFrame:
    """The particles of a slice through the configuration whose C_s is nearest to the mean (Fig. 7).

    Args:
        result: the correlations of the fields.
        fields: the configurations, in the same order.
        model: gives the particles' diameters.

    Returns:
        A row a particle: x, y, z, diameter [length], kappa_rank, mobility_rank (within species, 0 to
        1), and the same for all rows: configuration, spearman, box_x, box_y [length]. Of a 2D
        glass all particles, with z = 0.
    """
    spearman = result.spearman["all"]
    number = int((spearman - spearman.mean()).abs().to_numpy().argmin())
    structure = fields[number].structure
    own = result.particles[result.particles["configuration"] == number]
    table = slice_of_particles(
        structure,
        model,
        kappa_rank=own["kappa_rank"].to_numpy(),
        mobility_rank=own["mobility_rank"].to_numpy(),
    )
    return table.assign(
        configuration=number,
        spearman=float(spearman.iloc[number]),
        box_x=float(structure.box_c[0]),
        box_y=float(structure.box_c[1]),
    ).reset_index(drop=True)
