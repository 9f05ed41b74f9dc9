"""field.xyz: a glass with κ_i as a column, to be coloured by OVITO (Color coding, property kappa).

python field_for_ovito.py liquid.dump           a dump or data file of LAMMPS; its last frame is quenched first
"""

import sys

import lmpmeso
from lmpmeso.configurations import write_extxyz

MODEL = "ipl"
"""A name that `lmpmeso models` lists."""

if len(sys.argv) != 2:
    sys.exit(__doc__)
model = lmpmeso.get_model(MODEL)
glass = lmpmeso.quench(lmpmeso.read_configuration(sys.argv[1], model), model)
bonds = lmpmeso.dipole_stiffness(glass, model, pairs="all")
field = lmpmeso.kappa_field(bonds, glass.n_particles)
write_extxyz("field.xyz", glass, model, per_particle={"kappa": field})
print(f"field.xyz: kappa from {field.min():.6g} to {field.max():.6g}")
