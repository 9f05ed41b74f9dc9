"""What a campaign came to, and the order of work that brings it there."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lmpmeso.campaign.folder import (
    CAMPAIGN_FILE,
    REPORT_FILE,
    SHORT_PAGE_FILE,
    open_folder,
    stored_text,
)
from lmpmeso.campaign.settings import Campaign
from lmpmeso.engine.progress import ProgressSink
from lmpmeso.engine.whole import GONE
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
        left_out: what is missing of that which the file asks for although all tasks are done, a line each: glasses
            whose quench or analysis failed, replicas that were no equilibrium liquids.
        tables: by name, e.g. ``"state_points"``, ``"glasses"``, ``"scattering"``; each is read when it is asked for.
        figures: PNG by name in the catalogue, e.g. ``"mesoelastic"``; those whose data are there.
    """

    folder: Path
    campaign: Campaign
    page: Path
    outcome: RunOutcome = field(repr=False)
    figures: Mapping[str, Path] = field(repr=False)
    left_out: tuple[str, ...] = ()

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
    def what_is_missing(self) -> str:
        """Why the campaign is not what its file asks for, and what to do; empty where it is."""
        if self.complete and not self.left_out:
            return ""
        return in_words(self.folder, self.outcome, self.left_out)

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
    repair: bool = False,
) -> Study:
    """Run what is not there yet; then tables, figures, and the report or the ``short`` page of a quickstart.

    ``repair`` makes what is damaged again, and what depends on it.

    Raises:
        CampaignError: the folder holds another campaign or something else, or a file of it is damaged.
        LmpmesoError: the campaign file in the folder was changed meanwhile.
    """
    open_folder(root, text, campaign)
    known = None if repair else _known_outcome(root, campaign)
    if known is not None:
        return _written(root, campaign, *known, short)
    from lmpmeso.campaign.accelerators import with_settled_accelerator
    from lmpmeso.campaign.left_out import left_out
    from lmpmeso.campaign.study import study_steps
    from lmpmeso.engine.run import run_steps

    steps = study_steps(with_settled_accelerator(campaign, root))
    with _sink(progress) as sink, _main_module_hidden():
        outcome = run_steps(root, steps, campaign.resources, sink, repair)
    if stored_text(root) != text:
        raise LmpmesoError(
            f"{root / CAMPAIGN_FILE} was changed while this ran. What was made is kept; run the campaign again to go on "
            "with the file as it is now, and to have tables and page of it"
        )
    return _written(root, campaign, outcome, left_out(root, campaign), short)


def _known_outcome(root: Path, campaign: Campaign) -> tuple[RunOutcome, list[str]] | None:
    """The outcome and what was left out, where all was done and no file has changed since; None where one has to look."""
    snapshot = Snapshot(root, campaign)
    facts = snapshot.made.facts(COMPLETE, snapshot.digest)
    if facts is None:
        return None
    from lmpmeso.engine.outcome import RunOutcome

    return RunOutcome(kept=facts["targets"]), facts.get("left out", [])


def _written(
    root: Path, campaign: Campaign, outcome: RunOutcome, left_out: Sequence[str], short: bool
) -> Study:
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
                facts = {"targets": targets, "left out": left_out}
                snapshot.made.note(COMPLETE, snapshot.digest, facts=facts)
    except OSError as error:
        problem = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        raise LmpmesoError(
            f"tables and report cannot be written: {problem}\n{in_words(root, outcome, left_out)}"
        ) from error
    figures = pictures(snapshot).drawn()
    return Study(root, campaign, page, outcome, figures, tuple(left_out))


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


def in_words(root: Path, outcome: RunOutcome, left_out: Sequence[str] = ()) -> str:
    """Why a campaign is not what its file asks for, and what to do."""
    state = "complete" if outcome.complete else "not complete"
    lines = [f"the campaign is {state}: {outcome.in_words}"]
    if outcome.complete and left_out:
        lines = [f"{outcome.in_words}, and not all that the file asks for is there:"]
    if outcome.stopped is not None:
        lines.append(f"it was stopped: {outcome.stopped}")
    lines += [
        f"  {target}: {failure.reason} ({failure.log})"
        for target, failure in outcome.failed.items()
    ]
    lines += [f"  {target}: {file} {GONE}" for target, file in outcome.damaged.items()]
    lines += [f"  {words}" for words in left_out]
    if not outcome.complete:
        quoted = shlex.quote(str(root))
        option = " --repair" if outcome.damaged else ""
        lines.append(
            f"run `lmpmeso run {quoted}{option}` again to go on; `lmpmeso status {quoted}` shows where it is"
        )
    return "\n".join(lines)
