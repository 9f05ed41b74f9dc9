"""The response to the dipole of the pair that a mode stretches most."""

import numpy as np
import pytest

from lmpmeso.elasticity import factorise
from lmpmeso.elasticity.dipole_response import response_like
from lmpmeso.hessians import hessian, interacting_pairs
from lmpmeso.models import get_model
from tests.elasticity.glasses import glass


@pytest.fixture(scope="module")
def hess():
    return hessian(glass("ipl2d"), get_model("ipl2d"))


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_the_response_to_a_dipole_leads_back_to_that_dipole_whatever_its_sign(hess, sign):
    factor = factorise(hess)
    rng = np.random.default_rng(0)
    structure, model = glass("ipl2d"), get_model("ipl2d")
    pairs = interacting_pairs(structure, model)
    chosen = int(rng.integers(len(pairs.i)))
    force_nc = np.zeros_like(structure.positions_nc)
    normal = pairs.vectors_pc[chosen] / pairs.distances_p[chosen]
    force_nc[pairs.j[chosen]], force_nc[pairs.i[chosen]] = normal / 2**0.5, -normal / 2**0.5
    wanted_nc = sign * factor.solve(force_nc.ravel()).reshape(force_nc.shape)
    response_nc, found_nc = response_like(wanted_nc, hess, factor)
    assert found_nc == pytest.approx(sign * force_nc, abs=1e-12)
    assert response_nc == pytest.approx(wanted_nc, rel=1e-8, abs=1e-10 * np.abs(wanted_nc).max())


def test_the_response_balances_its_dipole(hess):
    factor = factorise(hess)
    mode_nc = np.random.default_rng(1).normal(size=(hess.n_particles, 2))
    response_nc, force_nc = response_like(mode_nc, hess, factor)
    assert (hess.matrix @ response_nc.ravel()).reshape(force_nc.shape) == pytest.approx(
        force_nc, abs=1e-9
    )
    assert np.sum(force_nc**2) == pytest.approx(1.0)
    assert np.sum(response_nc * mode_nc) >= 0.0
