"""Numbers on scales."""

import math

import pytest

from lmpmeso.report.gauge import decade_scale, gauge, linear_scale, number_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.38, "0.38"),
        (0.4, "0.40"),
        (0.996, "1.0"),
        (29.04, "29"),
        (1234.0, "1234"),
        (-0.2, "−0.20"),
        (0.0, "0.0"),
        (4e-9, "4.0 × 10⁻⁹"),
        (2.5e4, "2.5 × 10⁴"),
        (math.nan, "–"),
    ],
)
def test_numbers_are_written_as_people_write_them(value, text):
    assert number_text(value) == text


def test_a_linear_scale_grows_by_whole_steps_to_hold_every_value():
    scale = linear_scale([-0.1, 0.95, math.nan], 0.0, 0.8, 0.2)
    assert (scale.low, scale.high) == pytest.approx((-0.2, 1.0))
    assert linear_scale([0.3], 0.0, 0.8, 0.2).high == pytest.approx(0.8)
    assert len(linear_scale([9.0], 0.0, 0.8, 0.2).ticks) <= 8


def test_a_logarithmic_scale_grows_by_decades_and_ends_at_the_lowest():
    scale = decade_scale([4e-9, 30.0, 0.0, math.inf], -3, 1, -16)
    assert (scale.low, scale.high) == pytest.approx((1e-9, 1e2))
    assert decade_scale([1e-40], -3, 1, -16).low == pytest.approx(1e-16)


def test_equal_factors_are_equal_lengths():
    scale = decade_scale([], -3, 1, -16)
    assert [scale.percent(x) for x in (1e-3, 1e-2, 1e-1, 1.0, 10.0)] == [0, 25, 50, 75, 100]
    assert scale.percent(1e-9) == 0.0
    assert scale.percent(-1.0) == 0.0


def test_a_number_without_interval_has_no_whisker():
    scale = linear_scale([], 0.0, 1.0, 0.2)
    found = gauge("ζ", "exponent", "", 0.8, (math.nan, math.nan), (0.74, 0.79), scale)
    assert found.whisker is None
    assert found.interval == ""
    assert (found.paper, found.mark) == ("0.74 to 0.79", (74.0, 79.0))
