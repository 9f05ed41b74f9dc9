"""What the pages tell to type can be typed: their Python runs, at small size, and their commands are commands.

docs/with-other-programs.md and docs/your-own-model.md have tests of their own, and so have LAMMPS's commands of
docs/lammps.md (tests/lammps/test_inputs.py).
"""

import re
import shlex
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import lmpmeso
from lmpmeso.cli.command_line import parser
from lmpmeso.configurations import read_configuration, write_dump
from lmpmeso.landscape import short_run
from lmpmeso.protocols import run_trajectory

ROOT = Path(__file__).parents[1]
DATA = ROOT / "tests" / "data"
OWN_TESTS = {"with-other-programs.md", "your-own-model.md"}
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
SMALLER = {
    "campaigns.md": {'run("results")': 'run("results", engine="serial", progress=False)'},
    "equilibrium.md": {"0.7, 500, seed=1": "2.0, 64, seed=1", "1e5": "50.0"},
    "lammps.md": {
        "run_in_worker(equilibrate, model, 0.55, duration=2e4": "equilibrate(model, 1.0, 100, duration=0.1",
        "n_particles=2000, seed=1, duration=500.0": "n_particles=100, seed=1, duration=0.1",
        "block_duration=50.0, n_blocks=10": "block_duration=0.1, n_blocks=2",
    },
    "landscape.md": {"number=10": "number=2", "processes=2": "processes=1", "0.1": "0.02"},
    "propensity.md": {
        "duration=1.5, processes=2": "duration=0.05, n_runs=2",
        "number=20": "number=4",
    },
    "structure.md": {
        "lmpmeso.mean_squared_displacement(trajectory, model=model)": "msd_of_a_cage",
    },
    "soft-modes.md": {'starts="all"': "starts=2", "softest(12)": "softest(1)"},
}
"""What the tests change in a page's Python, so that it takes no minutes; the page must hold it."""


def blocks(page, *languages):
    text = page.read_text(encoding="utf-8")
    found = re.findall(r"^```([^\n{]*)\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)
    return [block for language, block in found if language.strip() in languages]


def commands(page):
    """Lines that begin with the program, as a shell splits them."""
    lines = [line for b in blocks(page, "", "sh", "console") for line in b.splitlines()]
    told = [line.removeprefix("$ ") for line in lines if "COMMAND" not in line]
    return [shlex.split(one, comments=True)[1:] for one in told if one.startswith("lmpmeso ")]


def write_copy(path, name, model):
    write_dump(path, read_configuration(DATA / f"{name}.dump.gz", model))


@pytest.fixture(scope="module")
def vibrations():
    """A glass that vibrates, with the record of the run."""
    glass = read_configuration(DATA / "ipl.glass.dump.gz", "ipl")
    return run_trajectory(glass, "ipl", 0.1, block_duration=1.0, n_blocks=3, seed=1)


@pytest.fixture
def desk(tmp_path, monkeypatch, vibrations, finished):
    """An empty folder with the files that pages speak of, and the names that they take for known."""
    monkeypatch.chdir(tmp_path)
    model = lmpmeso.get_model("ipl")
    glass = read_configuration(DATA / "ipl.glass.dump.gz", model)
    write_copy("liquid.dump", "ipl.liquid", model)
    write_copy("liquid.dump.gz", "ipl.liquid", model)
    t = np.geomspace(1e-3, 1e6, 160)
    rng = np.random.default_rng(1)
    walk_tnc = np.cumsum(rng.normal(0.0, 0.08, (80, *glass.positions_nc.shape)), axis=0)
    frames = [
        glass.with_positions(glass.positions_nc + moved_nc, step=1000 * k)
        for k, moved_nc in enumerate(walk_tnc)
    ]
    for name, part in (
        ("run.dump", frames),
        ("run.0.dump", frames[:5]),
        ("run.1.dump", frames[5:9]),
    ):
        write_dump(name, part)
    return {
        "__name__": "__main__",
        "lmpmeso": lmpmeso,
        "model": model,
        "glass": glass,
        "structures": [lmpmeso.quench(glass, model)],
        "G": [12.0],
        "kappa": np.ones((1, glass.n_particles)),
        "trajectory": vibrations.trajectory,
        "record": vibrations.record,
        "temperature": 0.1,
        "msd_of_a_cage": pd.DataFrame({"t": t, "msd": 0.04 * (1 - np.exp(-100 * t**2) + 1e-4 * t)}),
        "finished": finished,
    }


def of_another_model(name, frames=2):
    """run.dump of a model's liquid, frames that follow one another."""
    liquid = read_configuration(DATA / f"{name}.liquid.dump.gz", name)
    run = short_run(liquid, name, 2.0, duration=0.02, seed=1)
    write_dump("run.dump", [run.configuration(k) for k in range(frames)])


def a_campaign(finished):
    """The campaign files, folders and tables that pages speak of."""
    for name in ("results", "ipl-mini"):
        shutil.copytree(finished, name)
    shutil.copy("results/campaign.toml", "mine.toml")
    tables = Path("ipl-mini/tables")
    points = pd.read_csv(tables / "state-points.csv")
    points["tau_alpha_over_t0"] = [2.0, 40.0]
    points.to_csv(tables / "state-points.csv", index=False)
    shutil.copy(next(Path("results").rglob("*.npz")), "00000-00019.npz")


def with_python():
    return [page for page in PAGES if page.name not in OWN_TESTS and blocks(page, "python")]


@pytest.mark.parametrize("page", with_python(), ids=lambda page: page.stem)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_the_python_of_a_page_runs(page, desk):
    if page.name in ("landscape.md", "propensity.md"):
        of_another_model("ss" if page.name == "landscape.md" else "ss-0.95", frames=4)
    if page.name in ("campaigns.md", "formats.md", "plot.md"):
        a_campaign(desk["finished"])
    smaller = dict(SMALLER.get(page.name, {}))
    for block in blocks(page, "python"):
        for words in [words for words in smaller if words in block]:
            block = block.replace(words, smaller.pop(words))
        exec(compile(block, str(page), "exec"), desk)
    assert smaller == {}


@pytest.mark.parametrize("page", [p for p in PAGES if commands(p)], ids=lambda page: page.stem)
def test_the_commands_of_a_page_are_commands_with_options_that_there_are(page):
    for words in commands(page):
        status = 0
        try:
            parser().parse_args(words)
        except SystemExit as end:  # of --version
            status = end.code
        assert status == 0


def test_the_scripts_that_pages_name_are_there():
    for page in PAGES:
        for name in re.findall(r"\bscripts/[\w/-]+\.(?:sh|py)\b", page.read_text(encoding="utf-8")):
            assert (ROOT / name).is_file(), f"{page}: {name}"


def test_the_tests_that_pages_name_are_there():
    for page in PAGES:
        for name in re.findall(r"\btests/[\w/.-]+", page.read_text(encoding="utf-8")):
            assert (ROOT / name.rstrip(".-")).exists(), f"{page}: {name}"
