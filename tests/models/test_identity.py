"""A model's identity is its physics: words change nothing, every number that matters does."""

import dataclasses
import hashlib
import inspect
import json
from pathlib import Path

import pytest

from lmpmeso.errors import ModelError
from lmpmeso.models import GlassModel, Sizes, Species, get_model, model_names, potentials
from lmpmeso.models.embedded_atom import embedded_atom
from lmpmeso.models.identity import digest_of
from lmpmeso.models.lammps_interaction import LammpsInteraction

OF_VERSION_0_1 = json.loads(
    (Path(__file__).parents[1] / "data" / "models-of-version-0.1.0.json").read_text()
)
"""``repr`` of the packaged models as version 0.1.0 wrote it into its runs."""
IDENTITIES = {
    "ipl": "8676a3ac1c3f5d2f2da5f3cd79ea1e7c3b02796b55c72dd86991973df18fb358",
    "ipl2d": "b175c5e195dea982095e17b5c3c136ecc3dce0b11b0471345443ff1a09469e73",
    "mblj": "035d9e944b01bf1c8f854bcf807a1683249e510190503a2df78c502420c0b27b",
    "ss": "942224097c3fe567bbd4521efc99b0391d95f3889ddda8a2fcff9fa05f7ae215",
    "ss-0.70": "da6abf327186c503b1b14cdc93c0c44ff4306e3c19d675a12c88ab0d719b943f",
    "ss-0.95": "94ebd4fa873b1ff1ea50a2bff1b294a91c802656eae4d82a20aa9b9af337f626",
    "sw": "b42e5979efc40c3b2c434e937825b8fdaa7cb3535663cf455dd97dc33c21e8c9",
    "ka": "c13a6e710f5649eb957342e7cc2facbca1efc4ec342d18953441b14f93ee06a0",
}

WORDS = {
    "name": "another",
    "interaction": "another",
    "title": "another",
    "n_particles": 17,
    "temperature_range": (0.1, 0.2),
    "reference": "another",
}
"""Fields of a model that are no physics."""
_, EMBEDDING = embedded_atom("CuZr_mm.eam.fs", ["Cu", "Zr"])
PHYSICS = {
    "dimension": 2,
    "density": 0.5,
    "species": (Species("A", 0.5, 1.0), Species("B", 0.5, 2.0)),
    "units": "metal",
    "largest_species": 1,
    "pair_potentials": get_model("ka").pair_potentials,
    "three_body": None,
    "time_step": 0.001,
    "high_temperature_time_step": 0.001,
    "thermostat_time": 0.7,
    "dipole_cutoffs": ((1.5, 1.5), (1.5, 1.5)),
    "embedding": dataclasses.replace(
        EMBEDDING, tables=dataclasses.replace(EMBEDDING.tables, units="lj")
    ),
    "lammps": LammpsInteraction(("pair_style lj/cut 2.5", "pair_coeff * * 1 1")),
    "sizes": Sizes(0.8, 1.2),
}
MODEL = dataclasses.replace(
    get_model("mblj"), three_body=potentials.StillingerWeberThreeBody(strength=1.0)
)


def field_names(kind):
    return {field.name for field in dataclasses.fields(kind)}


def test_every_field_of_a_model_is_known_as_physics_or_as_words():
    assert field_names(GlassModel) == set(WORDS) | set(PHYSICS)
    assert field_names(Species) == {"name", "fraction", "q_max", "mass", "charge"}


@pytest.mark.parametrize("name", WORDS)
def test_words_and_advice_change_nothing(name):
    changed = dataclasses.replace(MODEL, **{name: WORDS[name]})
    assert changed.digest() == MODEL.digest()


def test_lammps_commands_and_the_files_they_name_are_physics(tmp_path):
    def digest(cutoff, content):
        (tmp_path / "mine.tab").write_text(content)
        commands = (f"pair_style table linear {cutoff}", "pair_coeff * * mine.tab ONE")
        files = (("mine.tab", str(tmp_path / "mine.tab")),)
        return GlassModel(
            name="mine",
            density=1.0,
            species=(Species("A"),),
            lammps=LammpsInteraction(commands, files),
        ).digest()

    assert digest(100, "a table") == digest(100, "a table")
    assert len({digest(100, "a table"), digest(200, "a table"), digest(100, "another")}) == 3


