"""What a campaign came to, and the order of work that brings it there."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lmpmeso.campaign.folder import REPORT_FILE, SHORT_PAGE_FILE, open_folder
from lmpmeso.campaign.settings import Campaign
from lmpmeso.engine.progress import ProgressSink
from lmpmeso.errors import LmpmesoError
from lmpmeso.study.pages import pictures, write_page, write_short_page
from lmpmeso.study.progress import CampaignProgress, Silence
from lmpmeso.study.snapshot import COMPLETE, Snapshot, StoredTables

if TYPE_CHECKING:
    import pandas as pd

    from lmpmeso.engine.outcome import RunOutcome


@dataclass(frozen=True, eq=False)
class Study:
    """What a campaign came to.

    Attributes:
        folder: its folder.
        campaign: the campaign.
        page: the page, one HTML file.
        outcome: what became of every task: made, kept from before, failed with reason and log, blocked, waiting.
        tables: by name, e.g. ``"state_points"``, ``"glasses"``, ``"scattering"``; each is read when it is asked for.
        figures: PNG by name in the catalogue, e.g. ``"mesoelastic"``; those whose data are there.
    """

    folder: Path
    campaign: Campaign
    page: Path
    outcome: RunOutcome = field(repr=False)
    figures: Mapping[str, Path] = field(repr=False)

    def __repr__(self) -> str:
        """One line: whether it is complete, and where its page is."""
        state = "complete" if self.complete else "not complete"
        return (
            f"<study {self.campaign.name!r}: {state} ({self.outcome.in_words}), "
            f"{len(self.figures)} figures, page {self.page}>"
        )

    @cached_property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """The tables."""
        return StoredTables(self.folder)

    @property
    def complete(self) -> bool:
        """Whether all tasks are done."""
        return self.outcome.complete

    @property
    def state_points(self) -> pd.DataFrame:
        """A row a state point: τ_α, D, κ, G with intervals, and what became of it."""
        return self.tables["state_points"]

    @property
    def fits(self) -> pd.DataFrame:
        """A row a quantity of a fit: t̃ and ℓ̃ of Eq. 3, ζ."""
        return self.tables["fits"]

    def _repr_html_(self) -> str:
        """Whether it is complete, where the page is, and the main numbers, in a notebook."""
        columns = ["model", "n_particles", "temperature", "status", "tau_alpha_over_t0", "kappa"]
        points = self.state_points
        table = points[[c for c in (*columns, "shear_modulus") if c in points]]
        state = "complete" if self.complete else "not complete"
        told = self.outcome.in_words
        return (
            f"<b>{escape(self.campaign.name)}</b>: {state} ({escape(told)}); "
            f'<a href="{escape(self.page.as_posix())}">page</a>'
            + table.to_html(index=False, float_format="{:.4g}".format)
        )


def run_study(
    root: Path,
    text: str,
    campaign: Campaign,
    progress: bool | ProgressSink = True,
    short: bool = False,
) -> Study:
    """Run what is not there yet; then tables, figures, and the report or the ``short`` page of a quickstart.

    Raises:
        CampaignError: the folder holds another campaign or something else, or a file of it is damaged.
    """
    open_folder(root, text, campaign)
    outcome = _known_outcome(root, campaign)
    if outcome is None:
        from lmpmeso.campaign.study import study_steps
        from lmpmeso.engine.run import run_steps

        steps = study_steps(campaign)
        with _sink(progress) as sink, _main_module_hidden():
            outcome = run_steps(root, steps, campaign.resources, sink)
    return _written(root, campaign, outcome, short)


def _known_outcome(root: Path, campaign: Campaign) -> RunOutcome | None:
    """The outcome where all was done and no file has changed since; None where one has to look."""
    snapshot = Snapshot(root, campaign)
    facts = snapshot.made.facts(COMPLETE, snapshot.digest)
    if facts is None:
        return None
    from lmpmeso.engine.outcome import RunOutcome

    return RunOutcome(kept=facts["targets"])


def _written(root: Path, campaign: Campaign, outcome: RunOutcome, short: bool) -> Study:
    """The products of a run, and what it came to; a LmpmesoError where they cannot be written."""
    snapshot = Snapshot(root, campaign)
    try:
        snapshot.write_tables()
        page = root / (SHORT_PAGE_FILE if short else REPORT_FILE)
        if short:
            write_short_page(page, snapshot)
        else:
            write_page(page, [snapshot])
        if outcome.complete:
            targets = [*outcome.kept, *outcome.made]
            if snapshot.made.facts(COMPLETE, snapshot.digest) is None:
                snapshot.made.note(COMPLETE, snapshot.digest, facts={"targets": targets})
    except OSError as error:
        problem = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        raise LmpmesoError(
            f"tables and report cannot be written: {problem}\n{what_is_missing(root, outcome)}"
        ) from error
    return Study(root, campaign, page, outcome, pictures(snapshot).drawn())


@contextmanager
def _sink(progress: bool | ProgressSink) -> Iterator[ProgressSink]:
    """Whom to tell of the progress."""
    if progress is True:
        with CampaignProgress() as sink:
            yield sink
    else:
        yield Silence() if progress is False else progress


@contextmanager
def _main_module_hidden() -> Iterator[None]:
    """Keep worker processes from importing the program that runs the campaign, which they do not need.

    A spawned process imports it again by default, and a script without a guard would begin anew in each.
    """
    main = vars(sys.modules["__main__"])
    hidden: dict[str, Any] = {
        name: main.pop(name) for name in ("__file__", "__spec__") if name in main
    }
    main["__spec__"] = None
    try:
        yield
    finally:
        main.update(hidden)


def what_is_missing(root: Path, outcome: RunOutcome) -> str:
    """Why a run has not come to its end, and what to do."""
    state = "complete" if outcome.complete else "not complete"
    lines = [f"the campaign is {state}: {outcome.in_words}"]
    if outcome.stopped is not None:
        lines.append(f"it was stopped: {outcome.stopped}")
    lines += [
        f"  {target}: {failure.reason} ({failure.log})"
        for target, failure in outcome.failed.items()
    ]
    quoted = shlex.quote(str(root))
    lines.append(
        f"run `lmpmeso run {quoted}` again to go on; `lmpmeso status {quoted}` shows where it is"
    )
    return "\n".join(lines)
