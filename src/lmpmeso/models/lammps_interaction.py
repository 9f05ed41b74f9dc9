"""Interactions that are LAMMPS commands, as they stand in somebody's own input script."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from lmpmeso.errors import ModelError
from lmpmeso.files.plain_paths import as_one_word, plain_name
from lmpmeso.models.potential_files import find_potential_file
from lmpmeso.models.topology import Topology, read_topology

COMMANDS = frozenset(
    {
        *("pair_style", "pair_coeff", "pair_modify", "special_bonds", "dielectric"),
        *(
            "kspace_style",
            "kspace_modify",
            "bond_style",
            "bond_coeff",
            "angle_style",
            "angle_coeff",
        ),
        *("dihedral_style", "dihedral_coeff", "improper_style", "improper_coeff"),
    }
)
"""Commands that say how particles interact."""
UNSUPPORTED = frozenset(c for c in COMMANDS if c.partition("_")[0] in ("dihedral", "improper"))
"""Those that LAMMPS has and this package has not."""
BREAKING = re.compile(r"quartic|bpm/.*")
"""Styles of bonds that break, or remember where they were made."""
NAMES_FILES = ("pair_style", "pair_coeff")
"""Commands whose words may be names of files."""
LONG_RANGED = re.compile(r"(?:^|/)(?:long|msm)(?:/|$)")
"""In the name of a pair style whose rest is summed in reciprocal space."""
UNLIKE_A_FILE = re.compile(r"[-+.\d]*(?:e[-+]?\d+)?", re.IGNORECASE)
"""Numbers have a point, too."""
WORD = re.compile(r"""\"[^\"]*\"|'[^']*'|\S+""")
"""A word of a command, with its quotes."""
COMMENT = re.compile(r"""^((?:\"[^\"]*\"|'[^']*'|[^#\"'])*)#.*""")
"""A line with a comment, which a # inside quotes does not begin."""
OF_A_FORMULA = frozenset("*^=;()$")
"""Characters of formulas and variables, which have points in them too."""


