"""Campaign files: what is accepted, and that every fault is told with its line."""

import pytest

from lmpmeso.campaign.reading import parse_campaign
from lmpmeso.errors import CampaignError
from lmpmeso.study.campaign_file import read_file

PLAIN = """\
name = "small"
[[liquids]]
model = "ipl"
temperatures = [0.8, 2.0]
"""


def faults(text):
    """The faults of a text as (line, key, message)."""
    with pytest.raises(CampaignError) as caught:
        parse_campaign(text, "c.toml")
    told = str(caught.value).splitlines()
    assert told[0].startswith("c.toml has ")
    parts = [line.strip().removeprefix("line ").split(": ", 2) for line in told[1:]]
    return [(int(number), key, message) for number, key, message in parts]


def fault(text):
    (only,) = faults(text)
    return only


def test_two_keys_of_a_liquid_make_a_campaign_of_the_paper_s_size():
    campaign = parse_campaign(PLAIN)
    (liquid,) = campaign.liquids
    assert liquid.temperatures == (2.0, 0.8)
    assert liquid.n_particles == 2000
    assert liquid.glasses == (campaign.glasses.number,) * 2
    assert liquid.wave_number == 6.35
    assert campaign.landscape is None


def test_glasses_stay_with_their_temperature_when_that_is_put_in_order():
    campaign = parse_campaign(PLAIN + "glasses = [10, 30]\n")
    assert campaign.liquids[0].temperatures == (2.0, 0.8)
    assert campaign.liquids[0].glasses == (30, 10)
    assert campaign.liquids[0].glasses_at(0.8) == 10


def test_viscosities_become_temperatures_of_each_model():
    text = 'name = "x"\n' + "".join(
        f'[[liquids]]\nmodel = "{model}"\nrelaxation = [9.35, 50]\n'
        for model in ("ipl", "ss", "sw")
    )
    campaign = parse_campaign(text)
    assert campaign.liquids[0].temperatures[0] == pytest.approx(0.8, rel=1e-3)
    for liquid in campaign.liquids:
        hot, cold = liquid.temperatures
        assert hot > cold
    sw = campaign.liquids[2].temperatures[1]
    assert 0.0215 < sw < 0.025


def test_all_faults_are_told_at_once_each_with_its_line():
    told = faults(
        """\
name = "x y"
sed = 3
[[liquids]]
modle = "ipl"
temperatures = [2.0, -1]
[[liquids]]
model = "ipll"
relaxation = [3]
n_particles = 2.5
[[liquids]]
model = "ipl"
temperatures = [1.0]
n_particles = 20
[glasses]
numer = 3
minimizer = "newton"
[elastisity]
[resources.slurm]
partitoin = "x"
"""
    )
    assert [(line, key) for line, key, _ in told] == [
        (1, "name"),
        (2, "sed"),
        (3, "liquids[0]"),
        (4, "liquids[0].modle"),
        (5, "liquids[0].temperatures"),
        (7, "liquids[1].model"),
        (9, "liquids[1].n_particles"),
        (13, "liquids[2].n_particles"),
        (15, "glasses.numer"),
        (16, "glasses.minimizer"),
        (17, "elastisity"),
        (19, "resources.slurm.partitoin"),
    ]


@pytest.mark.parametrize(
    ("key", "near"),
    [
        ("equilibration.stretchtau = 3", "stretch_tau"),
        ("glasses.numer = 3", "number"),
        ("statistics.levle = 0.9", "level"),
        ("isoconfiguration.runs = 3", "isoconfigurational"),
    ],
)
def test_an_unknown_key_comes_with_the_nearest_known_one(key, near):
    _, _, message = fault(f"{key}\n{PLAIN}")
    assert f'did you mean "{near}"?' in message


def test_an_unknown_model_comes_with_the_nearest_known_one():
    line, key, message = fault(PLAIN.replace('"ipl"', '"ipl-2d"'))
    assert (line, key) == (3, "liquids[0].model")
    assert 'did you mean "ipl2d"?' in message


def test_a_model_in_capitals_is_told_by_its_name():
    _, _, message = fault(PLAIN.replace('"ipl"', '"SS"'))
    assert 'did you mean "ss"?' in message


