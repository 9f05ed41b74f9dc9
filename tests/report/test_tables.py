"""Entries of tables, and the tables of optional sections."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from lmpmeso.campaign.measurements import TABLES
from lmpmeso.campaign.reading import parse_campaign
from lmpmeso.campaign.statuses import DONE, REFUSED, WAITING
from lmpmeso.campaign.tables import CampaignTables, read_tables
from lmpmeso.cli.results import results_text
from lmpmeso.figures.style import canvas
from lmpmeso.report.cells import Cell, number_cell
from lmpmeso.report.further_tables import ROWS_SHOWN, further_tables
from lmpmeso.report.html_page import embedded, symbols
from lmpmeso.report.results import result_notes, result_rows, results_text_rows

CAMPAIGN = parse_campaign(
    'name = "one"\n[[liquids]]\nmodel = "ipl"\nn_particles = 64\ntemperatures = [2.0, 1.0]\n'
)
WHERE = {"model": "ipl", "n_particles": 64, "temperature": 1.0}


@pytest.mark.parametrize(
    ("value", "low", "high", "text", "interval"),
    [
        (23.31, 21.18, 25.12, "23.3", "21.2 to 25.1"),
        (0.00402, 0.00358, 0.00451, "0.00402", "0.00358 to 0.00451"),
        (1.5e-7, 1.0e-7, 2.0e-7, "1.50e-07", "1.00e-07 to 2.00e-07"),
        (2.82, 1.08, np.nan, "2.82", "1.08 or more"),
        (2.82, np.nan, 3.5, "2.82", "3.50 or less"),
        (2.82, np.nan, np.nan, "2.82", ""),
        (123.0, 110.0, 130.0, "123", "110 to 130"),
    ],
)
def test_an_interval_has_the_decimals_of_its_number_and_tells_an_open_end(
    value, low, high, text, interval
):
    assert number_cell({"x": value, "x_low": low, "x_high": high}, "x", 3) == Cell(
        text, interval, value
    )


def test_what_was_not_measured_is_said_so():
    assert number_cell({"x": np.nan}, "x", 3) == Cell("not reached")
    assert number_cell({}, "x", 3, "–") == Cell("–")


def points(*statuses):
    """State points of which nothing else is known."""
    return pd.DataFrame(
        WHERE | {"temperature": 2.0 - k, "status": status} for k, status in enumerate(statuses)
    )


def test_a_state_point_that_waits_tells_how_far_it_is():
    progress = {("ipl", 64, 2.0): (3, 24), ("ipl", 64, 1.0): (1, 24)}
    waiting, refused = result_rows(points(WAITING, REFUSED), progress)
    assert waiting.cells[-1] == Cell("waiting", "3 of 24 tasks", mark="open")
    assert refused.cells[-1] == Cell("not equilibrated", mark="no")
    assert {cell.value for cell in waiting.cells[:-1]} == {"–"}


def test_the_terminal_and_the_page_tell_the_same():
    table = points(DONE).assign(
        excluded="r0: drifts", kappa=23.31, kappa_low=21.18, kappa_high=25.12, n_glasses=40
    )
    (row,) = result_rows(table)
    _, words = results_text_rows(table)
    assert row.cells[-1] == Cell("excluded", mark="no")
    assert words[-1] == "excluded"
    assert "23.3 [21.2 to 25.1]" in words
    assert Cell("23.3", "21.2 to 25.1", 23.31) in row.cells


def test_a_number_that_is_missing_has_its_reason_below_the_table():
    table = points(DONE, WAITING).assign(
        diffusion_caveat="only 2 lags; run longer", tau_alpha_caveat=np.nan
    )
    assert result_notes(table) == ["ipl, N = 64, T = 2: D: only 2 lags; run longer"]
    assert results_text(table, CAMPAIGN).endswith(
        "\n\nipl, N = 64, T = 2: D: only 2 lags; run longer\n"
    )
    assert results_text(points(DONE), CAMPAIGN).count("\n") == 2


def test_a_step_to_an_infinite_glass_that_is_no_small_one_is_told():
    table = points(DONE, DONE).assign(
        kappa=22.0, kappa_low=21.0, kappa_high=23.0, kappa_infinity=[20.0, 9.0]
    )
    small, large = result_notes(table)
    assert "for N = 64, 20.0 for an infinite glass" in small
    assert "taken off" not in small
    assert "9.00 for an infinite glass; more than half of κ is taken off" in large


def test_why_there_is_no_kappa_of_an_infinite_glass_is_told():
    known = points(DONE).assign(kappa=22.0, kappa_infinity=np.nan, shear_modulus=3.0)
    (old,) = result_notes(known)
    assert "from a version that did not measure how sound stretches them" in old
    (loose,) = result_notes(known.assign(shear_modulus=-3.0))
    assert loose.endswith("is not known: G is not positive")
    assert result_notes(known.assign(kappa_reference=21.0)) == []
    assert result_notes(points(WAITING).assign(kappa_infinity=np.nan)) == []


@pytest.mark.parametrize("nothing", ["", np.nan, None])
def test_a_state_point_that_nothing_speaks_against_is_in_equilibrium(nothing):
    table = points(DONE).assign(excluded=nothing, n_glasses=40)
    assert result_rows(table)[0].cells[-1] == Cell("equilibrium", mark="yes")


def further(**tables):
    """Tables of which the others are empty."""
    empty = dict.fromkeys(TABLES, pd.DataFrame())
    return list(further_tables(CampaignTables(empty | tables), ""))


def test_sections_that_were_not_computed_have_no_table():
    assert further() == []


def test_correlations_tell_each_species_after_their_mean():
    table = pd.DataFrame(
        [
            WHERE
            | {"spearman": 0.2, "spearman_low": 0.1, "spearman_high": 0.3}
            | {"spearman_large": 0.25, "spearman_large_low": 0.2, "spearman_large_high": 0.3}
            | {"p_value": 0.01, "n_configurations": 8, "reliability": 0.9, "caveat": ""}
        ]
    )
    (found,) = further(local_correlations=table)
    assert found.columns[1:4] == ("C_s, mean of species", "C_s, large", "p")
    (row,) = found.rows
    assert row.name == "ipl, N = 64, T = 1"
    assert row.cells[0] == Cell("0.200", "0.100 to 0.300", 0.2)
    assert row.cells[1] == Cell("0.250", "0.200 to 0.300", 0.25)


def test_of_a_long_table_the_first_rows_are_shown_and_all_are_counted():
    mode = WHERE | {"glass": 0, "stiffness": 5.0, "participation_ratio": 0.1}
    table = pd.DataFrame([mode | {"cost": 1.0, "n_starts": 3}] * (ROWS_SHOWN + 5))
    (found,) = further(modes=table)
    assert (len(found.rows), found.n_rows) == (ROWS_SHOWN, ROWS_SHOWN + 5)
    assert found.file == "modes.csv"


def drawn(n_points):
    """A figure of so many points."""
    figure, (axes,) = canvas()
    positions = np.random.default_rng(1).random((2, n_points))
    axes.scatter(*positions, s=1)
    return figure


def test_a_figure_is_a_drawing_the_same_each_time_or_pixels_where_these_are_far_fewer_bytes():
    first, again = (embedded(drawn(20), "title", "alt", "caption") for _ in range(2))
    assert first == again
    assert first.source.startswith("data:image/svg+xml;base64,")
    pixels = embedded(drawn(20_000), "title", "alt", "caption")
    assert pixels.source.startswith("data:image/png;base64,")
    assert (pixels.width, pixels.height) == (first.width, first.height)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("κ_ij of U_IHS", "<i>κ</i><sub>ij</sub> of <i>U</i><sub>IHS</sub>"),
        (
            "glasses-27fca0ca, D t0/a0²",
            "glasses-27fca0ca, <i>D</i> <i>t</i><sub>0</sub>/<i>a</i><sub>0</sub>²",
        ),
        ("max_duration and n_glasses", "max_duration and n_glasses"),
        ("0.1 t_ballistic", "0.1 <i>t</i><sub>ballistic</sub>"),
        ("<b>&", "&lt;b&gt;&amp;"),
        ("3D, 2D", "3D, 2D"),
    ],
)
def test_only_symbols_are_set_as_such(text, html):
    assert symbols(text) == html


def test_symbols_are_set_as_html_and_the_rest_is_escaped():
    assert symbols("τ_α/t0 < 1 at T = 2") == (
        "<i>τ</i><sub>α</sub>/<i>t</i><sub>0</sub> &lt; 1 at <i>T</i> = 2"
    )
    assert symbols("∝ (x)^(-ζ), 4e-09") == ("∝ (x)<sup>−<i>ζ</i></sup>, 4 × 10<sup>−9</sup>")
    assert symbols("G∞ and N0/N") == "<i>G</i><sub>∞</sub> and <i>N</i><sub>0</sub>/<i>N</i>"
    assert symbols("Glasses, the total, a t-test") == "Glasses, the total, a t-test"


def test_commands_in_sentences_are_set_as_typed():
    told = "`lmpmeso run T t0 <DIR>` renews what differs at T"
    assert symbols(told) == (
        "<code>lmpmeso run T t0 &lt;DIR&gt;</code> renews what differs at <i>T</i>"
    )


def test_every_column_that_a_page_shows_is_in_the_table_that_a_campaign_makes(planar):
    found = read_tables(planar)
    for name, table in TABLES.items():
        if table.optional and found[name].empty:
            continue
        columns = set(found[name].columns) if table.title else set()
        for shown in table.shown:
            of_it = {column for _, column in replace(table, shown=(shown,)).shown_columns(columns)}
            assert of_it, f"{name}: no column is called {shown[1]}"
            assert of_it <= columns, f"{name}: no column is called {shown[1]}"
