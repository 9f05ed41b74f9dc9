from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import kstest

from lmpmeso.errors import EnsembleTemperatureWarning, FolderError, ProtocolError
from lmpmeso.execution import Execution
from lmpmeso.files.checksums import Checksums
from lmpmeso.models import get_model
from lmpmeso.propensity import propensity
from lmpmeso.protocols import isoconfigurational, isoconfigurational_runs, quench

MODEL = get_model("ipl")
STEP = MODEL.time_step_at(0.8)
OPTIONS = {"duration": 4 * STEP, "execution": Execution("none")}


def test_velocities_are_those_of_maxwell_and_boltzmann_without_net_momentum(liquid_of):
    glass = quench(liquid_of("ipl"), MODEL)
    runs = isoconfigurational_runs(
        glass, MODEL, 0.8, duration=STEP, n_runs=6, seed=3, execution=Execution("none")
    )
    # From a minimum there are no forces at first: one step of velocity-Verlet moves by v δt.
    v_rnc = (runs.positions_rtnc[:, 1] - runs.positions_rtnc[:, 0]) / STEP
    assert np.abs(v_rnc.mean(axis=1)).max() < 1e-11
    n = glass.n_particles
    kinetic_temperature = (v_rnc**2).sum(axis=(1, 2)) / (3 * (n - 1))
    assert kinetic_temperature == pytest.approx(0.8, rel=2e-3)
    assert kstest(v_rnc.ravel() / np.sqrt(0.8), "norm").pvalue > 0.01
    correlation = np.corrcoef(v_rnc.reshape(6, -1))[np.triu_indices(6, 1)]
    assert np.abs(correlation).max() < 4 / np.sqrt(3 * n)


def test_every_run_starts_from_the_configuration(liquid_of):
    liquid = liquid_of("ipl")
    runs = isoconfigurational_runs(liquid, MODEL, 0.8, n_runs=2, **OPTIONS)
    assert runs.steps.tolist() == [0, 1, 2, 4]
    assert runs.times == pytest.approx(runs.steps * STEP)
    for x_nc in runs.positions_rtnc[:, 0]:
        assert x_nc == pytest.approx(liquid.unwrapped_positions(), abs=1e-13)
    assert len(set(runs.seeds.tolist())) == 2
    assert not np.array_equal(runs.positions_rtnc[0, 1], runs.positions_rtnc[1, 1])


def test_more_runs_are_added_to_those_that_are_there(liquid_of, tmp_path, monkeypatch):
    liquid = liquid_of("ipl")
    done = []
    original = isoconfigurational.run_trajectory

    def counting(*arguments, **options):
        done.append(options["seed"])
        return original(*arguments, **options)

    monkeypatch.setattr(isoconfigurational, "run_trajectory", counting)
    told = []
    few = isoconfigurational_runs(liquid, MODEL, 0.8, n_runs=2, folder=tmp_path, **OPTIONS)
    more = isoconfigurational_runs(
        liquid,
        MODEL,
        0.8,
        n_runs=7,
        folder=tmp_path,
        **OPTIONS | {"execution": Execution("none", progress=lambda *counts: told.append(counts))},
    )
    assert done == more.seeds.tolist()
    assert told == [(2, 7), (7, 7)]
    assert np.array_equal(more.positions_rtnc[:2], few.positions_rtnc)
    at_once = isoconfigurational_runs(liquid, MODEL, 0.8, n_runs=7, **OPTIONS)
    assert np.array_equal(more.positions_rtnc, at_once.positions_rtnc)
    # A deleted file is made again, perhaps under another name: nothing is missing then.
    (tmp_path / "runs-000000-000001.nc").unlink()
    (tmp_path / "runs-000002-000006.nc").unlink()
    again = isoconfigurational_runs(liquid, MODEL, 0.8, n_runs=2, folder=tmp_path, **OPTIONS)
    assert np.array_equal(again.positions_rtnc, few.positions_rtnc)
    assert Checksums(tmp_path).listed.keys() == {"runs-000000-000001.nc"}