@pytest.mark.parametrize(
    ("text", "line", "key", "words"),
    [
        (PLAIN.replace("0.8, 2.0", "0.8, 0.8"), 4, "liquids[0].temperatures", "occurs twice"),
        (PLAIN.replace("[0.8, 2.0]", "[]"), 4, "liquids[0].temperatures", "an empty list"),
        (PLAIN.replace("[0.8, 2.0]", "true"), 4, "liquids[0].temperatures", "true was given"),
        (PLAIN.replace("0.8, 2.0", "0.8, nan"), 4, "liquids[0].temperatures", "nan was given"),
        (PLAIN + "n_particles = 58\n", 5, "liquids[0].n_particles", "at least 59"),
        (PLAIN + "relaxation = [10]\n", 2, "liquids[0]", "either temperatures or relaxation"),
        (PLAIN + "glasses = [1, 2, 3]\n", 5, "liquids[0].glasses", "3 numbers for 2"),
        (PLAIN + "glasses = 2\nreplicas = 3\n", 2, "liquids[0]", "each needs at least one"),
        (PLAIN + PLAIN.partition("\n")[2], 5, "liquids[1]", "is liquids[0] already"),
        (PLAIN + "[resources]\nengine = 'slurm'\n", 5, "resources.wall_time", "12:00:00"),
        (PLAIN + "[modes]\nglasses = 30\n", 6, "modes.glasses", "raise glasses.number"),
        (
            PLAIN + "[elasticity]\npairs = 200\nfield = true\n",
            7,
            "elasticity.field",
            'needs pairs = "all"',
        ),
        (
            PLAIN.replace('"ipl"', '"ss-0.80"') + "q = 6\n",
            2,
            "liquids[0]",
            "equilibration.max_t0",
        ),
        (
            PLAIN.replace('"ipl"', '"sw"').replace(
                "temperatures = [0.8, 2.0]", "relaxation = [1e9]"
            ),
            4,
            "liquids[0].relaxation[0]",
            "give temperatures",
        ),
        ("name = 'x'\nliquids = 3\n", 2, "liquids", "[[liquids]]"),
        ("name = 'x'\nglasses = 3\n" + PLAIN.partition("\n")[2], 2, "glasses", "[glasses]"),
    ],
)
def test_what_cannot_be_is_refused_by_name(text, line, key, words):
    told_line, told_key, message = fault(text)
    assert (told_line, told_key) == (line, key)
    assert words in message


def test_a_sample_of_pairs_makes_no_field():
    campaign = parse_campaign(PLAIN + "[elasticity]\npairs = 200\n")
    assert campaign.elasticity.pairs == 200
    assert not campaign.elasticity.field


def test_a_model_in_between_runs_with_a_limit_and_a_wave_number():
    text = PLAIN.replace('"ipl"', '"ss-0.80"') + "q = 6\n[equilibration]\nmax_t0 = 1e4\n"
    campaign = parse_campaign(text)
    (liquid,) = campaign.liquids
    assert liquid.wave_number == 6
    assert campaign.equilibration.longest(liquid, 2.0) == 1e4 * liquid.glass_model.t0(2.0)


def test_invalid_toml_is_refused_with_line_and_column(tmp_path):
    file = tmp_path / "broken.toml"
    file.write_text('name = "x"\n[[liquids]\n', encoding="utf-8")
    with pytest.raises(CampaignError, match=r"broken\.toml is not valid TOML.*line 2, column"):
        read_file(file)


def test_a_file_that_is_no_text_is_refused(tmp_path):
    file = tmp_path / "binary.toml"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CampaignError, match="no text in UTF-8"):
        read_file(file)


@pytest.mark.parametrize(("wall_time", "seconds"), [("12:00:00", 43200), ("1-00:10:05", 87005)])
def test_wall_times_are_slurm_s(wall_time, seconds):
    campaign = parse_campaign(PLAIN + f"[resources]\nwall_time = '{wall_time}'\n")
    assert campaign.resources.wall_seconds == seconds


@pytest.mark.parametrize(
    "line",
    [
        'partition = "a\\n#SBATCH --wrap=x"',
        'account = "a b"',
        'interface = "ib0\\nrm -r /"',
        'directives = ["--qos=long\\n#SBATCH --uid=0"]',
        'directives = ["--qos=long\\r"]',
        'setup = ["module load a\\nmodule load b"]',
        'memory = "4 GB\\n"',
    ],
)
def test_an_option_of_slurm_is_one_line(line):
    head = 'name = "a"\n[[liquids]]\nmodel = "ipl"\ntemperatures = [1.0]\n'
    with pytest.raises(CampaignError, match=rf"resources\.slurm\.{line.partition(' ')[0]}.*needed"):
        parse_campaign(f"{head}[resources.slurm]\n{line}\n")
