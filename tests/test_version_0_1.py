"""Folders that version 0.1.0 made are gone on with, and nothing in them is computed again."""

import json
from pathlib import Path

import numpy as np
import pytest

from lmpmeso.equilibrium import Criterion, equilibrate_liquid
from lmpmeso.errors import FolderError
from lmpmeso.execution import Execution
from lmpmeso.lammps import session
from lmpmeso.landscape import inherent_structure_trajectory, short_run
from lmpmeso.models import get_model
from lmpmeso.propensity import PropensityStudy
from lmpmeso.protocols import isoconfigurational_runs, random_start, run_trajectory

MODEL = get_model("ipl")
ITS_TEXT = json.loads((Path(__file__).parent / "data" / "models-of-version-0.1.0.json").read_text())


@pytest.fixture(scope="module")
def start():
    return random_start(MODEL, 64, 1, execution=Execution("none"))


def trajectory(folder, start):
    options = {"block_duration": 0.1, "n_blocks": 2, "seed": 3, "folder": folder}
    return run_trajectory(start, MODEL, 2.0, **options).trajectory.positions_tnc


def ensemble(folder, start):
    options = {"duration": 0.1, "n_runs": 2, "folder": folder}
    return isoconfigurational_runs(start, MODEL, 2.0, **options).positions_rtnc


def landscape(folder, start):
    frames = short_run(start, MODEL, 2.0, duration=0.01, seed=1, folder=folder / "run")
    found = inherent_structure_trajectory(frames, MODEL, folder=folder, minimizer="cg")
    return found.energies_f


def equilibration(folder, start):
    criterion = Criterion(first_duration=12.0, stretch_tau=3.0)
    found = equilibrate_liquid(MODEL, 2.0, 64, 1, folder=folder, criterion=criterion)
    return found.configuration.positions_nc


def glass(folder, start):
    _, found = PropensityStudy(MODEL, 2.0, duration=0.1).glass(start, folder)
    return found["arithmetic"]


STUDIES = [trajectory, ensemble, landscape, equilibration, glass]


def write_as_version_0_1(folder, model):
    """Put the model's text of version 0.1.0 where the model stands now."""
    records = [*folder.rglob("parameters.json"), *folder.glob("equilibrium.json")]
    assert records
    for path in records:
        content = json.loads(path.read_text())
        content.get("parameters", content)["model"] = ITS_TEXT[model]
        path.write_text(json.dumps(content))


@pytest.mark.parametrize("study", STUDIES)
@pytest.mark.filterwarnings("ignore::lmpmeso.errors.NotEquilibratedWarning")
@pytest.mark.filterwarnings("ignore::lmpmeso.errors.EnsembleTemperatureWarning")
def test_a_folder_of_version_0_1_is_read_and_nothing_runs_again(
    study, start, tmp_path, monkeypatch
):
    made = study(tmp_path, start)
    write_as_version_0_1(tmp_path, "ipl")

    def fail(*_args, **_options):
        raise AssertionError("LAMMPS was opened")

    monkeypatch.setattr(session.LammpsSession, "__init__", fail)
    assert np.array_equal(study(tmp_path, start), made)


def test_a_folder_of_version_0_1_with_another_model_is_refused(start, tmp_path):
    trajectory(tmp_path, start)
    write_as_version_0_1(tmp_path, "ss")
    with pytest.raises(FolderError, match=r"version 0\.1\.0 .* use another folder"):
        trajectory(tmp_path, start)
