"""What somebody gives as a file: texts, and what is none."""

import os

import pytest

from lmpmeso.errors import CampaignError, ModelError
from lmpmeso.files.given import given_text
from lmpmeso.files.toml_faults import toml_values


def test_a_text_may_begin_with_a_byte_order_mark(tmp_path):
    (tmp_path / "a").write_text("\ufeffname = 1\n", encoding="utf-8")
    assert given_text(tmp_path / "a", ModelError) == "name = 1\n"


def test_what_is_no_text_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\0")
    (tmp_path / "long").write_bytes(b" " * 11)
    for name, told in [
        ("pipe", "a pipe"),
        ("binary", "no text in UTF-8"),
        ("long", "11 bytes"),
        (".", "a folder"),
    ]:
        with pytest.raises(ModelError, match=told):
            given_text(tmp_path / name, ModelError, most=10)
    with pytest.raises(FileNotFoundError):
        given_text(tmp_path / "none", ModelError)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("9" * 5000, "4300 digits"),
        ("9" * 20, r"line 2: b\[1\]: a whole number of 20 digits"),
        ("[" * 2000 + "]" * 2000, "nested too deeply"),
        ("1_", "not valid TOML"),
    ],
)
def test_numbers_and_nesting_that_toml_does_not_have_are_refused(value, told):
    with pytest.raises(CampaignError, match=told) as caught:
        toml_values(f"a = 1\nb = [0, {value}]\n", "a.toml", CampaignError)
    assert len(str(caught.value)) < 300
