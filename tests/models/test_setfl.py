"""Files of embedded-atom potentials: what is read, and what is wrong with those that are not."""

import hashlib

import numpy as np
import pytest

from lmpmeso.errors import ModelError
from lmpmeso.models.potential_files import find_potential_file
from lmpmeso.models.setfl import read_potential_tables

from .embedded_atoms import CUTOFF, density, embedding, pair, write_setfl

NODES = 41
RHO, R = np.linspace(0.0, 12.0, NODES), np.linspace(0.0, CUTOFF, NODES)


@pytest.mark.parametrize("ending", ["eam.alloy", "eam.fs"])
def test_everything_in_a_file_is_read_as_written(tmp_path, ending):
    path = write_setfl(tmp_path / f"x.{ending}", 3, NODES)
    tables = read_potential_tables(path)
    assert [(e.name, e.mass) for e in tables.elements] == [("Aa", 10), ("Bb", 11), ("Cc", 12)]
    assert tables.elements[1].neighbour_distance == pytest.approx(1.2)
    assert (tables.style, tables.units, tables.cutoff) == (ending.replace(".", "/"), "metal", 2.2)
    assert tables.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    for e in range(3):
        np.testing.assert_array_equal(tables.embedding_em[e], embedding(e, RHO))
        for f in range(3):
            of = f if ending == "eam.fs" else e
            np.testing.assert_array_equal(tables.density_efm[e, f], density(e, of, R))
            low, high = sorted((e, f))
            np.testing.assert_array_equal(tables.pair_efm[e, f], pair(high, low, R))


def test_a_file_of_one_element_gives_the_pair_energy_by_its_charges():
    path = find_potential_file("Cu_u3.eam")
    tables = read_potential_tables(path)
    assert tables.elements[0].name == "Cu"
    assert tables.elements[0].mass == 63.55
    third_charge = float(path.read_text().split("\n")[103].split()[2])
    assert tables.pair_efm[0, 0, 2] == pytest.approx(27.2 * 0.529 * third_charge**2)


def test_a_file_without_lattice_constant_has_no_neighbour_distance(tmp_path):
    path = write_setfl(tmp_path / "x.eam.fs", 1, NODES)
    path.write_text(path.read_text().replace("1.1 sc", "0 none"))
    assert np.isnan(read_potential_tables(path).elements[0].neighbour_distance)


@pytest.mark.parametrize("part", [0.02, 0.3, 0.6, 0.95])
def test_a_file_cut_short_is_refused_with_what_is_missing(tmp_path, part):
    path = write_setfl(tmp_path / "x.eam.fs", 2, NODES)
    lines = path.read_text().splitlines()
    path.write_text("\n".join(lines[: int(part * len(lines))]))
    with pytest.raises(ModelError, match=r"x\.eam\.fs: the file ends before .*cut short"):
        read_potential_tables(path)


def broken(text, what):
    """The text of a sound file of eam/fs with one fault."""
    lines = text.splitlines()
    match what:
        case "word":
            lines[20] = lines[20].replace("0", "zero", 1)
        case "nan":
            lines[20] = " ".join(["nan", *lines[20].split()[1:]])
        case "elements":
            lines[3] = "3 Aa Bb"
        case "nodes":
            lines[4] = lines[4].replace("41", "many", 1)
        case "few":
            lines[4] = lines[4].replace("41", "3", 1)
        case "more":
            lines[14] += " 1.0"
        case "mass":
            lines[5] = "1 -5 3.6 fcc"
        case "spacing":
            lines[4] = "41 0 41 0.055 2.2"
        case "rest":
            lines.append("1.0 2.0")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("word", r"line 21: '.*zero.*' is no finite number"),
        ("nan", r"no finite number"),
        ("elements", r"line 4: 3 elements are announced, 2 are named: Aa Bb"),
        ("nodes", r"line 5: 'many' is no whole number"),
        ("few", r"line 5: at least 5 nodes"),
        ("more", r"line 15: F of Aa has 41 values by the head of the file, there are more"),
        ("mass", r"line 6: the mass of Aa is -5"),
        ("spacing", r"line 5: .*positive spacings"),
        ("rest", r"goes on after its last table.*try eam/alloy"),
    ],
)
def test_a_wrong_file_is_refused_with_its_fault_and_line(tmp_path, what, message):
    path = write_setfl(tmp_path / "x.eam.fs", 2, NODES)
    path.write_text(broken(path.read_text(), what))
    with pytest.raises(ModelError, match=message):
        read_potential_tables(path)


@pytest.mark.parametrize(("written", "read"), [("eam.fs", "eam/alloy"), ("eam.alloy", "eam/fs")])
def test_a_file_of_the_other_format_is_refused(tmp_path, written, read):
    path = write_setfl(tmp_path / f"x.{written}", 2, NODES)
    with pytest.raises(ModelError, match=r"x\.eam"):
        read_potential_tables(path, read)


def test_a_file_whose_name_does_not_tell_its_format_needs_it_said(tmp_path):
    path = write_setfl(tmp_path / "x.eam.fs", 1, NODES).rename(tmp_path / "potential.txt")
    with pytest.raises(ModelError, match="does not say the format"):
        read_potential_tables(path)
    assert read_potential_tables(path, "eam/fs").style == "eam/fs"
    with pytest.raises(ModelError, match=r"no such format: 'meam'; known are eam, eam/alloy"):
        read_potential_tables(path, "meam")


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ModelError, match=r"gone\.eam\.fs cannot be read: No such file"):
        read_potential_tables(tmp_path / "gone.eam.fs")
