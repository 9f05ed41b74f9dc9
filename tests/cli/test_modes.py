"""What ``lmpmeso modes`` prints."""

from lmpmeso.cli.modes import _in_words
from lmpmeso.models.units import units_style

REPORT = {
    "n_particles": 3,
    "n_starts": 1,
    "n_pairs_total": 2,
    "n_failed": 0,
    "n_modes": 0,
    "seconds": 1.0,
    "iterations": 1.0,
    "modes": [],
    "harmonic": {"stiffness": [0.25], "participation_ratio": [0.5]},
}


def test_stiffnesses_of_harmonic_modes_have_their_unit():
    told = _in_words(REPORT, 3)
    assert "harmonic modes, λ [ε/σ²] (e): 0.25 (0.500)" in told
    metal = units_style("metal").named(told)
    assert "harmonic modes, λ [eV/Å²] (e): 0.25 (0.500)" in metal
    assert "ε" not in metal
