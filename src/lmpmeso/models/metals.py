"""Metallic glasses by potentials that come with LAMMPS."""

from __future__ import annotations

from lmpmeso.errors import ModelError
from lmpmeso.models.embedded_atom import embedded_atom
from lmpmeso.models.glass_model import GlassModel, Species

CUZR_FILE = "CuZr_mm.eam.fs"
GLASS_VOLUMES = ((0.36, 19.72), (0.5, 17.975), (0.64, 16.38))
"""Volume per atom [Å³] of Cu-Zr glasses at 300 K by their fraction of copper; see :func:`copper_zirconium`."""


def copper_zirconium(copper: float = 0.5) -> GlassModel:
    """Cu-Zr by the Finnis-Sinclair potential of Mendelev, Sordelet and Kramer, in units ``metal``.

    The potential is read from ``CuZr_mm.eam.fs`` in LAMMPS's own folder, with LAMMPS's interpolation. The
    density is that of its glasses at 300 K and zero pressure, measured with LAMMPS: 0.05563 Å⁻³ for
    Cu50Zr50 (256 atoms, from 2000 K at 4e13 K/s). At 36 and 64 % copper 216 atoms were quenched to 0 K; their
    volumes are scaled by what warming to 300 K does at 50 %, 0.3 %. In between, and beyond, lines.

    Args:
        copper: fraction of copper.

    Raises:
        ModelError: the fraction is not between 0 and 1, or the file is not found.
    """
    if not 0.0 < copper < 1.0:
        raise ModelError(f"the fraction of copper must lie between 0 and 1, got {copper}")
    names = ("Cu", "Zr")
    pairs, embedding = embedded_atom(CUZR_FILE, names)
    percent = round(100 * copper, 6)
    fractions = (copper, 1.0 - copper)
    return GlassModel(
        name="cuzr" if copper == 0.5 else f"cuzr-{percent:g}-{round(100 - percent, 6):g}",
        interaction="cuzr",
        title=f"copper-zirconium metallic glass Cu{percent:g}Zr{100 - percent:g}, embedded atoms",
        dimension=3,
        units="metal",
        density=1.0 / _volume(copper),
        n_particles=2000,
        species=tuple(
            Species(name, fraction, mass=mass)
            for name, fraction, mass in zip(names, fractions, embedding.masses, strict=True)
        ),
        largest_species=1,
        pair_potentials=pairs,
        embedding=embedding,
        time_step=0.002,
        thermostat_time=0.2,
        temperature_range=(900.0, 2000.0),
        reference="Mendelev, Sordelet and Kramer, J. Appl. Phys. 102, 043501 (2007)",
    )


def _volume(copper: float) -> float:
    """Volume per atom [Å³], between and beyond the measured compositions on straight lines."""
    at, volumes = zip(*GLASS_VOLUMES, strict=True)
    k = 0 if copper < at[1] else 1
    slope = (volumes[k + 1] - volumes[k]) / (at[k + 1] - at[k])
    return volumes[k] + slope * (copper - at[k])
