"""Potentials given as tables: a table of a packaged model gives its κ back, and damaged ones are refused."""

import re
from pathlib import Path

import numpy as np
import pytest

from lmpmeso.configurations import read_configuration
from lmpmeso.elasticity import dipole_stiffness, shear_modulus
from lmpmeso.errors import ModelError
from lmpmeso.models import get_model, read_model
from lmpmeso.models.derivative_check import derivative_checks
from lmpmeso.models.tables import closest_distance, table_text
from lmpmeso.models.tabulated import read_table

from .own_models import IPL, written

DATA = Path(__file__).parents[1] / "data"
N_POINTS = 2000


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """The table of ipl."""
    path = tmp_path_factory.mktemp("tables") / "ipl.table"
    path.write_text(table_text(get_model("ipl"), N_POINTS))
    return path


def morse_table(path, r, spacing="", slopes=True, head="MORSE"):
    """A table of a Morse potential at distances r, which changes its sign."""
    x = np.exp(-4.0 * (r - 1.2))
    energy, force, curvature = x * x - 2 * x, 8.0 * (x * x - x), 64.0 * x * x - 32.0 * x
    ends = f" FPRIME {-curvature[0]:.17g} {-curvature[-1]:.17g}" if slopes else ""
    rows = "".join(
        f"{k} {a:.17g} {b:.17g} {c:.17g}\n"
        for k, (a, b, c) in enumerate(zip(r, energy, force, strict=True), start=1)
    )
    path.write_text(f"# a comment\n\n{head}\nN {len(r)}{spacing}{ends}\n\n{rows}")
    return path


def test_a_table_of_ipl_read_back_gives_its_stiffnesses_and_its_modulus(table, tmp_path):
    text = IPL[: IPL.index("[pair]")] + (
        '[pair]\ntable = "ipl.table"\ndiameter = "size"\n[pair.constants]\n'
        "size = { small-small = 1.0, small-large = 1.18, large-large = 1.4 }\n"
    )
    (tmp_path / "ipl.table").write_text(table.read_text())
    for a, b in (("small", "small"), ("small", "large"), ("large", "large")):
        section = f"{a}_{b}".upper()
        text += f'[pair.between.{a}-{b}]\nsection = "{section}"\n'
    model, packaged = read_model(written(tmp_path, text)), get_model("ipl")
    glass = read_configuration(DATA / "ipl.glass.dump.gz", packaged)
    ours, theirs = (dipole_stiffness(glass, m, pairs=40) for m in (model, packaged))
    np.testing.assert_allclose(ours["kappa"], theirs["kappa"], rtol=1e-6)
    assert shear_modulus(glass, model).value == pytest.approx(
        shear_modulus(glass, packaged).value, rel=1e-6
    )


def test_what_is_written_is_read_back(table):
    for a, b, phi in get_model("ipl").species_pairs():
        name = ["SMALL_SMALL", "SMALL_LARGE", "LARGE_LARGE"][a + b]
        read = read_table(table, name, diameter=phi.diameter)
        r = np.linspace(0.8 * phi.diameter, 0.99 * phi.cutoff, 57)
        size = np.abs(phi.derivatives(r[:1], 2)).ravel()
        for k, (ours, theirs) in enumerate(
            zip(read.derivatives(r, 2), phi.derivatives(r, 2), strict=True)
        ):
            np.testing.assert_allclose(ours, theirs, atol=1e-8 * size[k], rtol=0)


@pytest.mark.parametrize("spacing", ["", " R 0.8 3.0", " RSQ 0.8 3.0"])
@pytest.mark.parametrize("slopes", [True, False])
def test_all_kinds_of_tables_are_read(spacing, slopes, tmp_path):
    r = np.linspace(0.8, 3.0, 400)
    if "RSQ" in spacing:
        r = np.sqrt(np.linspace(0.8**2, 3.0**2, 400))
    phi = read_table(morse_table(tmp_path / "morse.table", r, spacing, slopes))
    assert (phi.cutoff, phi.begins) == (3.0, 0.8)
    assert phi.diameter == pytest.approx(1.2 - np.log(2) / 4, abs=0.01)
    x = np.exp(-4.0 * (np.array([1.111, 2.0]) - 1.2))
    energy, slope, curvature = phi.derivatives(np.array([1.111, 2.0]), 2)
    np.testing.assert_allclose(energy, x * x - 2 * x, atol=1e-8)
    np.testing.assert_allclose(slope, 8 * (x - x * x), atol=1e-6)
    np.testing.assert_allclose(curvature, 64 * x * x - 32 * x, atol=1e-3)
    assert all(check.passed for check in derivative_checks(phi, 3))


