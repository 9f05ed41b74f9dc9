"""Model files: what they may hold, and all their faults at once."""

from importlib.resources import files

import numpy as np
import pytest

from lmpmeso.errors import ModelError
from lmpmeso.models import (
    GlassModel,
    Species,
    files_of_model,
    get_model,
    read_model,
    register_model,
    registered_names,
    registry,
)
from lmpmeso.models.tables import table_text

from .own_models import IPL, METAL, MODIFIED, written

SHORT = """\
density = 0.8

[[species]]
name = "A"

[pair]
phi = "4*eps*((sig/r)^12 - (sig/r)^6)"
cutoff = 2.5

[pair.constants]
eps = 1.0
sig = 1.0
"""


@pytest.fixture
def no_registered_models(monkeypatch):
    """Nothing that a test registers stays."""
    monkeypatch.setattr(registry, "_REGISTERED", {})


def faults(folder, text, name="mine"):
    """The lines of the message."""
    with pytest.raises(ModelError) as caught:
        read_model(written(folder, text, name))
    return str(caught.value).splitlines()


def test_what_is_left_out_has_defaults(tmp_path):
    model = read_model(written(tmp_path, SHORT))
    assert (model.name, model.title, model.interaction, model.units) == ("mine",) * 3 + ("lj",)
    assert (model.dimension, model.n_particles, model.largest_species) == (3, 1000, 0)
    assert model.time_step == model.high_temperature_time_step == 0.005
    assert model.thermostat_time == pytest.approx(0.5)
    assert model.temperature_range is None
    assert model.species == (Species("A"),)
    assert model.pair_potentials[0][0].diameter == pytest.approx(1.0, abs=2e-4)


def test_what_is_said_is_taken(tmp_path):
    model = read_model(written(tmp_path, MODIFIED))
    assert [s.fraction for s in model.species] == [0.8, 0.2]
    assert model.largest_species == 0
    assert model.cutoffs.tolist() == [[1.5, 2.0], [2.0, 1.5]]
    assert model.diameters.tolist() == [1.0, 0.88]
    assert model.pair_potentials[0][1] is model.pair_potentials[1][0]
    assert dict(model.pair_potentials[0][1].constants) == {"eps": 1.5, "sig": 0.8}


def test_units_bring_their_time_step(tmp_path):
    model = read_model(written(tmp_path, METAL))
    assert (model.units, model.time_step, model.thermostat_time) == ("metal", 0.001, 0.1)
    assert model.masses.tolist() == [39.948]
    assert model.diameters[0] == pytest.approx(3.405, rel=2e-4)


def test_the_order_of_lines_and_the_words_of_a_file_do_not_change_its_identity(tmp_path):
    told = SHORT.replace("density", 'title = "a"\nreference = "b"\ndensity').replace(
        "eps = 1.0\nsig = 1.0", "sig = 1\neps = 1"
    )
    a = read_model(written(tmp_path, SHORT, "a"))
    b = read_model(written(tmp_path, told.replace("(sig/r)^12", "(sig / r)**12"), "b"))
    assert a.digest() == b.digest()
    denser = read_model(written(tmp_path, SHORT.replace("0.8", "0.81"), "c"))
    stronger = read_model(written(tmp_path, SHORT.replace("eps = 1.0", "eps = 1.1"), "d"))
    assert len({a.digest(), denser.digest(), stronger.digest()}) == 3


def test_one_pair_may_be_different(tmp_path):
    text = IPL + '\n[pair.between.large-small]\nphi = "eps*exp(-r/w)"\ncutoff = 2\ndiameter = 1\n'
    text += 'shift = "none"\n[pair.between.large-small.constants]\neps = 2.0\nw = 0.5\n'
    model = read_model(written(tmp_path, text))
    other = model.pair_potentials[0][1]
    assert (other.formula, other.cutoff, other.shift) == ("eps * exp(-r / w)", 2.0, "none")
    assert model.pair_potentials[0][0].formula == model.pair_potentials[1][1].formula


def test_a_pair_may_be_a_table_where_others_are_formulas(tmp_path):
    tables = tmp_path / "tables"
    tables.mkdir()
    (tables / "ipl.table").write_text(table_text(get_model("ipl"), 500))
    text = IPL + '\n[pair.between.small-large]\ntable = "tables/ipl.table"\n'
    text += 'section = "SMALL_LARGE"\nshift = "none"\n'
    path = written(tmp_path, text)
    model = read_model(path)
    r = np.linspace(1.0, 1.7, 20)
    ours, theirs = (m.pair_potentials[0][1].derivatives(r, 1) for m in (model, get_model("ipl")))
    np.testing.assert_allclose(ours[0], theirs[0], atol=1e-6)
    assert files_of_model(path) == [tables / "ipl.table"]
    # Where the path leads nowhere, the file right beside the model is taken.
    (tables / "ipl.table").rename(tmp_path / "ipl.table")
    assert read_model(path).digest() == model.digest()
    assert files_of_model(path) == [tmp_path / "ipl.table"]


