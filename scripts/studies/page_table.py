"""Tables that a script writes into a page of docs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from lmpmeso.files.atomic import replacing


def put(page: Path, name: str, rows: Sequence[Sequence[str]]) -> None:
    """Put a table between its marks in the page."""
    header, *body = rows
    lines = [header, ["---"] * len(header), *body]
    table = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    text = page.read_text(encoding="utf-8")
    begin, end = f"<!-- {name} -->\n", f"\n<!-- end of {name} -->"
    new, count = re.subn(
        re.escape(begin) + ".*?" + re.escape(end), lambda _: begin + table + end, text, flags=re.S
    )
    if count != 1:
        raise SystemExit(f"{page} has no place for the table {name!r}")
    with replacing(page) as temporary:
        temporary.write_text(new, encoding="utf-8")
