"""The quickstart end to end, on its small variant: results, resumption, repeatability."""

import fcntl
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lmpmeso.quickstart.page import lead, numbers
from lmpmeso.quickstart.parameters import SMALL, QuickstartParameters, open_folder
from lmpmeso.quickstart.reduction import summary_table
from lmpmeso.quickstart.run import scratch_folder

from lmpmeso.cli import main
from lmpmeso.configurations import read_trajectory
from lmpmeso.errors import ConfigurationError, ModelError
from lmpmeso.report.html_page import symbols
from tests.browser import accessibility_violations, browser, opened, overflowing

__all__ = ["browser", "opened"]  # fixtures

TABLES = ("summary", "glasses", "scattering", "histogram", "slices")


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """The folder of a finished small quickstart."""
    folder = tmp_path_factory.mktemp("quickstart") / "small"
    assert main(["quickstart", str(folder), "--small", "--workers", "2"]) == 0
    return folder


def table(folder, name):
    """A table without the times that its rows took."""
    return pd.read_csv(folder / "tables" / f"{name}.csv").drop(columns="seconds", errors="ignore")


def test_every_glass_of_every_temperature_is_there(small):
    glasses = table(small, "glasses")
    counts = glasses.groupby("temperature").size()
    assert dict(counts) == dict(zip(SMALL.temperatures, SMALL.n_glasses, strict=True))
    assert (glasses["max_force"] < 1e-10).all()
    assert (glasses["kappa_mean"] > 0).all()
    assert (glasses["shear_modulus"] > 0).all()


def test_the_energy_of_glasses_that_remember_one_another_counts_by_parts_of_the_run():
    energies = 5.7 + 0.01 * np.repeat([1.0, -1.0, 0.5, -0.5, 0.2], 5)
    glasses = pd.DataFrame(
        {
            "temperature": np.repeat([2.0, 1.0], 25),
            "energy_per_particle": np.tile(energies, 2),
            "kappa_mean": np.tile(energies, 2),
            "shear_modulus": np.tile(energies, 2),
            "n_pairs": 10,
            "max_force": 1e-12,
        }
    )
    parameters = replace(SMALL, temperatures=(2.0, 1.0), n_glasses=(25, 25))
    row = summary_table(glasses, {2.0: {}, 1.0: {}}, parameters).iloc[1]
    remembered = row["energy_high"] - row["energy_low"]
    for_itself = row["kappa_high"] - row["kappa_low"]
    assert remembered > 1.8 * for_itself  # five values for 25, and Student's t


def test_the_summary_holds_means_inside_their_intervals(small):
    summary = table(small, "summary")
    assert list(summary["temperature"]) == list(SMALL.temperatures)
    for name in ("kappa", "shear_modulus", "energy"):
        assert (summary[f"{name}_low"] < summary[name]).all()
        assert (summary[name] < summary[f"{name}_high"]).all()
    hot, cold = summary["tau_alpha_over_t0"]
    assert 0.5 < hot < 2.0
    assert 2.0 < cold < 7.0


def test_the_page_needs_no_network_and_holds_the_numbers_and_four_figures(small):
    page = (small / "index.html").read_text(encoding="utf-8")
    assert page.count('<div class="plate">') == page.count('src="data:image/') == 4
    assert not re.search(r"(src|href)\s*=\s*[\"']?(https?:)?//", page)
    assert "{{" not in page
    summary = table(small, "summary")
    for value in summary["kappa"]:
        assert f"{value:#.3g}" in page
    assert sorted(p.name for p in (small / "figures").iterdir()) == [
        "kappa_map.png",
        "scattering.png",
        "stiffness_and_modulus.png",
        "stiffness_distribution.png",
    ]


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
    page = (small / "index.html").read_text(encoding="utf-8")
    assert "Only 4 glasses a temperature" in page


def test_no_temporary_files_are_left(small):
    left = [path for path in small.rglob("*") if path.name.startswith(".")]
    assert left == []
    assert not list(small.rglob("*.restart"))


