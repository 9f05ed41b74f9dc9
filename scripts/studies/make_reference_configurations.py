"""Make tests/data: a small equilibrated liquid and its inherent structure for each model.

For each model, NAME.liquid.dump.gz and NAME.glass.dump.gz hold the positions, reference.json the numbers
that belong to them, kappa.npz every κ_ij. A number is written only when it is confirmed twice:

- energy, forces and stress of liquid and glass: by LAMMPS, with the exact potential;
- eigenvalues of the Hessian: by LAMMPS's dynamical_matrix (finite differences of forces);
- G of each plane: by dense algebra, and by LAMMPS, straining the box and minimising again;
- κ_ij of all pairs: by dense algebra (this is what is stored) and by the package.

    python scripts/studies/make_reference_configurations.py [--folder tests/data] [MODEL ...]

Of a model beyond the paper NAME.glass.dump.gz alone is kept, with its numbers in further-reference.json: energy and
forces confirmed by LAMMPS, G of each plane by LAMMPS, κ_ij of all pairs by dense algebra.

The liquids are reproducible up to LAMMPS's own floating-point order: on another machine they are
other liquids, equally good.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lmpmeso.configurations import Configuration, read_configuration, write_dump
from lmpmeso.dynamics import check_equilibration
from lmpmeso.elasticity import dipole_stiffness, shear_modulus
from lmpmeso.execution import Execution
from lmpmeso.files.atomic import replacing
from lmpmeso.hessians import Hessian, evaluate, hessian
from lmpmeso.lammps import LammpsSession
from lmpmeso.models import GlassModel, get_model, lammps_pair_commands
from lmpmeso.models.lammps_styles import NATIVE
from lmpmeso.protocols import equilibrate, quench, run_trajectory

FloatArray = NDArray[np.float64]

N_EIGENVALUES = 10
RUN_LENGTH = 50.0
"""Length of the equilibration, and of the trajectory that checks it, in units of τ_α."""


@dataclass(frozen=True)
class Steps:
    """Displacement and strain of difference quotients."""

    displacement: float
    strain: float


STEPS = {
    **dict.fromkeys(("ss", "mblj", "ka", "wca", "harmonic", "harmonic-2d"), Steps(1e-6, 1e-7)),
    "cuzr": Steps(1e-6, 3e-7),
    "poly-swap": Steps(1e-6, 1e-6),
}
"""By interaction: small where φ′, φ″ or φ‴ jumps, so that no pair crosses the place."""
SMOOTH_STEPS = Steps(1e-4, 1e-5)


@dataclass(frozen=True)
class StatePoint:
    """Temperature, number of particles and a rough τ_α/t0 of the liquid.

    The seed is the first whose glass resists shear in every plane: next to an instability the
    difference quotients that confirm G do not converge.
    """

    temperature: float
    n_particles: int
    tau: float
    seed: int = 1


STATE_POINTS = {
    "ipl": StatePoint(0.8, 400, 9.4),
    "ipl2d": StatePoint(0.8, 400, 9.7),
    "mblj": StatePoint(0.7, 400, 9.3),
    "ss": StatePoint(1.2, 400, 16.0, seed=2),
    "ss-0.70": StatePoint(2.0, 400, 36.0),
    "ss-0.95": StatePoint(8.0, 400, 15.0),
    "sw": StatePoint(0.03, 400, 4.0),
    "ka": StatePoint(0.8, 216, 6.1),
}


FURTHER_POINTS = {
    "harmonic": StatePoint(0.003, 250, 3.7),
    "harmonic-2d": StatePoint(0.004, 250, 1.7),
    "cuzr": StatePoint(1600.0, 216, 1.5),
    "lj-poly": StatePoint(0.5, 270, 5.0, seed=2),
    "silica": StatePoint(4000.0, 216, 3.3),
    "si-tersoff": StatePoint(2000.0, 216, 0.9),
    "poly-swap": StatePoint(0.15, 250, 10.0),
}
"""Models beyond the paper: of these a glass is kept, from a liquid that ran for ten τ_α, about. Glasses of `wca`
hold rattlers."""


class NotConfirmedError(Exception):
    """Two independent ways to a number disagree; nothing is written."""


def confirm(what: str, one: object, other: object, tolerance: float) -> float:
    """The largest difference of two results.

    Raises:
        NotConfirmedError: it is above the tolerance.
    """
    difference = float(np.abs(np.asarray(one) - np.asarray(other)).max())
    if not difference <= tolerance:
        raise NotConfirmedError(f"{what}: difference {difference:.3g}, allowed {tolerance:.3g}")
    return difference


def equilibrated_liquid(
    model: GlassModel, point: StatePoint
) -> tuple[Configuration, dict[str, object]]:
    """A liquid and the evidence that it is equilibrated."""
    t0 = model.t0(point.temperature)
    duration = RUN_LENGTH * point.tau * t0
    equilibration = equilibrate(
        model,
        point.temperature,
        point.n_particles,
        point.seed,
        duration=duration,
        execution=Execution("none"),
    )
    run = run_trajectory(
        equilibration.configuration,
        model,
        point.temperature,
        block_duration=duration / 20,
        n_blocks=20,
        execution=Execution("none"),
    )
    verdict = check_equilibration(run.trajectory, model, run.record, min_stretch=10.0)
    if not verdict.equilibrated:
        raise NotConfirmedError(f"{model.name}: not equilibrated: {verdict.reason}")
    tau = float(np.mean([stretch.value for stretch in verdict.relaxation_times]))
    liquid = replace(
        run.configuration, velocities_nc=None, step=0, parent_temperature=point.temperature
    )
    return liquid, {
        "temperature": point.temperature,
        "n_particles": point.n_particles,
        "seed": point.seed,
        "tau_over_t0": round(tau / t0, 2),
        "equilibration_over_tau": round(duration / tau, 1),
        "energy_per_particle_mean": round(float(run.record["potential_energy"].mean()), 5),
    }


def exact_commands(model: GlassModel) -> list[str]:
    """LAMMPS commands of the exact potential, without any table."""
    if model.lammps is not None or model.embedding is not None or model.sizes is not None:
        return lammps_pair_commands(model)
    native = type(model.pair_potentials[0][0]) in NATIVE
    flat = ["fix flat all enforce2d"] if model.dimension == 2 else []
    return [*flat, *lammps_pair_commands(model, style="native" if native else "lepton")]


def confirm_by_lammps(configuration: Configuration, model: GlassModel) -> dict[str, float]:
    """Compare energy, forces and stress with LAMMPS's; the differences."""
    ours = evaluate(configuration, model)
    with LammpsSession(accelerator="none") as lmp:
        lmp.set_configuration(configuration, model)
        lmp.commands([*exact_commands(model), "run 0 post no"])
        n, d = configuration.n_particles, model.dimension
        return {
            "energy_per_particle": confirm(
                "energy", ours.energy / n, lmp.potential_energy() / n, 1e-12
            ),
            "force": confirm("forces", ours.forces_nc, lmp.forces()[:, :d], 1e-10),
            "stress": confirm("stress", ours.stress_cc, lmp.virial_stress(), 1e-11),
        }


