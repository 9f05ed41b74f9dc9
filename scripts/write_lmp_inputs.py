"""Write lmp_inputs/model.NAME and lmp_inputs/pair.NAME of every model.

    python scripts/write_lmp_inputs.py

A test compares the committed files with what this would write.
"""

from lmpmeso.data_files import lmp_input
from lmpmeso.models import get_model, model_names
from lmpmeso.simulation.inputs import write_includes

for name in model_names():
    write_includes(get_model(name), lmp_input("in.quench").parent)
