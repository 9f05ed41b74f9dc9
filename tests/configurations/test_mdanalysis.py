"""The bridge to MDAnalysis: single precision, and marked as such."""

import warnings

import MDAnalysis
import numpy as np
import pytest

from lmpmeso.configurations import (
    Trajectory,
    from_universe,
    read_configuration,
    to_universe,
    write_dump,
    write_inherent_structures,
)
from lmpmeso.configurations.creation import random_configuration
from lmpmeso.errors import ConfigurationError, PrecisionWarning
from lmpmeso.models import get_model
from tests.configurations.examples import assert_same_state, inherent_structure, liquid


@pytest.mark.parametrize("name", ["ipl", "ipl2d", "sw"])
def test_a_universe_gives_the_configuration_back_in_single_precision(name):
    original = liquid(name)
    with pytest.warns(PrecisionWarning):
        returned = from_universe(to_universe(original), get_model(name))
    assert_same_state(original, returned, ["species", "ids", "step"])
    np.testing.assert_allclose(returned.positions_nc, original.positions_nc, rtol=1e-7)
    np.testing.assert_allclose(returned.box_c, original.box_c, rtol=1e-7)
    assert returned.single_precision
    assert returned.positions_nc.dtype == np.float64


def test_sizes_of_particles_go_with_them():
    model = get_model("poly-swap")
    original = random_configuration(model, 80, 1)
    with pytest.warns(PrecisionWarning):
        returned = from_universe(to_universe(original), model)
    np.testing.assert_array_equal(returned.diameters, original.diameters)


def test_a_trajectory_keeps_its_times_and_steps():
    start = liquid()
    trajectory = Trajectory(
        positions_tnc=np.stack([start.positions_nc + k for k in range(4)]),
        steps=np.array([0, 1, 10, 100]),
        time_step=0.005,
        species=start.species,
        box_c=start.box_c,
        ids=start.ids,
    )
    universe = to_universe(trajectory)
    assert [ts.time for ts in universe.trajectory] == trajectory.times.tolist()
    with pytest.warns(PrecisionWarning):
        last = from_universe(universe, get_model("ipl"), frame=-1)
    assert last.step == 100
    np.testing.assert_allclose(last.positions_nc, start.positions_nc + 3, rtol=1e-6)
    with pytest.raises(ConfigurationError, match="no frame 4: there are 4"):
        from_universe(universe, get_model("ipl"), frame=4)


def test_species_are_known_by_the_models_names():
    universe = to_universe(liquid())
    names = np.array(["SMALL", "Large"])[liquid().species]
    universe.add_TopologyAttr("types", names)
    with pytest.warns(PrecisionWarning):
        np.testing.assert_array_equal(
            from_universe(universe, get_model("ipl")).species, liquid().species
        )
    universe.add_TopologyAttr("types", np.where(names == "Large", "C", "D"))
    with pytest.raises(ConfigurationError, match="model 'ipl' has small, large; rename it"):
        from_universe(universe, get_model("ipl"))


def test_universes_without_an_orthogonal_box_or_types_are_refused():
    universe = to_universe(liquid())
    universe.dimensions = [6, 6, 6, 90, 80, 90]
    with pytest.raises(ConfigurationError, match="triclinic"):
        from_universe(universe, get_model("ipl"))
    bare = MDAnalysis.Universe.empty(3, trajectory=True)
    with pytest.raises(ConfigurationError, match="no periodic box"):
        from_universe(bare, get_model("ipl"))
    bare.dimensions = [6, 6, 6, 90, 90, 90]
    with pytest.raises(ConfigurationError, match="neither types nor names"):
        from_universe(bare, get_model("ipl"))


def test_a_format_of_mdanalysis_is_read_and_marked(tmp_path):
    original = liquid()
    universe = to_universe(original)
    for attribute, value in (
        ("names", original.species + 1),
        ("resnames", ["LIQ"]),
        ("resids", [1]),
    ):
        universe.add_TopologyAttr(
            attribute, np.asarray(value).astype(str if attribute != "resids" else int)
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        universe.atoms.write(str(tmp_path / "a.gro"))
    with pytest.warns(PrecisionWarning, match=r"a\.gro: frame 0: the positions are rounded"):
        returned = read_configuration(tmp_path / "a.gro", "ipl")
    assert returned.single_precision
    np.testing.assert_array_equal(returned.species, original.species)
    np.testing.assert_allclose(returned.positions_nc, original.positions_nc, atol=6e-3)


def test_xyz_without_a_box_is_refused(tmp_path):
    (tmp_path / "a.xyz").write_text("2\ncomment\n1 0 0 0\n2 1 1 1\n")
    with pytest.raises(ConfigurationError, match=r"a\.xyz: frame 0: no periodic box"):
        read_configuration(tmp_path / "a.xyz", "ipl")


def test_mdanalysis_reads_our_netcdf_files(tmp_path):
    structures = [inherent_structure(k) for k in range(2)]
    write_inherent_structures(tmp_path / "a.nc", structures)
    topology = to_universe(structures[0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        topology.load_new(str(tmp_path / "a.nc"), format="NCDF")
        for timestep, structure in zip(topology.trajectory, structures, strict=True):
            np.testing.assert_array_equal(
                timestep.positions, structure.positions_nc.astype(np.float32)
            )
            np.testing.assert_allclose(timestep.dimensions[:3], structure.box_c, rtol=1e-6)
        topology.trajectory.close()


def test_mdanalysis_reads_our_dumps(tmp_path):
    original = liquid()
    write_dump(tmp_path / "a.lammpsdump", original)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        universe = MDAnalysis.Universe(
            str(tmp_path / "a.lammpsdump"), format="LAMMPSDUMP", topology_format="LAMMPSDUMP"
        )
    np.testing.assert_allclose(universe.atoms.positions, original.positions_nc, rtol=1e-6)
