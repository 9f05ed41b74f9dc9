"""A model from the LAMMPS script that somebody simulates with: the lines that say how particles interact."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lmpmeso.errors import ModelError
from lmpmeso.files.given import given_text
from lmpmeso.files.words import real, shown, whole
from lmpmeso.models.embedded_atom import embedded_atom_of
from lmpmeso.models.glass_model import GlassModel, Species
from lmpmeso.models.lammps_interaction import (
    COMMANDS,
    LammpsInteraction,
    command_lines,
    lammps_interaction,
)

ABOUT_PARTICLES = ("units", "dimension", "mass", "timestep", "set")
"""Commands besides those of the interactions that a model is made of."""
ELEMENT = re.compile(r"[A-Z][a-z]?[0-9]*")
CONSTRAINT = re.compile(r"(shake|rattle|rigid|poems|filter/corotate)(/|$)")
"""Styles of fixes that take away degrees of freedom."""


@dataclass(frozen=True)
class ScriptLines:
    """What of a LAMMPS script is a model.

    Attributes:
        interactions: the lines that say how particles interact.
        about: the words of the other lines that were taken, by their command; the last one counts.
        masses: mass of each type, where a ``mass`` line says it.
        charges: charge of each type, where a ``set type K charge Q`` line says it.
        read_data: the data file that the script reads; empty where it reads none.
        taken: all lines that were taken, as they stand.
        ignored: all other lines.
        path: the script.
    """

    interactions: tuple[str, ...]
    about: dict[str, list[str]]
    masses: dict[int, float]
    charges: dict[int, float]
    read_data: str
    taken: tuple[str, ...]
    ignored: tuple[str, ...]
    path: Path = field(default=Path())

    @property
    def bond_style(self) -> str | None:
        """Name of the bond style; None where no particles are joined."""
        words = (line.split() for line in self.interactions)
        found = (w[1] for w in words if w[0] == "bond_style" and w[1:2] not in ([], ["none"]))
        return next(found, None)


def read_script(path: str | os.PathLike[str]) -> ScriptLines:
    """The lines of a script that are a model.

    Raises:
        ModelError: there is no such script, it has no ``pair_style``, or a line holds a variable.
    """
    file = Path(path)
    try:
        text = given_text(file, ModelError, errors="replace")
    except OSError as error:
        raise ModelError(f"the LAMMPS script {file} cannot be read: {error.strerror}") from error
    interactions, taken, ignored = [], [], []
    about: dict[str, list[str]] = {}
    masses: dict[int, float] = {}
    charges: dict[int, float] = {}
    read_data = ""
    for line in map(_spaced, command_lines(text)):
        command, *words = line.split()
        _refuse_constraint(file, line)
        if command == "read_data" and words and "$" not in words[0]:
            read_data = words[0].strip("\"'")
        charge = re.fullmatch(r"set type (\d+) charge (\S+)", line)
        if command not in COMMANDS and (
            command not in ABOUT_PARTICLES or (command == "set" and not charge)
        ):
            ignored.append(line)
            continue
        _refuse(file, line)
        taken.append(line)
        if command in COMMANDS:
            interactions.append(line)
        elif charge:
            charges |= _by_type(file, line, [charge[1], charge[2]])
        elif command == "mass":
            masses |= _by_type(file, line, words)
        else:
            if about.get(command, words) != words:
                raise ModelError(
                    f"{file} says {command} twice: {shown(line, 100)} is the second. Keep in a copy of the script the "
                    "one that the system is simulated with"
                )
            about[command] = words
    if not any(line.startswith("pair_style") for line in interactions):
        raise ModelError(
            f"{file} has no pair_style line: name the script, or the file it includes, that has the "
            "pair_style and pair_coeff lines"
        )
    return ScriptLines(
        tuple(interactions),
        about,
        masses,
        charges,
        read_data,
        tuple(taken),
        tuple(ignored),
        file.absolute(),
    )


def model_of_script(
    script: ScriptLines,
    n_species: int,
    density: float,
    fractions: list[float],
    data_file: Path | None = None,
) -> GlassModel:
    """The model of a script for a system of some composition.

    Args:
        script: see :func:`read_script`.
        n_species: LAMMPS types that the system may have.
        density: N/V [length^-d].
        fractions: number fraction of each type.
        data_file: the data file that lists bonds and angles.

    Raises:
        ModelError: LAMMPS's units, a potential file or a number is not usable.
    """
    interaction = lammps_interaction(script.interactions, script.path, data_file=data_file)
    interaction.refuse_long_range()
    names = _names(script, n_species)
    terms = interaction_terms(interaction, n_species)
    masses = dict(enumerate(getattr(terms.get("embedding"), "masses", ()), start=1)) | script.masses
    masses = {k: masses.get(k, masses.get(0, 1.0)) for k in range(1, n_species + 1)}
    return GlassModel(
        name=re.sub(r"[^A-Za-z0-9._-]", "_", script.path.name.removeprefix("in.")) or "script",
        title=f"interactions of {script.path.name}",
        reference=f"LAMMPS script {script.path.name}",
        dimension=_value(script, "dimension", whole, 3),
        units=_value(script, "units", str, "lj"),
        density=density,
        species=tuple(
            Species(name, fraction, mass=masses[k], charge=script.charges.get(k, 0.0))
            for k, (name, fraction) in enumerate(zip(names, fractions, strict=True), start=1)
        ),
        time_step=_value(script, "timestep", real, 0.0),
        **terms,
    )


def names_all_types(script: ScriptLines) -> bool:
    """Whether the coefficients are said type by type, so that there are no more types than those."""
    coefficients = [
        line.split()[1:3] for line in script.interactions if line.startswith("pair_coeff")
    ]
    return not any("*" in word for words in coefficients for word in words)


def types_of_script(script: ScriptLines) -> int:
    """How many LAMMPS types a script speaks of."""
    found = [1, *script.masses, *script.charges]
    for line in script.interactions:
        command, *words = line.split()
        if command == "pair_coeff":
            found += [int(word) for word in words[:2] if re.fullmatch("[0-9]{1,9}", word)]
            found.append(len(_elements(words)))
    return max(found)


def interaction_terms(interaction: LammpsInteraction, n_species: int) -> dict[str, Any]:
    """What a GlassModel is given for some LAMMPS commands: embedded atoms in closed form, else the commands.

    Raises:
        ModelError: the potential file of embedded atoms has not these elements.
    """
    closed = embedded_atom_of(interaction, n_species)
    if closed is None:
        return {"lammps": interaction}
    return {"pair_potentials": closed[0], "embedding": closed[1]}


def refuse_other_elements(interaction: LammpsInteraction, names: list[str]) -> None:
    """Refuse elements in ``pair_coeff`` that are not one for each species, or others than these are named for.

    Raises:
        ModelError: they do not fit.
    """
    files = dict(interaction.files)
    for command in interaction.commands:
        first, *words = command.split()
        last = max((k for k, word in enumerate(words) if word in files), default=None)
        elements = [] if last is None else words[last + 1 :]
        if (
            first != "pair_coeff"
            or interaction.pair_style == "table"
            or words[:2] != ["*", "*"]
            or not all(map(ELEMENT.fullmatch, elements))
        ):
            continue
        told = f"{shown(command, 100)} gives the types {' '.join(elements)}"
        if elements and len(elements) != len(names):
            raise ModelError(
                f"{told}, but there are {len(names)} species ({', '.join(names)}): name an element for each"
            )
        bare = [name.rstrip("0123456789") for name in names]
        if elements and set(bare) & set(elements) and bare != elements:
            raise ModelError(f"{told}, but the species are {', '.join(names)}: one order for both")


def _spaced(line: str) -> str:
    """A command with one blank between its words."""
    return " ".join(line.split())


def _refuse_constraint(file: Path, line: str) -> None:
    """Refuse particles that do not move freely in the potential."""
    words = line.split()
    if words[0] == "fix" and len(words) > 3 and CONSTRAINT.match(words[3]):
        raise ModelError(
            f"{file}: {shown(line, 100)} holds particles rigid, which is not supported: κ, moduli and modes are "
            "those of particles that move freely"
        )


def _refuse(file: Path, line: str) -> None:
    """Refuse a line of a model that nobody but LAMMPS could work out."""
    if "$" in line:
        raise ModelError(
            f"{file}: {shown(line, 100)} holds a variable: write the line with its value into a model file "
            "(`lmpmeso models --new mine.toml`), under [lammps]"
        )


def _by_type(file: Path, line: str, words: list[str]) -> dict[int, float]:
    """A value by its type; that of all types is that of type 0."""
    try:
        return {0 if words[0] == "*" else whole(words[0]): real(words[1])}
    except (ValueError, IndexError):
        raise ModelError(
            f"{file}: {shown(line, 100)} is not understood: write `{line.split()[0]} TYPE VALUE`"
        ) from None


def _value(script: ScriptLines, command: str, read: Callable[[str], Any], default: Any) -> Any:
    """What a line like ``units lj`` says, or the default where there is none."""
    if command not in script.about:
        return default
    try:
        return read(script.about[command][0])
    except (ValueError, IndexError):
        line = " ".join([command, *script.about[command]])
        raise ModelError(f"{script.path}: {shown(line, 100)} is not understood") from None


def _names(script: ScriptLines, n_species: int) -> list[str]:
    """Elements of the types where a ``pair_coeff * *`` line names one for each, else their numbers."""
    for line in script.interactions:
        command, *words = line.split()
        elements = _elements(words) if command == "pair_coeff" else []
        if len(elements) == n_species == len(set(elements)):
            return elements
    return [str(k) for k in range(1, n_species + 1)]


def _elements(words: list[str]) -> list[str]:
    """The elements that end a ``pair_coeff * * FILE El El …`` line; none where they do not."""
    if words[:2] != ["*", "*"]:
        return []
    after = words[3:]
    return after if after and all(ELEMENT.fullmatch(word) for word in after) else []
