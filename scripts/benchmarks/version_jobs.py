"""The work of compare_versions.py: each job prepares, and returns what is timed. Any version since 0.1.0 runs it.

PYTHONPATH=CHECKOUT/src python scripts/benchmarks/version_jobs.py JOB    # prints processor seconds
"""

from __future__ import annotations

import importlib.util
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import lmpmeso

Work = Callable[[], object]
GLASSES = Path(__file__).resolve().parent / "glasses"
TEMPERATURES = {"ipl": 0.66, "mblj": 0.55, "ss": 1.0, "sw": 0.0222}
JOURNEY = ("ipl", "mblj", "ss", "sw")
SHAKEN = 0.05
"""Displacement of each coordinate where a quench begins, in units of a0."""
CAMPAIGN = """\
name = "small"
[[liquids]]
model = "ipl"
n_particles = 64
temperatures = [2.0, 1.5, 1.0]
[equilibration]
stretch_tau = 4.0
max_t0 = 400.0
[production]
length_tau = 5.0
shortest_spacing_t0 = 2.0
ratio = 1.5
[glasses]
number = 4
per_shard = 2
[statistics]
fit_from = 1.0
resamples = 200
[resources]
engine = "serial"
"""


@dataclass(frozen=True)
class Job:
    """What a row of the table is of: its part of the page, its words, what prepares the work, and how often it is done.

    Without ``warm_up`` the first call counts: of a command, the start of Python and all that it imports.
    """

    part: str
    title: str
    prepare: Callable[[], Work]
    repeats: int = 3
    warm_up: bool = True


def module(*names: str) -> ModuleType:
    """The first of these modules that this version has."""
    for name in names[:-1]:
        if importlib.util.find_spec(f"lmpmeso.{name.partition('.')[0]}") is not None:
            return importlib.import_module(f"lmpmeso.{name}")
    return importlib.import_module(f"lmpmeso.{names[-1]}")


def glass(name: str, shaken: float = 0.0) -> tuple[Any, Any]:
    """A glass of the benchmarks, its particles displaced at random where that is wanted, and its model."""
    import numpy as np

    from lmpmeso.configurations import configuration_from_arrays

    model = lmpmeso.get_model(name.rsplit("-", 1)[0])
    with np.load(GLASSES / f"{name}.npz") as arrays:
        positions_nc = arrays["fraction_nc"] / 2.0**32 * arrays["box_c"]
        species, box_c = arrays["species"].astype(np.int64), arrays["box_c"]
    shift_nc = np.random.default_rng(1).normal(0.0, shaken * model.a0, positions_nc.shape)
    return configuration_from_arrays(positions_nc + shift_nc, species, box_c), model


# --- elasticity ----------------------------------------------------------------------------------


def hessian_of(name: str) -> Work:
    configuration, model = glass(name)
    return lambda: lmpmeso.hessian(configuration, model).matrix


def stiffness_of(name: str, pairs: str | int) -> Work:
    hessian = lmpmeso.hessian(*glass(name))
    method = "selected" if pairs == "all" else "solve"
    return lambda: lmpmeso.dipole_stiffness(hessian, pairs=pairs, method=method, device="cpu")


def factor_of(name: str) -> Work:
    from lmpmeso.elasticity import factorise

    hessian = lmpmeso.hessian(*glass(name))
    return lambda: factorise(hessian)


def shear_of(name: str) -> Work:
    configuration, model = glass(name)
    return lambda: lmpmeso.shear_modulus(configuration, model)


def modes_of(name: str) -> Work:
    from lmpmeso.elasticity import lowest_modes

    hessian = lmpmeso.hessian(*glass(name))
    return lambda: lowest_modes(hessian, n_modes=20)


def soft_modes_of(name: str, starts: int) -> Work:
    from lmpmeso.elasticity import factorise, soft_modes

    hessian = lmpmeso.hessian(*glass(name))
    factor = factorise(hessian)
    return lambda: soft_modes(hessian, starts=starts, factor=factor)


