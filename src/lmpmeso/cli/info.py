"""``lmpmeso info``: what is here, and what is missing for what."""

from __future__ import annotations

import argparse
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from lmpmeso.cli.arguments import add_json
from lmpmeso.cli.console import aligned
from lmpmeso.files.plain_json import json_text

SUMMARY = "versions, LAMMPS and accelerators found, and what is missing for what"
DESCRIPTION = """\
What lmpmeso finds on this machine: versions, LAMMPS with its packages and accelerators, a GPU; and what
is missing, with what it would be good for. Paste it into a bug report.

  lmpmeso info
  lmpmeso info --json
"""
PACKAGES = ("numpy", "scipy", "pandas", "matplotlib", "seaborn", "MDAnalysis", "lammps")
CUPY = ("cupy-cuda12x", "cupy-cuda13x", "cupy")


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_json(command)


def run(arguments: argparse.Namespace) -> str:
    """Look around and report."""
    report = collect()
    return json_text(report) if arguments.json else _in_words(report)


def collect() -> dict[str, Any]:
    """Everything found, as plain data."""
    from lmpmeso.backend import available_cores
    from lmpmeso.lammps import lammps_installation
    from lmpmeso.lammps.gpu import gpu_visible

    lammps = lammps_installation()
    missing = dict(lammps.missing)
    gpu = gpu_visible()
    cupy = next((f"{name} {v}" for name in CUPY if (v := _installed_version(name))), None)
    if gpu and cupy is None:
        missing["CuPy"] = (
            "linear algebra on the GPU that is here: pip install 'cupy-cuda12x[ctk]' or 'cupy-cuda13x[ctk]'"
        )
    return {
        "lmpmeso": _installed_version("lmpmeso"),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cpu_cores": available_cores(),
        "packages": {name: _installed_version(name) for name in PACKAGES},
        "lammps": lammps.as_dict(),
        "gpu": gpu,
        "cupy": cupy,
        "missing": missing,
    }


def _installed_version(package: str) -> str | None:
    """Version of a package, without importing it; None where it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _in_words(report: dict[str, Any]) -> str:
    """The report for a person."""
    lammps = report["lammps"]
    rows = [
        ("lmpmeso", report["lmpmeso"]),
        ("Python", f"{report['python']} on {report['platform']}, {report['cpu_cores']} cores"),
        *((name, found or "not installed") for name, found in report["packages"].items()),
        ("GPU", "found" if report["gpu"] else "none: everything runs on the CPU"),
        ("CuPy", report["cupy"] or "not installed (only for GPUs)"),
    ]
    if lammps["available"]:
        rows += [
            ("LAMMPS", f"{lammps['version']}, {lammps['library']}"),
            ("  packages", " ".join(lammps["packages"])),
            ("  accelerator auto", lammps["auto"]),
            *(
                (f"  accelerator {name}", _accelerator_in_words(name, obstacle, lammps))
                for name, obstacle in lammps["accelerators"].items()
            ),
        ]
    else:
        rows.append(("LAMMPS", f"not usable: {lammps['problem']}"))
    text = aligned(rows)
    if not report["missing"]:
        return text + "\nNothing is missing.\n"
    return text + "\nMissing:\n" + aligned(list(report["missing"].items()), indent="  ")


def _accelerator_in_words(name: str, obstacle: str | None, lammps: dict[str, Any]) -> str:
    """Whether an accelerator can be used, on what it runs, and for which models."""
    backend = f" ({lammps['backends'][name]})" if name in lammps["backends"] else ""
    if obstacle is not None:
        return f"no{backend}: {obstacle}"
    return f"yes{backend}: {', '.join(lammps['models'][name]) or 'none of the packaged models'}"
