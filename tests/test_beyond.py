"""Tables of glasses beyond the paper: what they say of melts that are made up, and that the page says the same."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lmpmeso.files.plain_json import write_json
from lmpmeso.models.units import METAL

ROOT = Path(__file__).resolve().parents[1]
T = np.geomspace(0.01, 5.0, 30)
KAPPAS = {2000.0: (1.0, 1.2, 1.4), 1300.0: (2.0, 2.6, 2.6)}


@pytest.fixture
def tables(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "scripts" / "studies")
    import beyond_tables

    return beyond_tables


@pytest.fixture
def folder(tmp_path):
    """Three melts at two temperatures, of which the hot one relaxes within 1.6 ps; one cold quench failed."""
    (tmp_path / "cuzr").mkdir()
    for temperature, kappas in KAPPAS.items():
        for melt, kappa in enumerate(kappas):
            run = {"melt": melt, "seed": melt, "n_particles": 4, "temperature": temperature}
            run |= {"before": 1.0, "observed": 5.0, "t": T}
            run |= {"Fs": np.exp(-T) if temperature > 1500.0 else np.full(len(T), 0.8)}
            glass = {"energy": -4.8 - kappa / 100.0, "kappa": kappa, "kappa_infinity": 0.9 * kappa}
            glass |= {"shear_modulus": 0.2, "bulk_modulus": 0.8, "pressure": 0.0}
            stem = tmp_path / "cuzr" / f"{melt:02d}-{temperature:g}"
            failed = temperature < 1500.0 and melt == 2
            write_json(
                stem.with_suffix(".json"), run | ({"failed": "a saddle"} if failed else glass)
            )
            if not failed:
                np.savez(
                    stem.with_suffix(".npz"),
                    kappa_p=np.array([1.0, 2.0, 3.0, 5.0]) * kappa,
                    i_p=np.array([0, 0, 1, 2]),
                    j_p=np.array([1, 2, 2, 3]),
                    species_n=np.array([0, 1, 1, 1]),
                )
    return tmp_path


def test_points_are_means_over_melts_and_say_what_was_in_equilibrium(tables, folder):
    hot, cold = tables.points(folder, "cuzr").to_dict("records")
    assert (hot["state"], cold["state"]) == (tables.LIQUID, tables.GLASS)
    assert hot["tau_alpha"] == pytest.approx(np.log(5.0), rel=1e-3)
    assert np.isnan(cold["tau_alpha"])
    assert cold["cooling_rate"] == pytest.approx(700.0 / 6.0)
    assert hot["kappa"] == pytest.approx(1.2)
    assert hot["kappa_low"] < 1.2 < hot["kappa_high"]
    assert hot["kappa_soft"] == pytest.approx(1.15 * 1.2), "linear between 1 and 2 times κ"
    assert hot["shear_modulus_gpa"] == pytest.approx(0.2 * METAL.gigapascals)


def test_a_melt_whose_quench_failed_is_counted_and_left_out_of_both_sides_of_a_ratio(
    tables, folder
):
    cold = tables.points(folder, "cuzr").iloc[1]
    assert (cold["n_melts"], cold["n_glasses"]) == (3, 2)
    assert cold["kappa"] == pytest.approx(2.3)
    assert cold["kappa_ratio"] == pytest.approx(2.3 / 1.1)
    assert cold["kappa_over_shear_ratio"] == pytest.approx(2.3 / 1.1)


def test_neighbours_are_counted_from_both_ends_of_a_pair(tables, folder):
    pairs = tables.neighbourhoods(folder, "cuzr")
    hot = pairs[pairs["temperature"] == 2000.0].set_index(["centre", "neighbour"])
    assert list(hot.index) == [("Cu", "Zr"), ("Zr", "Cu"), ("Zr", "Zr")]
    assert hot.loc[("Cu", "Zr"), "neighbours"] == 2.0
    assert hot.loc[("Zr", "Cu"), "neighbours"] == pytest.approx(2.0 / 3.0)
    assert hot.loc[("Zr", "Zr"), "most_often"] == 1
    assert hot.loc[("Zr", "Zr"), "share_of_most_often"] == pytest.approx(2.0 / 3.0)
    assert hot.loc[("Cu", "Zr"), "kappa"] == pytest.approx(1.5 * 1.2)


def test_models_in_different_units_are_compared_by_ratios(tables, folder):
    measured = {"kappa": [20.0, 10.0], "kappa_infinity": [18.0, 9.0], "shear_modulus": [15.0, 10.0]}
    swapped = pd.DataFrame(
        {"T": [0.1, 0.4], "equilibration_over_tau": [9.0, 2.0], "energy": [1.0, 3.0]}
    )
    for name, (cold, hot) in measured.items():
        swapped[name] = [cold, hot]
        swapped[f"{name}_low"], swapped[f"{name}_high"] = (
            [0.97 * cold, 0.96 * hot],
            [
                1.03 * cold,
                1.04 * hot,
            ],
        )
    table = tables.together(tables.points(folder, "cuzr"), swapped)
    own = table[table["model"] == "poly-swap"].to_dict("records")
    assert [row["state"] for row in own] == [tables.SLOW, tables.LIQUID]
    assert own[1]["fall"] == pytest.approx((3.0 - 1.0) / 0.4)
    assert own[1]["reduced_temperature"] == pytest.approx(0.25)
    assert own[1]["kappa_ratio"] == pytest.approx(2.0)
    assert own[1]["kappa_ratio_high"] == pytest.approx(2.0 * 1.05)
    metal = table[table["model"] == "cuzr"].iloc[1]
    assert metal["fall"] == pytest.approx(0.011 / (METAL.boltzmann * 2000.0))


def test_the_numbers_of_the_page_follow_from_the_tables_beside_it(tables):
    import make_beyond

    text = make_beyond.PAGE.read_text(encoding="utf-8")
    for name, (header, *rows) in make_beyond.page_tables(make_beyond.TABLES).items():
        lines = [header, ["---"] * len(header), *rows]
        table = "\n".join("| " + " | ".join(line) + " |" for line in lines)
        assert f"<!-- {name} -->\n{table}\n<!-- end of {name} -->" in text, name
