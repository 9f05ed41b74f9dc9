"""A small campaign with a refusal, and its page."""

import pytest

from lmpmeso.cli import main
from tests.browser import browser, opened
from tests.tiny_campaigns import only_figures

__all__ = ["browser", "opened"]  # fixtures

TEXT = """\
name = "refused"
[[liquids]]
model = "ipl"
n_particles = 64
temperatures = [2.0, 1.5, 1.0, 0.5, 0.45]
[equilibration]
stretch_tau = 4
max_t0 = 250
[production]
length_tau = 5
shortest_spacing_t0 = 2
ratio = 1.5
[glasses]
number = 3
per_shard = 3
[statistics]
resamples = 200
fit_from = 0.5
[resources]
engine = "serial"
"""
SOME_FIGURES = ("soft-mode", "annealing", "mesoelastic", "kappa-slices", "stiffness-distribution")
"""One that is left out, and each shape of those that are drawn; all of them take ten seconds, and a browser longer."""


@pytest.fixture(scope="session")
def campaign_folder(tmp_path_factory):
    """The folder of a campaign of which one liquid does not come to equilibrium."""
    root = tmp_path_factory.mktemp("report")
    file = root / "refused.toml"
    file.write_text(TEXT, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        only_figures(patch, SOME_FIGURES)
        assert main(["run", str(file), "-o", str(root / "refused")]) == 1
    return root / "refused"
