"""What is printed of a result fits a screen and holds no array; `help` shows what there is."""

import pydoc
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import lmpmeso
from lmpmeso.configurations import read_configuration
from lmpmeso.printing import Printed
from lmpmeso.propensity import propensity
from lmpmeso.statistics import stiffness_distribution

DATA = Path(__file__).parent / "data"


@dataclass(repr=False)
class Result(Printed):
    energy: float = 1.23456789
    positions_nc: np.ndarray = field(default_factory=lambda: np.zeros((400, 3)))
    table: pd.DataFrame = field(default_factory=lambda: pd.DataFrame({"t": [1.0], "Fs": [0.5]}))
    reason: str = "a long <reason>, " * 20
    parts: tuple = (1, 2, 3, 4)
    folder: Path = Path("run")
    converged: bool = True
    nothing: None = None
    ninth: int = 9
    tenth: int = 10


def test_a_result_says_its_numbers_and_how_large_the_rest_is():
    lines = repr(Result()).splitlines()
    assert lines[0] == "Result"
    assert lines[1].split() == ["energy", "1.23457"]
    assert "array of shape (400, 3)" in lines[2]
    assert "table of 1 rows: t, Fs" in lines[3]
    assert lines[4].endswith("…")
    assert "4 × int" in lines[5]
    assert lines[-1].strip() == "also ninth, tenth"
    assert len(lines) <= 10
    assert max(map(len, lines)) <= 110
    table = Result()._repr_html_()
    assert "&lt;reason&gt;" in table
    assert "tenth" in table


@pytest.fixture(scope="module")
def results():
    glass = read_configuration(DATA / "ipl2d.glass.dump.gz", "ipl2d")
    found = lmpmeso.analyse(glass, "ipl2d", pairs=20)
    run = lmpmeso.run_trajectory(glass, "ipl2d", 0.1, block_duration=0.2, n_blocks=2, seed=1)
    runs = lmpmeso.isoconfigurational_runs(
        glass, "ipl2d", 0.1, duration=0.1, n_runs=2, thermal_start="doubled"
    )
    structures = lmpmeso.inherent_structure_trajectory(run.trajectory, "ipl2d", search="bisection")
    return [
        *(glass, glass.with_positions(glass.positions_nc), lmpmeso.get_model("ipl2d")),
        *(found, found.hessian, found.hessian.pairs, found.factor),
        *(found.shear, found.bulk, found.tensor, found.modes(3)),
        lmpmeso.soft_modes(found.hessian, starts=1, factor=found.factor),
        *(run, run.trajectory, runs, propensity(runs), structures),
        lmpmeso.structure_factor(glass, q_limit=2.0),
        stiffness_distribution([found.bonds["kappa"]]),
        lmpmeso.bootstrap_mean([[1.0], [2.0], [3.0]]),
        lmpmeso.read_campaign("ipl-mini"),
    ]


def test_every_result_fits_a_screen(results):
    for result in results:
        lines = str(result).splitlines()
        assert len(lines) <= 10, type(result)
        assert max(map(len, lines)) <= 250, type(result)
        assert "array([" not in str(result), type(result)
        assert "object at 0x" not in str(result), type(result)


def test_help_shows_the_functions():
    text = pydoc.plain(pydoc.render_doc(lmpmeso))
    functions = text.split("FUNCTIONS")[1]
    for name in ("quench", "analyse", "read_campaign", "self_intermediate"):
        assert f"    {name}(" in functions
