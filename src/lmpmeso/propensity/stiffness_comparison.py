"""C_s of several definitions of local stiffness, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from lmpmeso.arrays import FloatArray
from lmpmeso.elasticity import LocalStiffness
from lmpmeso.models import GlassModel, get_model
from lmpmeso.propensity.local_correlations import LocalField, checked, spearman_by_species
from lmpmeso.statistics import bootstrap_mean

PAPERS: LocalStiffness = "arithmetic"
"""What :attr:`LocalField.kappa_n` is: the paper's definition."""


def field_name(definition: str) -> str:
    """Of a definition of local stiffness in a file of structures."""
    return "kappa" if definition == PAPERS else f"stiffness_{definition.replace('-', '_')}"


def stiffness_comparison(
    fields: Sequence[LocalField], model: GlassModel | str, *, level: float = 0.9, seed: int = 0
) -> pd.DataFrame:
    """Rank correlation C_s of 1/k_i with the mobility for κ_i and for each other stiffness k_i of the fields.

    All are of the same configurations and runs, so that their differences are known better than they are.

    Returns:
        A row a definition, κ_i first: ``local_stiffness`` (its name); ``spearman``, averaged over species and
        configurations; ``spearman_SPECIES``; ``difference`` to C_s of κ_i in the same configurations, each with
        ``_low`` and ``_high`` by configuration; ``n_configurations``.

    Raises:
        StatisticsError: a stiffness that is not a positive number, or a constant one.
    """
    model = get_model(model)
    reference_g: FloatArray | None = None
    rows: list[dict[str, Any]] = []
    for name in (PAPERS, *fields[0].others):
        by_species = pd.DataFrame(
            spearman_by_species(
                checked(f.kappa_n if name == PAPERS else f.others[name], f.structure),
                f.mobility_n,
                f.structure,
                model,
            )
            for f in fields
        )
        average_g = by_species.mean(axis=1).to_numpy()
        reference_g = average_g if reference_g is None else reference_g
        row: dict[str, Any] = {"local_stiffness": name}
        row |= bootstrap_mean(average_g, level=level, seed=seed).columns("spearman")
        for species, values in by_species.items():
            row |= bootstrap_mean(values.dropna(), level=level, seed=seed).columns(
                f"spearman_{species}"
            )
        difference = bootstrap_mean(average_g - reference_g, level=level, seed=seed)
        row |= difference.columns("difference") | {"n_configurations": len(average_g)}
        rows.append(row)
    return pd.DataFrame(rows)
