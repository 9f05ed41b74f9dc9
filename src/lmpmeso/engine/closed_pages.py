"""Loaded by the processes of Dask as they start: their web pages, which answer whoever asks, are closed at once."""

from __future__ import annotations

from typing import Any


def dask_setup(server: Any) -> None:
    """Let a scheduler or a worker listen to no browser."""
    server.http_server.stop()
