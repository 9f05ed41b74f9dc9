"""ASE's Atoms hold the same particles, and give them back to the last bit."""

import dataclasses

import numpy as np
import pytest

from lmpmeso.configurations import from_ase, random_configuration, to_ase
from lmpmeso.errors import ConfigurationError
from lmpmeso.models import get_model


def liquid(name, n=400):
    model = get_model(name)
    plain = random_configuration(model, n, seed=3)
    rng = np.random.default_rng(4)
    return dataclasses.replace(
        plain,
        velocities_nc=rng.normal(size=plain.positions_nc.shape),
        images_nc=rng.integers(-2, 3, size=plain.positions_nc.shape),
        step=700,
    )


@pytest.mark.parametrize("name", ["ka", "ipl2d", "cuzr"])
def test_there_and_back_nothing_changes(name):
    ours = liquid(name)
    back = from_ase(to_ase(ours, name), name)
    for field in ("positions_nc", "species", "box_c", "origin_c", "ids", "images_nc"):
        np.testing.assert_array_equal(getattr(back, field), getattr(ours, field))
    np.testing.assert_allclose(back.velocities_nc, ours.velocities_nc, rtol=1e-14)
    assert (back.step, back.single_precision) == (700, False)


def test_symbols_are_elements_or_x_and_names_stand_beside():
    atoms = to_ase(liquid("cuzr"), "cuzr")
    assert set(atoms.symbols) == {"Cu", "Zr"}
    assert set(atoms.get_masses()) == {63.546, 91.224}
    atoms = to_ase(liquid("ipl2d"), "ipl2d")
    assert set(atoms.symbols) == {"X"}
    assert set(atoms.arrays["species_name"]) == {"small", "large"}


def test_atoms_of_another_program_are_read_by_their_symbols():
    atoms = to_ase(liquid("cuzr"), "cuzr")
    for name in ("species_name", "type", "id", "map_shift"):
        del atoms.arrays[name]
    assert (from_ase(atoms, "cuzr").species == liquid("cuzr").species).all()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda atoms: atoms.set_cell([[5, 1, 0], [0, 5, 0], [0, 0, 5]]), "skew"),
        (lambda atoms: atoms.set_cell(None), "no volume"),
        (lambda atoms: atoms.set_pbc([True, False, True]), "not periodic in y"),
    ],
)
def test_a_cell_that_is_no_periodic_box_is_refused(change, words):
    atoms = to_ase(liquid("ka"), "ka")
    change(atoms)
    with pytest.raises(ConfigurationError, match=words):
        from_ase(atoms, "ka")


def test_what_another_program_keeps_as_step_is_no_md_step():
    atoms = to_ase(liquid("ka"), "ka")
    for step, ours in (("relaxed", None), (0.5, None), (np.int64(7), 7)):
        atoms.info["step"] = step
        assert from_ase(atoms, "ka").step == ours
