"""bonds.csv (κ_ij of every pair), field.csv (κ_i of every particle), and G and its planes on the screen.

python stiffness_of_a_glass.py liquid.dump --model ipl
"""

import argparse
import sys

import pandas as pd

import lmpmeso
from lmpmeso.errors import told_in_a_line

parser = argparse.ArgumentParser(
    description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
)
parser.add_argument("file", help="dump or data file; its last frame is quenched first")
parser.add_argument("--model", default="ipl", help="a name that `lmpmeso models` lists, or a file")
given = parser.parse_args()
sys.excepthook = told_in_a_line

model = lmpmeso.get_model(given.model)
glass = lmpmeso.quench(given.file, model)
found = lmpmeso.analyse(glass, model)

found.bonds.to_csv("bonds.csv", index=False)
field = pd.DataFrame({"id": glass.ids, "kappa": found.field})
field.to_csv("field.csv", index=False)

stiffness = model.units_style.named("ε/σ^2")
modulus = model.units_style.named(f"ε/σ^{model.dimension}")
print(f"mean kappa {found.bonds['kappa'].mean():.6g} {stiffness}")
print(f"G {found.shear.value:.6g} {modulus}")
for plane, value in found.shear.planes.items():
    print(f"G_{plane} {value:.6g} {modulus}")
