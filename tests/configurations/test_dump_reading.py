"""LAMMPS text dumps: every column convention, frames, compression, bad input."""

import bz2
import gzip
import lzma
from dataclasses import replace

import numpy as np
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lmpmeso.configurations import (
    iter_configurations,
    read_configuration,
    write_data,
    write_dump,
    write_extxyz,
)
from lmpmeso.errors import ConfigurationError, PrecisionWarning
from lmpmeso.lammps.session import LammpsSession
from lmpmeso.models import get_model
from tests.configurations.examples import (
    BOX,
    assert_same_state,
    dump_text,
    liquid,
    regular_rows,
)


@pytest.fixture
def read(tmp_path):
    """Write a text to a file and read it."""

    def read_text(text, model="ipl", frame=-1, name="a.dump"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_configuration(path, model, frame)

    return read_text


def positions():
    return np.array([row[2:] for row in regular_rows()])


@pytest.mark.parametrize("style", ["", "s", "u", "su"])
@pytest.mark.parametrize("with_images", [True, False])
def test_every_position_style_gives_the_same_unwrapped_positions(read, style, with_images):
    images = np.random.default_rng(0).integers(-2, 3, (177, 3))
    lower = np.array([-1.0, 0.5, 2.0])
    wrapped = positions() + lower
    written = wrapped + images * BOX if style.endswith("u") else wrapped
    if style.startswith("s"):
        written = (written - lower) / BOX
    columns = f"id type x{style} y{style} z{style}" + (" ix iy iz" if with_images else "")
    rows = [
        [k + 1, 1 + k % 2, *written[k].tolist(), *(images[k].tolist() if with_images else [])]
        for k in range(177)
    ]
    bounds = [f"{low!r} {low + BOX!r}" for low in lower.tolist()]
    configuration = read(dump_text(rows, columns, bounds=bounds))
    np.testing.assert_array_equal(configuration.box_c, BOX)
    np.testing.assert_array_equal(configuration.origin_c, lower)
    np.testing.assert_allclose(configuration.wrapped_positions(), positions(), atol=1e-13)
    if with_images or style.endswith("u"):
        unwrapped = configuration.unwrapped_positions()
        np.testing.assert_allclose(unwrapped, wrapped + images * BOX, rtol=1e-14, atol=1e-14)
    else:
        with pytest.raises(ConfigurationError, match="no image flags"):
            configuration.unwrapped_positions()


def test_columns_may_come_in_any_order_with_others_between(read):
    rows = [
        f"C{k} {z!r} 0.5 {t} {x!r} {i} {y!r}" for k, (i, t, x, y, z) in enumerate(regular_rows())
    ]
    configuration = read(dump_text(rows, "element z c_pe type x id y"))
    np.testing.assert_array_equal(configuration.positions_nc, positions())
    np.testing.assert_array_equal(configuration.species, np.arange(177) % 2)


def test_particles_come_in_the_order_of_their_ids_whatever_that_of_the_file(read):
    rows = regular_rows()
    shuffled = [rows[k] for k in np.random.default_rng(1).permutation(len(rows))]
    one, other = read(dump_text(rows)), read(dump_text(shuffled))
    assert_same_state(one, other)
    np.testing.assert_array_equal(one.ids, np.arange(1, 178))


def test_velocities_are_read(read):
    rows = [[*row, 0.5, -1.25, row[0] / 4] for row in regular_rows()]
    configuration = read(dump_text(rows, "id type x y z vx vy vz"))
    np.testing.assert_array_equal(configuration.velocities_nc[3], [0.5, -1.25, 1.0])


def test_line_ends_of_windows_spaces_at_line_ends_and_tabs_are_tolerated(read):
    plain = read(dump_text(regular_rows()))
    for text in (
        dump_text(regular_rows()).replace("\n", "\r\n"),
        dump_text([" ".join(map(repr, row)) + " " for row in regular_rows()]),
        dump_text(regular_rows()) + "\n \n",
        dump_text(["\t ".join(map(repr, row)) for row in regular_rows()]),
    ):
        assert_same_state(read(text), plain)


COMPRESSIONS = [gzip.compress, zstandard.compress, bz2.compress, lzma.compress]


@pytest.mark.parametrize("pack", [bytes, *COMPRESSIONS])
def test_frames_are_selected_by_index_in_plain_and_compressed_dumps(read, pack):
    frames = [
        dump_text(
            regular_rows(), step=step, before=f"ITEM: UNITS\nlj\nITEM: TIME\n{step * 0.005}\n"
        )
        for step in (0, 10, 1000)
    ]
    text = pack("".join(frames).encode())
    assert [read(text, frame=k).step for k in (0, 1, 2, -1, -2, -3)] == [0, 10, 1000, 1000, 10, 0]
    for index in (3, -4):
        with pytest.raises(ConfigurationError, match=f"no frame {index}: the dump has 3"):
            read(text, frame=index)


def test_frames_longer_than_the_reading_block_are_whole(tmp_path):
    frames = [liquid(n=9000, seed=k, step=k) for k in range(3)]
    path = tmp_path / "long.dump.zst"
    write_dump(path, frames)
    for frame, read_back in zip(frames, iter_configurations(path, "ipl"), strict=True):
        assert_same_state(frame, read_back)


def test_a_2d_model_takes_dumps_with_and_without_z(read):
    rows = [[k + 1, 1 + k % 2, 1.0 * (k % 5), 1.0 * (k // 5)] for k in range(36)]
    bounds = ["0 6.47", "0 6.47", "-0.5 0.5"]
    flat = read(dump_text(rows, "id type x y", bounds=bounds, flags="pp pp ff"), "ipl2d")
    with_z = read(dump_text([[*r, 0.1] for r in rows], bounds=bounds), "ipl2d")
    assert flat.positions_nc.shape == (36, 2)
    assert_same_state(flat, with_z)


def test_default_precision_of_lammps_is_noticed(read):
    rows = [f"{i} {t} {x + i / 1e6:.6g} {y} {z}" for i, t, x, y, z in regular_rows()]
    with pytest.warns(PrecisionWarning, match="positions are rounded"):
        configuration = read(dump_text(rows))
    assert configuration.single_precision


def test_numbers_of_a_lattice_are_taken_as_exact(read):
    rows = [[i, t, x + 0.0625, y + 1 / 3, z] for i, t, x, y, z in regular_rows()]
    assert not read(dump_text(rows)).single_precision
    assert not read(dump_text([row[:3] + row[2:3] + row[4:] for row in rows])).single_precision


def test_missing_id_type_or_coordinate_is_named(read):
    rows = [row[:4] for row in regular_rows()]
    with pytest.raises(ConfigurationError, match="missing column type"):
        read(dump_text([[*row[:1], *row[2:]] for row in regular_rows()], "id x y z"))
    with pytest.raises(ConfigurationError, match="missing column id"):
        read(dump_text([row[1:] for row in regular_rows()], "type x y z"))
    with pytest.raises(ConfigurationError, match="3D model needs x, y, z or xu, yu, zu"):
        read(dump_text(rows, "id type x y"))


def changed(row, column, value):
    rows = regular_rows()
    rows[row][column] = value
    return dump_text([" ".join(map(str, r)) for r in rows])


@pytest.mark.parametrize("value", ["nan", "inf", "-nan", "1e999", "abc"])
def test_a_number_that_is_none_is_named_by_line_and_particle(read, value):
    with pytest.raises(
        ConfigurationError, match=r"a\.dump: frame -1 \(step 0\), line 15: column y"
    ):
        read(changed(5, 3, value))
    with pytest.raises(ConfigurationError, match="particle 6"):
        read(changed(5, 3, value))


def test_a_number_in_an_unused_column_may_be_anything(read):
    rows = [[*row, float("nan")] for row in regular_rows()]
    assert read(dump_text(rows, "id type x y z kappa")).n_particles == 177


def test_duplicate_and_missing_ids_are_named(read):
    with pytest.raises(ConfigurationError, match="id 3 occurs twice, in lines 12 and 15"):
        read(changed(5, 0, 3))
    with pytest.raises(ConfigurationError, match="ids must be 1 to 177, but 6 is missing"):
        read(changed(5, 0, 900))


def test_a_type_the_model_does_not_have_is_named(read):
    with pytest.raises(
        ConfigurationError, match="line 15: particle 6 has type 3, but model 'ipl' has 2"
    ):
        read(changed(5, 1, 3))
    with pytest.raises(ConfigurationError, match=r"type must be a whole number, got 1\.5"):
        read(changed(5, 1, 1.5))


def test_lines_and_columns_that_do_not_fit_are_named(read):
    good = dump_text(regular_rows())
    with pytest.raises(ConfigurationError, match="line 12: 6 words, but there are 5 columns"):
        read(good.replace("\n3 1 ", "\n3 1 9 "))
    with pytest.raises(ConfigurationError, match="occurs twice"):
        read(dump_text(regular_rows(), "id type x x z"))
    with pytest.raises(ConfigurationError, match=r"line 186: more lines than the 176"):
        read(dump_text(regular_rows(), n=176))


@pytest.mark.parametrize("cut", [1, 3, 40, 2000])
def test_a_truncated_last_frame_is_refused_and_the_one_before_is_read(read, cut):
    text = dump_text(regular_rows(), step=1) + dump_text(regular_rows(), step=2)
    with pytest.raises(ConfigurationError, match=r"step 2\), line \d+: truncated"):
        read(text[:-cut])
    assert read(text[:-cut], frame=-2).step == 1


def test_a_frame_that_ends_in_its_header_is_refused(read):
    text = dump_text(regular_rows(), step=1)
    with pytest.raises(ConfigurationError, match="ends in its header"):
        read(text + "ITEM: TIMESTEP\n2\nITEM: NUMBER")
    assert read(text + "ITEM: TIMESTEP\n2\nITEM: NUMBER", frame=0).step == 1


@pytest.mark.parametrize("pack", COMPRESSIONS)
def test_a_truncated_or_damaged_compressed_dump_is_refused(read, pack):
    packed = pack(dump_text(regular_rows()).encode())
    for kept in (len(packed) // 2, len(packed) - 5):
        with pytest.raises(ConfigurationError, match=r"a\.dump"):
            read(packed[:kept])
    middle = len(packed) // 2
    with pytest.raises(ConfigurationError, match=r"a\.dump"):
        read(packed[:middle] + bytes(8) + packed[middle + 8 :])


def test_boxes_that_are_not_orthogonal_and_periodic_are_refused(read):
    rows = regular_rows()
    tilted = ["0 6 0.5", "0 6 0", "0 6 0"]
    with pytest.raises(ConfigurationError, match="triclinic"):
        read(dump_text(rows, bounds=tilted, flags="xy xz yz pp pp pp"))
    upright = ["0 6 0.0", "0 6 0", "0 6 0"]
    assert read(dump_text(rows, bounds=upright, flags="xy xz yz pp pp pp")).box_c[0] == 6
    with pytest.raises(ConfigurationError, match="triclinic"):
        read(dump_text(rows, bounds=["6 0 0 0"] * 3, flags="abc origin pp pp pp"))
    with pytest.raises(ConfigurationError, match="not periodic in y and z"):
        read(dump_text(rows, flags="pp ff ss"))
    with pytest.raises(ConfigurationError, match="three lines 'lower upper'"):
        read(dump_text(rows, bounds=["0 6", "0 6"]))
    with pytest.raises(ConfigurationError, match="box lengths must be positive"):
        read(dump_text(rows, bounds=["0 6", "0 6", "6 6"]))


def test_varying_z_is_refused_for_a_2d_model(read):
    with pytest.raises(ConfigurationError, match="column z varies"):
        read(dump_text(regular_rows()), "ipl2d")


@pytest.mark.parametrize(
    "content", [b"", b"  \n\n", b"\x00\x01\x02 binary", b"some words\nof text\n"]
)
def test_what_is_no_configuration_is_refused(read, content):
    with pytest.raises(ConfigurationError, match=r"a\.dump: (the file is empty|not a)") as caught:
        read(content)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_none_of_particles_is_told_by_its_beginning_not_in_words_of_mdanalysis(read):
    with pytest.raises(ConfigurationError, match="it begins with 'some words'") as caught:
        read(b"some words\nof text\n")
    assert "topology" not in str(caught.value)


def test_a_header_without_numbers_is_refused(read):
    good = dump_text(regular_rows())
    with pytest.raises(
        ConfigurationError, match="ITEM: TIMESTEP must be followed by a whole number"
    ):
        read(good.replace("TIMESTEP\n0", "TIMESTEP\nx"))
    with pytest.raises(ConfigurationError, match="NUMBER OF ATOMS must be followed"):
        read(good.replace("ATOMS\n177\n", "ATOMS\n"))
    with pytest.raises(ConfigurationError, match="holds no particles"):
        read(dump_text([], n=0))


def test_a_file_that_is_not_there_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_configuration(tmp_path / "none.dump", "ipl")


@pytest.mark.parametrize("name", ["a.dump", "a.dump.gz", "a.dump.zst"])
@pytest.mark.parametrize("model", ["ipl", "ipl2d"])
@pytest.mark.parametrize("images", [True, False])
def test_dumps_round_trip_exactly(tmp_path, name, model, images):
    original = liquid(model, images=images, velocities=True)
    write_dump(tmp_path / name, original, {"kappa": np.full(120, np.nan)})
    assert_same_state(original, read_configuration(tmp_path / name, get_model(model)))


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    d=st.sampled_from([2, 3]),
    edges=st.lists(st.floats(4.2, 1e6), min_size=3, max_size=3),
    corner=st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=3),
    reach=st.floats(1e-12, 1e9),
    seed=st.integers(0, 2**32 - 1),
)
@pytest.mark.filterwarnings("ignore::lmpmeso.errors.ModelMismatchWarning")
def test_any_box_positions_and_images_round_trip_exactly(tmp_path, d, edges, corner, reach, seed):
    generator = np.random.default_rng(seed)
    original = replace(
        liquid("ipl2d" if d == 2 else "ipl", n=40 if d == 2 else 80, seed=seed),
        box_c=np.array(edges[:d]),
        origin_c=np.array(corner[:d]),
    )
    shape = original.positions_nc.shape
    original = replace(
        original,
        positions_nc=generator.uniform(-reach, reach, shape),
        images_nc=generator.integers(-500, 500, shape),
    )
    write_dump(tmp_path / "h.dump", original)
    assert_same_state(
        original, read_configuration(tmp_path / "h.dump", "ipl2d" if d == 2 else "ipl")
    )


@pytest.mark.parametrize("model", ["ipl", "ipl2d"])
def test_lammps_reads_our_dumps(tmp_path, model):
    original = liquid(model, velocities=True)
    d = original.dimension
    write_dump(tmp_path / "ours.dump", original, {"kappa": np.ones(120)})
    with LammpsSession(accelerator="none") as session:
        session.commands(
            [
                "units lj",
                f"dimension {d}",
                "atom_style atomic",
                "region any block 0 1 0 1 -0.5 0.5",
                "create_box 2 any",
                f"read_dump {tmp_path}/ours.dump 7 {' '.join('xyz'[:d])} {'vx vy vz'[: 3 * d - 1]} "
                f"{'ix iy iz'[: 3 * d - 1]} box yes add keep",
            ]
        )
        lower, upper = session.box()
        np.testing.assert_allclose((upper - lower)[:d], original.box_c, rtol=1e-15)
        unwrapped = session.positions() + session.images() * (upper - lower)
        np.testing.assert_allclose(
            unwrapped[:, :d], original.unwrapped_positions(), rtol=1e-15, atol=1e-14
        )
        np.testing.assert_array_equal(session.types(), original.species + 1)
        np.testing.assert_array_equal(session.velocities()[:, :d], original.velocities_nc)


def test_unwrapped_positions_are_written_as_such(tmp_path):
    original = replace(liquid(), images_nc=np.zeros((120, 3), dtype=int))
    write_dump(tmp_path / "u.dump", original)
    assert "id type xu yu zu\n" in (tmp_path / "u.dump").read_text()
    assert_same_state(original, read_configuration(tmp_path / "u.dump", "ipl"))


def test_columns_that_do_not_fit_are_not_written(tmp_path):
    for name, values in (("kappa", np.ones(5)), ("x", np.ones(120)), ("two words", np.ones(120))):
        with pytest.raises(ConfigurationError):
            write_dump(tmp_path / "a.dump", liquid(), {name: values})
    assert list(tmp_path.iterdir()) == []


def test_a_restart_file_comes_with_the_command_that_makes_a_data_file_of_it(tmp_path):
    path = tmp_path / "liquid.restart"
    session = LammpsSession()
    for line in ("units lj", "region box block 0 6 0 6 0 6", "create_box 1 box", "mass 1 1.0"):
        session.command(line)
    session.command(f"write_restart {path}")
    session.close()
    with pytest.raises(ConfigurationError, match=r"-restart2data .*liquid\.restart"):
        read_configuration(path, "ipl")


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (("TIMESTEP\n0", "TIMESTEP\n" + "9" * 20), "whole number"),
        (("TIMESTEP\n0", "TIMESTEP\n²"), "whole number"),
        (("TIMESTEP\n0", "TIMESTEP\n1_0"), "whole number"),
        (("0 6.0\n0", "0 5_0.0\n0"), "three lines"),
        (("0 6.0\n0", "0 inf\n0"), "three lines"),
        (("0 6.0\n0", "0 ٦\n0"), "three lines"),
        (("ATOMS\n177", "ATOMS\n" + "9" * 5000), "whole number"),
        (("ATOMS\n177", "ATOMS\n" + "9" * 17), "truncated"),
        (("\n6 2 ", "\n6 2_0 "), "line 15: column type of particle 6"),
    ],
)
def test_words_that_only_python_takes_for_numbers_are_refused(read, changed, told):
    text = dump_text(regular_rows())
    assert changed[0] in text
    with pytest.raises(ConfigurationError, match=told) as caught:
        read(text.replace(*changed, 1))
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("time", ["abc", "nan", "1e999"])
def test_a_time_that_is_none_is_refused(read, time):
    with pytest.raises(ConfigurationError, match=r"a\.dump: frame -1.*the time"):
        read(dump_text(regular_rows(), before=f"ITEM: TIME\n{time}\n"))


def test_a_word_of_many_digits_takes_no_time(read):
    with pytest.raises(ConfigurationError, match="column y of particle 6"):
        read(changed(5, 3, "9" * 100_000 + "x"))


def test_a_tilt_of_rounding_is_none(read):
    flags = "xy xz yz pp pp pp"
    tilted = ["0 6 1.2e-15", "0 6 -3e-16", "0 6 0"]
    plain = read(dump_text(regular_rows(), bounds=["0 6"] * 3))
    assert_same_state(read(dump_text(regular_rows(), bounds=tilted, flags=flags)), plain)
    general = ["6 0 0 0", "1e-15 6 0 0", "0 0 6 0"]
    found = read(dump_text(regular_rows(), bounds=general, flags="abc origin pp pp pp"))
    assert_same_state(found, plain)


def test_a_flipped_bit_of_a_compressed_dump_is_noticed(tmp_path):
    path = tmp_path / "a.dump.zst"
    write_dump(path, [liquid(n=200, seed=k, step=k) for k in range(2)])
    packed = path.read_bytes()
    generator = np.random.default_rng(2)
    for at in generator.integers(8 * 12, 8 * len(packed), 40):
        path.write_bytes(
            packed[: at // 8] + bytes([packed[at // 8] ^ 1 << at % 8]) + packed[at // 8 + 1 :]
        )
        with pytest.raises(ConfigurationError, match=r"a\.dump\.zst"):
            read_configuration(path, "ipl", 0)


def test_positions_that_were_rounded_stay_marked_however_they_are_written(tmp_path):
    rough = replace(liquid(n=120), single_precision=True)
    single = rough.with_positions(rough.positions_nc.astype(np.float32).astype(float))
    digits = rough.with_positions(np.round(rough.positions_nc, 5))
    model = get_model("ipl")
    for frame in (rough, single, digits):
        for name, write in [
            ("a.dump", lambda path, one: write_dump(path, one)),
            ("a.data", lambda path, one: write_data(path, one, model)),
            ("a.xyz", lambda path, one: write_extxyz(path, one, model)),
        ]:
            write(tmp_path / name, frame)
            with pytest.warns(PrecisionWarning):
                found = read_configuration(tmp_path / name, "ipl")
            assert found.single_precision
            assert_same_state(found, frame, ["positions_nc", "species", "ids", "images_nc"])
            assert ("rounded" in (tmp_path / name).read_text()) == (frame is rough)


def test_numbers_are_written_in_as_few_digits_as_give_them_back(tmp_path):
    frame = liquid(n=120).with_positions(np.full((120, 3), 2.0625 + 0.1))
    write_dump(tmp_path / "a", frame)
    assert (tmp_path / "a").read_text().splitlines()[9].split()[2:5] == ["2.1625"] * 3
