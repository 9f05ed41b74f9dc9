"""κ_ij: against the definition with dense algebra, between the methods, and under every choice."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.sparse.linalg import cg

from lmpmeso.backend import LapackBackend
from lmpmeso.configurations import Configuration, configuration_from_arrays
from lmpmeso.elasticity import HessianPlan, dipole_stiffness, lowest_modes
from lmpmeso.elasticity.dense_inverse import dense_memory
from lmpmeso.elasticity.dipoles import BOND_UNITS, choose_dipoles, measure
from lmpmeso.elasticity.linear_response import LinearResponse
from lmpmeso.errors import ConfigurationError, ResourceError, UnstableStructureError
from lmpmeso.hessians import Hessian, hessian
from lmpmeso.models import get_model, model_names

from .networks import block_matrix, committed_glass, dense_kappa, glass_hessian, spring_network


def kappa(hess: Hessian, method: str = "selected", **choices: int) -> np.ndarray:
    """κ_ij of all pairs, with an order of elimination of one's choice."""
    dipoles = choose_dipoles(hess, "all", seed=0)
    plan = HessianPlan(hess, **choices)
    return measure(LinearResponse(hess, LapackBackend(), 1, plan), dipoles, method, 0, 0.0)[
        "kappa"
    ].to_numpy()


@pytest.mark.parametrize("name", model_names())
def test_all_pairs_agree_with_the_dense_inverse(name):
    hess = glass_hessian(name)
    expected = dense_kappa(hess)
    found = dipole_stiffness(hess, method="selected", device="cpu")
    np.testing.assert_allclose(found["kappa"], expected, rtol=1e-8)
    softest = expected.argmin()
    assert found["kappa"][softest] == pytest.approx(expected[softest], rel=1e-8)


@pytest.mark.parametrize("method", ["dense", "solve", "cg"])
@pytest.mark.parametrize("name", ["ipl2d", "sw"])
def test_every_method_gives_the_same(name, method):
    hess = glass_hessian(name)
    expected = dipole_stiffness(hess, pairs=150, method="selected", device="cpu")
    found = dipole_stiffness(hess, pairs=150, method=method, device="cpu")
    assert found.attrs["method"] == method
    np.testing.assert_allclose(found["kappa"], expected["kappa"], rtol=1e-8)


@settings(max_examples=25, deadline=None)
@given(
    n_particles=st.integers(5, 150),
    dimension=st.sampled_from([2, 3]),
    n_neighbours=st.floats(4.0, 20.0),
    leaf_size=st.integers(3, 60),
    aspect=st.sampled_from([1.0, 0.5]),
    seed=st.integers(0, 10**6),
)
def test_any_network_agrees_with_the_dense_inverse(
    n_particles, dimension, n_neighbours, leaf_size, aspect, seed
):
    hess = spring_network(n_particles, dimension, n_neighbours, seed, aspect)
    np.testing.assert_allclose(kappa(hess, leaf_size=leaf_size), dense_kappa(hess), rtol=1e-8)


def test_two_particles_on_a_spring():
    hess = spring_network(2, 3, 1.0, seed=0)
    normal = hess.pairs.vectors_pc[0] / hess.pairs.distances_p[0]
    k = float(-normal @ hess.matrix.toarray()[:3, 3:] @ normal)
    # d̂ is the eigenvector of the relative motion along the spring, of eigenvalue 2k.
    np.testing.assert_allclose(kappa(hess), [2 * k], rtol=1e-12)


@pytest.mark.parametrize("leaf_size", [3, 10, 25, 90, 1000])
@pytest.mark.parametrize("name", ["ipl", "sw"])
def test_leaf_size_does_not_matter(name, leaf_size):
    hess = glass_hessian(name)
    np.testing.assert_allclose(kappa(hess, leaf_size=leaf_size), kappa(hess), rtol=1e-9)


@pytest.mark.parametrize("held_particle", [0, 77])
@pytest.mark.parametrize("name", ["ipl", "ipl2d", "sw"])
def test_held_particle_does_not_matter(name, held_particle):
    hess = glass_hessian(name)
    held = kappa(hess, held_particle=held_particle)
    np.testing.assert_allclose(held, kappa(hess), rtol=1e-9)


def test_the_order_of_the_particles_does_not_matter():
    glass, model = committed_glass("ipl"), get_model("ipl")
    shuffled = np.random.default_rng(5).permutation(glass.n_particles)
    other = configuration_from_arrays(
        glass.wrapped_positions()[shuffled], glass.species[shuffled], glass.box_c
    )
    before = dipole_stiffness(glass, model, method="selected", device="cpu")
    after = dipole_stiffness(other, model, method="selected", device="cpu")
    ends = np.sort(shuffled[after[["i", "j"]].to_numpy()], axis=1)
    renamed = after.assign(i=ends[:, 0], j=ends[:, 1]).sort_values(["i", "j"])
    np.testing.assert_array_equal(renamed[["i", "j"]], before[["i", "j"]])
    np.testing.assert_allclose(renamed["kappa"], before["kappa"], rtol=1e-9)


