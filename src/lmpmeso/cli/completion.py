"""``lmpmeso completion``: what completes words after ``lmpmeso`` in a shell."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator

SHELLS = ("bash", "zsh", "fish")
FILES = (
    "FILE",
    "FILE.toml",
    "OUT",
    "SCRIPT",
    "FIELD",
    "MAP",
    "ARROWS",
    "CAMPAIGN.toml",
    "DIR|FILE",
)
"""What stands for a file in the help of an argument."""

SUMMARY = "completion of commands, options, models and files in bash, zsh and fish"
DESCRIPTION = """\
Print a script that completes words after `lmpmeso` in a shell: commands, options, their choices, models, presets,
figures and files. It holds every word, so that Tab starts no Python. Make it anew after an update of lmpmeso.

  lmpmeso completion bash > ~/.local/share/bash-completion/completions/lmpmeso
  lmpmeso completion zsh > ~/.zfunc/_lmpmeso     with `fpath+=~/.zfunc` before `compinit` in ~/.zshrc
  lmpmeso completion fish > ~/.config/fish/completions/lmpmeso.fish

The folder of each must be there. A new shell then has it.
"""


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    command.add_argument("shell", metavar="SHELL", choices=SHELLS, help=", ".join(SHELLS))


def run(arguments: argparse.Namespace) -> str:
    """The script."""
    import shtab

    from lmpmeso.campaign.folder import preset_names
    from lmpmeso.cli.command_line import parser
    from lmpmeso.figures.catalogue import FIGURES
    from lmpmeso.models import further_model_names, model_names

    top = parser()
    models = _names_or_files("models", [*model_names(), *further_model_names()])
    for command, action in _arguments(top):
        if action.metavar in FILES:
            action.complete = shtab.FILE  # type: ignore[attr-defined]
        elif action.metavar == "DIR":
            action.complete = shtab.DIRECTORY  # type: ignore[attr-defined]
        elif action.metavar in ("M", "MODEL"):
            action.complete = models  # type: ignore[attr-defined]
        elif action.dest == "preset":
            action.choices = preset_names()
        elif (command, action.dest) == ("figures", "only"):
            action.choices = [entry.name for entry in FIGURES]
    return str(shtab.complete(top, arguments.shell)) + "\n"


def _arguments(top: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.Action]]:
    """The arguments of all commands that take a word, with the name of the command."""
    for commands in top._subparsers._group_actions if top._subparsers else ():
        for name, command in dict(commands.choices or {}).items():
            for action in command._actions:
                if action.nargs != 0 and not action.choices:
                    yield name, action


def _names_or_files(what: str, names: Iterable[str]) -> dict[str, object]:
    """How each shell completes one of some names, or a file."""
    words, function = " ".join(names), f"_lmpmeso_{what}"
    return {
        "bash": function,
        "zsh": function,
        "fish": f"(printf '%s\\n' {words}; __fish_complete_path (commandline -ct))",
        "preamble": {
            "bash": f'{function}() {{ compgen -W "{words}" -- "$1"; compgen -f -- "$1"; }}',
            "zsh": f"{function}() {{ _alternative '{what}:{what}:({words})' 'files:file:_files' }}",
        },
    }
