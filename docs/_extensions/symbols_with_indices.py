"""Symbols of the text as a physicist writes them: ``τ_α``, ``κ_ij`` and ``t0`` have their indices below the line.

The sources stay plain text, which reads well without a site, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

from lmpmeso.report.html_page import WITH_INDEX

SYMBOL = re.compile(rf"{WITH_INDEX}|(?<![\w-])([atN])(0)(?![A-Za-z0-9_])")
AS_TYPED = (
    *(nodes.literal, nodes.FixedTextElement, nodes.math, nodes.raw),
    *(addnodes.desc_signature, addnodes.literal_emphasis, addnodes.literal_strong),
)
"""What holds code, where an underscore is one."""
OF_PYTHON = "reference/"
"""Pages that come from docstrings, which name columns as well as symbols."""


class Symbols(SphinxPostTransform):
    """Sets the symbols of a page."""

    default_priority = 900
    formats = ("html",)

    def run(self, **_: Any) -> None:
        """Replace each text that holds symbols."""
        if self.env.docname.startswith(OF_PYTHON):
            return
        for text in list(self.document.findall(nodes.Text)):
            if SYMBOL.search(text) and not _is_typed(text):
                text.parent.replace(text, list(_parts(str(text))))


def _is_typed(text: nodes.Node) -> bool:
    """Whether a text is part of code."""
    node = text.parent
    while node is not None:
        if isinstance(node, AS_TYPED):
            return True
        node = node.parent
    return False


def _parts(text: str) -> Iterator[nodes.Node]:
    """The text with its symbols as nodes."""
    end = 0
    for found in SYMBOL.finditer(text):
        if found.start() > end:
            yield nodes.Text(text[end : found.start()])
        letter, index = (part for part in found.groups() if part is not None)
        yield nodes.emphasis("", letter)
        yield nodes.subscript("", index)
        end = found.end()
    if end < len(text):
        yield nodes.Text(text[end:])


def setup(app: Sphinx) -> dict[str, bool]:
    """Set the symbols of each page when it is written."""
    app.add_post_transform(Symbols)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
