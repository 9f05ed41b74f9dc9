"""What a single value of a TOML file may be: one rule a key, with its words for a refusal.

A rule turns the value that TOML gave into the one that is used, or raises
:class:`RefusedValueError` with what is wrong about it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from lmpmeso.files.words import begin_of

Rule = Callable[[Any], Any]


class RefusedValueError(ValueError):
    """A value is not possible; the text says what was expected, without the key's name."""


@dataclass(frozen=True)
class Setting:
    """What is known of a key besides its type.

    ``rule`` checks and converts its value; ``expects`` says for the table of keys what it may be, and
    ``meaning`` what it does, with its unit in brackets.
    """

    rule: Rule
    expects: str
    meaning: str


REQUIRED: Any = object()
"""In place of a default: the key has to be given."""


def setting(rule: Rule, meaning: str, default: Any = REQUIRED) -> Any:
    """A dataclass field that is a key of a campaign or model file."""
    known = {"setting": Setting(rule, rule.__doc__ or "", meaning)}
    if default is REQUIRED:
        return field(metadata=known)
    return field(default=default, metadata=known)


def _documented(rule: Rule, expects: str) -> Rule:
    rule.__doc__ = expects
    return rule


def real(above: float = -math.inf, below: float = math.inf) -> Rule:
    """A rule for a finite number between two bounds, neither included."""
    expects = "a number"
    if above > -math.inf:
        expects += f" above {above:g}"
    if below < math.inf:
        expects += f"{' and' if above > -math.inf else ''} below {below:g}"

    def rule(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise RefusedValueError(f"{expects} is needed, {_shown(value)} was given")
        if not (math.isfinite(value) and above < value < below):
            raise RefusedValueError(f"{expects} is needed, {_shown(value)} was given")
        return float(value)

    return _documented(rule, expects)


def integer(least: int = 1) -> Rule:
    """A rule for a whole number of at least ``least``."""
    expects = f"a whole number, at least {least}"

    def rule(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise RefusedValueError(f"{expects}, is needed, {_shown(value)} was given")
        return value

    return _documented(rule, expects)


def choice(*names: str) -> Rule:
    """A rule for one of some words."""
    expects = " or ".join([", ".join(f'"{n}"' for n in names[:-1]), f'"{names[-1]}"'])

    def rule(value: Any) -> str:
        if value not in names:
            raise RefusedValueError(f"{expects} is needed, {_shown(value)} was given")
        return str(value)

    return _documented(rule, expects)


def all_or_number(least: int = 1) -> Rule:
    """A rule for ``"all"`` or a whole number."""
    expects = f'"all" or a whole number, at least {least}'
    whole = integer(least)

    def rule(value: Any) -> str | int:
        if value == "all":
            return "all"
        try:
            return int(whole(value))
        except RefusedValueError:
            raise RefusedValueError(f"{expects}, is needed, {_shown(value)} was given") from None

    return _documented(rule, expects)


def boolean() -> Rule:
    """A rule for true or false."""

    def rule(value: Any) -> bool:
        if not isinstance(value, bool):
            raise RefusedValueError(f"true or false is needed, {_shown(value)} was given")
        return value

    return _documented(rule, "true or false")


def text(pattern: str | None = None, expects: str = "text") -> Rule:
    """A rule for text that is not empty, and of a certain form if there is a pattern."""

    def rule(value: Any) -> str:
        if not isinstance(value, str) or not value.strip():
            raise RefusedValueError(f"{expects} is needed, {_shown(value)} was given")
        if pattern is not None and not re.fullmatch(pattern, value):
            raise RefusedValueError(f"{expects} is needed, {_shown(value)} was given")
        return value

    return _documented(rule, expects)


def several(each: Rule, *, or_one: bool = False) -> Rule:
    """A rule for a list of values, not empty; ``or_one`` also takes a single value for a list of it."""
    expects = f"a list, each {each.__doc__}"
    if or_one:
        expects = f"{each.__doc__}; or a list of them"

    def rule(value: Any) -> tuple[Any, ...]:
        values = [value] if or_one and not isinstance(value, list) else value
        if not isinstance(values, list) or not values:
            raise RefusedValueError(f"{expects}, is needed, {_shown(value)} was given")
        return tuple(each(item) for item in values)

    return _documented(rule, expects)


def _shown(value: Any) -> str:
    """A value as it stands in TOML, more or less; the begin of a long one."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{begin_of(value)}"'
    if isinstance(value, dict):
        return "a table"
    return "an empty list" if value == [] else begin_of(str(value))
