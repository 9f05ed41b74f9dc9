"""Pages that lie at the top of the repository, shown in the site with their links set right."""

from __future__ import annotations

from pathlib import Path

from sphinx.application import Sphinx

PAGES = {"contributing": "CONTRIBUTING.md", "changelog": "CHANGELOG.md", "vision": "VISION.md"}
TOP = Path(__file__).parents[2]


def _read(_app: Sphinx, name: str, content: list[str]) -> None:
    page = PAGES.get(name)
    if page is not None:
        content[0] = (TOP / page).read_text(encoding="utf-8").replace("](docs/", "](")


def setup(app: Sphinx) -> dict[str, bool]:
    """Fill each of the pages when Sphinx reads it."""
    app.connect("source-read", _read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