def journey_of(name: str) -> Work:
    """From a liquid to all κ_ij, G and K, as each version does it."""
    from lmpmeso.elasticity import bulk_modulus

    liquid, model = glass(f"{name}-2000", SHAKEN)

    def analysed() -> None:
        structure = lmpmeso.quench(liquid, model)
        if "analyse" in lmpmeso.__all__:
            found = lmpmeso.analyse(structure, model, device="cpu")
            _ = found.bonds, found.shear, found.bulk
            return
        lmpmeso.dipole_stiffness(structure, model, device="cpu")
        lmpmeso.shear_modulus(structure, model)
        bulk_modulus(structure, model)

    return analysed


def ensemble_of(name: str, number: int) -> Work:
    from lmpmeso.elasticity import dipole_stiffness_ensemble

    configuration, model = glass(name)
    return lambda: list(dipole_stiffness_ensemble([configuration] * number, model, processes=2))


# --- quenches, LAMMPS ----------------------------------------------------------------------------


def liquid_of(name: str) -> tuple[Any, Any]:
    """A short run from random positions."""
    model, temperature = lmpmeso.get_model(name), TEMPERATURES[name]
    duration = 400 * model.time_step_at(temperature)
    equilibrate = module("protocols", "simulation").equilibrate
    return equilibrate(model, temperature, 2000, seed=1, duration=duration).configuration, model


def quench_of(name: str, minimizer: str) -> Work:
    liquid, model = liquid_of(name)
    return lambda: lmpmeso.quench(liquid, model, minimizer)


def recognition_of(name: str) -> Work:
    import numpy as np

    recognition = module("landscape.recognition")
    configuration, model = glass(f"{name}-2000")
    rng = np.random.default_rng(1)
    frames = [
        configuration.with_positions(
            configuration.positions_nc + rng.normal(0.0, 1e-3 * model.a0, (2000, model.dimension))
        )
        for _ in range(6)
    ]

    def quenched() -> None:
        quencher = recognition.FrameQuencher(recognition.QuenchSettings(model))
        for frame in frames:
            quencher.quench(frame)

    return quenched


def run_of(name: str, n_steps: int) -> Work:
    liquid, model = liquid_of(name)
    temperature = TEMPERATURES[name]
    duration = n_steps * model.time_step_at(temperature)
    equilibrate = module("protocols", "simulation").equilibrate
    return lambda: equilibrate(model, temperature, duration=duration, start=liquid)


# --- dynamics ------------------------------------------------------------------------------------


def dynamics_of(quantity: str, dimension: int = 3, n_frames: int = 500) -> Work:
    import numpy as np
    from bench_dynamics import N_LAGS, Q, random_walk

    from lmpmeso.dynamics import lag_table, self_correlations

    walk = random_walk(n_frames, 2000, dimension)
    frame_lags = np.unique(np.round(np.geomspace(1, n_frames - 1, 64)).astype(int))[:N_LAGS]
    some, every = lag_table(walk.steps, 100 * frame_lags), lag_table(walk.steps, "all")
    scattering = lmpmeso.self_intermediate
    return {
        "msd": lambda: lmpmeso.mean_squared_displacement(walk, lags=every),
        "isotropic": lambda: scattering(walk, Q, lags=some),
        "axes": lambda: scattering(walk, Q, lags=some, method="axes"),
        "shell": lambda: scattering(walk, Q, lags=some, method="shell", shell_width=0.3),
        "everything": lambda: self_correlations(walk, q=Q, distance=0.3, lags=every),
    }[quantity]


def streaming(n_frames: int) -> Work:
    from bench_dynamics import long_trajectory

    return lambda: long_trajectory(n_frames, 2000)


# --- campaigns and commands ----------------------------------------------------------------------


