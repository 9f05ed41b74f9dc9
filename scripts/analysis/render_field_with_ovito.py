"""field.png: a glass with its particles coloured by κ_i, drawn by OVITO without a screen (pip install ovito).

python render_field_with_ovito.py liquid.dump   a dump or data file of LAMMPS; its last frame is quenched first
"""

import math
import os
import sys

import numpy as np

import lmpmeso

MODEL = "ipl"
"""A name that `lmpmeso models` lists."""
SIZE = (800, 800)
"""Pixels of the picture."""

if len(sys.argv) != 2:
    sys.exit(__doc__)
model = lmpmeso.get_model(MODEL)
glass = lmpmeso.quench(lmpmeso.read_configuration(sys.argv[1], model), model)
field = lmpmeso.analyse(glass, model).field
lmpmeso.write_extxyz(
    "field.xyz", glass, model, per_particle={"kappa": field, "radius": model.diameters[glass.species] / 2}
)

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
from ovito.io import import_file
from ovito.modifiers import ColorCodingModifier
from ovito.vis import TachyonRenderer, Viewport

pipeline = import_file("field.xyz")
low, high = np.quantile(field, [0.01, 0.99])
pipeline.modifiers.append(
    ColorCodingModifier(
        property="kappa",
        start_value=low,
        end_value=high,
        gradient=ColorCodingModifier.Plasma(),
    )
)
pipeline.add_to_scene()
view = Viewport(type=Viewport.Type.Perspective, camera_dir=(2, 1, -1), fov=math.radians(45))
view.zoom_all(SIZE)
view.render_image(filename="field.png", size=SIZE, renderer=TachyonRenderer())
print(f"field.png: kappa from {low:.6g} to {high:.6g}")
