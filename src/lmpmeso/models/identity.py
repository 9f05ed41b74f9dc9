"""A potential as plain data, and the digest of such data."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from lmpmeso.errors import ModelError


def plain_parameters(term: Any) -> dict[str, Any]:
    """The form of a term of the energy and all its parameters, numbers as floats.

    Fields with the metadata ``{"identity": False}`` are left out: another field stands for them.

    Raises:
        ModelError: the term is no dataclass, so that nobody can tell what its parameters are.
    """
    form = type(term).__name__
    if not is_dataclass(term):
        raise ModelError(
            f"{form} does not say what its parameters are: make it a frozen dataclass with a field for each"
        )
    told = [f.name for f in fields(term) if f.metadata.get("identity", True)]
    return {"form": form, **{name: plain(getattr(term, name)) for name in told}}


def plain(value: Any) -> Any:
    """A parameter in the types of JSON; 1 and 1.0 are the same number."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def digest_of(identity: Mapping[str, Any]) -> str:
    """SHA-256 of plain data, whatever the order of its keys, in hexadecimal digits."""
    text = json.dumps(identity, sort_keys=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
