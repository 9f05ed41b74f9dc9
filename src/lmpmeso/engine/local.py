"""Worker processes on this machine, which only this program can talk to."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lmpmeso.engine.dask_workers import (
    AT_START,
    GPU_RESOURCE,
    LOOPBACK,
    DaskWorkers,
    connected_client,
    dashboard_options,
    dask_set_up,
    encryption,
    patient_end,
    with_dashboard,
)
from lmpmeso.engine.make import Run
from lmpmeso.engine.resources import Resources
from lmpmeso.errors import CampaignError
from lmpmeso.files.interrupts import interrupts_held_back
from lmpmeso.lammps.gpu import VISIBILITY_VARIABLES

PATIENT = {"distributed.deploy.lost-worker-timeout": "1000 days"}
"""A worker may take its time to start again; Dask would drop it, and without the last one a run never ends."""
STARTS = 3
"""A worker that dies in its first second makes the start fail: tries before giving up."""
GIVEN_UP = 10.0
"""A worker that has been dead for so long is not being started again [s]."""
RESTART_TIMEOUT = 60.0
"""Time that it gets to start, on a busy machine [s]."""
LAST_MOMENT = 1.0
"""Time that workers get to end when the program does [s]; whatever they are at is resumed."""


@contextmanager
def local_workers(root: Path, resources: Resources, run: Run) -> Iterator[DaskWorkers]:
    """One process a core, or as many as asked for; the first of them with a GPU each.

    A process that dies is replaced at once; all end with the program, however that ends.

    Raises:
        CampaignError: they do not start.
        MissingDependencyError: Dask is not installed.
    """
    n_gpus = resources.gpus
    n_workers = max(resources.n_workers, n_gpus)
    with dask_set_up(PATIENT), _cluster(n_workers, n_gpus) as (cluster, security):
        words = f"{n_workers} worker processes" + (f", {n_gpus} with a GPU" if n_gpus else "")
        with connected_client(cluster, security) as client:
            told, look = with_dashboard(words, cluster), WorkerWatch(cluster).look
            yield DaskWorkers(
                root, run, client, n_workers, n_gpus, told, replaced_in_time=False, check=look
            )


@contextmanager
def _cluster(n_workers: int, n_gpus: int) -> Iterator[tuple[Any, Any]]:
    from distributed import Nanny, Scheduler, SpecCluster

    security = encryption()
    common = {"host": LOOPBACK, "protocol": "tls://", "security": security, "dashboard": False}
    devices = _devices(n_gpus)
    workers = {
        k: {
            "cls": Nanny,
            "options": common
            | {
                "nthreads": 1,
                "memory_limit": 0,
                "preload": [AT_START],
                "silence_logs": logging.CRITICAL,
                "resources": {GPU_RESOURCE: 1} if k < n_gpus else {},
                "env": _gpu_environment(devices[k] if k < n_gpus else ""),
            },
        }
        for k in range(n_workers)
    }
    scheduler = {"cls": Scheduler, "options": common | {"port": 0} | dashboard_options()}
    cluster = None
    for attempt in range(STARTS):
        try:
            with interrupts_held_back():
                cluster = SpecCluster(
                    workers=workers,
                    scheduler=scheduler,
                    security=security,
                    silence_logs=logging.CRITICAL,
                )
            break
        except Exception as error:
            if attempt == STARTS - 1:
                raise CampaignError(f"worker processes do not start: {error}") from error
    assert cluster is not None
    try:
        yield cluster, security
    finally:
        cluster.sync(_end_workers, list(cluster.workers.values()))
        with patient_end():
            cluster.close(timeout=10)


async def _end_workers(nannies: list[Any]) -> None:
    """End the worker processes soon, also those in the midst of a step."""
    await asyncio.gather(*(_end_worker(nanny) for nanny in nannies))


async def _end_worker(nanny: Any) -> None:
    with patient_end():
        await nanny.close(timeout=LAST_MOMENT)


class WorkerWatch:
    """Starts workers again that their Nanny has given up, as it does when one dies in its first moment."""

    def __init__(self, cluster: Any):
        self._cluster = cluster
        self._dead_since: dict[Any, float] = {}
        self._in_vain = 0

    def look(self) -> None:
        """Call it every now and then.

        Raises:
            CampaignError: no worker is left, and none starts.
        """
        now = time.monotonic()
        nannies = list(self._cluster.workers.values())
        if any(nanny.is_alive() for nanny in nannies):
            self._in_vain = 0
        for nanny in nannies:
            if nanny.is_alive():
                self._dead_since.pop(nanny, None)
            elif now - self._dead_since.setdefault(nanny, now) > GIVEN_UP:
                if self._in_vain >= STARTS * len(nannies):
                    raise CampaignError(
                        "all worker processes have ended and none starts again; run the same "
                        "command again to go on from what is finished"
                    )
                self._cluster.sync(nanny.restart, timeout=RESTART_TIMEOUT)
                self._in_vain += 1
                del self._dead_since[nanny]


def _devices(n_gpus: int) -> list[str]:
    """The GPUs this process may use, as many as asked for."""
    visible = os.environ.get(VISIBILITY_VARIABLES[0])
    names = visible.split(",") if visible is not None else [str(k) for k in range(n_gpus)]
    if len(names) < n_gpus:
        raise CampaignError(
            f"{n_gpus} GPUs are asked for, and {VISIBILITY_VARIABLES[0]} shows {len(names)}"
        )
    return names[:n_gpus]


def _gpu_environment(device: str) -> dict[str, str]:
    """Shows a worker its own GPU and no other; none to those without one."""
    return dict.fromkeys(VISIBILITY_VARIABLES, device)
