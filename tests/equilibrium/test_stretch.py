"""What is kept of a stretch comes back as it was, so that a run that goes on says what an undisturbed one says."""

from dataclasses import asdict

import pytest

from lmpmeso.dynamics import RelaxationTime
from lmpmeso.equilibrium.stretch import _numbers
from lmpmeso.files.plain_json import json_text, parse_json

NAN, INFINITY = float("nan"), float("inf")


@pytest.mark.parametrize(("low", "high"), [(6.7, 14.5), (6.7, INFINITY), (0.0, 14.5), (NAN, NAN)])
def test_a_relaxation_time_comes_back_with_its_interval_whether_bounded_or_known(low, high):
    tau = RelaxationTime(9.7, low, high, 0.9, 0.2, 7, 54.0)
    back = RelaxationTime(**_numbers(parse_json(json_text(asdict(tau)).encode())))
    assert repr(back) == repr(tau)
