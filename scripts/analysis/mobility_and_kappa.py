"""mobility.csv (κ_i and the mean displacement of every particle), and how well their ranks agree.

python mobility_and_kappa.py liquid.dump --model ipl --temperature 0.7 --processes 2
"""

import argparse
import sys

import pandas as pd

import lmpmeso
from lmpmeso.errors import told_in_a_line
from lmpmeso.execution import Execution
from lmpmeso.propensity import propensity, spearman


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", help="dump or data file; its last frame is quenched first")
    parser.add_argument("--model", default="ipl", help="a name `lmpmeso models` lists, or a file")
    parser.add_argument("--temperature", type=float, required=True, help="of the runs")
    parser.add_argument("--duration", type=float, default=1.0, help="of a run; the paper: τ_α/10")
    parser.add_argument("--runs", type=int, default=20, help="from the same glass")
    parser.add_argument("--processes", type=int, default=2, help="that share the runs")
    given = parser.parse_args()
    sys.excepthook = told_in_a_line

    glass = lmpmeso.quench(given.file, given.model)
    kappa = lmpmeso.analyse(glass, given.model).field
    how = {"duration": given.duration, "n_runs": given.runs, "thermal_start": "doubled"}
    execution = Execution(processes=given.processes)
    runs = lmpmeso.isoconfigurational_runs(
        glass, given.model, given.temperature, **how, execution=execution
    )
    moved = propensity(runs).mean_n
    table = pd.DataFrame({"id": glass.ids, "kappa": kappa, "displacement": moved})
    table.to_csv("mobility.csv", index=False)
    print(f"rank correlation of 1/kappa and mobility: {spearman(1.0 / kappa, moved):.3f}")


if __name__ == "__main__":  # processes are spawned: each imports this file
    main()
