"""How much annealing stiffens a glass: κ and G relative to the hottest liquid in equilibrium (Fig. 3)."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from lmpmeso.figures.entry import OVER_GLASSES, RUN, Entry, bars, counts_of_glasses, finished_points
from lmpmeso.figures.mesoelastic import draw_ratios
from lmpmeso.figures.results import Results
from lmpmeso.figures.style import panels_by_label, require_columns, styled

COLUMNS_OF_PANELS = 3


@styled
def annealing(points: pd.DataFrame) -> Figure:
    """κ(T_p) and G(T_p) relative to their values at the highest T_p, a panel a liquid.

    Args:
        points: a row a state point: label, temperature, excluded, kappa_ratio, shear_modulus_ratio
            with their _low and _high.
    """
    required = ("label", "temperature", "excluded", "kappa_ratio", "shear_modulus_ratio")
    require_columns(points, required, "annealing")
    figure, axes, labels = panels_by_label(points, COLUMNS_OF_PANELS, 2.6, 2.4)
    for ax, label in zip(axes, labels, strict=True):
        mine = points[points["label"] == label].sort_values("temperature")
        draw_ratios(ax, mine["temperature"], mine, markersize=5.0)
        ax.set(title=label, xlabel="$T_p$", ylabel="relative change")
        ax.legend(loc="upper right")
    return figure


def _annealing_caption(results: Results) -> str:
    return (
        "Relative change of the mean dipole stiffness κ and of the athermal shear modulus G with the "
        "parent temperature T_p, with respect to the hottest liquid in equilibrium; open points were no "
        "equilibrium liquids. "
        f"{counts_of_glasses(results)}. {bars(results, OVER_GLASSES)}"
    )


ENTRIES = (
    Entry(
        "annealing",
        "Fig. 3",
        "Relative change of the dipole stiffness and the shear modulus with the parent temperature",
        ("state_points",),
        RUN,
        lambda results: annealing(finished_points(results)),
        _annealing_caption,
    ),
)
