"""The steps of a study, without running them: what depends on what."""

from dataclasses import replace

import pytest

from lmpmeso.campaign.measurements import sections
from lmpmeso.campaign.measurements.elasticity import Elasticity
from lmpmeso.campaign.measurements.equilibration import EquilibrationRun
from lmpmeso.campaign.measurements.glasses import Glasses
from lmpmeso.campaign.measurements.landscape import Transitions
from lmpmeso.campaign.measurements.modes import SoftSpots
from lmpmeso.campaign.measurements.production import Production
from lmpmeso.campaign.measurements.propensity import Isoconfigurational
from lmpmeso.campaign.measurements.summary import Statistics
from lmpmeso.campaign.settings import Campaign, Liquid
from lmpmeso.campaign.study import state_points, study_steps
from lmpmeso.campaign.tables import campaign_digest
from lmpmeso.engine.resources import Resources
from lmpmeso.engine.stage import Stage, seed_of
from lmpmeso.errors import CampaignError

REDUCED = {"summary", "structure"}
STAGES = {"equilibration", "production", "dynamics", "glasses", "elasticity"} | REDUCED


def campaign(
    temperatures=(2.0, 1.0),
    number=50,
    replicas=1,
    model="ipl",
    seed=1,
    resources=Resources(),  # noqa: B008
    **given,
):
    liquid = Liquid(
        model, 500, temperatures, replicas=replicas, glasses=(number,) * len(temperatures)
    )
    chosen = sections(**{"glasses": Glasses(number=number, per_shard=25)} | given)
    return Campaign(name="test", liquids=(liquid,), seed=seed, sections=chosen, resources=resources)


def targets(study):
    return {step.target for step in study_steps(study)}


def stages(paths):
    """Which stages the targets belong to."""
    return {path.split("/")[-2].rpartition("-")[0] for path in paths}


def new(changed, before=None):
    """Stages of which a changed campaign makes targets that the one before did not have."""
    return stages(targets(changed) - targets(before or campaign()))


def test_every_step_needs_only_targets_of_earlier_steps():
    made = set()
    for step in study_steps(campaign(replicas=3)):
        assert set(step.needed) <= made
        made.add(step.target)
    assert stages(made) == STAGES


def test_the_same_campaign_gives_the_same_steps():
    assert study_steps(campaign()) == study_steps(campaign())


@pytest.mark.parametrize(
    ("statistics", "renewed"),
    [(Statistics(level=0.95), REDUCED), (Statistics(resamples=999), {"summary"})],
)
def test_statistics_change_only_what_is_reduced(statistics, renewed):
    assert new(campaign(statistics=statistics)) == renewed


def test_where_fits_begin_changes_no_step_but_the_tables():
    changed = campaign(statistics=Statistics(fit_from=3.0))
    assert targets(changed) == targets(campaign())
    assert campaign_digest(changed) != campaign_digest(campaign())


def test_pairs_change_elasticity_and_the_summaries():
    assert new(campaign(elasticity=Elasticity(pairs=200))) == {"elasticity", "summary"}


def test_the_quench_changes_what_is_made_of_glasses():
    changed = campaign(glasses=Glasses(number=50, per_shard=25, tolerance=1e-8))
    assert new(changed) == {"glasses", "elasticity"} | REDUCED


def test_the_production_run_keeps_the_equilibration():
    assert new(campaign(production=Production(ratio=1.5))) == STAGES - {"equilibration"}


def test_a_seed_changes_everything():
    assert targets(campaign(seed=2)).isdisjoint(targets(campaign(seed=1)))


def test_resources_and_the_limit_of_patience_change_nothing():
    assert targets(campaign(resources=Resources(engine="serial", gpus=2))) == targets(campaign())
    assert targets(campaign(equilibration=EquilibrationRun(max_tau=500.0))) == targets(campaign())


def test_more_glasses_extend_what_is_there():
    before, after = targets(campaign(number=50)), targets(campaign(number=100))
    # Correlators and means are of all there is; everything else stays and is added to.
    assert stages(before - after) == {"dynamics"} | REDUCED
    assert stages(after - before) == STAGES - {"equilibration"}
    assert sum("/glasses-" in path for path in after - before) == 4