def test_worker_processes_run_what_this_process_runs(liquid_of):
    liquid = liquid_of("ipl")
    alone = isoconfigurational_runs(liquid, MODEL, 0.8, n_runs=6, **OPTIONS)
    parallel = isoconfigurational_runs(
        liquid, MODEL, 0.8, n_runs=6, **OPTIONS | {"execution": Execution("none", processes=2)}
    )
    assert np.array_equal(alone.positions_rtnc, parallel.positions_rtnc)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seed": 1}, "seed is 0 there and 1 here"),
        ({"duration": 8 * STEP}, "duration is"),
        ({"moved": True}, "start is"),
    ],
)
def test_a_folder_of_other_runs_is_refused(liquid_of, tmp_path, changes, message):
    liquid = liquid_of("ipl")
    isoconfigurational_runs(liquid, MODEL, 0.8, n_runs=1, folder=tmp_path, **OPTIONS)
    if changes.pop("moved", False):
        liquid = replace(liquid, positions_nc=liquid.positions_nc + 1e-3)
    with pytest.raises(FolderError, match=message):
        isoconfigurational_runs(
            liquid, MODEL, 0.8, n_runs=1, folder=tmp_path, **{**OPTIONS, **changes}
        )


def test_a_folder_of_other_particles_in_the_same_places_is_refused(liquid_of, tmp_path):
    liquid = liquid_of("ipl")
    isoconfigurational_runs(liquid, MODEL, 0.8, n_runs=1, folder=tmp_path, **OPTIONS)
    swapped = replace(liquid, species=liquid.species[::-1].copy())
    with pytest.raises(FolderError, match="another ensemble: particles"):
        isoconfigurational_runs(swapped, MODEL, 0.8, n_runs=1, folder=tmp_path, **OPTIONS)


def test_impossible_arguments_are_refused(liquid_of):
    liquid = liquid_of("ipl")
    with pytest.raises(ProtocolError, match="at least one run"):
        isoconfigurational_runs(liquid, MODEL, 0.8, n_runs=0, **OPTIONS)
    with pytest.raises(ProtocolError, match="seed must not be negative"):
        isoconfigurational_runs(liquid, MODEL, 0.8, n_runs=1, seed=-1, **OPTIONS)
    with pytest.raises(ProtocolError, match="temperature must be a positive number"):
        isoconfigurational_runs(liquid, MODEL, 0.0, n_runs=1, **OPTIONS)


@pytest.mark.parametrize("how", ["doubled", "thermalised"])
def test_a_harmonic_solid_is_at_its_temperature_from_the_beginning(how, liquid_of):
    temperature = 0.005
    glass = quench(liquid_of("ipl"), MODEL)
    runs = isoconfigurational_runs(
        glass,
        MODEL,
        temperature,
        duration=40 * STEP,
        n_runs=8,
        thermal_start=how,
        seed=2,
        execution=Execution("none"),
    )
    table = runs.kinetic_temperature()
    # Of a canonical ensemble the kinetic temperature scatters by √(2/3N); at constant energy by less.
    error = temperature * np.sqrt(2.0 / (3 * glass.n_particles * runs.n_runs))
    assert np.abs(table["kinetic_temperature"] - temperature).max() < 4.0 * error
    moved_rnc = runs.positions_rtnc[:, 0] - glass.unwrapped_positions()
    assert 0 < np.abs(moved_rnc).max() < 0.3
    assert propensity(runs, 0.0).mean_n.min() > 0


def test_runs_from_a_minimum_are_cold_and_say_so(liquid_of, tmp_path):
    glass = quench(liquid_of("ipl"), MODEL)
    options = {"duration": 40 * STEP, "n_runs": 2, "execution": Execution("none")}
    with pytest.warns(EnsembleTemperatureWarning, match='"thermalised" or "doubled"'):
        runs = isoconfigurational_runs(glass, MODEL, 0.8, folder=tmp_path / "cold", **options)
    table = runs.kinetic_temperature()
    assert table["kinetic_temperature"][0] == pytest.approx(0.8)
    assert 0.3 < table["kinetic_temperature"].min() / 0.8 < 0.7
    with pytest.raises(FolderError):
        isoconfigurational_runs(
            glass, MODEL, 0.8, folder=tmp_path / "cold", thermal_start="thermalised", **options
        )
    with pytest.raises(ProtocolError, match="'lukewarm'"):
        isoconfigurational_runs(glass, MODEL, 0.8, thermal_start="lukewarm", **options)
