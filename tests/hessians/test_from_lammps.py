"""Models given as LAMMPS commands, against closed forms, LAMMPS's own Hessian, and published constants."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lmpmeso.configurations import Configuration
from lmpmeso.elasticity import elastic_tensor, voigt
from lmpmeso.errors import LammpsError, ModelError
from lmpmeso.hessians import Hessian, born_term, evaluate, hessian
from lmpmeso.lammps import forces as forces_module
from lmpmeso.lammps.forces import close_kept_forces, command_session
from lmpmeso.models import get_model
from lmpmeso.models.lammps_interaction import LammpsInteraction
from tests.hessians.lammps_models import as_commands, copper, silica, silicon

Sample = Callable[[str], Configuration]
GPA = 160.21766208
"""One eV/Å³."""


@pytest.mark.parametrize("name", ["ipl", "ipl2d", "mblj", "ss", "sw"])
def test_what_lammps_commands_give_is_the_closed_form(
    sample: Sample, name: str, tmp_path: Path
) -> None:
    configuration, model = sample(name), as_commands(name, tmp_path)
    exact, found = hessian(configuration, get_model(name)), hessian(configuration, model)
    assert found.energy == pytest.approx(exact.energy, rel=1e-12)
    np.testing.assert_allclose(found.forces_nc, exact.forces_nc, atol=1e-12 * exact.max_force)
    for attribute, tolerance in (("stress_cc", 1e-12), ("born_cccc", 1e-7)):
        value = getattr(exact, attribute)
        np.testing.assert_allclose(
            getattr(found, attribute), value, atol=tolerance * np.abs(value).max()
        )
    coupling = exact.strain_coupling_nccc
    np.testing.assert_allclose(
        found.strain_coupling_nccc, coupling, atol=1e-7 * np.abs(coupling).max()
    )
    largest = np.abs(exact.matrix.data).max()
    difference = np.abs((found.matrix - exact.matrix).toarray()).max()
    assert difference < 1e-7 * largest
    assert difference < 3.0 * found.error < 1e-6 * largest
    np.testing.assert_array_equal(found.pairs.i, exact.pairs.i)
    np.testing.assert_array_equal(found.pairs.j, exact.pairs.j)


@pytest.mark.parametrize(
    "case",
    [("tersoff", "Si.tersoff"), ("tersoff/mod", "Si.tersoff.mod"), "silica", "copper"],
    ids=str,
)
def test_dynamical_matrix_of_lammps_is_the_hessian(
    case: str | tuple[str, str], tmp_path: Path
) -> None:
    if case == "silica":
        model, configuration = silica()
    elif case == "copper":
        model, configuration = copper(4, 0.1)
    else:
        model, configuration = silicon(*case)
    found = hessian(configuration, model)
    with command_session(configuration, model) as lmp:
        lmp.command(f"dynamical_matrix all regular 1e-5 file {tmp_path / 'matrix'} binary yes")
    n = configuration.n_particles
    masses = np.array([s.mass for s in model.species])[configuration.species]
    root = np.sqrt(np.repeat(masses, 3))
    by_lammps = np.fromfile(tmp_path / "matrix").reshape(3 * n, 3 * n) * np.outer(root, root)
    matrix = found.matrix.toarray()
    np.testing.assert_array_equal(matrix, matrix.T)
    np.testing.assert_allclose(by_lammps, matrix, atol=3e-8 * np.abs(matrix).max())
    assert found.error < 1e-7 * np.abs(matrix).max()


def test_elastic_constants_of_copper_are_the_published_ones() -> None:
    """Mishin et al., Phys. Rev. B 63, 224106 (2001): 169.9, 122.6 and 76.2 GPa."""
    model, configuration = copper(4, 0.0)
    tensor = elastic_tensor(configuration, model)
    assert abs(tensor.pressure) * GPA < 0.01
    constants = GPA * voigt(tensor.thermodynamic())
    assert constants[0, 0] == pytest.approx(169.9, abs=0.1)
    assert constants[0, 1] == pytest.approx(122.6, abs=0.1)
    assert constants[3, 3] == pytest.approx(76.2, abs=0.1)


def test_one_lammps_serves_all_structures_of_a_system(
    sample: Sample, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = []
    session = forces_module.LammpsSession

    def counted(*arguments: object, **options: object) -> object:
        opened.append(arguments)
        return session(*arguments, **options)

    monkeypatch.setattr(forces_module, "LammpsSession", counted)
    close_kept_forces()
    configuration, model = sample("mblj"), as_commands("mblj", tmp_path)
    generator = np.random.default_rng(2)
    for _ in range(4):
        moved = configuration.with_positions(
            configuration.positions_nc
            + generator.normal(0.0, 0.05, configuration.positions_nc.shape)
        )
        found, exact = evaluate(moved, model), evaluate(moved, get_model("mblj"))
        assert found.energy == pytest.approx(exact.energy, rel=1e-11)
        np.testing.assert_allclose(found.forces_nc, exact.forces_nc, atol=1e-10 * exact.max_force)
        np.testing.assert_allclose(found.stress_cc, exact.stress_cc, rtol=1e-9, atol=1e-9)
    assert len(opened) == 1
    larger = replace(configuration, box_c=1.001 * configuration.box_c)
    exact = evaluate(larger, get_model("mblj"))
    assert evaluate(larger, model).energy == pytest.approx(exact.energy, rel=1e-11)
    assert len(opened) == 2


def test_the_same_positions_give_the_same_forces_whatever_came_before(
    sample: Sample, tmp_path: Path
) -> None:
    configuration, model = sample("sw"), as_commands("sw", tmp_path)
    first = evaluate(configuration, model)
    in_another_image = configuration.with_positions(
        configuration.positions_nc + 3.0 * configuration.box_c
    )
    again = evaluate(in_another_image, model)
    np.testing.assert_allclose(again.forces_nc, first.forces_nc, atol=1e-11 * first.max_force)
    assert again.contact_force_rms == pytest.approx(first.contact_force_rms, rel=1e-6)


def test_a_lammps_that_stopped_is_not_used_again(sample: Sample, tmp_path: Path) -> None:
    configuration, model = sample("ipl"), as_commands("ipl", tmp_path)
    exploded = configuration.positions_nc.copy()
    exploded[0] = np.nan
    with pytest.raises(Exception, match="is nan"):
        evaluate(configuration.with_positions(exploded), model)
    assert evaluate(configuration, model).energy == pytest.approx(
        evaluate(configuration, get_model("ipl")).energy, rel=1e-12
    )


def test_contact_forces_are_of_the_order_of_closed_forms(sample: Sample, tmp_path: Path) -> None:
    for name in ("ipl", "sw"):
        exact = evaluate(sample(name), get_model(name)).contact_force_rms
        found = evaluate(sample(name), as_commands(name, tmp_path)).contact_force_rms
        assert 0.1 < found / exact < 10.0


@pytest.mark.parametrize(
    "commands",
    [
        ("pair_style lj/cut/coul/long 8.0", "pair_coeff * * 1.0 1.0", "kspace_style pppm 1e-5"),
        ("pair_style born/coul/msm 8.0", "pair_coeff * * 1 1 1 1 1"),
        ("pair_style lj/cut 2.5", "pair_coeff * * 1 1", "kspace_style ewald 1e-6"),
    ],
)
def test_long_range_electrostatics_are_refused_with_what_to_take_instead(
    sample: Sample, commands: tuple[str, ...]
) -> None:
    model = replace(get_model("ipl"), pair_potentials=(), lammps=LammpsInteraction(commands))
    with pytest.raises(ModelError, match=r"coul/dsf or coul/wolf"):
        hessian(sample("ipl"), model)


def test_a_command_that_lammps_refuses_is_named(sample: Sample) -> None:
    interaction = LammpsInteraction(("pair_style lj/cut 2.5", "pair_coeff 1 9 1 1"))
    model = replace(get_model("ipl"), pair_potentials=(), lammps=interaction)
    with pytest.raises(LammpsError, match="pair_coeff 1 9 1 1"):
        evaluate(sample("ipl"), model)


def test_the_born_term_alone_is_that_of_the_hessian(sample: Sample, tmp_path: Path) -> None:
    exact = hessian(sample("mblj"), get_model("mblj")).born_cccc
    np.testing.assert_array_equal(born_term(sample("mblj"), get_model("mblj")), exact)
    found = born_term(sample("mblj"), as_commands("mblj", tmp_path))
    np.testing.assert_allclose(found, exact, atol=1e-7 * np.abs(exact).max())


def test_closed_forms_have_no_error(sample: Sample) -> None:
    found: Hessian = hessian(sample("ipl"), get_model("ipl"))
    assert found.error == 0.0
