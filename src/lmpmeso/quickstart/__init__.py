"""The main job, small and real: liquid → inherent structures → κ, G, F_s, τ_α → a page.

Every step goes from files to files, and a file appears complete or not at all, so that a run that
was stopped goes on where it was. :func:`lmpmeso.quickstart.run.run_quickstart` runs everything;
nothing is imported here, since worker processes need only their own step.
"""
