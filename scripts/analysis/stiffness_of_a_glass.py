"""bonds.csv (κ_ij of every pair), field.csv (κ_i of every particle), and G and its planes on the screen.

python stiffness_of_a_glass.py liquid.dump      a dump or data file of LAMMPS; its last frame is quenched first
"""

import sys

import pandas as pd

import lmpmeso

MODEL = "ipl"
"""A name that `lmpmeso models` lists."""

if len(sys.argv) != 2:
    sys.exit(__doc__)
model = lmpmeso.get_model(MODEL)
liquid = lmpmeso.read_configuration(sys.argv[1], model)
glass = lmpmeso.quench(liquid, model)
hessian = lmpmeso.hessian(glass, model)

bonds = lmpmeso.dipole_stiffness(hessian, pairs="all")
bonds.to_csv("bonds.csv", index=False)
field = lmpmeso.kappa_field(bonds, glass.n_particles)
pd.DataFrame({"id": glass.ids, "kappa": field}).to_csv("field.csv", index=False)

shear = lmpmeso.shear_modulus(hessian)
print(f"mean kappa {bonds['kappa'].mean():.6g}, G {shear.value:.6g}")
for plane, value in shear.planes.items():
    print(f"G_{plane} {value:.6g}")
