"""From a model file (TOML) to a :class:`GlassModel`; all its faults are told at once."""

from __future__ import annotations

import math
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from lmpmeso.errors import ModelError
from lmpmeso.files.given import LONGEST_TOML, given_text
from lmpmeso.files.toml_faults import FaultFinder, toml_values
from lmpmeso.files.toml_lines import Path as KeyPath
from lmpmeso.models.formula import RESERVED_NAMES, names_in
from lmpmeso.models.glass_model import GlassModel, Species
from lmpmeso.models.lammps_interaction import lammps_interaction
from lmpmeso.models.lammps_script import interaction_terms, refuse_other_elements
from lmpmeso.models.model_keys import (
    NAME,
    LammpsKeys,
    ModelKeys,
    PairKeys,
    SizesKeys,
    SpeciesKeys,
)
from lmpmeso.models.packaged import FOLDER
from lmpmeso.models.pair_keys import PairKeyError, potential_of_keys
from lmpmeso.models.potential_files import named_file, potential_folders
from lmpmeso.models.potentials import PairPotential
from lmpmeso.models.registry import is_packaged_name
from lmpmeso.models.sizes import Sizes
from lmpmeso.models.species_pairs import SpeciesPair, pairs_of

UNKNOWN = 0.0
"""A mass that the file does not give."""
PARTS = ("species", "pair", "lammps", "dipole_cutoffs", "sizes")
"""What a model file has besides the keys at its top."""
PAIR_PARTS = ("constants", "between")
"""The tables inside ``[pair]``."""


def read_model(path: str | os.PathLike[str]) -> GlassModel:
    """The model that a model file holds.

    Args:
        path: the file; ``lmpmeso models --new NAME.toml`` writes one to start from. Its name without
            the suffix is the model's. Files that it names are looked for beside it.

    Raises:
        ModelError: there is no such file, it is no TOML, or it has faults; all are told, with their lines.
    """
    text = _text(Path(path))
    values = toml_values(text, str(path), ModelError)
    if "liquids" in values and "species" not in values:
        raise ModelError(
            f"{path} is a campaign file, and a model is wanted: name one, as its [[liquids]] do"
        )
    reader = _Reader(text, Path(path))
    model = reader.model(values)
    if model is None:
        raise ModelError(reader.told(str(path)))
    return model


def files_of_model(path: Path) -> list[Path]:
    """The files that a model file names, where they lie; those of LAMMPS's own folder are not among them.

    Raises:
        ModelError: the file cannot be read.
    """
    values = toml_values(_text(path), str(path), ModelError)
    if "lammps" in values:
        commands = values["lammps"]["commands"]
        text = commands if isinstance(commands, str) else "\n".join(commands)
        lists = [named_file(path, name) for name in [values["lammps"].get("data_file")] if name]
        interaction = lammps_interaction(text, path, data_file=lists[0] if lists else None)
        found = {Path(file) for _, file in interaction.files} | set(lists)
        return sorted(file for file in found if file.parent not in potential_folders())
    pair = values.get("pair", {})
    tables = [pair, *pair.get("between", {}).values()]
    names = {table["table"] for table in tables if "table" in table}
    return sorted(named_file(path, name) for name in names)


def _text(path: Path) -> str:
    try:
        return given_text(path, ModelError, most=LONGEST_TOML)
    except OSError as error:
        raise ModelError(f"the model file {path} cannot be read: {error.strerror}") from error


