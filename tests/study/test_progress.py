"""Bars of a campaign: they fit the terminal, whatever the number of stages."""

import io
import sys

import pytest
from rich.console import Console

from lmpmeso.study.progress import CampaignProgress


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def on_terminal(monkeypatch):
    """Makes standard error a terminal of 24 lines, from when it is called."""

    def begin():
        monkeypatch.setattr(sys, "stderr", Terminal())
        for name, value in (("LINES", "24"), ("COLUMNS", "80"), ("TERM", "xterm")):
            monkeypatch.setenv(name, value)

    return begin


def shown(progress):
    """The lines that are on the terminal now."""
    console = Console(file=io.StringIO(), width=80, height=24)
    console.print(progress._bars.get_renderable())
    return console.file.getvalue().splitlines()


def test_only_stages_under_way_have_a_bar(on_terminal):
    on_terminal()
    with CampaignProgress() as progress:
        for name, done in (("hot", 4), ("warm", 1.5), ("cold", 0)):
            progress.update(name, done, 4)
        all_stages, warm = shown(progress)
        assert all_stages.startswith("all measurements")
        assert "1 of 3 finished" in all_stages
        assert warm.startswith("warm")
        assert "1.5 of 4" in warm
        progress.update("warm", 4, 4)
        assert len(shown(progress)) == 1


def test_sixty_stages_fit_a_terminal_of_24_lines_and_the_last_that_changed_is_seen(on_terminal):
    on_terminal()
    with CampaignProgress() as progress:
        for k in range(60):
            progress.update(f"stage {k:02d}", 1, 4)
        progress.update("stage 07", 2, 4)
        lines = shown(progress)
        assert len(lines) <= 24 - 3
        assert any(line.startswith("stage 07") for line in lines)
        assert not any(line.startswith("stage 00") for line in lines)


def test_elsewhere_there_are_plain_lines(capsys):
    with CampaignProgress() as progress:
        progress.update("hot", 1, 4)
        progress.message("running one process")
    assert capsys.readouterr().err == "lmpmeso: hot: 25 %\nlmpmeso: running one process\n"


def test_without_a_terminal_stages_that_were_finished_before_are_passed_over(capsys):
    with CampaignProgress() as progress:
        for done in (0, 1, 4, 4):
            progress.update("now", done, 4)
        for _ in range(2):
            progress.update("before", 4, 4)
    assert capsys.readouterr().err.splitlines() == ["lmpmeso: now: 25 %", "lmpmeso: now: 100 %"]
