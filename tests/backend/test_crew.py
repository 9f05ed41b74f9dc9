"""Threads that share jobs: all of them done, errors raised, and no more under way than there are threads."""

import signal
import threading
import time
from functools import partial

import pytest

from lmpmeso.backend import LapackBackend, blas_threads
from lmpmeso.backend.crew import Crew


@pytest.mark.parametrize("n_threads", [1, 2, 5])
def test_jobs_within_jobs_are_all_done_before_what_follows_them(n_threads):
    lock, under_way, most, finished = threading.Lock(), [0], [0], []

    def leaf(name):
        with lock:
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
        time.sleep(0.001)
        with lock:
            under_way[0] -= 1
        finished.append(name)

    with Crew(n_threads) as crew:

        def tree(name, depth):
            if depth == 0:
                leaf(name)
                return
            below = [f"{name}{k}" for k in range(3)]
            crew.each([partial(tree, child, depth - 1) for child in below])
            assert set(below) <= set(finished)
            finished.append(name)

        tree("", 4)
    assert len(finished) == len(set(finished)) == 1 + 3 + 9 + 27 + 81
    assert most[0] <= n_threads
    assert n_threads == 1 or most[0] > 1


def test_one_thread_does_jobs_in_their_order():
    done = []
    with Crew() as crew:
        crew.each([partial(done.append, k) for k in range(9)])
    assert done == list(range(9))


@pytest.mark.parametrize("n_threads", [1, 2, 4])
def test_error_of_a_job_within_a_job_is_raised_and_ends_the_rest(n_threads):
    begun = []

    def fail():
        raise ArithmeticError("pivot 7")

    with Crew(n_threads) as crew:

        def work():
            for _ in range(200):
                begun.append(0)
                crew.each([partial(time.sleep, 0.001)] * 2)

        def failing():
            crew.each([partial(time.sleep, 0.001), fail])

        with pytest.raises(ArithmeticError, match="pivot 7"):
            crew.each([failing, work, work, work])
        assert len(begun) < 600
        crew.each([partial(begun.append, 1)] * 4)
        assert begun.count(1) == 4


def test_threads_end_with_the_block_however_it_ends():
    before = threading.active_count()

    def interrupted():
        raise KeyboardInterrupt

    def work():
        with Crew(4) as crew:
            assert threading.active_count() == before + 3
            crew.each([interrupted, partial(time.sleep, 0.01)])

    with pytest.raises(KeyboardInterrupt):
        work()
    assert threading.active_count() == before


def test_backend_takes_the_threads_of_the_block_around_it():
    backend = LapackBackend()
    seen = []
    with blas_threads(3):
        with backend.threads(None):
            seen.append(threading.active_count())
        with backend.threads(1):
            seen.append(threading.active_count())
    with backend.threads(None):
        seen.append(threading.active_count())
    assert seen[0] == seen[1] + 2 == seen[2] + 2


def test_ctrl_c_ends_a_batch_between_two_jobs_and_harms_nothing():
    begun = []

    def job():
        begun.append(1)
        if len(begun) == 5:
            signal.raise_signal(signal.SIGINT)
        time.sleep(0.001)

    with pytest.raises(KeyboardInterrupt), Crew(3) as crew:
        crew.each([job] * 500)
    assert 5 <= len(begun) < 20
    with Crew(3) as crew:
        crew.each([partial(begun.append, "after")] * 4)
    assert begun[-4:] == ["after"] * 4


def test_threads_that_began_end_where_the_system_has_no_more(monkeypatch):
    before, start = threading.active_count(), threading.Thread.start

    def one_only(thread):
        if threading.active_count() > before:
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", one_only)
    with pytest.raises(RuntimeError, match="can't start"), Crew(4):
        pass
    assert threading.active_count() == before
