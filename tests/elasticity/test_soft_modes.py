"""Soft modes: both descents, merging and resuming find the same; what a mode is."""

import json
from functools import cache

import numpy as np
import pytest
from scipy.optimize import minimize

from lmpmeso.cli.command_line import main
from lmpmeso.configurations import (
    configuration_from_arrays,
    read_configuration,
    read_netcdf_fields,
)
from lmpmeso.elasticity import (
    PseudoHarmonicCost,
    factorise,
    lowest_modes,
    soft_modes,
    write_modes,
)
from lmpmeso.elasticity.dipoles import choose_dipoles
from lmpmeso.elasticity.mode_descent import descend, descents
from lmpmeso.elasticity.soft_mode_search import SAME_MODE, core_positions
from lmpmeso.errors import ConfigurationError, ConvergenceError
from lmpmeso.hessians import hessian
from lmpmeso.models import get_model

from .networks import DATA, committed_glass, glass_hessian, spring_network

BENCHMARK_GLASSES = DATA.parents[1] / "scripts" / "benchmark_glasses"
GLASS_2D = str(DATA / "ipl2d.glass.dump.gz")


@cache
def network():
    """A two-dimensional network with many soft modes."""
    return spring_network(80, 2, 8.0, seed=4)


@cache
def found(descent="gradient", merge=True):
    return soft_modes(network(), descent=descent, merge=merge)


def overlaps(one, other):
    """|π̂·π̂′| of all pairs of modes of two searches."""
    return np.abs(
        one.vectors_mnc.reshape(one.n_modes, -1) @ other.vectors_mnc.reshape(other.n_modes, -1).T
    )


def assert_same_modes(one, other):
    assert one.n_modes == other.n_modes
    np.testing.assert_allclose(np.diag(overlaps(one, other)), 1.0, atol=1e-9)
    np.testing.assert_allclose(one.eigenvalues, other.eigenvalues, rtol=1e-9)


def test_both_descents_reach_the_same_set_of_modes_of_a_2d_network():
    modes = found("gradient", merge=False)
    assert modes.n_modes > 5
    assert_same_modes(modes, found("mapping", merge=False))


def test_both_descents_reach_the_same_set_of_modes_of_a_3d_network():
    network_3d = spring_network(100, 3, 8.0, seed=0)
    modes = soft_modes(network_3d, merge=False)
    assert modes.n_modes > 5
    assert_same_modes(modes, soft_modes(network_3d, descent="mapping", merge=False))


@pytest.mark.parametrize(
    ("name", "starts", "n_least"),
    [("ipl2d", 90, 1), ("ipl", 300, 4), ("mblj", 300, 4), ("sw", 90, 1)],
)
def test_both_descents_reach_the_same_set_of_modes_of_a_glass(name, starts, n_least):
    hess = glass_hessian(name)
    both = [soft_modes(hess, starts=starts, descent=descent) for descent in ("gradient", "mapping")]
    assert both[0].n_modes >= n_least
    assert_same_modes(*both)


@pytest.mark.validate
@pytest.mark.parametrize(("name", "starts"), [("ipl2d", "all"), ("ipl", 1000)])
def test_both_descents_reach_the_same_set_of_modes_of_a_large_glass(name, starts):
    with np.load(BENCHMARK_GLASSES / f"{name}-2000.npz") as arrays:
        positions_nc = arrays["fraction_nc"] / 2.0**32 * arrays["box_c"]
        species = arrays["species"].astype(np.int64)
        glass = configuration_from_arrays(positions_nc, species, arrays["box_c"])
    hess = hessian(glass, get_model(name))
    searches = [
        soft_modes(hess, starts=starts, descent=descent, merge=merge)
        for descent, merge in (("gradient", True), ("gradient", False), ("mapping", False))
    ]
    assert searches[0].n_modes > 5
    assert_same_modes(searches[0], searches[1])
    assert_same_modes(searches[0], searches[2])


def test_leaving_starts_early_changes_nothing_but_the_time():
    merged, followed = found(merge=True), found(merge=False)
    assert_same_modes(merged, followed)
    assert merged.table["n_starts"].tolist() == followed.table["n_starts"].tolist()
    assert merged.table.attrs["iterations"] < followed.table.attrs["iterations"]


def test_distinct_modes_are_far_apart_and_every_start_is_counted():
    modes = found()
    between = overlaps(modes, modes) - np.eye(modes.n_modes)
    assert between.max() < SAME_MODE - 0.1
    assert modes.table["n_starts"].sum() == network().pairs.n_pairs
    assert modes.table.attrs["n_failed"] == 0