class _Reader(FaultFinder):
    """From the values of a model file to the model."""

    def __init__(self, text: str, path: Path):
        super().__init__(text, "model")
        self._path = path
        self._told: set[str] = set()
        self._has_sizes = False
        self._spacing: float | None = None

    def model(self, values: dict[str, Any]) -> GlassModel | None:
        """The model; None where there are faults."""
        self._check_name(self._path.stem)
        top = self.keys((), values, ModelKeys, PARTS)
        if "density" in top:
            self._spacing = top["density"] ** (-1.0 / max(top.get("dimension", 3), 1))
        species = self._species(values.get("species"))
        sizes = self._sizes(values)
        terms = self._terms(values, species) if species else None
        cutoffs = self._dipole_cutoffs(values.get("dipole_cutoffs"), species)
        tracer = self._tracer(top.pop("tracer", None), species)
        if top.get("dimension", 3) not in (2, 3):
            self.fault(("dimension",), "a model has 2 or 3 dimensions")
        if "lammps" not in values and any(s.charge for s in species):
            self.fault(
                ("species",),
                "charges act through LAMMPS commands only: give [lammps], or no charge",
            )
        interval = top.pop("temperature_range", None)
        if interval is not None and (len(interval) != 2 or interval[0] >= interval[1]):
            self.fault(("temperature_range",), "the lowest and the highest temperature are needed")
        if self.faults or terms is None:
            return None
        self._refuse_other_number(top.get("n_particles"), terms)
        species = self._with_masses(species, terms, top.get("units", "lj"))
        if self.faults:
            return None
        try:
            return GlassModel(
                name=self._path.stem,
                **top,
                species=tuple(species),
                largest_species=tracer,
                temperature_range=interval,
                dipole_cutoffs=cutoffs,
                sizes=sizes,
                **terms,
            )
        except ModelError as error:
            self.fault((), str(error))
            return None

    def _check_name(self, name: str) -> None:
        """The file's name is the model's, and becomes part of folder names and of LAMMPS's files."""
        if not re.fullmatch(NAME, name):
            self.fault(
                (),
                f"the file's name must be made of letters, digits, dots, hyphens and underscores, not {name!r}",
            )
        elif is_packaged_name(name) and self._path.parent != FOLDER:
            self.fault((), f"{name} is a model that comes with lmpmeso: give the file another name")

    def _species(self, values: Any) -> list[Species]:
        """All species; none where one has faults."""
        if not isinstance(values, list) or not values:
            self.fault(("species",), "a model needs at least one [[species]] with a name")
            return []
        before = len(self.faults)
        read = [
            self.keys(("species", k), one, SpeciesKeys)
            for k, one in enumerate(values)
            if isinstance(one, dict)
        ]
        if len(read) < len(values):
            self.fault(("species",), "each species is a table: begin it with [[species]]")
        if len(self.faults) > before:
            return []
        given = [one["fraction"] for one in read if "fraction" in one]
        if len(given) not in (0, len(read)):
            self.fault(("species",), "give the fraction of every species, or of none")
        elif given and abs(sum(given) - 1.0) > 1e-6:
            self.fault(("species",), f"the fractions add up to {sum(given):g}, not to 1")
        names = [one["name"] for one in read]
        if len(set(names)) < len(names):
            self.fault(("species",), f"two species have one name: {', '.join(names)}")
        return [Species(**{"fraction": 1.0 / len(read), "mass": UNKNOWN, **one}) for one in read]

    def _with_masses(
        self, species: list[Species], terms: dict[str, Any], units: str
    ) -> list[Species]:
        """Species with the masses that the file does not give: those of embedded atoms, or 1 where masses are."""
        embedding = terms.get("embedding")
        found = []
        for k, one in enumerate(species):
            if one.mass == UNKNOWN and embedding is not None:
                one = replace(one, mass=embedding.masses[k])
            elif one.mass == UNKNOWN and units == "lj":
                one = replace(one, mass=1.0)
            elif one.mass == UNKNOWN:
                self.fault(
                    ("species", k), f"give the mass of {one.name}, in units {units}: mass = …"
                )
            found.append(one)
        return found

    def _tracer(self, name: str | None, species: list[Species]) -> int:
        """Index of the species that F_s refers to; -1 is the model's default."""
        names = [s.name for s in species]
        if name is None or not names:
            return -1
        if name not in names:
            self.fault(("tracer",), f"there is no species {name!r}; there are {', '.join(names)}")
            return -1
        return names.index(name)

    def _terms(self, values: dict[str, Any], species: list[Species]) -> dict[str, Any] | None:
        """The interactions; None where they have faults."""
        if "lammps" not in values:
            potentials = self._potentials(values.get("pair"), species)
            return None if potentials is None else {"pair_potentials": potentials}
        if "pair" in values:
            self.fault(("lammps",), "give either [pair] or [lammps], not both")
        read = self.keys(("lammps",), self._tables(("lammps",), values["lammps"]), LammpsKeys)
        if self.faults:
            return None
        try:
            interaction = lammps_interaction(
                read["commands"], self._path, read.get("reach"), self._data_file(read)
            )
            interaction.refuse_long_range()
            refuse_other_elements(interaction, [s.name for s in species])
            return interaction_terms(interaction, len(species))
        except ModelError as error:
            self.fault(("lammps", "commands"), str(error))
            return None

    def _sizes(self, values: dict[str, Any]) -> Sizes | None:
        """How large the particles are; None where they have no sizes of their own, or there are faults."""
        self._has_sizes = "sizes" in values
        if not self._has_sizes:
            return None
        if "lammps" in values:
            self.fault(
                ("sizes",), "sizes go with [pair], whose r is then r/σ_ij, not with [lammps]"
            )
        before = len(self.faults)
        read = self.keys(("sizes",), self._tables(("sizes",), values["sizes"]), SizesKeys)
        if len(self.faults) > before:
            return None
        try:
            return Sizes(**read)
        except ModelError as error:
            self.fault(("sizes",), str(error))
            return None

    def _data_file(self, read: dict[str, Any]) -> Path | None:
        """The data file that lists the bonds; None where none is named."""
        name = read.get("data_file")
        return None if name is None else named_file(self._path, name)

    def _refuse_other_number(self, n_particles: int | None, terms: dict[str, Any]) -> None:
        """The data file that lists the bonds says how many particles there are."""
        interaction = terms.get("lammps")
        topology = None if interaction is None else interaction.topology
        if topology is not None and n_particles not in (None, topology.n_particles):
            self.fault(
                ("n_particles",),
                f"{topology.path.name} lists the bonds of {topology.n_particles} particles: leave n_particles out",
            )

    def _dipole_cutoffs(
        self, values: Any, species: list[Species]
    ) -> tuple[tuple[float, ...], ...] | None:
        """Up to which distance two particles are a pair whose κ is asked for; None where it is not said."""
        if values is None or not species:
            return None
        pairs = pairs_of(species)
        given = values if isinstance(values, dict) else {pair.label: values for pair in pairs}
        self._check_pairs(("dipole_cutoffs",), given, pairs)
        matrix = [[0.0] * len(species) for _ in species]
        for pair in pairs:
            value = next((given[label] for label in pair.labels if label in given), None)
            if (
                isinstance(value, bool)
                or not isinstance(value, int | float)
                or not 0 < value < math.inf
            ):
                self.fault(("dipole_cutoffs",), f"a distance above 0 is needed for {pair.label}")
                return None
            matrix[pair.a][pair.b] = matrix[pair.b][pair.a] = float(value)
        return tuple(tuple(row) for row in matrix)

    def _potentials(
        self, values: Any, species: list[Species]
    ) -> tuple[tuple[PairPotential, ...], ...] | None:
        """The matrix of potentials; None where there are faults."""
        if not isinstance(values, dict):
            self.fault(
                ("pair",), "the interactions are missing: write them under [pair] or [lammps]"
            )
            return None
        common = self.keys(("pair",), values, PairKeys, PAIR_PARTS)
        constants = self._tables(("pair", "constants"), values.get("constants", {}))
        between = self._tables(("pair", "between"), values.get("between", {}))
        if self.faults:
            return None
        pairs = pairs_of(species)
        self._check_pairs(("pair", "between"), between, pairs)
        for name, value in constants.items():
            if isinstance(value, dict):
                self._check_pairs(("pair", "constants", name), value, pairs)
        self._refuse_unused(common, constants, between)
        matrix: list[list[Any]] = [[None] * len(species) for _ in species]
        for pair in pairs:
            matrix[pair.a][pair.b] = matrix[pair.b][pair.a] = self._potential(
                pair, common, constants, between
            )
        return None if self.faults else tuple(tuple(row) for row in matrix)

    def _tables(self, path: KeyPath, values: Any) -> dict[str, Any]:
        if isinstance(values, dict):
            return values
        self.fault(path, "is a table of names and values")
        return {}

    def _check_pairs(self, path: KeyPath, given: dict[str, Any], pairs: list[SpeciesPair]) -> None:
        """Names of pairs are those of the model, each once."""
        known = {label for pair in pairs for label in pair.labels}
        for name in given:
            if name not in known:
                labels = ", ".join(pair.label for pair in pairs)
                self.fault((*path, name), f"is no pair of species; there are {labels}")
        for pair in pairs:
            one, other = pair.labels
            if one != other and one in given and other in given:
                self.fault((*path, other), f"is {one}, which is given, too: leave one of them out")

    def _refuse_unused(
        self, common: dict[str, Any], constants: dict[str, Any], between: dict[str, Any]
    ) -> None:
        """A constant that no formula uses is a misspelt one."""
        tables = [common, *(own for own in between.values() if isinstance(own, dict))]
        texts = [t[key] for t in tables for key in ("phi", "cutoff", "diameter") if key in t]
        try:
            used = {name for text in texts if isinstance(text, str) for name in names_in(text)}
        except ModelError:
            return  # told with the pair that it belongs to
        for name in constants:
            if name not in used:
                self.fault(("pair", "constants", name), "is used by no formula")

    def _potential(
        self,
        pair: SpeciesPair,
        common: dict[str, Any],
        constants: dict[str, Any],
        between: dict[str, Any],
    ) -> PairPotential | None:
        """The potential of two species; None where it has faults."""
        own_name = next((label for label in pair.labels if label in between), None)
        keys, values = common, dict(constants)
        own: Any = {}
        path: KeyPath = ("pair",)
        if own_name is not None:
            path = ("pair", "between", own_name)
            own = between[own_name]
            if not isinstance(own, dict):
                self.fault(path, "is a table of keys of [pair]")
                return None
            read = self.keys(path, own, PairKeys, ("constants",))
            values |= self._tables((*path, "constants"), own.get("constants", {}))
            if "phi" in read or "table" in read:
                keys = {k: v for k, v in keys.items() if k not in ("phi", "table", "section")}
            keys = keys | read
        numbers = self._constants(pair, values)
        if numbers is None:
            return None
        unit = 1.0 if self._has_sizes else None
        try:
            return potential_of_keys(pair, keys, numbers, self._path, self._spacing, unit)
        except ModelError as error:
            if str(error) not in self._told:
                self._told.add(str(error))
                key = "phi" if "phi" in keys else "table"
                if isinstance(error, PairKeyError):
                    key = error.key
                place = path if key in own else ("pair",)
                self.fault((*place, key), f"{pair.label}: {error}")
            return None

    def _constants(self, pair: SpeciesPair, values: dict[str, Any]) -> dict[str, float] | None:
        """The constants of a pair: each one number for all pairs, or one a pair."""
        found: dict[str, float] = {}
        for name, value in values.items():
            path: KeyPath = ("pair", "constants", name)
            if not re.fullmatch(r"[A-Za-z_]\w*", name) or name in RESERVED_NAMES:
                self.fault(
                    path,
                    "the name of a constant has letters, digits and underscores, and is not r, pi or a function",
                )
                return None
            if isinstance(value, dict):
                label = next((label for label in pair.labels if label in value), None)
                if label is None:
                    self.fault(path, f"has no value for {pair.label}")
                    return None
                value = value[label]
            if (
                isinstance(value, bool)
                or not isinstance(value, int | float)
                or not math.isfinite(value)
            ):
                self.fault(path, f"a number is needed for {pair.label}, {value!r} was given")
                return None
            found[name] = float(value)
        return found
