"""The small liquids of the simulation tests."""

from tests.protocols.conftest import liquid_of

__all__ = ["liquid_of"]
