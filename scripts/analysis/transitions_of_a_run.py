"""transitions.csv (which step, how far, how many particles), and the rate of transitions Γ on the screen.

python transitions_of_a_run.py run.dump         successive frames of a short run, evenly spaced, unwrapped
"""

import sys

import lmpmeso
from lmpmeso.landscape import inherent_structure_trajectory, transition_rate, transitions

MODEL, TEMPERATURE = "ipl", 1.0
"""A name that `lmpmeso models` lists, and T of the run, which sets the unit of time."""

if len(sys.argv) != 2:
    sys.exit(__doc__)
model = lmpmeso.get_model(MODEL)
run = lmpmeso.read_trajectory(sys.argv[1], model)
structures = inherent_structure_trajectory(run, model)
transitions(structures).to_csv("transitions.csv", index=False)

rate = transition_rate([structures], model, TEMPERATURE)
print(f"{rate.counts_k[0]} transitions in {rate.durations_k[0]:.6g}, reduced rate {rate.reduced}")
