"""The quickstart end to end, on its small variant: a campaign, its short page, and the page's commands."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lmpmeso.cli import main
from lmpmeso.configurations import read_trajectory
from lmpmeso.errors import CampaignError
from lmpmeso.report.short_page import SHORT_FIGURES
from lmpmeso.study.quickstart import quickstart_file
from lmpmeso.study.snapshot import StoredTables
from tests.browser import accessibility_violations, browser, opened, overflowing

__all__ = ["browser", "opened"]  # fixtures


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """The folder of a finished small quickstart: a copy of the one that CI makes with the script, or a new one."""
    folder = tmp_path_factory.mktemp("quickstart") / "small"
    made = os.environ.get("LMPMESO_QUICKSTART", folder)
    # What the script has not come to yet is made here: two programs at once make everything once.
    assert main(["quickstart", str(made), "--small", "--workers", "2"]) == 0
    return folder if made == folder else Path(shutil.copytree(made, folder))


def test_every_glass_of_every_temperature_is_there(small):
    glasses = StoredTables(small)["glasses"]
    assert dict(glasses.groupby("temperature").size()) == {1.0: 4, 2.0: 4}
    assert (glasses["max_force"] < 1e-10).all()
    assert (glasses["kappa_mean"] > 0).all()
    assert (glasses["shear_modulus"] > 0).all()


def test_the_numbers_lie_inside_their_intervals(small):
    points = StoredTables(small)["state_points"]
    assert list(points["temperature"]) == [2.0, 1.0]
    assert (points["status"] == "done").all()
    for name in ("kappa", "shear_modulus", "inherent_energy", "tau_alpha_over_t0"):
        assert (points[f"{name}_low"] < points[name]).all()
        assert (points[name] < points[f"{name}_high"]).all()
    hot, cold = points["tau_alpha_over_t0"]
    assert 0.5 < hot < 2.0
    assert 2.0 < cold < 7.0


def test_the_page_needs_no_network_and_holds_the_numbers_and_four_figures(small):
    page = (small / "index.html").read_text(encoding="utf-8")
    assert page.count('<div class="plate">') == page.count('src="data:image/') == 4
    assert not re.search(r"(src|href)\s*=\s*[\"']?(https?:)?//", page)
    assert "{{" not in page
    for value in StoredTables(small)["state_points"]["kappa"]:
        assert f"{value:#.3g}" in page
    assert {path.stem for path in (small / "figures").glob("*.png")} == set(SHORT_FIGURES)


def test_the_page_fits_every_width_and_satisfies_wcag_aa_in_both_schemes(small, opened):
    for width in (320, 360, 1280):
        page = opened(small / "index.html", width=width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert overflowing(page) == []
    for scheme in ("light", "dark"):
        page = opened(small / "index.html", color_scheme=scheme)
        assert accessibility_violations(page) == {}


def test_the_contents_and_the_enlarged_figures_of_the_page_work_by_keyboard(small, opened):
    page = opened(small / "index.html")
    for anchor in page.locator("nav a").evaluate_all("all => all.map((a) => a.hash)"):
        assert page.locator(anchor).count() == 1
    page.locator(".plate button").first.focus()
    page.keyboard.press("Enter")
    assert page.locator("dialog img").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("dialog").is_visible()


def test_the_page_warns_that_the_small_variant_proves_no_physics(small):
    assert "4 glasses a temperature" in (small / "index.html").read_text(encoding="utf-8")


def test_running_again_repeats_nothing_and_writes_a_page_that_is_gone(small, capsys):
    products = [path for path in small.rglob("T*/*") if path.is_file()]
    before = {path: path.stat().st_mtime_ns for path in products}
    (small / "index.html").unlink()
    assert main(["quickstart", str(small), "--small"]) == 0
    assert (small / "index.html").is_file()
    assert {path: path.stat().st_mtime_ns for path in products} == before
    assert "nothing to do" in capsys.readouterr().err


def test_the_command_lines_of_the_page_work_on_the_files_that_were_left(small):
    page = (small / "index.html").read_text(encoding="utf-8")
    block = re.search(r"<pre[^>]*>(mkdir -p again.*?)</pre>", page, re.DOTALL)
    bin_folder = str(Path(sys.executable).parent)
    environment = {**os.environ, "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-euc", block.group(1).replace("&#39;", "'")],
        cwd=small,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    glasses = StoredTables(small)["glasses"].set_index(["temperature", "glass"])
    report = json.loads(re.search(r"^\{.*?^\}", done.stdout, re.DOTALL | re.MULTILINE).group())
    assert report["kappa_mean"] == pytest.approx(glasses.loc[(1.0, 0), "kappa_mean"], rel=1e-9)
    energy = float(re.search(r"energy per particle +(\S+)", done.stdout).group(1))
    assert energy == pytest.approx(glasses.loc[(1.0, 0), "energy_per_particle"], rel=1e-9)
    tau = float(re.search(r"τ_α/t0 +(\d\S*)", done.stdout).group(1))
    points = StoredTables(small)["state_points"].set_index("temperature")
    assert tau == pytest.approx(points.loc[1.0, "tau_alpha_over_t0"], rel=1e-3)
    frames = next(small.glob("ipl/N250/T1.0/r0/production-*/0000.nc"))
    before, again = (read_trajectory(p, "ipl") for p in (frames, small / "again/run/trajectory.nc"))
    assert np.array_equal(again.steps, before.steps)
    early = np.asarray(again.steps) < 300
    assert again.positions_tnc[early] == pytest.approx(before.positions_tnc[early], abs=1e-9)


def test_other_parameters_in_the_same_folder_go_on_from_what_is_there(tmp_path):
    known = quickstart_file(small=True)
    changed = quickstart_file(small=True, glasses=[5])
    assert known.campaign.name == changed.campaign.name
    assert changed.campaign.liquids[0].glasses == (5, 5)
    ours, theirs = (
        {point.steps[0].target for point in _points(file.campaign)} for file in (known, changed)
    )
    assert ours == theirs  # the equilibrations, which take longest


def _points(campaign):
    from lmpmeso.campaign.study import state_points

    return state_points(campaign)


def test_a_quickstart_of_an_earlier_version_is_refused_in_one_sentence(tmp_path, capsys):
    (tmp_path / "parameters.json").write_text('{"format": 1, "model": "ipl"}')
    assert main(["quickstart", str(tmp_path), "--small"]) == 2
    message = capsys.readouterr().err
    assert "quickstart of lmpmeso 0.1.0" in message
    assert "name a new folder" in message
    assert [path.name for path in tmp_path.iterdir()] == ["parameters.json"]


def test_a_folder_with_other_things_in_it_is_left_alone(tmp_path, capsys):
    (tmp_path / "thesis.tex").write_text("years of work")
    assert main(["quickstart", str(tmp_path), "--small"]) == 2
    assert "holds no campaign" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_what_was_asked_for_stands_in_the_campaign_file():
    file = quickstart_file([1.5, 0.7], n_particles=500, glasses=[8, 6], seed=3)
    (liquid,) = file.campaign.liquids
    assert (liquid.temperatures, liquid.glasses, liquid.n_particles) == ((1.5, 0.7), (8, 6), 500)
    assert file.campaign.seed == 3
    assert "temperatures = [1.5, 0.7]" in file.text


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"temperatures": (2.0, 0.3)}, "outside"),
        ({"temperatures": (1.0,)}, "two or more"),
        ({"temperatures": (1.0, 2.0, 1.0)}, "temperatures"),
        ({"glasses": (4, 2)}, "at least 3 glasses"),
        ({"glasses": (4, 4, 4)}, "3 numbers for 2 temperatures"),
        ({"seed": -1}, "seed"),
    ],
)
def test_what_cannot_work_is_refused_before_anything_runs(changes, message):
    with pytest.raises(CampaignError, match=message):
        quickstart_file(small=True, **changes)
