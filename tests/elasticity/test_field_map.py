import numpy as np
import pandas as pd
import pytest

from lmpmeso.configurations import configuration_from_arrays
from lmpmeso.elasticity import kappa_field, planar_bonds, slice_of_field
from lmpmeso.errors import ConfigurationError
from lmpmeso.models import get_model


def bonds_of(i, j, kappa):
    return pd.DataFrame({"i": i, "j": j, "distance": 1.0, "kappa": kappa})


def test_slice_holds_the_particles_near_the_middle_plane_with_their_kappa():
    model = get_model("ipl")
    positions_nc = np.array([[1.0, 2.0, 4.7], [3.0, 1.0, 5.4], [2.0, 2.0, 6.2], [5.0, 5.0, -5.1]])
    structure = configuration_from_arrays(positions_nc, np.array([0, 1, 0, 1]), np.full(3, 10.0))
    bonds = bonds_of([0, 0, 1, 2], [1, 2, 3, 3], [1.0, 3.0, 5.0, 7.0])
    table = slice_of_field(structure, model, bonds)
    assert table["x"].tolist() == [1.0, 5.0, 3.0], "from low to high z, wrapped into the box"
    assert table["diameter"].tolist() == [1.0, 1.4, 1.4]
    assert table["kappa"].tolist() == kappa_field(bonds, 4)[[0, 3, 1]].tolist()


def test_a_slice_is_one_particle_spacing_thick_where_lengths_are_in_angstroms():
    model = get_model("cuzr")
    heights = np.array([-0.49, 0.49, 0.51]) * model.a0 + 10.0
    positions_nc = np.column_stack([[1.0, 4.0, 7.0], np.zeros(3), heights])
    structure = configuration_from_arrays(positions_nc, np.array([0, 1, 0]), np.full(3, 20.0))
    table = slice_of_field(structure, model, bonds_of([0, 1], [1, 2], [1.0, 3.0]))
    assert table["x"].tolist() == [1.0, 4.0]


def test_bonds_of_a_plane_take_the_short_way_across_the_edge():
    structure = configuration_from_arrays(
        np.array([[0.5, 2.0], [9.5, 2.5]]), np.array([0, 0]), np.array([10.0, 8.0])
    )
    table = planar_bonds(structure, bonds_of([0], [1], [2.0]))
    assert table.iloc[0].tolist() == pytest.approx([0.5, 2.0, -1.0, 0.5, 2.0])


def test_bonds_are_not_drawn_of_three_dimensions():
    structure = configuration_from_arrays(np.zeros((1, 3)), np.array([0]), np.full(3, 10.0))
    with pytest.raises(ConfigurationError, match="two-dimensional"):
        planar_bonds(structure, bonds_of([], [], []))