def lammps_hessian(configuration: Configuration, model: GlassModel, step: float) -> FloatArray:
    """The Hessian by LAMMPS's dynamical_matrix: central differences of forces, unit masses."""
    n, d = configuration.n_particles, model.dimension
    with (
        tempfile.TemporaryDirectory() as folder,
        LammpsSession(accelerator="none") as lmp,
    ):
        path = Path(folder) / "matrix.bin"
        lmp.set_configuration(configuration, model)
        lmp.commands([*exact_commands(model), "run 0 post no"])
        lmp.command(f"dynamical_matrix all regular {step!r} file {path} binary yes")
        matrix = np.fromfile(path).reshape(n, 3, n, 3)[:, :d, :, :d].reshape(d * n, d * n)
    symmetric: FloatArray = 0.5 * (matrix + matrix.T)
    return symmetric


def lammps_eigenvalues(configuration: Configuration, model: GlassModel) -> FloatArray:
    """Eigenvalues of LAMMPS's Hessian, extrapolated to a vanishing difference step."""
    step = STEPS.get(model.interaction, SMOOTH_STEPS).displacement
    fine = lammps_hessian(configuration, model, step)
    coarse = lammps_hessian(configuration, model, 2 * step)
    extrapolated = (4 * fine - coarse) / 3
    return np.asarray(np.linalg.eigvalsh(extrapolated), dtype=np.float64)


def lammps_shear_modulus(configuration: Configuration, model: GlassModel, plane: str) -> float:
    """G of one plane: the stress of two minimised structures, sheared a little to either side."""
    a, b = ("xyz".index(axis) for axis in plane)
    step = STEPS.get(model.interaction, SMOOTH_STEPS).strain
    stresses = []
    for strain in (step, -step):
        with LammpsSession(accelerator="none") as lmp:
            lmp.set_configuration(configuration, model)
            lmp.commands(exact_commands(model))
            tilt = strain * float(configuration.box_c[b])
            lmp.command("change_box all triclinic")
            lmp.command(f"change_box all {plane} final {tilt!r} remap units box")
            lmp.commands(["min_modify dmax 0.01 norm max", "minimize 0 1e-11 100000 1000000"])
            stresses.append(lmp.virial_stress()[a, b])
    return float((stresses[0] - stresses[1]) / (2 * step))


