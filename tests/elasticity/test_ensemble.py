"""Many glasses: the same tables as one by one, in order."""

import numpy as np
import pandas as pd
import pytest

from lmpmeso.backend import LapackBackend
from lmpmeso.elasticity import dipole_stiffness, dipole_stiffness_ensemble, ensemble
from lmpmeso.errors import UnstableStructureError
from lmpmeso.models import get_model

from .networks import committed_glass


@pytest.fixture
def glasses():
    """A glass, and the same moved through the box, which the order of elimination notices."""
    glass = committed_glass("ipl2d")
    return [
        glass.with_positions(glass.positions_nc + k * 0.21 * glass.box_c, images_nc=None)
        for k in range(3)
    ]


@pytest.mark.parametrize("processes", [1, 2])
def test_tables_are_those_of_single_glasses_in_order(glasses, processes):
    model, done = get_model("ipl2d"), []
    tables = list(
        dipole_stiffness_ensemble(
            glasses,
            model,
            pairs=50,
            method="selected",
            seed=4,
            device="cpu",
            processes=processes,
            progress=lambda *told: done.append(told),
        )
    )
    assert done == [(1, 3), (2, 3), (3, 3)]
    for k, (glass, table) in enumerate(zip(glasses, tables, strict=True)):
        alone = dipole_stiffness(
            glass, model, pairs=50, method="selected", seed=4 + k, device="cpu", threads=1
        )
        pd.testing.assert_frame_equal(table, alone)
        assert table.attrs["seed"] == 4 + k


def test_glasses_are_taken_only_as_they_are_needed(glasses):
    taken = []

    def source():
        for k, glass in enumerate(glasses):
            taken.append(k)
            yield glass

    tables = dipole_stiffness_ensemble(source(), get_model("ipl2d"), device="cpu", processes=1)
    next(tables)
    assert taken == [0]
    tables.close()


def test_glasses_queued_for_a_device_give_the_same(glasses, monkeypatch):
    """The way of a GPU, with the host in its place."""

    class Device(LapackBackend):
        def __init__(self):
            super().__init__()
            self.device = "cuda"

    monkeypatch.setattr(ensemble, "get_backend", lambda name: Device())
    model = get_model("ipl2d")
    tables = dipole_stiffness_ensemble(glasses, model, method="selected", processes=1)
    for glass, table in zip(glasses, tables, strict=True):
        alone = dipole_stiffness(glass, model, method="selected", device="cpu")
        np.testing.assert_allclose(table["kappa"], alone["kappa"], rtol=1e-10)


def test_an_unstable_structure_stops_the_ensemble_at_its_place(glasses):
    rng = np.random.default_rng(0)
    shaken = glasses[1].with_positions(
        glasses[1].positions_nc + 0.05 * rng.normal(size=glasses[1].positions_nc.shape)
    )
    tables = dipole_stiffness_ensemble(
        [glasses[0], shaken, glasses[2]], get_model("ipl2d"), device="cpu", processes=1
    )
    next(tables)
    with pytest.raises(UnstableStructureError, match="quench"):
        next(tables)


def test_number_of_processes_must_be_positive(glasses):
    with pytest.raises(ValueError, match="processes must be at least 1"):
        next(dipole_stiffness_ensemble(glasses, get_model("ipl2d"), processes=0))
