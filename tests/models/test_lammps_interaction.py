"""Interactions given as LAMMPS commands."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from lmpmeso.errors import LammpsError, ModelError
from lmpmeso.lammps.forces import with_reach
from lmpmeso.lammps.session import LammpsSession
from lmpmeso.models import GlassModel, Species, get_model, lammps_pair_commands, lammps_pair_style
from lmpmeso.models.describe import describe_model, model_text
from lmpmeso.models.lammps_interaction import LammpsInteraction, lammps_interaction

SCRIPT = """
# silicon
pair_style hybrid/overlay tersoff &
           lj/cut 8.0   # both
pair_coeff * * tersoff Si.tersoff Si
pair_coeff 1 1 lj/cut 0.001 3.0
"""


def model_of(interaction: LammpsInteraction, n_species: int = 1) -> GlassModel:
    species = tuple(Species(f"S{k}", 1.0 / n_species) for k in range(n_species))
    return GlassModel(name="mine", density=0.05, species=species, units="metal", lammps=interaction)


def test_commands_are_taken_from_a_script_with_the_files_that_they_name() -> None:
    found = lammps_interaction(SCRIPT)
    assert found.pair_style == "hybrid/overlay"
    assert len(found.commands) == 3
    ((word, path),) = found.files
    assert word == "Si.tersoff"
    assert Path(path).name == "Si.tersoff"
    assert Path(path).is_file()


def test_a_file_beside_the_model_comes_before_the_one_of_lammps(tmp_path: Path) -> None:
    mine = tmp_path / "Si.tersoff"
    mine.write_text("mine")
    found = lammps_interaction(SCRIPT, beside=tmp_path)
    assert dict(found.files) == {"Si.tersoff": str(mine)}


def test_formulas_and_numbers_are_no_files() -> None:
    commands = lammps_pair_commands(get_model("ipl"), style="lepton")
    assert lammps_interaction(commands).files == ()


@pytest.mark.parametrize(
    ("commands", "message"),
    [
        (["pair_coeff * * 1 1"], "need a pair_style"),
        (["pair_style lj/cut 2.5", "run 100"], "'run 100' does not say how"),
        (["pair_style tersoff", "pair_coeff * * nowhere.tersoff Si"], r"nowhere\.tersoff.* in "),
    ],
)
def test_what_is_no_interaction_is_refused(commands: list[str], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        lammps_interaction(commands)


def test_the_identity_is_the_content_of_files_and_not_their_place(tmp_path: Path) -> None:
    content = Path(dict(lammps_interaction(SCRIPT).files)["Si.tersoff"]).read_bytes()
    digests = []
    for folder, text in (("a", content), ("b", content), ("c", content + b"\n# changed\n")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "Si.tersoff").write_bytes(text)
        digests.append(model_of(lammps_interaction(SCRIPT, tmp_path / folder)).digest())
    assert digests[0] == digests[1] != digests[2]


def test_a_file_that_changes_where_it_lies_changes_the_identity(tmp_path: Path) -> None:
    file = tmp_path / "Si.tersoff"
    file.write_text("one")
    model = model_of(lammps_interaction(SCRIPT, tmp_path))
    before = model.digest()
    file.write_text("another")
    assert model.digest() != before


@pytest.mark.parametrize("name", ["with blank.tersoff", "Silizium-für'#$%.tersoff"])
def test_files_of_any_name_reach_lammps(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "blank ä"
    folder.mkdir()
    original = dict(lammps_interaction(SCRIPT).files)["Si.tersoff"]
    (folder / name).write_bytes(Path(original).read_bytes())
    interaction = LammpsInteraction(
        ("pair_style tersoff", "pair_coeff * * Si.tersoff Si"),
        (("Si.tersoff", str(folder / name)),),
    )
    assert with_reach(model_of(interaction)).max_cutoff == pytest.approx(3.2, rel=1e-5)


def test_the_reach_is_that_of_lammps_and_no_part_of_the_identity() -> None:
    model = model_of(lammps_interaction(["pair_style lj/cut 2.5", "pair_coeff * * 1 1 2.25"]))
    with pytest.raises(ModelError, match="with_reach"):
        _ = model.max_cutoff
    known = with_reach(model)
    assert known.max_cutoff == pytest.approx(2.25, rel=1e-5)
    np.testing.assert_array_equal(known.cutoffs, [[known.max_cutoff]])
    assert known.digest() == model.digest()
    assert with_reach(known) is known
    assert with_reach(get_model("ipl")) == get_model("ipl")


def test_a_style_that_lammps_lacks_is_named() -> None:
    model = model_of(LammpsInteraction(("pair_style no/such", "pair_coeff * *")))
    assert lammps_pair_style(model) == "no/such"
    with pytest.raises(LammpsError, match="no pair style 'no/such'"):
        with_reach(model)


def test_a_model_has_commands_or_potentials() -> None:
    interaction = lammps_interaction(["pair_style lj/cut 2.5", "pair_coeff * * 1 1"])
    with pytest.raises(ModelError, match="only one"):
        dataclasses.replace(get_model("ipl"), lammps=interaction)
    with pytest.raises(ModelError, match="2 species: its dipole cut-offs"):
        dataclasses.replace(model_of(interaction, 2), dipole_cutoffs=((1.0,),))


def test_a_model_of_commands_is_described_by_them() -> None:
    model = model_of(lammps_interaction(SCRIPT))
    assert describe_model(model)["lammps"]["commands"] == list(model.lammps.commands)
    for command in model.lammps.commands:
        assert command in model_text(model)


@pytest.mark.parametrize(
    ("commands", "word"),
    [
        (("pair_style lj/cut/coul/long 8", "pair_coeff * * 1 1"), "lj/cut/coul/long"),
        (("pair_style hybrid/overlay table spline 9 coul/msm 9",), "coul/msm"),
        (("pair_style lj/long/coul/long long long 8",), "lj/long/coul/long"),
        (("pair_style zero 5", "kspace_style pppm 1e-4"), "kspace_style pppm"),
        (("pair_style zero 5", "kspace_style none"), None),
        (("pair_style born/coul/dsf 0.2 8 10", "pair_coeff * * 1 1 1 1 1"), None),
        (("pair_style coul/wolf 0.2 8",), None),
    ],
)
def test_long_ranged_parts_are_known_by_their_names(
    commands: tuple[str, ...], word: str | None
) -> None:
    assert LammpsInteraction(commands).long_ranged == word


def test_commands_name_the_files_in_the_folder_that_they_were_placed_in(tmp_path: Path) -> None:
    interaction = lammps_interaction(["pair_style tersoff", "pair_coeff * * Si.tersoff Si"])
    interaction.place_files(tmp_path)
    commands = lammps_pair_commands(model_of(interaction), tmp_path)
    file = Path(commands[1].split()[3])
    assert file.parent == tmp_path
    assert file.is_file()
    with LammpsSession(pair_styles=["tersoff"]) as lmp:
        lmp.commands(["units metal", "region box block 0 9 0 9 0 9", "create_box 1 box"])
        lmp.commands(["mass 1 1.0", *commands])
