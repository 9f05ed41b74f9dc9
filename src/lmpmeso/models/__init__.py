"""What a glass former is: potentials with derivatives, composition, state points, LAMMPS tables."""

from lmpmeso.models.describe import describe_model, model_text
from lmpmeso.models.glass_model import GlassModel, Species
from lmpmeso.models.lammps_interaction import LammpsInteraction, lammps_interaction
from lmpmeso.models.lammps_styles import PACKAGED, lammps_pair_commands, lammps_pair_style
from lmpmeso.models.model_file import files_of_model, read_model
from lmpmeso.models.packaged import copper_zirconium, further_model_names, harmonic_spheres
from lmpmeso.models.registry import (
    get_model,
    inverse_power_law,
    is_model_file,
    is_packaged_name,
    kob_andersen,
    model_names,
    modified_binary_lennard_jones,
    register_model,
    registered_names,
    sticky_spheres,
    stillinger_weber,
)
from lmpmeso.models.sizes import Sizes
from lmpmeso.models.tables import potential_file_name, write_potential

__all__ = [
    "PACKAGED",
    "GlassModel",
    "LammpsInteraction",
    "Sizes",
    "Species",
    "copper_zirconium",
    "describe_model",
    "files_of_model",
    "further_model_names",
    "get_model",
    "harmonic_spheres",
    "inverse_power_law",
    "is_model_file",
    "is_packaged_name",
    "kob_andersen",
    "lammps_interaction",
    "lammps_pair_commands",
    "lammps_pair_style",
    "model_names",
    "model_text",
    "modified_binary_lennard_jones",
    "potential_file_name",
    "read_model",
    "register_model",
    "registered_names",
    "sticky_spheres",
    "stillinger_weber",
    "write_potential",
]
