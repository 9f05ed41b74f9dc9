"""Model files that tests write."""

from pathlib import Path

IPL = """\
density = 0.82
time_step = 0.005
thermostat_time = 0.2

[[species]]
name = "small"
q_max = 6.88

[[species]]
name = "large"
q_max = 6.35

[pair]
phi = "(size/r)^10"
cutoff = "1.48*size"
shift = "smooth-3"
diameter = "size"

[pair.constants]
size = { small-small = 1.0, small-large = 1.18, large-large = 1.4 }
"""
"""The packaged model ``ipl``."""

KOB_ANDERSEN = """\
density = 1.2
tracer = "A"

[[species]]
name = "A"
fraction = 0.8

[[species]]
name = "B"
fraction = 0.2

[pair]
phi = "4*eps*((sig/r)^12 - (sig/r)^6)"
cutoff = "cut"
shift = "SHIFT"
diameter = "sig"

[pair.constants]
eps = { A-A = 1.0, A-B = 1.5, B-B = 0.5 }
sig = { A-A = 1.0, B-A = 0.8, B-B = 0.88 }
cut = { CUT }
"""
MODIFIED = KOB_ANDERSEN.replace("SHIFT", "force").replace("CUT", "A-A = 1.5, A-B = 2.0, B-B = 1.5")
"""The packaged model ``mblj``."""
ORIGINAL = KOB_ANDERSEN.replace("SHIFT", "energy").replace("CUT", "A-A = 2.5, A-B = 2.0, B-B = 2.2")
"""The packaged model ``ka``."""

ARGON = """\
title = "argon"
density = 0.0203
units = "UNITS"

[[species]]
name = "Ar"
mass = 39.948

[pair]
phi = "4*eps*((sig/r)^12 - (sig/r)^6)"
cutoff = "2.2*sig"
shift = "smooth-2"

[pair.constants]
eps = EPS
sig = 3.405
"""
METAL = ARGON.replace("UNITS", "metal").replace("EPS", "0.0103236")
REAL = ARGON.replace("UNITS", "real").replace("EPS", "0.238066")


def written(folder: Path, text: str, name: str = "mine") -> Path:
    """A model file."""
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


POLYDISPERSE = """\
density = 1.0

[[species]]
name = "A"
q_max = 7.0

[sizes]
smallest = 0.725329
largest = 1.609505
exponent = -3
nonadditivity = 0.2

[pair]
phi = "r^-12"
cutoff = 1.25
shift = "smooth-2"
"""
"""Soft spheres of Ninarello, Berthier and Coslovich, Phys. Rev. X 7, 021039 (2017)."""
