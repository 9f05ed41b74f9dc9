"""modes.csv: stiffness, participation ratio and place of the softest pseudo-harmonic modes of a glass.

python soft_modes_of_a_glass.py liquid.dump     a dump or data file of LAMMPS; its last frame is quenched first
"""

import sys

import lmpmeso
from lmpmeso.elasticity import soft_modes

MODEL = "ipl"
"""A name that `lmpmeso models` lists."""
STARTS, SOFTEST = 20, 10
"""Pairs, drawn at random, whose responses the search begins from; modes that are kept."""

if len(sys.argv) != 2:
    sys.exit(__doc__)
model = lmpmeso.get_model(MODEL)
glass = lmpmeso.quench(lmpmeso.read_configuration(sys.argv[1], model), model)
modes = soft_modes(glass, model, starts=STARTS).softest(SOFTEST)
modes.table.to_csv("modes.csv", index=False)
print(modes.table[["stiffness", "participation_ratio", "n_starts"]].to_string(index=False))
