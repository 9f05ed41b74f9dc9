"""Has a liquid crystallised or cavitated? Bragg peaks, bond order, empty spheres.

Array suffixes: n particle, k wave vector or grid point, c Cartesian component.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy

from lmpmeso.arrays import FloatArray
from lmpmeso.configurations import Configuration, check_fits_model
from lmpmeso.dynamics.bond_order import bond_coherence
from lmpmeso.dynamics.density_modes import box_wave_vectors, density_modes
from lmpmeso.dynamics.snapshots import Snapshots, snapshots
from lmpmeso.errors import StatisticsError
from lmpmeso.models import GlassModel, get_model
from lmpmeso.printing import Printed

BOND_ORDERS = {2: (4, 6), 3: (6,)}
"""l of the bond order, by dimension: square and triangular; every cubic or hexagonal crystal."""
COHERENT = {2: 0.7, 3: 0.5}
"""A particle whose bond order correlates with its neighbours' above this counts as crystalline."""
CRYSTALLINE_FRACTION = {2: 0.5, 3: 0.1}
"""More such particles than this make a crystal. In 2D patches of equal particles order in the liquid."""
BRAGG_RANGE = (4.0, 9.5)
"""|q| a0 in which Bragg peaks are sought: the first ones of all common crystals lie at 5.4 to 7.1."""
BRAGG_SHELL_WIDTH = 0.5
"""Width of the shells of wave vectors, in 1/a0."""
BRAGG_FEWEST_VECTORS = 20
"""Shells with fewer wave vectors have no sure median."""
BRAGG_FALSE_ALARM = 1e-6
"""Probability that the strongest of the wave vectors of a liquid counts as a Bragg peak."""
LARGEST_VOID = 1.4
"""Radius of the largest empty sphere [a0] beyond which a liquid has cavitated."""
VOID_GRID = 1.0 / 3.0
"""Spacing of the points at which empty spheres are centred, in a0."""
LARGEST_LOW_Q_STRUCTURE_FACTOR = 1.0
"""S at the smallest wave vectors of the box beyond which the liquid falls apart into two phases."""
LOW_Q = 2.0
"""Those wave vectors are shorter than this many 2π/L."""
JUMP_IN_FLUCTUATIONS = 5.0
"""A fall of the energy by so many of its fluctuations is a jump."""
FEWEST_ENERGIES = 20
"""Rows of energies without which no jump can be told from fluctuations."""


@dataclass(frozen=True, repr=False)
class StructuralVerdict(Printed):
    """What a liquid has become, and on which evidence.

    Attributes:
        crystallised: a Bragg peak, too many particles of crystalline bond order, or half of that and
            a sudden fall of the energy.
        cavitated: an empty sphere that no liquid has, or density fluctuations of two phases.
        reason: the decision in words.
        evidence: the largest value over the frames of each of ``bragg_ratio`` (strongest S(q) over
            what the median of its shell lets expect) and ``bragg_limit``,
            ``crystalline_fraction``, ``void_radius`` [a0] and ``low_q_structure_factor``; with
            energies ``energy_fall`` [energy a particle] and ``energy_fall_over_fluctuation``;
            ``n_frames``. Plain numbers, for JSON.
    """

    crystallised: bool
    cavitated: bool
    reason: str
    evidence: dict[str, float]

    @property
    def is_liquid(self) -> bool:
        """Neither crystallised nor cavitated."""
        return not (self.crystallised or self.cavitated)


