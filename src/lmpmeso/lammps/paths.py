"""Where LAMMPS's logs lie; loads nothing, because the engine asks in every process."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

LOG_FOLDER_VARIABLE = "LMPMESO_LAMMPS_LOGS"
"""Environment variable: folder where the logs of open sessions lie; default a temporary folder."""


def new_log(target: Path | None) -> Path:
    """A fresh file for LAMMPS's log, beside its target so that it can be renamed into place."""
    folder = (
        os.environ.get(LOG_FOLDER_VARIABLE) if target is None else str(target.absolute().parent)
    )
    handle, name = tempfile.mkstemp(prefix=".lammps-", suffix=".log", dir=folder)
    os.close(handle)
    return Path(name)
