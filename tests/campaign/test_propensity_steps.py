"""Mobility of glasses in a campaign, step by step."""

import numpy as np

from lmpmeso.campaign.measurements.propensity import propensity_shard
from lmpmeso.campaign.own_models import MODELS_FOLDER, model_with_reach
from lmpmeso.configurations import (
    read_netcdf_fields,
    write_inherent_structures,
)
from lmpmeso.engine.records import write_record
from lmpmeso.engine.step import Workplace
from lmpmeso.models import read_model
from lmpmeso.propensity.populations import extreme_particles
from lmpmeso.protocols import quench, random_start

COMMANDS = """\
density = 0.9
dimension = 2
[[species]]
name = "A"
[[species]]
name = "B"
[lammps]
commands = '''
pair_style lj/smooth/linear 2.0
pair_coeff 1 1 1.0 1.0
pair_coeff 1 2 1.0 1.1
pair_coeff 2 2 1.0 1.3
'''
"""


def test_particles_of_lammps_commands_have_a_mobility_and_extremes(tmp_path):
    (tmp_path / MODELS_FOLDER).mkdir()
    path = tmp_path / MODELS_FOLDER / "mine.toml"
    path.write_text(COMMANDS)
    model = read_model(path)
    glass = quench(random_start(model, 100, seed=1), model)

    def place(name, needs=None):
        target = tmp_path / name
        target.parent.mkdir()
        return Workplace(target, needs or {}, root=tmp_path)

    equilibration = place("equilibration/equilibration.json")
    write_record(equilibration, "equilibration", tau_alpha=0.5)
    glasses = place("glasses/00000-00000.json")
    write_inherent_structures(glasses.target.with_suffix(".nc"), [glass])
    write_record(glasses, "glasses", [glasses.target.with_suffix(".nc")], glasses=[0])
    needs = {"equilibration": [equilibration.target], "glasses": [glasses.target]}
    work = place("propensity/00000-00000.json", needs)
    how = {"runs": 2, "time_tau": 0.1, "seed": 1, "accelerator": "none"}
    propensity_shard(work, model="mine", temperature=0.5, numbers=[0], **how)
    found = read_netcdf_fields(work.target.with_suffix(".nc"))
    assert (found["neighbour_relative"] > 0).all()
    reaching = model_with_reach(work, "mine")
    assert reaching.identity() == model.identity()
    mobile, immobile = extreme_particles(glass, reaching, found["propensity"][0], 2)
    mobility = found["propensity"][0]
    assert np.mean(mobility[mobile]) > np.mean(mobility[immobile])
