"""Models of the user's own: the packaged ones written as formulas give the same physics, in LAMMPS too."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from lmpmeso.configurations import read_configuration
from lmpmeso.elasticity import dipole_stiffness, shear_modulus
from lmpmeso.errors import ModelError
from lmpmeso.hessians import evaluate, hessian
from lmpmeso.hessians.model_check import check_model
from lmpmeso.lammps.session import LammpsSession
from lmpmeso.models import get_model, lammps_pair_commands, read_model, write_potential
from lmpmeso.models.formula import FormulaPotential
from lmpmeso.models.tables import INNER_END, SOFT_INNER_END, closest_distance
from tests.models.own_models import IPL, METAL, MODIFIED, ORIGINAL, written

DATA = Path(__file__).parents[1] / "data"
TEXTS = {"ipl": IPL, "mblj": MODIFIED, "ka": ORIGINAL}


@pytest.fixture(scope="module", params=TEXTS)
def both(request, tmp_path_factory):
    """A model as a formula, the packaged one, and a glass of it."""
    path = written(tmp_path_factory.mktemp("models"), TEXTS[request.param], "mine")
    packaged = get_model(request.param)
    return (
        read_model(path),
        packaged,
        read_configuration(DATA / f"{request.param}.glass.dump.gz", packaged),
    )


def test_a_formula_gives_energy_forces_stress_and_hessian_of_the_packaged_model(both):
    model, packaged, glass = both
    ours, theirs = evaluate(glass, model), evaluate(glass, packaged)
    scale = theirs.contact_force_rms
    assert ours.energy == pytest.approx(theirs.energy, rel=1e-12)
    np.testing.assert_allclose(ours.forces_nc, theirs.forces_nc, rtol=0, atol=1e-12 * scale)
    np.testing.assert_allclose(ours.stress_cc, theirs.stress_cc, rtol=0, atol=1e-12 * scale)
    a, b = hessian(glass, model).matrix, hessian(glass, packaged).matrix
    assert abs(a - b).max() <= 1e-12 * abs(b).max()


def test_a_formula_gives_stiffnesses_and_modulus_of_the_packaged_model(both):
    model, packaged, glass = both
    ours, theirs = (dipole_stiffness(glass, m, pairs=60) for m in (model, packaged))
    np.testing.assert_array_equal(ours[["i", "j"]], theirs[["i", "j"]])
    # Rounding of the Hessian, times its condition number.
    np.testing.assert_allclose(ours["kappa"], theirs["kappa"], rtol=1e-10)
    assert shear_modulus(glass, model).value == pytest.approx(
        shear_modulus(glass, packaged).value, rel=1e-10
    )


def test_lammps_agrees_through_its_table_and_through_lepton(both, tmp_path):
    model, _, glass = both
    ours = evaluate(glass, model)
    table = write_potential(model, tmp_path)
    scale = ours.contact_force_rms
    for style, limit in (("table", 1e-5), ("lepton", 1e-11)):
        with LammpsSession("none") as lmp:
            lmp.set_configuration(glass, model)
            lmp.commands([*lammps_pair_commands(model, table, style=style), "run 0 post no"])
            assert lmp.potential_energy() == pytest.approx(ours.energy, rel=limit)
            forces_nc = lmp.forces()[:, : model.dimension]
            np.testing.assert_allclose(forces_nc, ours.forces_nc, rtol=0, atol=limit * scale)
            np.testing.assert_allclose(
                lmp.virial_stress(), ours.stress_cc, rtol=0, atol=limit * scale
            )


LEPTON = {
    "-eps*exp(-r^2) + a^-2^r": {"eps": 2.0, "a": 1.5},
    "a*r^-n*erfc(k*r) - (-r)^2/10 + 1e-3*pi": {"a": 3.0, "n": 12.5, "k": 0.3},
    "b*(1 - exp(-a*(r - m)))^2 - b*tanh(r)/2": {"b": 1.0, "a": 2.0, "m": 1.1},
}


@pytest.mark.parametrize("formula", LEPTON)
@pytest.mark.parametrize("shift", ["none", "smooth-3"])
def test_lepton_reads_a_formula_as_we_do(formula, shift):
    phi = FormulaPotential(formula, tuple(LEPTON[formula].items()), 2.5, 1.0, shift)
    model = replace(get_model("ipl"), name="mine", pair_potentials=((phi, phi), (phi, phi)))
    glass = read_configuration(DATA / "ipl.glass.dump.gz", model)
    ours = evaluate(glass, model)
    with LammpsSession("none") as lmp:
        lmp.set_configuration(glass, model)
        lmp.commands([*lammps_pair_commands(model, style="lepton"), "run 0 post no"])
        assert lmp.potential_energy() == pytest.approx(ours.energy, rel=1e-11)
        atol = 1e-11 * ours.contact_force_rms
        np.testing.assert_allclose(lmp.forces(), ours.forces_nc, rtol=0, atol=atol)


def test_pieces_have_no_lepton_expression():
    phi = FormulaPotential("where(r < 1, 1 - r, 0)^2", (), 1.5, 1.0)
    model = replace(get_model("ipl"), pair_potentials=((phi, phi), (phi, phi)))
    with pytest.raises(ModelError, match="no lepton expression for the pieces"):
        lammps_pair_commands(model, style="lepton")


@pytest.mark.parametrize(
    ("formula", "cutoff", "inner"),
    [
        ("0.5*(1 - r)^2", 1.0, SOFT_INNER_END),
        ("exp(-r^2)", 2.5, SOFT_INNER_END),
        ("1/r^12", 2.5, INNER_END),
        ("4*(r^-12 - r^-6)", 2.5, INNER_END),
    ],
)
def test_a_table_of_a_bounded_potential_begins_where_particles_overlap(formula, cutoff, inner):
    assert closest_distance(FormulaPotential(formula, (), cutoff, 1.0)) == inner


def test_the_check_of_a_right_model_passes_and_tells_of_jumps(tmp_path):
    checks = check_model(read_model(written(tmp_path, MODIFIED)))
    assert all(check.passed for check in checks)
    words = {check.what: check.words for check in checks}
    assert words["jump of φ″ of A-B at the cut-off"] == "κ and G see a jump"
    assert words["jump of φ of A-B at the cut-off"] == ""
    assert {"energy against LAMMPS (table)", "Hessian against differences of forces"} <= set(words)
    assert sum("against differences" in what for what in words) == 3 * 4 + 1


def test_the_check_in_units_of_metals_passes(tmp_path):
    checks = check_model(read_model(written(tmp_path, METAL)))
    assert [check.what for check in checks if not check.passed] == []


@dataclass(frozen=True)
class Stiffened(FormulaPotential):
    """φ″ 1.3 times too large."""

    def _inside(self, r, order):
        values = super()._inside(r, order)
        values[2:] *= 1.3
        return values


def test_a_wrong_curvature_is_refused_before_anything_is_computed():
    phi = Stiffened("(1/r)^10", (), 1.48, 1.0, "smooth-3")
    with pytest.raises(ModelError, match="φ″ is not the derivative of φ′"):
        replace(get_model("ipl"), name="mine", pair_potentials=((phi, phi), (phi, phi)))


def test_a_twelfth_power_fluid_of_the_users_own_in_two_dimensions(tmp_path):
    text = IPL.replace("density = 0.82", "density = 0.86\ndimension = 2")
    model, packaged = read_model(written(tmp_path, text)), get_model("ipl2d")
    glass = read_configuration(DATA / "ipl2d.glass.dump.gz", packaged)
    a, b = (shear_modulus(glass, m).value for m in (model, packaged))
    assert a == pytest.approx(b, rel=1e-10)
