"""Extended XYZ: exact round trip, files of other programs, bad input."""

from dataclasses import replace

import numpy as np
import pytest

from lmpmeso.configurations import (
    random_configuration,
    read_configuration,
    read_trajectory,
    write_extxyz,
)
from lmpmeso.errors import ConfigurationError
from lmpmeso.models import get_model
from tests.configurations.examples import assert_same_state, liquid, regular_rows


@pytest.mark.parametrize("model", ["ipl", "ipl2d", "sw", "mblj"])
@pytest.mark.parametrize("images", [True, False])
@pytest.mark.parametrize("name", ["a.xyz", "a.xyz.gz", "a.xyz.zst", "a.extxyz"])
def test_extended_xyz_round_trips_exactly(tmp_path, model, images, name):
    original = liquid(model, images=images, velocities=True)
    original = replace(original, origin_c=np.full(original.dimension, 0.1))
    write_extxyz(tmp_path / name, original, get_model(model), {"kappa": np.ones(120)})
    assert_same_state(original, read_configuration(tmp_path / name, model))


def test_several_frames_come_back_each_with_its_columns(tmp_path):
    first = liquid("ipl", images=True)
    frames = [replace(first, positions_nc=first.positions_nc + 0.01 * k, step=k) for k in range(3)]
    kappa = np.arange(3 * 120.0).reshape(3, 120)
    write_extxyz(tmp_path / "a.xyz", frames, get_model("ipl"), {"kappa": kappa})
    for k, frame in enumerate(frames):
        assert_same_state(frame, read_configuration(tmp_path / "a.xyz", "ipl", k))
    lines = (tmp_path / "a.xyz").read_text().splitlines()
    assert [float(lines[122 * k + 2].split()[-1]) for k in range(3)] == [0.0, 120.0, 240.0]
    with pytest.raises(ConfigurationError, match=r"shape \(3, 120\)"):
        write_extxyz(tmp_path / "b.xyz", frames, get_model("ipl"), {"kappa": kappa[0]})


def text(rows, comment):
    return f"{len(rows)}\n{comment}\n" + "".join(" ".join(map(str, row)) + "\n" for row in rows)


LATTICE = 'Lattice="6.0 0.0 0.0 0.0 6.0 0.0 0.0 0.0 6.0"'
PROPERTIES = "Properties=species:S:1:pos:R:3:forces:R:3"
ROWS = [[("small", "large")[t - 1], *x, 0, 0, 1] for _, t, *x in regular_rows()]


@pytest.fixture
def read(tmp_path):
    def read_text(content, model="ipl", frame=-1):
        (tmp_path / "a.xyz").write_text(content)
        return read_configuration(tmp_path / "a.xyz", model, frame)

    return read_text


def test_files_of_other_programs_are_read(read):
    configuration = read(text(ROWS, f'{LATTICE} {PROPERTIES} energy=-3 pbc="T T T"'))
    np.testing.assert_array_equal(configuration.positions_nc, [row[2:] for row in regular_rows()])
    np.testing.assert_array_equal(configuration.species, np.arange(177) % 2)
    assert configuration.images_nc is None
    numbered = [[t, *x] for _, t, *x in regular_rows()]
    assert_same_state(read(text(numbered, LATTICE)), configuration)


def test_frames_are_selected_by_index(read):
    several = "".join(text(ROWS, f"{LATTICE} {PROPERTIES} step={k}") for k in (5, 6, 7))
    assert [read(several, frame=k).step for k in (0, 1, -1)] == [5, 6, 7]
    with pytest.raises(ConfigurationError, match="no frame 3: the file has 3"):
        read(several, frame=3)


def test_bad_extended_xyz_is_named_by_line(read):
    good = text(ROWS, f"{LATTICE} {PROPERTIES}")
    for content, message in [
        (good.replace('"6.0 0.0', '"6.0 0.5'), "line 2: the box is triclinic"),
        (good.replace('"6.0 0.0', '"6.0'), "line 2: needs Lattice"),
        (good.replace("Prop", 'pbc="T T F" Prop'), "not periodic in z"),
        (good.replace("R:3:f", "R:x:f"), "line 2: cannot read Properties"),
        (good.replace("species:S:1", "tag:S:1"), "Properties need species or type"),
        (good.replace("\nlarge", "\nhuge", 1), "line 4: particle 2 is of species 'huge'"),
        (good.replace("\nlarge 0.25", "\nlarge nan", 1), "line 4: column x is 'nan'"),
        (good[:-9], "truncated"),
        (good[:-1], "truncated"),
        (good + "more\n", "line 180: expected a number of particles"),
    ]:
        with pytest.raises(ConfigurationError, match=message):
            read(content)


