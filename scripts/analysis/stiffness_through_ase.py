"""field.xyz, written by ASE: a configuration that ASE reads is quenched, and gets κ_i as an array.

python stiffness_through_ase.py liquid.xyz --model ipl
"""

import argparse
import sys

import ase.io

import lmpmeso
from lmpmeso.errors import told_in_a_line

parser = argparse.ArgumentParser(
    description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
)
parser.add_argument("file", help="anything that ase.io.read reads, in the units of the model")
parser.add_argument("--model", default="ipl", help="a name that `lmpmeso models` lists, or a file")
given = parser.parse_args()
sys.excepthook = told_in_a_line

liquid = lmpmeso.from_ase(ase.io.read(given.file), given.model)
glass = lmpmeso.quench(liquid, given.model)
atoms = lmpmeso.to_ase(glass, given.model)
atoms.set_array("kappa", lmpmeso.analyse(glass, given.model).field)
ase.io.write("field.xyz", atoms)
print(f"field.xyz: {len(atoms)} particles, mean kappa_i {atoms.arrays['kappa'].mean():.6g}")
