"""What a glass former is: potentials with derivatives, composition, state points, LAMMPS tables."""

from lmpmeso.models.glass_model import GlassModel, Species
from lmpmeso.models.registry import (
    get_model,
    inverse_power_law,
    kob_andersen,
    model_names,
    modified_binary_lennard_jones,
    sticky_spheres,
    stillinger_weber,
)

__all__ = [
    "GlassModel",
    "Species",
    "get_model",
    "inverse_power_law",
    "kob_andersen",
    "model_names",
    "modified_binary_lennard_jones",
    "sticky_spheres",
    "stillinger_weber",
]