@pytest.mark.parametrize("name", ["ipl2d", "ipl", "sw"])
def test_a_mode_is_a_minimum_of_the_cost_function(name):
    hess = glass_hessian(name)
    cost = PseudoHarmonicCost(hess)
    modes = soft_modes(hess, starts=20)
    z = modes.vectors_mnc.reshape(modes.n_modes, -1).T
    force = np.linalg.norm(hess.matrix @ z, axis=0)
    residual = np.linalg.norm(cost.gradient(z), axis=0) / (modes.eigenvalues * force)
    assert residual.max() < 3e-10
    np.testing.assert_allclose(np.linalg.norm(z, axis=0), 1.0, rtol=1e-12)
    rng = np.random.default_rng(0)
    for _ in range(10):
        nearby = z + 1e-3 * rng.normal(size=z.shape) / np.sqrt(len(z))
        assert (cost(nearby) > cost(z)).all()


def test_no_step_of_a_descent_raises_the_cost():
    hess = glass_hessian("ipl")
    cost, factor = PseudoHarmonicCost(hess), factorise(hess)
    start = factor.solve(choose_dipoles(hess, 8, 0).forces(slice(None)))
    for descent in ("gradient", "mapping"):
        fields = [descend(cost, factor, start, descent, max_iterations=m).z for m in range(1, 8)]
        costs = [cost(z) for z in (start, *fields)]
        assert (np.diff(costs, axis=0) <= 1e-9 * np.array(costs[:-1])).all()


@pytest.mark.parametrize("descent", ["gradient", "mapping"])
def test_a_start_ends_alike_alone_and_in_the_place_of_another(descent):
    hess = network()
    cost, factor = PseudoHarmonicCost(hess), factorise(hess)
    start = factor.solve(choose_dipoles(hess, 20, 2).forces(slice(None)))
    alone = [descend(cost, factor, start[:, [k]], descent) for k in range(20)]
    ends = list(descents(cost, factor, start, descent, width=3))
    assert max(len(end.start) for end in ends) <= 3
    order = np.concatenate([end.start for end in ends])
    assert sorted(order) == list(range(20))
    assert order.tolist() != list(range(20))
    together = np.concatenate([end.z for end in ends], axis=1)[:, np.argsort(order)]
    overlap = np.abs([together[:, k] @ end.z[:, 0] for k, end in enumerate(alone)])
    np.testing.assert_allclose(overlap, 1.0, atol=1e-9)
    whole = descend(cost, factor, start, descent)
    np.testing.assert_array_equal(whole.start, np.arange(20))
    np.testing.assert_allclose(
        whole.z * np.sign((whole.z * together).sum(axis=0)), together, atol=1e-6
    )


def test_plain_minimisation_from_dipole_responses_ends_in_modes_that_were_found():
    hess = network()
    cost = PseudoHarmonicCost(hess)
    start = factorise(hess).solve(choose_dipoles(hess, 5, 1).forces(slice(None)))
    modes = found().vectors_mnc.reshape(found().n_modes, -1)
    for z in (start / np.linalg.norm(start, axis=0)).T:
        end = minimize(
            lambda f: (float(np.log(cost(f))), cost.gradient(f) / cost(f)),
            z,
            jac=True,
            method="L-BFGS-B",
            options={"maxiter": 2000, "maxfun": 5000, "ftol": 0.0, "gtol": 1e-5},
        ).x
        assert np.abs(modes @ end).max() / np.linalg.norm(end) > SAME_MODE


def test_softest_soft_mode_is_no_softer_than_the_lowest_harmonic_mode():
    hess = glass_hessian("ipl2d")
    soft, harmonic = soft_modes(hess, starts=30), lowest_modes(hess, n_modes=1)
    ratio = soft.eigenvalues[0] / harmonic.eigenvalues[0]
    assert 1.0 <= ratio < 1.1
    overlap = abs(soft.vectors_mnc[0].ravel() @ harmonic.vectors_mnc[0].ravel())
    assert overlap > 0.9


def test_a_killed_search_goes_on_and_ends_alike(tmp_path, monkeypatch):
    monkeypatch.setattr("lmpmeso.elasticity.soft_mode_search.SAVE_INTERVAL", 0.0)
    monkeypatch.setattr("lmpmeso.elasticity.soft_mode_search.BATCH", 40)
    work = tmp_path / "work.npz"
    starts = 3 * 40 + 5
    whole = soft_modes(network(), starts=starts)

    def stop_in_the_third_batch(done, total):
        assert total == starts
        if done > 2 * 40:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        soft_modes(network(), starts=starts, work_file=work, progress=stop_in_the_third_batch)
    counts = []
    again = soft_modes(
        network(), starts=starts, work_file=work, progress=lambda done, _: counts.append(done)
    )
    assert counts[0] == 2 * 40
    assert counts[-1] == starts
    np.testing.assert_array_equal(again.vectors_mnc, whole.vectors_mnc)
    assert again.table.equals(whole.table)
    assert again.table.attrs["iterations"] == whole.table.attrs["iterations"]
    with pytest.raises(ConfigurationError, match="another structure or with other settings"):
        soft_modes(network(), starts=7, work_file=work)
    work.write_bytes(b"nonsense")
    with pytest.raises(ConfigurationError, match="not a work file"):
        soft_modes(network(), starts=starts, work_file=work)


