"""Swaps between segments of MD: the same liquid, honest records, and runs that go on where they were."""

import numpy as np
import pytest

from lmpmeso.cli import main
from lmpmeso.equilibrium import Criterion, equilibrate_liquid
from lmpmeso.errors import ModelError, ProtocolError
from lmpmeso.execution import Execution
from lmpmeso.hessians import evaluate
from lmpmeso.models import get_model
from lmpmeso.protocols import Swaps, equilibrate, run_swap_trajectory, run_trajectory
from lmpmeso.protocols.swap_run import acceptance

SWAPS = Swaps(every=10, per_particle=2.0, seed=3)


@pytest.fixture(scope="module", params=["poly-swap", "mblj"])
def start(request):
    """A liquid of sizes, and one of two species."""
    model = get_model(request.param)
    hot, n = {"poly-swap": (0.5, 80), "mblj": (2.0, 120)}[request.param]
    how = Execution("none", record_every=20)
    return model, hot, equilibrate(model, hot, n, seed=1, duration=0.4, execution=how).configuration


def swapped(start, blocks=2, **options):
    model, temperature, liquid = start
    how = Execution("none", record_every=5, **options.pop("how", {}))
    return run_swap_trajectory(
        liquid,
        model,
        temperature,
        block_duration=40 * model.time_step_at(temperature),
        n_blocks=blocks,
        swaps=SWAPS,
        execution=how,
        **options,
    )


@pytest.fixture(scope="module")
def run(start):
    return swapped(start)


def test_particles_are_the_same_in_other_places(start, run):
    model, _, liquid = start
    end = run.configuration
    np.testing.assert_array_equal(np.bincount(end.species), np.bincount(liquid.species))
    if model.sizes is None:
        assert (end.species != liquid.species).any()
    else:
        np.testing.assert_array_equal(np.sort(end.diameters), np.sort(liquid.diameters))
        assert (end.diameters != liquid.diameters).any()


def test_the_record_tells_exchanges_and_the_energy_of_the_end(start, run):
    model, _, liquid = start
    record, n = run.record, liquid.n_particles
    assert 0.0 < acceptance(record) < 1.0
    assert (record["swaps_attempted"].diff().dropna() >= 0).all()
    assert record["swaps_attempted"].max() <= 2 * n * 8
    end = evaluate(run.configuration, model).energy / n
    assert record["potential_energy"].iloc[-1] == pytest.approx(end, rel=1e-9)
    assert record["swap_energy"].abs().max() > 0.0
    conserved = record["conserved_energy"]
    assert conserved.max() - conserved.min() < 0.02 * run.temperature


def test_the_trajectory_follows_places(start, run):
    _, _, liquid = start
    frames = run.trajectory
    np.testing.assert_array_equal(frames.species, liquid.species)
    steps = np.diff(frames.positions_tnc[:], axis=0)
    assert np.abs(steps).max() < 1.0
    assert frames.steps[0] == 0
    assert frames.steps[-1] == 80


def test_a_run_that_was_stopped_goes_on_bit_for_bit(start, run, tmp_path):
    class StoppedError(Exception):
        pass

    def stop():
        raise StoppedError

    chunks = {"chunk_steps": 30}
    with pytest.raises(StoppedError):
        swapped(start, folder=tmp_path / "a", how={**chunks, "on_checkpoint": stop})
    went_on = swapped(start, folder=tmp_path / "a", how=chunks)
    at_once = swapped(start, folder=tmp_path / "b", how=chunks)
    one, other = went_on.configuration, at_once.configuration
    np.testing.assert_array_equal(one.positions_nc, other.positions_nc)
    np.testing.assert_array_equal(one.species, other.species)
    np.testing.assert_array_equal(went_on.record, at_once.record)
    conserved = went_on.record["conserved_energy"]
    assert conserved.max() - conserved.min() < 0.02 * went_on.temperature
    np.testing.assert_array_equal(run.trajectory.steps, went_on.trajectory.steps)


def test_without_exchanges_it_is_plain_md(start, monkeypatch):
    """Segments of MD follow the unbroken run until rounding has grown."""
    monkeypatch.setattr("lmpmeso.protocols.swap_run._Segments._exchange", lambda self, step: None)
    model, temperature, liquid = start
    plain = run_trajectory(
        liquid,
        model,
        temperature,
        block_duration=40 * model.time_step_at(temperature),
        n_blocks=1,
        ratio=1.6,
        execution=Execution("none", record_every=5),
    )
    segments = run_swap_trajectory(
        liquid,
        model,
        temperature,
        block_duration=40 * model.time_step_at(temperature),
        n_blocks=1,
        swaps=Swaps(every=10),
        execution=Execution("none", record_every=5),
    )
    np.testing.assert_allclose(
        segments.trajectory.positions_tnc[:], plain.trajectory.positions_tnc[:], atol=1e-7
    )
    np.testing.assert_allclose(
        segments.record[plain.record.columns], plain.record, rtol=1e-6, atol=1e-7
    )


def test_swaps_that_mean_nothing_are_refused_before_anything_runs(tmp_path, capsys):
    with pytest.raises(ProtocolError, match="swaps need"):
        Swaps(every=0)
    with pytest.raises(ModelError, match="more than pairs"):
        equilibrate_liquid("sw", 0.05, folder=tmp_path / "a", swaps=SWAPS)
    command = ["equilibrate", "--model", "cuzr", "--temperature", "1500", "--swap", "--q", "2.9"]
    assert main([*command, "-o", str(tmp_path / "b")]) == 2
    assert "swaps need pair potentials alone" in capsys.readouterr().err
    assert not (tmp_path / "a").exists()


def test_a_liquid_is_equilibrated_with_swaps(tmp_path):
    criterion = Criterion(stretch_tau=3.0, first_duration=6.0)
    liquid = equilibrate_liquid(
        "poly-swap", 0.6, 80, 1, folder=tmp_path, criterion=criterion, swaps=Swaps()
    )
    assert liquid.equilibrated
    assert 0.01 < acceptance(liquid.record) < 0.9
    assert liquid.trajectories == ()
    assert not list(tmp_path.glob("*/trajectory.nc"))
    again = equilibrate_liquid(
        "poly-swap", 0.6, 80, 1, folder=tmp_path, criterion=criterion, swaps=Swaps()
    )
    np.testing.assert_array_equal(again.configuration.diameters, liquid.configuration.diameters)
