"""scattering.csv and .png (F_s and its error of the largest species), and τ_α with its 90 % interval on the screen.

python relaxation_of_a_liquid.py run.dump --model ipl
"""

import argparse
import sys

import lmpmeso
from lmpmeso.errors import told_in_a_line

parser = argparse.ArgumentParser(
    description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
)
parser.add_argument("files", nargs="+", help="dumps of one run, unwrapped or with image flags")
parser.add_argument("--model", default="ipl", help="a name that `lmpmeso models` lists, or a file")
parser.add_argument("--q", type=float, help="wave number (default: the model's q_max)")
parser.add_argument("--threshold", type=float, default=0.2, help="F_s(τ_α) (default: 0.2)")
parser.add_argument("--time-step", type=float, help="where the files do not tell it")
given = parser.parse_args()
sys.excepthook = told_in_a_line

run = lmpmeso.read_trajectory(given.files, given.model, time_step=given.time_step)
scattering = lmpmeso.self_intermediate(run, given.q)
scattering.to_csv("scattering.csv", index=False)
axes = lmpmeso.plot.scattering(scattering, threshold=given.threshold)
axes.figure.savefig("scattering.png")

tau = lmpmeso.relaxation_time(scattering, threshold=given.threshold)
time = lmpmeso.get_model(given.model).units_style.time_unit
print(f"tau_alpha {tau.value:.6g} [{tau.low:.6g}, {tau.high:.6g}] {time} ({100 * tau.level:g} %)")
if tau.caveat:
    print(tau.caveat)
