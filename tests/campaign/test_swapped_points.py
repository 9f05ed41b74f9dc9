"""State points whose liquids are equilibrated by swaps: glasses that are theirs, no τ_α, and everything else as before."""

import math
from dataclasses import replace

import numpy as np
import pytest

from lmpmeso.campaign import accelerators
from lmpmeso.campaign.accelerators import with_settled_accelerator
from lmpmeso.campaign.measurements.production import ProductionRun, block_file
from lmpmeso.campaign.measurements.summary import PLAIN, without_plain_dynamics
from lmpmeso.campaign.plan import caveats, plan_campaign
from lmpmeso.campaign.reading import parse_campaign
from lmpmeso.campaign.study import state_points
from lmpmeso.campaign.swapped_run import run_with_swaps
from lmpmeso.campaign.tables import campaign_tables
from lmpmeso.engine.records import read_record
from lmpmeso.errors import CampaignError
from lmpmeso.execution import Execution
from lmpmeso.hessians import evaluate
from lmpmeso.lammps import lammps_build
from lmpmeso.models import get_model
from lmpmeso.protocols import equilibrate
from lmpmeso.report.step_commands import step_commands
from tests.campaign.test_steps import make

TEXT = """\
name = "swaps"
seed = 1
[[liquids]]
model = "poly-swap"
n_particles = 80
temperatures = [0.3, 0.2]
swap_below = 0.25
[equilibration]
stretch_tau = 3.0
max_t0 = 2000.0
[production]
length_tau = 5.0
shortest_spacing_t0 = 2.0
[glasses]
number = 4
per_shard = 2
[statistics]
fit_from = 1.0
resamples = 200
"""


@pytest.fixture
def points():
    return list(state_points(parse_campaign(TEXT)))


def test_swaps_are_part_of_an_identity_only_where_they_are_part_of_the_run(points):
    plain = list(state_points(parse_campaign(TEXT.replace("swap_below = 0.25\n", ""))))
    for name in ("equilibration", "production", "elasticity"):
        hot, cold = (
            [p.stage(name, 0).identity for p in pair] for pair in zip(points, plain, strict=True)
        )
        assert hot[0] == hot[1]
        assert cold[0] != cold[1]
    assert "swap" not in points[0].stage("equilibration", 0).parameters
    assert points[1].stage("equilibration", 0).parameters["swap"] is True
    for name in ("equilibration", "production"):
        told = points[1].stage(name, 0).parameters
        assert (told["swap_every"], told["swaps_per_particle"]) == (50, 4.0)


@pytest.mark.parametrize("accelerator", ["kokkos", "gpu"])
def test_swaps_on_a_device_are_refused_before_anything_is_planned(accelerator):
    """Their particles change in LAMMPS's own arrays, of which a device has another copy."""
    text = f'{TEXT}[resources]\naccelerator = "{accelerator}"\ngpus = 1\nworkers = 2\n'
    with pytest.raises(
        CampaignError, match=r"resources\.accelerator: swaps change species"
    ) as told:
        parse_campaign(text)
    assert "line 21" in str(told.value)
    assert "put poly-swap below T = 0.25 into a campaign of its own" in str(told.value)
    parse_campaign(text.replace("swap_below = 0.25\n", ""))


def test_auto_leaves_gpus_to_others_where_particles_swap(monkeypatch, tmp_path):
    found = replace(
        lammps_build(),
        packages=frozenset({"KOKKOS"}),
        pair_styles=frozenset({"lepton/sphere", "lepton/sphere/kk"}),
        kokkos_api=frozenset({"cuda"}),
        kokkos_precision=frozenset({"double"}),
        gpu_present=True,
    )
    monkeypatch.setattr(accelerators, "_build", lambda _: found)
    text = f"{TEXT}[resources]\ngpus = 1\nworkers = 2\n"
    plain = parse_campaign(text.replace("swap_below = 0.25\n", ""))
    root = tmp_path / "campaign"
    assert with_settled_accelerator(plain, root).resources.accelerator == "kokkos"
    assert with_settled_accelerator(parse_campaign(text)).resources.accelerator == "none"
    # The folder has begun on a GPU, before there were swaps.
    with pytest.raises(CampaignError, match=r'accelerator = "kokkos" under \[resources\]: swaps'):
        with_settled_accelerator(parse_campaign(text), root)


def test_a_plan_counts_swaps_and_says_what_will_not_be_measured():
    plan = plan_campaign(parse_campaign(TEXT))
    plain = plan_campaign(parse_campaign(TEXT.replace("swap_below = 0.25\n", "")))
    assert plan.core_hours > plain.core_hours
    told = "\n".join(caveats(plan))
    assert "no τ_α is measured: poly-swap T = 0.2" in told
    assert "τ_α is measured: poly-swap T = 0.3" not in told