def check_structure(
    configurations: Snapshots,
    model: GlassModel | str,
    energies: pd.DataFrame | None = None,
    *,
    n_frames: int = 10,
) -> StructuralVerdict:
    """Flag a liquid that crystallised or cavitated.

    - Bragg peaks: in a liquid |ρ(q)|² of each wave vector is distributed exponentially about the
      mean of its shell, so that the largest of M stays below ln(M/α) means with probability 1 - α.
    - Bond order: the share of particles whose bond-orientational order agrees with that of their
      neighbours (`bond_coherence`), for the small crystals that make no peak.
    - Voids: the largest sphere without a particle centre, and S(q) at the smallest q.
    - Energy: a sudden fall counts together with bond order above half its limit; alone it may as
      well be ageing, of which `check_equilibration` tells.

    A single frame decides: the verdict is on the worst one.

    Args:
        configurations: the liquid: a configuration, several, or a trajectory. An inherent
            structure will do as well.
        model: what it is.
        energies: a table with ``potential_energy`` a particle, in order of time.
        n_frames: of a longer sequence so many are looked at, evenly spread, the last included.

    Raises:
        ConfigurationError: a configuration does not fit the model or is too small for bond order.
        StatisticsError: no frames, or a table of energies without the column.
    """
    model = get_model(model)
    frames = snapshots(configurations, n_frames)
    for frame in frames:
        check_fits_model(frame, model, warn=False)
    by_frame = [_evidence(frame) for frame in frames]
    evidence = {name: max(row[name] for row in by_frame) for name in by_frame[0]}
    if energies is not None:
        evidence |= _energy_fall(energies)
    evidence["n_frames"] = float(len(frames))

    d = model.dimension
    crystal_signs = _crystal_signs(evidence, CRYSTALLINE_FRACTION[d])
    void_signs = _void_signs(evidence)
    if crystal_signs or void_signs:
        reason = "; ".join(
            f"{what}: {', '.join(signs)}"
            for what, signs in (("crystallised", crystal_signs), ("cavitated", void_signs))
            if signs
        )
    else:
        reason = (
            f"a liquid: no Bragg peak (ratio {evidence['bragg_ratio']:.3g}, limit "
            f"{evidence['bragg_limit']:.3g}), {100 * evidence['crystalline_fraction']:.2g} % of "
            f"crystalline bond order (limit {100 * CRYSTALLINE_FRACTION[d]:.3g} %), largest empty "
            f"sphere {evidence['void_radius']:.3g} a0 (limit {LARGEST_VOID:g}), S at low q "
            f"{evidence['low_q_structure_factor']:.2g} "
            f"(limit {LARGEST_LOW_Q_STRUCTURE_FACTOR:g})"
        )
    return StructuralVerdict(bool(crystal_signs), bool(void_signs), reason, evidence)


def _crystal_signs(evidence: dict[str, float], fraction_limit: float) -> list[str]:
    """What speaks for a crystal, in words."""
    signs = []
    if evidence["bragg_ratio"] > evidence["bragg_limit"]:
        signs.append(
            f"a Bragg peak, S(q) {evidence['bragg_ratio']:.3g} times that of its shell (limit "
            f"{evidence['bragg_limit']:.3g})"
        )
    fraction = evidence["crystalline_fraction"]
    jumped = evidence.get("energy_fall_over_fluctuation", 0.0) > JUMP_IN_FLUCTUATIONS
    if fraction > fraction_limit:
        signs.append(
            f"{100 * fraction:.3g} % of the particles have crystalline bond order (limit "
            f"{100 * fraction_limit:.3g} %)"
        )
    elif jumped and fraction > 0.5 * fraction_limit:
        signs.append(
            f"the energy fell by {evidence['energy_fall']:.3g} a particle, "
            f"{evidence['energy_fall_over_fluctuation']:.3g} times its fluctuations, and "
            f"{100 * fraction:.3g} % of the particles have crystalline bond order"
        )
    return signs


def _void_signs(evidence: dict[str, float]) -> list[str]:
    """What speaks for a void, in words."""
    signs = []
    if evidence["void_radius"] > LARGEST_VOID:
        signs.append(
            f"an empty sphere of radius {evidence['void_radius']:.3g} a0 (limit {LARGEST_VOID:g})"
        )
    if evidence["low_q_structure_factor"] > LARGEST_LOW_Q_STRUCTURE_FACTOR:
        signs.append(
            f"S = {evidence['low_q_structure_factor']:.3g} at the smallest wave vectors (limit "
            f"{LARGEST_LOW_Q_STRUCTURE_FACTOR:g})"
        )
    return signs


