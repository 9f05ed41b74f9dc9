"""What a quickstart computes, and the lengths of its runs."""

from __future__ import annotations

import math
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from lmpmeso.errors import ConfigurationError, ModelError
from lmpmeso.files.plain_json import read_json, write_json
from lmpmeso.models import GlassModel, get_model
from lmpmeso.statistics.bootstrap import FEWEST_GLASSES

MODEL = "ipl"
PARAMETERS_FILE = "parameters.json"
FORMAT = 1
"""Version of the folder's layout."""

EXPECTED_RELAXATION = {2.0: 1.0, 1.0: 3.6, 0.8: 9.4, 0.7: 28.0, 0.65: 80.0, 0.6: 250.0}
"""T: τ_α/t0 of the IPL model, from short runs; it only plans run lengths, the page measures τ_α."""


@dataclass(frozen=True)
class QuickstartParameters:
    """Everything that the numbers of a quickstart depend on.

    Attributes:
        temperatures: parent temperatures [ε/k_B], from hot to cold.
        n_particles: N.
        n_glasses: inherent structures of each temperature.
        seed: of starting positions, velocities and resampling.
        equilibration: length of the equilibration in expected τ_α.
        spacing: steps between configurations that are quenched, in expected τ_α.
        shortest_spacing: least time between them [t0].
        level: confidence level of the intervals.
    """

    temperatures: tuple[float, ...] = (2.0, 0.65)
    n_particles: int = 1000
    n_glasses: tuple[int, ...] = (52, 26)
    seed: int = 1
    equilibration: float = 5.0
    spacing: float = 1.0
    shortest_spacing: float = 5.0
    level: float = 0.9

    def __post_init__(self) -> None:
        """Refuse what cannot work before anything runs."""
        low, high = min(EXPECTED_RELAXATION), max(EXPECTED_RELAXATION)
        for temperature in self.temperatures:
            if not low <= temperature <= high:
                raise ModelError(
                    f"T = {temperature:g} is outside {low:g} to {high:g}: colder liquids take "
                    "hours to equilibrate, and hotter ones are no glass formers"
                )
        if len(set(self.temperatures)) != len(self.temperatures) or len(self.temperatures) < 2:
            raise ModelError(
                f"a quickstart compares two or more different temperatures, got {self.temperatures}"
            )
        if len(self.n_glasses) != len(self.temperatures):
            raise ModelError(
                f"give one number of glasses for each of the {len(self.temperatures)} temperatures, "
                f"got {len(self.n_glasses)}"
            )
        if min(self.n_glasses) < FEWEST_GLASSES:
            raise ModelError(
                f"an interval needs at least {FEWEST_GLASSES} glasses, got {min(self.n_glasses)}"
            )
        if self.seed < 0:
            raise ModelError(f"the seed must not be negative, got {self.seed}")

    @property
    def model(self) -> GlassModel:
        """The model."""
        return get_model(MODEL)

    def glasses_of(self, temperature: float) -> int:
        """Number of inherent structures of one temperature."""
        return self.n_glasses[self.temperatures.index(temperature)]

    def production_steps(self, temperature: float) -> int:
        """MD steps of the production run: a block a glass."""
        return self.block_steps(temperature) * self.glasses_of(temperature)

    def liquid_seed(self, temperature: float) -> int:
        """Seed of the start and the velocities of one temperature."""
        return 1000 * self.seed + self.temperatures.index(temperature)

    def equilibration_steps(self, temperature: float) -> int:
        """MD steps before anything is recorded."""
        span = self.equilibration * self.expected_relaxation(temperature)
        return self._steps(max(span, 4.0 * self.shortest_spacing), temperature)

    def block_steps(self, temperature: float) -> int:
        """MD steps between configurations that are quenched; one block of log-spaced frames."""
        span = self.spacing * self.expected_relaxation(temperature)
        return self._steps(max(span, self.shortest_spacing), temperature)

    def expected_relaxation(self, temperature: float) -> float:
        """τ_α/t0 to plan with, interpolated in ln τ_α against 1/T."""
        inverse = sorted((1.0 / t, math.log(tau)) for t, tau in EXPECTED_RELAXATION.items())
        x, y = zip(*inverse, strict=True)
        return float(np.exp(np.interp(1.0 / temperature, x, y)))

    def _steps(self, time_over_t0: float, temperature: float) -> int:
        """A time in units of t0 as a round number of MD steps."""
        steps = time_over_t0 * self.model.t0(temperature) / self.model.time_step_at(temperature)
        return max(100, round(steps / 100) * 100)


SMALL = QuickstartParameters(
    temperatures=(2.0, 1.0), n_particles=250, n_glasses=(4, 4), shortest_spacing=10.0
)
"""A tiny variant that shows that everything works, in half a minute; its numbers mean little."""


def open_folder(folder: str | os.PathLike[str], parameters: QuickstartParameters) -> Path:
    """Make the folder, or go on with one that was made with the same parameters.

    Raises:
        ConfigurationError: the folder belongs to other parameters, or holds something else.
    """
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    record = target / PARAMETERS_FILE
    wanted = {"format": FORMAT, "model": MODEL, **_plain(parameters)}
    if record.is_file():
        _require_same(record, read_json(record), wanted)
    elif any(target.iterdir()):
        raise ConfigurationError(
            f"{target} is not empty and holds no quickstart; name a new folder"
        )
    else:
        write_json(record, wanted)
    return target


def _plain(parameters: QuickstartParameters) -> dict[str, Any]:
    """The parameters in the types of JSON."""
    plain = asdict(parameters)
    return plain | {name: list(plain[name]) for name in ("temperatures", "n_glasses")}


def _require_same(record: Path, found: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Refuse to mix the results of different parameters in one folder."""
    names = [f.name for f in fields(QuickstartParameters)]
    changed = [
        f"{name} {found.get(name)} there, {wanted[name]} now"
        for name in ("format", "model", *names)
        if found.get(name) != wanted[name]
    ]
    if changed:
        raise ConfigurationError(
            f"{record.parent} was made with other parameters ({'; '.join(changed)}): name a new "
            "folder, or give the old parameters to go on with it"
        )
