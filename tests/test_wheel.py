"""The built wheel works in a fresh environment, away from the checkout."""

import json
import os
import subprocess
import sys
import venv
from collections.abc import Iterator
from importlib.metadata import Distribution, PathDistribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    # To compile all loops anew for this one place takes longer than to run them as they are.
    environment["NUMBA_DISABLE_JIT"] = "1"
    return subprocess.run(
        [str(c) for c in command],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def declared(package: Distribution, extras: frozenset[str] = frozenset()) -> Iterator[Distribution]:
    """What a package says that it needs, and what that needs in turn; those that several need come several times."""
    for line in package.requires or ():
        need = Requirement(line)
        if need.marker is None or any(
            need.marker.evaluate({"extra": extra}) for extra in (extras or {""})
        ):
            found = distribution(need.name)
            assert need.specifier.contains(found.version, prereleases=True), line
            yield found
            yield from declared(found, frozenset(need.extras))


def link_files(package: Distribution, site: Path) -> None:
    """Put the files of a package of this environment into another: its folders as links."""
    for file in package.files or ():
        # Libraries and programs lie outside of the folder of packages, among those of other packages.
        inside = Path(*file.parts[:1]) if file.parts[0] != ".." else Path(file)
        source, target = Path(str(package.locate_file(inside))), site / inside
        if source.exists() and not os.path.lexists(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(source.resolve())


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of a fresh environment that holds the wheel and what it declares that it needs, nothing else.

    The packages that it needs are those of this environment: to fetch and compile them takes minutes.
    """
    folder = tmp_path_factory.mktemp("wheel")
    words = ("--wheel", "--no-isolation", "--outdir", folder / "dist", ROOT)
    built = run(sys.executable, "-m", "build", *words, cwd=folder)
    assert built.returncode == 0, built.stdout + built.stderr
    (wheel,) = (folder / "dist").glob("*.whl")
    venv.create(folder / "env")
    bin_folder = folder / "env" / ("Scripts" if os.name == "nt" else "bin")
    pip = (sys.executable, "-m", "pip", "--python", bin_folder / "python")
    result = run(*pip, "install", "--quiet", "--no-deps", "--no-index", wheel, cwd=folder)
    assert result.returncode == 0, result.stdout + result.stderr
    (metadata,) = (folder / "env").rglob("lmpmeso-*.dist-info")
    for package in declared(PathDistribution(metadata)):
        link_files(package, metadata.parent)
    return bin_folder


def test_wheel_carries_input_scripts_and_potentials(installed: Path, tmp_path: Path) -> None:
    code = (
        "from lmpmeso.files.package_data import lmp_input, potential_file\n"
        "print(lmp_input('in.quench')); print(potential_file('ipl.table'))"
    )
    result = run(installed / "python", "-c", code, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    for path in result.stdout.split():
        assert Path(path).is_file()
        assert ROOT not in Path(path).parents


def test_installed_command_quenches_and_measures(installed: Path, tmp_path: Path) -> None:
    code = (
        "import lmpmeso\n"
        "from lmpmeso.configurations import random_configuration, write_dump\n"
        "model = lmpmeso.get_model('ipl')\n"
        "write_dump('random.dump', random_configuration(model, 250, seed=1))\n"
    )
    made = run(installed / "python", "-c", code, cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    result = run(
        installed / "lmpmeso",
        "elasticity",
        "random.dump",
        "--model",
        "ipl",
        "--pairs",
        "all",
        "--json",
        cwd=tmp_path,
    )
    assert result.returncode == 0, result.stderr
    numbers = json.loads(result.stdout)
    assert numbers["n_particles"] == 250
    assert numbers["max_force"] < 1e-9
    assert numbers["kappa_mean"] > 0
