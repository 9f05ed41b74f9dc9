"""Campaigns of models of the user's own: kept in the folder, part of what results depend on."""

import shutil

import pytest

from lmpmeso.campaign.folder import open_folder, stored_campaign
from lmpmeso.campaign.own_models import MODELS_FOLDER, model_of_step
from lmpmeso.campaign.reading import parse_campaign
from lmpmeso.campaign.study import study_steps
from lmpmeso.engine.step import Workplace
from lmpmeso.errors import CampaignError, FolderError
from lmpmeso.models import get_model, read_model, register_model, registry
from lmpmeso.models.tables import table_text
from tests.models.own_models import IPL, MODIFIED, written

TEXT = """\
name = "own"

[[liquids]]
model = "mine.toml"
n_particles = 100
temperatures = [1.2]

[equilibration]
max_t0 = 200.0
"""


@pytest.fixture(autouse=True)
def no_registered_models(monkeypatch):
    """Nothing that a campaign registers stays."""
    monkeypatch.setattr(registry, "_REGISTERED", {})


@pytest.fixture
def begun(tmp_path):
    """The folder of a campaign, beside its file and its model."""
    written(tmp_path, IPL)
    return open_folder(tmp_path / "out", TEXT, parse_campaign(TEXT, beside=tmp_path))


def digests(campaign):
    return {step.target for step in study_steps(campaign)}


def faults(text, beside):
    with pytest.raises(CampaignError) as caught:
        parse_campaign(text, "own.toml", beside)
    return str(caught.value)


def test_a_model_file_beside_the_campaign_is_its_model(tmp_path):
    written(tmp_path, IPL)
    (liquid,) = parse_campaign(TEXT, beside=tmp_path).liquids
    assert liquid.model == "mine"
    assert liquid.glass_model == read_model(tmp_path / "mine.toml")
    assert liquid.wave_number == 6.35
    assert get_model("mine") == liquid.glass_model


def test_the_folder_keeps_the_model_and_goes_on_without_the_first_file(begun, tmp_path):
    assert (begun / MODELS_FOLDER / "mine.toml").read_text() == IPL
    first = digests(stored_campaign(begun))
    (tmp_path / "mine.toml").unlink()
    elsewhere = tmp_path / "elsewhere" / "moved"
    elsewhere.parent.mkdir()
    shutil.move(begun, elsewhere)
    assert digests(stored_campaign(elsewhere)) == first
    work = Workplace(elsewhere / "x", root=elsewhere)
    assert model_of_step(work, "mine") == stored_campaign(elsewhere).liquids[0].glass_model
    assert model_of_step(work, "ka") == get_model("ka")


def test_a_copy_that_is_the_same_is_not_written_again(begun, tmp_path):
    kept = begun / MODELS_FOLDER / "mine.toml"
    before = kept.stat().st_ctime_ns
    open_folder(begun, TEXT, parse_campaign(TEXT, beside=tmp_path))
    assert kept.stat().st_ctime_ns == before


def test_the_tables_that_a_model_names_are_kept_too(tmp_path):
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "ipl.table").write_text(table_text(get_model("ipl"), 300))
    text = IPL + '\n[pair.between.small-large]\ntable = "tables/ipl.table"\n'
    written(tmp_path, text + 'section = "SMALL_LARGE"\nshift = "none"\n')
    campaign = parse_campaign(TEXT, beside=tmp_path)
    root = open_folder(tmp_path / "out", TEXT, campaign)
    shutil.rmtree(tmp_path / "tables")
    (tmp_path / "mine.toml").unlink()
    kept = stored_campaign(root)
    assert kept.liquids[0].glass_model.digest() == campaign.liquids[0].glass_model.digest()
    assert digests(kept) == digests(campaign)


def test_two_tables_of_one_name_are_refused_before_one_takes_the_others_place(tmp_path):
    text = IPL
    for folder, pair, model in (("a", "small-large", "ipl"), ("b", "large-large", "ss")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "pair.table").write_text(table_text(get_model(model), 300))
        text += f'\n[pair.between.{pair}]\ntable = "{folder}/pair.table"\nshift = "none"\n'
        text += f'section = "{pair.upper().replace("-", "_")}"\n'
        text += "cutoff = 1.5\n"
    written(tmp_path, text)
    campaign = parse_campaign(TEXT, beside=tmp_path)
    with pytest.raises(CampaignError, match="have one name: rename one of them"):
        open_folder(tmp_path / "out", TEXT, campaign)
    assert list((tmp_path / "out").iterdir()) == []


