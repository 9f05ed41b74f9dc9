"""What is no file of particles: lines without end, and more than the memory holds."""

from __future__ import annotations

from lmpmeso.backend import available_host_memory
from lmpmeso.errors import ResourceError

LONGEST_LINE = 2**20
"""Bytes of a line; a particle takes some hundred."""
MOST_EMPTY_LINES = 10**5
"""Empty lines one after the other."""
TIMES_IN_MEMORY = 4
"""Bytes of memory that a byte of text needs: the text, its words and the arrays."""


def refuse_more_than_fits(n_bytes: int, where: str) -> None:
    """Refuse a frame or file of so many bytes that reading it takes all the free memory.

    Raises:
        ResourceError: it would.
    """
    free = available_host_memory()
    if TIMES_IN_MEMORY * n_bytes > free:
        raise ResourceError(
            f"{where}: {n_bytes / 1e9:.3g} GB to be read at once need {TIMES_IN_MEMORY} times as much "
            f"memory, of which {free / 1e9:.3g} GB are free; is the file damaged, or use fewer particles or frames"
        )
