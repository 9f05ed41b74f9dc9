"""The backend of a device, by its name."""

from __future__ import annotations

from typing import Literal

from lmpmeso.backend.array_backend import ArrayBackend
from lmpmeso.backend.cuda import CudaBackend, why_no_cuda
from lmpmeso.backend.lapack import LapackBackend
from lmpmeso.errors import MissingDependencyError

DeviceName = Literal["auto", "cpu", "cuda"]


def get_backend(device: DeviceName = "auto") -> ArrayBackend:
    """The backend of a device.

    Args:
        device: ``"cpu"``, ``"cuda"``, or ``"auto"``: a GPU if CuPy computes on one, else the CPU.

    Raises:
        MissingDependencyError: ``"cuda"`` was asked for, and there is no CuPy or no GPU, or CuPy cannot compute there.
        ValueError: another name.
    """
    if device not in ("auto", "cpu", "cuda"):
        raise ValueError(f"device must be 'auto', 'cpu' or 'cuda', got {device!r}")
    if device == "cpu":
        return LapackBackend()
    obstacle = why_no_cuda()
    if obstacle is None:
        return CudaBackend()
    if device == "cuda":
        raise MissingDependencyError(obstacle)
    return LapackBackend()
