"""KOKKOS starts once a process: what it was started with is what it stays with."""

from __future__ import annotations

import os

from lmpmeso.errors import LammpsError

_started: int | None = None
"""Threads that KOKKOS has in this process."""


def prepare_kokkos(threads: int) -> None:
    """Note that KOKKOS starts with so many threads, or make sure that it has.

    With another number KOKKOS keeps its first one, LAMMPS counts on the second, and forces are wrong now and then.

    Raises:
        LammpsError: it has begun with another number of threads.
    """
    global _started
    if _started not in (None, threads):
        raise LammpsError(
            f"KOKKOS has begun with {_started} threads in this process and cannot go on with {threads}: use one number "
            "of threads throughout, or run one of them by lmpmeso.lammps.run_in_worker"
        )
    # KOKKOS prints four lines of advice where it finds none.
    os.environ.setdefault("OMP_PROC_BIND", "false")
    _started = threads
