"""field.xyz: a glass with κ_i as a column, to be coloured by OVITO (Color coding, property kappa).

python field_for_ovito.py liquid.dump --model ipl
"""

import argparse
import sys

import lmpmeso
from lmpmeso.errors import told_in_a_line

parser = argparse.ArgumentParser(
    description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
)
parser.add_argument("file", help="dump or data file; its last frame is quenched first")
parser.add_argument("--model", default="ipl", help="a name that `lmpmeso models` lists, or a file")
given = parser.parse_args()
sys.excepthook = told_in_a_line

glass = lmpmeso.quench(given.file, given.model)
field = lmpmeso.analyse(glass, given.model).field
lmpmeso.write_extxyz("field.xyz", glass, given.model, per_particle={"kappa": field})
print(f"field.xyz: kappa from {field.min():.6g} to {field.max():.6g}")
