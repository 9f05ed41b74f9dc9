"""LAMMPS data files: atom styles, sections, round trip, bad input, and LAMMPS as a witness."""

from dataclasses import replace

import numpy as np
import pytest

from lmpmeso.configurations import read_configuration, write_data
from lmpmeso.errors import AssumedAtomStyleWarning, ConfigurationError, ModelMismatchWarning
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
        ("amoeba", "{i} 7 {t} 0.25 {x}"),
        ("body", "{i} {t} 0 1.5 {x}"),
        ("bpm/sphere", "{i} 7 {t} 1.0 2.0 {x}"),
        ("dielectric", "{i} {t} 0 {x} 0 0 1 1 1 1 1 1"),
        ("dpd", "{i} {t} 0.5 {x}"),
        ("edpd", "{i} {t} 1.0 2.0 {x}"),
        ("electron", "{i} {t} 1 0 0.5 {x}"),
        ("line", "{i} 7 {t} 0 2.0 {x}"),
        ("mdpd", "{i} {t} 0.5 {x}"),
        ("peri", "{i} {t} 1.0 2.0 {x}"),
        ("smd", "{i} {t} 7 1.0 1.0 0.5 0.5 9 9 9 {x}"),
        ("sph", "{i} {t} 1.0 2.0 3.0 {x}"),
        ("spin", "{i} {t} {x} 0 0 1 2"),
        ("template", "{i} {t} 7 1 1 {x}"),
        ("tri", "{i} 7 {t} 0 2.0 {x}"),
        ("wavepacket", "{i} {t} 1 0 0.5 1 0 0 {x}"),
        ("atomic/kk", "{i} {t} {x}"),
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
    with pytest.warns(ModelMismatchWarning, match="lists Bonds, but model"):
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


def test_a_file_of_two_dimensions_is_told_from_a_system_that_is_too_small(read):
    flat = [[*row[:4], "0.5", *row[5:]] for row in regular_rows()]
    with pytest.raises(ConfigurationError, match=r"in one plane.*name a model of two dimensions"):
        read(data_text(flat).replace("0 6 zlo", "0 1 zlo"))


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


@pytest.mark.parametrize(
    ("style", "further"), [("hybrid", " 1 1 0"), ("hybrid", ""), ("tdpd", " 0.5")]
)
def test_styles_with_open_ends_give_their_first_five_columns(read, style, further):
    lines = [f"{i} {t} {x} {y} {z}{further} 0 0 1" for i, t, x, y, z in regular_rows()]
    configuration = read(data_text([[line] for line in lines], f"Atoms # {style}"))
    assert configuration.images_nc is None
    np.testing.assert_array_equal(configuration.positions_nc, [r[2:] for r in regular_rows()])


def test_eight_columns_without_a_style_are_assumed_to_end_with_flags_and_said_so(read):
    rows = [[*row, 1, 1, 0] for row in regular_rows()]
    with pytest.warns(AssumedAtomStyleWarning, match="Atoms # atomic"):
        assert read(data_text(rows, "Atoms")).images_nc is not None
    with pytest.raises(ConfigurationError, match="name the style"):
        read(data_text([[*row, 1] for row in regular_rows()], "Atoms"))
    with pytest.raises(ConfigurationError, match="'granulate' is no atom style"):
        read(data_text(rows, "Atoms # granulate"))


def test_comments_and_sections_that_are_not_known_are_passed_over(read):
    expected = read(data_text(regular_rows()))
    velocities = "\n".join(f"{k} 0.5 0 0 # v" for k in range(1, 178))
    extra = "\n".join(f"{k} 0.5" for k in range(1, 178))
    tail = (
        f"\nVelocities # of T = 1\n\n{velocities}\n\n# a comment\nd_mobility\n\n{extra}\n\n"
        f"i_flag # of a fix\n\n{extra}\n\nPair Coeffs # lj/cut\n\n1 1 1\n2 1 1\n"
    )
    found = read(data_text([[*row, "# O"] for row in regular_rows()], tail=tail))
    assert_same_state(found, expected, ["positions_nc", "species", "ids", "step"])
    np.testing.assert_array_equal(found.velocities_nc[:, 0], 0.5)


def test_labels_of_types_are_taken_in_atoms_and_masses(read):
    tail = "\nMasses\n\nS 1.0\nL 1.0\n"
    labels = ["", "Atom Type Labels", "", "1 S", "2 L"]
    rows = [[i, "SL"[t - 1], *x] for i, t, *x in regular_rows()]
    found = read(data_text(rows, header=labels, tail=tail))
    np.testing.assert_array_equal(found.species, [t - 1 for _, t, *_ in regular_rows()])
    with pytest.raises(ConfigurationError, match=r"column type of particle 1 is 'X'"):
        read(data_text([[i, "X", *x] for i, _, *x in regular_rows()], header=labels))


def test_edges_of_z_may_be_left_out_in_two_dimensions(read):
    rows = [[k + 1, 1 + k % 2, 1.0 * (k % 6), 1.0 * (k // 6), 0] for k in range(36)]
    text = data_text(rows, n=36).replace("0 6 zlo zhi\n", "")
    with pytest.warns(ModelMismatchWarning):
        assert read(text, "ipl2d").box_c.tolist() == [6, 6]
    with pytest.raises(ConfigurationError, match="zlo zhi"):
        read(text)


def test_masses_that_differ_by_rounding_are_the_same(read):
    read(data_text(regular_rows(), tail="\nMasses\n\n1 0.99999999974275566 # Ni\n2 1\n"))


@pytest.mark.parametrize("header", ["1.2e-15 -3e-16 0 xy xz yz", "1e-11 0 0 xy xz yz"])
def test_tilts_that_are_rounding_are_none(read, header):
    expected = read(data_text(regular_rows()))
    assert_same_state(read(data_text(regular_rows(), header=[header])), expected)
    general = "6 0 0 avec\n1e-15 6 0 bvec\n0 0 6 cvec\n0 0 0 abc origin"
    text = data_text(regular_rows(), header=[general])
    assert_same_state(read(text), expected)
    for tilted in ("1e-8 0 0 xy xz yz", "6 0 1 avec\n0 6 0 bvec\n0 0 6 cvec\n0 0 0 abc origin"):
        with pytest.raises(ConfigurationError, match="triclinic"):
            read(data_text(regular_rows(), header=[tilted]))


@pytest.mark.parametrize("words", ["a b c xy xz yz", "0 nan 0 xy xz yz", "0 1_0 0 xy xz yz"])
def test_a_tilt_that_is_no_number_is_refused(read, words):
    with pytest.raises(ConfigurationError, match="three lines"):
        read(data_text(regular_rows(), header=[words]))


@pytest.mark.parametrize("count", ["9" * 30, "9" * 5000])
def test_a_count_of_many_digits_is_refused(read, count):
    with pytest.raises(ConfigurationError, match="line 3: the number of atoms"):
        read(data_text(regular_rows(), n=count))
