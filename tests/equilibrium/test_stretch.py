"""What is kept of a stretch comes back as it was, so that a run that goes on says what an undisturbed one says."""

from dataclasses import asdict
from types import SimpleNamespace

import pandas as pd
import pytest

from lmpmeso.dynamics import RelaxationTime
from lmpmeso.equilibrium.liquid import _Extension
from lmpmeso.equilibrium.stretch import _numbers
from lmpmeso.files.plain_json import json_text, parse_json

NAN, INFINITY = float("nan"), float("inf")


@pytest.mark.parametrize(("low", "high"), [(6.7, 14.5), (6.7, INFINITY), (0.0, 14.5), (NAN, NAN)])
def test_a_relaxation_time_comes_back_with_its_interval_whether_bounded_or_known(low, high):
    tau = RelaxationTime(9.7, low, high, 0.9, 0.2, 7, 54.0)
    back = RelaxationTime(**_numbers(parse_json(json_text(asdict(tau)).encode())))
    assert repr(back) == repr(tau)


def test_sums_of_a_record_go_on_from_stretch_to_stretch():
    """Each run with swaps counts its exchanges anew."""
    one = {"time": [0.0, 1.0], "step": [0, 5], "swaps_attempted": [0, 10]}
    table = pd.DataFrame(one | {"swaps_accepted": [0, 4], "swap_energy": [0.0, 0.5]})
    files = SimpleNamespace(read_record=table.copy)
    done = [SimpleNamespace(number=k, steps=5, begin=float(k)) for k in range(3)]
    record = _Extension.joined_record(SimpleNamespace(files=lambda number: files), done)
    assert record["swaps_attempted"].tolist() == [0, 10, 20, 30]
    assert record["swap_energy"].tolist() == [0.0, 0.5, 1.0, 1.5]
