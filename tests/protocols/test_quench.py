from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

from lmpmeso.configurations import (
    Configuration,
    configuration_from_arrays,
    random_configuration,
    write_data,
)
from lmpmeso.errors import (
    ConfigurationError,
    ConvergenceError,
    LammpsError,
    ModelMismatchWarning,
    ProtocolError,
    UnfinishedQuenchWarning,
    UnstableStructureError,
)
from lmpmeso.execution import Execution
from lmpmeso.files.package_data import lmp_input
from lmpmeso.hessians import evaluate, hessian
from lmpmeso.lammps import LammpsSession
from lmpmeso.lammps.inputs import script_variables
from lmpmeso.models import get_model, model_names
from lmpmeso.protocols import quench
from lmpmeso.protocols.quench import _stopping_rule


def lowest_eigenvalues(structure, model, count):
    return np.linalg.eigvalsh(hessian(structure, model).matrix.toarray())[:count]


def largest_displacement(one, other):
    moved_nc = one.positions_nc - other.positions_nc
    moved_nc -= one.box_c * np.rint(moved_nc / one.box_c)
    return np.sqrt((moved_nc**2).sum(axis=1)).max()


@pytest.mark.parametrize("minimizer", ["cg", "fire"])
@pytest.mark.parametrize("name", model_names())
def test_quench_ends_in_a_minimum_below_the_liquid(name, minimizer, liquid_of):
    model, liquid = get_model(name), liquid_of(name)
    glass = quench(liquid, model, minimizer)
    exact = evaluate(glass, model)
    assert exact.max_force <= 1e-10
    assert glass.max_force <= 1e-10
    assert glass.energy == pytest.approx(exact.energy, rel=1e-14)
    assert glass.contact_force_rms == pytest.approx(exact.contact_force_rms, rel=1e-12)
    assert exact.energy < evaluate(liquid, model).energy
    assert (glass.minimizer, glass.stopping_criterion) == (minimizer, "force tolerance")
    assert glass.iterations > 10
    assert glass.parent_temperature == liquid.parent_temperature
    assert glass.velocities_nc is None
    assert np.array_equal(glass.species, liquid.species)
    if minimizer == "cg":
        d = model.dimension
        zeros, lowest = np.split(lowest_eigenvalues(glass, model, d + 1), [d])
        assert np.abs(zeros).max() < 1e-9
        assert lowest[0] > 1e-6


@pytest.mark.parametrize("name", ["ipl", "mblj", "sw"])
def test_overlapping_particles_are_pushed_apart_before_the_quench(name):
    model = get_model(name)
    overlapping = random_configuration(model, 216, seed=1)
    with pytest.warns(UserWarning, match="particles overlap"):
        glass = quench(overlapping, model)
    assert glass.max_force <= 1e-10
    assert np.array_equal(glass.species, overlapping.species)
    assert glass.energy < 10 * glass.n_particles


@pytest.mark.parametrize("name", ["ipl2d", "mblj", "sw"])
def test_quench_of_an_inherent_structure_returns_it(name, liquid_of):
    model = get_model(name)
    glass = quench(liquid_of(name), model)
    again = quench(glass, model)
    assert largest_displacement(again, glass) < 1e-8
    assert again.minimizer == "none"
    assert again.iterations == 0


def test_quench_of_a_structure_in_single_precision_finds_it_back(liquid_of):
    model = get_model("ipl")
    glass = quench(liquid_of("ipl"), model)
    rounded_nc = glass.positions_nc.astype(np.float32).astype(np.float64)
    coarse = Configuration(
        rounded_nc, glass.species, glass.box_c, glass.origin_c, glass.ids, single_precision=True
    )
    found = quench(coarse, model)
    # Rounding also moves the centre of mass, by some 1e-8.
    assert largest_displacement(found, glass) < 1e-7
    assert found.energy == pytest.approx(glass.energy, rel=1e-14)
    assert not found.single_precision


def test_quench_keeps_ids_and_the_unwrapped_place_of_particles(liquid_of):
    model, liquid = get_model("ipl"), liquid_of("ipl")
    plain = quench(liquid, model)
    far = replace(
        liquid,
        positions_nc=liquid.positions_nc + (liquid.images_nc + 2) * liquid.box_c,
        images_nc=None,
        ids=liquid.ids * 5,
    )
    glass = quench(far, model)
    assert np.array_equal(glass.ids, far.ids)
    unwrapped_nc = glass.positions_nc + glass.images_nc * glass.box_c
    assert np.abs(unwrapped_nc - far.positions_nc).max() < 1.0
    assert largest_displacement(glass, plain) < 1e-6


