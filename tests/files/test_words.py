"""Numbers in files are ASCII digits and finite."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmpmeso.files.words import begin_of, real, shown, whole


@settings(max_examples=60, deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(-(10**18) + 1, 10**18 - 1))
def test_every_number_that_python_prints_is_read(x, n):
    assert real(repr(x)) == x
    assert whole(f" {n} ") == n


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="0123456789.+-eE_xnaif²٣ \0", max_size=12))
def test_any_other_word_is_refused(word):
    try:
        found = real(word)
    except ValueError:
        return
    assert math.isfinite(found)
    assert found == float(word)
    assert "_" not in word
    assert word.isascii()


@pytest.mark.parametrize("word", ["9" * 19, "1.0", "1e3", "²", "1_0", "", "-", "0x1"])
def test_what_is_no_whole_number_is_refused(word):
    with pytest.raises(ValueError, match="no whole number"):
        whole(word)


def test_a_message_quotes_no_more_than_one_can_read():
    assert len(shown("9" * 5000)) < 50
    assert begin_of("short") == "short"
