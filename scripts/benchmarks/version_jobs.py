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
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import lmpmeso

Work = Callable[[], object]
GLASSES = Path(__file__).resolve().parent / "glasses"
TEMPERATURES = {"ipl": 0.66, "mblj": 0.55, "ss": 1.0, "sw": 0.0222}
SHORTEST = 0.2
"""Seconds that are measured at least."""
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
    """A row of the table: its words, what prepares its work, and whether the first call is timed, too."""

    title: str
    prepare: Callable[[], Work]
    cold: bool = False


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


def run_command(*words: str) -> Work:
    return lambda: command(*words)


def run_python(*words: str) -> Work:
    return lambda: subprocess.run([sys.executable, *words], check=True)


# --- the table -----------------------------------------------------------------------------------

FLAT = "F_s isotropic in two dimensions, 50 lags"
JOBS: dict[str, tuple[Job, ...]] = {
    "hessian": tuple(
        Job(f"Hessian, {name}", partial(hessian_of, name))
        for name in ("ipl-2000", "ipl-8000", "sw-8000")
    ),
    "commands": (
        Job("`import lmpmeso`", partial(run_python, "-c", "import lmpmeso"), True),
        Job("`lmpmeso --help`", partial(run_command, "--help"), True),
        Job("`lmpmeso quench`, ipl, N = 400", partial(small_glass, "quench"), True),
        Job(
            "`lmpmeso elasticity`, ipl, N = 400",
            partial(small_glass, "elasticity", "--pairs", "all"),
            True,
        ),
    ),
    "journey": tuple(
        Job(f"quench, all κ_ij, G and K, {name}-2000", partial(journey_of, name))
        for name in TEMPERATURES
    ),
    "field": tuple(
        Job(f"all κ_ij, {name}", partial(stiffness_of, name, "all"))
        for name in ("ipl-2000", "mblj-2000", "ss-2000", "sw-2000", "ipl-8000")
    ),
    "elasticity": (
        Job("200 random κ_ij, ipl-8000", partial(stiffness_of, "ipl-8000", 200)),
        Job("factor, ipl-8000", partial(factor_of, "ipl-8000")),
        Job("G of every plane, ipl-2000", partial(shear_of, "ipl-2000")),
        Job("softest 20 modes, ipl-2000", partial(modes_of, "ipl-2000")),
        Job("all κ_ij of 8 glasses, two processes", partial(ensemble_of, "ipl-2000", 8)),
    ),
    "dynamics": (
        Job("MSD, all lags", partial(dynamics_of, "msd")),
        Job("F_s isotropic, 50 lags", partial(dynamics_of, "isotropic")),
        Job(FLAT, partial(dynamics_of, "isotropic", dimension=2)),
        Job("F_s along the axes, 50 lags", partial(dynamics_of, "axes")),
        Job("F_s over 15 wave vectors, 50 lags", partial(dynamics_of, "shell")),
        Job("F_s isotropic, MSD, α₂, Q, χ₄, all lags", partial(dynamics_of, "everything")),
        Job("F_s of 2000 frames on disk, written and read", partial(streaming, 2000)),
    ),
    "lammps": tuple(
        Job(f"500 MD steps, {name}, N = 2000", partial(run_of, name, 500)) for name in TEMPERATURES
    ),
    "quenches": (
        *(
            Job(f"quench to 1e-10, {name}, N = 2000", partial(quench_of, name, "cg"))
            for name in TEMPERATURES
        ),
        Job("the same by FIRE, ss, N = 2000", partial(quench_of, "ss", "fire")),
        Job("six frames of one structure, ipl-2000", partial(recognition_of, "ipl")),
    ),
    "soft-modes": (
        Job("soft modes from 128 starts, ipl2d-2000", partial(soft_modes_of, "ipl2d-2000", 128)),
        Job("soft modes from 64 starts, ipl-2000", partial(soft_modes_of, "ipl-2000", 64)),
    ),
    "campaigns": (
        Job(
            "engine: 100 tasks, two processes, with their start",
            partial(engine_of, 100, resumed=False),
            True,
        ),
        Job("engine: 2000 tasks that are there", partial(engine_of, 2000, resumed=True)),
        Job("`lmpmeso run`, a small campaign from nothing", campaign_from_nothing, True),
        *(
            Job(f"`lmpmeso {word}` of it when it is finished", partial(finished_campaign, word))
            for word in ("run", "status", "report", "figures")
        ),
    ),
}
"""By the parts of docs/benchmarks.md."""


# --- a process that does one of them when it is told to ------------------------------------------


def processor_seconds() -> float:
    """Of this process and of those that it started and that ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def timed(work: Work) -> float:
    """Processor seconds of one call, from as many as it takes to measure them."""
    calls, begun = 0, processor_seconds()
    while not calls or processor_seconds() - begun < SHORTEST:
        work()
        calls += 1
    return (processor_seconds() - begun) / calls


def main() -> None:
    """Prepare a job; then print the seconds of one more call for every line that is read."""
    job, told = JOBS[sys.argv[1]][int(sys.argv[2])], sys.stdout
    with (
        tempfile.TemporaryDirectory(prefix="version-jobs-") as tempfile.tempdir,
        redirect_stdout(sys.stderr),
    ):
        work = job.prepare()
        if not job.cold:
            work()
        print("ready", file=told, flush=True)
        for _ in sys.stdin:
            print(timed(work), file=told, flush=True)


if __name__ == "__main__":
    # By its name as a module, which worker processes can import.
    import version_jobs

    version_jobs.main()
