"""The factorised Hessian of an inherent structure: solutions, selected inverse, resource needs.

A Hessian has d zero modes, the uniform translations E. A spring on the mean position of the root's
particles makes it positive definite (M → M_α); for force-free right-hand sides (Eᵀ b = 0) the spring
stays slack, so that M_α⁻¹ b is a solution for M, up to a translation.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from functools import cached_property
from typing import cast

import numpy as np
import scipy

from lmpmeso.arrays import FloatArray, IntArray
from lmpmeso.backend import (
    ArrayBackend,
    DeviceName,
    NotPositiveDefiniteError,
    blas_threads,
    chosen_threads,
    get_backend,
)
from lmpmeso.elasticity.front_memory import Memory
from lmpmeso.elasticity.multifrontal import MultifrontalFactor, Spring, factorise_blocks
from lmpmeso.elasticity.nested_dissection import LEAF_SIZES, nested_dissection
from lmpmeso.elasticity.selected_inverse import SelectedBlocks, selected_inverse
from lmpmeso.elasticity.symbolic import Operations, SymbolicFactor, symbolic_factor
from lmpmeso.errors import ConfigurationError, ResourceError, UnstableStructureError
from lmpmeso.hessians import Hessian

SINGULAR = 1e-11
"""An eigenvalue below this share of the mean diagonal cannot be told from zero."""
LOOSE = 1e-9
"""A particle with a direction of less than this share of the mean stiffness is not held at all."""
SMALLEST_SHIFT = 1e-8
"""First shift, relative to the mean diagonal, that is tried to make an unstable Hessian definite."""
SHIFT_TRIALS = 20
CLOSE_SHIFT = 1.3
"""A shift is close enough to the negative eigenvalue when a smaller one by this factor fails."""
LOWEST_MODE_TOLERANCE = 1e-6
"""Of Lanczos's vector; the eigenvalue, a Rayleigh quotient, is accurate to its square."""
DEVIATES = 5
"""Random forces that bound the lowest eigenvalue from below."""
DEVIATE = 0.0125
"""A normal deviate is smaller with a probability of 1e-2."""
NAMED_PARTICLES = 8
"""Particles that a message names before it says "and so many others"."""


@dataclass(frozen=True)
class Cost:
    """What a factorisation needs, known before it starts.

    Peak memory [bytes] with one thread and floating-point operations of each pass; the number of fronts, and the rows of
    the largest.
    """

    memory: Memory
    operations: Operations
    n_fronts: int
    largest_front: int


