"""Whether this process may use a GPU, asked of the system and not of any library."""

from __future__ import annotations

import os
from pathlib import Path

DEVICE_FILES = (Path("/dev/nvidiactl"), Path("/dev/kfd"))
VISIBILITY_VARIABLES = ("CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES")
HIDDEN = ("", "-1", "none", "NoDevFiles")


def gpu_visible() -> bool:
    """A GPU's device file is there and no environment variable hides all GPUs."""
    if any(os.environ.get(name, "0") in HIDDEN for name in VISIBILITY_VARIABLES):
        return False
    return any(path.exists() for path in DEVICE_FILES)
