"""Two campaigns of a few particles, run for real: something of everything that figures and exports need."""

from pathlib import Path

from lmpmeso.cli import main

COMMON = """\
seed = 1

[equilibration]
stretch_tau = 4.0

[production]
length_tau = 5.0
shortest_spacing_t0 = 2.0
ratio = 1.5

[glasses]
number = 3
per_shard = 2

[statistics]
fit_from = 1.0
resamples = 200
"""
PLANAR = """\
[[liquids]]
model = "ipl2d"
n_particles = 64
temperatures = [1.2, 1.0]

[landscape]
trajectories = 2
frames = 9

[isoconfigurational]
configurations = 2
runs = 2

[modes]
starts = 20
"""
SOLID = """\
[[liquids]]
model = "ipl"
n_particles = 64
temperatures = [1.0]
"""


def run_campaign(folder: Path, name: str, text: str) -> Path:
    """Run a campaign in one process, into ``folder/name``."""
    file = folder / f"{name}.toml"
    file.write_text(f'name = "{name}"\n{COMMON}\n{text}', encoding="utf-8")
    assert main(["run", str(file), "-o", str(folder / name), "--engine", "serial"]) == 0
    return folder / name
