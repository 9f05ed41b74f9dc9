"""LAMMPS on KOKKOS against plain LAMMPS; skipped where the LAMMPS at hand has no KOKKOS."""

from functools import partial

import numpy as np
import pytest

from lmpmeso.execution import Execution
from lmpmeso.hessians import evaluate
from lmpmeso.lammps import LammpsSession, lammps_build, run_in_worker
from lmpmeso.lammps.inputs import place_interaction
from lmpmeso.models import get_model
from lmpmeso.models.lammps_styles import lammps_pair_style
from lmpmeso.protocols import equilibrate, quench

MODELS = ("ipl", "ss", "sw", "ka", "mblj")
ON_KOKKOS = Execution("kokkos", threads=2)


@pytest.fixture(autouse=True)
def needs_kokkos():
    obstacle = lammps_build().obstacle("kokkos", ["table"])
    if obstacle is not None:
        pytest.skip(f"KOKKOS: {obstacle}")


def forces_on(accelerator, threads, model, liquid, folder):
    """Energy and forces in LAMMPS."""
    with LammpsSession(accelerator, threads, [lammps_pair_style(model)]) as lmp:
        lmp.set_configuration(liquid, model)
        lmp.commands([*place_interaction(model, folder), "run 0 post no"])
        return lmp.potential_energy(), lmp.forces()


@pytest.mark.parametrize("name", ["ipl", "ss", "sw", "ka"])
def test_forces_are_those_of_plain_lammps(name, liquid_of, tmp_path):
    model, liquid = get_model(name), liquid_of(name)
    plain = forces_on("none", 1, model, liquid, tmp_path)
    found = forces_on("kokkos", 2, model, liquid, tmp_path)
    assert found[0] == pytest.approx(plain[0], rel=1e-12)
    assert np.abs(found[1] - plain[1]).max() < 1e-9 * np.abs(plain[1]).max()


@pytest.mark.parametrize("name", MODELS)
def test_quench_stops_by_its_forces_as_plain_lammps_does(name, liquid_of):
    model, liquid = get_model(name), liquid_of(name)
    plain = quench(liquid, model)
    found = quench(liquid, model, execution=ON_KOKKOS)
    assert found.stopping_criterion == "force tolerance"
    assert found.iterations < 3 * plain.iterations
    assert evaluate(found, model).max_force < 1e-10


def test_another_number_of_threads_runs_in_a_worker(liquid_of):
    model, liquid = get_model("ipl"), liquid_of("ipl")
    found = quench(liquid, model, execution=ON_KOKKOS)
    alone = run_in_worker(partial(quench, execution=Execution("kokkos")), liquid, model)
    assert alone.energy == pytest.approx(found.energy, rel=1e-3)


@pytest.mark.validate
@pytest.mark.parametrize(("name", "temperature"), [("ipl", 1.0), ("ss", 1.4)])
def test_averages_of_a_liquid_are_those_of_plain_lammps(name, temperature, liquid_of):
    model, liquid = get_model(name), liquid_of(name)
    means = []
    for how in (Execution("none"), ON_KOKKOS):
        run = equilibrate(model, temperature, start=liquid, duration=200.0, execution=how)
        record = run.record[run.record["time"] > 50.0]
        blocks = np.array_split(record["potential_energy"].to_numpy(), 10)
        mean = np.array([block.mean() for block in blocks])
        means.append((mean.mean(), mean.std() / np.sqrt(len(mean))))
    (one, e), (other, f) = means
    assert abs(one - other) < 4.0 * np.hypot(e, f)
