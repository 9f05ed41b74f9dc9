"""The exceptions that a caller of lmpmeso can catch.

Each is also a subclass of the builtin that fits it, so that ``except ValueError`` works for
somebody who has never read this file.
"""

from __future__ import annotations

import sys
from types import TracebackType


class LmpmesoError(Exception):
    """Base class of every error that lmpmeso raises on purpose."""


class ConfigurationError(LmpmesoError, ValueError):
    """A configuration, a trajectory or a file of either is malformed or does not fit the model."""


class ModelError(LmpmesoError, ValueError):
    """A model is unknown, or its parameters contradict one another."""


class UnstableStructureError(LmpmesoError, ArithmeticError):
    """The Hessian is not positive definite: a saddle or a liquid where a minimum is needed.

    Attributes:
        lowest_eigenvalue: the most negative eigenvalue found [energy/length²], or None.
    """

    def __init__(self, message: str, lowest_eigenvalue: float | None = None):
        super().__init__(message)
        self.lowest_eigenvalue = lowest_eigenvalue


class ConvergenceError(LmpmesoError, RuntimeError):
    """An iteration (quench, polish, linear solve) ended before it reached its tolerance."""


class StatisticsError(LmpmesoError, ValueError):
    """The data do not allow the number that was asked for (too few, too short, not equilibrated)."""


class LammpsError(LmpmesoError, RuntimeError):
    """LAMMPS stopped.

    Attributes:
        command: the LAMMPS input that was running, or None.
    """

    def __init__(self, message: str, command: str | None = None):
        super().__init__(message)
        self.command = command


class ProcessError(LmpmesoError, RuntimeError):
    """A worker process died: it was killed, ran out of memory, or a library aborted it."""


class ProtocolError(LmpmesoError, ValueError):
    """A simulation was asked for what it cannot do: a temperature of 0, less than was run already."""


class FolderError(LmpmesoError, ValueError):
    """A folder holds other results than those asked for, or another process is at work in it."""


class CampaignError(LmpmesoError, ValueError):
    """A campaign's file, its folder or its steps are not what they have to be."""


class ResourceError(LmpmesoError, MemoryError):
    """The computation would need more memory than the machine has."""


class DataFileError(LmpmesoError, FileNotFoundError):
    """A file that comes with the package (input script, potential table) is not there."""


class MissingDependencyError(LmpmesoError, ImportError):
    """An optional package is not installed; the message says how to install it."""


def told_in_a_line(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """For ``sys.excepthook`` of a script: an error raised on purpose, or of a file, without its traceback."""
    if issubclass(kind, LmpmesoError | OSError):
        print(f"error: {error}", file=sys.stderr)
    else:
        sys.__excepthook__(kind, error, trace)


class PrecisionWarning(UserWarning):
    """Positions came from a single-precision source and must be polished before their Hessian is used."""


class TrajectoryWarning(UserWarning):
    """Frames of a trajectory are left out: the last one is cut, or steps were run twice."""


class AssumedTimeStepWarning(UserWarning):
    """A trajectory does not tell its MD time step: times are those of the model's own step."""


class AssumedAtomStyleWarning(UserWarning):
    """A data file does not name its atom style: the meaning of its columns is assumed from their number."""


class ModelMismatchWarning(UserWarning):
    """A configuration is readable but lies far from the model's state point (density, composition)."""


class StatePointWarning(ModelMismatchWarning):
    """Density or composition of a configuration are not the model's; commands refuse it unless told ``--force``."""


class EnergyDriftWarning(UserWarning):
    """The conserved quantity of a run drifts: the time step is too long for what was simulated."""


class UnfinishedQuenchWarning(UserWarning):
    """LAMMPS's minimiser ran out of iterations before its forces were small."""


class UnstableShearWarning(UserWarning):
    """A minimum whose shear modulus is negative in a plane: the box alone holds it."""


class EnsembleTemperatureWarning(UserWarning):
    """The runs of an isoconfigurational ensemble are not at the temperature that was asked for."""


class NotEquilibratedWarning(UserWarning):
    """A run ended before its liquid was in equilibrium, or the liquid crystallised or cavitated."""


class IncompleteCampaignWarning(UserWarning):
    """A campaign has run, and something of it is missing."""
