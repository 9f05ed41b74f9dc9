import os
import signal
import subprocess
import sys
import time

import pytest

from lmpmeso.backend.processes import JOBS_AHEAD, run_in_processes
from lmpmeso.errors import ModelError, ProcessError, ProtocolError
from lmpmeso.models import get_model


def square(x):
    return x * x


def process_id(_):
    return os.getpid()


def wait_and_return(seconds):
    time.sleep(seconds)
    return seconds


def die(_):
    os._exit(3)


def name_of(name):
    return get_model(name).name


def wait_and_tell(path):
    with open(path, "w") as file:
        file.write(str(os.getpid()))
    time.sleep(60)


@pytest.mark.parametrize("processes", [1, 2])
def test_every_job_is_done_once(processes):
    found = dict(run_in_processes(square, [(k,) for k in range(7)], processes))
    assert found == {k: k * k for k in range(7)}


def test_results_come_in_the_order_of_the_jobs_if_asked_for():
    slow_first = [(0.5,), (0.0,), (0.0,)]
    found = list(run_in_processes(wait_and_return, slow_first, 2, in_order=True))
    assert found == [(0, 0.5), (1, 0.0), (2, 0.0)]


def test_jobs_are_taken_only_as_they_are_needed():
    taken = []

    def jobs():
        for k in range(20):
            taken.append(k)
            yield (k,)

    results = run_in_processes(square, jobs(), 2, in_order=True)
    assert next(results) == (0, 0)
    results.close()
    assert len(taken) == JOBS_AHEAD * 2


def test_an_interrupted_caller_ends_its_workers():
    results = run_in_processes(wait_and_return, [(0.0,), (60.0,), (60.0,)], 2)
    assert next(results) == (0, 0.0)
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        results.throw(KeyboardInterrupt)
    assert time.monotonic() - began < 30.0


def test_one_process_is_this_one():
    assert dict(run_in_processes(process_id, [(0,), (1,)], 1)) == {0: os.getpid(), 1: os.getpid()}


def test_the_death_of_a_worker_is_told():
    with pytest.raises(ProcessError, match="a worker process died"):
        list(run_in_processes(die, [(0,), (1,)], 2))


def test_what_a_job_raises_comes_back():
    with pytest.raises(ModelError, match="nonsense"):
        list(run_in_processes(name_of, [("ipl",), ("nonsense",)], 2))


def test_there_is_at_least_one_process():
    with pytest.raises(ProtocolError, match="at least 1"):
        list(run_in_processes(square, [(1,)], 0))


def test_workers_end_when_the_caller_is_killed(tmp_path):
    program = (
        "from lmpmeso.backend.processes import run_in_processes\n"
        "from tests.backend.test_processes import wait_and_tell\n"
        "if __name__ == '__main__':\n"
        f"    jobs = [({str(tmp_path / '0')!r},), ({str(tmp_path / '1')!r},)]\n"
        "    list(run_in_processes(wait_and_tell, jobs, 2))\n"
    )
    script = tmp_path / "program.py"
    script.write_text(program)
    path = os.pathsep.join([os.getcwd(), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": path}
    caller = subprocess.Popen([sys.executable, str(script)], env=environment)
    files = [tmp_path / "0", tmp_path / "1"]
    deadline = time.monotonic() + 60
    while not all(f.is_file() and f.read_text() for f in files):
        assert time.monotonic() < deadline, "the workers did not start"
        time.sleep(0.05)
    workers = [int(f.read_text()) for f in files]
    caller.send_signal(signal.SIGKILL)
    caller.wait()
    while any(alive(worker) for worker in workers):
        assert time.monotonic() < deadline, "workers outlived their caller"
        time.sleep(0.05)


def alive(process):
    """Whether a process runs (a zombie that waits for its parent does not)."""
    try:
        with open(f"/proc/{process}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
