import numpy as np
import pytest

from lmpmeso.configurations import configuration_from_arrays
from lmpmeso.errors import LammpsError
from lmpmeso.models import get_model
from lmpmeso.protocols.push_off import inner_ends, refuse_overlaps


def two_at(distance):
    return configuration_from_arrays([[1.0, 1, 1], [1.0 + distance, 1, 1]], 0, 6.0)


def test_pair_closer_than_its_table_is_told_by_ids_and_distance():
    model = get_model("ipl")
    inner = inner_ends(model)[0, 0]
    refuse_overlaps(two_at(1.001 * inner), model)
    with pytest.raises(LammpsError, match=r"particles 1 and 2 are 0\.0017 apart, closer than"):
        refuse_overlaps(two_at(0.0017), model)


def test_table_of_each_pair_of_species_has_its_own_inner_end():
    ends = inner_ends(get_model("ipl"))
    assert np.array_equal(ends, ends.T)
    assert ends[0, 0] < ends[0, 1] < ends[1, 1]
