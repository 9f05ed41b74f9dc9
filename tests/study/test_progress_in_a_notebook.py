"""Bars in a notebook: drawn in a widget where there is one, plain lines where there is none."""

import builtins
import importlib.machinery
import sys
from types import ModuleType

import pytest

from lmpmeso.study.progress import CampaignProgress


class ZMQInteractiveShell:
    """What rich recognises a notebook by is the name of this class."""


class Output:
    """A widget that catches what is displayed within it."""

    within: "Output | None" = None

    def __init__(self):
        self.shown = []

    def clear_output(self, wait=False):
        self.shown.clear()

    def __enter__(self):
        Output.within = self

    def __exit__(self, *_):
        Output.within = None


@pytest.fixture
def notebook(monkeypatch):
    """Pretends to be a kernel whose frontend has widgets: the cell's output so far."""
    cell = []

    def display(what):
        (cell if Output.within is None else Output.within.shown).append(what)

    contents = {
        "IPython": {},
        "IPython.display": {"display": display},
        "ipykernel": {},
        "ipywidgets": {"Output": Output},
    }
    for name, content in contents.items():
        module = ModuleType(name)
        module.__spec__ = importlib.machinery.ModuleSpec(name, None)
        vars(module).update(content)
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr(builtins, "get_ipython", ZMQInteractiveShell, raising=False)
    monkeypatch.setenv("JUPYTER_COLUMNS", "80")
    return cell


def text_of(shown):
    return "".join(one._repr_mimebundle_([], [])["text/plain"] for one in shown)


def test_bars_are_drawn_in_one_widget_and_messages_above_it(notebook):
    with CampaignProgress() as progress:
        progress.update("hot", 4, 4)
        progress.update("warm", 1.5, 4)
        progress.message("a message")
    (widget,) = (one for one in notebook if isinstance(one, Output))
    bars = text_of(widget.shown)
    assert "1 of 2 finished" in bars
    assert "1.5 of 4" in bars
    assert "lmpmeso: a message" in text_of(one for one in notebook if one is not widget)


def test_a_notebook_without_widgets_has_plain_lines(notebook, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    with CampaignProgress() as progress:
        progress.update("warm", 1.5, 4)
    assert capsys.readouterr().err == "lmpmeso: warm: 38 %\n"
    assert notebook == []
