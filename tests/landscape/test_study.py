from dataclasses import replace

import pytest

from lmpmeso.landscape import LandscapeStudy
from lmpmeso.landscape.study import LANDSCAPE_UNITS
from lmpmeso.models import get_model
from tests.landscape.made_up import STEP, jumps_at

MODEL = get_model("ss")


@pytest.fixture(scope="module")
def landscape():
    """Three trajectories of 10 particles with 4, 2 and 0 transitions."""
    found = [jumps_at(frames) for frames in ((5, 10, 20, 30), (7, 21), ())]
    return LandscapeStudy(MODEL, 1.0).measure(found, numbers=(0, 2, 4))


def test_the_summary_counts_what_the_tables_list(landscape):
    summary, tables = landscape.summary(), landscape.tables()
    assert summary["n_trajectories"] == tables["landscape_energies"]["trajectory"].nunique() == 3
    assert summary["n_transitions"] == len(landscape.transitions()) == 6
    assert landscape.transitions()["trajectory"].tolist() == [0] * 4 + [2] * 2
    shortest = tables["landscape_intervals"].iloc[0]
    assert shortest["rate"] == summary["transition_rate_reduced"]
    assert shortest["highest"] == pytest.approx(landscape.bound)


def test_a_trajectory_that_changes_at_every_look_has_the_rate_of_the_bound():
    every = LandscapeStudy(MODEL, 1.0).measure([jumps_at(range(41))])
    assert every.rate.reduced.mean == pytest.approx(every.bound)


def test_energies_are_in_units_of_temperature_and_ballistic_times_of_1000_particles(landscape):
    hot = LandscapeStudy(MODEL, 4.0).measure(landscape.trajectories).tables()["landscape_energies"]
    cold = landscape.tables()["landscape_energies"]
    assert hot["reduced_energy"].to_numpy() == pytest.approx(cold["reduced_energy"] / 4.0)
    assert cold["reduced_time"].max() == pytest.approx(
        40 * STEP / (0.1 * MODEL.t0(1.0)) * 10 / 1000
    )


def test_energies_of_kelvins_are_in_units_of_the_thermal_energy(landscape):
    metal = replace(MODEL, units="metal", name="ss-metal")
    study = LandscapeStudy(metal, 900.0).measure(landscape.trajectories)
    energies = study.tables()["landscape_energies"]
    thermal = 900.0 * metal.units_style.boltzmann
    assert energies["reduced_energy"].to_numpy() == pytest.approx(energies["energy"] / thermal)


def test_the_typical_trajectory_is_the_one_with_the_mean_number_of_transitions(landscape):
    assert landscape.typical == 2


def test_the_evidence_is_what_the_transitions_look_like(landscape):
    evidence = landscape.evidence()
    assert evidence["n_transitions_by_energy"] == 6
    assert evidence["participation_median"] == pytest.approx(1.0, abs=0.3)
    assert evidence["energy_step_rms"] == pytest.approx(0.5)
    assert evidence["smallest_displacement"] == pytest.approx(0.3 * 0.9)


def test_every_unit_is_that_of_a_column(landscape):
    tables = [*landscape.tables().values(), landscape.transitions()]
    assert set(LANDSCAPE_UNITS) <= {column for table in tables for column in table.columns}
