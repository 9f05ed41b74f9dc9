"""From the words typed to an exit status: the parser, and what becomes of errors."""

from __future__ import annotations

import argparse
import itertools
import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

from lmpmeso import __version__
from lmpmeso.cli.arguments import FailedWithResultsError, UsageError
from lmpmeso.cli.console import (
    error_text,
    escape_what_the_terminal_lacks,
    say,
    stdout_reserved,
    warnings_to_stderr,
)
from lmpmeso.errors import (
    CampaignError,
    ConfigurationError,
    FolderError,
    LmpmesoError,
    ModelError,
    ProtocolError,
    StatePointWarning,
)
from lmpmeso.files.atomic import written_files
from lmpmeso.files.checksums import SUMS_FILE, Checksums
from lmpmeso.files.interrupts import (
    Terminated,
    swallowed_interrupts_repeated,
    termination_interrupts,
)
from lmpmeso.files.scratch import scratch_folder, sweep
from lmpmeso.files.toml_faults import nearest_name

COMMANDS = (
    *("info", "models", "quickstart"),
    *("equilibrate", "trajectory", "quench", "elasticity", "modes"),
    *("dynamics", "landscape", "propensity"),
    *("plan", "run", "status", "verify", "report", "figures", "movie", "export"),
    "completion",
)
SYNONYMS = {
    "trajectory": ("run_trajectory",),
    "quench": ("minimise", "minimize"),
    "elasticity": ("analyse", "analyze", "kappa", "kappa_field", "shear_modulus"),
    "modes": ("soft_modes", "lowest_modes"),
    "dynamics": ("msd", "self_intermediate", "relaxation_time"),
    "run": ("campaign", "read_campaign", "resume"),
    "figures": ("plot",),
}
"""By command, what Python or others call what it does."""
BAD_INPUT_ERRORS = (
    *(UsageError, CampaignError, ConfigurationError, FolderError, ModelError, ProtocolError),
    *(FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError, FileExistsError),
)
CAMPAIGN_FILE = "campaign.toml"
SUCCESS, FAILED, BAD_INPUT, INTERRUPTED, TERMINATED = 0, 1, 2, 130, 143

DESCRIPTION = """\
Mesoscopic elasticity and dynamics of glass-forming liquids, on LAMMPS.

  lmpmeso quickstart                  see everything work, in three to four minutes
  lmpmeso models                      the models and their parameters
  lmpmeso equilibrate --model ipl --temperature 0.7 -o liquid
  lmpmeso trajectory liquid/liquid.data --model ipl --temperature 0.7 --duration 800 -o run
  lmpmeso quench liquid.dump --model ipl -o glass.dump
  lmpmeso elasticity glass.dump --model ipl --pairs all --json
  lmpmeso modes glass.dump --model ipl --starts 1000
  lmpmeso dynamics run.dump --model ipl
  lmpmeso run --preset ipl-mini       a whole campaign: one file in, tables and a report out
  lmpmeso figures ipl-mini            the figures of the paper from it
  lmpmeso help COMMAND                all about one command

FILE is any LAMMPS dump (plain, .gz, .zst) or data file. Units are LAMMPS's of the model: for most "lj", energies in ε,
lengths in σ, masses and k_B 1; else "metal" or "real". Results go to standard output, progress and messages to standard
error. Exit status: 0 done, 1 the computation failed, 2 bad usage or bad input, 130 interrupted (143 by SIGTERM).
"""


class HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Descriptions as they are written; help beside the longest option."""

    def __init__(self, prog: str):
        super().__init__(prog, max_help_position=26)


class Parser(argparse.ArgumentParser):
    """Options by their whole names; a word that there is not is told with the nearest one that there is."""

    def __init__(self, *arguments: Any, **more: Any):
        super().__init__(*arguments, **(more | {"allow_abbrev": False}))

    def parse_known_args(self, *arguments: Any) -> tuple[argparse.Namespace, list[str]]:  # type: ignore[override]
        """Parse; what is left is an error here, where the options are known.

        An option that there is not is told first: argparse would rather miss the one that was meant.
        """
        given = arguments[0] if arguments and arguments[0] is not None else sys.argv[1:]
        # Of the words of a command it knows the options, not this parser.
        own = (lambda word: word[:1] == "-") if self._subparsers else "--".__ne__
        for word in itertools.takewhile(own, given):
            if word[:2] == "--" and word.partition("=")[0] not in self._known_options():
                self._refuse(word)
        found, left = super().parse_known_args(*arguments)
        for word in left:
            self._refuse(word)
        return found, left

    def _known_options(self) -> list[str]:
        """Options of this command."""
        return list(self._option_string_actions)

    def _refuse(self, word: str) -> NoReturn:
        """Tell of a word that means nothing."""
        known = {option.lstrip("-"): option for option in self._known_options()}
        near = nearest_name(word.partition("=")[0].strip("-"), known) if word[:1] == "-" else None
        self.error(f"unrecognized argument: {word}{_question(near and known[near])}")

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Refuse what is none of the choices, with the nearest of them."""
        if action.choices is not None and value not in action.choices:
            what = "command" if isinstance(action.choices, dict) else "choice"
            called = [name for name, words in SYNONYMS.items() if value in words]
            meant = _meant(called[0] if called and what == "command" else value, action.choices)
            raise argparse.ArgumentError(
                action,
                f"unknown {what} {value!r}{meant} (one of {', '.join(action.choices)})",
            )