def test_how_long_swaps_may_take_must_be_said_where_no_relaxation_with_them_is_known():
    """mBLJ is known by plain MD; poly-swap with swaps, too."""
    without = TEXT.replace("max_t0 = 2000.0", "")
    parse_campaign(without)
    binary = without.replace('"poly-swap"', '"mblj"').replace("= 80", "= 120")
    binary = binary.replace("[0.3, 0.2]", "[0.7, 0.6]").replace(
        "swap_below = 0.25", "swap_below = 0.65"
    )
    with pytest.raises(CampaignError, match="no relaxation time of mblj with swaps is known"):
        parse_campaign(binary)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"poly-swap"', '"sw"', "more than pairs"),
        ("swap_below = 0.25", "swap_below = 0.1", "no temperature is below it; the lowest is 0.2"),
        ("[statistics]", "[isoconfigurational]\nconfigurations = 2\n[statistics]", None),
        (
            "swap_below = 0.25",
            "swap_below = 1.0\n[isoconfigurational]\nconfigurations = 2",
            "without one",
        ),
    ],
)
def test_faults_of_swaps_are_told_before_anything_runs(old, new, words):
    text = TEXT.replace(old, new)
    if words is None:
        assert parse_campaign(text).isoconfigurational.configurations == 2
        return
    with pytest.raises(CampaignError, match=words):
        parse_campaign(text)


def test_what_follows_particles_is_measured_where_md_alone_runs():
    text = TEXT + "[isoconfigurational]\nconfigurations = 2\n[landscape]\ntrajectories = 1\n"
    hot, cold = state_points(parse_campaign(text))
    assert "propensity" in hot.measurements
    assert "propensity" not in cold.measurements
    assert "cage_relative" not in cold.measurements
    assert "landscape" in cold.measurements


def test_a_summary_tells_the_time_with_swaps_under_its_own_name():
    known = {f"{name}{end}": 3.0 for name in PLAIN for end in ("", "_low", "_high")}
    found = without_plain_dynamics(known)
    assert all(math.isnan(found[name]) for name in known)
    assert found["tau_with_swaps_over_t0"] == 3.0
    assert "relaxes in 3 t0" in found["tau_alpha_caveat"]


@pytest.fixture(scope="module")
def blocks():
    """Three short blocks with swaps, and what they began from."""
    model = get_model("poly-swap")
    how = Execution("none", record_every=20)
    liquid = equilibrate(model, 0.5, 80, 1, duration=0.4, execution=how).configuration
    return model, liquid, how


def run(blocks, folder, **options):
    model, liquid, how = blocks
    return run_with_swaps(
        liquid,
        liquid,
        model,
        0.5,
        block_steps=40,
        blocks=range(5, 8),
        seed=3,
        folder=folder,
        execution=replace(how, **options),
    )


def test_blocks_with_swaps_are_one_trajectory_of_places_and_liquids_of_their_own_sizes(
    blocks, tmp_path
):
    model, liquid, _ = blocks
    found = run(blocks, tmp_path)
    assert len(found.ends) == 3
    assert found.trajectory.steps[0] == 0
    assert found.trajectory.steps[-1] == 120
    assert (np.diff(found.trajectory.steps) > 0).all()
    np.testing.assert_array_equal(found.trajectory.diameters, liquid.diameters)
    for end in found.ends:
        np.testing.assert_array_equal(np.sort(end.diameters), np.sort(liquid.diameters))
    assert (found.ends[0].diameters != found.ends[1].diameters).any()
    energy = evaluate(found.configuration, model).energy / 80
    assert found.record["potential_energy"].iloc[-1] == pytest.approx(energy, rel=1e-9)
    assert found.record["step"].tolist() == [0, 20, 40, 60, 80, 100, 120]
    assert 0.0 < found.acceptance < 1.0


def test_blocks_that_were_stopped_go_on_bit_for_bit(blocks, tmp_path):
    whole = run(blocks, tmp_path / "a")

    class StoppedError(Exception):
        pass

    calls = []

    def stop():
        calls.append(0)
        if len(calls) == 3:
            raise StoppedError

    with pytest.raises(StoppedError):
        run(blocks, tmp_path / "b", on_checkpoint=stop, chunk_steps=25)
    again = run(blocks, tmp_path / "b", chunk_steps=25)
    other = run(blocks, tmp_path / "c", chunk_steps=25)
    np.testing.assert_array_equal(
        again.configuration.positions_nc, other.configuration.positions_nc
    )
    np.testing.assert_array_equal(again.record, other.record)
    assert len(whole.record) == len(again.record)


@pytest.mark.validate
def test_a_campaign_has_glasses_of_a_liquid_that_was_equilibrated_by_swaps(tmp_path):
    campaign, root = parse_campaign(TEXT), tmp_path
    hot, cold = state_points(campaign)
    for point in (hot, cold):
        for step in point.steps:
            make(root, step)
    equilibration = read_record(root / cold.targets("equilibration", 0)[0], "equilibration")
    assert equilibration["tau_alpha"] is None
    assert equilibration["tau_with_swaps"] > 0
    segment = root / cold.targets("production", 0)[0]
    assert block_file(0) in read_record(segment, "production")["files"]
    production = ProductionRun([segment], get_model("poly-swap"), 0.2)
    sizes = [production.configuration(k).diameters for k in range(2)]
    assert (sizes[0] != sizes[1]).any()
    tables = campaign_tables(root, campaign)
    at = tables.state_points.set_index("temperature")
    assert at.loc[0.3, "tau_alpha_over_t0"] > 0
    assert math.isnan(at.loc[0.2, "tau_alpha_over_t0"])
    assert at.loc[0.2, "tau_with_swaps_over_t0"] > 0
    assert at.loc[0.2, "kappa"] > 0
    assert set(tables["scattering"]["temperature"]) == {0.3}
    again = step_commands(root, campaign)
    assert "--swap" in again
    assert "00000-block.nc" in again
    assert "trajectory" not in again