def test_running_again_repeats_no_finished_work_and_rewrites_the_page(small, capsys):
    products = [p for p in small.rglob("T*/*") if p.is_file()]
    before = {p: p.stat().st_mtime_ns for p in products}
    (small / "index.html").unlink()
    assert main(["quickstart", str(small), "--small"]) == 0
    assert (small / "index.html").is_file()
    assert {p: p.stat().st_mtime_ns for p in products} == before
    assert "relaxation time" in capsys.readouterr().out


def test_other_parameters_in_the_same_folder_are_refused_by_name(small, capsys):
    assert main(["quickstart", str(small), "--small", "--seed", "2"]) == 2
    message = capsys.readouterr().err
    assert "seed 1 there, 2 now" in message
    assert "name a new folder" in message


def test_a_folder_with_other_things_in_it_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(ConfigurationError, match="holds no quickstart"):
        open_folder(tmp_path, SMALL)


def test_lammps_never_includes_files_from_below_a_folder_with_a_blank(tmp_path):
    root = tmp_path / "my results"
    root.mkdir()
    with scratch_folder(root) as scratch:
        assert " " not in str(scratch)
        assert scratch.is_dir()
    assert not scratch.exists()


def test_the_command_lines_of_the_page_work_on_the_files_that_were_left(small):
    page = (small / "index.html").read_text(encoding="utf-8")
    block = re.search(r"<pre[^>]*>(# the liquid.*?)</pre>", page, re.DOTALL)
    commands = block.group(1).replace("&#34;", '"')
    bin_folder = str(Path(sys.executable).parent)
    environment = {**os.environ, "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-euc", commands],
        cwd=small,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    coldest = table(small, "glasses").set_index(["temperature", "glass"]).loc[(1.0, 0)]
    report = json.loads(re.search(r"^\{.*?^\}", done.stdout, re.DOTALL | re.MULTILINE).group())
    assert report["kappa_mean"] == pytest.approx(coldest["kappa_mean"], rel=1e-9)
    again, before = (
        read_trajectory(path, "ipl")
        for path in (small / "again.dump", small / "T1" / "trajectory.dump")
    )
    assert again.steps.tolist() == before.steps.tolist()
    early = again.steps < 300
    assert again.positions_tnc[early] == pytest.approx(before.positions_tnc[early], abs=1e-9)
    for left in small.glob("again*"):
        left.unlink()


@pytest.mark.skipif(shutil.which("ps") is None, reason="needs ps to see the workers")
def test_killed_in_the_middle_it_resumes_to_the_numbers_of_an_uninterrupted_run(small, tmp_path):
    folder = tmp_path / "killed"
    command = [sys.executable, "-m", "lmpmeso", "quickstart", folder, "--small", "--workers", "2"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        wait_for(lambda: list(folder.glob("T*/production/checkpoint-*")), process)
        workers = children(process.pid)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stderr.close()
    assert workers
    wait_for(lambda: not any(is_running(pid) for pid in workers))
    assert not (folder / "index.html").exists()
    assert main(["quickstart", str(folder), "--small", "--workers", "2"]) == 0
    for name in TABLES:
        pd.testing.assert_frame_equal(table(folder, name), table(small, name), check_exact=True)


@pytest.mark.skipif(shutil.which("ps") is None, reason="needs ps to see the workers")
def test_ctrl_c_ends_everything_with_one_message(tmp_path):
    folder = tmp_path / "interrupted"
    command = [sys.executable, "-m", "lmpmeso", "quickstart", folder, "--small", "--workers", "2"]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        wait_for(lambda: list(folder.glob("T*/equilibration/checkpoint-*")), process)
        workers = children(process.pid)
        os.killpg(process.pid, signal.SIGINT)
        out, messages = process.communicate(timeout=600)
    assert process.returncode == 130
    assert out == ""
    assert messages.splitlines()[-1].startswith("lmpmeso: interrupted")
    assert "Traceback" not in messages
    assert not (folder / ".scratch").exists()
    wait_for(lambda: not any(is_running(pid) for pid in workers))


def test_two_at_once_in_one_folder_are_refused(small, capsys):
    with open(small / "parameters.json", "rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert main(["quickstart", str(small), "--small"]) == 2
    assert "another lmpmeso quickstart is at work" in capsys.readouterr().err


def test_run_lengths_grow_with_the_relaxation_time():
    parameters = QuickstartParameters()
    hot, cold = (parameters.block_steps(t) for t in (2.0, 0.65))
    assert cold > 3 * hot
    assert parameters.expected_relaxation(0.7) == pytest.approx(28.0)
    assert 28.0 < parameters.expected_relaxation(0.68) < 80.0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"temperatures": (2.0, 0.3)}, "outside"),
        ({"temperatures": (1.0,)}, "two or more different"),
        ({"temperatures": (1.0, 2.0, 1.0)}, "two or more different"),
        ({"n_glasses": (4, 2)}, "at least 3 glasses"),
        ({"n_glasses": (4, 4, 4)}, "one number of glasses for each"),
        ({"seed": -1}, "negative"),
    ],
)
def test_what_cannot_work_is_refused_before_anything_runs(changes, message):
    with pytest.raises(ModelError, match=message):
        replace(SMALL, **changes)


