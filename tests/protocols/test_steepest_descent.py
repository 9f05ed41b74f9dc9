from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.integrate import BDF

from lmpmeso.configurations import (
    configuration_from_arrays,
    read_inherent_structures,
    write_inherent_structures,
)
from lmpmeso.elasticity.polish import newton_polish
from lmpmeso.errors import ConvergenceError, LammpsError, UnstableStructureError
from lmpmeso.execution import Execution
from lmpmeso.hessians import CompiledForces, evaluate, hessian
from lmpmeso.lammps.forces import LammpsForces, lammps_forces
from lmpmeso.models import get_model, model_names
from lmpmeso.protocols import equilibrate, quench
from lmpmeso.protocols.gradient_flow import GradientFlow, longest
from lmpmeso.protocols.steepest_descent import DescentSettings, steepest_descent
from tests.hessians.lammps_models import as_commands
from tests.protocols.test_quench import largest_displacement, square_lattice


def slow(*names):
    return [pytest.param(name, marks=pytest.mark.validate) for name in names]


def with_order(configuration, order):
    return configuration_from_arrays(
        configuration.positions_nc[order], configuration.species[order], configuration.box_c
    )


@pytest.mark.parametrize("name", ["ipl", "mblj", "sw", "ipl2d"])
def test_lammps_gives_the_forces_of_the_exact_potential_wherever_particles_are(name, liquid_of):
    model, liquid = get_model(name), liquid_of(name)
    generator = np.random.default_rng(0)
    with lammps_forces(liquid, model) as forces:
        x_nc = liquid.positions_nc + 0.0
        for _ in range(30):
            # Far enough for new neighbour lists, and across the boundaries of the box.
            x_nc = x_nc + generator.normal(0.0, 0.02, x_nc.shape) + 0.3
            exact = evaluate(liquid.with_positions(x_nc), model)
            energy, forces_nc = forces(x_nc)
            scale = np.abs(exact.forces_nc).max()
            assert np.abs(forces_nc - exact.forces_nc).max() < 1e-6 * scale
            assert energy == pytest.approx(exact.energy, rel=1e-7)


@pytest.mark.parametrize("name", model_names())
def test_compiled_loops_give_the_forces_of_the_exact_potential_wherever_particles_are(
    name, liquid_of
):
    model, liquid = get_model(name), liquid_of(name)
    generator = np.random.default_rng(0)
    forces = CompiledForces(liquid, model)
    x_nc = liquid.positions_nc + 0.0
    for _ in range(8):
        x_nc = x_nc + generator.normal(0.0, 0.03, x_nc.shape) + 0.3
        exact = evaluate(liquid.with_positions(x_nc), model)
        energy, forces_nc = forces(x_nc)
        assert np.abs(forces_nc - exact.forces_nc).max() < 1e-8 * np.abs(exact.forces_nc).max()
        assert energy == pytest.approx(exact.energy, rel=1e-11)


def test_particles_closer_than_the_table_reaches_are_pushed_apart_by_a_gradient(liquid_of):
    model, liquid = get_model("mblj"), liquid_of("mblj")
    forces = CompiledForces(liquid, model)
    x_nc = liquid.positions_nc + 0.0
    x_nc[1] = x_nc[0] + [0.2, 0.1, 0.0]
    _, forces_nc = forces(x_nc)
    h = 1e-6
    for c in range(3):
        up_nc, down_nc = x_nc.copy(), x_nc.copy()
        up_nc[1, c] += h
        down_nc[1, c] -= h
        slope = (forces(up_nc)[0] - forces(down_nc)[0]) / (2 * h)
        assert forces_nc[1, c] == pytest.approx(-slope, rel=1e-5, abs=1e-2)


@pytest.mark.parametrize("name", ["ss", "sw"])
def test_paths_in_lammps_forces_end_in_the_same_structure(name, liquid_of):
    model, liquid = get_model(name), liquid_of(name)
    ends = [
        steepest_descent(liquid, model, DescentSettings(1e-3, forces=forces))[0]
        for forces in ("compiled", "lammps")
    ]
    assert largest_displacement(*ends) < 1e-7


def test_a_model_given_as_lammps_commands_descends_like_the_one_with_formulas(liquid_of, tmp_path):
    model, liquid = get_model("mblj"), liquid_of("mblj")
    commands = as_commands("mblj", tmp_path)
    ends = [quench(liquid, m, "steepest") for m in (model, commands)]
    assert largest_displacement(*ends) < 1e-6


def test_forces_on_a_device_are_refused_with_what_to_ask_for():
    session = SimpleNamespace(accelerator=SimpleNamespace(name="kokkos"))
    with pytest.raises(LammpsError, match="ask for 'none'"):
        LammpsForces(session, 3)


