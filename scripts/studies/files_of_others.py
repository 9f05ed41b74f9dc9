"""Tries every file below some folders: what is read, what is refused, and whether anything else happens.

python scripts/studies/files_of_others.py FOLDER…

Each is read as particles of 64 species with a cut-off that fits any box. Prints the number of files of each outcome, and
each exception that is none of the package's.
"""

import collections
import functools
import re
import signal
import sys
import tempfile
import warnings
from pathlib import Path

from lmpmeso.configurations import iter_configurations, read_configuration
from lmpmeso.configurations.formats import file_format
from lmpmeso.errors import LmpmesoError
from lmpmeso.models.lammps_script import model_of_script, read_script

NOT_DATA = {".py", ".pyc", ".rst", ".md", ".so", ".pyx", ".c", ".cpp", ".h"}
SECONDS, TYPES = 20, 64


UNITS = re.compile(r"its numbers are in LAMMPS's units '(\w+)'")


@functools.cache
def model_of_anything(units="lj"):
    """Species 1 to 64."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "in.any"
        script.write_text(
            f"units {units}\nmass * 1\npair_style lj/cut 1e-3\npair_coeff * * 1.0 1e-3\n"
        )
        return model_of_script(read_script(script), TYPES, 1.0, [1.0 / TYPES] * TYPES)


def outcome(path, model):
    """In a few words what reading a file comes to, in the units that it tells."""
    kind, words = outcome_in(path, model)
    told = UNITS.search(words)
    return outcome_in(path, model_of_anything(told[1])) if told else (kind, words)


def outcome_in(path, model):
    """The same in the units of a model."""
    try:
        form = file_format(path)
        read_configuration(path, model)
        number = sum(1 for _ in iter_configurations(path, model))
        return f"read: {form}", f"{number} frames"
    except LmpmesoError as error:
        return f"refused: {type(error).__name__}", str(error).replace("\n", " ")
    except Exception as error:  # what this script looks for
        return f"RAW: {type(error).__name__}", str(error)[:200]


def too_long(*_):
    """End a file that takes too long."""
    raise TimeoutError(f"more than {SECONDS} s")


def main(folders):
    """Try all files and print what happened."""
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGALRM, too_long)
    model = model_of_anything()
    counts = collections.Counter()
    for folder in folders:
        for path in sorted(Path(folder).rglob("*")):
            if not path.is_file() or path.suffix in NOT_DATA or not path.stat().st_size:
                continue
            signal.alarm(SECONDS)
            kind, words = outcome(path, model)
            signal.alarm(0)
            counts[kind] += 1
            if "--all" in sys.argv or kind.startswith("RAW"):
                print(f"{path.relative_to(folder)}: {kind}: {words}"[:400])
    for kind, count in counts.most_common():
        print(f"{count:5d}  {kind}")


main([word for word in sys.argv[1:] if not word.startswith("--")])
