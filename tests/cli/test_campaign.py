"""The commands plan, run, status and report, on a campaign of 64 particles."""

import json
import re
import shutil

import pytest

from lmpmeso.cli import main
from tests.campaign.small_study import TEXT
from tests.tiny_campaigns import FEW_FIGURES

pytestmark = pytest.mark.usefixtures("few_figures")


@pytest.fixture(scope="module")
def root(finished, tmp_path_factory):
    """A finished campaign that the command ran."""
    return shutil.copytree(finished, tmp_path_factory.mktemp("campaigns") / "small")


def result(capsys, *words):
    """What a command prints with --json."""
    capsys.readouterr()
    status = main([*map(str, words), "--json"])
    return status, json.loads(capsys.readouterr().out)


def test_a_campaign_runs_from_one_file_to_tables_with_intervals(root, capsys):
    status, told = result(capsys, "report", root)
    assert status == 0
    assert [point["temperature"] for point in told["state_points"]] == [1.5, 1.0]
    for point in told["state_points"]:
        assert point["status"] == "done"
        assert point["n_glasses"] == 3
        for name in ("kappa", "shear_modulus"):
            assert point[f"{name}_low"] < point[name] < point[f"{name}_high"]
    for name in ("state-points.csv", "glasses.csv", "fits.csv"):
        assert (root / "tables" / name).is_file()


def test_status_of_a_finished_campaign_says_so_and_what_to_type(root, capsys):
    status, told = result(capsys, "status", root)
    assert (status, told["complete"], told["failed"]) == (0, True, [])
    assert {stage["stage"] for stage in told["stages"]} >= {"ipl T=1.5 glasses", "ipl T=1 dynamics"}
    assert told["next"] == f"complete: lmpmeso report {root}"


def test_a_finished_campaign_has_nothing_to_do(root, capsys):
    assert main(["run", str(root)]) == 0
    told = capsys.readouterr().err
    assert re.search(r"nothing to do, all \d+ tasks were done before", told)


def test_the_page_needs_no_network_and_holds_numbers_figures_and_the_campaign_file(root, capsys):
    _, told = result(capsys, "report", root)
    page = (root / "report.html").read_text(encoding="utf-8")
    drawn = {path.stem for path in (root / "figures").glob("*.png")}
    assert drawn == set(FEW_FIGURES)
    assert page.count('<div class="plate">') == len(drawn)
    assert set(re.findall(r"<img [^>]*src=\"(data:[a-z/+]*)", page)) <= {
        "data:",
        "data:image/png",
        "data:image/svg+xml",
    }
    assert not re.search(r"src\s*=\s*[\"']?(https?:)?//", page)
    assert set(re.findall(r"href=\"(https?:[^\"]*)", page)) == {"https://arxiv.org/abs/2103.11404"}
    assert "{{" not in page
    assert "per_shard = 2" in page
    for point in told["state_points"]:
        assert f"{point['kappa']:#.3g}" in page


def test_several_campaigns_give_one_page_where_it_was_asked_for(root, capsys, tmp_path):
    other = tmp_path / "again"
    shutil.copytree(root, other)
    page = tmp_path / "both.html"
    status, told = result(capsys, "report", root, other, "-o", page)
    assert (status, told["report"]) == (0, str(page))
    assert len(told["state_points"]) == 4
    assert page.read_text(encoding="utf-8").count("<article") == 2


def test_running_again_makes_nothing(root, capsys):
    status, told = result(capsys, "run", root)
    assert (status, told["made"]) == (0, 0)
    assert told["kept"] > 0


def test_a_changed_level_in_the_same_folder_renews_only_the_summaries(root, capsys, tmp_path):
    copy, file, before = tmp_path / "small", tmp_path / "changed.toml", tmp_path / "before.toml"
    shutil.copytree(root, copy)
    file.write_text(TEXT.replace("resamples = 200", "resamples = 300"), encoding="utf-8")
    before.write_text(TEXT, encoding="utf-8")
    status, told = result(capsys, "run", file, "-o", copy, "--engine", "serial")
    assert (status, told["made"]) == (0, 2)
    status, told = result(capsys, "run", before, "-o", copy)
    assert (status, told["made"]) == (0, 0)


