"""LAMMPS data files: atom styles, sections, round trip, bad input, and LAMMPS as a witness."""

from dataclasses import replace

import numpy as np
import pytest

from lmpmeso.configurations import read_configuration, write_data
from lmpmeso.errors import ConfigurationError, ModelMismatchWarning
from lmpmeso.lammps.session import LammpsSession
from lmpmeso.models import get_model
from tests.configurations.examples import assert_same_state, liquid, regular_rows


def data_text(rows, atoms="Atoms # atomic", header=(), tail="", n=177):
    return "\n".join(
        [
            "LAMMPS data file via write_data, version 22 Jul 2025, timestep = 42, units = lj",
            "",
            f"{n} atoms",
            "2 atom types",
            "",
            *(f"0 6 {a}lo {a}hi" for a in "xyz"),
            *header,
            "",
            atoms,
            "",
            *(" ".join(map(str, row)) for row in rows),
            tail,
        ]
    )


@pytest.fixture
def read(tmp_path):
    def read_text(text, model="ipl"):
        (tmp_path / "a.data").write_text(text)
        return read_configuration(tmp_path / "a.data", model)

    return read_text


@pytest.mark.parametrize("model", ["ipl", "ipl2d", "sw"])
@pytest.mark.parametrize("images", [True, False])
@pytest.mark.parametrize("name", ["a.data", "a.data.gz"])
def test_data_files_round_trip_exactly(tmp_path, model, images, name):
    original = liquid(model, images=images, velocities=True)
    original = replace(original, origin_c=np.full(original.dimension, -0.1))
    write_data(tmp_path / name, original, get_model(model))
    assert_same_state(original, read_configuration(tmp_path / name, model))


@pytest.mark.parametrize(
    ("style", "columns"),
    [
        ("atomic", "{i} {t} {x}"),
        ("charge", "{i} {t} -1.5 {x}"),
        ("molecular", "{i} 7 {t} {x}"),
        ("full", "{i} 7 {t} 0.25 {x}"),
        ("sphere", "{i} {t} 1.0 2.0 {x}"),
        ("dipole", "{i} {t} 0 {x} 1 0 0"),
    ],
)
@pytest.mark.parametrize("flags", ["", " 1 0 -2"])
def test_every_atom_style_gives_the_same_particles(read, style, columns, flags):
    expected = read(data_text(regular_rows()))
    lines = [
        [columns.format(i=i, t=t, x=" ".join(map(str, x))) + flags] for i, t, *x in regular_rows()
    ]
    configuration = read(data_text(lines, f"Atoms  # {style}"))
    names = ["positions_nc", "species", "ids", "box_c", "step"]
    assert_same_state(configuration, expected, names)
    assert configuration.step == 42
    assert (configuration.images_nc is None) == (flags == "")
    if flags:
        np.testing.assert_array_equal(configuration.images_nc[17], [1, 0, -2])


def test_atomic_is_taken_without_a_hint_where_the_columns_fit(read):
    assert read(data_text(regular_rows(), "Atoms")).n_particles == 177
    with pytest.raises(ConfigurationError, match="name the style in the file"):
        read(data_text([[*row, 9] for row in regular_rows()], "Atoms"))


def test_velocities_belong_to_their_ids(read):
    tail = "\nVelocities\n\n" + "\n".join(f"{i} {i / 8} 0 -1" for i in range(177, 0, -1))
    configuration = read(data_text(regular_rows()[::-1], tail=tail))
    np.testing.assert_array_equal(configuration.velocities_nc[:, 0], np.arange(1, 178) / 8)
    with pytest.raises(ConfigurationError, match="ids in Velocities are not those in Atoms"):
        read(data_text(regular_rows(), tail=tail.replace("\n177 ", "\n176 ")))