def test_all_faults_are_told_at_once_with_their_lines(tmp_path):
    text = SHORT.replace("density = 0.8", 'density = -1\nunit = "lj"\ntime_step = "fast"')
    told = faults(tmp_path, text.replace('name = "A"', 'name = "A"\nmas = 2.0'))
    assert told[0].endswith("mine.toml has 4 faults:")
    assert [line.split(": ")[0].strip() for line in told[1:]] == [f"line {k}" for k in (1, 2, 3, 7)]
    assert 'unit: unknown key; did you mean "units"?' in told[2]
    assert 'species[0].mas: unknown key; did you mean "mass"?' in told[4]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("density = 0.8\n", "", "line 1: model: the key density is missing: number density"),
        ("cutoff = 2.5", "cutof = 2.5", 'line 8: pair.cutof: unknown key; did you mean "cutoff"'),
        ("cutoff = 2.5", "", "A-A: a formula needs a cutoff"),
        ("cutoff = 2.5", 'cutoff = "2.5*sgi"', "unknown name 'sgi'; its constants: eps, sig"),
        (
            "cutoff = 2.5",
            'cutoff = "-sig"',
            "line 8: pair.cutoff: A-A: -sig is -1, but must be positive",
        ),
        (
            "cutoff = 2.5",
            "cutoff = 1e9",
            "line 8: pair.cutoff: A-A: a cut-off of 1e+09 is 9.28e+08 times",
        ),
        ("cutoff = 2.5", 'cutoff = 2.5\nshift = "smooth"', 'line 9: pair.shift: "none", "energy"'),
        ("sig = 1.0", "sgi = 1.0", "unknown name 'sig'; its constants: eps"),
        ("sig = 1.0", "sig = { B-B = 1.0 }", "pair.constants.sig: has no value for A-A"),
        ("sig = 1.0", 'sig = "1"', "a number is needed for A-A"),
        ("sig = 1.0", "sig = true", "a number is needed for A-A"),
        ("sig = 1.0", "sig = 1.0\npi = 3.0", "is not r, pi or a function"),
        ("sig = 1.0", "sig = 1.0\nr = 3.0", "is not r, pi or a function"),
        ("sig = 1.0", 'sig = 1.0\n"a b" = 3.0', "letters, digits and underscores"),
        ("^12", "^12 + 1/(r - 1.2345678)", "no finite value or derivative at r = 1.23457"),
        ("^12", "^1200", "power above 200"),
        ("4*eps", "__import__('os').getpid()*eps", "which is not known"),
        ('phi = "4', 'table = "mine.table"\nphi = "4', "give either phi, a formula, or table"),
        ('phi = "4*eps*((sig/r)^12 - (sig/r)^6)"', "", "give either phi, a formula, or table"),
        ('phi = "4*eps*((sig/r)^12 - (sig/r)^6)"', 'table = "no.table"', "there is no table"),
        (" - (sig/r)^6", "", "does not change its sign: say how large the particles are"),
        (
            "cutoff = 2.5",
            "cutoff = 2.5\ndiameter = 3.0",
            "line 9: pair.diameter: A-A: the diameter 3 is",
        ),
        ("density = 0.8", "density = 0.8\ndimension = 4", "2 or 3 dimensions"),
        ("density = 0.8", 'density = 0.8\nunits = "si"', 'line 2: units: "lj", "metal" or "real"'),
        ("density = 0.8", 'density = 0.8\ntracer = "B"', "there is no species 'B'; there are A"),
        ("density = 0.8", "density = 0.8\ntemperature_range = [2, 1]", "lowest and the highest"),
        ('name = "A"', 'name = "A"\nfraction = 0.7', "the fractions add up to 0.7, not to 1"),
        ('name = "A"', 'name = "A"\nmass = 0', "a number above 0 is needed"),
        ('name = "A"', 'name = "a b"', "a name of letters, digits"),
        ('name = "A"', 'name = "A"\n[[species]]\nname = "A"', "two species have one name"),
        (
            'name = "A"',
            'name = "A"\nfraction = 0.5\n[[species]]\nname = "B"',
            "every species, or of none",
        ),
        ('[[species]]\nname = "A"', "", "needs at least one"),
        ('[[species]]\nname = "A"', 'species = "A"', "needs at least one"),
        (
            SHORT[SHORT.index("[pair]") :],
            "",
            "the interactions are missing: write them under [pair]",
        ),
        ("[pair]", "[pairs]", 'pairs: unknown key; did you mean "pair"?'),
        (
            "[pair]",
            '[pair.between.A-B]\nphi = "1/r"\n[pair]',
            "is no pair of species; there are A-A",
        ),
    ],
    ids=lambda text: str(text)[:30].strip(),
)
def test_a_fault_is_told_in_one_sentence(old, new, words, tmp_path):
    assert old in SHORT
    assert words in "\n".join(faults(tmp_path, SHORT.replace(old, new)))


