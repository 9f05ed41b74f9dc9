"""What a campaign says of structure and rivals of κ is what the functions say of its files."""

import math

import numpy as np
import pytest

from lmpmeso.campaign.measurements.production import ends_of_blocks
from lmpmeso.campaign.measurements.structure import (
    AVERAGES_FILE,
    DISPLACEMENTS_FILE,
    RADIAL_FILE,
    STRUCTURE_RECORD,
)
from lmpmeso.campaign.tables import read_tables
from lmpmeso.configurations import read_trajectory
from lmpmeso.dynamics import instantaneous_shear_modulus, mean_squared_displacement
from lmpmeso.engine.records import read_record
from lmpmeso.models import get_model

MODEL = get_model("ipl2d")


@pytest.fixture(scope="module")
def record(planar):
    (path,) = planar.glob(f"ipl2d/N64/T1.0/structure-*/{STRUCTURE_RECORD}")
    return read_record(path, "structure")


@pytest.fixture(scope="module")
def production(planar):
    """The production run and the length of its blocks."""
    records = sorted(planar.glob("ipl2d/N64/T1.0/r0/production-*/????.json"))
    segments = [read_record(path, "production") for path in records]
    run = read_trajectory([path.with_suffix(".nc") for path in records], MODEL)
    return run, segments[0]["block_steps"]


def test_g_infinity_is_that_of_the_ends_of_the_blocks(record, production):
    ends = ends_of_blocks(*production, 20)
    expected = instantaneous_shear_modulus(ends, MODEL, 1.0, 0.9)
    found = record["summary"]
    assert found["n_frames"] == len(ends)
    assert found["instantaneous_shear_modulus"] == pytest.approx(expected.value, rel=1e-12)
    assert found["instantaneous_shear_modulus_low"] == pytest.approx(expected.low, rel=1e-12)


def test_a_liquid_without_cages_has_no_cage_displacement_and_a_reason(planar):
    structure = read_tables(planar)["structure"].set_index("temperature")
    for _, row in structure.iterrows():
        assert math.isnan(row["cage_displacement"]) == bool(
            isinstance(row["cage_caveat"], str) and row["cage_caveat"]
        )


def test_averages_over_species_count_each_species_the_same(record, production):
    table = record.table(AVERAGES_FILE)
    each = mean_squared_displacement(production[0], "each", model=MODEL)
    expected = each.groupby("t")["msd"].mean()
    np.testing.assert_allclose(table["msd"], expected.to_numpy(), rtol=1e-12)
    np.testing.assert_allclose(table["msd_over_a02"], table["msd"] / MODEL.a0**2, rtol=1e-12)
    np.testing.assert_allclose(table["t_over_t0"], table["t"] / MODEL.t0(1.0), rtol=1e-12)
    assert table["Fs"].iloc[0] == pytest.approx(1.0, abs=0.05)


def test_displacements_are_a_density(record):
    table = record.table(DISPLACEMENTS_FILE)
    assert (table["P"] * (table["r_high"] - table["r_low"])).sum() == pytest.approx(1.0)
    np.testing.assert_allclose(table["r_high_over_a0"], table["r_high"] / MODEL.a0, rtol=1e-12)


def test_the_glass_is_more_ordered_than_the_liquid(record):
    table = record.table(RADIAL_FILE)
    peak = table.groupby("phase")["g_large-large"].max()
    assert peak["glass"] > peak["liquid"] > 1.0
    counts = table.groupby("phase")["n_frames"].first()
    assert counts["glass"] == 3
    far = table[table["r"] > 0.8 * table["r"].max()].groupby("phase")["g"].mean()
    assert far.to_numpy() == pytest.approx(1.0, abs=0.15)
