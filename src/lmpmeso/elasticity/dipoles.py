"""Dipole stiffness κ_ij of pairs of particles (Eqs. A2-A4 of the paper).

The unit dipole of a pair pushes i and j apart along n_ij = (x_j - x_i)/r::

    d̂ = (e_j ⊗ n - e_i ⊗ n)/√2,   z = M⁻¹ d̂,   κ_ij = (d̂ᵀ M⁻¹ d̂)/(d̂ᵀ M⁻² d̂) = (d̂·z)/(z·z).

Array suffixes: n particle, p pair, c Cartesian component.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from lmpmeso.arrays import BoolArray, FloatArray, IntArray
from lmpmeso.backend import ArrayBackend, DeviceName, get_backend
from lmpmeso.configurations import ConfigurationLike
from lmpmeso.elasticity.conjugate_gradients import IterativeSolver
from lmpmeso.elasticity.dense_inverse import dense_dipole_response, dense_memory, dense_operations
from lmpmeso.elasticity.factor import HessianFactor, HessianPlan
from lmpmeso.elasticity.linear_response import LinearResponse
from lmpmeso.elasticity.minimum import hessian_at_minimum
from lmpmeso.elasticity.stiffness_error import kappa_error
from lmpmeso.elasticity.strain_response import (
    pair_stretch,
    square_stretch_by_sound,
    strain_response,
)
from lmpmeso.errors import ConfigurationError
from lmpmeso.files.tables import with_units
from lmpmeso.hessians import Hessian
from lmpmeso.models import GlassModel, get_model

Pairs = Literal["all"] | int | ArrayLike
Method = Literal["auto", "selected", "dense", "solve", "cg"]

METHODS = ("auto", "selected", "dense", "solve", "cg")
SOLVE_BLOCK = 256
"""Right-hand sides that are solved at one time with the factor."""
CG_BLOCK = 32
"""Right-hand sides that conjugate gradients iterate at one time."""
BOND_UNITS = {
    "distance": "length",
    "kappa": "energy/length^2",
    "compliance": "length^2/energy",
    "stretch_longitudinal": "length^2",
    "stretch_transverse": "length^2",
}
ERROR_SAMPLE = 16
"""Dipoles that tell the error of κ."""


@dataclass(frozen=True)
class Rates:
    """Speed of a device, as far as the choice of a method needs it.

    Operations per second of large dense matrices, of the fronts of a selected inversion, and of solutions
    with the factor; overhead of a front [s]; time of one component of one response [s], read off the dense
    inverse.
    """

    dense: float
    fronts: float
    solve: float
    seconds_per_front: float
    seconds_per_response: float


RATES = {
    "cpu": Rates(40e9, 30e9, 20e9, 1e-3, 8e-9),
    "cuda": Rates(20e12, 5e12, 5e12, 2e-3, 5e-11),
}
"""One core with AVX-512, measured; a data-centre GPU, estimated. Only their ratios matter."""


@dataclass(frozen=True, eq=False)
class Dipoles:
    """Unit dipoles of chosen pairs i, j, shape (P,), out of ``n_pairs_total`` interacting ones.

    Normals are unit vectors from i to j, shape (P, d); distances [length], shape (P,). Where the model has bonds,
    ``bonded_p`` tells the pairs that one joins, shape (P,).
    """

    i: IntArray
    j: IntArray
    normals_pc: FloatArray
    distances_p: FloatArray
    n_particles: int
    n_pairs_total: int
    bonded_p: BoolArray | None = None

    @property
    def n_pairs(self) -> int:
        """Number of chosen pairs P."""
        return len(self.i)

    def forces(self, part: slice) -> FloatArray:
        """Force vectors d̂ of some of the dipoles, shape (dN, k)."""
        normals = self.normals_pc[part] / np.sqrt(2.0)
        forces = np.zeros((self.n_particles, normals.shape[1], len(normals)))
        columns = np.arange(len(normals))
        forces[self.j[part], :, columns] = normals
        forces[self.i[part], :, columns] = -normals
        return forces.reshape(-1, len(normals))

    def stretch(self, displacements: FloatArray, part: slice) -> FloatArray:
        """d̂·z of displacements z of shape (dN, k), one column a dipole; shape (k,)."""
        columns = np.arange(displacements.shape[1])
        z = displacements.reshape(self.n_particles, -1, displacements.shape[1])
        relative_pc = z[self.j[part], :, columns] - z[self.i[part], :, columns]
        return np.einsum("pc,pc->p", relative_pc, self.normals_pc[part]) / np.sqrt(2.0)

    def square_stretch_by_sound(self, response_nccc: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Mean square stretch by longitudinal and by transverse waves per unit strain [length²], each of shape (P,).

        The response to strain is that of :func:`~lmpmeso.elasticity.strain_response.strain_response`.
        """
        geometry = self.i, self.j, self.normals_pc, self.distances_p
        return square_stretch_by_sound(pair_stretch(*geometry, response_nccc))


