"""The command line under locales whose encoding lacks Greek letters."""

import json
import os
import subprocess
import sys

import pytest


def lmpmeso(*arguments: str, encoding: str) -> str:
    """What a command prints where the terminal speaks ``encoding``."""
    done = subprocess.run(
        [sys.executable, "-m", "lmpmeso", *arguments],
        env=os.environ | {"PYTHONIOENCODING": encoding},
        capture_output=True,
        check=True,
    )
    assert done.stderr == b""
    return done.stdout.decode(encoding)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_results_and_help_are_printed_in_any_encoding(encoding: str) -> None:
    sigma = "σ".encode(encoding, errors="backslashreplace").decode(encoding)
    assert "density" in (text := lmpmeso("models", "ipl", encoding=encoding))
    assert sigma in text
    assert "usage: lmpmeso" in lmpmeso("elasticity", "--help", encoding=encoding)
    assert json.loads(lmpmeso("models", "ipl", "--json", encoding=encoding))["name"] == "ipl"
