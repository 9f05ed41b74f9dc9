"""scattering.csv (t, F_s and its error of the largest species), and τ_α with its interval on the screen.

python relaxation_of_a_liquid.py run.dump       unwrapped positions, or wrapped ones with image flags
"""

import sys

import lmpmeso

MODEL = "ipl"
"""A name that `lmpmeso models` lists."""
THRESHOLD = 0.2
"""F_s(τ_α)."""

if len(sys.argv) != 2:
    sys.exit(__doc__)
model = lmpmeso.get_model(MODEL)
species = model.largest_species
run = lmpmeso.read_trajectory(sys.argv[1], model)
scattering = lmpmeso.self_intermediate(run, model.species[species].q_max, species)
scattering.to_csv("scattering.csv", index=False)

tau = lmpmeso.relaxation_time(scattering, threshold=THRESHOLD)
print(f"tau_alpha {tau.value:.6g}, from {tau.low:.6g} to {tau.high:.6g}")