def test_columns_that_do_not_fit_are_not_written(tmp_path):
    for name, values in (("kappa", np.ones(5)), ("pos", np.ones(120)), ("a b", np.ones(120))):
        with pytest.raises(ConfigurationError):
            write_extxyz(tmp_path / "a.xyz", liquid(), get_model("ipl"), {name: values})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "pbc",
    [
        'pbc="T T T"', "pbc=[T, T, T]", 'pbc="true true true"', "pbc={T T T}", "PBC=[TRUE,True,1]",
        "pbc='T T T'", 'pbc = "T T T"', "pbc=T", '"pbc"="T T T"',
    ],
)  # fmt: skip
def test_every_way_to_say_that_a_box_is_periodic(read, pbc):
    assert read(text(ROWS, f"{LATTICE} {PROPERTIES} {pbc}")).n_particles == 177


@pytest.mark.parametrize(
    "lattice",
    [
        "Lattice=[[6, 0, 0], [0, 6, 0], [0, 0, 6]]", 'lattice="6 0 0 0 6 0 0 0 6"',
        "Lattice={6 0 0 0 6 0 0 0 6}", 'Lattice="6 3.6e-16 0 -1.2e-16 6 0 0 0 6"', '"Lattice" = "6 0 0 0 6 0 0 0 6"',
    ],
)  # fmt: skip
def test_every_way_to_write_a_lattice(read, lattice):
    assert read(text(ROWS, f"{lattice} {PROPERTIES}")).box_c.tolist() == [6, 6, 6]


def test_flags_that_are_not_understood_are_quoted(read):
    for pbc in ('pbc="T maybe T"', 'pbc="T T"'):
        with pytest.raises(ConfigurationError, match="pbc must be three of T and F, got 'T"):
            read(text(ROWS, f"{LATTICE} {PROPERTIES} {pbc}"))
    with pytest.raises(ConfigurationError, match="not periodic in y"):
        read(text(ROWS, f"{LATTICE} {PROPERTIES} pbc=[T, false, T]"))


@pytest.mark.parametrize("step", ["²", "9" * 20, "1.5", "-"])
def test_a_step_that_is_none_is_refused(read, step):
    with pytest.raises(ConfigurationError, match="line 2: step: "):
        read(text(ROWS, f"{LATTICE} {PROPERTIES} step={step}"))


@pytest.mark.parametrize("edge", ["inf", "nan", "1e999", "6_0"])
def test_a_lattice_of_what_is_no_number_is_refused(read, edge):
    with pytest.raises(ConfigurationError, match="line 2: needs Lattice"):
        read(text(ROWS, f'Lattice="{edge} 0 0 0 6 0 0 0 6" {PROPERTIES}'))


def test_a_comment_line_without_end_takes_no_time(read):
    for junk in ("a" * 90_000, " a={" * 20_000, "=" * 90_000, '"' * 90_000):
        assert read(text(ROWS, f"{LATTICE} {PROPERTIES} {junk}")).n_particles == 177
    with pytest.raises(ConfigurationError, match="a comment of"):
        read(text(ROWS, f"{LATTICE} {PROPERTIES} {'a' * 200_000}"))


def test_frames_with_images_make_a_trajectory(tmp_path):
    first = liquid("ipl", images=True)
    frames = [
        replace(first, positions_nc=first.positions_nc + 0.01 * k, step=10 * k) for k in range(3)
    ]
    write_extxyz(tmp_path / "a.xyz", frames, get_model("ipl"))
    run = read_trajectory(tmp_path / "a.xyz", "ipl", 0.005)
    np.testing.assert_array_equal(run.steps, [0, 10, 20])
    np.testing.assert_array_equal(run.positions_tnc[2], frames[2].unwrapped_positions())


def test_names_that_are_no_elements_are_types_and_come_back(tmp_path):
    ours = random_configuration(get_model("ipl2d"), 40, seed=1)
    write_extxyz(tmp_path / "a.xyz", ours, "ipl2d")
    head = (tmp_path / "a.xyz").read_text().splitlines()[1]
    assert "Properties=type:S:1:pos:R:3" in head
    back = read_configuration(tmp_path / "a.xyz", "ipl2d")
    assert (back.species == ours.species).all()
    # ASE adds symbols of its own.
    text = (tmp_path / "a.xyz").read_text().replace("Properties=", "Properties=species:S:1:")
    lines = text.splitlines(keepends=True)
    (tmp_path / "b.xyz").write_text("".join(lines[:2] + ["X " + line for line in lines[2:]]))
    back = read_configuration(tmp_path / "b.xyz", "ipl2d")
    assert (back.species == ours.species).all()