def engine_of(n_tasks: int, resumed: bool) -> Work:
    step = module("engine.step", "campaign.step").Step
    run_steps = module("engine.run", "campaign.engine").run_steps
    resources = module("engine.resources", "campaign.settings").Resources(engine="local", workers=2)
    extra = {"stage": "tasks"} if _is_0_1_0() else {}
    steps = [
        step(f"{k // 100:04d}/{k:06d}.txt", write_number, {"number": k}, **extra)
        for k in range(n_tasks)
    ]
    folder = Path(tempfile.mkdtemp(prefix="engine-"))
    if resumed:
        run_steps(folder / "0", steps, resources, Silence())
        return lambda: run_steps(folder / "0", steps, resources, Silence())
    return lambda: run_steps(Path(tempfile.mkdtemp(dir=folder)), steps, resources, Silence())


def _is_0_1_0() -> bool:
    """Whether the engine is not yet a part of its own."""
    return importlib.util.find_spec("lmpmeso.engine") is None


def write_number(work: Any, number: int) -> None:
    """A step of the engine."""
    work.target.write_text(f"{number}\n")


class Silence:
    """A sink of the engine that shows nothing."""

    def update(self, stage: str, done: float, total: float) -> None:
        pass

    def message(self, text: str) -> None:
        pass


def command(*arguments: object) -> None:
    """A command line in a process of its own."""
    words = [sys.executable, "-m", "lmpmeso", *map(str, arguments)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{words} failed:\n{done.stderr}")


def folder_with_campaign() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="campaign-"))
    (folder / "small.toml").write_text(CAMPAIGN)
    return folder


def campaign_from_nothing() -> Work:
    folder = folder_with_campaign()
    return lambda: command("run", folder / "small.toml", "-o", tempfile.mkdtemp(dir=folder))


def finished_campaign(*words: str) -> Work:
    folder = folder_with_campaign()
    command("run", folder / "small.toml", "-o", folder / "done")
    return lambda: command(*words, folder / "done")


def small_glass(*words: str) -> Work:
    """A command about a quenched glass of 400 particles, whose file is the second word."""
    from lmpmeso.configurations import write_dump

    folder = Path(tempfile.mkdtemp(prefix="small-glass-"))
    model = lmpmeso.get_model("ipl")
    random_start = module("protocols", "simulation").random_start
    write_dump(folder / "glass.dump", lmpmeso.quench(random_start(model, 400, 1), model))
    outputs = ("-o", folder / "again.dump") if words[0] == "quench" else ()
    return lambda: command(words[0], folder / "glass.dump", "--model", "ipl", *words[1:], *outputs)


def importing(*names: str) -> Work:
    words = [sys.executable, "-c", "import lmpmeso; " + "; ".join(names)]
    return lambda: subprocess.run(words, check=True)


# --- the table -----------------------------------------------------------------------------------

JOBS: dict[str, Job] = {}


def _add(name: str, part: str, title: str, prepare: Callable[[], Work], **more: Any) -> None:
    JOBS[name] = Job(part, title, prepare, **more)


for _name in ("ipl-2000", "ipl-8000", "sw-8000"):
    _add(
        f"hessian-{_name}",
        "hessian",
        f"Hessian, {_name}",
        lambda n=_name: hessian_of(n),
        repeats=10,
    )
_add(
    "pairs",
    "elasticity",
    "200 random κ_ij, ipl-8000",
    lambda: stiffness_of("ipl-8000", 200),
    repeats=1,
)
_add("factor", "elasticity", "factor, ipl-8000", lambda: factor_of("ipl-8000"), repeats=1)
_add("shear", "elasticity", "G of every plane, ipl-2000", lambda: shear_of("ipl-2000"))
for _name in JOURNEY:
    _add(
        f"journey-{_name}",
        "journey",
        f"quench, all κ_ij, G and K, {_name}-2000",
        lambda n=_name: journey_of(n),
        repeats=1,
    )
for _name in (*(f"{n}-2000" for n in JOURNEY), "ipl-8000"):
    _add(
        f"field-{_name}",
        "field",
        f"all κ_ij, {_name}",
        lambda n=_name: stiffness_of(n, "all"),
        repeats=1,
        warm_up=_name != "ipl-8000",
    )
