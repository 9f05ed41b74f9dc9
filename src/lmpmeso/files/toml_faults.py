"""Reading a TOML file so that all its faults are told at once, each with its line and the nearest known key."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import MISSING, Field, dataclass, fields
from typing import Any

from lmpmeso.files.toml_lines import Path as KeyPath
from lmpmeso.files.toml_lines import key_lines
from lmpmeso.files.toml_rules import RefusedValueError
from lmpmeso.files.words import begin_of

_BEYOND = 2**63
"""Whole numbers of TOML have 64 bits."""

MEANT = 4
"""Letters of a name that are enough to tell which one they begin."""


@dataclass(frozen=True)
class Fault:
    """Something that is wrong with a line of a file and a key, e.g. ``liquids[0].temperatures``."""

    line: int
    key: str
    message: str

    def __str__(self) -> str:
        """One line for people."""
        return f"line {self.line}: {self.key}: {self.message}"


class FaultFinder:
    """Checks the values of a TOML file and keeps all faults.

    Args:
        text: of the file; valid TOML.
        whole: what a fault of no key in particular is a fault of, e.g. ``"campaign"``.
    """

    def __init__(self, text: str, whole: str):
        self._lines = key_lines(text)
        self._whole = whole
        self.faults: list[Fault] = []

    def keys(
        self, path: KeyPath, values: dict[str, Any], kind: type, others: Iterable[str] = ()
    ) -> dict[str, Any]:
        """The keys of one table, each by the rule of the field of ``kind``; unknown and missing ones are faults."""
        known = {f.name: f for f in fields(kind) if "setting" in f.metadata}
        read: dict[str, Any] = {}
        for name, value in values.items():
            if name in known:
                try:
                    read[name] = known[name].metadata["setting"].rule(value)
                except RefusedValueError as refusal:
                    self.fault((*path, name), str(refusal))
            elif name not in others:
                self.fault((*path, name), "unknown key" + nearest(name, [*known, *others]))
        for name, one in known.items():
            if name not in values and is_required(one):
                self.fault(path, f"the key {name} is missing: {one.metadata['setting'].meaning}")
        return read

    def fault(self, path: KeyPath, message: str) -> None:
        """Note a fault at the line of the key, or of the nearest table that has one."""
        for end in range(len(path), -1, -1):
            if path[:end] in self._lines or end == 0:
                line = self._lines.get(path[:end], 1)
                break
        self.faults.append(Fault(line, dotted(path) or self._whole, message))

    def told(self, source: str) -> str:
        """All faults, for people."""
        faults = sorted(self.faults, key=lambda fault: fault.line)
        many = f"{len(faults)} faults" if len(faults) > 1 else "a fault"
        listed = "\n".join(f"  {fault}" for fault in faults)
        return f"{source} has {many}:\n{listed}"


def toml_values(text: str, source: str, error: type[Exception]) -> dict[str, Any]:
    """The values of a TOML text; raises ``error`` where it is none, or a number has more digits than TOML's."""
    try:
        values = tomllib.loads(text)
    except ValueError as reason:  # TOMLDecodeError is one, and so is that of thousands of digits
        raise error(f"{source} is not valid TOML: {reason}") from reason
    except RecursionError as reason:
        raise error(
            f"{source} is not valid TOML: lists or tables are nested too deeply"
        ) from reason
    for path, value in _integers(values, ()):
        if not -_BEYOND <= value < _BEYOND:
            line = key_lines(text).get(path, 1)
            raise error(
                f"{source} is not valid TOML: line {line}: {dotted(path)}: a whole number of "
                f"{len(str(abs(value)))} digits; there are 19 at most"
            )
    return values


def _integers(values: Any, path: KeyPath) -> Iterator[tuple[KeyPath, int]]:
    """All whole numbers, with their paths."""
    if isinstance(values, int):
        yield path, values
    elif isinstance(values, dict | list):
        for key, value in values.items() if isinstance(values, dict) else enumerate(values):
            yield from _integers(value, (*path, key))


def is_required(one: Field[Any]) -> bool:
    """Whether a key has no default."""
    return one.default is MISSING and one.default_factory is MISSING


def nearest(name: str, known: Iterable[str]) -> str:
    """``; did you mean "…"?`` where something known is near."""
    known = sorted(known)
    within = (k for k in known if re.sub(r"[-_ ]", "", name.lower()) in k.replace("_", ""))
    near = nearest_name(name, known) or next(within, None)
    return f'; did you mean "{near}"?' if near else f"; known: {', '.join(known)}"


def nearest_name(name: str, known: Iterable[str]) -> str | None:
    """The known name that another one begins, else the one that is spelt most like it; None where none is."""
    known = list(known)
    begun = [k for k in known if len(name) >= MEANT and k.startswith(name.lower())]
    if begun:
        return min(begun, key=len)
    return next(iter(difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.5)), None)


def dotted(path: KeyPath) -> str:
    """``liquids[0].model``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return begin_of(text)
