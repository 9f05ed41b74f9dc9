"""distribution.csv and .png: p(κ_ij) of several glasses, and the mean κ, with 90 % intervals by glass.

python kappa_of_many_glasses.py glass-*.dump --model ipl --processes 2
"""

import argparse
import sys

import lmpmeso
from lmpmeso.elasticity import dipole_stiffness_ensemble
from lmpmeso.errors import told_in_a_line
from lmpmeso.statistics import stiffness_distribution


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="+", help="dumps or data files, one glass or liquid each")
    parser.add_argument("--model", default="ipl", help="a name `lmpmeso models` lists, or a file")
    parser.add_argument("--processes", type=int, default=2, help="that share the glasses")
    given = parser.parse_args()
    sys.excepthook = told_in_a_line

    glasses = [lmpmeso.quench(file, given.model) for file in given.files]
    tables = dipole_stiffness_ensemble(glasses, given.model, processes=given.processes)
    kappa_by_glass = [table["kappa"] for table in tables]

    found = stiffness_distribution(kappa_by_glass)
    found.histogram.to_csv("distribution.csv", index=False)
    lmpmeso.plot.stiffness_distribution(kappa_by_glass).figure.savefig("distribution.png")
    print(f"mean kappa of {found.n_glasses} glasses: {found.mean}")


if __name__ == "__main__":  # processes are spawned: each imports this file
    main()
