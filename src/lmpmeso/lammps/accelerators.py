"""Which of LAMMPS's accelerator packages a run uses.

The decision is a pure function of what the LAMMPS build holds (:class:`LammpsBuild`), so that it
can be tested with builds that are not at hand.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from lmpmeso.errors import LammpsError

ACCELERATORS = ("auto", "none", "omp", "kokkos", "gpu", "opt")
BUILD_GUIDE = "https://docs.lammps.org/Build_extras.html"
SUFFIXES = {"omp": "omp", "kokkos": "kk", "gpu": "gpu", "opt": "opt"}
PACKAGES = {"omp": "OPENMP", "kokkos": "KOKKOS", "gpu": "GPU", "opt": "OPT"}
KOKKOS_DEVICES = ("cuda", "hip", "sycl")
ON_DEVICE = frozenset({"kokkos", "gpu"})
"""Accelerators that keep their own copy of the positions and have tables without an inner end."""
DOUBLE = frozenset({"double"})
DOUBLE_OPTION = {"KOKKOS": "-D KOKKOS_PREC=double", "GPU": "-D GPU_PREC=double"}
NEWTON_ON_STYLES = frozenset({"sw"})
"""Pair styles that LAMMPS runs only with ``newton on``."""


@dataclass(frozen=True)
class LammpsBuild:
    """What one LAMMPS library can do.

    Its version is a date, e.g. 20250722. Pair styles include the suffixed ones (``table/omp``); the APIs are
    back ends of KOKKOS and of the GPU package, e.g. ``{"cuda", "openmp"}``, and their precision is of
    ``{"single", "mixed", "double"}``; ``gpu_present`` says that this machine has a GPU that this process may use.
    """

    version: int
    packages: frozenset[str]
    pair_styles: frozenset[str]
    min_styles: frozenset[str]
    kokkos_api: frozenset[str]
    gpu_api: frozenset[str]
    gpu_present: bool
    library: str
    kokkos_precision: frozenset[str] = DOUBLE
    gpu_precision: frozenset[str] = DOUBLE

    @property
    def kokkos_for_gpus(self) -> bool:
        """KOKKOS was built for GPUs, and does not run without one."""
        return not self.kokkos_api.isdisjoint(KOKKOS_DEVICES)

    @property
    def kokkos_on_gpu(self) -> bool:
        """KOKKOS was built for GPUs and there is one."""
        return self.gpu_present and self.kokkos_for_gpus

    def obstacle(self, accelerator: str, pair_styles: Iterable[str] = ()) -> str | None:
        """Why an accelerator cannot be used for these pair styles; None when it can."""
        if accelerator == "none":
            return None
        package, suffix = PACKAGES[accelerator], SUFFIXES[accelerator]
        if package not in self.packages:
            return f"this LAMMPS was built without the {package} package"
        on_device = accelerator == "gpu" or (accelerator == "kokkos" and self.kokkos_for_gpus)
        if on_device and not self.gpu_present:
            return f"the {package} package is there for GPUs, but this process sees no GPU"
        precision = self.precision(accelerator)
        if precision != DOUBLE:
            return (
                f"its {package} package computes in {' and '.join(sorted(precision)) or 'unknown'} precision, which "
                f"is not enough for inherent structures and κ: build it with {DOUBLE_OPTION[package]}"
            )
        missing = [s for s in pair_styles if f"{s}/{suffix}" not in self.pair_styles]
        if missing:
            return f"LAMMPS has no pair style {missing[0]}/{suffix}"
        return None

    def precision(self, accelerator: str) -> frozenset[str]:
        """Of the numbers that an accelerator computes with."""
        return {"kokkos": self.kokkos_precision, "gpu": self.gpu_precision}.get(accelerator, DOUBLE)


@dataclass(frozen=True)
class AcceleratorChoice:
    """An accelerator, the command-line arguments that switch it on, and why it was chosen."""

    name: str
    arguments: tuple[str, ...]
    why: str


def force_norm(accelerator: str) -> str:
    """The norm of forces by which a minimisation stops, ``min_modify norm``: the largest force, or component.

    KOKKOS takes the largest force over groups of three numbers that are not those of a particle, and reads ghosts:
    its minimisations run to the last iteration. The largest component is right there.
    """
    return "inf" if accelerator == "kokkos" else "max"


def choose_accelerator(
    requested: str, build: LammpsBuild, pair_styles: Iterable[str] = (), threads: int = 1
) -> AcceleratorChoice:
    """The accelerator of a run.

    ``auto`` takes the first that the build has for all the given pair styles (without suffix): KOKKOS on a
    GPU, the GPU package, OPENMP when several threads were asked for, OPT, and else plain LAMMPS. On one
    thread OPENMP is not chosen: it is little faster, and an error inside one of its styles ends
    the whole process instead of raising (see ``docs/lammps.md`` for the measured speeds).

    Raises:
        LammpsError: the accelerator is unknown, or the build does not have it.
    """
    styles = tuple(pair_styles)
    if threads < 1:
        raise LammpsError(f"threads must be at least 1, got {threads}")
    if requested not in ACCELERATORS:
        raise LammpsError(f"unknown accelerator {requested!r}; known: {', '.join(ACCELERATORS)}")
    if requested != "auto":
        obstacle = build.obstacle(requested, styles)
        if obstacle is not None:
            raise LammpsError(_refusal(requested, obstacle, build, styles))
        return AcceleratorChoice(
            requested, _arguments(requested, build, styles, threads), "as asked"
        )
    if build.kokkos_on_gpu and build.obstacle("kokkos", styles) is None:
        name, why = "kokkos", "KOKKOS runs on the GPU"
    elif build.gpu_present and build.obstacle("gpu", styles) is None:
        name, why = "gpu", "the GPU package runs on the GPU"
    elif threads > 1 and build.obstacle("omp", styles) is None:
        name, why = "omp", f"OPENMP uses {threads} threads"
    elif build.obstacle("opt", styles) is None and styles:
        name, why = "opt", "OPT has this pair style"
    else:
        name, why = "none", "plain styles are the safest on one thread"
    return AcceleratorChoice(name, _arguments(name, build, styles, threads), why)


def on_host(
    requested: str, build: LammpsBuild, pair_styles: Iterable[str] = (), threads: int = 1
) -> str:
    """The accelerator of a run whose particles are changed in place: for ``auto`` the fastest that is no device.

    Raises:
        LammpsError: the accelerator is unknown, or the build does not have it.
    """
    if requested == "auto":
        build = replace(build, gpu_present=False)
    return choose_accelerator(requested, build, pair_styles, threads).name


def _arguments(
    name: str, build: LammpsBuild, styles: tuple[str, ...], threads: int
) -> tuple[str, ...]:
    """Command-line arguments that switch the accelerator on."""
    if name == "omp":
        return ("-sf", "omp", "-pk", "omp", str(threads))
    if name == "opt":
        return ("-sf", "opt")
    if name == "gpu":
        return ("-sf", "gpu", "-pk", "gpu", "1")
    if name == "kokkos":
        where = ("g", "1") if build.kokkos_on_gpu else ("t", str(threads))
        full = build.kokkos_on_gpu and NEWTON_ON_STYLES.isdisjoint(styles)
        lists = ("newton", "off", "neigh", "full") if full else ("newton", "on", "neigh", "half")
        return ("-k", "on", *where, "-sf", "kk", "-pk", "kokkos", *lists)
    return ()


def _refusal(requested: str, obstacle: str, build: LammpsBuild, styles: tuple[str, ...]) -> str:
    """What to tell somebody who asked for an accelerator that is not there."""
    usable = [name for name in ACCELERATORS[1:] if build.obstacle(name, styles) is None]
    return (
        f"accelerator {requested!r} cannot be used: {obstacle}. "
        f"This LAMMPS ({build.library}) can use: {', '.join(usable)}. "
        f"How to build LAMMPS with it: {BUILD_GUIDE}"
    )