def test_the_lead_says_what_was_found_and_how_sure_it_is():
    rows = [
        {"temperature": 2.0, "tau_alpha_over_t0": 1.0},
        {"temperature": 0.65, "tau_alpha_over_t0": 60.0},
    ]
    for row, kappa, modulus in zip(rows, (1.0, 1.42), (1.0, 1.1), strict=True):
        row |= {"kappa_ratio": kappa, "kappa_ratio_low": kappa - 0.1}
        row |= {"kappa_ratio_high": kappa + 0.1, "shear_modulus_ratio": modulus}
        row |= {"shear_modulus_ratio_low": float("nan"), "shear_modulus_ratio_high": float("nan")}
    text = lead(pd.DataFrame(rows))
    assert "42 % higher (+32 to +52 %)" in text
    assert "shear modulus G that is 10 % higher." in text
    assert "τ_α/t0 is 60 times as long" in text


def test_a_relaxation_time_that_was_not_reached_is_said_so_and_left_out(small):
    summary = table(small, "summary")
    for name in ("tau_alpha_over_t0", "tau_alpha_over_t0_low", "tau_alpha_over_t0_high"):
        summary.loc[1, name] = float("nan")
    relaxation = numbers(summary)[0]
    assert [cell.value for cell in relaxation.cells][1] == "not reached"
    assert "relaxation time" not in lead(summary)


def test_symbols_are_set_as_html_and_the_rest_is_escaped():
    assert symbols("τ_α/t0 < 1 at T = 2") == (
        "<i>τ</i><sub>α</sub>/<i>t</i><sub>0</sub> &lt; 1 at <i>T</i> = 2"
    )
    assert symbols("Glasses, the total, a t-test") == "Glasses, the total, a t-test"


def wait_for(condition, process=None, patience=600.0):
    """Wait until a condition holds; fail when a process ended before that."""
    end = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        assert process is None or process.poll() is None, process.stderr.read()
        time.sleep(0.02)


def children(pid):
    """Processes that a process has started, and theirs."""
    listing = subprocess.run(["ps", "-e", "-o", "pid=,ppid="], capture_output=True, text=True)
    parents = dict(tuple(map(int, line.split())) for line in listing.stdout.splitlines())
    found = {pid}
    while True:
        more = {child for child, parent in parents.items() if parent in found} - found
        if not more:
            return found - {pid}
        found |= more


def is_running(pid):
    """Whether a process is there and no zombie."""
    listing = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True)
    return bool(listing.stdout.strip()) and not listing.stdout.strip().startswith("Z")
