"""κ of a state point with the size of its system taken out."""

import numpy as np
import pandas as pd
import pytest

from lmpmeso.campaign.size_correction import size_corrected
from lmpmeso.elasticity import kappa_of_larger_system

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
        found = size_corrected(bonds, moduli, N, DENSITY, 3, level=0.9, seed=1)
        mean = moduli["shear_modulus"].mean()
        each = [kappa_of_larger_system(b, N, BOX, 87.0, mean).mean() for b in bonds]
        assert found["kappa_infinity"] == pytest.approx(np.mean(each), rel=1e-12)
        assert found["kappa_infinity"] < np.mean([b["kappa"].mean() for b in bonds])
        assert found["kappa_infinity_low"] < found["kappa_infinity"] < found["kappa_infinity_high"]
        results.append(found)
    assert results[1]["kappa_infinity_error"] > 1.1 * results[0]["kappa_infinity_error"]


@pytest.mark.parametrize("lost", [["compliance"], ["stretch_longitudinal", "stretch_transverse"]])
def test_glasses_of_earlier_versions_and_those_without_rigidity_have_none(lost):
    bonds, moduli = glasses(4, 0.0)
    old = [b.drop(columns=lost) for b in bonds]
    soft = moduli.assign(shear_modulus=-1.0)
    for given in ((old, moduli), (bonds, soft)):
        found = size_corrected(*given, N, DENSITY, 3, level=0.9, seed=1)
        assert list(found) == [f"kappa_infinity{end}" for end in ("", "_low", "_high", "_error")]
        assert np.isnan(list(found.values())).all()
