"""Two-dimensional liquids have relaxation and diffusion relative to the cage beside the plain ones."""

import pandas as pd


def test_a_campaign_in_two_dimensions_has_cage_relative_numbers_of_each_state_point(planar):
    table = pd.read_csv(planar / "tables" / "cage-relative.csv")
    curves = pd.read_csv(planar / "tables" / "cage-relative-curves.csv")
    assert sorted(table["temperature [energy]"]) == [1.0, 1.2]
    unknown = table[table["cage_relative_tau_alpha_over_t0"].isna()]
    assert unknown["caveat"].str.contains("τ_α").all()
    assert set(curves["temperature [energy]"]) == {1.0, 1.2}
    plain = pd.read_csv(planar / "tables" / "displacement.csv")
    shortest = [t.loc[t["t [time]"].idxmin(), "msd [length^2]"] for t in (curves, plain)]
    assert 1.0 < shortest[0] / shortest[1] < 1.6, "ballistic: neighbours add their share"


def test_a_campaign_in_three_dimensions_has_none(solid):
    table = solid / "tables" / "cage-relative.csv"
    assert not table.is_file() or not table.read_text().strip()
