"""The tables behind Figs. 6 and 7: densities, and one configuration with its ranks."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from lmpmeso.configurations import configuration_from_arrays
from lmpmeso.elasticity.field_map import SLICE_THICKNESS
from lmpmeso.errors import StatisticsError
from lmpmeso.models import get_model
from lmpmeso.propensity import (
    LocalField,
    StiffnessAndMobility,
    kappa_by_population,
    local_correlations,
    stiffness_comparison,
)

MODEL = get_model("ss")


def random_field(seed, coupling):
    """Random particles whose mobility falls with κ as much as ``coupling`` says."""
    rng = np.random.default_rng(seed)
    n = 400
    edge = (n / MODEL.density) ** (1 / 3)
    structure = configuration_from_arrays(rng.uniform(0, edge, (n, 3)), np.arange(n) % 2, edge)
    kappa = rng.gamma(4.0, 5.0, n)
    mobility = np.exp(-coupling * kappa / 20.0 + rng.normal(size=n))
    return LocalField(structure, kappa, mobility)


@pytest.fixture(scope="module")
def fields():
    return [random_field(seed, coupling) for seed, coupling in enumerate((0.2, 2.0, 1.0))]


@pytest.fixture(scope="module")
def result(fields):
    return local_correlations(fields, MODEL, permutations=0)


def test_densities_of_all_populations_have_the_share_of_their_range_as_integral(result):
    table = kappa_by_population(result.particles)
    shares = (table["density"] * (table["high"] - table["low"])).groupby(table["population"]).sum()
    assert shares["all"] == pytest.approx(0.995, abs=2e-3)
    assert shares["mobile"] == pytest.approx(1.0, abs=0.1)
    counts = table.groupby("population")["n"].first()
    assert (counts["all"], counts["mobile"], counts["immobile"]) == (1200, 15, 15)


def test_the_mobile_are_softer_than_the_immobile_where_mobility_follows_softness(result):
    table = kappa_by_population(result.particles)
    middle = (table["low"] + table["high"]) / 2
    mean = (middle * table["density"]).groupby(table["population"]).sum()
    mean /= table.groupby("population")["density"].sum()
    assert mean["mobile"] < mean["all"] < mean["immobile"]


def test_the_representative_is_the_one_whose_correlation_is_nearest_to_the_mean(result, fields):
    table = StiffnessAndMobility(MODEL, tuple(fields), result, pd.DataFrame()).representative()
    spearman = result.spearman["all"]
    nearest = int((spearman - spearman.mean()).abs().argmin())
    assert set(table["configuration"]) == {nearest}
    assert table["spearman"].iloc[0] == pytest.approx(spearman[nearest])
    structure = fields[nearest].structure
    height = structure.wrapped_positions()[:, 2] - structure.box_c[2] / 2
    assert len(table) == (np.abs(height) <= SLICE_THICKNESS / 2).sum() > 20
    assert (np.diff(table["z"]) >= 0).all()
    own = result.particles[result.particles["configuration"] == nearest]
    drawn = own[np.abs(height) <= SLICE_THICKNESS / 2]
    assert sorted(table["kappa_rank"]) == pytest.approx(sorted(drawn["kappa_rank"]))


def test_definitions_of_stiffness_are_compared_by_paired_differences(fields):
    better = [
        replace(
            f,
            others={
                "same order": f.kappa_n**3,
                "mobility": 1.0 / f.mobility_n,
                "random": np.random.default_rng(k).gamma(4.0, 5.0, len(f.kappa_n)),
            },
        )
        for k, f in enumerate(fields)
    ]
    table = stiffness_comparison(better, MODEL).set_index("local_stiffness")
    assert {"spearman", "spearman_small", "difference", "n_configurations"} <= set(table.columns)
    assert list(table.index) == ["arithmetic", "same order", "mobility", "random"]
    expected = local_correlations(fields, MODEL, permutations=0)
    assert table.loc["arithmetic", "spearman"] == expected.average.mean
    assert table.loc["same order", "difference"] == 0.0
    assert table.loc["mobility", "spearman"] == pytest.approx(1.0)
    assert table.loc["mobility", "difference_low"] > 0
    difference = table.loc["random", "spearman"] - table.loc["arithmetic", "spearman"]
    assert table.loc["random", "difference"] == pytest.approx(difference)
    broken = replace(fields[0], others={"broken": np.where(np.arange(400) == 2, np.nan, 1.0)})
    with pytest.raises(StatisticsError, match="κ of particle 3"):
        stiffness_comparison([broken], MODEL)
