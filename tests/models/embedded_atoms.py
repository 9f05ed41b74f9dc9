"""Embedded-atom potentials of smooth made-up functions, as files, for the tests."""

from pathlib import Path

import numpy as np

from lmpmeso.models import GlassModel, Species
from lmpmeso.models.embedded_atom import embedded_atom

ELEMENTS = ("Aa", "Bb", "Cc")
CUTOFF = 2.2


def embedding(e: int, rho: np.ndarray) -> np.ndarray:
    """F(ρ) of element number e."""
    return -(1.0 + 0.3 * e) * np.sqrt(rho + 0.1) + 0.02 * (1 + e) * rho**1.5


def density(e: int, f: int, r: np.ndarray) -> np.ndarray:
    """Density that element e brings to element f; different from that of f at e."""
    return (1.0 + 0.2 * e - 0.1 * f) * np.exp(-r - 0.1 * f * r) * _cut(r, 0.9 * CUTOFF)


def pair(e: int, f: int, r: np.ndarray) -> np.ndarray:
    """r φ(r)."""
    return 2.0 * np.exp(-2.0 * (r - 0.9 - 0.05 * (e + f))) * r * _cut(r, CUTOFF)


def _cut(r: np.ndarray, end: float) -> np.ndarray:
    return np.maximum(1.0 - (r / end) ** 2, 0.0) ** 6


def write_setfl(
    path: Path, n_elements: int = 2, n_nodes: int = 2001, last_density: float = 12.0
) -> Path:
    """A file of ``eam/alloy`` or ``eam/fs``, by the ending of its name."""
    names = ELEMENTS[:n_elements]
    rho, r = np.linspace(0.0, last_density, n_nodes), np.linspace(0.0, CUTOFF, n_nodes)
    blocks = [
        "DATE: 2026-01-01 UNITS: metal CONTRIBUTOR: nobody\nmade up\n\n"
        f"{n_elements} {' '.join(names)}\n"
        f"{n_nodes} {rho[1]:.17g} {n_nodes} {r[1]:.17g} {CUTOFF:.17g}"
    ]
    for e, name in enumerate(names):
        blocks.append(f"{e + 1} {10.0 + e} {1.1 + 0.1 * e} sc  # {name}")
        blocks.append(_numbers(embedding(e, rho)))
        if path.suffix == ".fs":
            blocks += [_numbers(density(e, f, r)) for f in range(n_elements)]
        else:
            blocks.append(_numbers(density(e, e, r)))
    blocks += [_numbers(pair(e, f, r)) for e in range(n_elements) for f in range(e + 1)]
    path.write_text("\n".join(blocks) + "\n")
    return path


def _numbers(values: np.ndarray) -> str:
    """Five to a line."""
    words = [f"{value:.17g}" for value in values]
    return "\n".join(" ".join(words[k : k + 5]) for k in range(0, len(words), 5))


def metal(file: str | Path, elements: tuple[str, ...], density: float, **changes) -> GlassModel:
    """A model of equal fractions with the potential of a file."""
    pairs, term = embedded_atom(file, elements)
    species = tuple(
        Species(f"{name}{k}", 1.0 / len(elements), None, mass)
        for k, (name, mass) in enumerate(zip(elements, term.masses, strict=True))
    )
    fields = {
        "name": "metal",
        "interaction": "metal",
        "title": "a metal",
        "dimension": 3,
        "density": density,
        "n_particles": 256,
        "species": species,
        "largest_species": 0,
        "pair_potentials": pairs,
        "three_body": None,
        "time_step": 0.002,
        "high_temperature_time_step": 0.002,
        "thermostat_time": 0.2,
        "temperature_range": (300.0, 2000.0),
        "reference": "made up",
        "units": "metal",
        "embedding": term,
    }
    return GlassModel(**{**fields, **changes})
