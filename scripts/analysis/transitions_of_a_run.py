"""transitions.csv (which step, how far, how many particles), and the rate of transitions Γ on the screen.

python transitions_of_a_run.py run.dump --model ipl --temperature 1.0
"""

import argparse
import sys

import lmpmeso
from lmpmeso.errors import told_in_a_line

parser = argparse.ArgumentParser(
    description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
)
parser.add_argument("file", help="successive frames of a short run, evenly spaced, unwrapped")
parser.add_argument("--model", default="ipl", help="a name that `lmpmeso models` lists, or a file")
parser.add_argument(
    "--temperature", type=float, default=1.0, help="of the run: sets the unit of time"
)
given = parser.parse_args()
sys.excepthook = told_in_a_line

structures = lmpmeso.inherent_structure_trajectory(given.file, given.model)
lmpmeso.transitions(structures).to_csv("transitions.csv", index=False)

rate = lmpmeso.transition_rate([structures], given.model, given.temperature)
print(f"{rate.counts_k[0]} transitions in {rate.durations_k[0]:.6g}, reduced rate {rate.reduced}")
