"""The ``lmpmeso`` command: one module a subcommand; each imports what it needs when it runs."""

from lmpmeso.cli.command_line import main

__all__ = ["main"]