def _evidence(frame: Configuration) -> dict[str, float]:
    """The structural evidence of one frame."""
    a0 = frame.density ** (-1.0 / frame.dimension)
    vectors = box_wave_vectors(frame.box_c, BRAGG_RANGE[1] / a0)
    modes_k = density_modes(frame, vectors).sum(axis=0)
    strength_k = (modes_k.real**2 + modes_k.imag**2) / frame.n_particles
    low = vectors.lengths_k < LOW_Q * 2.0 * np.pi / frame.box_c.max()
    ratio, limit = _strongest_bragg_peak(vectors.lengths_k * a0, strength_k)
    return {
        "bragg_ratio": ratio,
        "bragg_limit": limit,
        "crystalline_fraction": crystalline_fraction(frame),
        "void_radius": largest_void(frame) / a0,
        "low_q_structure_factor": float(strength_k[low].mean()),
    }


def _strongest_bragg_peak(q_k: FloatArray, strength_k: FloatArray) -> tuple[float, float]:
    """The largest S(q) over the mean that the median of its shell stands for, and its limit."""
    shell_k = np.floor((q_k - BRAGG_RANGE[0]) / BRAGG_SHELL_WIDTH).astype(int)
    largest, n_vectors = 0.0, 0
    for shell in range(int((BRAGG_RANGE[1] - BRAGG_RANGE[0]) / BRAGG_SHELL_WIDTH)):
        strength = strength_k[shell_k == shell]
        if len(strength) >= BRAGG_FEWEST_VECTORS:
            # The median of an exponential distribution is ln 2 means; Bragg peaks do not move it.
            expected = max(float(np.median(strength)) / np.log(2.0), np.finfo(float).tiny)
            largest = max(largest, float(strength.max()) / expected)
            n_vectors += len(strength)
    return largest, float(np.log(max(n_vectors, 1) / BRAGG_FALSE_ALARM))


def crystalline_fraction(configuration: Configuration) -> float:
    """Share of the particles whose bond order correlates with their neighbours' as in a crystal.

    The larger one of l = 4 and 6 in 2D; l = 6 in 3D.

    Raises:
        ConfigurationError: fewer particles than bond order needs.
    """
    d = configuration.dimension
    return max(
        float(np.mean(bond_coherence(configuration, order) > COHERENT[d]))
        for order in BOND_ORDERS[d]
    )


def largest_void(configuration: Configuration) -> float:
    """Radius of the largest sphere without a particle centre [length].

    Spheres are centred on a grid a third of the particle spacing wide, so that the radius is too
    small by at most 0.29 particle spacings in 3D and 0.24 in 2D.
    """
    a0 = configuration.density ** (-1.0 / configuration.dimension)
    axes = [
        (np.arange(n) + 0.5) * edge / n
        for edge, n in zip(
            configuration.box_c,
            np.ceil(configuration.box_c / (VOID_GRID * a0)).astype(int),
            strict=True,
        )
    ]
    grid_kc = np.stack([x.ravel() for x in np.meshgrid(*axes, indexing="ij")], axis=1)
    tree = scipy.spatial.cKDTree(configuration.wrapped_positions(), boxsize=configuration.box_c)
    return float(np.max(tree.query(grid_kc)[0]))


def _energy_fall(energies: pd.DataFrame) -> dict[str, float]:
    """The sharpest fall of the potential energy, and how it compares with the fluctuations.

    The record is cut in two where the two means explain it best; the fluctuation is the standard
    deviation about them.
    """
    if "potential_energy" not in energies.columns:
        raise StatisticsError(
            f"the table of energies needs a column potential_energy; it has {list(energies.columns)}"
        )
    u = energies["potential_energy"].to_numpy(dtype=np.float64)
    if len(u) < FEWEST_ENERGIES:
        return {}
    n_first = np.arange(1, len(u))
    sums = np.cumsum(u)[:-1]
    first, second = sums / n_first, (u.sum() - sums) / (len(u) - n_first)
    explained = n_first * (len(u) - n_first) * (first - second) ** 2
    margin = len(u) // 10
    best = margin + int(np.argmax(explained[margin : len(explained) - margin]))
    cut = int(n_first[best])
    residuals = np.concatenate([u[:cut] - first[best], u[cut:] - second[best]])
    fluctuation = float(np.sqrt(np.sum(residuals**2) / (len(u) - 2)))
    fall = float(first[best] - second[best])
    over = 0.0 if fall <= 0.0 else fall / max(fluctuation, np.finfo(float).tiny)
    return {"energy_fall": fall, "energy_fall_over_fluctuation": over}
