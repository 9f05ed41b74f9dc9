import os
import warnings

import pytest

from lmpmeso.configurations import configuration_from_arrays
from lmpmeso.errors import LammpsError, ModelError
from lmpmeso.lammps import LammpsSession, lammps_build, run_in_worker
from lmpmeso.models import get_model
from lmpmeso.models.lammps_styles import lammps_pair_commands


def overlap_energy(accelerator, distance):
    """Energy of two particles; LAMMPS stops when they are closer than the table's inner end."""
    model = get_model("ipl")
    pair = configuration_from_arrays([[1.0, 1, 1], [1.0 + distance, 1, 1]], 0, 6.0)
    with LammpsSession(accelerator, pair_styles=["table"]) as lmp:
        lmp.set_configuration(pair, model)
        lmp.commands(lammps_pair_commands(model))
        lmp.command("run 0")
        return lmp.potential_energy()


def raise_model_error():
    get_model("nonsense")


def process_id():
    return os.getpid()


def warn_and_return():
    warnings.warn("a word of warning", UserWarning, stacklevel=1)
    return 7


def needs_openmp():
    if lammps_build().obstacle("omp", ["table"]) is not None:
        pytest.skip("this LAMMPS has no table/omp")


def test_result_of_a_worker_is_that_of_the_call():
    assert run_in_worker(overlap_energy, "none", 1.2) == overlap_energy("none", 1.2)
    assert run_in_worker(process_id) != os.getpid()


def test_exception_of_a_worker_keeps_its_type():
    with pytest.raises(ModelError, match="unknown model 'nonsense'"):
        run_in_worker(raise_model_error)
    with pytest.raises(LammpsError, match="inner cutoff"):
        run_in_worker(overlap_energy, "none", 0.1)


def test_abort_inside_an_openmp_style_comes_back_as_an_error():
    needs_openmp()
    with pytest.raises(LammpsError, match="overlap_energy died") as error:
        run_in_worker(overlap_energy, "omp", 0.1)
    assert "terminate called" in str(error.value)
    assert "inner cutoff" in str(error.value)
    assert run_in_worker(overlap_energy, "omp", 1.2) == pytest.approx(overlap_energy("none", 1.2))


def test_messages_of_a_worker_reach_standard_error(capsys):
    assert run_in_worker(warn_and_return) == 7
    assert "a word of warning" in capsys.readouterr().err