@dataclass(frozen=True)
class LammpsInteraction:
    """How particles interact, as LAMMPS commands.

    Attributes:
        commands: ``pair_style``, ``pair_coeff``, …, in their order, a line each.
        files: (word in the commands, path of the file that it means).
        reach: largest distance of two particles in one term of the energy that no bond or angle is [length];
            None asks LAMMPS.
        data_file: path of the LAMMPS data file that lists which particles bonds and angles join; None where
            there are none.

    Raises:
        ModelError: a command is none of an interaction, there is no ``pair_style``, a file is not there, or bonds
            have no file or the file no bonds.
    """

    commands: tuple[str, ...]
    files: tuple[tuple[str, str], ...] = ()
    reach: float | None = None
    data_file: str | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be an interaction."""
        for command in self.commands:
            if not _words(command) or _words(command)[0] not in COMMANDS:
                raise ModelError(
                    f"{command!r} does not say how particles interact; such LAMMPS commands are "
                    f"{', '.join(sorted(COMMANDS))}"
                )
        if not any(_words(command)[0] == "pair_style" for command in self.commands):
            raise ModelError("the LAMMPS commands of a model need a pair_style among them")
        if sum(_words(command)[0] == "pair_style" for command in self.commands) > 1:
            raise ModelError(
                "the LAMMPS commands hold two pair_style lines: keep the one that the system is simulated "
                "with (several at once are pair_style hybrid)"
            )
        words = {word for command in self.commands for word in _words(command)}
        for word, path in self.files:
            if word not in words:
                raise ModelError(f"no LAMMPS command of the model names the file {word!r}")
            if not Path(path).is_file():
                raise ModelError(f"there is no potential file {path}")
        self._check_lists()

    def _check_lists(self) -> None:
        """Refuse what cannot act between listed particles, bonds without a list of them, and a list without bonds."""
        other = next((w for c in self.commands if (w := _words(c)[0]) in UNSUPPORTED), None)
        if other is not None:
            raise ModelError(
                f"{other}: dihedrals and impropers are not supported; between listed particles there are "
                "bonds and angles only"
            )
        if self.bond_style is not None and BREAKING.fullmatch(self.bond_style):
            raise ModelError(
                f"bond_style {self.bond_style}: its bonds break, so that the energy is no function of the "
                "positions; take bonds that stay, such as fene or harmonic"
            )
        if (self.bond_style is None) != (self.data_file is None):
            raise ModelError(
                f"bond_style {self.bond_style} joins particles that a LAMMPS data file lists: name it, "
                'data_file = "melt.data" under [lammps]'
                if self.data_file is None
                else f"{self.data_file} lists bonds, but the commands have no bond_style"
            )
        topology = self.topology
        if topology is None:
            return
        if len(topology.angles_a4) and self.style_of("angle") is None:
            raise ModelError(f"{self.data_file} lists angles, but the commands have no angle_style")
        if self.style_of("angle") is not None and not len(topology.angles_a4):
            raise ModelError(
                f"{self.data_file} lists no angles, but the commands have an angle_style"
            )

    @property
    def topology(self) -> Topology | None:
        """Which particles bonds and angles join; None where there are none."""
        return None if self.data_file is None else read_topology(self.data_file)

    @property
    def bond_style(self) -> str | None:
        """Name of the bond style; None where no particles are joined."""
        return self.style_of("bond")

    def style_of(self, kind: str) -> str | None:
        """Name of the style of ``"bond"`` or ``"angle"``; None where there is none."""
        found = (w[1] for c in self.commands if (w := _words(c))[0] == f"{kind}_style" and w[1:])
        return next((name for name in found if name != "none"), None)

    @property
    def pair_style(self) -> str:
        """Name of the pair style, e.g. ``"tersoff"`` or ``"hybrid/overlay"``."""
        return next(w[1] for c in self.commands if (w := _words(c))[0] == "pair_style")

    @property
    def of_charges(self) -> str | None:
        """The pair style that acts on charges; None where there is none."""
        words = (w for c in self.commands if _words(c)[0] == "pair_style" for w in _words(c)[1:])
        return next((word for word in words if "coul" in word.split("/")), None)

    def refuse_long_range(self) -> None:
        """Refuse an interaction that has no sparse Hessian.

        Raises:
            ModelError: a part of it is summed in reciprocal space.
        """
        if self.long_ranged is not None:
            raise ModelError(
                f"{self.long_ranged} couples every particle to every other one, so that κ, moduli and modes are "
                "not computed: take a screened form that ends at a cut-off, pair_style coul/dsf or coul/wolf "
                "(born/coul/dsf, lj/cut/coul/dsf, …), and no kspace_style"
            )

    @property
    def long_ranged(self) -> str | None:
        """The word that says that forces reach through the whole box; None where they do not."""
        for command in self.commands:
            first, *words = _words(command)
            if first == "kspace_style" and words[:1] != ["none"]:
                return f"kspace_style {words[0]}" if words else first
            if first == "pair_style":
                for word in words:
                    if LONG_RANGED.search(word):
                        return word
        return None

    def identity(self) -> dict[str, Any]:
        """What the forces depend on, as plain data: the commands and the content of the files."""
        told: dict[str, Any] = {
            "commands": [" ".join(_words(command)) for command in self.commands],
            "files": {word: _sha256_of(path) for word, path in self.files},
        }
        if self.data_file is not None:
            told["data_file"] = _sha256_of(self.data_file)
        return told

    def commands_in(self, folder: str) -> list[str]:
        """The commands with the files in a folder, where :meth:`place_files` has put them."""
        return self._with_paths({word: f"{folder}/{placed_name(word)}" for word, _ in self.files})

    def place_files(self, folder: Path) -> list[Path]:
        """Copy the files into a folder, under names that LAMMPS takes; returned are their paths there."""
        return [
            Path(shutil.copyfile(path, folder / placed_name(word))) for word, path in self.files
        ]

    def commands_with_paths(self) -> list[str]:
        """The commands with the files where they are."""
        return self._with_paths(dict(self.files))

    def _with_paths(self, paths: dict[str, str]) -> list[str]:
        return [
            " ".join(
                as_one_word(paths[word]) if word in paths else word for word in _words(command)
            )
            for command in self.commands
        ]


def lammps_interaction(
    commands: str | Iterable[str],
    beside: str | os.PathLike[str] | None = None,
    reach: float | None = None,
    data_file: str | os.PathLike[str] | None = None,
) -> LammpsInteraction:
    """An interaction from lines of a LAMMPS script, with the potential files that they name.

    Args:
        commands: the lines; comments, blank lines and continuations (``&``) may be among them.
        beside: a file or folder beside which potential files are looked for; see
            :func:`~lmpmeso.models.potential_files.find_potential_file`.
        reach: see :class:`LammpsInteraction`.
        data_file: see there, too.

    Raises:
        ModelError: a line is none of an interaction, or cannot be analysed here, or a file is not found.
    """
    text = commands if isinstance(commands, str) else "\n".join(commands)
    lines = tuple(command_lines(text))
    files: dict[str, str] = {}
    for line in lines:
        first, *words = _words(line)
        for word in words if first in NAMES_FILES else []:
            if _looks_like_file(word):
                files[word] = str(find_potential_file(word.strip("\"'"), beside))
    listed = None if data_file is None else str(Path(data_file).absolute())
    return LammpsInteraction(lines, tuple(files.items()), reach, listed)


def command_lines(text: str) -> Iterator[str]:
    """The commands of a LAMMPS script, without comments and blank lines; continued lines (``&``) are joined."""
    for line in re.sub(r"&[ \t]*\n", " ", text).splitlines():
        bare = COMMENT.sub(r"\1", line).strip()
        if bare:
            yield bare


def _words(command: str) -> list[str]:
    """The words of a command; what is quoted is one, with its quotes."""
    return WORD.findall(command)


def _looks_like_file(word: str) -> bool:
    """Whether a word has a point in it and is neither a number nor a formula."""
    if "." not in word or OF_A_FORMULA.intersection(word):
        return False
    return UNLIKE_A_FILE.fullmatch(word) is None


def placed_name(word: str) -> str:
    """A name for the file of a word that LAMMPS takes, with its ending; another one for another word."""
    digest = hashlib.sha256(word.encode()).hexdigest()[:8]
    return f"{digest}-{plain_name(Path(word).name)}"


def _sha256_of(path: str) -> str:
    """SHA-256 of a file's content; read again only where the file has changed."""
    found = os.stat(path)
    return _sha256_of_state(path, found.st_mtime_ns, found.st_size)


@lru_cache
def _sha256_of_state(path: str, _changed: int, _size: int) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()