def test_a_constant_that_one_pair_lacks_is_named(tmp_path):
    told = faults(tmp_path, IPL.replace("small-large = 1.18, ", ""))
    assert told[1].endswith("pair.constants.size: has no value for small-large")
    assert told[1].startswith("  line 20:")


def test_a_wrong_length_of_one_pair_is_told_where_it_stands(tmp_path):
    """The formula, which is right, stands elsewhere."""
    text = IPL + '\n[pair.between.small-large]\ncutoff = "-size"\n'
    told = faults(tmp_path, text)
    line = text.splitlines().index('cutoff = "-size"') + 1
    assert told[1].startswith(
        f"  line {line}: pair.between.small-large.cutoff: small-large: -size is"
    )


def test_what_is_no_toml_is_told_with_its_line(tmp_path):
    (line,) = faults(tmp_path, SHORT.replace("cutoff = 2.5", "cutoff = = 2.5"))
    assert "is not valid TOML" in line
    assert "line 8" in line


@pytest.mark.parametrize("name", ["ipl", "ss-0.80", "cuzr-64-36"])
def test_a_file_called_like_a_packaged_model_is_refused(name, tmp_path):
    assert f"{name} is a model that comes with lmpmeso" in "\n".join(faults(tmp_path, SHORT, name))


def test_a_name_that_lammps_could_not_paste_is_refused(tmp_path):
    assert "the file's name must be made of" in "\n".join(faults(tmp_path, SHORT, "a b"))


def test_files_that_cannot_be_read_are_told(tmp_path):
    with pytest.raises(ModelError, match="cannot be read: No such file"):
        read_model(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes(b'title = "\xe9"\n')
    with pytest.raises(ModelError, match="no text in UTF-8"):
        get_model(tmp_path / "latin.toml")


def test_a_file_is_taken_wherever_a_name_is(tmp_path):
    path = written(tmp_path, SHORT)
    assert get_model(path) == get_model(str(path)) == read_model(path)
    with pytest.raises(ModelError, match=r"did you mean 'ipl'\?.*lmpmeso models --new mine.toml"):
        get_model("ipll")


@pytest.mark.usefixtures("no_registered_models")
def test_a_registered_model_is_known_by_its_name(tmp_path):
    model = read_model(written(tmp_path, SHORT))
    register_model(model)
    assert registered_names() == ["mine"]
    assert get_model("mine") is model
    denser = read_model(written(tmp_path, SHORT.replace("0.8", "0.9")))
    register_model(denser)
    assert get_model("mine") is denser
    with pytest.raises(ModelError, match=r"did you mean 'mine'\?"):
        get_model("mines")


@pytest.mark.usefixtures("no_registered_models")
@pytest.mark.parametrize("name", ["ipl", "ss-0.80-xc1.5", "cuzr"])
def test_no_model_takes_the_name_of_a_packaged_one(name):
    phi = get_model("ipl").pair_potentials[0][0]
    model = GlassModel(name=name, density=1.0, species=(Species("A"),), pair_potentials=((phi,),))
    with pytest.raises(ModelError, match="take another name"):
        register_model(model)


def test_the_file_to_start_from_is_a_model(tmp_path):
    text = files("lmpmeso.models").joinpath("new_model.toml").read_text(encoding="utf-8")
    model = read_model(written(tmp_path, text))
    assert [s.name for s in model.species] == ["small", "large"]
    assert model.diameters.tolist() == [1.0, 1.4]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            "small-large = 1.18",
            "small-large = 1.18, large-small = 1.2",
            "is small-large, which is given",
        ),
        ("small-large = 1.18", "small-large = 1.18, small-medium = 1", "is no pair of species"),
        ("[pair.constants]", "[pair.constants]\nsizes = 1.0", "sizes: is used by no formula"),
        (
            'name = "small"',
            'name = "small"\ncharge = 1',
            "charges act through LAMMPS commands only",
        ),
        ('phi = "(size/r)^10"', 'phi = "size"', "does not depend on the distance r"),
    ],
)
def test_what_would_be_dropped_is_refused(old, new, words, tmp_path):
    with pytest.raises(ModelError, match=words):
        read_model(written(tmp_path, IPL.replace(old, new)))
