"""The density of states of glasses: a column of panels a liquid, Debye's as a line at one."""

import numpy as np
import pandas as pd

from lmpmeso.campaign.measurements.vibrations import density_of_glasses
from lmpmeso.figures.vibrations import density_of_states


def test_a_debye_solid_lies_on_the_line_at_one():
    omega = 10.0 * ((np.arange(3000) + 0.5) / 3000) ** (1.0 / 3.0)
    intervals = {"level": 0.9, "seed": 1, "resamples": 100}
    table = density_of_glasses([omega, 0.999 * omega, 0.998 * omega], 20, 10.0, 3, intervals)
    names = {"label": "IPL", "temperature": 1.0}
    points = pd.DataFrame([names | {"omega_phonon": 1.5}])
    figure = density_of_states(table.assign(**names), points)
    above, below = figure.axes
    drawn = below.lines[0].get_ydata()
    assert np.abs(drawn[4:] - 1.0).max() < 0.05
    assert [line.get_xdata()[0] for line in below.lines[1:2]] == [1.5]
    assert above.get_ylim()[0] == 0.0
