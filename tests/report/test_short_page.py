"""The short page: what it says of numbers that are there, and of those that are not."""

import math
from dataclasses import replace
from pathlib import Path

import pandas as pd

from lmpmeso.campaign.folder import stored_campaign
from lmpmeso.campaign.own_models import OwnModel
from lmpmeso.report.short_page import lead, numbers
from lmpmeso.report.step_commands import step_commands


def points():
    """Two state points with the numbers that the page tells."""
    rows = [
        {"temperature": 2.0, "status": "done", "tau_alpha_over_t0": 1.0},
        {"temperature": 0.65, "status": "done", "tau_alpha_over_t0": 60.0},
    ]
    for row, kappa, modulus in zip(rows, (1.0, 1.42), (1.0, 1.1), strict=True):
        row |= {"kappa_ratio": kappa, "kappa_ratio_low": kappa - 0.1}
        row |= {"kappa_ratio_high": kappa + 0.1, "shear_modulus_ratio": modulus}
        row |= {"shear_modulus_ratio_low": math.nan, "shear_modulus_ratio_high": math.nan}
    return rows


def test_the_lead_says_what_was_found_and_how_sure_it_is():
    text = lead(pd.DataFrame(points()))
    assert "42 % higher (+32 to +52 %)" in text
    assert "shear modulus G that is 10 % higher." in text
    assert "τ_α/t0 is 60 times as long" in text


def test_a_relaxation_time_that_was_not_reached_is_said_so_and_left_out():
    rows = points()
    rows[1]["tau_alpha_over_t0"] = math.nan
    assert [cell.value for cell in numbers(rows)[0].cells][1] == "not reached"
    assert "relaxation time" not in lead(pd.DataFrame(rows))


def test_a_state_point_that_is_not_finished_is_no_number():
    rows = points()
    rows[1] = {"temperature": 0.65, "status": "waiting"}
    assert [cell.value for cell in numbers(rows)[1].cells][1] == "–"
    assert "not finished" in lead(pd.DataFrame(rows))


def test_the_commands_of_a_page_name_the_file_of_ones_own_model(solid):
    campaign = stored_campaign(solid)
    (liquid, *others) = campaign.liquids
    own = OwnModel(Path("elsewhere/mine.toml"), liquid.glass_model)
    told = step_commands(
        solid, replace(campaign, liquids=(replace(liquid, own_model=own), *others))
    )
    assert "lmpmeso models models/mine.toml" in told
    assert f"--model {liquid.model} " not in told
    assert "--model models/mine.toml" in told