@pytest.mark.parametrize("name", model_names())
def test_steepest_descent_ends_in_a_minimum_and_says_how_it_went(name, liquid_of):
    model, liquid = get_model(name), liquid_of(name)
    glass = quench(liquid, model, "steepest")
    exact = evaluate(glass, model)
    assert exact.max_force <= 1e-10
    assert glass.energy == pytest.approx(exact.energy, rel=1e-14)
    d = model.dimension
    eigenvalues = np.linalg.eigvalsh(hessian(glass, model).matrix.toarray())[: d + 1]
    assert np.abs(eigenvalues[:d]).max() < 1e-9
    assert eigenvalues[d] > 1e-6
    assert (glass.minimizer, glass.stopping_criterion) == ("steepest", "quadratic region")
    path = glass.descent
    assert 10 < path.steps == glass.iterations < path.force_evaluations
    assert path.saddles == ()
    assert path.largest_rise <= 1e-7 * abs(glass.energy)
    straight = np.linalg.norm(glass.unwrapped_positions() - liquid.unwrapped_positions())
    assert path.length >= straight - path.tolerance


@pytest.mark.parametrize("name", ["ss", "ipl2d", *slow("ipl", "mblj")])
def test_the_end_does_not_depend_on_tolerance_order_place_or_orientation(name, liquid_of):
    model, liquid = get_model(name), liquid_of(name)
    glass = quench(liquid, model, "steepest")
    finer = quench(liquid, model, "steepest", path_tolerance=1e-4)
    assert largest_displacement(finer, glass) < 1e-7

    order = np.random.default_rng(1).permutation(liquid.n_particles)
    shuffled = quench(with_order(liquid, order), model, "steepest")
    assert largest_displacement(shuffled, glass.with_positions(glass.positions_nc[order])) < 1e-7

    shift_c = np.linspace(0.3, 2.0, model.dimension)
    moved = quench(liquid.with_positions(liquid.positions_nc + shift_c), model, "steepest")
    back = moved.with_positions(moved.positions_nc - shift_c)
    assert largest_displacement(back, glass) < 1e-7

    def turned(configuration):
        x, y, *rest = configuration.positions_nc.T
        return configuration.with_positions(np.column_stack([configuration.box_c[0] - y, x, *rest]))

    plain = replace(liquid, images_nc=None, origin_c=np.zeros(model.dimension))
    there = quench(turned(plain), model, "steepest")
    assert largest_displacement(there, turned(quench(plain, model, "steepest"))) < 1e-7


@pytest.mark.parametrize("name", ["ss", *slow("ipl", "mblj", "ss-0.70", "ss-0.95", "sw")])
def test_the_end_is_that_of_tiny_euler_steps(name):
    """N = 64 particles, or so many that the box holds the cut-off."""
    model = get_model(name)
    small = small_liquid(model)
    glass = quench(small, model, "steepest")
    assert largest_displacement(glass, by_tiny_steps(small, model)) < 1e-6


@pytest.mark.validate
@pytest.mark.parametrize("name", ["ipl", "mblj", "ss", "ss-0.70", "ss-0.95", "sw"])
def test_twenty_ends_are_those_of_tiny_euler_steps(name):
    """At a fine tolerance: at 1e-3 a start on a ridge, one in thirteen of ss at T = 3, may end on its other side."""
    model = get_model(name)
    same = 0
    for seed in range(2, 22):
        small = small_liquid(model, seed)
        glass = quench(small, model, "steepest", path_tolerance=1e-4)
        same += largest_displacement(glass, by_tiny_steps(small, model)) < 1e-6
    assert same >= 19


def small_liquid(model, seed=1):
    """The fewest particles from 64 on whose box holds twice the cut-off, at a high temperature."""
    fewest = int(np.ceil(model.density * (2.001 * model.max_cutoff) ** model.dimension))
    temperature = 3.0 if model.three_body is None else 0.06
    return equilibrate(
        model,
        temperature,
        max(64, fewest),
        seed=seed,
        duration=400 * model.time_step_at(temperature),
    ).configuration


def by_tiny_steps(start, model):
    """The minimum by explicit Euler: each step moves no particle by more than 5e-4, and is stable by far."""
    curvature = np.abs(hessian(start, model).matrix).sum(axis=1).max()
    forces = CompiledForces(start, model)
    x_nc = start.positions_nc.copy()
    for force in (1e-2, 1e-3, 1e-4, 1e-5):  # a path may pass slowly by a saddle
        while (largest := longest(forces_nc := forces(x_nc)[1])) > force:
            x_nc += min(5e-4 / largest, 0.5 / curvature) * forces_nc
        try:
            return newton_polish(start.with_positions(x_nc), model)
        except UnstableStructureError:
            continue
    raise AssertionError("tiny steps end on a saddle")


def test_a_step_of_newton_changes_no_structure(liquid_of):
    """Where Newton steps take over, the path itself ends in the same structure."""
    for name in ("ipl", "ss-0.70"):
        model, liquid = get_model(name), liquid_of(name)
        handed = quench(liquid, model, "steepest")
        followed = quench(liquid, model, "steepest", polish=False)
        assert followed.stopping_criterion == "force tolerance"
        assert followed.max_force < 1e-4
        assert followed.descent.time > handed.descent.time
        assert largest_displacement(followed, handed) < 1e-4


