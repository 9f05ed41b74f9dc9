"""A small campaign from its file to its tables, without and with interruptions."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

from lmpmeso.campaign.measurements import sections
from lmpmeso.campaign.measurements.equilibration import EquilibrationRun
from lmpmeso.campaign.measurements.glasses import Glasses, quench_shard
from lmpmeso.campaign.measurements.landscape import Transitions
from lmpmeso.campaign.measurements.modes import SoftSpots
from lmpmeso.campaign.measurements.production import Production
from lmpmeso.campaign.measurements.propensity import Isoconfigurational
from lmpmeso.campaign.settings import Campaign, Liquid
from lmpmeso.campaign.stiffness_file import read_stiffness
from lmpmeso.campaign.study import state_points, study_steps
from lmpmeso.campaign.tables import campaign_tables, read_tables, write_tables
from lmpmeso.configurations import read_inherent_structures, read_netcdf_fields, read_trajectory
from lmpmeso.engine.records import read_record
from lmpmeso.engine.step import WallTimeReached, Workplace, work_folder
from lmpmeso.errors import CampaignError, ConvergenceError
from lmpmeso.models import get_model

CAMPAIGN = Campaign(
    name="small",
    liquids=(Liquid("ipl", 64, (1.0, 0.9), glasses=(3, 3)),),
    sections=sections(
        equilibration=EquilibrationRun(stretch_tau=4.0),
        production=Production(length_tau=5.0, shortest_spacing_t0=2.0, ratio=1.5),
        glasses=Glasses(number=3, per_shard=2),
    ),
)
MODEL = get_model("ipl")


def with_sections(**changed):
    """The campaign with other sections."""
    return replace(CAMPAIGN, sections=sections(**{**CAMPAIGN.sections, **changed}))


def make(root, step, on_checkpoint=None):
    """What an engine does for a step, in short."""
    target = root / step.target
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".temporary.{target.name}")
    needs = {name: [root / need for need in needs] for name, needs in step.needs.items()}
    work = Workplace(temporary, needs, work_folder(target), None, on_checkpoint, step.identity)
    step.function(work, **step.parameters)
    temporary.rename(target)
    shutil.rmtree(work_folder(target), ignore_errors=True)


class Interruptions:
    """Ends a step at every other checkpoint, as a wall time does."""

    def __init__(self):
        self.n_checkpoints = 0
        self.n_interruptions = 0

    def __call__(self):
        self.n_checkpoints += 1
        if self.n_checkpoints % 2:
            self.n_interruptions += 1
            raise WallTimeReached


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Folder of a finished campaign."""
    root = tmp_path_factory.mktemp("campaign")
    for step in study_steps(CAMPAIGN):
        make(root, step)
    return root


def contents(root):
    """Every file of a campaign by its path."""
    return {
        str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }


def test_an_interrupted_campaign_ends_in_the_same_bytes(finished, tmp_path):
    interrupt = Interruptions()
    for step in study_steps(CAMPAIGN):
        while not (tmp_path / step.target).exists():
            try:
                make(tmp_path, step, interrupt)
            except WallTimeReached:
                continue
    assert interrupt.n_interruptions > 10
    ours = contents(tmp_path)
    theirs = {
        path: content for path, content in contents(finished).items() if "tables/" not in path
    }
    assert ours.keys() == theirs.keys()
    # Records name the files of their configurations, which lie in another folder here.
    different = {path for path, content in ours.items() if content != theirs[path]}
    assert not different


def test_segments_make_one_run(finished):
    longer = with_sections(production=replace(CAMPAIGN.production, length_tau=10.0))
    point = next(state_points(longer))
    production = point.steps_of("production")
    assert (finished / production[0].target).exists()
    make(finished, production[1])
    records = [read_record(finished / step.target, "production") for step in production]
    trajectory = read_trajectory(
        [record.data(f"{k:04d}.nc") for k, record in enumerate(records)], MODEL
    )
    block = records[0]["block_steps"]
    ends = trajectory.steps[trajectory.steps % block == 0]
    assert ends.tolist() == [block * k for k in range(11)]
    assert np.all(np.diff(trajectory.steps) > 0)
    # No particle jumps where one segment ends and the next begins.
    seam = int(np.flatnonzero(trajectory.steps == 5 * block)[0])
    step = np.abs(np.diff(trajectory.positions_tnc[seam - 1 : seam + 2], axis=0)).max(axis=(1, 2))
    assert step[1] < 0.05
    (finished / production[1].target).unlink()