_add("modes", "elasticity", "softest 20 modes, ipl-2000", lambda: modes_of("ipl-2000"))
_add(
    "ensemble",
    "elasticity",
    "all κ_ij of 12 glasses, two processes",
    lambda: ensemble_of("ipl-2000", 12),
    repeats=1,
    warm_up=False,
)
for _key, _dimension, _words in (
    ("msd", 3, "MSD, all lags"),
    ("isotropic", 3, "F_s isotropic, 50 lags"),
    ("isotropic", 2, "F_s isotropic in two dimensions, 50 lags"),
    ("axes", 3, "F_s along the axes, 50 lags"),
    ("shell", 3, "F_s over 15 wave vectors, 50 lags"),
    ("everything", 3, "F_s isotropic, MSD, α₂, Q, χ₄, all lags"),
):
    _add(
        f"{_key}-{_dimension}d",
        "dynamics",
        _words,
        lambda k=_key, d=_dimension: dynamics_of(k, d),
    )
_add(
    "streaming",
    "dynamics",
    "F_s of 4000 frames on disk, written and read",
    lambda: streaming(4000),
    repeats=1,
    warm_up=False,
)
for _name in JOURNEY:
    _add(
        f"run-{_name}",
        "lammps",
        f"500 MD steps, {_name}, N = 2000",
        lambda n=_name: run_of(n, 500),
        repeats=1,
    )
for _name in JOURNEY:
    for _minimizer in ("cg", "fire") if _name in ("ipl", "ss") else ("cg",):
        _add(
            f"quench-{_name}-{_minimizer}",
            "quenches",
            f"quench to 1e-10, {_minimizer}, {_name}, N = 2000",
            lambda n=_name, m=_minimizer: quench_of(n, m),
            repeats=1,
        )
_add(
    "recognition",
    "quenches",
    "six frames of one structure, ipl-2000",
    lambda: recognition_of("ipl"),
    repeats=1,
)
_add(
    "soft-2d",
    "soft-modes",
    "soft modes from 128 starts, ipl2d-2000",
    lambda: soft_modes_of("ipl2d-2000", 128),
    repeats=1,
)
_add(
    "soft-3d",
    "soft-modes",
    "soft modes from 64 starts, ipl-2000",
    lambda: soft_modes_of("ipl-2000", 64),
    repeats=1,
)
_add(
    "tasks",
    "campaigns",
    "engine: 500 tasks, two processes",
    lambda: engine_of(500, False),
    repeats=1,
    warm_up=False,
)
_add(
    "resume",
    "campaigns",
    "engine: resume of 2000 tasks, nothing to do",
    lambda: engine_of(2000, True),
)
_add(
    "campaign",
    "campaigns",
    "`lmpmeso run`, a small campaign from nothing",
    campaign_from_nothing,
    repeats=1,
    warm_up=False,
)
for _word in ("run", "status", "report", "figures"):
    _add(
        f"finished-{_word}",
        "campaigns",
        f"`lmpmeso {_word}` of a finished campaign",
        lambda w=_word: finished_campaign(w),
        warm_up=False,
    )
_add("import", "commands", "`import lmpmeso`", importing, repeats=10)
_add("help", "commands", "`lmpmeso --help`", lambda: lambda: command("--help"), repeats=10)
_add(
    "cli-elasticity",
    "commands",
    "`lmpmeso elasticity`, ipl, N = 400",
    lambda: small_glass("elasticity", "--pairs", "all"),
)
_add("cli-quench", "commands", "`lmpmeso quench`, ipl, N = 400", lambda: small_glass("quench"))


def processor_seconds() -> float:
    """Of this process and of those that it started and that ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def main() -> None:
    """Do one job and print the seconds of its fastest repetition."""
    job, times = JOBS[sys.argv[1]], []
    with tempfile.TemporaryDirectory(prefix="version-jobs-") as tempfile.tempdir:
        work = job.prepare()
        if job.warm_up:
            work()
        for _ in range(job.repeats):
            begun = processor_seconds()
            work()
            times.append(processor_seconds() - begun)
    print(min(times))


if __name__ == "__main__":
    # By its name as a module, which worker processes can import.
    import version_jobs

    version_jobs.main()
