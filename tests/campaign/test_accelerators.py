"""One accelerator a campaign: settled before its first step, for all liquids, kept, and sent where the GPUs are."""

from dataclasses import replace

import pytest

from lmpmeso.campaign import accelerators
from lmpmeso.campaign.accelerators import with_settled_accelerator
from lmpmeso.campaign.reading import parse_campaign
from lmpmeso.campaign.study import study_steps
from lmpmeso.errors import CampaignError
from lmpmeso.lammps import lammps_build
from tests.campaign.small_study import TEXT

MBLJ = '[[liquids]]\nmodel = "mblj"\nn_particles = 80\ntemperatures = [2.0]\nq = 7.0\n'


def campaign(resources="", more=""):
    return parse_campaign(f"{TEXT}{more}[resources]\n{resources}\n")


@pytest.fixture
def build(monkeypatch):
    """A LAMMPS with KOKKOS for GPUs that runs tables but no lepton there."""
    found = replace(
        lammps_build(),
        packages=frozenset({"KOKKOS", "GPU"}),
        pair_styles=frozenset({"table", "table/kk", "table/gpu", "lepton"}),
        kokkos_api=frozenset({"cuda"}),
        kokkos_precision=frozenset({"double"}),
        gpu_precision=frozenset({"double"}),
        gpu_api=frozenset({"cuda"}),
        gpu_present=True,
    )
    monkeypatch.setattr(accelerators, "_build", lambda gpus: replace(found, gpu_present=gpus > 0))
    styles = {"mblj": "lepton"}
    monkeypatch.setattr(
        accelerators,
        "_pair_styles",
        lambda c, *_: {styles.get(liquid.model, "table"): liquid.model for liquid in c.liquids},
    )


def settled(*words, root=None):
    return with_settled_accelerator(campaign(*words), root).resources.accelerator


def test_without_gpus_auto_is_plain_and_asks_no_lammps(monkeypatch):
    monkeypatch.delattr(accelerators, "_build")
    assert settled() == "auto"
    assert settled('accelerator = "none"') == "none"


def test_with_gpus_auto_takes_what_runs_all_liquids(build):
    assert settled("gpus = 2") == "kokkos"
    assert settled("gpus = 2", MBLJ) == "auto"


def test_what_one_liquid_cannot_use_is_refused_by_its_name(build):
    with pytest.raises(CampaignError, match='cannot run mblj with accelerator = "kokkos"'):
        settled('accelerator = "kokkos"\ngpus = 1', MBLJ)


def test_gpus_must_be_given_to_workers(build, monkeypatch):
    gpu = lammps_build()
    with pytest.raises(CampaignError, match="sees no GPU"):
        settled('accelerator = "gpu"')
    monkeypatch.setattr(
        accelerators,
        "_build",
        lambda _: replace(
            gpu,
            packages=frozenset({"GPU"}),
            pair_styles=frozenset({"table/gpu"}),
            gpu_api=frozenset({"cuda"}),
            gpu_precision=frozenset({"double"}),
            gpu_present=True,
        ),
    )
    with pytest.raises(CampaignError, match="no worker has one: say how many"):
        settled('accelerator = "gpu"')


def test_it_is_kept_and_another_lammps_does_not_go_on_unasked(build, tmp_path, monkeypatch):
    assert settled("gpus = 1", root=tmp_path) == "kokkos"
    monkeypatch.setattr(
        accelerators, "_build", lambda _: replace(lammps_build(), packages=frozenset())
    )
    with pytest.raises(CampaignError, match="without the KOKKOS package"):
        settled("gpus = 1", root=tmp_path)
    assert settled('accelerator = "none"', root=tmp_path) == "none"


def test_lammps_steps_go_to_the_gpus_and_their_folders_stay_where_they_are(build):
    plain = {step.target: step for step in study_steps(campaign())}
    steps = study_steps(with_settled_accelerator(campaign("gpus = 2")))
    assert {step.target for step in steps} == plain.keys()
    for step in steps:
        with_lammps = "accelerator" in step.parameters
        assert step.gpu == (with_lammps or "/elasticity-" in step.target)
        assert not with_lammps or step.parameters["accelerator"] == "kokkos"
        assert not plain[step.target].gpu
