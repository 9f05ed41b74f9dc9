"""Campaigns: steps from files to files, and the engine that runs them.

A target that is there is done; nothing else is remembered. :class:`lmpmeso.engine.step.Step` says
how a file is made.
"""