def dipole_stiffness(
    structure_or_hessian: ConfigurationLike | Hessian,
    model: GlassModel | str | None = None,
    pairs: Pairs = "all",
    method: Method = "auto",
    seed: int = 0,
    device: DeviceName = "auto",
    threads: int | None = None,
    factor: HessianFactor | None = None,
) -> pd.DataFrame:
    """Dipole stiffness κ_ij of all, of a random sample, or of given interacting pairs.

    Args:
        structure_or_hessian: an inherent structure, the path of its file, or its Hessian when it is there already.
        model: the model of the structure; needed unless a Hessian is given.
        pairs: ``"all"``; the number of pairs to draw without replacement; or an array of particle
            indices, shape (P, 2).
        method: ``"selected"`` inverts on the pattern of the Hessian, ``"dense"`` inverts it whole,
            ``"solve"`` factorises and solves for each pair, ``"cg"`` iterates and needs no factor;
            ``"auto"`` takes the one expected to be the fastest that fits into the memory.
        seed: of the random sample.
        device: ``"cpu"``, ``"cuda"``, or ``"auto"`` for a GPU where there is one.
        threads: threads that share the work; None means one, or those of an enclosing
            :func:`~lmpmeso.backend.blas_threads`. More pay for one large glass only.
        factor: the factor of that Hessian, when it is there already; it stays where it is,
            whatever ``device`` says.

    Returns:
        Table with the columns i, j (indices, i < j), distance [length], kappa [energy/length²]; compliance,
        which is d̂·M⁻¹·d̂ [length²/energy]; stretch_longitudinal and stretch_transverse, the mean square by which
        long sound waves stretch the pair, per unit strain [length²]; and bonded, whether a bond joins the two, where the
        model has bonds.
        Its ``attrs`` say ``method``, ``why``, ``device``, ``memory_bytes`` (estimated peak),
        ``seconds``, ``n_particles``, ``n_pairs_total``, ``seed``, ``iterations`` (mean, of cg); ``pair_cutoffs``
        [length], a row a species, and ``pair_cutoffs_from``; ``hessian_error``, of its elements, and
        ``kappa_error``, what κ has of it [energy/length²], both 0 for closed forms.

    Raises:
        UnstableStructureError: not at a minimum (quench first), or not a stable one.
        ConfigurationError: the pairs or the method are malformed, a pair does not interact, or
            the factor is another structure's.
        ResourceError: a method was forced that does not fit into the memory.
    """
    model = None if model is None else get_model(model)
    started = time.perf_counter()
    require_method(method)
    hessian = hessian_at_minimum(structure_or_hessian, model)
    dipoles = choose_dipoles(hessian, pairs, seed)
    backend = get_backend(device) if factor is None else factor.backend
    response = LinearResponse(hessian, backend, threads, factor=factor)
    return measure(response, dipoles, method, seed, started)


def require_method(method: str) -> None:
    """Refuse a method that does not exist.

    Raises:
        ConfigurationError: there is no such method.
    """
    if method not in METHODS:
        raise ConfigurationError(f"method must be one of {METHODS}, got {method!r}")


