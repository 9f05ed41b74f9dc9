"""modes.csv: stiffness, participation ratio and place of the softest pseudo-harmonic modes of a glass.

python soft_modes_of_a_glass.py liquid.dump --model ipl
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
parser.add_argument("--starts", type=int, default=20, help="pairs whose responses it begins from")
parser.add_argument("--softest", type=int, default=10, help="modes that are kept")
given = parser.parse_args()
sys.excepthook = told_in_a_line

glass = lmpmeso.quench(given.file, given.model)
modes = lmpmeso.soft_modes(glass, given.model, starts=given.starts).softest(given.softest)
modes.table.to_csv("modes.csv", index=False)
print(modes.table[["stiffness", "participation_ratio", "n_starts"]].to_string(index=False))
