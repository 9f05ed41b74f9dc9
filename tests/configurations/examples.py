"""Small configurations and dumps, and what makes two configurations equal."""

from dataclasses import fields, replace

import numpy as np

from lmpmeso.configurations import Configuration, InherentStructure, random_configuration
from lmpmeso.models import get_model

STATE = [
    *("positions_nc", "species", "box_c", "origin_c", "ids"),
    *("images_nc", "velocities_nc", "step"),
]


def liquid(name="ipl", n=120, seed=0, images=True, velocities=False, step=7) -> Configuration:
    model = get_model(name)
    configuration = random_configuration(model, n, seed)
    generator = np.random.default_rng(seed + 1)
    shape = configuration.positions_nc.shape
    return replace(
        configuration,
        images_nc=generator.integers(-3, 4, shape) if images else None,
        velocities_nc=generator.normal(size=shape) if velocities else None,
        step=step,
    )


def inherent_structure(seed=0, **evidence) -> InherentStructure:
    known = {
        "energy": 6912.123456789012,
        "max_force": 3.1e-11,
        "contact_force_rms": 11.7,
        "minimizer": "fire",
        "iterations": 1234,
        "newton_iterations": 3,
        "stopping_criterion": "force tolerance",
        "parent_temperature": 0.7,
    }
    return InherentStructure.from_configuration(liquid(seed=seed), **{**known, **evidence})


def assert_same_state(one: Configuration, other: Configuration, names=STATE) -> None:
    """Equality to the last bit."""
    for name in names:
        a, b = getattr(one, name), getattr(other, name)
        assert (a is None) == (b is None), name
        assert a is None or np.array_equal(a, b), name


def assert_same_attributes(one: InherentStructure, other: InherentStructure) -> None:
    """Equality of everything but the source, evidence included."""
    assert_same_state(one, other)
    for field in fields(InherentStructure):
        if field.name not in [*STATE, "source"]:
            assert getattr(one, field.name) == getattr(other, field.name), field.name


BOX = 6.0


def dump_text(
    rows,
    columns="id type x y z",
    step=0,
    bounds=(f"0 {BOX}",) * 3,
    flags="pp pp pp",
    n=None,
    before="",
) -> str:
    """One frame of a dump with the given rows (text or sequences of numbers)."""
    lines = [row if isinstance(row, str) else " ".join(map(repr, row)) for row in rows]
    return before + "\n".join(
        [
            f"ITEM: TIMESTEP\n{step}",
            f"ITEM: NUMBER OF ATOMS\n{len(lines) if n is None else n}",
            f"ITEM: BOX BOUNDS {flags}".rstrip(),
            *bounds,
            f"ITEM: ATOMS {columns}",
            *lines,
            "",
        ]
    )


def regular_rows(n=177, d=3):
    """``id type x y z`` of n particles in a box of edge 6: the density of the ipl model."""
    grid = np.stack(np.meshgrid(*[np.arange(6)] * d, indexing="ij"), -1).reshape(-1, d)[:n]
    return [[k + 1, 1 + k % 2, *(position + 0.25).tolist()] for k, position in enumerate(grid)]
