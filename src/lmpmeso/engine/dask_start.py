"""Loaded by the processes of Dask as they start: no web pages, and no life after the program's death."""

from __future__ import annotations

import ctypes
import signal
import sys
from typing import Any

PR_SET_PDEATHSIG = 1
"""Of Linux's prctl: the signal that the kernel sends to a process when its parent dies."""


def dask_setup(server: Any) -> None:
    """Let a scheduler or a worker listen to no browser, and a worker of a program on this machine die with it.

    Dask's workers end by themselves when the program is gone, but for those that cannot: stopped by a signal, or in
    the midst of C. The kernel ends these, too.
    """
    server.http_server.stop()
    if getattr(server, "nanny", None) is not None:
        die_with_parent()


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent dies; on Linux."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
