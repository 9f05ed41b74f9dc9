"""Committed glasses of the models beyond the paper give the numbers they always gave.

scripts/studies/make_reference_configurations.py wrote the numbers after LAMMPS (energy, forces, stress, G by finite
strain) and dense linear algebra (κ_ij) had confirmed them.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from lmpmeso.configurations import read_configuration
from lmpmeso.elasticity import analyse
from lmpmeso.models import get_model

DATA = Path(__file__).parent / "data"
REFERENCE = json.loads((DATA / "further-reference.json").read_text())
CLOSED = [name for name in REFERENCE if get_model(name).lammps is None]
MEASURED = [name for name in REFERENCE if name not in CLOSED]


def compare(name: str, rel: float) -> None:
    model, expected = get_model(name), REFERENCE[name]
    glass = read_configuration(DATA / f"{name}.glass.dump.gz", model)
    found = analyse(glass, model)
    assert found.hessian.energy == pytest.approx(expected["energy"], rel=1e-11)
    assert dict(found.shear.planes) == pytest.approx(expected["shear_modulus_planes"], rel=rel)
    assert len(found.bonds) == expected["n_pairs"]
    assert found.bonds["kappa"].mean() == pytest.approx(expected["kappa_mean"], rel=rel)


@pytest.mark.parametrize("name", CLOSED)
def test_energy_kappa_and_shear_modulus_of_closed_forms(name):
    compare(name, 1e-9)


@pytest.mark.validate
@pytest.mark.parametrize("name", MEASURED)
def test_energy_kappa_and_shear_modulus_by_differences_of_forces(name):
    compare(name, 1e-5)


@pytest.mark.parametrize("name", REFERENCE)
def test_a_reference_was_confirmed_by_lammps_and_by_dense_algebra(name):
    agreement = REFERENCE[name]["agreement"]
    assert agreement["lammps_glass"]["force"] <= 1e-10
    assert agreement["lammps_shear_modulus"] <= 1e-4
    assert agreement["package_kappa"] <= 1e-9
    assert np.isfinite(REFERENCE[name]["energy"])
