"""Tables that functions return say the units of their columns, under the names that files have."""

from pathlib import Path

import numpy as np
import pytest

import lmpmeso
from lmpmeso.configurations import read_configuration
from lmpmeso.dynamics import (
    cage_relative_correlations,
    displacement_distribution,
    one_correlation,
    overlap,
)
from lmpmeso.elasticity import energy_along_modes
from lmpmeso.landscape import short_run
from lmpmeso.study.snapshot import StoredTables

DATA = Path(__file__).parent / "data"


@pytest.fixture(scope="module")
def planar():
    return read_configuration(DATA / "ipl2d.glass.dump.gz", "ipl2d")


@pytest.fixture(scope="module")
def run(planar):
    return short_run(planar, "ipl2d", 0.1, duration=0.1, interval_steps=2, seed=1)


def units(table):
    assert set(table.attrs["units"]) <= set(table.columns)
    return table.attrs["units"]


def test_units_of_what_moves(run):
    msd = lmpmeso.mean_squared_displacement(run)
    assert units(msd) == {"t": "time", "msd": "length^2", "error": "length^2"}
    assert units(lmpmeso.self_intermediate(run)) == {"t": "time"}
    every = lmpmeso.self_correlations(run, "each")
    assert units(every)["q"] == "1/length"
    assert units(every)["msd_error"] == "length^2"
    assert units(overlap(run, "each")) == {"t": "time"}
    assert units(one_correlation(every, "msd"))["error"] == "length^2"
    assert units(cage_relative_correlations(run, lags=[4]))["msd"] == "length^2"
    moved = displacement_distribution(run, 0.05, bins=5)
    assert units(moved)["Gs_error"] == "1/length^2"
    assert units(moved)["r_low"] == "length"


def test_units_of_structure(planar):
    assert units(lmpmeso.radial_distribution(planar, n_bins=5)) == {"r": "length"}
    assert units(lmpmeso.structure_factor(planar, q_limit=2.0).table) == {"q": "1/length"}


def test_units_of_stiffness_and_modes(planar):
    found = lmpmeso.analyse(planar, "ipl2d", pairs=3)
    expected = {"distance": "length", "kappa": "energy/length^2", "compliance": "length^2/energy"}
    expected |= {f"stretch_{wave}": "length^2" for wave in ("longitudinal", "transverse")}
    assert units(found.bonds) == expected
    modes = lmpmeso.soft_modes(found.hessian, starts=1, factor=found.factor)
    assert units(modes.table)["x"] == "length"
    assert units(modes.table)["cost"] == "energy^2/length^4"
    along = energy_along_modes(planar, "ipl2d", modes.vectors_mnc)
    assert units(along)["quartic"] == "energy/length^4"
    assert np.allclose(along["stiffness"], modes.table["stiffness"])


def test_units_of_inherent_structures(run):
    structures = lmpmeso.inherent_structure_trajectory(run, "ipl2d", search="bisection")
    assert units(structures.table()) == {"t": "time", "energy": "energy"}
    found = lmpmeso.transitions(structures)
    assert units(found)["largest_displacement"] == "length"


def test_units_of_the_tables_of_a_campaign(finished):
    points = StoredTables(finished)["state_points"]
    assert units(points)["kappa_low"] == "energy/length^2"
    assert "kappa [energy/length^2]" not in points
