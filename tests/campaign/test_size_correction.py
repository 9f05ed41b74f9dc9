"""κ of a state point with the size of its system taken out."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from lmpmeso.campaign.size_correction import size_corrected
from lmpmeso.configurations import box_of_runs
from lmpmeso.elasticity import kappa_of_larger_system
from lmpmeso.models import get_model, lammps_interaction
from tests.chains import REPULSIVE, chains

N, DENSITY = 500, 0.82
BOX = [(N / DENSITY) ** (1 / 3)] * 3


def glasses(n, spread):
    """Pairs and moduli of glasses that scatter about G = 12."""
    rng = np.random.default_rng(3)
    shear = 12.0 + spread * rng.normal(size=n)
    bonds = [
        pd.DataFrame(
            {
                "kappa": rng.gamma(2.0, 12.0, 200) + 1.0,
                "compliance": 0.008,
                "stretch_longitudinal": rng.uniform(0.2, 0.7, 200),
                "stretch_transverse": rng.uniform(0.2, 0.5, 200),
            }
        )
        for _ in range(n)
    ]
    return bonds, pd.DataFrame({"bulk_modulus": 87.0, "shear_modulus": shear})


def test_all_glasses_take_the_mean_moduli_and_the_error_of_g_widens_the_interval():
    results = []
    for spread in (0.0, 4.0):
        bonds, moduli = glasses(20, spread)
        found = size_corrected(bonds, moduli, N, BOX, level=0.9, seed=1)
        mean = moduli["shear_modulus"].mean()
        each = [kappa_of_larger_system(b, N, BOX, 87.0, mean).mean() for b in bonds]
        assert found["kappa_infinity"] == pytest.approx(np.mean(each), rel=1e-12)
        assert found["kappa_infinity"] < np.mean([b["kappa"].mean() for b in bonds])
        assert found["kappa_infinity_low"] < found["kappa_infinity"] < found["kappa_infinity_high"]
        results.append(found)
    assert results[1]["kappa_infinity_error"] > 1.1 * results[0]["kappa_infinity_error"]


def test_a_slab_is_taken_for_a_slab():
    bonds, moduli = glasses(6, 0.0)
    slab = np.array(BOX) * [0.5, 1.0, 2.0]
    found = size_corrected(bonds, moduli, N, slab, level=0.9, seed=1)
    each = [kappa_of_larger_system(b, N, slab, 87.0, 12.0).mean() for b in bonds]
    assert found["kappa_infinity"] == pytest.approx(np.mean(each), rel=1e-12)
    cube = size_corrected(bonds, moduli, N, BOX, level=0.9, seed=1)
    assert abs(found["kappa_infinity"] / cube["kappa_infinity"] - 1) > 0.01


def test_chains_keep_the_box_of_their_data_file(tmp_path):
    model = chains(tmp_path)
    path = tmp_path / "chains.data"
    text = path.read_text()
    edge = float(box_of_runs(model, 125)[0])
    assert f"0 {edge!r} zlo zhi" in text
    path.write_text(text.replace(f"0 {edge!r} zlo zhi", f"0 {2.0 * edge!r} zlo zhi"))
    slab = replace(model, lammps=lammps_interaction(REPULSIVE, data_file=path))
    assert box_of_runs(slab, 125) == pytest.approx([edge, edge, 2.0 * edge])
    assert box_of_runs(get_model("ipl2d"), 86) == pytest.approx([10.0, 10.0])


@pytest.mark.parametrize("lost", [["compliance"], ["stretch_longitudinal", "stretch_transverse"]])
def test_glasses_of_earlier_versions_and_those_without_rigidity_have_none(lost):
    bonds, moduli = glasses(4, 0.0)
    old = [b.drop(columns=lost) for b in bonds]
    soft = moduli.assign(shear_modulus=-1.0)
    for given in ((old, moduli), (bonds, soft)):
        found = size_corrected(*given, N, BOX, level=0.9, seed=1)
        assert list(found) == [f"kappa_infinity{end}" for end in ("", "_low", "_high", "_error")]
        assert np.isnan(list(found.values())).all()