def test_glasses_are_minima_with_their_stiffness(finished):
    point = next(state_points(CAMPAIGN))
    target = point.stage("elasticity", 0).file("00000-00001.json")
    record = read_record(finished / target, "elasticity")
    structures = read_inherent_structures(record.data("00000-00001.nc"), MODEL)
    fields = read_netcdf_fields(record.data("00000-00001.nc"))
    bonds = read_stiffness(record.data("00000-00001.npz"))
    assert [s.parent_temperature for s in structures] == [1.0, 1.0]
    assert max(s.max_force for s in structures) < 1e-10
    for k, glass in enumerate(record["glasses"]):
        ends = np.concatenate([bonds[glass]["i"], bonds[glass]["j"]])
        both = np.tile(bonds[glass]["kappa"], 2)
        assert fields["kappa"][k, 5] == pytest.approx(both[ends == 5].mean(), rel=1e-12)
        assert fields["kappa_mean"][k] == pytest.approx(bonds[glass]["kappa"].mean(), rel=1e-12)


def test_tables_hold_every_state_point_and_come_back_from_their_files(finished):
    write_tables(finished, CAMPAIGN)
    tables = read_tables(finished)
    points = tables["state_points"]
    assert points["temperature"].tolist() == [1.0, 0.9]
    assert (points["status"] == "done").all()
    assert (points["n_glasses"] == 3).all()
    assert (points["kappa_low"] < points["kappa"]).all()
    assert (points["kappa"] < points["kappa_high"]).all()
    assert points["kappa_ratio"][0] == 1.0
    by_glass = tables["glasses"].groupby("temperature")["kappa_mean"].mean()
    assert points["kappa"].tolist() == pytest.approx(by_glass[points["temperature"]].tolist())
    # N = 64 is small, but not so small that the liquid would be another one.
    assert points["potential_energy"][0] == pytest.approx(7.4433, abs=0.1)
    assert 1.0 < points["tau_alpha_over_t0"][0] < 10.0
    density = tables["kappa_distribution"]
    width = density["kappa_high_edge"] - density["kappa_low_edge"]
    total = (density["density"] * width).groupby(density["temperature"]).sum()
    assert total.tolist() == pytest.approx([1.0, 1.0])


def test_tables_of_an_unfinished_campaign_say_what_is_missing(finished, tmp_path):
    colder = replace(CAMPAIGN, liquids=(Liquid("ipl", 64, (1.0, 0.9, 0.8), glasses=(3, 3, 3)),))
    points = campaign_tables(finished, colder).state_points
    assert points["status"].tolist() == ["done", "done", "waiting"]
    nothing = campaign_tables(tmp_path, CAMPAIGN)
    assert nothing.state_points["status"].tolist() == ["waiting", "waiting"]
    assert len(nothing.glasses) == 0


def test_a_liquid_that_does_not_equilibrate_fails_and_is_reported(tmp_path):
    impatient = with_sections(equilibration=EquilibrationRun(stretch_tau=4.0, max_t0=51.0))
    step = study_steps(impatient)[0]
    with pytest.raises(CampaignError, match=r"not in equilibrium.*raise max_tau"):
        make(tmp_path, step)
    row = campaign_tables(tmp_path, impatient).state_points.iloc[0]
    assert row["status"] == "not equilibrated"
    assert "max_duration" in row["reason"]
    make(tmp_path, study_steps(CAMPAIGN)[0])
    assert campaign_tables(tmp_path, CAMPAIGN).state_points["status"][0] == "waiting"


@pytest.fixture
def quench_step(finished):
    """The step of the first shard of glasses."""
    return next(step for step in study_steps(CAMPAIGN) if step.function is quench_shard)


