"""Everything follows from the list of measurements, and nothing that 0.1.0 made changes its place."""

import hashlib
import json
from collections import defaultdict
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from lmpmeso.campaign.measurement import Measurement, Table
from lmpmeso.campaign.measurements import MEASUREMENTS, TABLES
from lmpmeso.campaign.measurements.equilibration import Halving
from lmpmeso.campaign.measurements.vibrations import density_of_glasses
from lmpmeso.campaign.reading import SECTIONS, parse_campaign
from lmpmeso.campaign.settings import Campaign
from lmpmeso.campaign.study import state_points, study_steps
from lmpmeso.campaign.tables import column_units, files, fits
from lmpmeso.models.units import units_style

BEFORE = json.loads(
    (Path(__file__).parents[1] / "data" / "campaign-of-version-0.1.0.json").read_text()
)


def test_all_sections_of_every_model_give_the_targets_and_identities_of_version_0_1():
    found = defaultdict(set)
    before = {k: set(v) for k, v in BEFORE["stages"].items() if "/summary-" not in k}
    for step in study_steps(parse_campaign(BEFORE["campaign"])):
        folder, _, name = step.target.rpartition("/")
        if folder.rpartition("/")[2].startswith(("summary-", "cage_relative-")):
            continue  # of pooled lags, and new
        identity = json.dumps(step.identity)
        found[folder] |= {hashlib.sha256(identity.encode()).hexdigest()[:16], name}
    assert found.keys() == before.keys()
    assert found == before


@pytest.mark.parametrize("kind", MEASUREMENTS)
def test_a_measurement_is_a_dataclass_whose_fields_are_keys(kind):
    assert is_dataclass(kind)
    assert all("setting" in one.metadata for one in fields(kind))
    assert kind.section in SECTIONS or not fields(kind)
    assert kind.taken is None or kind.taken in {one.name for one in fields(kind)}


def test_no_two_measurements_share_a_name_a_section_or_a_table():
    n_tables = sum(len(kind.tables) for kind in MEASUREMENTS)
    assert len(TABLES) == n_tables
    assert len({kind.name for kind in MEASUREMENTS}) == len(MEASUREMENTS)
    assert len({kind.section for kind in MEASUREMENTS}) == len(MEASUREMENTS)
    assert not {kind.section for kind in MEASUREMENTS} & {one.name for one in fields(Campaign)}


def test_a_column_has_one_unit_whatever_measurement_made_it():
    units = {}
    for kind in MEASUREMENTS:
        for column, unit in kind.units.items():
            assert units.setdefault(column, unit) == unit, column


def test_every_need_of_a_step_stands_under_a_name_and_is_made_before():
    campaign = parse_campaign(BEFORE["campaign"] + "\n[vibrations]\nglasses = 3\n")
    for point in state_points(campaign):
        made = {step.target for step in point.hotter.steps} if point.hotter else set()
        for step in point.steps:
            assert set(step.needed) <= made, step.target
            made.add(step.target)


INTERVALS = {"level": 0.9, "seed": 1, "resamples": 200}


@pytest.mark.parametrize("dimension", [2, 3])
def test_debye_spectra_have_a_density_of_one_and_a_reduced_density_of_one(dimension):
    rank = (np.arange(20000) + 0.5) / 20000
    glasses = [7.0 * rank ** (1.0 / dimension)] * 2 + [7.0 * (rank + 2e-6) ** (1.0 / dimension)]
    table = density_of_glasses(glasses, 20, 7.0, dimension, INTERVALS)
    width = table["omega_high_edge"] - table["omega_low_edge"]
    assert (table["dos"] * width).sum() == pytest.approx(1.0)
    np.testing.assert_allclose(table["reduced"][3:], 1.0, rtol=0.02)
    assert table["n_modes"].sum() == 60000


def test_every_glass_counts_the_same_in_a_density_of_states():
    table = density_of_glasses(
        [np.array([1.0, 1.0, 1.0, 1.0]), np.array([9.0])], 10, 10.0, 3, INTERVALS
    )
    assert table["dos"][[1, 9]].tolist() == pytest.approx([0.5 / 0.9, 0.5 / 0.9])


def test_a_column_has_the_unit_of_its_own_measurement_and_of_no_other(monkeypatch):
    class Contacts(Measurement):
        name = "contacts"
        tables = (Table("contacts", "contacts.csv"),)

    assert column_units("modes")["z"] == "length"
    monkeypatch.setattr(files, "MEASUREMENTS", (*MEASUREMENTS, Contacts))
    monkeypatch.setattr(files, "TABLES", TABLES | {"contacts": Contacts.tables[0]})
    assert column_units("contacts") == fits.UNITS | {"temperature": "energy"}
    assert column_units("state-points")["tau_alpha"] == "time"
    metal = column_units("state-points", units_style("metal"))
    assert (metal["tau_alpha"], metal["temperature"], metal["a0"]) == ("ps", "K", "Å")
    assert metal["kappa"] == "eV/Å^2"


def test_moduli_of_metals_stand_in_gigapascals_too():
    table = pd.DataFrame({"shear_modulus": [0.1], "shear_modulus_low": [0.05], "kappa": [1.0]})
    found = files._with_gigapascals(table, units_style("metal"))
    assert found["shear_modulus_GPa"].tolist() == pytest.approx([16.021765])
    assert found["shear_modulus_GPa_low"].tolist() == pytest.approx([8.0108825])
    assert files._with_gigapascals(table, units_style("lj")) is table
    for dimension in (2, 3):
        model = SimpleNamespace(units_style=units_style("metal"), dimension=dimension)
        campaign = SimpleNamespace(liquids=[SimpleNamespace(glass_model=model)])
        with_them = files._with_gigapascals(table, files.style_of_tables(campaign))
        assert ("shear_modulus_GPa" in with_them) == (dimension == 3)


def test_an_equilibration_comes_nearer_to_its_end_whatever_it_takes():
    told = []
    nearer = Halving(lambda done, total: told.append(done / total))
    for done, planned in ((0, 10), (5, 10), (10, 10), (10, 20), (20, 20), (20, 60), (60, 60)):
        nearer(done, planned)
    assert told == pytest.approx([0.0, 1 - 0.5**0.5, 0.5, 0.5, 0.75, 0.75, 0.875])
