"""Particles that contacts do not hold: found, left out, and the rest analysed."""

import numpy as np
import pytest

from lmpmeso.cli import main
from lmpmeso.configurations import (
    configuration_from_arrays,
    random_configuration,
    read_configuration,
    write_dump,
)
from lmpmeso.elasticity import analyse
from lmpmeso.errors import (
    ConfigurationError,
    ConvergenceError,
    UnfinishedQuenchWarning,
    UnstableStructureError,
)
from lmpmeso.execution import Execution
from lmpmeso.hessians import interacting_pairs, without_rattlers
from lmpmeso.models.packaged import harmonic_spheres
from lmpmeso.protocols import quench

SPHERES = harmonic_spheres(0.70)
DISCS = harmonic_spheres(0.90, dimension=2)


@pytest.fixture(scope="module")
def start():
    """Random spheres above which a packing with rattlers lies."""
    return random_configuration(SPHERES, 200, seed=1)


@pytest.fixture(scope="module")
def packing(start):
    return quench(start, SPHERES, leave_out_rattlers=True, execution=Execution("none"))


def discs(x_nc):
    return configuration_from_arrays(
        np.array(x_nc, dtype=float), np.zeros(len(x_nc), dtype=int), np.array([20.0, 20.0])
    )


def test_a_chain_of_particles_is_left_out_from_its_end_inwards():
    """A hexagon about a centre, each of whose seven discs keeps three contacts or more, and a tail of three."""
    angle_k = np.arange(6) * np.pi / 3
    hexagon = np.column_stack([5 + 0.95 * np.cos(angle_k), 5 + 0.95 * np.sin(angle_k)])
    tail = [(5 + 0.95 * k, 5.0) for k in (2, 3, 4)]
    found = without_rattlers(discs([(5.0, 5.0), *hexagon, *tail]), DISCS)
    assert found.ids.tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert "without 3 rattlers of 10" in found.source


def test_where_nothing_is_held_there_is_no_packing():
    with pytest.raises(ConfigurationError, match="not jammed"):
        without_rattlers(discs([(1, 1), (1.9, 1), (1.45, 1.8)]), DISCS)


def test_a_packing_with_rattlers_is_refused_and_the_way_out_is_named(start):
    with pytest.raises(UnstableStructureError, match="leave_out_rattlers=True"):
        quench(start, SPHERES, execution=Execution("none"))


def test_the_particles_that_are_held_carry_all_of_the_load(start, packing):
    """The forces of a packing balance without its rattlers, and energy and pressure are the same with them."""
    assert 190 < packing.n_particles < 200
    assert packing.max_force < 1e-10
    contacts_n = np.bincount(
        np.concatenate([(pairs := interacting_pairs(packing, SPHERES)).i, pairs.j])
    )
    assert contacts_n.min() >= 4
    whole = quench(start, SPHERES, polish=False, execution=Execution("none"))
    assert packing.energy == pytest.approx(whole.energy, rel=1e-9)
    found = analyse(packing, SPHERES)
    assert (found.bonds["kappa"] > 0).all()
    # An isostatic packing of these particles would have 2 d - 2 d / N.
    assert 2 * pairs.n_pairs / packing.n_particles > 6.0


@pytest.mark.parametrize("minimizer", ["cg", "steepest"])
def test_a_packing_without_rattlers_tells_how_it_came_to_rest(minimizer):
    """What is left when they are gone was at rest before: its record is that of the quench of all particles."""
    start = random_configuration(DISCS, 60, seed={"cg": 2, "steepest": 1}[minimizer])
    execution = Execution("none")
    whole = quench(start, DISCS, minimizer, polish=False, execution=execution)
    held = quench(start, DISCS, minimizer, leave_out_rattlers=True, execution=execution)
    assert held.n_particles < whole.n_particles
    assert held.minimizer == minimizer
    assert held.iterations == whole.iterations > 10
    assert held.stopping_criterion == whole.stopping_criterion != ""
    assert held.descent == whole.descent
    assert (held.descent is None) == (minimizer == "cg")


def test_what_is_left_is_not_said_to_be_of_another_density():
    """Seven of 200 are rattlers here; the tests make an error of each warning."""
    loose = harmonic_spheres(0.655)
    start = random_configuration(loose, 200, seed=2)
    held = quench(start, loose, leave_out_rattlers=True, execution=Execution("none"))
    assert held.density < 0.98 * loose.density


def test_rattlers_are_not_sought_where_the_forces_do_not_balance(start):
    with (
        pytest.warns(UnfinishedQuenchWarning),
        pytest.raises(ConvergenceError, match="before the forces balance"),
    ):
        quench(start, SPHERES, leave_out_rattlers=True, max_iterations=3)


def test_discs_that_lie_on_one_another_are_pushed_apart_before_they_are_quenched():
    """LAMMPS's spline of a bounded potential is one in r², whose slope at r = 0 is infinite: there it says nothing."""
    start = random_configuration(DISCS, 60, seed=3)
    assert interacting_pairs(start, DISCS).distances_p.min() < 0.03
    with pytest.warns(UserWarning, match="particles overlap"):
        packing = quench(start, DISCS, execution=Execution("none"))
    assert packing.iterations > 10
    assert packing.energy / packing.n_particles < 0.002


def test_the_command_leaves_them_out_and_elasticity_takes_the_file(start, tmp_path, capsys):
    write_dump(tmp_path / "start.dump", start)
    glass = tmp_path / "glass.dump"
    common = ["--model", "harmonic-0.70", "--force"]
    told = [
        "quench",
        str(tmp_path / "start.dump"),
        *common,
        "-o",
        str(glass),
        "--leave-out-rattlers",
    ]
    assert main(told) == 0
    n_held = read_configuration(glass, SPHERES).n_particles
    assert n_held < 200
    assert f"rattlers left out    {200 - n_held} of 200" in capsys.readouterr().out
    assert main(["elasticity", str(glass), *common, "--json"]) == 0
    assert '"kappa_mean"' in capsys.readouterr().out
