"""The LAMMPS commands of a model, without running LAMMPS."""

from dataclasses import replace

import pytest

from lmpmeso.errors import ModelError
from lmpmeso.files.package_data import potential_file
from lmpmeso.models import (
    get_model,
    lammps_pair_commands,
    lammps_pair_style,
    model_names,
    sticky_spheres,
    stillinger_weber,
)
from lmpmeso.models.lammps_styles import lepton_expression
from lmpmeso.models.potentials import StillingerWeberPair
from lmpmeso.models.tables import TABLE_POINTS


@pytest.mark.parametrize(
    ("name", "style"),
    [
        ("ipl", "table"),
        ("ipl2d", "table"),
        ("ss-0.95", "table"),
        ("mblj", "lj/smooth/linear"),
        ("ka", "lj/cut"),
        ("sw", "sw"),
    ],
)
def test_the_native_style_is_preferred_to_a_table(name, style):
    assert lammps_pair_style(get_model(name)) == style
    assert lammps_pair_commands(get_model(name))[0].split()[:2] == ["pair_style", style]


@pytest.mark.parametrize("name", model_names())
def test_every_pair_of_types_gets_its_coefficients(name):
    model = get_model(name)
    commands = lammps_pair_commands(model)
    pairs = [tuple(c.split()[1:3]) for c in commands if c.startswith("pair_coeff")]
    expected = [("1", "1"), ("1", "2"), ("2", "2")] if model.n_species == 2 else [("*", "*")]
    assert pairs == expected


def test_tables_come_from_the_package_with_their_own_number_of_points():
    style, first, *_ = lammps_pair_commands(get_model("ss-0.70"))
    assert style == f"pair_style table spline {TABLE_POINTS}"
    assert first == f"pair_coeff 1 1 {potential_file('ss.table')} SMALL_SMALL"
    assert f"N {TABLE_POINTS} RSQ" in potential_file("ss.table").read_text()


def test_a_path_with_spaces_is_quoted_and_a_variable_is_not():
    assert '"my file"' in lammps_pair_commands(get_model("ipl"), "my file")[1]
    assert " ${dir}/ipl.table " in lammps_pair_commands(get_model("ipl"), "${dir}/ipl.table")[1]


def test_kob_andersen_is_shifted():
    assert lammps_pair_commands(get_model("ka"))[-1] == "pair_modify shift yes"


@pytest.mark.parametrize(
    "model",
    [
        sticky_spheres(0.6, 1.5),
        stillinger_weber(21.0),
        replace(get_model("ipl"), pair_potentials=get_model("ss").pair_potentials),
    ],
    ids=["other cut-off", "silicon", "potentials exchanged by hand"],
)
def test_a_packaged_file_of_other_potentials_is_never_used(model):
    with pytest.raises(ModelError, match=r"write_potential\(model, path\)"):
        lammps_pair_commands(model)


@pytest.mark.parametrize(
    ("name", "style", "message"),
    [
        ("ipl", "native", "no pair style of its own"),
        ("sw", "table", "three-body"),
        ("sw", "lepton", "three-body"),
        ("ipl", "spline", "unknown style"),
    ],
)
def test_impossible_styles_are_refused(name, style, message):
    with pytest.raises(ModelError, match=message):
        lammps_pair_commands(get_model(name), style=style)


def test_a_potential_without_an_expression_is_refused():
    with pytest.raises(ModelError, match="no lepton expression for StillingerWeberPair"):
        lepton_expression(StillingerWeberPair())
