"""Dipole stiffness of many glasses: in parallel over processes, or queued for a GPU."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Sized

import pandas as pd

from lmpmeso.backend import ArrayBackend, DeviceName, available_cores, get_backend
from lmpmeso.backend.processes import run_in_processes
from lmpmeso.configurations import Configuration
from lmpmeso.elasticity.dipoles import Method, Pairs, choose_dipoles, dipole_stiffness, measure
from lmpmeso.elasticity.factor import HessianPlan
from lmpmeso.elasticity.linear_response import LinearResponse
from lmpmeso.elasticity.minimum import hessian_at_minimum
from lmpmeso.elasticity.nested_dissection import LEAF_SIZES
from lmpmeso.execution import Progress
from lmpmeso.hessians import Hessian
from lmpmeso.models import GlassModel, get_model


def dipole_stiffness_ensemble(
    structures: Iterable[Configuration],
    model: GlassModel | str,
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
        progress: told of glasses after each; of NaN in all where the structures have no length.

    Yields:
        The table of each glass; see :func:`dipole_stiffness`.

    Raises:
        UnstableStructureError: a structure is not a stable minimum; its table would have come next.
        ProtocolError: fewer than one process.
        ProcessError: a process died.
    """
    model = get_model(model)
    backend = get_backend(device)
    n_processes = available_cores() if processes is None else processes
    if backend.device == "cuda":
        tables = _queued(structures, model, pairs, method, seed, backend, n_processes)
    else:
        jobs = (
            (structure, model, pairs, method, seed + k, "cpu", 1)
            for k, structure in enumerate(structures)
        )
        done = run_in_processes(dipole_stiffness, jobs, n_processes, in_order=True)
        tables = (table for _, table in done)
    n_glasses = len(structures) if isinstance(structures, Sized) else math.nan
    for n_done, table in enumerate(tables, start=1):
        if progress is not None:
            progress(n_done, n_glasses)
        yield table


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
    prepared = run_in_processes(prepare, jobs, n_processes, in_order=True)
    for k, (hessian, plan) in prepared:
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
