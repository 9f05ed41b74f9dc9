"""NetCDF files: inherent structures, trajectories and fields, whole or refused."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.io import netcdf_file

from lmpmeso.configurations import (
    InherentStructure,
    Trajectory,
    amber_netcdf,
    read_configuration,
    read_inherent_structures,
    read_netcdf_fields,
    read_trajectory,
    write_configurations,
    write_inherent_structures,
    write_trajectory,
)
from lmpmeso.errors import ConfigurationError, PrecisionWarning
from tests.configurations.examples import (
    assert_same_attributes,
    assert_same_state,
    inherent_structure,
    liquid,
)


def test_inherent_structures_come_back_with_all_their_evidence(tmp_path):
    structures = [
        inherent_structure(0),
        inherent_structure(1, parent_temperature=None, minimizer="none", iterations=0),
        inherent_structure(2, stopping_criterion="linesearch alpha is zero", energy=1 / 3),
        inherent_structure(3, iterations=np.int64(3), max_force=np.float64(1e-11)),
    ]
    path = tmp_path / "0000.nc"
    write_inherent_structures(path, structures)
    for original, read_back in zip(structures, read_inherent_structures(path, "ipl"), strict=True):
        assert_same_attributes(original, read_back)
    one = read_configuration(path, "ipl", frame=1)
    assert isinstance(one, InherentStructure)
    assert_same_attributes(one, structures[1])


@pytest.mark.parametrize("model", ["ipl", "ipl2d"])
@pytest.mark.parametrize("images", [True, False])
@pytest.mark.parametrize("velocities", [True, False])
def test_configurations_round_trip_exactly(tmp_path, model, images, velocities):
    originals = [
        replace(
            liquid(model, images=images, velocities=velocities, seed=k, step=k or None),
            origin_c=np.full(2 if model == "ipl2d" else 3, 0.1 * k),
        )
        for k in range(3)
    ]
    write_configurations(tmp_path / "a.nc", originals)
    for k, original in enumerate(originals):
        read_back = read_configuration(tmp_path / "a.nc", model, frame=k)
        assert type(read_back) is type(original)
        assert_same_state(original, read_back)
        assert read_back.positions_nc.dtype.isnative
        assert read_back.source == f"{tmp_path}/a.nc: frame {k}"


def test_what_does_not_fit_the_model_is_named_by_file_and_frame(tmp_path):
    write_configurations(tmp_path / "a.nc", [liquid("ipl"), liquid("ipl")])
    with pytest.raises(ConfigurationError, match=r"a\.nc: frame 1: species 0 to 1, but model 'sw'"):
        read_configuration(tmp_path / "a.nc", "sw")


def test_single_precision_is_remembered(tmp_path):
    write_configurations(tmp_path / "a.nc", [replace(liquid(), single_precision=True)])
    with pytest.warns(PrecisionWarning):
        assert read_configuration(tmp_path / "a.nc", "ipl").single_precision


def test_trajectories_round_trip_exactly(tmp_path):
    generator = np.random.default_rng(0)
    start = liquid()
    original = Trajectory(
        positions_tnc=start.positions_nc + np.cumsum(generator.normal(size=(6, 120, 3)), axis=0),
        steps=np.array([0, 1, 2, 4, 8, 3_000_000_000]),
        time_step=0.1 / 3,
        species=start.species,
        box_c=start.box_c,
        ids=start.ids,
    )
    write_trajectory(tmp_path / "t.nc", original)
    read_back = read_trajectory(tmp_path / "t.nc", "ipl")
    for name in ("positions_tnc", "steps", "species", "box_c", "ids", "times"):
        np.testing.assert_array_equal(getattr(original, name), getattr(read_back, name))
    assert read_back.time_step == original.time_step
    with pytest.raises(ConfigurationError, match="not the one the file records"):
        read_trajectory(tmp_path / "t.nc", "ipl", time_step=0.005)


def test_inherent_structures_with_image_flags_make_a_trajectory(tmp_path):
    structures = [replace(inherent_structure(k), step=10 * k) for k in range(3)]
    structures = [replace(s, species=structures[0].species) for s in structures]
    write_inherent_structures(tmp_path / "is.nc", structures)
    trajectory = read_trajectory(tmp_path / "is.nc", "ipl", time_step=0.005)
    np.testing.assert_array_equal(trajectory.steps, [0, 10, 20])
    expected = [s.unwrapped_positions() for s in structures]
    np.testing.assert_array_equal(trajectory.positions_tnc, expected)


def test_fields_come_back_by_name(tmp_path):
    kappa = np.random.default_rng(0).normal(size=(2, 120))
    kappa[1, 3] = np.nan
    write_inherent_structures(
        tmp_path / "a.nc",
        [inherent_structure(0), inherent_structure(1)],
        per_frame={"shear_modulus": [12.5, 13.0]},
        per_particle={"kappa": kappa},
    )
    fields = read_netcdf_fields(tmp_path / "a.nc")
    assert sorted(fields) == ["kappa", "shear_modulus"]
    np.testing.assert_array_equal(fields["kappa"], kappa)
    np.testing.assert_array_equal(fields["shear_modulus"], [12.5, 13.0])


@pytest.mark.parametrize(
    "fields",
    [
        {"per_particle": {"kappa": np.ones(119)}},
        {"per_frame": {"g": np.ones(2)}},
        {"per_frame": {"energy": np.ones(1)}},
        {"per_particle": {"type": np.ones(120)}},
        {"per_particle": {"two words": np.ones(120)}},
    ],
)
def test_fields_that_do_not_fit_are_refused_and_leave_no_file(tmp_path, fields):
    with pytest.raises(ConfigurationError):
        write_inherent_structures(tmp_path / "a.nc", [inherent_structure()], **fields)
    assert list(tmp_path.iterdir()) == []


def test_configurations_that_differ_in_kind_are_refused(tmp_path):
    path = tmp_path / "a.nc"
    with pytest.raises(ConfigurationError, match="frame 1 holds positions of shape"):
        write_configurations(path, [liquid(), liquid(n=100)])
    with pytest.raises(ConfigurationError, match="images_nc are in some"):
        write_configurations(path, [liquid(), liquid(images=False)])
    with pytest.raises(ConfigurationError, match="cannot share one file"):
        write_configurations(path, [liquid(), inherent_structure()])
    with pytest.raises(ConfigurationError, match="frame 0 is not an InherentStructure"):
        write_inherent_structures(path, [liquid()])
    with pytest.raises(ConfigurationError, match="no configuration to write"):
        write_configurations(path, [])
    with pytest.raises(ConfigurationError, match="other ids"):
        write_configurations(path, [liquid(), replace(liquid(), ids=np.arange(2, 122))])


def test_a_file_cut_anywhere_is_refused_by_name(tmp_path):
    whole, cut = tmp_path / "whole.nc", tmp_path / "cut.nc"
    write_inherent_structures(whole, [inherent_structure(0), inherent_structure(1)])
    content = whole.read_bytes()
    lengths = [*range(4, 3000, 97), *range(3000, len(content), 1009), len(content) - 1]
    for length in lengths:
        cut.write_bytes(content[:length])
        with pytest.raises(ConfigurationError, match=r"cut\.nc: truncated or damaged NetCDF"):
            read_configuration(cut, "ipl")


def test_a_newer_format_is_refused_by_name(tmp_path, monkeypatch):
    monkeypatch.setattr(amber_netcdf, "FORMAT_VERSION", 2)
    write_inherent_structures(tmp_path / "new.nc", [inherent_structure()])
    monkeypatch.undo()
    with pytest.raises(ConfigurationError, match=r"new\.nc: format 2 is newer"):
        read_inherent_structures(tmp_path / "new.nc", "ipl")


def test_netcdf_of_another_program_is_refused_by_name(tmp_path):
    with netcdf_file(str(tmp_path / "amber.nc"), "w", version=2) as file:
        file.Conventions = "AMBER"
        file.createDimension("atom", 3)
    with pytest.raises(ConfigurationError, match=r"amber\.nc: a NetCDF file of another program"):
        read_configuration(tmp_path / "amber.nc", "ipl")


def test_other_files_are_no_inherent_structures(tmp_path):
    write_configurations(tmp_path / "a.nc", [liquid()])
    with pytest.raises(ConfigurationError, match="holds configurations, not inherent structures"):
        read_inherent_structures(tmp_path / "a.nc", "ipl")
    (tmp_path / "b.nc").write_text("ITEM: TIMESTEP\n")
    with pytest.raises(ConfigurationError, match="not a NetCDF file"):
        read_inherent_structures(tmp_path / "b.nc", "ipl")


def test_a_file_is_replaced_as_a_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "a.nc"
    write_inherent_structures(path, [inherent_structure(0)])
    before = path.read_bytes()

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr("os.replace", fail)
    with pytest.raises(OSError, match="disk full"):
        write_inherent_structures(path, [inherent_structure(1)])
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_equal_structures_give_equal_files(tmp_path):
    for name in ("a.nc", "b.nc"):
        write_inherent_structures(tmp_path / name, [inherent_structure(0)])
    assert (tmp_path / "a.nc").read_bytes() == (tmp_path / "b.nc").read_bytes()
