"""Where the force between two particles jumps, of LAMMPS commands."""

import numpy as np
import pytest

from lmpmeso.hessians.force_jumps import force_jumps
from lmpmeso.hessians.model_check import check_model
from lmpmeso.models import GlassModel, Species, get_model, lammps_interaction
from tests.chains import REPULSIVE, chains
from tests.hessians.lammps_models import as_commands, silica


def of_commands(commands: str, dimension: int = 3, density: float = 1.0) -> GlassModel:
    return GlassModel(
        name="commands",
        dimension=dimension,
        density=density,
        species=(Species("A", 0.5), Species("B", 0.5)),
        lammps=lammps_interaction(commands),
    )


def lennard_jones(r: float) -> float:
    return 48.0 * r**-13 - 24.0 * r**-7


@pytest.mark.parametrize("dimension", [2, 3])
def test_each_pair_of_species_jumps_at_its_own_cut_off_by_the_force_there(dimension):
    cutoffs = {(1, 1): 2.5, (1, 2): 4.0, (2, 2): 1.7}
    lines = [f"pair_coeff {a} {b} 1.0 1.0 {r}" for (a, b), r in cutoffs.items()]
    found = list(force_jumps(of_commands("\n".join(["pair_style lj/cut 4.0", *lines]), dimension)))
    assert [(jump.first + 1, jump.second + 1) for jump in found] == [*cutoffs]
    assert [jump.distance for jump in found] == pytest.approx([*cutoffs.values()], abs=1e-8)
    expected = [abs(lennard_jones(r)) for r in cutoffs.values()]
    assert [jump.size for jump in found] == pytest.approx(expected, rel=1e-6)


def test_a_jump_well_within_the_cut_off_is_found():
    commands = """
    pair_style hybrid/overlay lj/smooth/linear 2.5 lj/cut 1.5
    pair_coeff * * lj/smooth/linear 1.0 1.0
    pair_coeff * * lj/cut 0.01 1.0
    """
    jump = next(force_jumps(of_commands(commands)))
    assert (jump.distance, jump.size) == pytest.approx((1.5, 0.01 * abs(lennard_jones(1.5))), 1e-6)


@pytest.mark.parametrize("name", ["ipl", "ipl2d", "mblj", "ss", "sw"])
def test_continuous_forces_do_not_jump(name, tmp_path):
    assert all(jump.size == 0.0 for jump in force_jumps(as_commands(name, tmp_path)))


def test_forces_of_several_particles_and_of_chains_are_looked_at(tmp_path):
    assert all(jump.size == 0.0 for jump in force_jumps(silica()[0]))
    short = REPULSIVE.replace("1.122462048309373", "1.5")
    (jump,) = force_jumps(chains(tmp_path, short))
    assert jump.size == pytest.approx(abs(lennard_jones(1.5)), rel=1e-6)


def test_the_check_of_a_model_tells_of_it(tmp_path):
    checks = {check.what: check for check in check_model(as_commands("ka", tmp_path))}
    told = checks["jump of the force of A-A"]
    inside = get_model("ka").pair_potentials[0][0].derivatives(np.array([2.5 - 1e-12]), 1)[1]
    assert told.value == pytest.approx(abs(float(inside[0])), rel=1e-6)
    assert told.passed
    assert told.words == "at r = 2.5: forces jump: G∞ has no value, and MD heats"
