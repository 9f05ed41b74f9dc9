"""What a person sees while something works: bars on a terminal or in a notebook, a line now and then elsewhere."""

from __future__ import annotations

import math
import sys
import time
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Self

from lmpmeso.engine.progress import duration

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Task

PLAIN_INTERVAL = 10.0
"""Least time between two plain progress lines of one stage [s]."""
LINES_BESIDE = 4
"""Lines of the terminal that are left to messages and to the line of all measurements."""
SPEED_PERIOD = 600.0
"""Rates are taken over so long [s]: tasks take minutes."""


def say(message: str) -> None:
    """One message on standard error."""
    print(f"lmpmeso: {message}", file=sys.stderr, flush=True)


def bars_can_be_shown() -> bool:
    """Whether there is a terminal, or a notebook that has widgets."""
    if sys.stderr.isatty():
        return True
    notebook = "ipykernel" in sys.modules and find_spec("ipywidgets") is not None
    return notebook and "IPython" in sys.modules


class Progress:
    """Progress of several stages: bars on a terminal, a line now and then elsewhere.

    Use it as a context manager; :meth:`update` may be called as often as one likes, and counts in
    whatever unit a stage is measured in.
    """

    def __init__(self) -> None:
        self._bars: Any = None
        self._tasks: dict[str, Any] = {}
        self._last: dict[str, float] = {}

    def __enter__(self) -> Self:
        if bars_can_be_shown():
            from rich.console import Console

            self._bars = self._new_bars(Console(stderr=True))
            self._bars.start()
        return self

    def _new_bars(self, console: Console) -> Any:
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        percentage = TextColumn("{task.percentage:>3.0f} %")
        columns = TextColumn("{task.description}"), BarColumn(), percentage, TimeElapsedColumn()
        return Progress(*columns, console=console)

    def __exit__(self, *_: object) -> None:
        if self._bars is not None:
            self._bars.refresh()  # in a notebook rich itself leaves them as they were last drawn
            self._bars.stop()

    def update(self, stage: str, done: float, total: float) -> None:
        """A stage has come to ``done`` of ``total``."""
        if self._bars is None:
            self._print_line(stage, done, total)
            return
        if stage not in self._tasks:
            self._tasks[stage] = self._bars.add_task(stage, total=total)
        self._bars.update(self._tasks[stage], completed=done, total=total)

    def message(self, text: str) -> None:
        """One message, above the bars where there are any."""
        if self._bars is None:
            say(text)
        else:
            self._bars.console.print(f"lmpmeso: {text}", markup=False, highlight=False)

    def _print_line(self, stage: str, done: float, total: float) -> None:
        finished = done >= total
        if stage not in self._last and (done <= 0 or finished):
            # Of a stage that was finished before there is nothing to tell.
            self._last[stage] = math.inf if finished else -math.inf
            return
        now = time.monotonic()
        if stage in self._last and not finished and now - self._last[stage] < PLAIN_INTERVAL:
            return
        if finished and self._last.get(stage) == math.inf:
            return
        self._last[stage] = math.inf if finished else now
        say(f"{stage}: {100 * done / total:.0f} %")


class CampaignProgress(Progress):
    """A bar a stage that is under way, with rate and time; finished stages fold into one line.

    Elsewhere than on a terminal it is the plain progress of its parent class.
    """

    def __init__(self) -> None:
        super().__init__()
        self._counts: dict[str, tuple[float, float]] = {}
        self._all: Any = None

    def _new_bars(self, console: Console) -> Any:
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            TextColumn("{task.fields[words]}"),
            TimeElapsedColumn(),
            console=console,
            speed_estimate_period=SPEED_PERIOD,
            expand=True,
        )
        self._all = bars.add_task("all measurements", total=None, words="")
        return bars

    def update(self, stage: str, done: float, total: float) -> None:
        """A stage has come to ``done`` of ``total`` tasks."""
        if self._bars is None:
            super().update(stage, done, total)
            return
        self._counts[stage] = (done, total)
        if 0.0 < done < total or stage in self._tasks:
            self._show_stage(stage, done, total)
        self._show_all()

    def _show_stage(self, stage: str, done: float, total: float) -> None:
        """Its bar, made when the stage begins and taken away when it is done."""
        if done >= total:
            self._bars.remove_task(self._tasks.pop(stage))
            return
        # The bar that changed last comes last; where there are too many, the first ones are hidden.
        identity = self._tasks.pop(stage, None)
        if identity is None:
            identity = self._bars.add_task(stage, total=total, completed=done, words="")
        self._tasks[stage] = identity
        self._bars.update(identity, completed=done, total=total)
        pace = _pace(next(task for task in self._bars.tasks if task.id == identity))
        self._bars.update(identity, words=f"{done:.1f} of {total:.0f}{pace}")
        room = max(1, self._bars.console.height - LINES_BESIDE)
        for place, other in enumerate(reversed(self._tasks.values())):
            self._bars.update(other, visible=place < room)

    def _show_all(self) -> None:
        finished = sum(done >= total for done, total in self._counts.values())
        self._bars.update(
            self._all,
            completed=sum(done for done, _ in self._counts.values()),
            total=sum(total for _, total in self._counts.values()),
            words=f"{finished} of {len(self._counts)} finished",
        )


def _pace(task: Task) -> str:
    """Tasks an hour and the time that is left, as far as that is known."""
    if task.speed is None or task.time_remaining is None:
        return ""
    return f", {3600.0 * task.speed:.3g} an hour, {duration(task.time_remaining)} left"


class Silence:
    """Shows nothing."""

    def update(self, group: str, done: float, total: float) -> None:
        """Nothing."""

    def message(self, text: str) -> None:
        """Nothing."""
