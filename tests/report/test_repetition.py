"""Parameters on the page of a campaign."""

from lmpmeso.campaign.reading import parse_campaign
from lmpmeso.report.repetition import parameters


def told(model, temperature):
    text = f'name = "x"\n[[liquids]]\nmodel = "{model}"\ntemperatures = [{temperature}]\n'
    rows = dict(parameters(parse_campaign(f"{text}[equilibration]\nmax_t0 = 100.0\n")))
    return " ".join(meaning for section in rows.values() for _, _, meaning in section)


def test_parameters_of_a_metal_are_told_in_its_units():
    words = told("cuzr", 2000.0)
    assert "parent temperatures [K]" in words
    assert "largest force that is left on a particle [eV/Å]" in words
    assert "ε" not in words
    assert "σ" not in words


def test_those_of_a_lennard_jones_liquid_stay_as_the_file_has_them():
    words = told("ka", 1.0)
    assert "parent temperatures [ε/k_B]" in words
    assert "[ε/σ]" in words
