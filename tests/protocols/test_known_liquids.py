"""Liquids whose energy, pressure and dynamics are known from elsewhere.

`pytest -m validate -rP tests/protocols/test_known_liquids.py` also prints what was measured.
"""

import json
from functools import cache

import numpy as np
import pytest

from lmpmeso.dynamics import (
    check_equilibration,
    diffusion_coefficient,
    mean_squared_displacement,
    relaxation_time,
    self_intermediate,
)
from lmpmeso.execution import Execution
from lmpmeso.models import get_model
from lmpmeso.protocols import equilibrate, run_trajectory

EQUILIBRATION, BLOCK, N_BLOCKS = 20.0, 4.0, 15
"""Lengths in τ_α."""
SIZES = {"sw": 512}
SLOW, SLOW_SIZES, SLOW_N_BLOCKS = 50.0, {"ss": 500}, 10
"""From this τ_α/t0 on a shorter run, of fewer particles for some, so that it takes minutes on one core."""


@cache
def run_of(name, temperature, tau, n_blocks=N_BLOCKS):
    """A trajectory of a liquid, τ in t0."""
    model = get_model(name)
    n, unit = SIZES.get(name, 1000), tau * model.t0(temperature)
    if tau > SLOW:
        n, n_blocks = SLOW_SIZES.get(name, n), SLOW_N_BLOCKS
    liquid = equilibrate(model, temperature, n, seed=3, duration=EQUILIBRATION * unit)
    return run_trajectory(
        liquid.configuration,
        model,
        temperature,
        block_duration=BLOCK * unit,
        n_blocks=n_blocks,
        execution=Execution(record_every=20),
    )


def mean_with_error(values):
    """Mean and standard error by ten blocks."""
    blocks = np.array([block.mean() for block in np.array_split(values, 10)])
    return values.mean(), blocks.std(ddof=1) / np.sqrt(10)


LIQUIDS = [
    ("ipl", 2.0, 1.00, 9.0231, 0.01),
    ("ipl", 1.0, 3.63, 7.4433, 0.01),
    ("ipl", 0.8, 9.35, 7.0536, 0.01),
    ("ss", 2.0, 2.29, -1.3582, 0.02),
    ("ss", 1.4, 6.28, -2.3854, 0.02),
    ("sw", 0.06, 0.654, -1.8367, 0.0015),
    ("sw", 0.045, 0.938, -1.8635, 0.0015),
    ("sw", 0.035, 1.64, -1.8845, 0.0015),
    ("sw", 0.025, 9.41, -1.9102, 0.0015),
    ("mblj", 1.0, 2.72, None, None),
    ("mblj", 0.7, 9.32, None, None),
    ("ipl", 0.7, 27.9, 6.8391, 0.01),
    ("ss", 1.0, 55.2, -3.1917, 0.02),
    ("mblj", 0.55, 66.7, None, None),
]
"""(model, T, τ_α/t0, U/N, how much U/N may differ) from short runs of N = 2000 (SW 1728) by
independent code, whose τ is good to 10-20 %. Its mBLJ was cut differently, which moves U/N."""


@pytest.mark.validate
@pytest.mark.parametrize(("name", "temperature", "tau", "energy", "tolerance"), LIQUIDS)
def test_liquid_is_that_of_independent_runs(name, temperature, tau, energy, tolerance):
    model, run = get_model(name), run_of(name, temperature, tau)
    measured = relaxation_time(self_intermediate(run.trajectory, model=model))
    t0 = model.t0(temperature)
    u, error = mean_with_error(run.record["potential_energy"].to_numpy())
    verdict = check_equilibration(run.trajectory, model, run.record)
    print(
        f"{name} T = {temperature}: tau/t0 = {measured.value / t0:.4g} [{measured.low / t0:.4g}, "
        f"{measured.high / t0:.4g}], U/N = {u:.5g} +- {error:.1g}; {verdict.reason}"
    )
    assert measured.low / t0 < 1.2 * tau
    assert measured.high / t0 > 0.8 * tau
    if energy is not None:
        assert u == pytest.approx(energy, abs=tolerance + 3 * error)


@pytest.mark.validate
def test_kob_andersen_at_high_temperature_is_that_of_rumd(truth):
    """T = 2.0, ρ = 1.2, N = 4000 there: U/N, p, F_s of both species."""
    run = run_of("ka", 2.0, 0.83, n_blocks=150)
    printed = json.loads((truth / "kob-andersen.json").read_text())
    for name in ("potential_energy", "pressure"):
        reference = printed[f"T2_{name}"]
        value, error = mean_with_error(run.record[name].to_numpy())
        print(f"ka T = 2.0: {name} = {value:.6g} +- {error:.1g}, RUMD {reference:.6g}")
        assert value == pytest.approx(reference, abs=4 * error + 2e-4)
    rumd = np.array(printed["T2_Fs_time_A_B"])
    chosen = (rumd[:, 0] > 0.01) & (rumd[:, 0] < 3.0)
    for species, q in ((0, 7.28), (1, 5.552)):
        fs = self_intermediate(run.trajectory, q, species)
        ours = np.interp(np.log(rumd[chosen, 0]), np.log(fs["t"]), fs["Fs"])
        difference = np.abs(ours - rumd[chosen, 1 + species]).max()
        print(f"ka T = 2.0: F_s of species {species} differs by {difference:.2g} at most")
        # RUMD averages few origins of 3200 and 800 particles: cos(q·Δr) varies by 1/√2.
        assert difference < 4 / np.sqrt(2 * 3 * (3200, 800)[species])


@pytest.mark.validate
@pytest.mark.parametrize(("species", "reference"), [("A", 5.44e-3), ("B", 9.02e-3)])
def test_kob_andersen_diffusion_is_that_of_rumd(species, reference):
    """T = 0.8, ρ = 1.2."""
    model, run = get_model("ka"), run_of("ka", 0.8, 6.1, n_blocks=30)
    msd = mean_squared_displacement(run.trajectory, species, model=model)
    found = diffusion_coefficient(msd)
    print(f"ka T = 0.8: D_{species} = {found.value:.4g} [{found.low:.4g}, {found.high:.4g}]")
    assert found.value == pytest.approx(reference, rel=0.05)
