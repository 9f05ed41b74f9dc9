"""Short runs for the table that campaigns are planned with: τ_α/t0 of a model, hot to cold.

    python scripts/benchmarks/measure_relaxation_times.py ipl2d 2 1 0.8 0.6 0.5

Each temperature starts from the one above. The first run of a temperature takes ten times the τ_α of
the one above; runs are doubled until they hold six τ_α after a first third that is thrown away.
Prints rows of src/lmpmeso/campaign/relaxation_times.csv (τ to some 10 to 20 %); its other rows are the state points of docs/first-light.
"""

from __future__ import annotations

import argparse

from lmpmeso.dynamics import relaxation_time, self_intermediate
from lmpmeso.errors import StatisticsError
from lmpmeso.models import get_model
from lmpmeso.protocols import equilibrate, run_trajectory


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("model")
    arguments.add_argument("temperatures", type=float, nargs="+")
    arguments.add_argument("-n", "--n-particles", type=int, default=1000)
    arguments.add_argument("--seed", type=int, default=1)
    options = arguments.parse_args()
    model = get_model(options.model)
    liquid, expected = None, 2.0
    for temperature in sorted(options.temperatures, reverse=True):
        t0 = model.t0(temperature)
        duration = 10.0 * expected * t0
        while True:
            start = equilibrate(
                model,
                temperature,
                None if liquid is not None else options.n_particles,
                options.seed,
                duration=duration / 3,
                start=liquid,
            ).configuration
            run = run_trajectory(
                start, model, temperature, block_duration=duration / 10, n_blocks=10
            )
            liquid = run.configuration
            try:
                fs = self_intermediate(run.trajectory, model=model)
                tau = relaxation_time(fs, min_run=6.0).value
                break
            except StatisticsError:
                duration *= 2
        expected = tau / t0
        print(
            f"{model.name},{temperature:g},{expected:.3g},short run (N = {options.n_particles})",
            flush=True,
        )


if __name__ == "__main__":
    main()