def test_the_origin_of_the_box_does_not_matter():
    glass, model = committed_glass("ipl2d"), get_model("ipl2d")
    moved = glass.with_positions(glass.positions_nc + 0.3 * glass.box_c, images_nc=None)
    one = dipole_stiffness(glass, model, method="selected", device="cpu")
    other = dipole_stiffness(moved, model, method="selected", device="cpu")
    np.testing.assert_allclose(other["kappa"], one["kappa"], rtol=1e-7)


def test_nearly_unstable_glass_is_still_right():
    """Smallest eigenvalue 10⁻⁴ of the typical one: κ of the soft spot is all that mode."""
    hess = glass_hessian("ipl2d")
    pairs = hess.pairs
    identity = np.broadcast_to(np.eye(2), (pairs.n_pairs, 2, 2))
    laplacian = block_matrix(pairs.i, pairs.j, -identity, hess.n_particles)
    dense, weakening = hess.matrix.toarray(), laplacian.toarray()
    goal = 1e-4 * float(hess.matrix.diagonal().mean())

    def softest(share: float) -> float:
        values = np.linalg.eigvalsh(dense - share * weakening)
        return float(values[0] if values[0] < -1e-9 else values[2])

    share = brentq(lambda share: softest(share) - goal, 0.0, 2.0, xtol=1e-9)
    soft = replace(hess, matrix=hess.matrix - share * laplacian)
    eigenvalue = lowest_modes(soft, n_modes=1).eigenvalues[0]
    assert eigenvalue == pytest.approx(goal, rel=1e-2)
    expected = dense_kappa(soft)
    assert expected.min() < 10 * goal
    np.testing.assert_allclose(kappa(soft), expected, rtol=1e-8)
    np.testing.assert_allclose(kappa(soft, held_particle=3), expected, rtol=1e-8)


def test_eigenmodes_add_up_to_kappa():
    """κ_ij = Σ_m c_m²/λ_m / Σ_m c_m²/λ_m², c_m = d̂·ψ_m: the expansion in all modes."""
    hess = spring_network(12, 3, 6.0, seed=8)
    eigenvalues, vectors = np.linalg.eigh(hess.matrix.toarray())
    found = kappa(hess, leaf_size=3)
    pairs = hess.pairs
    for p in range(pairs.n_pairs):
        d_hat = np.zeros((12, 3))
        normal = pairs.vectors_pc[p] / pairs.distances_p[p] / np.sqrt(2)
        d_hat[pairs.j[p]], d_hat[pairs.i[p]] = normal, -normal
        c = (d_hat.ravel() @ vectors)[3:]
        expected = (c**2 / eigenvalues[3:]).sum() / (c**2 / eigenvalues[3:] ** 2).sum()
        assert found[p] == pytest.approx(expected, rel=1e-9)


def test_kappa_scales_with_the_stiffness():
    hess = glass_hessian("mblj")
    stiffer = replace(hess, matrix=7.0 * hess.matrix)
    np.testing.assert_allclose(kappa(stiffer), 7.0 * kappa(hess), rtol=1e-10)


def test_table_holds_all_pairs_and_says_how_it_was_made():
    glass, model = committed_glass("ipl"), get_model("ipl")
    hess = hessian(glass, model)
    table = dipole_stiffness(glass, model, device="cpu", threads=1)
    assert list(table.columns) == ["i", "j", *BOND_UNITS]
    np.testing.assert_array_equal(table["i"], hess.pairs.i)
    np.testing.assert_array_equal(table["distance"], hess.pairs.distances_p)
    assert (table["kappa"] > 0).all()
    attributes = table.attrs
    assert attributes["n_pairs_total"] == len(table) == hess.pairs.n_pairs
    assert attributes["n_particles"] == glass.n_particles
    assert attributes["device"] == "cpu"
    assert attributes["method"] in ("selected", "dense")
    assert "fastest by estimate" in attributes["why"]
    assert 0 < attributes["memory_bytes"] < 2**31
    assert attributes["seconds"] > 0


def test_dense_memory_counts_the_factor_of_the_stretch_columns():
    hess = glass_hessian("ipl")
    factor = HessianPlan(hess).estimate.memory.factor
    table = dipole_stiffness(hess, pairs=2, method="dense", device="cpu")
    assert table.attrs["memory_bytes"] >= dense_memory(hess.matrix.shape[0], "cpu") + factor


