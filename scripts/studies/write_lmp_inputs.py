"""Write lmp_inputs/model.NAME and lmp_inputs/pair.NAME of every model.

    python scripts/studies/write_lmp_inputs.py

A test compares the committed files with what this would write.
"""

from lmpmeso.files.package_data import lmp_input
from lmpmeso.lammps.inputs import write_includes
from lmpmeso.models import get_model, model_names

for name in model_names():
    write_includes(get_model(name), lmp_input("in.quench").parent)