def test_the_energy_falls_along_the_path_of_a_liquid(liquid_of):
    model, liquid = get_model("mblj"), liquid_of("mblj")
    flow = GradientFlow(CompiledForces(liquid, model), liquid.positions_nc, 0.01, reach=0.2)
    energies = [flow.energy]
    while flow.largest_force > 1e-3:
        flow.step()
        energies.append(evaluate(liquid.with_positions(flow.positions_nc), model).energy)
    assert np.diff(energies).max() < 0.0


def test_a_start_at_a_minimum_stays(liquid_of):
    model = get_model("ipl")
    glass = quench(liquid_of("ipl"), model)
    (again,) = steepest_descent(glass, model)
    assert largest_displacement(again, glass) < 1e-9
    assert again.descent.steps == 0


def test_a_saddle_is_reported_with_what_lies_on_both_sides_of_it():
    model, saddle = square_lattice()
    ends = steepest_descent(saddle, model)
    assert len(ends) >= 2
    met = ends[0].descent.saddles[0]
    assert met.energy == pytest.approx(evaluate(saddle, model).energy, rel=1e-12)
    assert met.lowest_eigenvalue < -1.0
    assert met.end_energies[0] == ends[0].energy == min(end.energy for end in ends)
    for end in ends:
        assert end.max_force <= 1e-10
        assert np.linalg.eigvalsh(hessian(end, model).matrix.toarray())[0] > -1e-9
    assert quench(saddle, model, "steepest").energy == ends[0].energy


def test_a_pair_that_crosses_the_cut_off_where_the_curvature_jumps_is_resolved(liquid_of):
    """mBLJ: φ″ jumps at the cut-off; pairs cross it, and a tenth of the tolerance ends at the same place."""
    model, liquid = get_model("mblj"), liquid_of("mblj")
    ends = [quench(liquid, model, "steepest", path_tolerance=t) for t in (1e-2, 1e-3, 1e-4)]

    def within(configuration):
        pairs = evaluate(configuration, model).pairs
        return set(zip(pairs.i.tolist(), pairs.j.tolist(), strict=True))

    assert within(ends[0]) ^ within(liquid), "no pair crossed the cut-off"
    for end in ends[1:]:
        assert largest_displacement(end, ends[0]) < 1e-7


def test_a_path_of_too_many_steps_is_an_error(liquid_of):
    with pytest.raises(ConvergenceError, match="max iterations"):
        quench(liquid_of("ipl"), get_model("ipl"), "steepest", max_iterations=3)


def test_the_record_of_a_path_is_read_back_from_a_file(tmp_path):
    model, saddle = square_lattice()
    (glass, *_) = steepest_descent(saddle, model)
    by_cg = quench(glass, model)
    write_inherent_structures(tmp_path / "glass.nc", [glass, by_cg])
    again, other = read_inherent_structures(tmp_path / "glass.nc", model)
    assert again.descent == glass.descent
    assert again.descent.saddles
    assert other.descent is None


def test_paths_are_followed_with_another_accelerator_to_the_same_end(liquid_of):
    model, liquid = get_model("ss"), liquid_of("ss")
    plain, threaded = (
        steepest_descent(
            liquid, model, DescentSettings(forces="lammps", execution=Execution(accelerator))
        )[0]
        for accelerator in ("none", "omp")
    )
    assert largest_displacement(plain, threaded) < 1e-7


@pytest.mark.validate
@pytest.mark.parametrize("name", ["ipl", "mblj", "ss", "ss-0.70", "ss-0.95", "sw"])
def test_ends_are_those_of_an_implicit_solver_of_high_accuracy(name):
    """SciPy's BDF at a relative tolerance of 1e-6, in the exact potential, N = 400, twenty liquids.

    At a fine tolerance: at 1e-3 two of twenty such hot liquids of ipl end elsewhere, at 1e-4 one.
    """
    model = get_model(name)
    same = 0
    for seed in range(20):
        temperature = 2.0 if model.three_body is None else 0.06
        liquid = equilibrate(
            model,
            temperature,
            400,
            seed=seed,
            duration=400 * model.time_step_at(temperature),
        ).configuration
        glass = quench(liquid, model, "steepest", path_tolerance=1e-5)
        same += largest_displacement(glass, by_implicit_solver(liquid, model)) < 1e-6
    assert same >= 19


def by_implicit_solver(start, model, rtol=1e-6):
    """The minimum below the path that SciPy's BDF follows."""
    shape = start.positions_nc.shape

    def force(_, x):
        return evaluate(start.with_positions(x.reshape(shape)), model).forces_nc.ravel()

    def jacobian(_, x):
        return -hessian(start.with_positions(x.reshape(shape)), model).matrix.tocsc()

    solver = BDF(force, 0.0, start.positions_nc.ravel(), np.inf, rtol=rtol, atol=1e-8, jac=jacobian)
    while np.abs(force(0.0, solver.y)).max() > 1e-4:
        solver.step()
    return newton_polish(start.with_positions(solver.y.reshape(shape)), model)
