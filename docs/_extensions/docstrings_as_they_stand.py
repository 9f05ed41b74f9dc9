"""Docstrings in which |x| is an absolute value and g* a symbol, not markup; LAMMPS's commands as plain text."""

from __future__ import annotations

import re
from typing import Any

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

LITERAL = re.compile(r"(``.*?``)")


def _escape(
    _app: Sphinx, _what: str, _name: str, _object: Any, _options: Any, lines: list[str]
) -> None:
    for k, line in enumerate(lines):
        parts = LITERAL.split(line)
        parts[::2] = [re.sub(r"([|*])", r"\\\1", part) for part in parts[::2]]
        lines[k] = "".join(parts)


def setup(app: Sphinx) -> dict[str, bool]:
    """Escape what is no markup, after napoleon has read the docstring's sections."""
    app.connect("autodoc-process-docstring", _escape, priority=400)
    app.add_lexer("lammps", TextLexer)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