@pytest.mark.parametrize("name", PHYSICS)
def test_changed_physics_changes_the_identity(name):
    alone = {
        "lammps": {"pair_potentials": (), "three_body": None},
        "sizes": {"three_body": None},
    }.get(name, {})
    changed = dataclasses.replace(MODEL, **{name: PHYSICS[name]}, **alone)
    assert changed.digest() != MODEL.digest()


@pytest.mark.parametrize(
    ("change", "matters"),
    [
        ({"name": "C"}, False),
        ({"fraction": 0.7}, True),
        ({"q_max": 9.0}, True),
        ({"mass": 2.0}, True),
        ({"charge": 1.0}, True),
    ],
)
def test_a_species_is_its_fraction_wave_number_mass_and_charge(change, matters):
    first, second = MODEL.species
    first = dataclasses.replace(first, **change)
    if "fraction" in change:
        second = dataclasses.replace(second, fraction=1.0 - first.fraction)
    species = (first, second)
    changed = dataclasses.replace(MODEL, species=species)
    assert (changed.digest() != MODEL.digest()) == matters


TERMS = [
    term
    for _, term in inspect.getmembers(potentials, dataclasses.is_dataclass)
    if term.__module__ == potentials.__name__
]


@pytest.mark.parametrize(
    ("term", "name"),
    [(term, field.name) for term in TERMS for field in dataclasses.fields(term)],
)
def test_every_parameter_of_every_potential_is_part_of_the_identity(term, name):
    values = {
        field.name: 1.5 if field.default is dataclasses.MISSING else field.default
        for field in dataclasses.fields(term)
    }
    where = "three_body" if hasattr(term, "radial") else "pair_potentials"

    def with_term(one):
        matrix = ((one,),)
        return dataclasses.replace(
            get_model("sw"), **{where: one if where == "three_body" else matrix}
        )

    original = with_term(term(**values))
    changed = with_term(term(**{**values, name: values[name] + 1}))
    assert changed.digest() != original.digest()


def test_potentials_of_equal_parameters_and_other_form_differ():
    parameters = {"epsilon": 1.0, "sigma": 1.0, "cutoff": 2.5}
    one, other = (
        dataclasses.replace(get_model("sw"), pair_potentials=((form(**parameters),),))
        for form in (potentials.ShiftedLennardJones, potentials.ShiftedForceLennardJones)
    )
    assert one.digest() != other.digest()


def test_whole_and_real_numbers_are_the_same():
    assert dataclasses.replace(MODEL, density=1).digest() == (
        dataclasses.replace(MODEL, density=1.0).digest()
    )


@pytest.mark.parametrize("name", model_names())
def test_identities_of_the_packaged_models_stay_what_they_are(name):
    """A changed one makes all runs and campaigns of the model another computation."""
    assert digest_of(get_model(name).identity()) == IDENTITIES[name]


@pytest.mark.parametrize("name", model_names())
def test_the_packaged_models_keep_the_digest_that_version_0_1_gave_them(name):
    text = OF_VERSION_0_1[name]
    assert get_model(name).digest() == hashlib.sha256(text.encode()).hexdigest()[:16]


def test_a_model_outside_version_0_1_has_the_digest_of_its_identity():
    model = get_model("ss-0.80")
    assert model.digest() == digest_of(model.identity())


def test_a_potential_that_hides_its_parameters_is_refused():
    class Spring:
        cutoff = diameter = 1.0

        def derivatives(self, r, order=2):
            return tuple([(1 - r) ** 2, -2 * (1 - r), 2 + 0 * r, 0 * r, 0 * r][: order + 1])

    model = dataclasses.replace(get_model("sw"), pair_potentials=((Spring(),),))
    with pytest.raises(ModelError, match=r"Spring does not say .*frozen dataclass"):
        model.identity()
