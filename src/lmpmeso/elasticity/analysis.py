"""Everything elastic about one glass, from one Hessian and one factor.

found = analyse(glass, model)
found.bonds, found.field, found.shear, found.bulk, found.tensor, found.modes(20)
"""

from __future__ import annotations

import time
from functools import cached_property

import pandas as pd

from lmpmeso.arrays import FloatArray
from lmpmeso.backend import DeviceName, blas_threads, get_backend
from lmpmeso.configurations import ConfigurationLike, as_configuration
from lmpmeso.elasticity.dipoles import Method, Pairs, choose_dipoles, measure, require_method
from lmpmeso.elasticity.factor import HessianFactor
from lmpmeso.elasticity.kappa_field import kappa_field
from lmpmeso.elasticity.linear_response import LinearResponse, take_over
from lmpmeso.elasticity.minimum import hessian_at_minimum, require_minimum
from lmpmeso.elasticity.modes import Modes, lowest_modes
from lmpmeso.elasticity.moduli import BulkModulus, ElasticTensor, ShearModulus
from lmpmeso.elasticity.system_size import kappa_of_larger_system
from lmpmeso.errors import ConfigurationError
from lmpmeso.hessians import Hessian
from lmpmeso.models import GlassModel, get_model


class GlassAnalysis:
    """The linear response of an inherent structure; each part is computed when it is first asked for.

    Args:
        response: the Hessian, and how to factorise it.
        pairs: whose κ_ij ``bonds`` holds.
        method: how κ_ij is computed.
        seed: of a random sample of pairs.
    """

    def __init__(
        self, response: LinearResponse, pairs: Pairs = "all", method: Method = "auto", seed: int = 0
    ):
        self._response = response
        self._pairs, self._method, self._seed = pairs, method, seed

    def __repr__(self) -> str:
        """One line: of what, and what may be asked for; computes nothing."""
        h = self.hessian
        return (
            f"<GlassAnalysis: {h.n_particles} particles, {h.pairs.n_pairs} interacting pairs, largest force "
            f"{h.max_force:.2g}; has .bonds .field .shear .bulk .tensor .modes(n)>"
        )

    @property
    def hessian(self) -> Hessian:
        """Hessian, forces, stress, energy and interacting pairs."""
        return self._response.hessian

    @property
    def factor(self) -> HessianFactor:
        """The one factor that everything below uses."""
        return self._response.factor

    @cached_property
    def bonds(self) -> pd.DataFrame:
        """κ_ij, a row a pair; see :func:`~lmpmeso.dipole_stiffness`."""
        started = time.perf_counter()
        dipoles = choose_dipoles(self.hessian, self._pairs, self._seed)
        return measure(self._response, dipoles, self._method, self._seed, started)

    @property
    def kappa_size_corrected(self) -> float:
        """Mean κ_ij in an infinite glass of this one's K and G; in 2D, where there is no limit, of the reference size.

        NaN where G is not positive; see :func:`~lmpmeso.elasticity.kappa_of_larger_system`.
        """
        hessian = self.hessian
        moduli = self.bulk.value, self.shear.value
        kappa_p = kappa_of_larger_system(self.bonds, hessian.n_particles, hessian.box_c, *moduli)
        return float(kappa_p.mean())

    @property
    def kappa_error(self) -> float:
        """What κ_ij may be wrong by because the Hessian was measured [energy/length²]; 0 for closed forms."""
        return float(self.bonds.attrs["kappa_error"])

    @cached_property
    def field(self) -> FloatArray:
        """κ_i, the mean of κ_ij over the pairs of each particle [energy/length²], shape (N,).

        Raises:
            ConfigurationError: a sample of pairs was asked for, which leaves particles without κ.
        """
        if not (isinstance(self._pairs, str) and self._pairs == "all"):
            raise ConfigurationError("the κ-field needs the κ_ij of all pairs: pairs='all'")
        return kappa_field(self.bonds, self.hessian.n_particles)

    @cached_property
    def shear(self) -> ShearModulus:
        """G of every plane [energy/length^d]."""
        with blas_threads(self._response.threads):
            return ShearModulus.of(self.hessian, self._response.to_strain)

    @cached_property
    def bulk(self) -> BulkModulus:
        """K and the pressure [energy/length^d]."""
        with blas_threads(self._response.threads):
            return BulkModulus.of(self.hessian, self._response.to_strain)

    @cached_property
    def tensor(self) -> ElasticTensor:
        """All elastic coefficients, relaxed and affine [energy/length^d]."""
        with blas_threads(self._response.threads):
            return ElasticTensor.of(self.hessian, self._response.to_strain)

    def modes(self, n_modes: int = 10, seed: int = 0) -> Modes:
        """The softest harmonic modes; see :func:`~lmpmeso.elasticity.lowest_modes`."""
        with blas_threads(self._response.threads):
            return lowest_modes(self.hessian, n_modes=n_modes, factor=self.factor, seed=seed)


def analyse(
    structure_or_hessian: ConfigurationLike | Hessian,
    model: GlassModel | str | None = None,
    pairs: Pairs = "all",
    method: Method = "auto",
    seed: int = 0,
    device: DeviceName = "auto",
    threads: int | None = None,
) -> GlassAnalysis:
    """κ_ij, κ-field, G, K, elastic tensor and modes of a glass, from one Hessian and one factor.

    What a :func:`~lmpmeso.quench` or polish has found out about the structure that it returned is
    taken over: its Hessian, its order of elimination, and its factor where there is one.

    Args:
        structure_or_hessian: an inherent structure, the path of its file, or its Hessian when it is there already.
        model: the model of the structure; needed unless a Hessian is given.
        pairs: ``"all"``, a number to draw, or an array; see :func:`~lmpmeso.dipole_stiffness`.
        method: how κ_ij is computed; see there.
        seed: of the random sample.
        device: ``"cpu"``, ``"cuda"``, or ``"auto"`` for a GPU where there is one.
        threads: that share the work; see there.

    Raises:
        UnstableStructureError: not at a minimum (quench first).
        ConfigurationError: a structure without its model, or no such method.
    """
    model = None if model is None else get_model(model)
    require_method(method)
    backend = get_backend(device)
    known = None
    if model is not None and not isinstance(structure_or_hessian, Hessian):
        structure_or_hessian = as_configuration(structure_or_hessian, model)
        known = take_over(structure_or_hessian, model)
    if known is None:
        known = LinearResponse(hessian_at_minimum(structure_or_hessian, model), backend, threads)
    else:
        require_minimum(known.hessian)
        known = known.on(backend, threads)
    return GlassAnalysis(known, pairs, method, seed)
