"""The same assertions on a GPU: run by ``pytest -m gpu``, and by scripts/benchmarks/gpu_check.sh.

This file imports nothing that a machine without LAMMPS, MDAnalysis or Hypothesis lacks.
"""

import time

import numpy as np
import pytest

from lmpmeso.backend import cuda_available, get_backend
from lmpmeso.elasticity import (
    HessianPlan,
    dipole_stiffness,
    dipole_stiffness_ensemble,
    factorise,
    lowest_modes,
)
from lmpmeso.elasticity.dipoles import choose_dipoles, measure
from lmpmeso.elasticity.linear_response import LinearResponse
from lmpmeso.errors import ResourceError, UnstableStructureError
from lmpmeso.models import get_model, model_names

from .networks import committed_glass, dense_kappa, glass_hessian, pseudo_inverse, spring_network

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not cuda_available(), reason="no GPU, or no CuPy"),
]


@pytest.mark.parametrize("method", ["selected", "dense", "solve"])
@pytest.mark.parametrize("name", model_names())
def test_all_pairs_agree_with_the_dense_inverse(name, method):
    hess = glass_hessian(name)
    found = dipole_stiffness(hess, method=method, device="cuda")
    assert found.attrs["device"] == "cuda"
    np.testing.assert_allclose(found["kappa"], dense_kappa(hess), rtol=1e-8)


@pytest.mark.parametrize(("leaf_size", "held"), [(5, None), (25, None), (40, 3)])
@pytest.mark.parametrize("name", ["ipl", "ipl2d", "sw"])
def test_order_and_held_particle_do_not_matter(name, leaf_size, held):
    hess = glass_hessian(name)
    dipoles, plan = choose_dipoles(hess, "all", 0), HessianPlan(hess, leaf_size, held)
    found = measure(
        LinearResponse(hess, get_backend("cuda"), plan=plan), dipoles, "selected", 0, 0.0
    )
    expected = dipole_stiffness(hess, method="selected", device="cpu")
    np.testing.assert_allclose(found["kappa"], expected["kappa"], rtol=1e-9)


@pytest.mark.parametrize("seed", range(12))
def test_any_network_agrees_with_the_dense_inverse(seed):
    rng = np.random.default_rng(seed)
    n, dimension = int(rng.integers(5, 400)), int(rng.integers(2, 4))
    hess = spring_network(n, dimension, rng.uniform(4, 20), seed)
    found = dipole_stiffness(hess, method="selected", device="cuda")
    np.testing.assert_allclose(found["kappa"], dense_kappa(hess), rtol=1e-8)


def test_larger_network_agrees_with_the_cpu():
    hess = spring_network(3000, 3, 16.0, seed=1)
    expected = dipole_stiffness(hess, method="selected", device="cpu")["kappa"]
    for method in ("selected", "dense"):
        found = dipole_stiffness(hess, method=method, device="cuda")["kappa"]
        np.testing.assert_allclose(found, expected, rtol=1e-8)


def test_solutions_are_those_of_the_pseudo_inverse():
    hess = glass_hessian("mblj")
    b = np.random.default_rng(0).normal(size=(hess.matrix.shape[0], 6))
    expected = pseudo_inverse(hess) @ b
    found = factorise(hess, "cuda").solve(b)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-10 * np.abs(expected).max())


def test_soft_modes_from_a_factor_on_the_gpu():
    hess = glass_hessian("ipl")
    expected = lowest_modes(hess, n_modes=5).eigenvalues
    found = lowest_modes(hess, n_modes=5, factor=factorise(hess, "cuda")).eigenvalues
    np.testing.assert_allclose(found, expected, rtol=1e-8)


def test_unstable_structure_is_refused_with_its_eigenvalue():
    from dataclasses import replace

    hess = glass_hessian("ipl")
    flipped = replace(hess, matrix=-hess.matrix)
    lowest = -np.linalg.eigvalsh(hess.matrix.toarray())[-1]
    with pytest.raises(UnstableStructureError, match="negative eigenvalue") as caught:
        dipole_stiffness(flipped, method="selected", device="cuda")
    assert caught.value.lowest_eigenvalue == pytest.approx(lowest, rel=1e-6)


def test_what_does_not_fit_is_refused(monkeypatch):
    backend = get_backend("cuda")
    monkeypatch.setattr(backend, "free_memory", lambda: 10**5)
    with pytest.raises(ResourceError, match="GiB"):
        factorise(glass_hessian("ipl"), backend)


def test_auto_chooses_the_gpu_and_says_so():
    table = dipole_stiffness(glass_hessian("ipl"))
    assert table.attrs["device"] == "cuda"
    assert "fastest by estimate" in table.attrs["why"]


def test_ensemble_in_order():
    glass, model = committed_glass("ipl"), get_model("ipl")
    glasses = [
        glass.with_positions(glass.positions_nc + k * 0.17 * glass.box_c, images_nc=None)
        for k in range(4)
    ]
    started = time.perf_counter()
    tables = list(dipole_stiffness_ensemble(glasses, model, device="cuda", processes=2))
    assert time.perf_counter() - started < 120
    for one, table in zip(glasses, tables, strict=True):
        alone = dipole_stiffness(one, model, device="cpu")
        np.testing.assert_allclose(table["kappa"], alone["kappa"], rtol=1e-8)