def test_other_sections_and_comments_are_passed_over(read):
    tail = "\nBonds\n\n1 1 1 2  # a bond\n\nPair Coeffs # lj/cut\n\n1 1 1\n"
    rows = [[*row, "# here"] for row in regular_rows()]
    configuration = read(data_text(rows, header=["4 bonds", "0 0 0 xy xz yz"], tail=tail))
    assert_same_state(configuration, read(data_text(regular_rows())))


def test_masses_other_than_one_are_warned_of(read):
    masses = "\nMasses\n\n1 1.0\n2 39.95 # Ar\n"
    with pytest.warns(ModelMismatchWarning, match=r"mass 39\.95"):
        read(data_text(regular_rows(), tail=masses))


def test_a_density_far_off_or_a_small_box_is_noticed(read):
    text = data_text(regular_rows())
    with pytest.warns(ModelMismatchWarning, match=r"density 0\.7.*studied at 0\.82"):
        read(text.replace("0 6 xlo", "0 7 xlo"))
    with pytest.raises(ConfigurationError, match="shortest box edge, 4, is less than twice"):
        read(text.replace("0 6 xlo", "0 4 xlo"))


def test_bad_data_files_are_named_by_line(read):
    good = data_text(regular_rows())
    first = 12
    assert good.splitlines()[first - 1].startswith("1 1 ")
    for text, message in [
        (
            good.replace("\n3 1 0.25", "\n3 1 nan"),
            f"line {first + 2}: column x of particle 3 is 'nan'",
        ),
        (good.replace("\n3 1 0.25", "\n3 1"), f"line {first + 2}: 4 words"),
        (
            good.replace("\n3 1 0.25", "\n4 1 0.25"),
            f"id 4 occurs twice, in lines {first + 2} and {first + 3}",
        ),
        (data_text(regular_rows()[:-1]), "section Atoms has 176 lines, but the header says 177"),
        (good.replace("# atomic", "# perry"), "'perry' is no atom style"),
        (good.replace("# atomic", "# full"), "5 words, but atom style 'full' has 7 columns"),
        (good.replace("Atoms", "Bodies"), "no section Atoms; found Bodies"),
        (
            good.replace("0 6 ylo yhi", "0 six ylo yhi"),
            "line 8: the box must be given by three lines",
        ),
        (good.replace("0 6 ylo yhi", ""), "no line with ylo yhi"),
        (good.replace("\nAtoms", "0.5 0 0 xy xz yz\n\nAtoms"), "triclinic"),
        (good.replace("177 atoms", "0 atoms"), "no line '<N> atoms'"),
        (good + "\nMasses\n\n1 heavy\n", "Masses must hold 'type mass'"),
    ]:
        with pytest.raises(ConfigurationError, match=message):
            read(text)


def test_a_data_file_has_one_frame(tmp_path):
    write_data(tmp_path / "a.data", liquid(), get_model("ipl"))
    with pytest.raises(ConfigurationError, match="no frame 1: the file has 1"):
        read_configuration(tmp_path / "a.data", "ipl", frame=1)


@pytest.mark.parametrize("model", ["ipl", "ipl2d"])
def test_lammps_reads_and_writes_the_same_particles(tmp_path, model):
    original = liquid(model, velocities=True)
    write_data(tmp_path / "ours.data", original, get_model(model))
    with LammpsSession(accelerator="none") as session:
        session.commands(
            [
                "units lj",
                f"dimension {original.dimension}",
                "atom_style atomic",
                f"read_data {tmp_path}/ours.data",
                f"write_data {tmp_path}/theirs.data",
            ]
        )
    theirs = read_configuration(tmp_path / "theirs.data", model)
    assert_same_state(original, theirs, ["species", "box_c", "origin_c", "ids", "images_nc"])
    # LAMMPS writes 16 decimals after the point of %20.16g numbers.
    np.testing.assert_allclose(theirs.positions_nc, original.positions_nc, rtol=1e-15, atol=1e-15)
    np.testing.assert_allclose(theirs.velocities_nc, original.velocities_nc, rtol=1e-15, atol=1e-15)
