"""A campaign on a Slurm cluster, from Python: run on a login node, it keeps jobs going until all is done.

python campaign_on_slurm.py mine.toml -o /scratch/me/mine --workers 50

Partition, account and set-up lines stand in the section [resources.slurm] of the file. Killed and
called again, it goes on.
"""

import argparse
import sys

import lmpmeso
from lmpmeso.errors import told_in_a_line

parser = argparse.ArgumentParser(
    description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
)
parser.add_argument("file", help="a campaign file, or the name of a preset")
parser.add_argument("-o", "--output", help="folder that all nodes see (default: its name, here)")
parser.add_argument("--workers", type=int, help="jobs at a time (default: as the file says)")
parser.add_argument("--engine", default="slurm", help="local or serial: on this machine instead")
given = parser.parse_args()
sys.excepthook = told_in_a_line

campaign = lmpmeso.read_campaign(given.file)
study = campaign.run(given.output, engine=given.engine, workers=given.workers)
print(study)
shown = study.state_points.reindex(columns=["model", "temperature", "status", "kappa"])
print(shown.to_string(index=False))