class HessianPlan:
    """Order of elimination of a Hessian and what its factorisation will need.

    Args:
        hessian: Hessian of an inherent structure.
        leaf_size: particles of the smallest parts.
        held_particle: index of the particle that the translations are held by; the default holds
            the mean position of the last separator, which loses fewer digits.

    Raises:
        UnstableStructureError: particles are loose, or the structure is not connected.
        ConfigurationError: there is no such particle.
    """

    def __init__(
        self, hessian: Hessian, leaf_size: int = LEAF_SIZES["cpu"], held_particle: int | None = None
    ):
        if held_particle is not None and not 0 <= held_particle < hessian.n_particles:
            raise ConfigurationError(
                f"held_particle {held_particle} is not one of the {hessian.n_particles} particles"
            )
        graph = particle_graph(hessian.matrix)
        refuse_loose_particles(hessian, graph)
        tree = nested_dissection(
            graph, hessian.positions_nc, hessian.box_c, leaf_size, held_particle
        )
        self.hessian = hessian
        self.symbolic: SymbolicFactor = symbolic_factor(hessian.matrix, tree)
        root = self.symbolic.fronts[-1]
        held = range(root.first, root.first + root.n_own)
        if held_particle is not None:
            rank = int(self.symbolic.rank[held_particle])
            held = range(rank, rank + 1)
        self.spring = _spring(hessian, held)

    def fits(self, hessian: Hessian) -> bool:
        """Whether the blocks of another Hessian are at the same places."""
        mine, other = self.hessian.matrix, hessian.matrix
        return np.array_equal(mine.indptr, other.indptr) and np.array_equal(
            mine.indices, other.indices
        )

    def for_hessian(self, hessian: Hessian) -> HessianPlan:
        """This plan for another Hessian that it fits: the order of elimination is not sought again.

        Raises:
            UnstableStructureError: particles are loose.
            ConfigurationError: the plan does not fit.
        """
        if not self.fits(hessian):
            raise ConfigurationError(
                "this plan is for a Hessian with blocks at other places: make a new HessianPlan"
            )
        refuse_loose_particles(hessian, particle_graph(hessian.matrix))
        plan = copy(self)
        plan.hessian = hessian
        plan.spring = _spring(hessian, self.spring.ranks)
        return plan

    @cached_property
    def estimate(self) -> Cost:
        """Memory of one thread and operations, from the sizes of the fronts."""
        fronts, d = self.symbolic.fronts, self.symbolic.dimension
        return Cost(
            self.memory(1),
            self.symbolic.operations,
            len(fronts),
            d * max(front.n_own + front.n_boundary for front in fronts),
        )

    def memory(self, threads: int | None) -> Memory:
        """Memory with so many threads; without a number as many as around it."""
        return self.symbolic.memory(chosen_threads(threads))

    def factorise(self, backend: ArrayBackend, threads: int | None = None) -> HessianFactor:
        """Factorise on a backend.

        Raises:
            UnstableStructureError: the Hessian is not positive definite beside the translations.
            ResourceError: the factor does not fit.
        """
        needed = int(backend.memory_factor * self.memory(threads).factorisation)
        require_memory(needed, backend, "the factor of the Hessian")
        data = self.hessian.matrix.data
        with backend.threads(threads):
            try:
                factor = factorise_blocks(self.symbolic, backend, data, self.spring)
            except NotPositiveDefiniteError:
                raise self.unstable(backend) from None
        result = HessianFactor(self, factor, threads)
        if result.softness() * SINGULAR * self.spring.stiffness > 1.0:
            raise self.unstable(backend)
        return result

    def unstable(self, backend: ArrayBackend) -> UnstableStructureError:
        """The error of a Hessian that is not positive definite, with its lowest eigenvalue."""
        eigenvalue, vector = self.lowest_mode(backend)
        amplitude_n = np.linalg.norm(vector.reshape(self.hessian.n_particles, -1), axis=1)
        kind = "negative" if eigenvalue < 0 else "vanishing"
        return UnstableStructureError(
            f"the Hessian has a {kind} eigenvalue {eigenvalue:.6g} (mean diagonal "
            f"{self.spring.stiffness:.4g}): the structure is not a stable minimum; its mode is largest "
            f"at particles {name_particles(np.argsort(-amplitude_n)[:NAMED_PARTICLES])} (indices from "
            "0); quench the configuration again or remove loose particles",
            lowest_eigenvalue=eigenvalue,
        )

    def lowest_mode(self, backend: ArrayBackend) -> tuple[float, FloatArray]:
        """Lowest eigenvalue [energy/length²] and mode, (dN,), by Lanczos with the inverse of M + shift·I.

        For a Hessian that is not positive definite. The shift is taken just large enough for that
        matrix to be definite, so that the lowest mode stands out of its inverse.
        """
        data = self.hessian.matrix.data
        definite: MultifrontalFactor | None = None
        low, high = 0.0, SMALLEST_SHIFT * self.spring.stiffness
        shift = high
        for _ in range(SHIFT_TRIALS):
            try:
                definite = factorise_blocks(self.symbolic, backend, data, None, shift)
                high = shift
            except NotPositiveDefiniteError:
                low = shift
            if definite is None:
                shift = high = 10.0 * low
            elif high <= CLOSE_SHIFT * low or low == 0.0:
                break
            else:
                shift = float(np.sqrt(low * high))
        factor = HessianFactor(self, cast(MultifrontalFactor, definite), None)
        n = self.hessian.matrix.shape[0]
        inverse = scipy.sparse.linalg.LinearOperator((n, n), matvec=factor.solve, dtype=float)
        start = np.random.default_rng(0).normal(size=n)
        _, vectors = scipy.sparse.linalg.eigsh(
            inverse, k=1, which="LA", v0=start, tol=LOWEST_MODE_TOLERANCE
        )
        mode = vectors[:, 0]
        return float(mode @ (self.hessian.matrix @ mode)), mode


