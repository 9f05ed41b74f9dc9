"""Small liquids of every model, made once a session."""

from functools import cache

from lmpmeso.models import get_model
from lmpmeso.protocols import Equilibration, equilibrate

TEMPERATURES = {"ipl": 1.0, "ipl2d": 1.0, "mblj": 1.0, "ka": 1.0, "sw": 0.06}
SIZES = {"ipl2d": 120, "sw": 216}
STEPS = {"ss-0.95": 1500}
"""The time step of dense sticky spheres is short against the thermostat's coupling time."""


@cache
def equilibrated(name: str) -> Equilibration:
    """A short run of a model; a liquid, though hardly an equilibrated one."""
    model = get_model(name)
    temperature = TEMPERATURES.get(name, 1.4)
    duration = STEPS.get(name, 600) * model.time_step_at(temperature)
    return equilibrate(
        model, temperature, SIZES.get(name, 200), seed=1, duration=duration, record_every=20
    )