def test_results_of_an_earlier_version_are_not_called_unfinished_without_a_reason(
    root, capsys, tmp_path
):
    old = tmp_path / "old"
    shutil.copytree(root, old)
    for number, summary in enumerate(old.glob("ipl/N64/T*/summary-*")):
        summary.rename(summary.with_name(f"summary-{number:08d}"))
    _, told = result(capsys, "report", old)
    assert {point["status"] for point in told["state_points"]} == {"waiting"}
    for point in told["state_points"]:
        assert "of an earlier lmpmeso; `lmpmeso run` renews" in point["reason"]
    assert "of an earlier lmpmeso" in (old / "report.html").read_text(encoding="utf-8")
    _, told = result(capsys, "figures", old, "--only", "annealing")
    assert "of an earlier lmpmeso" in json.dumps(told)


def test_a_dry_run_tells_what_would_run_and_touches_nothing(root, capsys, tmp_path):
    file = tmp_path / "more.toml"
    file.write_text(TEXT.replace("number = 3", "number = 4"), encoding="utf-8")
    before = (root / "campaign.toml").read_bytes()
    status, told = result(capsys, "run", file, "-o", root, "--dry-run")
    assert status == 0
    stages = told["stages"]
    assert stages["ipl T=1 equilibration"] == {"done": 1, "all": 1}
    assert stages["ipl T=1 glasses"] == {"done": 1, "all": 2}
    assert (root / "campaign.toml").read_bytes() == before


def test_a_failed_task_ends_with_1_and_status_shows_its_log(tmp_path, capsys):
    file = tmp_path / "short.toml"
    file.write_text(TEXT.replace("stretch_tau = 4", "max_t0 = 60"), encoding="utf-8")
    assert main(["run", str(file), "-o", str(tmp_path / "short"), "--engine", "serial"]) == 1
    assert "not complete" in capsys.readouterr().err
    status, told = result(capsys, "status", tmp_path / "short")
    assert status == 0
    assert told["failed"][0]["target"].endswith("equilibration.json")
    assert told["failed"][0]["tail"]
    assert told["next"].startswith("to go on: lmpmeso run")
    assert main(["status", str(tmp_path / "short")]) == 0
    assert "  | " in capsys.readouterr().out
    assert main(["report", str(tmp_path / "short")]) == 0
    page = (tmp_path / "short" / "report.html").read_text(encoding="utf-8")
    assert "not equilibrated" in page
    assert "What to do: raise max_tau" in page


def test_the_plan_counts_the_tasks_that_run_makes(root, capsys):
    _, ran = result(capsys, "status", root)
    status, told = result(capsys, "plan", root)
    assert status == 0
    assert told["tasks"] == sum(stage["done"] for stage in ran["stages"])
    assert len(told["state_points"]) == 2


def test_a_preset_can_be_printed_and_is_a_campaign_file(capsys, tmp_path):
    assert main(["plan", "--preset", "ipl-mini", "--print"]) == 0
    file = tmp_path / "mine.toml"
    file.write_text(capsys.readouterr().out, encoding="utf-8")
    status, told = result(capsys, "plan", file, "--workers", "1")
    assert (status, told["name"]) == (0, "ipl-mini")
    assert told["hours"] == told["core_hours"]
    assert 10 < 3600 * told["core_hours_besides"] < 60


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["plan"], "name a campaign file, or a preset"),
        (["plan", "--preset", "ipl-tiny"], "ipl-mini"),
        (["plan", "--preset", "ipl-mini", "--engine", "slurm"], "wall_time"),
        (["status", "."], "no folder of a campaign"),
        (["report", "nowhere"], "no folder of a campaign"),
        (["report", "one", "two"], "name the page with -o"),
        (["report", "one", "./one", "-o", "page.html"], "named twice"),
        (["report", "one", "-o", "no/page.html"], "does not exist"),
        (["run", "nowhere.toml"], "there is no file or folder nowhere.toml"),
        (["run", "ipl-mini"], "lmpmeso run --preset ipl-mini"),
    ],
)
def test_bad_usage_ends_with_2_and_says_what_to_do(words, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(words) == 2
    assert message in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_file_with_faults_ends_with_2_before_a_folder_is_made(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.toml").write_text(TEXT.replace("number", "numer"), encoding="utf-8")
    assert main(["run", "bad.toml"]) == 2
    assert "line 13: glasses.numer: unknown key" in capsys.readouterr().err
    assert not (tmp_path / "small").exists()
