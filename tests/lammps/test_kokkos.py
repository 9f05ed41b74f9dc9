"""LAMMPS on KOKKOS against plain LAMMPS; skipped where the LAMMPS at hand has no KOKKOS."""

from contextlib import nullcontext
from functools import partial

import numpy as np
import pytest

from lmpmeso.errors import LammpsError
from lmpmeso.execution import Execution
from lmpmeso.hessians import evaluate
from lmpmeso.lammps import LammpsSession, lammps_build, run_in_worker
from lmpmeso.lammps.inputs import place_interaction
from lmpmeso.models import get_model
from lmpmeso.models.lammps_styles import lammps_pair_style
from lmpmeso.protocols import equilibrate, quench
from lmpmeso.protocols.quench import minimizer_of_build

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
    assert found.iterations == pytest.approx(plain.iterations, rel=0.1)
    assert found.energy == pytest.approx(plain.energy, rel=1e-10)
    assert evaluate(found, model).max_force < 1e-10


def test_quench_by_fire_ends_by_its_forces_whichever_minimiser_runs(liquid_of):
    build = lammps_build()
    usable = minimizer_of_build("fire", "kokkos", build)
    expected = nullcontext() if usable == "fire" else pytest.warns(UserWarning, match="no FIRE")
    with expected:
        found = quench(liquid_of("ka"), "ka", "fire", execution=ON_KOKKOS)
    assert found.minimizer == usable
    assert found.stopping_criterion == "force tolerance"


def test_another_number_of_threads_is_refused(liquid_of):
    with LammpsSession("kokkos", ON_KOKKOS.threads):
        pass
    with pytest.raises(LammpsError, match="cannot go on with 1"):
        quench(liquid_of("ka"), "ka", execution=Execution("kokkos"))


def test_pair_closer_than_the_table_ends_a_run(liquid_of):
    liquid = liquid_of("ipl")
    positions_nc = liquid.positions_nc.copy()
    positions_nc[1] = positions_nc[0] + [0.0017, 0.0, 0.0]
    with pytest.raises(LammpsError, match="closer than the table of ipl reaches"):
        equilibrate(
            "ipl",
            1.0,
            start=liquid.with_positions(positions_nc),
            duration=0.1,
            execution=ON_KOKKOS,
        )


def test_another_number_of_threads_runs_in_a_worker(liquid_of):
    model, liquid = get_model("ipl"), liquid_of("ipl")
    found = quench(liquid, model, execution=ON_KOKKOS)
    alone = run_in_worker(partial(quench, execution=Execution("kokkos")), liquid, model)
    assert alone.energy == pytest.approx(found.energy, rel=1e-3)


def test_recorded_quantity_is_conserved(liquid_of):
    run = equilibrate("ka", 1.0, start=liquid_of("ka"), duration=1.0, execution=ON_KOKKOS)
    assert np.ptp(run.record["conserved_energy"]) < 0.01


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
