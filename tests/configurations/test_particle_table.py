"""Columns of numbers: small blocks, which are read word by word, and large ones, which pandas reads."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmpmeso.configurations import particle_table
from lmpmeso.configurations.particle_table import parse_columns
from lmpmeso.errors import ConfigurationError

NAMES = ["id", "element", "x", "y"]
WORDS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.decimals(-10, 10, places=25).map(str),
    st.integers(-(10**25), 10**25).map(str),
    st.sampled_from(["1.", ".5", "+2e+3", "-0", "007", "1E5", "4.9e-324", "2e-324"]),
)
FAULTS = [
    "nan",
    "inf",
    "1e999",
    "1_0",
    "0x10",
    "1e",
    "--1",
    "1.2.3",
    "\u0661",
    "A",
    "1 2",
    "",
    '"1"',
    "1,5",
]


def parsed(body: str, small: bool) -> dict[str, bytes] | str:
    """Bytes of the columns id, x and y, or the message of the error."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(particle_table, "SMALL_BLOCK", 10**9 if small else 0)
        try:
            columns = parse_columns(
                body.encode(), NAMES, ["x", "y", "id"], "a.dump", lambda row: row + 1
            )
        except ConfigurationError as error:
            return str(error)
    return {name: np.ascontiguousarray(values).tobytes() for name, values in columns.items()}


@given(st.lists(st.tuples(WORDS, WORDS, WORDS), min_size=1, max_size=8))
def test_small_blocks_hold_the_same_doubles_as_large_ones(rows):
    body = "".join(f"{n} A {x} {y}\n" for n, x, y in rows)
    small = parsed(body, small=True)
    assert small == parsed(body, small=False)
    assert list(small) == ["id", "x", "y"]
    assert small["x"] == np.array([float(x) for _, x, _ in rows]).tobytes()


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("column", range(4))
def test_small_blocks_are_refused_with_the_same_words_as_large_ones(fault, column):
    rows = [["1", "A", "0.5", "2.5"], ["2", "B", "1.5", "3.5"]]
    rows[1][column] = fault
    body = "".join(" ".join(row) + "\n" for row in rows)
    assert parsed(body, small=True) == parsed(body, small=False)