def test_order_of_particles_does_not_change_the_structure(liquid_of):
    model, liquid = get_model("ipl"), liquid_of("ipl")
    order = np.random.default_rng(0).permutation(liquid.n_particles)
    shuffled = configuration_from_arrays(
        liquid.positions_nc[order], liquid.species[order], liquid.box_c
    )
    one, other = quench(liquid, model), quench(shuffled, model)
    assert largest_displacement(other, one.with_positions(one.positions_nc[order])) < 1e-6


def test_unpolished_quench_reports_its_force_in_the_exact_potential(liquid_of):
    model, liquid = get_model("ipl"), liquid_of("ipl")
    rough = quench(liquid, model, polish=False)
    assert rough.newton_iterations == 0
    assert rough.max_force == evaluate(rough, model).max_force
    assert 1e-10 < rough.max_force < 1e-4
    assert largest_displacement(rough, quench(liquid, model)) < 1e-5


def square_lattice(rows=10):
    """A square lattice of alternating species: no forces, but no minimum either."""
    model = get_model("ipl2d")
    edge = rows / np.sqrt(model.density)
    x, y = np.meshgrid(np.arange(rows), np.arange(rows), indexing="ij")
    positions_nc = (np.stack([x, y], axis=-1).reshape(-1, 2) + 0.5) * edge / rows
    return model, configuration_from_arrays(positions_nc, ((x + y) % 2).ravel(), edge)


def test_structure_on_a_saddle_is_nudged_off_it():
    model, saddle = square_lattice()
    assert evaluate(saddle, model).max_force < 1e-10
    assert lowest_eigenvalues(saddle, model, 1)[0] < -1.0
    glass = quench(saddle, model)
    assert glass.max_force <= 1e-10
    assert glass.energy < evaluate(saddle, model).energy - 1.0
    assert lowest_eigenvalues(glass, model, 1)[0] > -1e-9
    assert largest_displacement(glass, quench(saddle, model)) == 0.0


def test_unconverged_quench_is_an_error_and_not_a_structure(liquid_of):
    model = get_model("ipl")
    with (
        pytest.warns(UnfinishedQuenchWarning),
        pytest.raises((UnstableStructureError, ConvergenceError), match="max iterations"),
    ):
        quench(liquid_of("ipl"), model, max_iterations=3)


def test_unreachable_tolerance_is_an_error(liquid_of):
    with pytest.raises(ConvergenceError, match="found no minimum"):
        quench(liquid_of("ipl2d"), get_model("ipl2d"), tolerance=1e-30)


def test_bad_requests_are_refused(liquid_of):
    liquid = liquid_of("ipl")
    with pytest.raises(ProtocolError, match="'sd'"):
        quench(liquid, get_model("ipl"), "sd")
    with pytest.raises(ConfigurationError, match="2D"):
        quench(liquid, get_model("ipl2d"))
    with pytest.raises(LammpsError, match="unknown accelerator"):
        quench(liquid, get_model("ipl"), execution=Execution("cuda"))
    small = liquid.with_positions(0.3 * liquid.positions_nc, box_c=0.3 * liquid.box_c)
    with pytest.raises(ConfigurationError, match="twice the largest cut-off"):
        quench(small, get_model("ipl"))


def test_density_far_from_the_model_is_a_warning(liquid_of):
    liquid = liquid_of("ipl")
    dense = liquid.with_positions(0.97 * liquid.positions_nc, box_c=0.97 * liquid.box_c)
    with pytest.warns(ModelMismatchWarning, match="density"):
        assert quench(dense, get_model("ipl")).max_force <= 1e-10


def test_quench_that_runs_out_of_iterations_says_so(liquid_of):
    with pytest.warns(UnfinishedQuenchWarning, match=r"stopped after 3 iterations by 'max iter"):
        quench(liquid_of("mblj"), get_model("mblj"), max_iterations=3, polish=False)


def test_norm_of_the_largest_component_bounds_the_largest_force(liquid_of):
    """What KOKKOS stops by, in plain LAMMPS: the same structure, its forces below the tolerance."""
    model, liquid = get_model("mblj"), liquid_of("mblj")
    plain = quench(liquid, model, polish=False)
    rule = _stopping_rule(1e-6, "kokkos")
    with (
        TemporaryDirectory() as folder,
        LammpsSession("none") as lmp,
    ):
        write_data(Path(folder) / "liquid.data", liquid, model)
        variables = {**script_variables(model, Path(folder)), "data": Path(folder) / "liquid.data"}
        lmp.run_file(lmp_input("in.quench"), {**variables, **rule, "write_output": "no"})
        assert np.linalg.norm(lmp.forces(), axis=1).max() < 1e-6
        apart_nc = lmp.positions() - plain.positions_nc
    apart_nc -= plain.box_c * np.rint(apart_nc / plain.box_c)
    assert np.abs(apart_nc).max() < 1e-3