@dataclass(frozen=True)
class DenseResults:
    """What dense linear algebra makes of a Hessian."""

    eigenvalues: FloatArray
    planes: dict[str, float]
    kappa_p: FloatArray


def dense_results(h: Hessian) -> DenseResults:
    """Eigenvalues, G and every κ_ij from the spectrum of the whole Hessian."""
    d, n = h.dimension, h.n_particles
    eigenvalues, modes = np.linalg.eigh(h.matrix.toarray())
    if not (np.abs(eigenvalues[:d]).max() < 1e-9 < 1e-4 < eigenvalues[d]):
        raise NotConfirmedError(f"not a minimum: lowest eigenvalues {eigenvalues[: d + 2]}")
    eigenvalues, modes = eigenvalues[d:], modes[:, d:]
    planes = {}
    for a in range(d):
        for b in range(a + 1, d):
            overlap = modes.T @ h.strain_coupling_nccc[:, :, a, b].ravel()
            born = h.born_cccc[a, b, a, b]
            planes["xyz"[a] + "xyz"[b]] = float(
                (born - (overlap**2 / eigenvalues).sum()) / h.volume
            )
    normal_pc = h.pairs.vectors_pc / h.pairs.distances_p[:, None]
    modes_ncm = modes.reshape(n, d, -1)
    kappa = np.empty(len(normal_pc))
    for k, (i, j, normal) in enumerate(zip(h.pairs.i, h.pairs.j, normal_pc, strict=True)):
        overlap = (modes_ncm[j] - modes_ncm[i]).T @ normal
        kappa[k] = (overlap**2 / eigenvalues).sum() / (overlap**2 / eigenvalues**2).sum()
    return DenseResults(eigenvalues, planes, kappa)


def first_order(configuration: Configuration, model: GlassModel) -> dict[str, object]:
    """Energy, pressure, stress and forces of a configuration."""
    here = evaluate(configuration, model)
    return {
        "energy": here.energy,
        "pressure": here.pressure,
        "stress": here.stress_cc.tolist(),
        "max_force": here.max_force,
        "n_pairs": len(here.pairs.i),
    }


def reference(name: str, folder: Path) -> tuple[dict[str, object], dict[str, NDArray[np.generic]]]:
    """Make, confirm and write the configurations of one model; its numbers and its κ_ij."""
    model, point = get_model(name), STATE_POINTS[name]
    liquid, history = equilibrated_liquid(model, point)
    minimum = quench(liquid, model, execution=Execution("none"))
    paths = {kind: folder / f"{name}.{kind}.dump.gz" for kind in ("liquid", "glass")}
    write_dump(paths["liquid"], liquid)
    write_dump(paths["glass"], minimum)

    # From here on, everything is computed from what was written.
    liquid = read_configuration(paths["liquid"], model)
    glass = read_configuration(paths["glass"], model)
    agreement: dict[str, object] = {
        "lammps_liquid": confirm_by_lammps(liquid, model),
        "lammps_glass": confirm_by_lammps(glass, model),
    }
    h = hessian(glass, model)
    dense = dense_results(h)
    if min(dense.planes.values()) <= 0:
        raise NotConfirmedError(f"{name}: a shear modulus is not positive: take another seed")
    from_lammps = lammps_eigenvalues(glass, model)[model.dimension :]
    agreement["lammps_eigenvalues"] = confirm(
        "all eigenvalues, relative", from_lammps / dense.eigenvalues, 1.0, 1e-5
    )
    strained = {plane: lammps_shear_modulus(glass, model, plane) for plane in dense.planes}
    agreement["lammps_shear_modulus"] = confirm(
        "G by finite strain, relative",
        [strained[plane] / g for plane, g in dense.planes.items()],
        1.0,
        1e-5,
    )
    shear = shear_modulus(h)
    agreement["package_shear_modulus"] = confirm(
        "G of the package", [shear.planes[p] for p in dense.planes], [*dense.planes.values()], 1e-8
    )
    bonds = dipole_stiffness(h, pairs="all")
    order = np.lexsort((bonds["j"], bonds["i"]))
    same_order = np.lexsort((h.pairs.j, h.pairs.i))
    agreement["package_kappa"] = confirm(
        "κ_ij of the package, relative",
        bonds["kappa"].to_numpy()[order] / dense.kappa_p[same_order],
        1.0,
        1e-9,
    )
    numbers: dict[str, object] = {
        "state": {"density": model.density, **history},
        "liquid": first_order(liquid, model),
        "glass": {
            **first_order(glass, model),
            "minimizer": minimum.minimizer,
            "shear_modulus_planes": dense.planes,
            "lowest_eigenvalues": dense.eigenvalues[:N_EIGENVALUES].tolist(),
            "largest_eigenvalue": float(dense.eigenvalues[-1]),
            "kappa_mean": float(dense.kappa_p.mean()),
            "kappa_min": float(dense.kappa_p.min()),
            "kappa_max": float(dense.kappa_p.max()),
        },
        "agreement": agreement,
    }
    kappa: dict[str, NDArray[np.generic]] = {
        f"{name}/i": h.pairs.i[same_order].astype(np.int16),
        f"{name}/j": h.pairs.j[same_order].astype(np.int16),
        f"{name}/kappa": dense.kappa_p[same_order],
    }
    return numbers, kappa