def test_a_last_shard_that_was_not_full_is_made_again():
    gone = targets(campaign(number=30)) - targets(campaign(number=50))
    assert {path.split("/")[-1] for path in gone if "/glasses-" in path} == {"00025-00029.json"}


def test_colder_temperatures_are_added_to_the_chain():
    assert targets(campaign()) < targets(campaign(temperatures=(2.0, 1.0, 0.8)))


def test_a_temperature_in_between_renews_those_below_it():
    before, after = targets(campaign()), targets(campaign(temperatures=(2.0, 1.5, 1.0)))
    assert {path.split("/")[2] for path in before - after} == {"T1.0"}


def test_another_liquid_leaves_the_first_alone():
    both = replace(campaign(), liquids=campaign().liquids + campaign(model="mblj").liquids)
    assert targets(campaign()) < targets(both)


def test_replicas_share_the_glasses_and_have_seeds_of_their_own():
    (point, _) = state_points(campaign(replicas=3))
    assert [point.share(50, replica) for replica in point.replicas] == [17, 17, 16]
    seeds = {point.stage("equilibration", k).parameters["seed"] for k in point.replicas}
    assert len(seeds) == 3


def test_a_chain_starts_each_temperature_from_the_hotter_one():
    hot, cold = state_points(campaign())
    equilibrations = [point.steps[0] for point in (hot, cold)]
    assert equilibrations[0].needs == {}
    assert equilibrations[1].needs == {"hotter": (equilibrations[0].target,)}


def test_elasticity_asks_for_a_gpu_where_there_are_gpus():
    steps = study_steps(campaign(resources=Resources(gpus=1)))
    assert {step.group.split()[-1] for step in steps if step.gpu} == {"elasticity"}


def test_a_model_without_known_relaxation_times_needs_a_limit():
    unknown = campaign(model="ss-0.80")
    liquid = replace(unknown.liquids[0], q=6.1)
    with pytest.raises(CampaignError, match="max_t0"):
        study_steps(replace(unknown, liquids=(liquid,)))
    limited = sections(equilibration=EquilibrationRun(max_t0=1e4))
    assert study_steps(replace(unknown, liquids=(liquid,), sections=limited))


def test_seeds_differ_by_purpose_and_do_not_depend_on_others():
    seeds = [seed_of(1, "ipl", 2.0, "quench", k) for k in range(1000)]
    assert len(set(seeds)) == 1000
    assert seed_of(1, "ipl", 2.0, "quench", 17) == seeds[17] != seed_of(2, "ipl", 2.0, "quench", 17)
    # Fixed for ever: a new value would make every campaign start again.
    assert seed_of(1, "ipl", 0.65, 0) == 2379857892


def test_a_digest_depends_on_version_parameters_and_needs():
    upper = Stage("a", "upper", 1, {"x": 1.0})
    lower = Stage("a", "lower", 1, {"y": 2}, {"upper": upper})
    others = [
        replace(lower, version=2),
        replace(lower, parameters={"y": 3}),
        replace(lower, needs={"upper": replace(upper, parameters={"x": 1.5})}),
        replace(lower, needs={}),
    ]
    assert len({stage.digest for stage in (lower, *others)}) == 5
    assert lower.folder == f"a/lower-{lower.digest[:8]}"


FURTHER = {
    "landscape": Transitions(trajectories=10),
    "isoconfigurational": Isoconfigurational(configurations=60),
    "modes": SoftSpots(glasses=2),
}


def test_a_threshold_of_transitions_changes_only_the_rate():
    before = campaign(**FURTHER)
    changed = campaign(**FURTHER | {"landscape": Transitions(trajectories=10, threshold=1e-4)})
    (target,) = targets(changed) - targets(before)
    assert target.startswith("ipl/N500/T1.0/landscape-")


