"""The preset of some minutes gives the numbers that other codes give."""

import pytest

from lmpmeso.campaign.folder import preset_text
from lmpmeso.campaign.reading import parse_campaign
from lmpmeso.campaign.study import study_steps
from lmpmeso.campaign.tables import campaign_tables
from tests.campaign.test_steps import make

TAU_OVER_T0 = {2.0: 1.00, 1.0: 3.63, 0.8: 9.35, 0.7: 27.9}
"""τ_α/t0 at N = 2000, good to 20 %."""
ENERGY = {2.0: 9.0231, 1.0: 7.4433, 0.8: 7.0536, 0.7: 6.8391}
"""U/N at N = 2000."""


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    root = tmp_path_factory.mktemp("ipl-mini")
    campaign = parse_campaign(preset_text("ipl-mini"))
    for step in study_steps(campaign):
        make(root, step)
    return campaign_tables(root, campaign)


@pytest.mark.validate
def test_the_preset_agrees_with_runs_of_other_codes(tables):
    points = tables.state_points.set_index("temperature")
    assert (points["status"] == "done").all()
    assert (points["excluded"] == "").all()
    for temperature, tau in TAU_OVER_T0.items():
        assert points["tau_alpha_over_t0"][temperature] == pytest.approx(tau, rel=0.3)
    for temperature, energy in ENERGY.items():
        assert points["potential_energy"][temperature] == pytest.approx(energy, abs=0.02)
    # Inherent structures of N = 2000: u 5.784(3), G 12.6(5), κ 23.2(2.0) at T_p = 2.
    hot = points.loc[2.0]
    assert hot["inherent_energy"] == pytest.approx(5.784, abs=0.04)
    assert hot["shear_modulus"] == pytest.approx(12.6, abs=2.5)
    assert hot["kappa"] == pytest.approx(23.2, abs=5.0)
    # The colder, the deeper and the stiffer.
    assert points["inherent_energy"].is_monotonic_decreasing
    assert points["kappa_ratio"][0.7] > 1.0
    assert points["shear_modulus_ratio"][0.7] > 1.0


@pytest.mark.validate
def test_the_preset_gives_the_length_of_the_paper(tables):
    fit = tables.fits[tables.fits["fit"] == "mesoelastic"].set_index("quantity")
    assert fit.loc["length", "value"] == pytest.approx(0.4, abs=0.15)