def measure(
    response: LinearResponse, dipoles: Dipoles, method: Method, seed: int, started: float
) -> pd.DataFrame:
    """The table of κ_ij of chosen dipoles; see :func:`dipole_stiffness`.

    The structure is factorised only if the method needs it. The seed is recorded; ``started`` is
    ``time.perf_counter()`` at the start.
    """
    hessian, backend = response.hessian, response.backend
    plan = None if method == "cg" else response.plan
    choice = choose_method(hessian, dipoles.n_pairs, method, backend, plan, response.threads)
    iterated = IterativeSolver(hessian) if choice.method == "cg" else None
    if choice.method == "selected":
        compliance, norm = _by_selected_inverse(response.factor, dipoles)
    elif choice.method == "dense":
        compliance, norm = dense_dipole_response(
            hessian, dipoles.i, dipoles.j, dipoles.normals_pc, backend, response.threads
        )
    elif iterated is None:
        compliance, norm = _by_responses(dipoles, SOLVE_BLOCK, response.factor.solve)
    else:
        compliance, norm = _by_responses(dipoles, CG_BLOCK, iterated.solve)
    iterations = None if iterated is None else iterated.mean_iterations
    to_strain = response.to_strain if iterated is None else strain_response(hessian, iterated.solve)
    longitudinal, transverse = dipoles.square_stretch_by_sound(to_strain)
    table = pd.DataFrame(
        {
            "i": dipoles.i,
            "j": dipoles.j,
            "distance": dipoles.distances_p,
            "kappa": compliance / norm,
            "compliance": compliance,
            "stretch_longitudinal": longitudinal,
            "stretch_transverse": transverse,
            **({} if dipoles.bonded_p is None else {"bonded": dipoles.bonded_p}),
        }
    )
    attributes: dict[str, Any] = {
        "method": choice.method,
        "why": choice.why,
        "device": "cpu" if choice.method == "cg" else backend.device,
        "memory_bytes": choice.memory_bytes,
        "n_particles": dipoles.n_particles,
        "n_pairs_total": dipoles.n_pairs_total,
        "seed": seed,
        "pair_cutoffs": hessian.pairs.cutoffs_ss.tolist(),
        "pair_cutoffs_from": hessian.pairs.origin,
        "hessian_error": hessian.error,
        "kappa_error": _error(response, dipoles, iterated),
    }
    if iterations is not None:
        attributes["iterations"] = iterations
    table.attrs.update(attributes, seconds=time.perf_counter() - started)
    return with_units(table, BOND_UNITS)


