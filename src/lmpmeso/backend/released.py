"""Memory of matrices that nobody uses any more, kept for others.

Fresh memory costs as much as the copies between fronts: the system maps and clears it page by page. What one glass
has released serves the next one in the same process.
"""

from __future__ import annotations

import threading
from bisect import bisect_left, insort

import numpy as np

from lmpmeso.arrays import FloatArray

REUSED_ELEMENTS = 32 * 1024**2
"""Released memory that is kept for other matrices at most, in elements."""
REUSE_SLACK = 2.0
"""Released memory serves for matrices of at least this share (inverse) of its size."""


class ReleasedMemory:
    """Blocks of memory, each a vector, that any thread may give and take."""

    def __init__(self, most_elements: int = REUSED_ELEMENTS) -> None:
        self.most_elements = most_elements
        self.n_elements = 0
        self._blocks: dict[int, FloatArray] = {}  # by identity, the oldest first
        self._by_size: list[tuple[int, int]] = []
        self._lock = threading.Lock()

    def take(self, size: int) -> FloatArray:
        """A vector of at least so many elements, whose values are still to be set."""
        with self._lock:
            place = bisect_left(self._by_size, (size, 0))
            if (
                size
                and place < len(self._by_size)
                and self._by_size[place][0] <= REUSE_SLACK * size
            ):
                return self._removed(self._by_size[place][1])
        return np.empty(size)

    def give(self, *blocks: FloatArray) -> None:
        """Keep vectors for others, each once, all at once: what another thread has taken is not given again."""
        with self._lock:
            for identity, block in {id(block): block for block in blocks}.items():
                if identity in self._blocks or block.size > self.most_elements:
                    continue
                self._blocks[identity] = block
                insort(self._by_size, (block.size, identity))
                self.n_elements += block.size
                while self.n_elements > self.most_elements:
                    self._removed(next(iter(self._blocks)))

    def _removed(self, identity: int) -> FloatArray:
        block = self._blocks.pop(identity)
        del self._by_size[bisect_left(self._by_size, (block.size, identity))]
        self.n_elements -= block.size
        return block