def test_a_changed_model_is_computed_anew_and_changed_words_are_not(begun, tmp_path):
    first = digests(stored_campaign(begun))
    written(tmp_path, 'title = "other words"\n' + IPL)
    open_folder(begun, TEXT, parse_campaign(TEXT, beside=tmp_path))
    assert digests(stored_campaign(begun)) == first
    written(tmp_path, IPL.replace("(size/r)^10", "(size/r)^12"))
    campaign = parse_campaign(TEXT, beside=tmp_path)
    open_folder(begun, TEXT, campaign)
    assert digests(stored_campaign(begun)) == digests(campaign)
    assert not digests(campaign) & first


def test_opening_a_folder_with_both_files_changed_leaves_the_new_model_known(begun, tmp_path):
    written(tmp_path, IPL.replace("density = 0.82", "density = 0.9"))
    text = TEXT.replace("1.2", "1.3")
    campaign = parse_campaign(text, beside=tmp_path)
    open_folder(begun, text, campaign)
    assert get_model("mine").density == 0.9
    assert campaign.liquids[0].glass_model.density == 0.9


def test_another_campaign_does_not_touch_the_models_of_a_folder(begun, tmp_path):
    written(tmp_path, IPL.replace("density = 0.82", "density = 0.9"))
    text = TEXT.replace('"own"', '"another"')
    with pytest.raises(FolderError):
        open_folder(begun, text, parse_campaign(text, beside=tmp_path))
    assert (begun / MODELS_FOLDER / "mine.toml").read_text() == IPL


def test_a_folder_called_models_beside_a_campaign_file_is_no_copy(tmp_path):
    written(tmp_path, IPL)
    (tmp_path / MODELS_FOLDER).mkdir()
    written(tmp_path / MODELS_FOLDER, IPL.replace("density = 0.82", "density = 0.9"))
    (liquid,) = parse_campaign(TEXT, beside=tmp_path).liquids
    assert liquid.glass_model.density == 0.82


def test_the_same_physics_under_another_name_of_a_file_has_the_same_identity(tmp_path):
    a, b = (read_model(written(tmp_path, IPL, name)) for name in ("mine", "other"))
    assert a.digest() == b.digest()


def test_two_files_of_one_name_are_refused(tmp_path):
    for folder, text in (("a", IPL), ("b", MODIFIED)):
        (tmp_path / folder).mkdir()
        written(tmp_path / folder, text)
    text = TEXT.replace("mine.toml", "a/mine.toml")
    text += '\n[[liquids]]\nmodel = "b/mine.toml"\nn_particles = 200\ntemperatures = [1.0]\n'
    assert (
        "line 12: liquids[1].model: another model file is called mine, too: rename one"
        in faults(text, tmp_path)
    )


def test_one_file_may_be_used_at_two_sizes(tmp_path):
    written(tmp_path, IPL)
    text = TEXT + '\n[[liquids]]\nmodel = "mine.toml"\nn_particles = 200\ntemperatures = [1.0]\n'
    campaign = parse_campaign(text, beside=tmp_path)
    assert [liquid.n_particles for liquid in campaign.liquids] == [100, 200]
    root = open_folder(tmp_path / "out", text, campaign)
    assert [p.name for p in (root / MODELS_FOLDER).iterdir()] == ["mine.toml"]


def test_a_registered_name_is_refused_since_other_processes_do_not_know_it(tmp_path):
    register_model(read_model(written(tmp_path, IPL)))
    told = faults(TEXT.replace("mine.toml", "mine"), tmp_path)
    assert '"mine" is known to this process alone' in told
    assert "line 4: liquids[0].model" in told


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("none.toml", "none.toml cannot be read: No such file"),
        ("ipll", 'unknown model "ipll"; did you mean "ipl"?; a model file ends in .toml'),
    ],
)
def test_a_model_that_is_not_there_is_a_fault_of_its_line(model, words, tmp_path):
    told = faults(TEXT.replace("mine.toml", model), tmp_path)
    assert "line 4: liquids[0].model" in told
    assert words in told


def test_faults_of_a_model_file_are_told_with_those_of_the_campaign(tmp_path):
    written(tmp_path, IPL.replace("density", "dnsity"))
    told = faults(TEXT.replace("[equilibration]", "[equilibration]\nstretch = 3"), tmp_path)
    assert 'dnsity: unknown key; did you mean "density"?' in told
    assert "equilibration.stretch: unknown key" in told


def test_what_a_campaign_needs_to_know_of_a_model_is_asked_for(tmp_path):
    written(tmp_path, IPL.replace("q_max = 6.35\n", ""))
    told = faults(TEXT.replace("max_t0", "# max_t0"), tmp_path)
    assert "q_max of mine is not known: give q" in told
    assert "no relaxation time of mine is known" in told
