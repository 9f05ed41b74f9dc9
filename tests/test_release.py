"""What a release says of itself agrees."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_citation_is_of_the_last_version_in_the_changelog():
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    (last, *_) = re.findall(r"^## (\d+\.\d+\.\d+)$", changes, flags=re.MULTILINE)
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {last}\n" in citation
