"""Loops that Numba compiles; imported only where they run, because Numba takes 0.2 s to load."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba

REDUCTION = {"reassoc", "contract", "nsz"}
"""What the compiler may do to a sum: reorder it, so that it runs in vector registers."""


def compiled(fastmath: set[str]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Compile a function that lets other threads run; keep the machine code on disk where there is a place for it."""

    def compile_(function: Callable[..., Any]) -> Callable[..., Any]:
        try:
            return numba.njit(cache=True, nogil=True, fastmath=fastmath, error_model="numpy")(
                function
            )
        except RuntimeError:
            # Neither the package's folder nor the user's cache can be written to.
            return numba.njit(nogil=True, fastmath=fastmath, error_model="numpy")(function)

    return compile_
