"""The Hessian, forces and stress of every model against LAMMPS with the exact pair styles.

LAMMPS's ``dynamical_matrix`` (PHONON package) differentiates its own forces numerically.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from lmpmeso.configurations import Configuration
from lmpmeso.hessians import hessian
from lmpmeso.lammps.session import LammpsSession
from lmpmeso.models import get_model, lammps_pair_commands, write_potential
from tests.hessians.conftest import SIZES

Sample = Callable[[str], Configuration]
STEP = 1e-6


@pytest.mark.parametrize("name", SIZES)
def test_dynamical_matrix_of_lammps_is_the_hessian(
    sample: Sample, name: str, tmp_path: Path
) -> None:
    configuration, model = sample(name), get_model(name)
    n, d = configuration.n_particles, configuration.dimension
    native = name in ("sw", "mblj", "ka")
    file = write_potential(model, tmp_path) if name == "sw" else None
    with LammpsSession(accelerator="none") as lammps:
        lammps.set_configuration(configuration, model)
        lammps.commands(lammps_pair_commands(model, file, style="native" if native else "lepton"))
        stress_cc = lammps.virial_stress()
        energy, forces_nc = lammps.potential_energy(), lammps.forces()[:, :d]
        lammps.command(f"dynamical_matrix all regular {STEP} file {tmp_path / 'matrix'} binary yes")
    by_lammps = np.fromfile(tmp_path / "matrix").reshape(n, 3, n, 3)[:, :d, :, :d]
    h = hessian(configuration, model)
    matrix = h.matrix.toarray()
    assert energy == pytest.approx(h.energy, rel=1e-13)
    np.testing.assert_allclose(forces_nc, h.forces_nc, atol=1e-13 * h.max_force)
    np.testing.assert_allclose(stress_cc, h.stress_cc, atol=1e-13 * np.abs(h.stress_cc).max())
    np.testing.assert_allclose(
        by_lammps.reshape(matrix.shape), matrix, atol=1e-9 * np.abs(matrix).max()
    )
