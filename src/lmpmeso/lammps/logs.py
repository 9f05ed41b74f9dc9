"""What LAMMPS says: in the logs that it writes, and in the exceptions of its Python module."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lmpmeso.errors import LammpsError

if TYPE_CHECKING:
    import pandas as pd

LAST_LINES = 15
"""Lines of a log that a message quotes."""


def words_of(error: Exception) -> str:
    """What LAMMPS says in an exception; its Python module cannot decode every text."""
    if isinstance(error, UnicodeDecodeError):
        return error.object.decode("utf-8", errors="replace")
    return str(error)


def last_thermo_table(log: str) -> pd.DataFrame:
    """The last table of thermo output in a LAMMPS log.

    Raises:
        LammpsError: there is none.
    """
    lines = log.splitlines()
    headers = [k for k, line in enumerate(lines) if line.split()[:1] == ["Step"]]
    if not headers:
        raise LammpsError("LAMMPS's log holds no thermo output")
    names = lines[headers[-1]].split()
    rows = []
    for line in lines[headers[-1] + 1 :]:
        if line.startswith("Loop time"):
            break
        words = line.split()
        if len(words) == len(names) and words[0].isdigit():
            rows.append([float(word) for word in words])
    import pandas as pd

    table = pd.DataFrame(rows, columns=names)
    return table.astype({"Step": np.int64})


def last_of_minimisation(log: str, pattern: str) -> str:
    """What the last line of a minimisation that matches a pattern says.

    Raises:
        LammpsError: there was no minimisation.
    """
    found = re.findall(pattern, log)
    if not found:
        raise LammpsError("LAMMPS's log tells of no minimisation")
    return str(found[-1]).strip()


def last_lines(path: Path) -> str:
    """The last lines of a log, for messages; empty when there is none."""
    if not path.is_file():
        return ""
    return "\n".join(path.read_text(errors="replace").splitlines()[-LAST_LINES:])
