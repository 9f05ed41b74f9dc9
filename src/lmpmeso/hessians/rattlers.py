"""Particles of a packing that its contacts do not hold."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from lmpmeso.arrays import BoolArray
from lmpmeso.configurations import Configuration
from lmpmeso.errors import ConfigurationError
from lmpmeso.hessians.neighbours import InteractingPairs, interacting_pairs
from lmpmeso.models import GlassModel


def without_rattlers(configuration: Configuration, model: GlassModel) -> Configuration:
    """The particles that are held in place, in the same box, with ids from 1 on in their old order.

    A particle with fewer than d + 1 contacts cannot be held by forces that only repel. It is left out; then those
    that are held no more without it, and so on (O'Hern, Silbert, Liu and Nagel, Phys. Rev. E 68, 011306 (2003)).
    Contacts are the pairs that interact, so that with long-ranged forces all particles stay.

    Args:
        configuration: particles of a packing whose forces balance.
        model: tells which pairs touch.

    Raises:
        ConfigurationError: no particle is held, or the configuration does not fit the model.
    """
    held_n = held_particles(interacting_pairs(configuration, model), configuration)
    if not held_n.any():
        raise ConfigurationError(
            f"{configuration.source}: no particle is held by its contacts; the packing is not jammed, compress it"
        )
    kept = {f.name: getattr(configuration, f.name) for f in fields(Configuration)}
    n = configuration.n_particles
    for name in ("positions_nc", "species", "images_nc", "velocities_nc", "diameters"):
        kept[name] = None if kept[name] is None else kept[name][held_n]
    kept["ids"] = np.argsort(np.argsort(configuration.ids[held_n])) + 1
    kept["source"] = f"{configuration.source} without {n - int(held_n.sum())} rattlers of {n}"
    return Configuration(**kept)


def held_particles(pairs: InteractingPairs, configuration: Configuration) -> BoolArray:
    """Which particles have d + 1 contacts or more with others that have, shape (N,)."""
    n = configuration.n_particles
    held_n = np.ones(n, dtype=bool)
    while True:
        both_p = held_n[pairs.i] & held_n[pairs.j]
        contacts_n = np.bincount(pairs.i[both_p], minlength=n)
        contacts_n += np.bincount(pairs.j[both_p], minlength=n)
        still_n = held_n & (contacts_n > configuration.dimension)
        if (still_n == held_n).all():
            return held_n
        held_n = still_n
