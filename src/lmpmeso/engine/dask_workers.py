"""Steps on the workers of a Dask cluster, wherever that runs them."""

from __future__ import annotations

import pickle
import queue
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any

from lmpmeso.engine.make import Run, make
from lmpmeso.engine.outcome import Outcome
from lmpmeso.engine.step import Step
from lmpmeso.errors import MissingDependencyError
from lmpmeso.files.interrupts import interrupts_held_back

DASK_OPTIONS = {
    # Dask blames every task that was near when a worker died; our own notes know better.
    "distributed.scheduler.allowed-failures": 100,
    "distributed.scheduler.worker-saturation": 1.0,
    "distributed.scheduler.work-stealing": False,
    "distributed.worker.daemon": True,
    # Dask looks at the stack of every worker a hundred times a second and at its own loops fifty times: with two
    # workers an eighth of a core, which the steps need.
    "distributed.worker.profile.enabled": False,
    "distributed.admin.tick.interval": "1s",
    # Nothing is answered in the moment until the pages are closed.
    "distributed.worker.http.routes": [],
    "distributed.admin.log-format": "%(levelname)s %(message)s",
}
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
"""Environment of every worker, before NumPy is loaded: one LAMMPS and one BLAS thread each."""
AT_START = "lmpmeso.engine.dask_start"
"""Module that workers, and a scheduler without dashboard, load as they start."""
GPU_RESOURCE = "GPU"
LOOPBACK = "127.0.0.1"
SPARE = 4
"""Steps that are handed in beyond what the workers are at, so that none waits for its next."""


class DaskWorkers:
    """The workers of a cluster, some with a GPU; ``check`` is called now and then, and raises when there will be none."""

    def __init__(
        self,
        root: Path,
        run: Run,
        client: Any,
        n_workers: int,
        n_gpus: int,
        description: str,
        replaced_in_time: bool,
        check: Callable[[], None],
    ):
        self.description = description
        self.replaced_in_time = replaced_in_time
        self._make = partial(make_on_worker, root, run)
        self._client = client
        self._n_gpus = n_gpus
        self._room = {False: 2 * n_workers + SPARE, True: 2 * n_gpus + SPARE}
        self._check = check
        self._futures: dict[Any, Step] = {}
        self._told: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._n_submitted = 0

    def has_room_for(self, step: Step) -> bool:
        """Whether its kind of worker will soon be free."""
        return self._room[self._on_gpu(step)] > 0

    def submit(self, step: Step, priority: int) -> None:
        """Hand in a step."""
        self._n_submitted += 1
        on_gpu = self._on_gpu(step)
        future = self._client.submit(
            self._make,
            pickle.dumps(step),
            # Keys that are unique strings would each make a group of tasks, at growing cost.
            key=("make", self._n_submitted),
            priority=priority,
            resources={GPU_RESOURCE: 1} if on_gpu else None,
            pure=False,
        )
        self._room[on_gpu] -= 1
        self._futures[future] = step
        future.add_done_callback(self._ask)

    def completed(self, patience: float) -> list[Outcome]:
        """What has ended; a worker whose time is over is let go."""
        told = []
        try:
            told.append(self._told.get(timeout=patience))
            while True:
                told.append(self._told.get_nowait())
        except queue.Empty:
            pass
        self._check()
        return [self._outcome(*one) for one in told]

    def _ask(self, future: Any) -> None:
        """Fetch what a future that has ended says.

        Beside the main thread: a worker that dies at that moment takes its answer with it, and the
        main thread has to see to another worker.
        """
        self._client.loop.add_callback(self._fetch, future)

    async def _fetch(self, future: Any) -> None:
        try:
            told = await self._client.gather(future, asynchronous=True)
        except Exception as error:
            told = error
        self._told.put((future, told))

    def _outcome(self, future: Any, told: Outcome | Exception) -> Outcome:
        step = self._futures.pop(future)
        self._room[self._on_gpu(step)] += 1
        if isinstance(told, Exception):
            # ``make`` itself raises nothing: the worker could not even call it.
            text = f"the worker could not run it: {type(told).__name__}: {told}"
            return Outcome(step.target, "failed", text)
        if told.kind == "no time" and self.replaced_in_time:
            self._client.retire_workers([told.worker], close_workers=True)
        return told

    def _on_gpu(self, step: Step) -> bool:
        """Whether it goes to a GPU: asked for where there is none, one would wait for ever."""
        return step.gpu and self._n_gpus > 0


def make_on_worker(root: Path, run: Run, pickled: bytes) -> Outcome:
    """Make the target of a step, in a worker; one whose time is over says which it is.

    A worker would end itself over a step that it cannot unpickle, and so would the next one: hence
    the bytes.

    Raises:
        Exception: as unpickling does, e.g. because the step's module cannot be imported here.
    """
    from distributed import get_worker

    outcome = make(root, pickle.loads(pickled), run)
    return replace(outcome, worker=get_worker().address) if outcome.kind == "no time" else outcome


@contextmanager
def dask_set_up(options: Mapping[str, str] = MappingProxyType({})) -> Iterator[None]:
    """Dask with the options that campaigns need, and these.

    Raises:
        MissingDependencyError: Dask is not installed.
    """
    try:
        import dask
        import distributed  # noqa: F401
    except ImportError as error:
        raise MissingDependencyError(
            "worker processes need Dask: pip install dask distributed cryptography, or use the "
            f"engine 'serial' ({error})"
        ) from error
    environment = {
        f"distributed.nanny.pre-spawn-environ.{name}": value for name, value in ONE_THREAD.items()
    }
    with dask.config.set({**DASK_OPTIONS, **environment, **options}):
        yield


def encryption() -> Any:
    """Certificates that only the program and its workers have.

    Without them whoever reaches the scheduler's port, as any user of the machine can, would run code
    as its owner.
    """
    from distributed import Security

    return Security.temporary()


def dashboard_options() -> dict[str, Any]:
    """Options of a scheduler for its dashboard: where bokeh is installed, and for this machine only.

    On a free port: that of another campaign, or of another user, is no reason for a warning.
    """
    wanted = find_spec("bokeh") is not None
    closed = {} if wanted else {"preload": [AT_START]}
    return {"dashboard": wanted, "dashboard_address": f"{LOOPBACK}:0", **closed}


def with_dashboard(words: str, cluster: Any) -> str:
    """What a cluster is, in words, and where it shows its dashboard if it does."""
    if find_spec("bokeh") is None:
        return words
    port = cluster.scheduler_info["services"]["dashboard"]
    return f"{words}; dashboard: http://{LOOPBACK}:{port}/status"


@contextmanager
def connected_client(cluster: Any, security: Any) -> Iterator[Any]:
    """A client of a cluster, closed at the end."""
    from distributed import Client

    with interrupts_held_back():
        client = Client(cluster, security=security, set_as_default=False)
    try:
        yield client
    finally:
        with patient_end():
            client.close(timeout=2)


@contextmanager
def patient_end() -> Iterator[None]:
    """Let what takes long to end do so by itself: on a busy machine that is no fault of the run.

    Worker processes have been killed by then, or end with this program; jobs of Slurm end when
    nobody answers them any more.
    """
    with suppress(TimeoutError):
        yield
