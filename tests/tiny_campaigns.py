"""Campaigns of a few particles, run for real: something of everything that figures and exports need."""

from collections.abc import Sequence
from pathlib import Path

import pytest

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

[vibrations]
bins = 20
"""
SOLID = """\
[[liquids]]
model = "ipl"
n_particles = 64
temperatures = [1.0]
"""
OTHERS = """\
seed = 1

[equilibration]
stretch_tau = 1.0
max_t0 = 400.0

[production]
length_tau = 2.0
shortest_spacing_t0 = 2.0
ratio = 1.5

[glasses]
number = 2
per_shard = 2

[statistics]
fit_from = 1.0
resamples = 100
""" + "".join(
    f"""
[[liquids]]
model = "{model}"
n_particles = {n_particles}
temperatures = [{temperature}]
"""
    for model, n_particles, temperature in (
        ("mblj", 80, 2.0),
        ("ss", 64, 3.0),
        ("ss-0.70", 64, 5.0),
        ("ss-0.95", 64, 15.0),
        ("sw", 100, 0.09),
        ("ka", 152, 3.0),
    )
)
"""Every other packaged model at one temperature, as short as a liquid can be."""


TEXTS = {
    "planar": f"{COMMON}\n{PLANAR}",
    "solid": f"{COMMON}\n{SOLID}",
    "others": OTHERS,
}
"""Campaign files without their first line, by name."""


FEW_FIGURES = ("annealing", "mesoelastic")
"""They stand for the catalogue, which takes ten seconds to draw and is drawn by tests/figures."""
WITH_PAGE = ("planar",)
"""Those that are made with figures and page: it has a table of every measurement."""


def run_campaign(folder: Path, name: str) -> Path:
    """Run one of the campaigns in one process, into ``folder/name``; of its figures one is drawn."""
    return _run(folder, name, f'name = "{name}"\n{TEXTS[name]}', ["mesoelastic"])


def run_campaign_to_tables(folder: Path, name: str) -> Path:
    """The same without figures and page, which take longer than some of the campaigns."""
    from lmpmeso.campaign.folder import open_folder
    from lmpmeso.campaign.reading import parse_campaign
    from lmpmeso.campaign.study import study_steps
    from lmpmeso.campaign.tables import write_tables
    from lmpmeso.engine.resources import Resources
    from lmpmeso.engine.run import run_steps
    from lmpmeso.study.progress import Silence

    text = f'name = "{name}"\n{TEXTS[name]}'
    campaign = parse_campaign(text)
    root = open_folder(folder / name, text, campaign)
    assert run_steps(root, study_steps(campaign), Resources(engine="serial"), Silence()).complete
    write_tables(root, campaign)
    return root


def run_small_study(folder: Path) -> Path:
    """Run the small study of tests.campaign, into ``folder/small``, with a few figures."""
    from tests.campaign.small_study import TEXT

    return _run(folder, "small", TEXT, FEW_FIGURES)


def _run(folder: Path, name: str, text: str, figures: Sequence[str]) -> Path:
    """Run a campaign by the command, with some of the figures."""
    file = folder / f"{name}.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        only_figures(patch, figures)
        assert main(["run", str(file), "-o", str(folder / name), "--engine", "serial"]) == 0
    return folder / name


def only_figures(patch: pytest.MonkeyPatch, names: Sequence[str]) -> None:
    """Let the catalogue hold some figures only."""
    from lmpmeso.figures import catalogue

    some = tuple(entry for entry in catalogue.FIGURES if entry.name in names)
    patch.setattr(catalogue, "FIGURES", some)
