"""The two set-up scripts, with an environment that only writes down what it is asked to do."""

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RECORD = """#!/usr/bin/env bash
printf '%s' "$(basename "$0")" >>"$RECORD"
printf ' <%s>' "$@" >>"$RECORD"
printf ' in %s\\n' "$(basename "$PWD")" >>"$RECORD"
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The scripts in a folder of their own, whose path holds a blank, and a recording ``.venv``."""
    folder = tmp_path / "a checkout"
    (folder / ".venv" / "bin").mkdir(parents=True)
    for name in ("quickstart.sh", "test.sh", "environment.sh"):
        (folder / "scripts").mkdir(exist_ok=True)
        shutil.copy(ROOT / "scripts" / name, folder / "scripts" / name)
    shutil.copy(ROOT / "pyproject.toml", folder)
    for name in ("python", "lmpmeso"):
        program = folder / ".venv" / "bin" / name
        program.write_text(RECORD, encoding="utf-8")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return folder


def calls(checkout: Path, script: str, *arguments: str) -> list[str]:
    """What the environment was asked to do by ``script``, started from a folder ``elsewhere``."""
    elsewhere = checkout.parent / "elsewhere"
    elsewhere.mkdir(exist_ok=True)
    record = checkout.parent / "record"
    record.unlink(missing_ok=True)
    environment = {
        k: v for k, v in os.environ.items() if k not in ("VENV", "PYTHON", "TEST_PROCESSES")
    }
    subprocess.run(
        ["bash", str(checkout / "scripts" / script), *arguments],
        cwd=elsewhere,
        env=environment | {"RECORD": str(record)},
        check=True,
    )
    return record.read_text(encoding="utf-8").splitlines()


def test_quickstart_installs_once_and_hands_its_arguments_to_lmpmeso_only(checkout: Path) -> None:
    target = str(checkout.parent / "my results")
    install, start = calls(checkout, "quickstart.sh", target, "--small")
    assert install.endswith("<--editable> <.> in a checkout")
    assert start == f"lmpmeso <quickstart> <{target}> <--small> in elsewhere"
    assert calls(checkout, "quickstart.sh", target, "--small") == [start]


def test_tests_install_their_tools_and_hand_their_arguments_to_pytest_only(checkout: Path) -> None:
    install, start = calls(checkout, "test.sh", "-m", "validate")
    assert install.endswith("<--editable> <.[dev]> in a checkout")
    assert start.endswith("<-m> <validate> in a checkout")
    assert calls(checkout, "test.sh") == [
        "python <-m> <pytest> <--numprocesses> <2> <--dist> <loadfile> <--no-loadscope-reorder> "
        "in a checkout"
    ]


def test_python_may_lie_in_a_folder_with_a_blank(checkout: Path, tmp_path: Path) -> None:
    shutil.rmtree(checkout / ".venv")
    chosen = tmp_path / "my python"
    chosen.write_text('#!/usr/bin/env bash\necho "$@" >>"$RECORD"\n', encoding="utf-8")
    chosen.chmod(0o755)
    record = tmp_path / "record"
    environment = os.environ | {"PYTHON": str(chosen), "RECORD": str(record), "VENV": ".venv"}
    subprocess.run(
        ["bash", str(checkout / "scripts" / "quickstart.sh")],
        env=environment,
        capture_output=True,
        check=False,
    )
    assert "-m venv .venv" in record.read_text(encoding="utf-8")


def test_an_index_without_a_newer_pip_stops_nothing(checkout: Path, tmp_path: Path) -> None:
    shutil.move(checkout / ".venv", tmp_path / "made")
    chosen = tmp_path / "python3"
    refuses = '[[ "$*" == *"--upgrade pip"* ]] && exit 1'
    program = tmp_path / "made" / "bin" / "python"
    program.write_text(f"{RECORD}{refuses}\ntrue\n", encoding="utf-8")
    makes = f'[ "$1" = -m ] && cp -r "{tmp_path / "made"}" "$3"\ntrue\n'
    chosen.write_text(f"#!/usr/bin/env bash\n{makes}", encoding="utf-8")
    chosen.chmod(0o755)
    record = tmp_path / "record"
    environment = os.environ | {"PYTHON": str(chosen), "RECORD": str(record), "VENV": ".venv"}
    found = subprocess.run(
        ["bash", str(checkout / "scripts" / "quickstart.sh"), str(tmp_path / "results")],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stderr
    assert "going on with the one that came with Python" in found.stderr
    assert "lmpmeso <quickstart>" in record.read_text(encoding="utf-8")