def failing_quench(monkeypatch, n_failures):
    """Let the first quenches fail."""
    from lmpmeso.campaign.measurements import glasses

    quench, calls = glasses.quench, []

    def sometimes(*arguments, **options):
        calls.append(1)
        if len(calls) <= n_failures:
            raise ConvergenceError("no minimum")
        return quench(*arguments, **options)

    monkeypatch.setattr(glasses, "quench", sometimes)


def run_elsewhere(finished, tmp_path, step):
    """A step with what it needs, in another folder."""
    target = tmp_path / "shard.json"
    needs = {"production": [finished / need for need in step.needed]}
    work = Workplace(target, needs, identity=step.identity)
    step.function(work, **step.parameters)
    return read_record(target, "glasses")


def test_a_quench_that_fails_is_recorded_and_left_out(finished, tmp_path, quench_step, monkeypatch):
    failing_quench(monkeypatch, 1)
    record = run_elsewhere(finished, tmp_path, quench_step)
    assert record["glasses"] == [1]
    assert record["failures"] == {"0": "no minimum"}
    assert read_netcdf_fields(record.data("00000-00001.nc"))["glass"].tolist() == [1.0]


def test_too_many_failed_quenches_are_an_error(finished, tmp_path, quench_step, monkeypatch):
    failing_quench(monkeypatch, 2)
    with pytest.raises(CampaignError, match="2 of 2 quenches failed"):
        run_elsewhere(finished, tmp_path, quench_step)


def test_a_truncated_trajectory_is_named(finished, tmp_path, quench_step):
    production = finished / quench_step.needed[0]
    copy = tmp_path / "production"
    shutil.copytree(production.parent, copy)
    frames = copy / "0000.nc"
    frames.write_bytes(frames.read_bytes()[:-1000])
    work = Workplace(tmp_path / "shard.json", {"production": [copy / production.name]})
    with pytest.raises(CampaignError, match=r"0000\.nc has .* bytes instead of"):
        quench_shard(work, **quench_step.parameters)


WITH_LANDSCAPE = with_sections(
    landscape=Transitions(trajectories=2, frames=20, minimizer="steepest"),
    isoconfigurational=Isoconfigurational(configurations=2, runs=4),
    modes=SoftSpots(glasses=1, starts=20, softest=3),
)


def further_steps(name):
    """Steps of an optional section."""
    return [step for step in study_steps(WITH_LANDSCAPE) if step.group.endswith(name)]


def test_optional_sections_build_on_what_is_there():
    further = {step.target for step in study_steps(WITH_LANDSCAPE)}
    assert {step.target for step in study_steps(CAMPAIGN)} < further


def test_the_landscape_is_measured_at_the_coldest_temperature(finished):
    for step in further_steps("landscape"):
        make(finished, step)
    (row,) = campaign_tables(finished, WITH_LANDSCAPE).landscape.to_dict("records")
    assert row["temperature"] == 0.9
    assert (row["n_trajectories"], row["minimizer"]) == (2, "steepest")
    # At this temperature a liquid changes its structure within every few steps.
    assert row["transition_rate_reduced"] > 1.0
    assert "converged" in row["convergence"]


def test_an_interrupted_propensity_ends_in_the_same_bytes(finished):
    (step,) = further_steps("propensity")
    make(finished, step)
    target = finished / step.target
    before = {path.name: path.read_bytes() for path in target.parent.iterdir() if path.is_file()}
    target.unlink()
    interrupt = Interruptions()
    while not target.exists():
        try:
            make(finished, step, interrupt)
        except WallTimeReached:
            continue
    assert interrupt.n_interruptions >= 2
    after = {path.name: path.read_bytes() for path in target.parent.iterdir() if path.is_file()}
    assert after == before
    fields = read_netcdf_fields(target.with_suffix(".nc"))
    assert fields["propensity"].shape == fields["kappa"].shape == (2, 64)
    assert fields["glass"].tolist() == [0, 2]  # 2 τ_α apart
    assert (fields["propensity"] > 0).all()


def test_soft_modes_of_a_glass_come_back_softest_first(finished):
    (step,) = further_steps("modes")
    make(finished, step)
    modes = campaign_tables(finished, WITH_LANDSCAPE).modes
    assert 1 <= len(modes) <= 3
    assert modes["stiffness"].is_monotonic_increasing
    assert (modes["residual"] < 1e-9).all()
