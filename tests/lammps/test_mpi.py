import sys
import types

import pytest

from lmpmeso.errors import MissingDependencyError
from lmpmeso.lammps import mpi

from .programs import run_python


class FakeLammps:
    """Stands in for LAMMPS's Python module: loads at once, after MPI, or never."""

    def __init__(self, failures=()):
        self.failures = list(failures)
        self.calls = []

    def __call__(self, **options):
        self.calls.append(options)
        if self.failures:
            raise OSError(self.failures.pop(0))
        return self


@pytest.fixture
def install(monkeypatch):
    """Put a fake LAMMPS in place and count how often MPICH is loaded."""
    loaded = []
    monkeypatch.setattr(mpi, "load_mpich", loaded.append)

    def put(fake):
        monkeypatch.setitem(sys.modules, "lammps", types.SimpleNamespace(lammps=fake))
        return loaded

    return put


def test_lammps_that_loads_by_itself_is_left_alone(install, monkeypatch):
    fake = FakeLammps()
    loaded = install(fake)
    monkeypatch.setenv(mpi.BUILD_VARIABLE, "mine")
    assert mpi.open_lammps(["-log", "none"]) is fake
    assert loaded == []
    assert fake.calls == [{"name": "mine", "cmdargs": ["-log", "none"], "comm": None}]


def test_mpich_is_loaded_only_when_lammps_misses_it(install):
    fake = FakeLammps(["libmpi.so.12: cannot open shared object file"])
    loaded = install(fake)
    assert mpi.open_lammps([]) is fake
    assert len(loaded) == 1
    assert len(fake.calls) == 2


@pytest.mark.parametrize("failures", [["libgomp.so.1: cannot open"], ["libmpi.so", "symbol MPI_X"]])
def test_library_that_never_loads_is_a_missing_dependency(install, failures):
    install(FakeLammps(failures))
    with pytest.raises(MissingDependencyError, match=failures[-1].split(":")[0]):
        mpi.open_lammps([])


def test_missing_mpich_package_is_named(monkeypatch):
    monkeypatch.setattr(mpi, "_mpich_libraries", list)
    with pytest.raises(MissingDependencyError, match="pip install mpich"):
        mpi.load_mpich(OSError("libmpi.so.12: cannot open"))


def test_name_of_a_build_that_is_not_there_is_a_missing_dependency():
    answer = run_python(
        """
        from lmpmeso.errors import MissingDependencyError
        from lmpmeso.lammps import (LammpsSession, lammps_installation)
        try:
            LammpsSession()
        except MissingDependencyError as error:
            print("liblammps_nonsense.so" in str(error), "LMPMESO_LAMMPS" in str(error))
        print(lammps_installation().available)
        """,
        environment={"LMPMESO_LAMMPS": "nonsense"},
    )
    assert answer.split() == ["True", "True", "False"]
