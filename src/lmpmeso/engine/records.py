"""Records: the JSON file that a step leaves last, and the data files that it vouches for.

A record says what its data are, of which format, from which parameters and seeds, made by which
versions, and of each data file how long it is and its checksum; it ends with its own. Both are checked
whenever a file is used. Records of lmpmeso 0.1.0 hold lengths only, and are taken as they are.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lmpmeso.engine.step import Workplace
from lmpmeso.errors import CampaignError
from lmpmeso.files.atomic import intended
from lmpmeso.files.checksums import checksum, is_broken, sealed
from lmpmeso.files.plain_json import json_text, parse_json
from lmpmeso.files.run_folder import claim
from lmpmeso.files.tables import read_table, write_table
from lmpmeso.lammps.build import lammps_release

if TYPE_CHECKING:
    import pandas as pd

FORMAT = 1
"""Version of the files of a campaign."""
PLAIN_ACCELERATORS = ("auto", "none", "opt")
"""Of LAMMPS on one core; a record names others."""
MENDED = "`lmpmeso run DIR --repair` makes it again, and what depends on it"


@dataclass(frozen=True)
class Record:
    """A record that was read: its file, and what it says."""

    path: Path
    content: dict[str, Any]

    def __getitem__(self, key: str) -> Any:
        """One entry.

        Raises:
            CampaignError: there is none.
        """
        try:
            return self.content[key]
        except KeyError:
            raise CampaignError(
                f"{self.path}: no entry {key!r}: the file was changed; delete it to have it made again"
            ) from None

    def data(self, name: str) -> Path:
        """A data file of this record.

        Raises:
            CampaignError: it is not there, or not what was written.
        """
        path = self.path.with_name(name)
        if name not in self["files"]:
            raise CampaignError(f"{self.path}: lists no file {name!r}")
        if fault := self.fault_of(name):
            raise CampaignError(f"{path} {fault}; {MENDED}")
        return path

    def fault_of(self, name: str) -> str | None:
        """What is wrong with a data file, in words; None where it is what was written."""
        path, size = self.path.with_name(name), self["files"][name]
        found = path.stat().st_size if path.is_file() else None
        if found is None:
            return "is not there"
        if found != size:
            return f"has {found} bytes instead of {size}: it was changed or not copied whole"
        expected = self.content.get("checksums", {}).get(name)
        if expected is not None and checksum(path) != expected:
            return "was changed since it was written: its checksum is another"
        return None

    def table(self, name: str) -> pd.DataFrame:
        """A CSV file of this record, its columns without their units."""
        return read_table(self.data(name))


def write_record(work: Workplace, content: str, files: Iterable[Path] = (), **entries: Any) -> None:
    """Write the record of a step as its target, after its data files, and beside it the stage's parameters.

    ``content`` says what the record is of, e.g. ``"glasses"``.
    """
    whole = {"lmpmeso_campaign_format": FORMAT, **work.identity}
    claim(work.target.parent, whole, "measurement", owner=intended(work.target).stem)
    written = list(files)
    accelerated = work.accelerator not in PLAIN_ACCELERATORS
    record = {
        "lmpmeso_campaign_format": FORMAT,
        "content": content,
        "identity": work.identity,
        "versions": _versions(),
        "files": {path.name: path.stat().st_size for path in written},
        "checksums": {path.name: checksum(path) for path in written},
        **({"accelerator": work.accelerator} if accelerated else {}),
        **entries,
    }
    work.target.write_text(sealed(json_text(record)), encoding="utf-8")


def write_tables(
    work: Workplace, tables: Mapping[str, pd.DataFrame], units: Mapping[str, str]
) -> list[Path]:
    """Write the tables of a step beside its target, by the names of their files."""
    return [write_table(work.target.with_name(n), table, units) for n, table in tables.items()]


def read_record(path: Path, content: str | None = None) -> Record:
    """Read a record, which must be of some content if that matters.

    Raises:
        CampaignError: it is not there, truncated or changed, of another program, of something else, or
            of another format.
    """
    try:
        return _whole_record(path, content)
    except FileNotFoundError:
        raise CampaignError(
            f"{path} is not there: run the campaign again to have it made"
        ) from None
    except _DamagedError as error:
        raise CampaignError(f"{path} {error}; {MENDED}") from error


def fault_of_result(path: Path) -> str | None:
    """What is wrong with the file of a finished step, or with a data file of its record; None where nothing is.

    Nothing is known of what is no record.

    Raises:
        CampaignError: it is a record of another format.
    """
    if path.suffix != ".json":
        return None
    try:
        record = _whole_record(path)
    except _DamagedError as error:
        return str(error)
    faults = (f"{name} {fault}" for name in record["files"] if (fault := record.fault_of(name)))
    return next(faults, None)


class _DamagedError(Exception):
    """A record is not what was written."""


def _whole_record(path: Path, content: str | None = None) -> Record:
    """A record that is what was written."""
    text = path.read_bytes()
    try:
        record = parse_json(text)
    except ValueError as error:
        raise _DamagedError(f"is truncated or not JSON ({error})") from error
    found = record.get("lmpmeso_campaign_format")
    if not isinstance(found, int):
        raise _DamagedError("is not a file of a campaign")
    if is_broken(text):
        raise _DamagedError("was changed since it was written: its checksum is another")
    refuse_other_format(path, found, FORMAT)
    if content is not None and record.get("content") != content:
        raise _DamagedError(f"holds {record.get('content')!r}, not {content!r}")
    return Record(path, record)


def refuse_other_format(path: Path, found: int, known: int) -> None:
    """Refuse a file of a newer or older format than the one that is known with a CampaignError."""
    if found > known:
        raise CampaignError(
            f"{path}: format {found} is newer than this lmpmeso reads ({known}): install a newer "
            "lmpmeso"
        )
    if found < known:
        raise CampaignError(
            f"{path}: format {found} is older than this lmpmeso reads ({known}): delete it to have it "
            "made again, or read it with the lmpmeso that wrote it"
        )


@contextmanager
def noted_warnings() -> Iterator[list[str]]:
    """Collect warnings instead of showing them: in a worker nobody sees them, in a record they stay."""
    notes: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            yield notes
        finally:
            notes += dict.fromkeys(
                str(warning.message)
                for warning in caught
                if issubclass(warning.category, UserWarning)
            )


@cache
def _versions() -> dict[str, str | None]:
    """Versions of the packages that the numbers come from."""
    others = {package: version(package) for package in ("numpy", "scipy")}
    return {"lmpmeso": version("lmpmeso"), "lammps": lammps_release(), **others}
