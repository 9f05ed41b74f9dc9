"""On which line of a TOML file each key stands, which ``tomllib`` does not tell.

The text must be valid TOML: it has been read by ``tomllib`` before, so that nothing is checked here.
"""

from __future__ import annotations

import re
import tomllib

Path = tuple[str | int, ...]
"""Keys, and indices of lists, from the top of the file."""

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}\n#]*")
_STRINGS = (
    re.compile(r'"""(?:[^\\]|\\.)*?"{3,5}', re.DOTALL),
    re.compile(r"'''.*?'{3,5}", re.DOTALL),
    re.compile(r'"(?:[^"\\\n]|\\.)*"'),
    re.compile(r"'[^'\n]*'"),
)


def key_lines(text: str) -> dict[Path, int]:
    """The line, from 1, of every key, table and item of a list, by its path."""
    return _Scanner(text).run()


class _Scanner:
    """One pass over the text."""

    def __init__(self, text: str):
        self._text = text
        self._at = 0
        self._lines: dict[Path, int] = {}
        self._tables: dict[Path, int] = {}

    def run(self) -> dict[Path, int]:
        """All lines."""
        table: Path = ()
        self._skip(_BLANK)
        while self._at < len(self._text):
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._key_and_value(table)
            self._skip(_BLANK)
        return self._lines

    def _header(self) -> Path:
        """``[table]`` or ``[[list of tables]]``."""
        line = self._line()
        brackets = 2 if self._text.startswith("[[", self._at) else 1
        self._at += brackets
        path: Path = ()
        keys = self._keys()
        self._at += brackets
        for key in keys[:-1]:
            path += (key,)
            if path in self._tables:
                path += (self._tables[path],)
        path += (keys[-1],)
        if brackets == 2:
            self._lines.setdefault(path, line)
            self._tables[path] = self._tables.get(path, -1) + 1
            path += (self._tables[path],)
        self._lines.setdefault(path, line)
        return path

    def _key_and_value(self, table: Path) -> None:
        """``a.b = value``."""
        line = self._line()
        path = table
        for key in self._keys():
            path += (key,)
            self._lines.setdefault(path, line)
        self._at += 1
        self._value(path)

    def _keys(self) -> list[str]:
        """The parts of a dotted key, up to the ``=`` or ``]`` behind it."""
        keys: list[str] = []
        while True:
            self._skip(_SPACE)
            keys.append(self._key())
            self._skip(_SPACE)
            if self._text[self._at] != ".":
                return keys
            self._at += 1

    def _key(self) -> str:
        found = _BARE_KEY.match(self._text, self._at)
        if found:
            self._at = found.end()
            return found.group()
        quoted = self._string()
        key: str = tomllib.loads(f"key = {quoted}")["key"]
        return key

    def _value(self, path: Path) -> None:
        """Pass over a value, noting what is inside."""
        self._skip(_SPACE)
        self._lines.setdefault(path, self._line())
        mark = self._text[self._at]
        if mark in "\"'":
            self._string()
        elif mark == "[":
            self._list(path)
        elif mark == "{":
            self._inline_table(path)
        else:
            self._skip(_SCALAR)

    def _list(self, path: Path) -> None:
        self._at += 1
        index = 0
        while not self._closed("]"):
            self._value((*path, index))
            index += 1

    def _inline_table(self, path: Path) -> None:
        self._at += 1
        while not self._closed("}"):
            self._key_and_value(path)

    def _closed(self, bracket: str) -> bool:
        """Pass over blanks and a comma, and over the bracket if that is next."""
        self._skip(_BLANK)
        if self._text[self._at] == ",":
            self._at += 1
            self._skip(_BLANK)
        if self._text[self._at] == bracket:
            self._at += 1
            return True
        return False

    def _string(self) -> str:
        """Pass over a string of any of the four kinds."""
        for kind in _STRINGS:
            if found := kind.match(self._text, self._at):
                self._at = found.end()
                return found.group()
        raise AssertionError(f"no string at line {self._line()} of valid TOML")

    def _skip(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self._text, self._at)
        assert found is not None  # all of them match nothing, too
        self._at = found.end()

    def _line(self) -> int:
        return self._text.count("\n", 0, self._at) + 1
