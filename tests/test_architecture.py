"""Imports follow the order that docs/architecture.md states, and heavy packages stay optional."""

import ast
import inspect
import subprocess
import sys
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "src" / "lmpmeso"
ORDER = [
    "on_demand",
    "errors",
    "arrays",
    "printing",
    "execution",
    "swaps",
    "files",
    "backend",
    "models",
    "configurations",
    "lammps",
    "hessians",
    "elasticity",
    "protocols",
    "dynamics",
    "statistics",
    "equilibrium",
    "landscape",
    "propensity",
    "engine",
    "campaign",
    "export",
    "figures",
    "plot",
    "report",
    "study",
    "cli",
]


def imported_parts(path: Path) -> set[str]:
    """Top-level parts of lmpmeso that a module imports, wherever in it."""
    parts = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        parts |= {name.split(".")[1] for name in names if name.startswith("lmpmeso.")}
    return parts


def test_every_part_of_the_package_has_its_place_in_the_order() -> None:
    parts = {p.stem for p in PACKAGE.iterdir() if p.suffix == ".py" or (p / "__init__.py").exists()}
    assert parts - {"__init__", "__main__"} == set(ORDER)


PAGE = PACKAGE.parents[1] / "docs" / "architecture.md"


def test_the_page_of_the_architecture_has_a_row_for_each_part_in_their_order():
    rows = [line.split("|")[1] for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    named = [name.strip("`/ ") for row in rows for name in row.split(",")]
    assert named == ORDER


@pytest.mark.parametrize("folder", ["src", "tests", "docs", "scripts", "lmp_inputs"])
def test_no_file_holds_both_sides_of_a_merge(folder):
    marks = ("<" * 7 + " ", ">" * 7 + " ")
    files = [
        path
        for path in (PACKAGE.parents[1] / folder).rglob("*")
        if path.suffix in {".py", ".md", ".toml", ".sh", ".csv"} or path.name.startswith("in.")
    ]
    assert files
    held = [
        path
        for path in files
        if any(line.startswith(marks) for line in path.read_text(encoding="utf-8").splitlines())
    ]
    assert held == []


@pytest.mark.parametrize("part", ORDER)
def test_modules_import_only_from_earlier_parts(part: str) -> None:
    folder = PACKAGE / part
    for path in folder.rglob("*.py") if folder.is_dir() else [PACKAGE / f"{part}.py"]:
        later = {p for p in imported_parts(path) if ORDER.index(p) > ORDER.index(part)}
        assert not later, f"{path.relative_to(PACKAGE)} imports {later}"


@pytest.mark.parametrize(
    ("module", "forbidden"),
    [
        ("lmpmeso", "numpy"),
        ("lmpmeso.engine.run", "numpy"),
        ("lmpmeso.engine.local", "numpy"),
        ("lmpmeso.engine.make", "pandas"),
        ("lmpmeso.engine.records", "pandas"),
        ("lmpmeso.lammps.session", "pandas"),
        ("lmpmeso.lammps.session", "scipy"),
        ("lmpmeso.configurations", "scipy"),
        ("lmpmeso.elasticity", "lammps"),
        ("lmpmeso.dynamics", "lammps"),
        ("lmpmeso.protocols", "cupy"),
        ("lmpmeso.figures", "lammps"),
        ("lmpmeso.configurations", "MDAnalysis"),
        ("lmpmeso.cli", "scipy"),
        ("lmpmeso.campaign.folder", "scipy.special"),
        ("lmpmeso.campaign.folder", "scipy.linalg"),
    ],
)
def test_heavy_packages_are_imported_only_when_needed(module: str, forbidden: str) -> None:
    assert module in loaded_by(module)
    assert forbidden not in loaded_by(module)


@cache
def loaded_by(module: str) -> frozenset[str]:
    """What a fresh process has loaded when it has imported a module."""
    code = f"import sys, {module}; print(*sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return frozenset(result.stdout.split())


MOST_PARAMETERS = 10


@pytest.mark.parametrize("part", ["", *ORDER])
def test_nothing_public_takes_more_parameters_than_one_can_read(part: str) -> None:
    module = import_module(f"lmpmeso.{part}" if part else "lmpmeso")
    for name in getattr(module, "__all__", ()):
        thing = getattr(module, name)
        if inspect.isfunction(thing):
            count = len(inspect.signature(thing).parameters)
            assert count <= MOST_PARAMETERS, f"{thing.__module__}.{name} takes {count} parameters"


def test_analysis_of_trajectories_knows_nothing_of_running_them() -> None:
    for path in (PACKAGE / "dynamics").rglob("*.py"):
        assert not imported_parts(path) & {"lammps", "protocols"}, path.name