class HessianFactor:
    """Factor of a Hessian.

    Attributes:
        plan: the Hessian, the order and the estimate it was made from.
        threads: threads that its operations use; None means one, or those of an enclosing
            :func:`~lmpmeso.backend.blas_threads`.
    """

    def __init__(self, plan: HessianPlan, factor: MultifrontalFactor, threads: int | None):
        self.plan = plan
        self.threads = threads
        self._factor = factor

    def __repr__(self) -> str:
        """One line: of what, and where it is."""
        return f"<HessianFactor: {self.plan.hessian.n_particles} particles, {self.backend.device}>"

    @property
    def estimate(self) -> Cost:
        """Memory and operations of the factor."""
        return self.plan.estimate

    @property
    def backend(self) -> ArrayBackend:
        """Where the factor is."""
        return self._factor.backend

    def require_same(self, hessian: Hessian) -> None:
        """Refuse the Hessian of another structure, or of this one after it has moved.

        Raises:
            ConfigurationError: it is not the one that was factorised.
        """
        mine = self.plan.hessian
        if hessian is mine:
            return
        if not (self.plan.fits(hessian) and np.array_equal(mine.matrix.data, hessian.matrix.data)):
            raise ConfigurationError(
                "this factor is that of another Hessian: the structure has moved since, or it is "
                "another one; leave factor= out, or factorise the Hessian of this structure"
            )

    def keeps_definite(self, hessian: Hessian) -> bool:
        """Whether a Hessian close to the factorised one is positive definite beside the translations.

        By Weyl's inequality λ_min(M + Δ) ≥ λ_min(M) - ‖Δ‖₂, and ‖Δ‖₂ ≤ ‖Δ‖_∞. λ_min(M) is bounded
        from the longest of some responses M⁺ x to normal deviates x, each at least |g|/λ_min with
        |g| of a normal deviate: all are below ``DEVIATE`` with a probability of 1e-10.

        Returns:
            True where that is shown; False says nothing.
        """
        if not self.plan.fits(hessian):
            return False
        matrix = hessian.matrix
        change_bc = np.abs(matrix.data - self.plan.hessian.matrix.data).sum(axis=2)
        change = float(np.add.reduceat(change_bc, matrix.indptr[:-1]).max())
        x = np.random.default_rng(0).normal(size=(matrix.shape[0], DEVIATES))
        longest = float(np.linalg.norm(self.solve(x), axis=0).max())
        return 2.0 * change * longest <= DEVIATE

    def solve(self, b: FloatArray, refinements: int = 0) -> FloatArray:
        """Displacements x without translation that answer forces b: M x = b - mean force.

        The pseudo-inverse M⁺ applied to b.

        Args:
            b: forces [energy/length], particle by particle, shape (dN,) or (dN, k).
            refinements: steps of iterative refinement; each costs one more solution.

        Returns:
            x [length], b's shape.
        """
        b = np.asarray(b, dtype=float)
        self._check_shape(b)
        b = self._without_translation(b)
        x = self._solve_held(b)
        for _ in range(refinements):
            x += self._solve_held(self._without_translation(b - self.plan.hessian.matrix @ x))
        return x

    def _solve_held(self, b: FloatArray) -> FloatArray:
        """M_α⁻¹ b without its translation; b may be any force."""
        return self._without_translation(self.solve_with_spring(b))

    def softness(self) -> float:
        """Estimate of the largest eigenvalue of M⁺ [length²/energy], from below: two solutions."""
        b = np.random.default_rng(0).normal(size=self.plan.hessian.matrix.shape[0])
        x = self.solve(b)
        return float(np.linalg.norm(self.solve(x)) / np.linalg.norm(x))

    def solve_with_spring(self, b: FloatArray) -> FloatArray:
        """M_α⁻¹ b, with the spring that holds the translations, shape of b."""
        self._check_shape(b)
        symbolic = self.plan.symbolic
        rows = symbolic.rows_of(symbolic.particles)
        ordered = np.ascontiguousarray(b[rows].reshape(len(rows), -1))
        with blas_threads(self.threads):
            solved = self.backend.to_host(self._factor.solve(self.backend.from_host(ordered)))
        x = np.empty_like(solved)
        x[rows] = solved
        return x.reshape(b.shape)

    def _check_shape(self, b: FloatArray) -> None:
        """Refuse right-hand sides of another system."""
        n_rows = self.plan.hessian.matrix.shape[0]
        if b.ndim not in (1, 2) or len(b) != n_rows:
            raise ValueError(
                f"right-hand sides must have shape (dN,) or (dN, k) with dN = {n_rows}, got {b.shape}"
            )

    def _without_translation(self, b: FloatArray) -> FloatArray:
        """Subtract the mean over the particles from each component."""
        n = self.plan.hessian.n_particles
        by_particle = b.reshape(n, -1)
        return (by_particle - by_particle.mean(axis=0)).reshape(b.shape)

    def selected_inverse(self, i: IntArray, j: IntArray) -> SelectedBlocks:
        """Blocks of M_α⁻¹ and M_α⁻² for pairs of particles on the Hessian's pattern.

        Raises:
            ResourceError: it does not fit into the memory.
        """
        memory = self.plan.memory(self.threads)
        needed = int(self.backend.memory_factor * memory.selected_inverse) - memory.factor
        require_memory(needed, self.backend, "the selected inverse")
        with self.backend.threads(self.threads):
            return selected_inverse(self._factor, i, j)


