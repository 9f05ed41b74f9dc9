"""From the keys of a pair of species in a model file to its potential."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lmpmeso.errors import ModelError
from lmpmeso.models.cutoff import refuse_impossible_lengths
from lmpmeso.models.formula import FormulaPotential, constant_value, names_in, zero_crossing
from lmpmeso.models.potential_files import named_file
from lmpmeso.models.potentials import PairPotential
from lmpmeso.models.species_pairs import SpeciesPair
from lmpmeso.models.tabulated import read_table

FARTHEST = 30.0
"""Longest cut-off, in units of (V/N)^(1/d): a particle would interact with a hundred thousand others."""


class PairKeyError(ModelError):
    """What is wrong with the value of one key."""

    def __init__(self, key: str, message: str):
        super().__init__(message)
        self.key = key


def potential_of_keys(
    pair: SpeciesPair,
    keys: dict[str, Any],
    constants: dict[str, float],
    path: Path,
    spacing: float | None = None,
    diameter_if_unknown: float | None = None,
) -> PairPotential:
    """The potential of two species.

    Args:
        pair: the species.
        keys: those of ``[pair]`` that hold for them.
        constants: by name.
        path: the model file, beside which tables are looked for.
        spacing: (V/N)^(1/d) [length], where it is known.
        diameter_if_unknown: of particles, where the keys do not say it and φ does not change its sign [length].

    Raises:
        PairKeyError: the value of a key is impossible.
        ModelError: the keys together do not make a potential.
    """
    phi, table = keys.get("phi", ""), keys.get("table", "")
    if bool(phi) == bool(table):
        raise ModelError("give either phi, a formula, or table, a file")
    cutoff = _length("cutoff", keys, constants)
    if cutoff is not None and spacing is not None and cutoff > FARTHEST * spacing:
        raise PairKeyError(
            "cutoff",
            f"a cut-off of {cutoff:g} is {cutoff / spacing:.3g} times the distance between particles, (V/N)^(1/d) = "
            f"{spacing:.4g}; at most {FARTHEST:g} times that can be analysed",
        )
    diameter = _length("diameter", keys, constants)
    shift = keys.get("shift", "none")
    if table:
        section = keys.get("section") or "_".join(pair.names)
        found = named_file(path, table)
        return read_table(found, section, cutoff=cutoff, diameter=diameter, shift=shift)
    if cutoff is None:
        raise ModelError("a formula needs a cutoff, e.g. cutoff = 2.5")
    if diameter is not None:
        _refuse_larger_than_reach(cutoff, diameter)
    used = {name: value for name, value in constants.items() if name in names_in(phi)}
    diameter = diameter or zero_crossing(phi, used, cutoff) or diameter_if_unknown
    if diameter is None:
        raise ModelError(
            "φ does not change its sign: say how large the particles are, e.g. diameter = 1.0 or the "
            "name of a constant"
        )
    return FormulaPotential(phi, tuple(sorted(used.items())), cutoff, diameter, shift)


def _length(key: str, keys: dict[str, Any], constants: dict[str, float]) -> float | None:
    """A length that is a number or a formula of constants; None where it is not given."""
    value: float | str | None = keys.get(key)
    if not isinstance(value, str):
        return value
    try:
        length = constant_value(value, constants)
    except ModelError as error:
        raise PairKeyError(key, str(error)) from error
    if not length > 0:
        raise PairKeyError(key, f"{value} is {length:g}, but must be positive")
    return length


def _refuse_larger_than_reach(cutoff: float, diameter: float) -> None:
    """Particles are not larger than their potential reaches."""
    try:
        refuse_impossible_lengths(cutoff, diameter)
    except ModelError as error:
        raise PairKeyError("diameter", str(error)) from error