def test_core_is_found_across_the_boundary_of_the_box():
    box_c = np.array([10.0, 8.0])
    positions_nc = np.array([[9.8, 4.0], [0.4, 4.0], [5.0, 1.0]])
    vectors_mnc = np.array([[[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]])
    np.testing.assert_allclose(core_positions(vectors_mnc, positions_nc, box_c), [[0.1, 4.0]])


def test_descents_that_do_not_end_are_told(monkeypatch):
    monkeypatch.setattr("lmpmeso.elasticity.mode_descent.ROUNDING", 0.0)
    hess = network()
    cost, factor = PseudoHarmonicCost(hess), factorise(hess)
    start = factor.solve(choose_dipoles(hess, 3, 0).forces(slice(None)))
    end = descend(cost, factor, start, max_iterations=2)
    assert not end.converged.any()
    assert (end.iterations == 2).all()
    with pytest.raises(ConfigurationError, match="descent must be one of"):
        descend(cost, factor, start, "uphill")
    monkeypatch.setattr(
        "lmpmeso.elasticity.mode_descent.descents.__defaults__", ("gradient", 0.0, 1, None, 2)
    )
    with pytest.raises(ConvergenceError, match="none of 3 descents"):
        soft_modes(hess, starts=3, tolerance=0.0)


def test_files_give_back_the_modes(tmp_path):
    glass = committed_glass("ipl")
    modes = soft_modes(glass, get_model("ipl"), starts=60).softest(3)
    write_modes(tmp_path / "modes.nc", modes, glass)
    fields = read_netcdf_fields(tmp_path / "modes.nc")
    np.testing.assert_array_equal(fields["mode_y"], modes.vectors_mnc[:, :, 1])
    np.testing.assert_array_equal(fields["stiffness"], modes.eigenvalues)
    np.testing.assert_array_equal(fields["core_x"], modes.table["x"])
    write_modes(tmp_path / "modes.dump", modes, glass)
    assert "mode_x mode_y mode_z" in (tmp_path / "modes.dump").read_text()
    again = read_configuration(tmp_path / "modes.dump", get_model("ipl"), frame=0)
    np.testing.assert_array_equal(again.positions_nc, glass.positions_nc)
    with pytest.raises(ConfigurationError, match=r"\.csv, \.nc or \.dump"):
        write_modes(tmp_path / "modes.txt", modes, glass)
    with pytest.raises(ConfigurationError, match="the structure 400 in 2"):
        write_modes(tmp_path / "modes.nc", modes, committed_glass("ipl2d"))


def test_command_prints_one_object_and_leaves_its_files(tmp_path, capfd):
    out, picture = tmp_path / "modes.csv", tmp_path / "map.png"
    arrows = tmp_path / "arrows.png"
    words = ["modes", GLASS_2D, "--model", "ipl2d", "--starts", "50", "--json", "-o", str(out)]
    assert main([*words, "--map", str(picture), "--arrows", str(arrows)]) == 0
    report = json.loads(capfd.readouterr().out)
    assert report["n_starts"] == 50
    assert report["modes"][0]["stiffness"] == pytest.approx(0.198657, rel=1e-4)
    assert {"cubic", "quartic", "participation_ratio", "x", "y"} <= set(report["modes"][0])
    assert sorted(p.name for p in tmp_path.iterdir()) == ["arrows.png", "map.png", "modes.csv"]
    assert main(["modes", GLASS_2D, "--model", "ipl2d", "--starts", "50"]) == 0
    assert "distinct modes" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--starts", "none"], "must be 'all' or a number"),
        (["--starts", "99999"], "99999 pairs were asked for"),
        (["-o", "modes.txt"], "modes are written to files in"),
    ],
)
def test_command_refuses_what_makes_no_sense(words, message, capfd):
    try:
        status = main(["modes", GLASS_2D, "--model", "ipl2d", *words])
    except SystemExit as stopped:
        status = stopped.code
    assert status == 2
    assert message in capfd.readouterr().err
