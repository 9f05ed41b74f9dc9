"""A campaign as one runs it, from Python and from the command line: file → run → tables, figures, page.

It stands after figures and report, which it calls, and computes nothing itself::

    study = lmpmeso.read_campaign("mine.toml").run("folder")
    study.state_points, study.fits, study.figures["mesoelastic"], study.page
"""
