"""Dipole stiffness of many glasses: in parallel over processes, or queued for a GPU."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context
from typing import TypeVar

import pandas as pd

from lmpmeso.backend import ArrayBackend, DeviceName, available_cores, get_backend
from lmpmeso.configurations import Configuration
from lmpmeso.elasticity.dipoles import Method, Pairs, choose_dipoles, dipole_stiffness, measure
from lmpmeso.elasticity.factor import HessianPlan
from lmpmeso.elasticity.linear_response import LinearResponse
from lmpmeso.elasticity.minimum import hessian_at_minimum
from lmpmeso.elasticity.nested_dissection import LEAF_SIZES
from lmpmeso.hessians import Hessian
from lmpmeso.models import GlassModel

Progress = Callable[[int], None]
T = TypeVar("T")

GLASSES_AHEAD = 2
"""Glasses that wait, finished or prepared, for each process."""


def dipole_stiffness_ensemble(
    structures: Iterable[Configuration],
    model: GlassModel,
    pairs: Pairs = "all",
    method: Method = "auto",
    seed: int = 0,
    device: DeviceName = "auto",
    processes: int | None = None,
    progress: Progress | None = None,
) -> Iterator[pd.DataFrame]:
    """Dipole stiffness of many inherent structures, in their order, as they are ready.

    On CPUs every process computes one glass at a time with one BLAS thread: for an ensemble that is
    faster than many threads on one glass. On a GPU the processes build Hessians and orders of
    elimination ahead, so that the device, which this process drives, need not wait for them.
    Structures are taken from the iterable only as they are needed. The processes are spawned: a script
    must call this under ``if __name__ == "__main__":``.

    Args:
        structures: inherent structures.
        model: their model.
        pairs: as in :func:`dipole_stiffness`; random samples of glass k are drawn with seed + k.
        method: as in :func:`dipole_stiffness`.
        seed: of the random samples.
        device: ``"cpu"``, ``"cuda"``, or ``"auto"``.
        processes: number of processes; the default is one a core. 1 computes in this process.
        progress: called with the number of glasses done after each.

    Yields:
        The table of each glass; see :func:`dipole_stiffness`.

    Raises:
        UnstableStructureError: a structure is not a stable minimum; its table would have come next.
    """
    backend = get_backend(device)
    n_processes = available_cores() if processes is None else processes
    if n_processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    if backend.device == "cuda":
        tables = _queued(structures, model, pairs, method, seed, backend, n_processes)
    elif n_processes == 1:
        tables = (
            dipole_stiffness(structure, model, pairs, method, seed + k, "cpu", threads=1)
            for k, structure in enumerate(structures)
        )
    else:
        tables = _parallel(structures, model, pairs, method, seed, n_processes)
    for n_done, table in enumerate(tables, start=1):
        if progress is not None:
            progress(n_done)
        yield table


def _parallel(
    structures: Iterable[Configuration],
    model: GlassModel,
    pairs: Pairs,
    method: Method,
    seed: int,
    n_processes: int,
) -> Iterator[pd.DataFrame]:
    """One glass a process at a time."""
    jobs = (
        (structure, model, pairs, method, seed + k, "cpu", 1)
        for k, structure in enumerate(structures)
    )
    yield from _in_order(dipole_stiffness, jobs, n_processes)


def _queued(
    structures: Iterable[Configuration],
    model: GlassModel,
    pairs: Pairs,
    method: Method,
    seed: int,
    backend: ArrayBackend,
    n_processes: int,
) -> Iterator[pd.DataFrame]:
    """Prepared by processes, computed on the device by this one."""
    jobs = ((structure, model, method) for structure in structures)
    prepared = _in_order(prepare, jobs, n_processes)
    for k, (hessian, plan) in enumerate(prepared):
        started = time.perf_counter()
        dipoles = choose_dipoles(hessian, pairs, seed + k)
        response = LinearResponse(hessian, backend, plan=plan)
        yield measure(response, dipoles, method, seed + k, started)


def prepare(
    structure: Configuration, model: GlassModel, method: Method
) -> tuple[Hessian, HessianPlan | None]:
    """What the host does for a glass before the device can begin."""
    hessian = hessian_at_minimum(structure, model)
    return hessian, None if method in ("dense", "cg") else HessianPlan(hessian, LEAF_SIZES["cuda"])


def _in_order(
    function: Callable[..., T], jobs: Iterable[tuple[object, ...]], n_processes: int
) -> Iterator[T]:
    """Results of a function on many arguments, in their order, with a bounded number under way.

    Processes are spawned, not forked: a fork would copy the state of BLAS threads and of CUDA.
    """
    remaining = iter(jobs)
    pool = ProcessPoolExecutor(n_processes, mp_context=get_context("spawn"))
    pending: deque[Future[T]] = deque()
    try:
        pending.extend(
            pool.submit(function, *job) for job in islice(remaining, GLASSES_AHEAD * n_processes)
        )
        while pending:
            result = pending.popleft().result()
            pending.extend(pool.submit(function, *job) for job in islice(remaining, 1))
            yield result
    finally:
        pool.shutdown(cancel_futures=True)
