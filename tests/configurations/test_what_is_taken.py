"""Whatever takes a configuration or a trajectory takes the path of its file, and says what else it was given."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import lmpmeso
from lmpmeso.configurations import read_configuration, read_trajectory, write_dump
from lmpmeso.errors import AssumedTimeStepWarning, ConfigurationError
from lmpmeso.hessians import evaluate
from lmpmeso.landscape import short_run

DATA = Path(__file__).resolve().parents[1] / "data"
GLASS, LIQUID = DATA / "ipl.glass.dump.gz", DATA / "ipl.liquid.dump.gz"


@pytest.fixture(scope="module")
def glass():
    return read_configuration(GLASS, "ipl")


@pytest.fixture(scope="module")
def run(tmp_path_factory, glass):
    """A dump of ten frames, whose small particles stand still."""
    rng = np.random.default_rng(1)
    moved_tnc = rng.normal(0.0, 0.02, (10, glass.n_particles, 3)) * glass.species[:, None]
    path = tmp_path_factory.mktemp("run") / "run.dump"
    frames = [
        glass.with_positions(glass.positions_nc + moved_nc, step=10 * k)
        for k, moved_nc in enumerate(moved_tnc)
    ]
    write_dump(path, frames)
    return path


def test_the_path_of_a_configuration_gives_what_the_configuration_gives(glass):
    assert evaluate(str(GLASS), "ipl").energy == evaluate(glass, "ipl").energy
    same = lmpmeso.quench(GLASS, "ipl")
    np.testing.assert_array_equal(same.positions_nc, lmpmeso.quench(glass, "ipl").positions_nc)
    found = lmpmeso.analyse(GLASS, "ipl", pairs=5)
    assert found.bonds.equals(lmpmeso.dipole_stiffness(GLASS, "ipl", pairs=5))
    assert found.shear.value == pytest.approx(lmpmeso.shear_modulus(GLASS, "ipl").value, rel=1e-9)
    assert len(lmpmeso.to_ase(GLASS, "ipl")) == glass.n_particles


def test_runs_start_from_a_path():
    run = short_run(LIQUID, "ipl", 1.0, duration=0.01, seed=1)
    assert run.n_particles == 400
    np.testing.assert_allclose(
        run.configuration(0).wrapped_positions(),
        read_configuration(LIQUID, "ipl").wrapped_positions(),
        atol=1e-12,
    )


def test_what_is_no_configuration_is_refused_with_what_to_write_instead(glass, run):
    with pytest.warns(AssumedTimeStepWarning):
        trajectory = read_trajectory(run, "ipl")
    ended = SimpleNamespace(configuration=glass)
    universe = lmpmeso.to_universe(glass)
    atoms = lmpmeso.to_ase(glass, "ipl")
    for given, instead in (
        (trajectory, r"\.configuration\(-1\)"),
        (ended, r"take the \.configuration of"),
        (universe, "from_universe"),
        (atoms, "from_ase"),
        (7, r"read_configuration\(path, model\)"),
    ):
        for takes in (lmpmeso.quench, lmpmeso.analyse, lmpmeso.soft_modes):
            with pytest.raises(ConfigurationError, match=instead):
                takes(given, "ipl")
    with pytest.raises(ConfigurationError, match="second argument"):
        lmpmeso.analyse(GLASS)
    with pytest.raises((ConfigurationError, FileNotFoundError), match="nowhere"):
        lmpmeso.quench("nowhere.dump", "ipl")


def test_what_is_written_is_a_configuration_or_several(tmp_path, glass, run):
    with pytest.warns(AssumedTimeStepWarning):
        trajectory = read_trajectory(run, "ipl")
    write_dump(tmp_path / "again.dump", trajectory)
    with pytest.warns(AssumedTimeStepWarning):
        again = read_trajectory(tmp_path / "again.dump", "ipl")
    np.testing.assert_array_equal(again.positions_tnc, trajectory.positions_tnc)
    for write in (
        lambda given: write_dump(tmp_path / "a.dump", given),
        lambda given: lmpmeso.write_extxyz(tmp_path / "a.xyz", given, "ipl"),
        lambda given: lmpmeso.write_data(tmp_path / "a.data", given, "ipl"),
        lmpmeso.to_universe,
    ):
        with pytest.raises(ConfigurationError, match="read_configuration"):
            write(str(GLASS))


def test_a_trajectory_remembers_its_model(run):
    model = lmpmeso.get_model("ipl")
    with pytest.warns(AssumedTimeStepWarning):
        trajectory = read_trajectory(run, "ipl")
    assert trajectory.model == model
    assert "of model ipl" in repr(trajectory)
    fs = lmpmeso.self_intermediate(trajectory)
    assert fs.attrs["species"] == model.species[model.largest_species].name
    assert fs.attrs["q"] == model.species[model.largest_species].q_max
    assert fs.equals(lmpmeso.self_intermediate(trajectory, model=model))
    assert "g_large-large" in lmpmeso.radial_distribution(trajectory)
    strange = replace(trajectory, model=None)
    assert lmpmeso.mean_squared_displacement(strange).attrs["species"] == "all"


def test_the_path_of_a_trajectory_needs_a_model(run):
    with pytest.warns(AssumedTimeStepWarning):
        msd = lmpmeso.mean_squared_displacement(run, model="ipl")
    assert msd.attrs["species"] == "large"
    with pytest.raises(ConfigurationError, match="model=…"):
        lmpmeso.mean_squared_displacement(run)
    with pytest.raises(ConfigurationError, match="read_trajectory"):
        lmpmeso.mean_squared_displacement([1.0])
    with pytest.raises(ConfigurationError, match="read it first"):
        lmpmeso.radial_distribution(str(run))
