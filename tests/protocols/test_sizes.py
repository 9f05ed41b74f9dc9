"""Particles of sizes of their own move, are quenched and go on."""

import numpy as np
import pytest

from lmpmeso.configurations import read_configuration
from lmpmeso.execution import Execution
from lmpmeso.hessians import evaluate
from lmpmeso.models import read_model
from lmpmeso.protocols import equilibrate, quench, run_trajectory
from tests.models.own_models import POLYDISPERSE, written


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return read_model(written(tmp_path_factory.mktemp("sizes"), POLYDISPERSE, "poly"))


@pytest.fixture(scope="module")
def run(model):
    return equilibrate(model, 0.3, 80, seed=1, duration=1.0, execution=Execution(record_every=20))


def test_compiled_forces_move_the_particles_as_lammps_does(model, run):
    ours, theirs = (
        run_trajectory(
            run.configuration,
            model,
            0.3,
            block_duration=0.1,
            n_blocks=1,
            execution=Execution(accelerator, record_every=5),
        )
        for accelerator in ("none", "omp")
    )
    np.testing.assert_allclose(
        ours.trajectory.positions_tnc, theirs.trajectory.positions_tnc, atol=1e-9
    )
    np.testing.assert_allclose(ours.record, theirs.record, atol=1e-8)
    np.testing.assert_array_equal(theirs.trajectory.diameters, run.configuration.diameters)


def test_the_record_is_that_of_the_exact_potential(model, run):
    found = evaluate(run.configuration, model)
    last = run.record.iloc[-1]
    assert last["potential_energy"] == pytest.approx(found.energy / 80, rel=1e-9)
    kinetic = 2 / 3 * last["kinetic_energy"] * 80 / found.volume
    assert last["pressure"] == pytest.approx(found.pressure + kinetic, rel=1e-9)
    conserved = run.record["conserved_energy"]
    assert conserved.max() - conserved.min() < 0.01


def test_a_run_that_was_stopped_goes_on_bit_for_bit(model, tmp_path):
    def to(duration, folder):
        return equilibrate(
            model,
            0.3,
            80,
            seed=1,
            duration=duration,
            folder=folder,
            execution=Execution(chunk_steps=40),
        ).configuration

    to(0.2, tmp_path / "a")
    went_on, at_once = to(0.4, tmp_path / "a"), to(0.4, tmp_path / "b")
    np.testing.assert_array_equal(went_on.positions_nc, at_once.positions_nc)
    np.testing.assert_array_equal(went_on.diameters, at_once.diameters)


@pytest.mark.parametrize("minimizer", ["cg", "steepest"])
def test_a_quench_keeps_the_sizes_and_ends_in_a_minimum(model, run, minimizer):
    glass = quench(run.configuration, model, minimizer)
    np.testing.assert_array_equal(glass.diameters, run.configuration.diameters)
    assert glass.max_force < 1e-10
    assert glass.energy < evaluate(run.configuration, model).energy


def test_an_error_in_a_step_is_not_lost(model, run, monkeypatch):
    def broken(self, positions_nc):
        raise ValueError("broken")

    monkeypatch.setattr("lmpmeso.hessians.compiled_forces.CompiledForces.__call__", broken)
    with pytest.raises(ValueError, match="broken"):
        equilibrate(model, 0.3, start=run.configuration, seed=1, duration=0.1)


def test_checkpointed_ends_hold_sizes(model, tmp_path):
    run = equilibrate(model, 0.3, 80, seed=1, duration=0.1, folder=tmp_path)
    (end,) = tmp_path.glob("end-*.data")
    found = read_configuration(end, model)
    np.testing.assert_array_equal(found.diameters, run.configuration.diameters)