def test_random_sample_is_seeded_and_without_repetition():
    hess = glass_hessian("ipl")
    one, same, other = (
        dipole_stiffness(hess, pairs=60, seed=seed, device="cpu") for seed in (1, 1, 2)
    )
    pd.testing.assert_frame_equal(one, same)
    assert one.attrs["seed"] == 1
    assert len(one.drop_duplicates(["i", "j"])) == 60
    assert not one[["i", "j"]].equals(other[["i", "j"]])
    every = dipole_stiffness(hess, method="selected", device="cpu").set_index(["i", "j"])
    chosen = every.loc[list(zip(one["i"], one["j"], strict=True)), "kappa"]
    np.testing.assert_allclose(one["kappa"], chosen, rtol=1e-9)


def test_given_pairs_come_in_the_order_given():
    hess = glass_hessian("ipl2d")
    every = dipole_stiffness(hess, device="cpu")
    wanted = every[["j", "i"]].to_numpy()[[40, 3, 17]]
    found = dipole_stiffness(hess, pairs=wanted, device="cpu")
    np.testing.assert_allclose(found["kappa"], every["kappa"].iloc[[40, 3, 17]], rtol=1e-9)


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        ("most", "pairs must be 'all'"),
        (0, "0 pairs were asked for"),
        (10**6, "1000000 pairs were asked for; there are"),
        ([0, 1], r"shape \(P, 2\)"),
        ([[0.5, 1.0]], "must be integers"),
        ([[3, 3]], r"do not interact, the first of them \[3, 3\]"),
        ([[0, 10**6]], "do not interact"),
        ([[-1, 2]], "do not interact"),
    ],
)
def test_pairs_that_make_no_sense_are_refused(pairs, message):
    with pytest.raises(ConfigurationError, match=message):
        dipole_stiffness(glass_hessian("ipl2d"), pairs=pairs, device="cpu")


def test_unknown_method_is_refused():
    with pytest.raises(ConfigurationError, match="method must be one of"):
        dipole_stiffness(glass_hessian("ipl2d"), method="magic")


def test_structure_away_from_its_minimum_is_refused():
    glass = committed_glass("ipl")
    displaced: Configuration = glass.with_positions(
        glass.positions_nc + 0.01 * np.random.default_rng(0).normal(size=(glass.n_particles, 3))
    )
    with pytest.raises(UnstableStructureError, match="quench"):
        dipole_stiffness(displaced, get_model("ipl"))


def test_conjugate_gradients_take_over_when_no_factor_fits(monkeypatch):
    hess = glass_hessian("ipl2d")
    expected = dipole_stiffness(hess, pairs=20, method="selected", device="cpu")
    monkeypatch.setattr(LapackBackend, "free_memory", lambda self: 3 * 10**6)
    found = dipole_stiffness(hess, pairs=20, device="cpu")
    assert found.attrs["method"] == "cg"
    assert "no factor fits" in found.attrs["why"]
    assert "GiB" in found.attrs["why"]
    assert found.attrs["iterations"] > 1
    np.testing.assert_allclose(found["kappa"], expected["kappa"], rtol=1e-8)
    with pytest.raises(ResourceError, match="method='cg'"):
        dipole_stiffness(hess, pairs=20, method="selected", device="cpu")


def test_auto_solves_for_a_few_pairs_of_a_large_glass_and_inverts_for_all():
    hess = spring_network(1500, 3, 16.0, seed=2)
    assert dipole_stiffness(hess, pairs=20, device="cpu").attrs["method"] == "solve"
    plan = HessianPlan(hess)
    operations = plan.estimate.operations
    assert operations.all_pairs < 0.2 * operations.solve * hess.pairs.n_pairs


@pytest.mark.validate
def test_fifty_random_pairs_of_8000_particles_agree_with_scipy_conjugate_gradients():
    hess = spring_network(8000, 3, 16.0, seed=4)
    every = dipole_stiffness(hess, method="selected", device="cpu")
    chosen = np.random.default_rng(0).choice(len(every), 50, replace=False)
    matrix = hess.matrix.tocsr()
    for p in chosen:
        d_hat = np.zeros((8000, 3))
        normal = hess.pairs.vectors_pc[p] / hess.pairs.distances_p[p] / np.sqrt(2)
        d_hat[hess.pairs.j[p]], d_hat[hess.pairs.i[p]] = normal, -normal
        z, status = cg(matrix, d_hat.ravel(), rtol=1e-12)
        assert status == 0
        z = (z.reshape(-1, 3) - z.reshape(-1, 3).mean(axis=0)).ravel()
        expected = (d_hat.ravel() @ z) / (z @ z)
        assert every["kappa"][p] == pytest.approx(expected, rel=1e-8)
