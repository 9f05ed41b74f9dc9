"""The κ-field of particles, and the files that show it."""

import numpy as np
import pandas as pd
import pytest

from lmpmeso.configurations import read_configuration, write_dump, write_extxyz
from lmpmeso.elasticity import (
    LOCAL_STIFFNESSES,
    analyse,
    dipole_stiffness,
    kappa_field,
    local_stiffness,
    write_bonds,
)
from lmpmeso.errors import ConfigurationError
from lmpmeso.models import get_model

from .networks import committed_glass, glass_hessian


def test_field_is_the_mean_over_the_bonds_of_each_particle():
    bonds = pd.DataFrame({"i": [0, 0, 1], "j": [1, 2, 2], "kappa": [1.0, 3.0, 8.0]})
    np.testing.assert_allclose(kappa_field(bonds, 4), [2.0, 4.5, 5.5, np.nan])


def test_field_of_a_glass_is_between_its_softest_and_stiffest_bond():
    bonds = dipole_stiffness(glass_hessian("ipl"), device="cpu")
    field = kappa_field(bonds, glass_hessian("ipl").n_particles)
    assert np.isfinite(field).all()
    assert bonds["kappa"].min() < field.min() < field.max() < bonds["kappa"].max()
    first = bonds[(bonds["i"] == 0) | (bonds["j"] == 0)]["kappa"]
    assert field[0] == pytest.approx(first.mean(), rel=1e-13)


def test_tables_that_do_not_fit_are_refused():
    bonds = pd.DataFrame({"i": [0], "j": [9], "kappa": [1.0]})
    with pytest.raises(ConfigurationError, match="but there are 9 particles"):
        kappa_field(bonds, 9)
    with pytest.raises(ConfigurationError, match="kappa missing"):
        kappa_field(bonds.drop(columns="kappa"), 10)


@pytest.mark.parametrize("name", ["ipl", "ipl2d"])
def test_bonds_in_the_format_of_dump_local_give_every_digit_back(tmp_path, name):
    structure = committed_glass(name)
    bonds = dipole_stiffness(structure, get_model(name), pairs=30, device="cpu")
    path = tmp_path / "bonds.dump"
    write_bonds(path, bonds, structure)
    lines = path.read_text().splitlines()
    assert lines[:5] == [
        "ITEM: TIMESTEP",
        str(structure.step or 0),
        "ITEM: NUMBER OF ENTRIES",
        "30",
        "ITEM: BOX BOUNDS pp pp pp",
    ]
    assert lines[8] == "ITEM: ENTRIES index batom1 batom2 distance kappa"
    lengths = [float(line.split()[1]) - float(line.split()[0]) for line in lines[5:8]]
    np.testing.assert_allclose(lengths[: structure.dimension], structure.box_c, rtol=1e-15)
    index, i, j, distance, kappa = np.array([line.split() for line in lines[9:]], dtype=float).T
    np.testing.assert_array_equal(index, np.arange(1, 31))
    np.testing.assert_array_equal(i, structure.ids[bonds["i"]])
    np.testing.assert_array_equal(j, structure.ids[bonds["j"]])
    np.testing.assert_array_equal(distance, bonds["distance"])
    np.testing.assert_array_equal(kappa, bonds["kappa"])
    assert list(tmp_path.iterdir()) == [path]


def test_field_stands_beside_the_positions(tmp_path):
    structure, model = committed_glass("ipl"), get_model("ipl")
    field = kappa_field(dipole_stiffness(structure, model, device="cpu"), structure.n_particles)
    write_dump(tmp_path / "field.dump", structure, {"kappa": field})
    write_extxyz(tmp_path / "field.xyz", structure, model, per_particle={"kappa": field})
    again = read_configuration(tmp_path / "field.dump", model)
    np.testing.assert_array_equal(again.positions_nc, structure.positions_nc)
    header, *rows = (tmp_path / "field.dump").read_text().splitlines()[8:]
    column = header.split()[2:].index("kappa")
    np.testing.assert_array_equal([float(row.split()[column]) for row in rows], field)
    assert "kappa:R:1" in (tmp_path / "field.xyz").read_text().splitlines()[1]


def test_means_of_the_bonds_of_a_particle_are_ordered_and_equal_where_bonds_are():
    bonds = pd.DataFrame({"i": [0, 0, 1], "j": [1, 2, 2], "kappa": [1.0, 4.0, 16.0]})
    expected = {
        "arithmetic": [2.5, 8.5, 10.0],
        "geometric": [2.0, 4.0, 8.0],
        "harmonic": [1.6, 32 / 17, 6.4],
        "softest": [1.0, 1.0, 4.0],
    }
    for mean, values in expected.items():
        np.testing.assert_allclose(kappa_field(bonds, 4, mean), [*values, np.nan])
    with pytest.raises(ConfigurationError, match="'median'"):
        kappa_field(bonds, 4, "median")


@pytest.mark.parametrize("name", ["ipl", "ipl2d", "sw"])
def test_debye_waller_stiffness_is_that_of_the_pseudo_inverse(name):
    hessian = glass_hessian(name)
    inverse = np.linalg.pinv(hessian.matrix.toarray(), rcond=1e-10, hermitian=True)
    by_particle = np.diag(inverse).reshape(hessian.n_particles, -1).sum(axis=1)
    np.testing.assert_allclose(
        local_stiffness(analyse(hessian), ["debye-waller"])["debye-waller"],
        1.0 / by_particle,
        rtol=1e-9,
    )


def test_every_definition_of_local_stiffness_is_there_and_unknown_ones_are_refused():
    found = analyse(glass_hessian("ipl"), device="cpu")
    fields = local_stiffness(found)
    assert tuple(fields) == LOCAL_STIFFNESSES
    assert all(np.isfinite(field).all() and (field > 0).all() for field in fields.values())
    np.testing.assert_array_equal(fields["arithmetic"], found.field)
    assert (fields["softest"] <= fields["harmonic"]).all()
    assert (fields["harmonic"] <= fields["arithmetic"]).all()
    with pytest.raises(ConfigurationError, match="'median'"):
        local_stiffness(found, ["median"])