def _error(response: LinearResponse, dipoles: Dipoles, iterated: IterativeSolver | None) -> float:
    """What κ_ij has of the Hessian's error, by some dipoles spread over all; 0 where it has none."""
    hessian = response.hessian
    if hessian.error == 0.0:
        return 0.0
    some = dipoles.forces(slice(None, None, -(-dipoles.n_pairs // ERROR_SAMPLE)))
    solve = response.factor.solve if iterated is None else iterated.solve
    return kappa_error(hessian, some, solve)


def choose_dipoles(hessian: Hessian, pairs: Pairs, seed: int) -> Dipoles:
    """The dipoles of all, of randomly drawn, or of given interacting pairs.

    Raises:
        ConfigurationError: there are not so many pairs, or a given pair does not interact.
    """
    all_pairs = hessian.pairs
    n, total = hessian.n_particles, all_pairs.n_pairs
    if isinstance(pairs, str):
        if pairs != "all":
            raise ConfigurationError(f"pairs must be 'all', a number or an array, got {pairs!r}")
        chosen = np.arange(total)
    elif isinstance(pairs, (int, np.integer)):
        if not 1 <= pairs <= total:
            raise ConfigurationError(f"{pairs} pairs were asked for; there are {total}")
        chosen = np.sort(np.random.default_rng(seed).choice(total, size=int(pairs), replace=False))
    else:
        chosen = _find_pairs(np.asarray(pairs), all_pairs.i * n + all_pairs.j, n)
    vectors_pc, distances_p = all_pairs.vectors_pc[chosen], all_pairs.distances_p[chosen]
    return Dipoles(
        i=all_pairs.i[chosen],
        j=all_pairs.j[chosen],
        normals_pc=vectors_pc / distances_p[:, None],
        distances_p=distances_p,
        n_particles=n,
        n_pairs_total=total,
        bonded_p=None if all_pairs.bonded_p is None else all_pairs.bonded_p[chosen],
    )


def _find_pairs(wanted: NDArray[Any], keys: IntArray, n_particles: int) -> IntArray:
    """Positions of given pairs in the sorted list of interacting pairs."""
    if wanted.ndim != 2 or wanted.shape[1] != 2 or not np.issubdtype(wanted.dtype, np.integer):
        raise ConfigurationError(
            f"pairs must be integers of shape (P, 2), got {wanted.dtype} of shape {wanted.shape}"
        )
    low, high = np.sort(wanted, axis=1).astype(np.int64).T
    inside = (low >= 0) & (high < n_particles)
    sought = low * n_particles + high
    position = np.minimum(np.searchsorted(keys, sought), len(keys) - 1)
    missing = np.flatnonzero(~inside | (keys[position] != sought))
    if len(missing):
        first = wanted[missing[0]].tolist()
        raise ConfigurationError(
            f"{len(missing)} of the {len(wanted)} pairs do not interact, the first of them {first} "
            "(indices from 0); only pairs within the cut-off have a dipole stiffness"
        )
    return position


@dataclass(frozen=True)
class Choice:
    """A method, why it was chosen, in words, and its estimated peak memory [bytes]."""

    method: str
    why: str
    memory_bytes: int


def choose_method(
    hessian: Hessian,
    n_pairs: int,
    method: Method,
    backend: ArrayBackend,
    plan: HessianPlan | None,
    threads: int | None = None,
) -> Choice:
    """The method to use: the one asked for, or the fastest by estimate that fits into the memory."""
    n_rows = hessian.matrix.shape[0]
    cg_memory = 8 * n_rows * CG_BLOCK * 8 + hessian.matrix.data.nbytes
    memory = {"dense": dense_memory(n_rows, backend.device), "cg": cg_memory}
    seconds = {}
    if plan is not None:
        operations, needs = plan.estimate.operations, plan.memory(threads)
        memory["selected"] = int(backend.memory_factor * needs.selected_inverse)
        memory["solve"] = int(backend.memory_factor * needs.factorisation)
        memory["solve"] += 4 * 8 * n_rows * SOLVE_BLOCK
        # The stretch by sound waves takes a factor, which may be there before the dense matrices are.
        memory["dense"] += int(backend.memory_factor * needs.factor)
        rates = RATES[backend.device]
        overhead = rates.seconds_per_front * plan.estimate.n_fronts
        seconds = {
            "selected": 3 * overhead + operations.all_pairs / rates.fronts,
            "solve": overhead * (1 + n_pairs / SOLVE_BLOCK)
            + operations.factorisation / rates.fronts
            + n_pairs * operations.solve / rates.solve,
            "dense": dense_operations(n_rows, backend.device) / rates.dense
            + n_pairs * n_rows * rates.seconds_per_response,
        }
    if method != "auto":
        return Choice(method, "asked for", memory[method])
    free = backend.free_memory()
    fitting = [name for name in seconds if memory[name] <= free]
    if not fitting:
        least = min(seconds, key=lambda name: memory[name])
        return Choice(
            "cg",
            f"no factor fits: method {least!r} needs {memory[least] / 1024**3:.2f} GiB, "
            f"{free / 1024**3:.2f} GiB may be used",
            memory["cg"],
        )
    fastest = min(fitting, key=lambda name: seconds[name])
    others = ", ".join(
        f"{name} {seconds[name]:.2g} s" + ("" if name in fitting else " (does not fit)")
        for name in seconds
        if name != fastest
    )
    return Choice(
        fastest,
        f"fastest by estimate for {n_pairs} pairs: {seconds[fastest]:.2g} s; {others}",
        memory[fastest],
    )


def _by_selected_inverse(factor: HessianFactor, dipoles: Dipoles) -> tuple[FloatArray, FloatArray]:
    """d̂ᵀ M⁻¹ d̂ and d̂ᵀ M⁻² d̂ from the blocks ii, jj and ij of M_α⁻¹ and M_α⁻².

    The response to the force-free d̂ is right up to a translation, which the second must be rid of:
    ‖z‖² = d̂ᵀ M_α⁻² d̂ - |Yᵀ d̂|²/N, Y = M_α⁻¹ E with the translations E.
    """
    i, j, normals_pc = dipoles.i, dipoles.j, dipoles.normals_pc
    n, d = dipoles.n_particles, normals_pc.shape[1]
    blocks = factor.selected_inverse(i, j)

    def quadratic_form(diagonal_ncc: FloatArray, pair_pcc: FloatArray) -> FloatArray:
        middle_pcc = 0.5 * (diagonal_ncc[i] + diagonal_ncc[j]) - pair_pcc
        return np.einsum("pa,pab,pb->p", normals_pc, middle_pcc, normals_pc)

    translations = np.tile(np.eye(d), (n, 1))
    y_nct = factor.solve_with_spring(translations).reshape(n, d, d)
    shift_pt = np.einsum("pc,pct->pt", normals_pc, y_nct[j] - y_nct[i]) / np.sqrt(2.0)
    response = quadratic_form(blocks.inverse_ncc, blocks.inverse_pcc)
    norm = quadratic_form(blocks.inverse_square_ncc, blocks.inverse_square_pcc)
    return response, norm - (shift_pt**2).sum(axis=1) / n


def _by_responses(
    dipoles: Dipoles, at_once: int, respond: Callable[[FloatArray], FloatArray]
) -> tuple[FloatArray, FloatArray]:
    """d̂·z and z·z of the responses z = M⁻¹ d̂ to each dipole, so many at one time."""
    response, norm = np.empty(dipoles.n_pairs), np.empty(dipoles.n_pairs)
    for first in range(0, dipoles.n_pairs, at_once):
        part = slice(first, first + at_once)
        z = respond(dipoles.forces(part))
        response[part] = dipoles.stretch(z, part)
        norm[part] = np.einsum("nk,nk->k", z, z)
    return response, norm
