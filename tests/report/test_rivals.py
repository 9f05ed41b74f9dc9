"""What is said of stiffnesses in the place of κ: only what the errors allow."""

import numpy as np
import pandas as pd
import pytest

from lmpmeso.report.rivals import beats_null, rivals


def fits(kappa=0.97, shear=0.8, null_beats=0.02, best=(0.6, 0.4), kappa_beats_shear=0.6):
    return pd.DataFrame(
        {
            "predictor": ["kappa", "shear_modulus", "constant"],
            "n_points": 5,
            "rms_left_out": [0.10, 0.05, 0.30],
            "rms_left_out_low": 0.04,
            "rms_left_out_high": 0.40,
            "beats_constant": [kappa, shear, np.nan],
            "beats_kappa": [np.nan, 1.0 - kappa_beats_shear, null_beats],
            "beats_shear_modulus": [kappa_beats_shear, np.nan, 0.2],
            "best": [*best, np.nan],
        }
    )


def test_only_what_beats_no_stiffness_by_more_than_its_errors_is_called_better():
    told = rivals(fits())
    assert told.startswith("Without any stiffness, by 1/T alone, the line through all but one of 5")
    assert "within a factor of 1.35 (rms)" in told
    assert "Better by more than the errors: κ 1.11." in told
    assert "G 1.05" not in told
    assert told.endswith("Which stiffness is the best cannot be told (P = 0.60 for κ).")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kappa": 0.7}, "No stiffness does better by more than the errors."),
        ({"kappa": 0.01, "null_beats": 0.99}, "Worse by more than the errors: κ 1.11."),
        ({"best": (0.96, 0.04)}, "The best is κ (P = 0.96)."),
        ({"best": (0.02, 0.98)}, "The best is G (P = 0.98)."),
        ({"kappa_beats_shear": 0.96, "best": (0.9, 0.1)}, "κ does better than G."),
    ],
)
def test_each_claim_is_made_where_it_is_significant(changes, words):
    assert words in rivals(fits(**changes))


def test_without_lines_or_errors_nothing_is_said():
    assert rivals(pd.DataFrame()) == ""
    assert rivals(fits().drop(columns="best")) == ""
    assert rivals(fits().assign(rms_left_out=np.nan)) == ""
    assert np.isnan(beats_null(pd.DataFrame()))
    assert beats_null(fits()) == 0.97