def further_reference(name: str, folder: Path) -> dict[str, object]:
    """Make, confirm and write the glass of a model beyond the paper; its numbers."""
    model, point = get_model(name), FURTHER_POINTS[name]
    liquid = equilibrate(
        model,
        point.temperature,
        point.n_particles,
        point.seed,
        duration=10.0 * point.tau * model.t0(point.temperature),
        execution=Execution("none"),
    )
    path = folder / f"{name}.glass.dump.gz"
    write_dump(path, quench(liquid.configuration, model, execution=Execution("none")))
    glass = read_configuration(path, model)
    h = hessian(glass, model)
    dense = dense_results(h)
    if min(dense.planes.values()) <= 0:
        raise NotConfirmedError(f"{name}: a shear modulus is not positive: take another seed")
    bonds = dipole_stiffness(h, pairs="all").sort_values(["i", "j"])
    order = np.lexsort((h.pairs.j, h.pairs.i))
    strained = {plane: lammps_shear_modulus(glass, model, plane) for plane in dense.planes}
    agreement = {
        "lammps_glass": confirm_by_lammps(glass, model),
        "lammps_shear_modulus": confirm(
            "G by finite strain, relative",
            [strained[plane] / g for plane, g in dense.planes.items()],
            1.0,
            1e-4,
        ),
        "package_kappa": confirm(
            "κ_ij of the package, relative",
            bonds["kappa"].to_numpy() / dense.kappa_p[order],
            1.0,
            1e-9,
        ),
    }
    return {
        "temperature": point.temperature,
        "n_particles": point.n_particles,
        "seed": point.seed,
        "energy": evaluate(glass, model).energy,
        "shear_modulus_planes": dense.planes,
        "kappa_mean": float(dense.kappa_p.mean()),
        "n_pairs": len(dense.kappa_p),
        "agreement": agreement,
    }


def write_further_references(names: list[str], folder: Path) -> None:
    """The glasses of models beyond the paper, and further-reference.json."""
    path = folder / "further-reference.json"
    numbers = json.loads(path.read_text()) if path.exists() else {}
    for name in names:
        numbers[name] = further_reference(name, folder)
        ordered = {known: numbers[known] for known in FURTHER_POINTS if known in numbers}
        with replacing(path) as temporary:
            temporary.write_text(json.dumps(ordered, indent=1) + "\n")
        print(name, json.dumps(numbers[name]["agreement"]), flush=True)


def main() -> None:
    """Make the configurations of the models asked for, and keep those of the others."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="*", default=[*STATE_POINTS, *FURTHER_POINTS])
    parser.add_argument("--folder", type=Path, default=Path("tests/data"))
    arguments = parser.parse_args()
    folder: Path = arguments.folder
    folder.mkdir(parents=True, exist_ok=True)
    json_path, npz_path = folder / "reference.json", folder / "kappa.npz"
    numbers = json.loads(json_path.read_text()) if json_path.exists() else {}
    arrays = dict(np.load(npz_path)) if npz_path.exists() else {}
    write_further_references([n for n in arguments.models if n in FURTHER_POINTS], folder)
    for name in [n for n in arguments.models if n in STATE_POINTS]:
        numbers[name], kappa = reference(name, folder)
        arrays.update(kappa)
        ordered = {known: numbers[known] for known in STATE_POINTS if known in numbers}
        with replacing(json_path) as temporary:
            temporary.write_text(json.dumps(ordered, indent=1) + "\n")
        with replacing(npz_path) as temporary:
            np.savez(temporary, **arrays)
        print(name, json.dumps(numbers[name]["agreement"]), flush=True)


if __name__ == "__main__":
    main()