def _meant(word: str, known: Iterable[str]) -> str:
    """The nearest word that there is, as a question."""
    return _question(nearest_name(word, known))


def _question(near: str | None) -> str:
    """Whether that was meant, where there is something."""
    return f"; did you mean {near}?" if near else ""


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    debug = Parser(add_help=False)
    debug.add_argument(
        "--debug",
        action="store_true",
        default=argparse.SUPPRESS,
        help="show the Python traceback of an error",
    )
    top = Parser(
        prog="lmpmeso", description=DESCRIPTION, formatter_class=HelpFormatter, parents=[debug]
    )
    top.add_argument("--version", action="version", version=f"lmpmeso {__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name in COMMANDS:
        module = import_module(f"lmpmeso.cli.{name}")
        command = commands.add_parser(
            name,
            help=module.SUMMARY,
            description=module.DESCRIPTION,
            formatter_class=HelpFormatter,
            parents=[debug],
        )
        module.add_arguments(command)
        command.set_defaults(run=module.run, resumes=getattr(module, "RESUMES", False))
    return top


@contextmanager
def products_listed(arguments: argparse.Namespace) -> Iterator[None]:
    """List what a command writes into its output folder in SHA256SUMS there; a campaign has its records."""
    with written_files() as written:
        yield
    folder = Path(getattr(arguments, "output", None) or ".").absolute()
    if folder == Path.cwd() or not folder.is_dir() or (folder / CAMPAIGN_FILE).is_file():
        return
    by_folder: dict[Path, list[Path]] = {}
    for path in written:
        if path.name != SUMS_FILE and path.is_relative_to(folder) and path.is_file():
            by_folder.setdefault(path.parent, []).append(path)
    for parent, paths in by_folder.items():
        Checksums(parent).note(paths)


def main(argv: Sequence[str] | None = None) -> int:
    """Run ``lmpmeso`` with these arguments (default: the process's own); returns the exit status."""
    escape_what_the_terminal_lacks()
    words = list(sys.argv[1:] if argv is None else argv)
    if not words:
        parser().print_help(sys.stderr)
        return BAD_INPUT
    if words[0] == "help":
        words = [*words[1:], "--help"]
    arguments = parser().parse_args(words)
    arguments.words = words
    debug = getattr(arguments, "debug", False)
    try:
        sweep()
        with warnings.catch_warnings(), termination_interrupts(), swallowed_interrupts_repeated():
            warnings.showwarning = warnings_to_stderr()
            if not getattr(arguments, "force", True):
                warnings.simplefilter("error", StatePointWarning)
            with stdout_reserved(), scratch_folder(), products_listed(arguments):
                text = arguments.run(arguments)
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader (head, less) has seen enough; Python would complain again at exit.
        sys.stdout = None
        return FAILED
    except KeyboardInterrupt as interrupt:
        resumes = getattr(arguments, "resumes", False)
        terminated = isinstance(interrupt, Terminated)
        say(
            f"{'terminated' if terminated else 'interrupted'}; no half-written file is left behind"
            + ("; the same command goes on from its last checkpoint" if resumes else "")
        )
        return TERMINATED if terminated else INTERRUPTED
    except StatePointWarning as warning:
        say(f"error: {warning} (--force goes on nevertheless)")
        return BAD_INPUT
    except (LmpmesoError, OSError) as error:
        if debug:
            raise
        if isinstance(error, FailedWithResultsError):
            sys.stdout.write(error.results)
        say(f"error: {error_text(error)}")
        return BAD_INPUT if isinstance(error, BAD_INPUT_ERRORS) else FAILED
    return SUCCESS
