"""Potential files: what is committed is what the code writes, and what it writes is φ."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lmpmeso.errors import ModelError
from lmpmeso.files.package_data import potential_file
from lmpmeso.models import (
    PACKAGED,
    get_model,
    model_names,
    potential_file_name,
    sticky_spheres,
    stillinger_weber,
    write_potential,
)
from lmpmeso.models.tables import TABLE_POINTS, sw_text, table_section, table_text

PAIR_MODELS = [name for name in model_names() if get_model(name).three_body is None]


def sections(text: str) -> dict[str, tuple[list[str], np.ndarray]]:
    """{keyword: (parameter words, rows)} of a LAMMPS table."""
    found = {}
    for block in re.split(r"\n\n(?=[A-Z]\w*\n)", text)[1:]:
        keyword, parameters, _, *rows = block.splitlines()
        found[keyword] = (parameters.split(), np.array([row.split() for row in rows], dtype=float))
    return found


@pytest.mark.parametrize("name", PACKAGED.values())
def test_the_committed_file_is_what_the_code_writes(name, tmp_path):
    model = get_model(name)
    written = write_potential(model, tmp_path)
    committed = potential_file(potential_file_name(model))
    assert written.name == committed.name
    if model.three_body is not None:
        assert written.read_text() == committed.read_text()
        return
    new, old = sections(written.read_text()), sections(committed.read_text())
    assert list(new) == list(old) == ["SMALL_SMALL", "SMALL_LARGE", "LARGE_LARGE"]
    for keyword, (parameters, rows) in new.items():
        assert parameters[:5] == old[keyword][0][:5]
        np.testing.assert_allclose(rows, old[keyword][1], rtol=1e-12, atol=1e-10)
    assert (
        written.read_text().partition("\nSMALL")[0] == committed.read_text().partition("\nSMALL")[0]
    )


def test_committed_files_are_all_known():
    folder = potential_file("ipl.table").parent
    files = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
    assert files == {potential_file_name(get_model(name)) for name in PACKAGED.values()}


def test_two_and_three_dimensional_inverse_power_laws_share_a_file():
    assert potential_file_name(get_model("ipl")) == potential_file_name(get_model("ipl2d"))
    same = [table_text(get_model(name), 5).split("\n\n", 1)[1] for name in ("ipl", "ipl2d")]
    assert same[0] == same[1]


@pytest.mark.parametrize("name", PAIR_MODELS)
def test_a_table_holds_energy_and_force_at_evenly_spaced_squares(name):
    model = get_model(name)
    found = sections(table_text(model, 301))
    assert len(found) == 3
    for a, b, potential in model.species_pairs():
        parameters, rows = found[table_section(model, a, b)]
        assert parameters[:3] == ["N", "301", "RSQ"]
        index, r, energy, force = rows.T
        np.testing.assert_array_equal(index, np.arange(1, 302))
        np.testing.assert_allclose(np.diff(r**2), np.diff(r**2)[0], rtol=1e-10)
        assert float(parameters[3]) == pytest.approx(r[0], rel=1e-14)
        assert float(parameters[4]) == potential.cutoff
        assert r[0] <= 0.5 * potential.diameter
        phi, slope, curvature = potential.derivatives(np.minimum(r, r[-1] * (1 - 1e-15)), 2)
        np.testing.assert_allclose(energy[:-1], phi[:-1], rtol=1e-11, atol=1e-10)
        np.testing.assert_allclose(force[:-1], -slope[:-1], rtol=1e-11, atol=1e-9)
        assert float(parameters[6]) == pytest.approx(-curvature[0], rel=1e-10)


def test_the_last_row_is_the_limit_from_inside():
    rows = sections(table_text(get_model("ka"), 50))["A_A"][1]
    slope = 24 * (2.5**-7 - 2 * 2.5**-13)
    assert rows[-1, 2] == pytest.approx(0.0, abs=1e-15)
    assert rows[-1, 3] == pytest.approx(-slope, rel=1e-12)


def test_the_header_says_what_the_file_is_and_how_to_use_it():
    first, *rest = table_text(get_model("ss")).splitlines()
    assert first.startswith("# UNITS: lj")
    assert "'ss'" in first
    assert f"#   pair_style table spline {TABLE_POINTS}" in rest
    assert "#   pair_coeff 1 2 FILE SMALL_LARGE" in rest


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (sticky_spheres(0.8), "ss.table"),
        (sticky_spheres(0.6, 1.5), "ss-xc1.5.table"),
        (stillinger_weber(21.0), "sw-21.sw"),
        (get_model("mblj"), "mblj.table"),
    ],
    ids=lambda x: getattr(x, "name", x),
)
def test_files_are_named_after_the_interaction(model, name, tmp_path):
    assert write_potential(model, tmp_path, 10) == tmp_path / name


def test_a_file_is_written_where_it_is_asked_for_and_nothing_else_is_left(tmp_path):
    target = tmp_path / "mine.table"
    assert write_potential(get_model("ipl"), str(target), 10) == target
    assert [path.name for path in tmp_path.iterdir()] == ["mine.table"]


def test_a_failed_write_leaves_the_old_file(tmp_path):
    target = Path(tmp_path / "ipl.table")
    target.write_text("old")
    with pytest.raises(ModelError, match="at least 2 points"):
        write_potential(get_model("ipl"), target, 1)
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_stillinger_weber_parameters_are_those_of_the_paper():
    words = sw_text(get_model("sw")).splitlines()[-1].split()
    assert words[:3] == ["Si"] * 3
    assert [float(w) for w in words[3:]] == [
        1.0, 1.0, 1.8, 18.75, 1.2, -1 / 3, 7.049556277, 0.6022245584, 4.0, 0.0, 0.0,
    ]  # fmt: skip


def test_a_three_body_term_is_not_forced_into_a_table():
    with pytest.raises(ModelError, match="three-body term"):
        table_text(get_model("sw"))


def test_a_pair_model_has_no_stillinger_weber_file():
    with pytest.raises(ModelError, match="not a Stillinger-Weber model"):
        sw_text(get_model("ipl"))


def test_two_and_three_body_terms_of_different_range_are_refused():
    model = get_model("sw")
    assert model.three_body is not None
    mixed = replace(model, three_body=replace(model.three_body, a=1.7))
    with pytest.raises(ModelError, match="must be equal"):
        sw_text(mixed)
