"""eq3.png, and t̃ and ℓ̃ of Eq. 3 with 90 % intervals, from the tables that a campaign has written.

python eq3_of_a_campaign.py mine/tables --model ipl
"""

import argparse
import sys
from pathlib import Path

import lmpmeso
from lmpmeso.errors import told_in_a_line
from lmpmeso.files.tables import read_table
from lmpmeso.statistics import fit_mesoelastic

parser = argparse.ArgumentParser(
    description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
)
parser.add_argument("tables", type=Path, help="folder of a campaign's tables")
parser.add_argument("--model", default="ipl", help="the liquid: a name of the campaign, or a file")
parser.add_argument("--from", type=float, default=10.0, dest="first", help="least τ_α/t0 (10)")
given = parser.parse_args()
sys.excepthook = told_in_a_line

model = lmpmeso.get_model(given.model)
points = read_table(given.tables / "state-points.csv")
excluded = points["excluded"].astype(object)
points["excluded"] = excluded.where(excluded.notna(), "")  # CSV has no empty words
points = points[(points["model"] == model.name) & (points["status"] == "done")]
if points.empty or "tau_alpha" not in points:
    sys.exit(f"error: {given.tables}: no state point of {model.name} is finished")
good = points[(points["excluded"] == "") & points["tau_alpha"].notna()]
columns = (good[name] for name in ("temperature", "kappa", "tau_alpha"))
fit = fit_mesoelastic(model, *columns, shortest_reduced_time=given.first)

axes = lmpmeso.plot.mesoelastic(points)
axes.plot(fit.abscissa, fit.reduced_time(fit.abscissa), color="black")
axes.figure.savefig("eq3.png")
for name, found in (("t", fit.time), ("l", fit.length)):
    print(f"{name} {found.mean:.4g} [{found.low:.4g}, {found.high:.4g}] ({100 * found.level:g} %)")
