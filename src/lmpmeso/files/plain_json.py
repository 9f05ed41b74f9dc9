"""Results as JSON that any program reads: plain types, one object, no NaN."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lmpmeso.files.atomic import replacing


def json_text(result: Mapping[str, Any]) -> str:
    """One JSON object and a line end; numbers that are not finite become null."""
    return json.dumps(_plain(result), indent=2, allow_nan=False, ensure_ascii=False) + "\n"


def write_json(path: str | os.PathLike[str], result: Mapping[str, Any]) -> None:
    """Write one JSON object, completely or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(json_text(result), encoding="utf-8")


def read_json(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read one JSON object.

    Raises:
        ValueError: the file is no JSON in UTF-8, or no object.
    """
    return parse_json(Path(path).read_bytes())


def parse_json(content: bytes) -> dict[str, Any]:
    """One JSON object from the bytes of its file; ValueError as :func:`read_json`."""
    result = json.loads(content.decode("utf-8"))
    if not isinstance(result, dict):
        raise ValueError(f"{type(result).__name__} instead of an object")
    return result


def _plain(value: Any) -> Any:
    """A value in the types of JSON."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
