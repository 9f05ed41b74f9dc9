from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from lmpmeso.errors import EnergyDriftWarning, ProtocolError
from lmpmeso.execution import Execution
from lmpmeso.models import get_model
from lmpmeso.protocols import energy_conservation, equilibrate
from lmpmeso.protocols.conservation import warn_of_drift
from tests.liquids import equilibrated

MODEL = get_model("ipl")
T0 = MODEL.t0(1.0)


def record_of(drift, noise=0.0, n=400):
    """A record over 100 t0 with a drift per t0."""
    time = np.linspace(0.0, 100.0, n)
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "time": time * T0,
            "conserved_energy": 9.0 + drift * time + noise * rng.normal(size=n),
            "potential_energy": 7.0 + 0.05 * rng.normal(size=n),
        }
    )


def test_drift_is_the_slope_per_particle_and_t0():
    found = energy_conservation(record_of(-2e-3), MODEL, 2.0)
    assert found.drift * MODEL.t0(1.0) / MODEL.t0(2.0) == pytest.approx(-2e-3, rel=1e-10)
    assert found.relative_drift == pytest.approx(abs(found.drift) / 2.0, rel=1e-12)
    assert found.thermal_fluctuation == pytest.approx(0.05, rel=0.1)
    assert not found.conserved
    assert "drifts by -0.0014" in found.reason


def test_drift_below_the_limit_and_noise_without_drift_are_accepted():
    assert energy_conservation(record_of(0.5e-4), MODEL, 1.0).conserved
    assert not energy_conservation(record_of(2e-4), MODEL, 1.0).conserved
    assert energy_conservation(record_of(2e-4), MODEL, 1.0, limit=1e-3).conserved
    noisy = energy_conservation(record_of(0.0, noise=0.3), MODEL, 1.0)
    assert noisy.relative_drift > 1e-5
    assert noisy.conserved


def test_error_of_the_drift_is_that_of_repetitions():
    rng = np.random.default_rng(1)
    slopes, errors = [], []
    for _ in range(200):
        record = record_of(0.0)
        record["conserved_energy"] += 0.01 * rng.normal(size=len(record))
        found = energy_conservation(record, MODEL, 1.0)
        slopes.append(found.drift)
        errors.append(found.drift_error)
    assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(np.std(slopes), rel=0.2)


def test_exploded_run_is_flagged_and_short_record_is_not_judged():
    record = record_of(0.0)
    record.loc[300:, "conserved_energy"] = np.nan
    assert "exploded" in energy_conservation(record, MODEL, 1.0).reason
    short = energy_conservation(record_of(1.0, n=19), MODEL, 1.0)
    assert np.isnan(short.drift)
    assert "19 rows" in short.reason
    assert np.isnan(energy_conservation(record_of(1.0)[:39], MODEL, 1.0).drift)
    with pytest.raises(ProtocolError, match="conserved_energy"):
        energy_conservation(record.drop(columns="conserved_energy"), MODEL, 1.0)


def test_quantity_that_is_wrong_by_far_tells_nothing_and_says_so():
    record = record_of(0.0)
    record.loc[200:, "conserved_energy"] = -68.0
    record.loc[320:, "conserved_energy"] = 12.0
    found = energy_conservation(record, MODEL, 1.0)
    assert np.isnan(found.drift)
    assert found.drift_error == np.inf
    assert "is not the conserved one" in found.reason
    with pytest.warns(EnergyDriftWarning, match="is not the conserved one"):
        warn_of_drift(found, "a run", 0.005)


@pytest.mark.parametrize("name", ["ipl2d", "mblj", "ss-0.95", "sw"])
def test_models_conserve_energy_at_their_own_time_step(name):
    model, run = get_model(name), equilibrated(name)
    found = equilibrate(
        model,
        run.temperature,
        start=run.configuration,
        duration=25 * model.t0(run.temperature),
        execution=Execution(record_every=20),
    ).conservation
    assert found.conserved, found.reason
    assert abs(found.drift) + 2 * found.drift_error < 1e-3 * run.temperature


def test_too_long_a_time_step_is_told():
    model, start = get_model("mblj"), equilibrated("mblj").configuration
    long = replace(model, name="mblj-long", time_step=0.02, high_temperature_time_step=0.02)
    with pytest.warns(EnergyDriftWarning, match=r"time step below 0\.02"):
        run = equilibrate(
            long, 1.0, start=start, duration=1200 * 0.02, execution=Execution(record_every=10)
        )
    assert run.conservation.relative_drift > 100 * run.conservation.limit
