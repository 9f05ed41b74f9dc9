"""The studies of second light: what they say of data that are made up, and that the page says what its tables say."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

STUDIES = Path(__file__).resolve().parents[1] / "scripts" / "studies"


@pytest.fixture
def unjamming(monkeypatch):
    monkeypatch.syspath_prepend(STUDIES)
    import unjamming

    return unjamming


def test_exponents_are_those_of_the_data_and_their_intervals_hold_them(unjamming):
    generator = np.random.default_rng(1)
    fraction, seed = (a.ravel() for a in np.meshgrid([0.9, 0.7, 0.68, 0.66, 0.651], range(12)))
    pressure = fraction - 0.648
    packings = pd.DataFrame({"fraction": fraction, "seed": seed, "jammed": True})
    packings["pressure"] = pressure
    for power, name in zip((0.5, 0.5, 0.5, 0.5, 1.0, -0.25), unjamming.FITTED, strict=True):
        packings[name] = pressure**power * np.exp(generator.normal(0.0, 0.05, len(packings)))
    packings.loc[packings["fraction"] == 0.9, list(unjamming.FITTED)] = 7.0
    packings.loc[packings.index[-1], "shear_modulus"] = -0.01
    found = unjamming.exponents(packings).set_index("quantity")
    assert (found["n_packings"] + found["n_left_out"] == 4 * 12).all(), "near unjamming alone"
    assert (found["n_left_out"] == 1).all()
    for power, name in zip((0.5, 0.5, 0.5, 0.5, 1.0, -0.25), unjamming.FITTED, strict=True):
        row = found.loc[name]
        assert row["exponent"] == pytest.approx(power, abs=0.03)
        assert row["exponent_low"] < row["exponent"] < row["exponent_high"]


def test_a_packing_below_the_transition_is_counted_and_has_no_moduli(unjamming, monkeypatch):
    monkeypatch.setattr(unjamming, "N_PARTICLES", 64)
    loose, dense = unjamming.measured(0.5, 1), unjamming.measured(0.8, 1)
    assert loose == {"fraction": 0.5, "seed": 1, "n_particles": 64, "jammed": False}
    assert dense["jammed"]
    assert dense["excess_contacts"] > 1.0
    assert dense["kappa"] == pytest.approx(np.mean(dense["kappa_p"]))


def test_the_numbers_of_the_page_follow_from_the_tables_beside_it(monkeypatch):
    monkeypatch.syspath_prepend(STUDIES)
    import make_second_light

    text = make_second_light.PAGE.read_text(encoding="utf-8")
    for name, (header, *rows) in make_second_light.page_tables(make_second_light.TABLES).items():
        lines = [header, ["---"] * len(header), *rows]
        table = "\n".join("| " + " | ".join(line) + " |" for line in lines)
        assert f"<!-- {name} -->\n{table}\n<!-- end of {name} -->" in text, name
