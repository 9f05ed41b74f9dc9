"""Sizes of particles in files: there and back, missing, impossible, twice."""

from dataclasses import replace

import numpy as np
import pytest

from lmpmeso.configurations import (
    Trajectory,
    from_ase,
    random_configuration,
    read_configuration,
    read_trajectory,
    to_ase,
    write_dump,
    write_trajectory,
)
from lmpmeso.errors import ConfigurationError
from lmpmeso.export.conversion import write_frames
from lmpmeso.hessians import evaluate
from lmpmeso.models import get_model, read_model
from tests.models.own_models import POLYDISPERSE, written


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return read_model(written(tmp_path_factory.mktemp("sizes"), POLYDISPERSE, "poly"))


@pytest.fixture(scope="module")
def liquid(model):
    velocities = np.random.default_rng(1).normal(size=(80, 3))
    return replace(random_configuration(model, 80, seed=1), velocities_nc=velocities)


@pytest.mark.parametrize("name", ["a.dump", "a.dump.gz", "a.data", "a.xyz", "a.nc"])
def test_sizes_come_back_in_every_bit(model, liquid, tmp_path, name):
    write_frames(tmp_path / name, [liquid], model, {})
    found = read_configuration(tmp_path / name, model)
    np.testing.assert_array_equal(found.diameters, liquid.diameters)
    np.testing.assert_array_equal(found.velocities_nc, liquid.velocities_nc)


def test_ase_keeps_sizes(model, liquid):
    found = from_ase(to_ase(liquid, model), model)
    np.testing.assert_array_equal(found.diameters, liquid.diameters)


def test_a_trajectory_keeps_sizes(model, liquid, tmp_path):
    frames = np.stack([liquid.positions_nc, liquid.positions_nc + 0.01])
    made = Trajectory(
        frames,
        np.array([0, 5]),
        0.005,
        liquid.species,
        liquid.box_c,
        liquid.ids,
        diameters=liquid.diameters,
    )
    write_trajectory(tmp_path / "a.nc", made)
    write_dump(tmp_path / "a.dump", [made.configuration(k) for k in (0, 1)])
    for name in ("a.nc", "a.dump"):
        found = read_trajectory(tmp_path / name, model, time_step=0.005)
        np.testing.assert_array_equal(found.configuration(1).diameters, liquid.diameters)


def test_a_trajectory_whose_particles_change_their_sizes_is_refused(model, liquid, tmp_path):
    swapped = replace(liquid, diameters=liquid.diameters[::-1].copy(), step=5)
    still = replace(liquid, images_nc=np.zeros_like(liquid.positions_nc, dtype=int), step=0)
    frames = [still, replace(swapped, images_nc=still.images_nc)]
    write_dump(tmp_path / "a.dump", frames)
    with pytest.raises(ConfigurationError, match="changed its size"):
        read_trajectory(tmp_path / "a.dump", model)


def test_a_model_without_sizes_takes_no_notice_of_them(model, liquid, tmp_path):
    write_dump(tmp_path / "a.dump", liquid)
    with pytest.warns(UserWarning, match="density"):
        assert read_configuration(tmp_path / "a.dump", get_model("sw")).diameters is None


def damaged(path, liquid, change):
    """A dump of the liquid, its text changed."""
    write_dump(path, replace(liquid, velocities_nc=None))
    path.write_text(change(path.read_text()))


def rows(change_row):
    """A change of each line of particles."""
    return lambda text: "\n".join(
        change_row(line) if line[:1].isdigit() and len(line.split()) > 5 else line
        for line in text.split("\n")
    )


def last(word):
    return rows(lambda line: f"{line.rsplit(' ', 1)[0]} {word}")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda text: text.replace("diameter", "c_size"), "no column diameter or radius"),
        (last("0.0"), "diameter 0, which is not positive"),
        (last("-1.0"), "diameter -1, which is not positive"),
        (last("3.0"), "diameter 3, but those of the model go from 0.725329 to 1.6095$"),
        (last("0.5"), "are these radii"),
        (last("nan"), "column diameter of particle 1 is"),
        (
            lambda text: rows(lambda line: f"{line} 0.3")(text).replace(
                "diameter", "diameter radius"
            ),
            "the radius 0.3: leave out the column that is wrong",
        ),
    ],
)
def test_bad_sizes_are_refused_in_one_sentence(model, liquid, tmp_path, change, told):
    damaged(tmp_path / "a.dump", liquid, change)
    with pytest.raises(ConfigurationError, match=told) as error:
        read_configuration(tmp_path / "a.dump", model)
    assert "\n" not in str(error.value)


def test_a_radius_is_half_a_diameter(model, liquid, tmp_path):
    radius = (0.5 * liquid.diameters).tolist()
    write_dump(tmp_path / "a.dump", replace(liquid, diameters=None), {"size": radius})
    text = (tmp_path / "a.dump").read_text()
    (tmp_path / "a.dump").write_text(text.replace("size", "radius"))
    found = read_configuration(tmp_path / "a.dump", model)
    np.testing.assert_array_equal(found.diameters, liquid.diameters)


def test_a_configuration_without_sizes_is_no_energy(model, liquid):
    with pytest.raises(ConfigurationError, match="give a column diameter or radius"):
        evaluate(replace(liquid, diameters=None), model)
