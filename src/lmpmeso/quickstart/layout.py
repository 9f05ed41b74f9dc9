"""Where a quickstart keeps what."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class LiquidFiles:
    """The files of one temperature, e.g. in the folder ``T0.65``."""

    folder: Path

    @classmethod
    def of(cls, root: Path, temperature: float) -> LiquidFiles:
        """The files of a temperature in the folder of a quickstart."""
        return cls(root / f"T{temperature:g}")

    @property
    def start(self) -> Path:
        """LAMMPS data file: random positions, pushed apart."""
        return self.folder / "start.data"

    @property
    def equilibrated(self) -> Path:
        """LAMMPS data file: the end of the equilibration, with velocities."""
        return self.folder / "equilibrated.data"

    @property
    def trajectory(self) -> Path:
        """Dump of the production run; written after all else that the run leaves."""
        return self.folder / "trajectory.dump"

    @property
    def record(self) -> Path:
        """CSV: temperature, energies and pressure during the production run."""
        return self.folder / "record.csv"

    @property
    def scattering(self) -> Path:
        """CSV: F_s and MSD against time."""
        return self.folder / "scattering.csv"

    @property
    def dynamics(self) -> Path:
        """JSON: τ_α and the verdict on equilibrium."""
        return self.folder / "dynamics.json"

    def liquid(self, number: int) -> Path:
        """Dump of the liquid at the end of a block."""
        return self.folder / f"liquid-{number:03d}.dump"

    def glass(self, number: int) -> Path:
        """Dump of the inherent structure of that liquid, with its κ-field."""
        return self.folder / f"glass-{number:03d}.dump"

    def bonds(self, number: int) -> Path:
        """CSV: κ_ij of that inherent structure."""
        return self.folder / f"bonds-{number:03d}.csv"

    def numbers(self, number: int) -> Path:
        """JSON: energy, G, mean κ … of that inherent structure; written last."""
        return self.folder / f"glass-{number:03d}.json"
