"""Campaigns as jobs of a real Slurm, whose one node is this machine."""

import os
import signal
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path

import pytest

from lmpmeso.cli import main
from tests.campaign.small_study import TEXT, differences
from tests.engine.loopback_slurm import SlurmNotHereError, loopback_slurm
from tests.engine.programs import contents, start_program, wait_for
from tests.engine.small_steps import lines

# Not by importing it, which changes what Ctrl-C does to all tests.
pytestmark = pytest.mark.skipif(
    find_spec("dask_jobqueue") is None, reason="Slurm needs dask-jobqueue"
)
SLURM = ("--engine", "slurm")


@pytest.fixture(scope="module")
def slurm():
    """The configuration file of a running Slurm."""
    # Paths of sockets must be short.
    with tempfile.TemporaryDirectory(prefix="slurm-") as folder:
        try:
            with loopback_slurm(Path(folder)) as configuration:
                yield configuration
        except SlurmNotHereError as error:
            pytest.skip(f"no Slurm can be started here: {error}")


@pytest.fixture(autouse=True)
def environment(slurm, monkeypatch):
    monkeypatch.setenv("SLURM_CONF", slurm)
    yield
    subprocess.run(["scancel", "--user", str(os.getuid())], check=True)
    wait_for(lambda: not jobs())


def jobs(state="PENDING,RUNNING,COMPLETING"):
    answer = subprocess.run(
        ["squeue", "--noheader", "--format=%i", f"--states={state}"],
        capture_output=True,
        text=True,
        check=True,
    )
    return answer.stdout.split()


def outcome_of(program):
    """What a program that has come to its end says about its steps."""
    told = program.communicate()[0]
    assert program.returncode == 0, told
    return told


def test_jobs_make_the_same_files_as_one_process_and_end_with_the_program(tmp_path, unkilled):
    program = start_program(tmp_path / "c", tmp_path / "ledger", words=SLURM)
    wait_for(lambda: jobs("RUNNING") or program.poll() is not None)
    assert program.wait() == 0
    assert contents_of(tmp_path / "c") == unkilled
    done = lines(tmp_path / "ledger")
    assert len(done) == len(set(done)) == 25
    wait_for(lambda: not jobs())


def contents_of(root):
    """Files of a campaign without the logs of its jobs."""
    return {p: data for p, data in contents(root).items() if not p.startswith(".engine/slurm/")}


def test_a_cancelled_job_is_replaced(tmp_path, unkilled):
    program = start_program(tmp_path / "c", tmp_path / "ledger", pause=0.5, words=SLURM)
    wait_for(lambda: lines(tmp_path / "ledger") or program.poll() is not None)
    first = jobs("RUNNING")
    subprocess.run(["scancel", first[0]], check=True)
    wait_for(lambda: set(jobs("RUNNING")) - set(first) or program.poll() is not None)
    assert program.wait() == 0
    assert contents_of(tmp_path / "c") == unkilled
    done = lines(tmp_path / "ledger")
    # What the job was at was lost, and no chunk before its last checkpoint.
    assert len(done) - len(set(done)) <= 1


def test_a_killed_program_is_resumed_while_its_jobs_still_run(tmp_path, unkilled):
    program = start_program(tmp_path / "c", tmp_path / "ledger", pause=0.5, words=SLURM)
    wait_for(lambda: len(lines(tmp_path / "ledger")) > 2 or program.poll() is not None)
    program.send_signal(signal.SIGKILL)
    program.wait()
    orphans = jobs("RUNNING")
    assert orphans
    assert start_program(tmp_path / "c", tmp_path / "ledger", words=SLURM).wait() == 0
    done = lines(tmp_path / "ledger")
    # What an orphan is at, it brings to its end; the new program leaves that to it.
    assert len(done) == len(set(done)) == 25
    assert contents_of(tmp_path / "c") == unkilled


RESOURCES = """\
[resources]
engine = "slurm"
workers = 2
wall_time = "00:10:00"
[resources.slurm]
memory = "500 MB"
interface = "lo"
"""


@pytest.mark.validate
def test_a_real_study_as_jobs_ends_in_the_bytes_of_one_process(tmp_path, finished):
    file = tmp_path / "small.toml"
    file.write_text(TEXT + RESOURCES, encoding="utf-8")
    assert main(["run", str(file), "-o", str(tmp_path / "small")]) == 0
    assert differences(tmp_path / "small", finished) == []


@pytest.mark.validate
def test_jobs_of_a_killed_program_end_by_themselves(tmp_path):
    program = start_program(tmp_path / "c", tmp_path / "ledger", pause=0.5, words=SLURM)
    wait_for(lambda: lines(tmp_path / "ledger") or program.poll() is not None)
    program.send_signal(signal.SIGKILL)
    program.wait()
    assert jobs("RUNNING")
    wait_for(lambda: not jobs(), patience=120)


@pytest.mark.validate
def test_jobs_end_after_a_checkpoint_when_their_time_is_over_and_others_go_on(tmp_path):
    """Two chains of 2 × 60 chunks of a second each, in jobs of a minute."""
    words = (*SLURM, "--wall-time", "00:01:00", "--chunks", "60")
    program = start_program(tmp_path / "c", tmp_path / "ledger", pause=1.0, words=words)
    used = set()
    wait_for(lambda: used.update(jobs("RUNNING")) or program.poll() is not None, patience=900)
    assert program.returncode == 0
    done = lines(tmp_path / "ledger")
    assert len(done) == len(set(done)) == 4 * 60 + 13, "a chunk was lost to the end of a job"
    assert len(used) >= 6
