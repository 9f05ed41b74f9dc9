"""The main job, small and real: liquid → inherent structures → κ, G, F_s, τ_α → a page.

Every step goes from files to files, and a file appears complete or not at all, so that a run that
was stopped goes on where it was.
"""

from lmpmeso.quickstart.parameters import SMALL, QuickstartParameters
from lmpmeso.quickstart.run import run_quickstart

__all__ = ["SMALL", "QuickstartParameters", "run_quickstart"]