@pytest.mark.parametrize(("spacing_tau", "apart"), [(1.0, 2), (0.5, 4), (3.0, 1)])
def test_trajectories_of_the_landscape_begin_two_relaxation_times_apart(spacing_tau, apart):
    study = campaign(
        number=2,
        landscape=Transitions(trajectories=10),
        production=Production(length_tau=5.0, spacing_tau=spacing_tau),
    )
    steps = study_steps(study)
    blocks = [step.parameters["number"] for step in steps if "number" in step.parameters]
    assert blocks == [apart * k for k in range(10)]
    made = {step.target for step in steps}
    assert all(set(step.needed) <= made for step in steps)


@pytest.mark.parametrize(("spacing_tau", "apart"), [(1.0, 2), (0.5, 4), (3.0, 1)])
def test_propensities_begin_two_relaxation_times_apart(spacing_tau, apart):
    study = campaign(
        number=2,
        isoconfigurational=Isoconfigurational(configurations=12),
        production=Production(length_tau=5.0, spacing_tau=spacing_tau),
    )
    numbers = [n for step in study_steps(study) for n in step.parameters.get("numbers", ())]
    assert numbers == [apart * k for k in range(12)]


def test_the_accelerator_reaches_all_that_lammps_does_and_renews_nothing():
    plain = campaign(**FURTHER)
    other = campaign(**FURTHER, resources=Resources(accelerator="omp"))
    assert targets(other) == targets(plain)
    chosen = {
        step.target.split("/")[-2].rpartition("-")[0]
        for step in study_steps(other)
        if step.parameters.get("accelerator") == "omp"
    }
    assert chosen == {"equilibration", "production", "glasses", "landscape", "propensity"}
    assert all(step.parameters.get("accelerator", "auto") == "auto" for step in study_steps(plain))


def test_optional_sections_add_stages_at_the_coldest_temperature_only():
    added = targets(campaign(**FURTHER)) - targets(campaign())
    assert {"landscape", "propensity", "correlations", "modes"} < stages(added)
    assert {path.split("/")[2] for path in added} == {"T1.0"}


def test_every_temperature_can_be_asked_for():
    everywhere = campaign(modes=SoftSpots(temperatures="all"))
    assert {p.split("/")[2] for p in targets(everywhere) if "/modes-" in p} == {"T2.0", "T1.0"}


def test_there_are_glasses_for_every_configuration_that_is_run_from():
    study = campaign(
        number=20, isoconfigurational=Isoconfigurational(configurations=60), replicas=2
    )
    shards = [p.split("/")[-1] for p in targets(study) if "T1.0/r1/glasses-" in p]
    # Two τ_α apart: glasses 0, 2, …, 58.
    assert sorted(shards) == ["00000-00024.json", "00025-00049.json", "00050-00058.json"]
    made = {step.target for step in study_steps(study)}
    assert all(set(step.needed) <= made for step in study_steps(study))


def test_more_runs_and_levels_renew_what_follows_from_them():
    before = campaign(**FURTHER)
    more = FURTHER | {"isoconfigurational": Isoconfigurational(configurations=60, runs=40)}
    assert new(campaign(**more), before) == {"propensity", "correlations"}
    level = campaign(**FURTHER, statistics=Statistics(level=0.95))
    assert new(level, before) == REDUCED | {"landscape", "correlations"}


def test_keys_of_the_isoconfigurational_runs_change_what_depends_on_them_only():
    def with_runs(**keys):
        return campaign(isoconfigurational=Isoconfigurational(configurations=4, **keys))

    before = with_runs()
    same = {"local_stiffness": ("arithmetic",), "thermal_start": "minimum"}
    assert targets(with_runs(time_from="equilibration", **same)) == targets(before)
    assert new(with_runs(local_stiffness=("harmonic", "arithmetic")), before) == {"correlations"}
    assert new(with_runs(thermal_start="thermalised"), before) == {"propensity", "correlations"}
    production = with_runs(time_from="production")
    assert new(production, before) == {"propensity", "correlations"}
    runs = [step for step in study_steps(production) if stages([step.target]) == {"propensity"}]
    assert runs
    assert all(stages(step.needs["dynamics"]) == {"dynamics"} for step in runs)