def _spring(hessian: Hessian, held: range) -> Spring:
    """The spring on the held particles, as stiff as the mean diagonal."""
    return Spring(abs(float(hessian.matrix.diagonal().mean())), held)


def factorise(
    hessian: Hessian,
    device: DeviceName | ArrayBackend = "cpu",
    threads: int | None = None,
    leaf_size: int | None = None,
    held_particle: int | None = None,
) -> HessianFactor:
    """Sparse Cholesky factor of a Hessian.

    Args:
        hessian: Hessian of an inherent structure.
        device: ``"cpu"``, ``"cuda"``, ``"auto"``, or a backend.
        threads: threads that share the work; None means one, or those of an enclosing
            :func:`~lmpmeso.backend.blas_threads`.
        leaf_size: particles of the smallest parts of the dissection; None fits the device.
        held_particle: index of the particle that holds the translations; see :class:`HessianPlan`.

    Raises:
        UnstableStructureError: the Hessian is not positive definite beside the translations; the
            error holds its lowest eigenvalue.
        ResourceError: the factor does not fit; the message says how much it needs.
    """
    backend = device if isinstance(device, ArrayBackend) else get_backend(device)
    if leaf_size is None:
        leaf_size = LEAF_SIZES[backend.device]
    return HessianPlan(hessian, leaf_size, held_particle).factorise(backend, threads)


def factor_of(hessian: Hessian, factor: HessianFactor | None) -> HessianFactor:
    """The given factor, which must be that of the Hessian; without one, a new one on the CPU.

    Raises:
        ConfigurationError: the factor is that of another Hessian.
    """
    if factor is None:
        return factorise(hessian)
    factor.require_same(hessian)
    return factor


def particle_graph(matrix: scipy.sparse.bsr_array) -> scipy.sparse.csr_array:
    """Which particles' displacements are coupled, without the diagonal, shape (N, N)."""
    n = len(matrix.indptr) - 1
    rows = np.repeat(np.arange(n), np.diff(matrix.indptr))
    off = rows != matrix.indices
    ones = np.ones(np.count_nonzero(off), dtype=np.int8)
    return scipy.sparse.csr_array((ones, (rows[off], matrix.indices[off])), shape=(n, n))


def refuse_loose_particles(hessian: Hessian, graph: scipy.sparse.csr_array) -> None:
    """Refuse particles that nothing holds in some direction, and parts that nothing joins.

    Raises:
        UnstableStructureError: there are zero modes beside the translations.
    """
    matrix, d = hessian.matrix, hessian.dimension
    rows = np.repeat(np.arange(hessian.n_particles), np.diff(matrix.indptr))
    diagonal_ncc = np.zeros((hessian.n_particles, d, d))
    on_diagonal = rows == matrix.indices
    diagonal_ncc[rows[on_diagonal]] = matrix.data[on_diagonal]
    stiffness_n = np.linalg.eigvalsh(diagonal_ncc)[:, 0]
    typical = abs(float(matrix.diagonal().mean()))
    loose = np.flatnonzero(np.abs(stiffness_n) <= LOOSE * typical)
    if len(loose):
        raise UnstableStructureError(
            f"loose particles (rattlers), {len(loose)} of {hessian.n_particles}: {name_particles(loose)} (indices from "
            "0) meet no resistance in some direction, so that the Hessian has zero modes beside the translations; "
            "leave them out (`lmpmeso quench … --leave-out-rattlers`, leave_out_rattlers=True), or take a denser or "
            "another glass",
            lowest_eigenvalue=0.0,
        )
    n_parts, part = scipy.sparse.csgraph.connected_components(graph, directed=False)
    if n_parts > 1:
        smallest = np.bincount(part).argmin()
        raise UnstableStructureError(
            f"the structure falls into {n_parts} parts that do not touch; the smallest is particles "
            f"{name_particles(np.flatnonzero(part == smallest))} (indices from 0)",
            lowest_eigenvalue=0.0,
        )


def name_particles(particles: IntArray) -> str:
    """The first few of some particles, for a message."""
    named = ", ".join(str(p) for p in particles[:NAMED_PARTICLES])
    others = len(particles) - NAMED_PARTICLES
    return named if others <= 0 else f"{named} and {others} others"


def require_memory(needed: int, backend: ArrayBackend, what: str) -> None:
    """Refuse a computation that would not fit.

    Raises:
        ResourceError: with the memory that is needed and the memory that is free.
    """
    free = backend.free_memory()
    if needed > free:
        raise ResourceError(
            f"{what} needs {needed / 1024**3:.2f} GiB on {backend.description}, of which "
            f"{free / 1024**3:.2f} GiB may be used; use a larger machine, or method='cg', which "
            "needs no factor"
        )
