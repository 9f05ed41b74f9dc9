"""What the LAMMPS at hand can do for lmpmeso, for ``lmpmeso info``."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from lmpmeso.errors import LmpmesoError
from lmpmeso.lammps.accelerators import ACCELERATORS, LammpsBuild, choose_accelerator
from lmpmeso.lammps.build import lammps_build
from lmpmeso.lammps.inputs import style_on
from lmpmeso.models import get_model, model_names
from lmpmeso.models.lammps_styles import lammps_pair_style

NEEDED_PAIR_STYLES = {
    "table": "models ipl, ipl2d, ss, wca, harmonic, harmonic-2d",
    "lj/smooth/linear": "model mblj (package EXTRA-PAIR)",
    "lj/cut": "model ka",
    "sw": "model sw (package MANYBODY)",
    "eam/fs": "model cuzr (package MANYBODY)",
    "vashishta": "model silica (package MANYBODY)",
    "tersoff/mod": "model si-tersoff (package MANYBODY)",
    "soft": "random starting configurations",
}
NEEDED_MIN_STYLES = {"cg": "quenching", "fire": "quenching with FIRE"}
USEFUL_PACKAGES = {
    "PHONON": "checking Hessians against dynamical_matrix",
    "LEPTON": "checking tables against exact potentials",
    "OPENMP": "several threads a run",
}


@dataclass(frozen=True)
class LammpsInstallation:
    """What was found.

    Attributes:
        available: LAMMPS can be opened.
        problem: why not; None when it can.
        version: e.g. 20250722, or None.
        library: path of the shared library, or None.
        packages: installed packages.
        accelerators: each accelerator and what stands against it; None where it can be used.
        backends: of each accelerator that was built for devices, on what it runs and with which precision.
        models: the packaged models that each usable accelerator has; in a table those marked so.
        auto: what ``accelerator="auto"`` takes on one thread, and why.
        missing: each style or package that is not there, and what it would be for.
    """

    available: bool
    problem: str | None = None
    version: int | None = None
    library: str | None = None
    packages: tuple[str, ...] = ()
    accelerators: dict[str, str | None] = field(default_factory=dict)
    backends: dict[str, str] = field(default_factory=dict)
    models: dict[str, tuple[str, ...]] = field(default_factory=dict)
    auto: str | None = None
    missing: dict[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return asdict(self)


def lammps_installation() -> LammpsInstallation:
    """What LAMMPS is there and what is missing for what; never raises for a missing LAMMPS."""
    try:
        build = lammps_build()
    except (LmpmesoError, OSError) as error:
        return LammpsInstallation(
            available=False,
            problem=str(error),
            missing={"LAMMPS": "liquids, trajectories and quenches; analysis works without"},
        )
    return installation_of(build)


def installation_of(build: LammpsBuild) -> LammpsInstallation:
    """What a given build can do."""
    choice = choose_accelerator("auto", build)
    accelerators = {name: build.obstacle(name) for name in ACCELERATORS[1:]}
    return LammpsInstallation(
        available=True,
        version=build.version,
        library=build.library,
        packages=tuple(sorted(build.packages)),
        accelerators=accelerators,
        backends=_backends(build),
        models={
            name: _models_of(name, build)
            for name, obstacle in accelerators.items()
            if obstacle is None
        },
        auto=f"{choice.name}: {choice.why}",
        missing=_missing(build),
    )


def _backends(build: LammpsBuild) -> dict[str, str]:
    """What KOKKOS and the GPU package run on, in words."""
    apis = {"kokkos": build.kokkos_api, "gpu": build.gpu_api}
    return {
        name: f"{', '.join(sorted(api))}; {', '.join(sorted(build.precision(name)))} precision"
        for name, api in apis.items()
        if api
    }


def _models_of(accelerator: str, build: LammpsBuild) -> tuple[str, ...]:
    """The packaged models that an accelerator has."""
    found = []
    for model in map(get_model, model_names()):
        style = style_on(accelerator, model, build)
        if build.obstacle(accelerator, [lammps_pair_style(model, style)]) is None:
            found.append(f"{model.name} (table)" if style == "table" else model.name)
    return tuple(found)


def _missing(build: LammpsBuild) -> dict[str, str]:
    """Styles and packages that this build lacks, and what each is for."""
    wanted = (
        ("pair style", NEEDED_PAIR_STYLES, build.pair_styles),
        ("min style", NEEDED_MIN_STYLES, build.min_styles),
        ("package", USEFUL_PACKAGES, build.packages),
    )
    return {
        f"{kind} {name}": use
        for kind, uses, there in wanted
        for name, use in uses.items()
        if name not in there
    }