@pytest.mark.parametrize("begins", [0.83, 0.87, 0.91, 0.97, 1.0, 1.01])
def test_a_table_that_begins_late_can_be_written_again_for_lammps(begins, tmp_path):
    path = morse_table(tmp_path / "morse.table", np.linspace(begins, 3.0, 400))
    (tmp_path / "mine.toml").write_text(
        'density = 0.8\n[[species]]\nname = "A"\n[pair]\ntable = "morse.table"\nsection = "MORSE"\n'
    )
    assert closest_distance(read_table(path)) == begins
    model = read_model(tmp_path / "mine.toml")
    (tmp_path / "again.table").write_text(table_text(model))
    again = read_table(tmp_path / "again.table")
    assert again.begins == begins
    derivative_checks(again)


def test_particles_closer_than_the_table_begins_are_an_error(table):
    phi = read_table(table, "SMALL_SMALL", diameter=1.0)
    with pytest.raises(ModelError, match=r"0\.4 apart, but the potential's table begins at 0\.5"):
        phi.derivatives(np.array([0.4, 1.0]))


def test_a_table_may_end_earlier_and_be_smoothed_there(table):
    phi = read_table(table, "LARGE_LARGE", cutoff=1.7, diameter=1.4, shift="smooth-2")
    end = np.array([np.nextafter(1.7, 0)])
    assert phi.cutoff == 1.7
    np.testing.assert_allclose([v[0] for v in phi.derivatives(end, 2)], 0.0, atol=1e-12)


def test_the_numbers_of_a_table_are_its_identity_and_its_words_are_not(table, tmp_path):
    first = read_table(table, "SMALL_SMALL", diameter=1.0)
    (tmp_path / "copy.table").write_text("# another comment\n" + table.read_text())
    assert read_table(tmp_path / "copy.table", "SMALL_SMALL", diameter=1.0) == first
    changed = re.sub(
        r"(\n700 \S+ )(\S+)",
        lambda m: f"{m[1]}{float(m[2]) * (1 + 1e-6)!r}",
        table.read_text(),
        count=1,
    )
    (tmp_path / "copy.table").write_text(changed)
    assert read_table(tmp_path / "copy.table", "SMALL_SMALL", diameter=1.0).digest != first.digest


@pytest.mark.parametrize("column", [2, 3])
def test_a_damaged_row_far_inside_the_core_is_refused(column, table, tmp_path):
    lines = table.read_text().splitlines()
    row = next(k for k, line in enumerate(lines) if line.startswith("30 "))
    words = lines[row].split()
    assert float(words[1]) < 0.6
    words[column] = repr(-3.0 * float(words[column]))
    lines[row] = " ".join(words)
    (tmp_path / "damaged.table").write_text("\n".join(lines) + "\n")
    with pytest.raises(ModelError, match=r"where other rows agree: is a row damaged\?"):
        read_table(tmp_path / "damaged.table", "SMALL_SMALL", diameter=1.0)


def test_forces_of_the_wrong_sign_are_refused(table, tmp_path):
    def other_sign(match):
        return f"{match[1]} {-float(match[2])!r}\n"

    wrong = tmp_path / "wrong.table"
    wrong.write_text(
        re.sub(r"(\n\d+ \S+ \S+) (\S+)(?=\n)", lambda m: other_sign(m)[:-1], table.read_text())
    )
    with pytest.raises(ModelError, match="wrong sign"):
        read_table(wrong, "SMALL_SMALL", diameter=1.0)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: "", "holds no table"),
        (lambda text: "MORSE\n", "holds no table"),
        (lambda text: text.replace("N 400", "N 401"), "400 rows of 4 numbers where N = 401"),
        (lambda text: text.replace("N 400", "M 400"), "no table of LAMMPS"),
        (lambda text: text.replace("N 400", "N many"), "no table of LAMMPS"),
        (lambda text: text[: len(text) // 2], "no table of LAMMPS"),
        (lambda text: re.sub(r"\n200 (\S+) \S+ ", r"\n200 \1 nan ", text), "no finite number"),
        (lambda text: re.sub(r"\n200 \S+ ", "\n200 0.9 ", text), "r increasing"),
        (lambda text: re.sub(r"\n200 \S+ \S+ \S+", "\n200 1.0", text), "no table of LAMMPS"),
    ],
)
def test_a_damaged_table_is_refused(change, words, tmp_path):
    path = morse_table(tmp_path / "morse.table", np.linspace(0.8, 3.0, 400))
    path.write_text(change(path.read_text()))
    with pytest.raises(ModelError, match=words):
        read_table(path)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"section": "OTHER"}, "has no section 'OTHER'; it has SMALL_SMALL, SMALL_LARGE"),
        ({}, "has no section None; it has SMALL_SMALL"),
        ({"section": "SMALL_SMALL"}, "do not change their sign"),
        ({"section": "SMALL_SMALL", "diameter": 1.0, "cutoff": 2.0}, "before the cut-off 2"),
        ({"section": "SMALL_SMALL", "diameter": 2.0}, "larger than the cut-off"),
    ],
)
def test_what_a_table_has_not_is_told(options, words, table):
    with pytest.raises(ModelError, match=words):
        read_table(table, **options)


def test_a_table_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ModelError, match="there is no table"):
        read_table(tmp_path / "none.table")
