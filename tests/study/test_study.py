"""A campaign from Python: what it gives back, what it draws again, and what it says where something failed."""

import os
import shutil
import subprocess
import sys

import pytest

import lmpmeso
from lmpmeso.errors import CampaignError, IncompleteCampaignWarning
from tests.campaign.small_study import TEXT as SMALL_STUDY

pytestmark = pytest.mark.usefixtures("few_figures")

TEXT = SMALL_STUDY + '[resources]\nengine = "serial"\n'


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("study") / "small.toml"
    path.write_text(TEXT, encoding="utf-8")
    return path


def copy_without_summaries(finished, folder):
    """A campaign of which the last two of 18 tasks have yet to be done."""
    shutil.copytree(finished, folder)
    for summary in [*folder.glob("ipl/**/summary-*")]:
        shutil.rmtree(summary)


@pytest.fixture
def study(file, finished):
    """A study whose summaries, tables, figures and page were made from Python, once."""
    folder = file.parent / "small"
    if not folder.exists():
        copy_without_summaries(finished, folder)
    return lmpmeso.read_campaign(file).run(folder, progress=False)


def times(study):
    """When the tables, figures and page of a study were written."""
    products = [study.page, *study.figures.values(), *(study.folder / "tables").iterdir()]
    return {path: path.stat().st_mtime_ns for path in products}


def test_a_study_gives_state_points_fits_tables_figures_and_a_page(study):
    assert study.complete
    assert len(study.outcome.made) == 2
    assert list(study.state_points["temperature"]) == [1.5, 1.0]
    assert list(study.state_points["excluded"]) == ["", ""]
    assert set(study.fits["fit"]) == {
        "mesoelastic",
        "mesoelastic_kappa_infinity",
        "stokes_einstein",
    }
    assert len(study.tables["glasses"]) == 6
    assert {"mesoelastic", "annealing"} <= set(study.figures)
    assert study.page.is_file()
    assert "small" in study._repr_html_()
    assert repr(study).startswith("<study 'small': complete (")


def test_a_finished_study_makes_and_draws_nothing_again(study):
    before = times(study)
    again = lmpmeso.read_campaign(study.folder).run(study.folder, progress=False)
    assert again.complete
    assert not again.outcome.made
    assert len(again.outcome.kept) == 18
    assert times(again) == before


def test_a_damaged_picture_is_drawn_again_and_nothing_else(study):
    before = times(study)
    study.figures["annealing"].write_bytes(b"half a picture")
    again = lmpmeso.read_campaign(study.folder).run(study.folder, progress=False)
    after = times(again)
    changed = {path for path in after if after[path] != before[path]}
    assert changed == {study.figures["annealing"]}
    assert study.figures["annealing"].read_bytes().startswith(b"\x89PNG")


def test_a_page_that_was_changed_is_written_again(study):
    study.page.write_text("scribble", encoding="utf-8")
    again = lmpmeso.read_campaign(study.folder).run(study.folder, progress=False)
    assert "state points finished" in again.page.read_text(encoding="utf-8")


def test_what_failed_is_told_by_a_warning_and_the_study_is_not_complete(tmp_path):
    file = tmp_path / "short.toml"
    file.write_text(TEXT.replace("stretch_tau = 4", "max_t0 = 60"), encoding="utf-8")
    with pytest.warns(IncompleteCampaignWarning, match="not complete"):
        study = lmpmeso.read_campaign(file).run(tmp_path / "short", progress=False)
    assert not study.complete
    assert study.outcome.failed
    assert set(study.state_points["status"]) == {"not equilibrated", "waiting"}


def test_a_campaign_is_read_from_a_file_a_folder_or_a_preset(file, study):
    for source, name in ((file, "small"), (study.folder, "small"), ("ipl-mini", "ipl-mini")):
        assert lmpmeso.read_campaign(source).campaign.name == name
    with pytest.raises(CampaignError, match="no campaign file nothing"):
        lmpmeso.read_campaign("nothing")


def test_a_script_needs_no_guard_for_its_worker_processes(file, finished, tmp_path):
    copy_without_summaries(finished, tmp_path / "ran")
    script = tmp_path / "script.py"
    script.write_text(
        "import lmpmeso\n"
        "from lmpmeso.figures import catalogue\n"
        "catalogue.FIGURES = catalogue.FIGURES[:1]\n"
        "print('begins')\n"
        f"study = lmpmeso.read_campaign({str(file)!r}).run({str(tmp_path / 'ran')!r}, engine='local', "
        "workers=1, progress=False)\n"
        "print(study.complete, len(study.outcome.made), __file__)\n"
    )
    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, timeout=600, env={**os.environ}
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["begins", f"True 2 {script}"]
