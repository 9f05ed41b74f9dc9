"""Valid files of every format, ways to damage them, and what reading a damaged one may come to."""

import bz2
import gzip
import lzma
import struct
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import zstandard

from lmpmeso.campaign.folder import campaign_text
from lmpmeso.campaign.reading import parse_campaign
from lmpmeso.configurations import (
    Trajectory,
    iter_configurations,
    random_configuration,
    read_configuration,
    read_inherent_structures,
    read_netcdf_fields,
    read_trajectory,
    write_configurations,
    write_data,
    write_dump,
    write_extxyz,
    write_inherent_structures,
    write_trajectory,
)
from lmpmeso.configurations.configuration import InherentStructure
from lmpmeso.configurations.script_model import LammpsModel
from lmpmeso.errors import LmpmesoError
from lmpmeso.models import get_model, read_model
from lmpmeso.models.setfl import read_potential_tables
from lmpmeso.models.tabulated import read_table

MODEL = get_model("ipl")
N = 64
WORDS = [
    *(b"nan", b"inf", b"-inf", b"1e999", b"-1", b"0", b"9" * 30, b"9" * 5000, b"5_0", b"0x10", b""),
    *(
        "²".encode(),
        "٣".encode(),
        b"\0",
        b"true",
        b"1e-400",
        b"1.5.2",
        b"abc",
        b"[",
        b'"',
        b"\n",
        b"#",
    ),
    *(
        b"18446744073709551616",
        b"-9223372036854775809",
        b"2147483648",
        b"1e308",
        b"\xff\xfe",
        b"0.0",
    ),
]


def frames(n_frames=3):
    """Frames of a liquid with images and velocities."""
    generator = np.random.default_rng(1)
    liquid = random_configuration(MODEL, N, 5)
    for k in range(n_frames):
        yield replace(
            liquid,
            positions_nc=liquid.positions_nc + 0.01 * k,
            images_nc=generator.integers(-2, 3, (N, 3)) * 0 + 1,
            velocities_nc=generator.normal(size=(N, 3)),
            step=100 * k,
        )


def classic_netcdf(version, variables, attributes, records):
    """A NetCDF file of version 1, 2 or 5 with variables name → (dimensions, values); "frame" is the unlimited one."""
    lengths = {"frame": 0}
    for dimensions, values in variables.values():
        lengths |= {
            d: size for d, size in zip(dimensions, values.shape, strict=True) if d != "frame"
        }
    kinds = {"S1": 2, "i4": 4, "f4": 5, "f8": 6, "i8": 10}
    number = ">q" if version == 5 else ">i"
    offset = ">i" if version == 1 else ">q"

    def num(value):
        return struct.pack(number, value)

    def name(text):
        data = text.encode()
        return num(len(data)) + data + bytes(-len(data) % 4)

    def attribute(text, value):
        if isinstance(value, str):
            data = value.encode()
            return name(text) + struct.pack(">i", 2) + num(len(data)) + data + bytes(-len(data) % 4)
        return name(text) + struct.pack(">i", 5) + num(1) + struct.pack(">f", value)

    def group(tag, items):
        return struct.pack(">i", tag if items else 0) + num(len(items)) + b"".join(items)

    names = list(lengths)
    varying = [n for n, (d, _) in variables.items() if d[0] == "frame"]

    def entry(n, begin):
        dimensions, values = variables[n]
        shape = values.shape[1:] if n in varying else values.shape
        size = int(np.prod(shape)) * values.dtype.itemsize
        own = [attribute("scale_factor", 0.005)] if n == "time" else []
        return (
            name(n)
            + num(len(dimensions))
            + b"".join(num(names.index(d)) for d in dimensions)
            + group(12, own)
            + struct.pack(">i", kinds[values.dtype.str[1:]])
            + num(size + -size % 4)
            + struct.pack(offset, begin)
        )

    def header(begins):
        return (
            b"CDF"
            + bytes([version])
            + num(records)
            + group(10, [name(n) + num(size) for n, size in lengths.items()])
            + group(12, [attribute(n, v) for n, v in attributes.items()])
            + group(11, [entry(n, begins.get(n, 0)) for n in variables])
        )

    def packed(values):
        data = np.asarray(values, dtype=values.dtype.newbyteorder(">")).tobytes()
        return data + bytes(-len(data) % 4)

    at, begins, body = len(header({})), {}, b""
    for n, (_, values) in variables.items():
        if n not in varying:
            begins[n] = at + len(body)
            body += packed(values)
    record = at + len(body)
    for n in varying:
        begins[n] = record
        record += len(packed(variables[n][1][0]))
    for k in range(records):
        body += b"".join(packed(variables[n][1][k]) for n in varying)
    return header(begins) + body


def lammps_netcdf(version=5, dtype="f4", n_frames=3, **more):
    """What ``dump netcdf`` of LAMMPS writes for the frames."""
    made = list(frames(n_frames))

    def stacked(values, kind):
        return np.stack(values).astype(kind)

    per_frame = {
        "time": (("frame",), stacked([100.0 * k for k in range(n_frames)], dtype)),
        "cell_origin": (("frame", "cell_spatial"), stacked([f.origin_c for f in made], dtype)),
        "cell_lengths": (("frame", "cell_spatial"), stacked([f.box_c for f in made], dtype)),
        "cell_angles": (("frame", "cell_angular"), np.full((n_frames, 3), 90.0, dtype)),
        "id": (("frame", "atom"), stacked([f.ids for f in made], "i4")),
        "type": (("frame", "atom"), stacked([f.species + 1 for f in made], "i4")),
        "coordinates": (
            ("frame", "atom", "spatial"),
            stacked([f.positions_nc for f in made], dtype),
        ),
        "velocities": (
            ("frame", "atom", "spatial"),
            stacked([f.velocities_nc for f in made], dtype),
        ),
        **{
            f"i{a}": (("frame", "atom"), stacked([f.images_nc[:, c] for f in made], "i4"))
            for c, a in enumerate("xyz")
        },
    }
    labels = {"spatial": (("spatial",), np.array([*"xyz"], "S1"))}
    about = {"Conventions": "AMBER", "ConventionVersion": "1.0", "program": "LAMMPS"}
    return classic_netcdf(version, labels | per_frame | more, about, n_frames)


def yaml_dump():
    """What ``dump yaml`` of LAMMPS writes for the frames."""
    text = ""
    for frame in frames():
        rows = zip(
            frame.ids, frame.species + 1, *frame.positions_nc.T, *frame.images_nc.T, strict=True
        )
        edges = "".join(f"  - [ 0, {edge!r} ]\n" for edge in frame.box_c.tolist())
        text += (
            f"---\ncreator: LAMMPS\ntimestep: {frame.step}\nunits: lj\ntime: {frame.step * 0.005}\nnatoms: {N}\n"
            f"boundary: [ p, p, p, p, p, p, ]\nbox:\n{edges}keywords: [ id, type, x, y, z, ix, iy, iz,  ]\ndata:\n"
            + "".join("  - [ " + " , ".join(str(v.item()) for v in row) + ", ]\n" for row in rows)
            + "...\n"
        )
    return text.encode()


def labelled_data(text):
    """A data file with type labels, comments and a section of a fix."""
    head, _, atoms = text.partition("Atoms # atomic\n\n")
    rows = "\n".join(
        " ".join([w[0], "SL"[int(w[1]) - 1], *w[2:]]) + " # c"
        for w in (line.split() for line in atoms.partition("\n\n")[0].splitlines())
    )
    return f"{head}Atom Type Labels\n\n1 S\n2 L\n\nAtoms # atomic\n\n{rows}\n\nd_extra\n\n1 2.5\n"


CAMPAIGN = """name = "small"
seed = 3
[[liquids]]
model = "ipl"
n_particles = 128
temperatures = [2.0, 1.0]
[equilibration]
max_tau = 10.0
[glasses]
number = 2
"""
MODEL_FILE = """density = 1.2
time_step = 0.005
[[species]]
name = "A"
fraction = 0.8
[[species]]
name = "B"
fraction = 0.2
[pair]
phi = "4*eps*((sigma/r)**12 - (sigma/r)**6)"
cutoff = "2.5*sigma"
[pair.constants]
eps = {A-A = 1.0, A-B = 1.5, B-B = 0.5}
sigma = {A-A = 1.0, A-B = 0.8, B-B = 0.88}
"""
SCRIPT = """units lj
dimension 3
mass * 1.0
timestep 0.005
pair_style lj/cut 1.7
pair_coeff 1 1 1.0 0.6 1.7
pair_coeff * 2 1.5 0.6 1.7
run 100
"""


def table_text():
    r = np.linspace(0.6, 1.5, 60)
    energy, force = r**-12 - r**-6, 12 * r**-13 - 6 * r**-7
    rows = "".join(
        f"{k} {x!r} {e!r} {f!r}\n"
        for k, (x, e, f) in enumerate(
            zip(r.tolist(), energy.tolist(), force.tolist(), strict=True), 1
        )
    )
    return f"# UNITS: lj\nA_A\nN 60 R 0.6 1.5\n\n{rows}"


def setfl_text(n=20):
    values = "\n".join(f"{0.1 * k:.16e}" for k in range(n))
    grid = f"{n} 0.1 {n} 0.1 {0.1 * (n - 1)}"
    return (
        f"c\nc\nc\n2 Cu Zr\n{grid}\n"
        + f"29 63.5 3.6 fcc\n{values}\n{values}\n" * 2
        + f"{values}\n" * 3
    )


def valid_files(folder: Path) -> dict[str, bytes]:
    """A valid file of each format, by a name that says how it is read."""
    made = list(frames())
    structures = [
        InherentStructure.from_configuration(f, energy=1.0, max_force=1e-11, minimizer="cg")
        for f in made
    ]
    run = Trajectory(
        np.stack([f.unwrapped_positions() for f in made]),
        np.array([0, 100, 200]),
        0.005,
        made[0].species,
        made[0].box_c,
        made[0].ids,
    )
    write_dump(folder / "dump", made)
    write_dump(folder / "unwrapped", [run.configuration(k) for k in range(3)])
    write_data(folder / "data", made[0], MODEL)
    write_extxyz(folder / "xyz", made, MODEL)
    write_configurations(folder / "conf.nc", made)
    write_inherent_structures(folder / "is.nc", structures, per_particle={"kappa": np.ones((3, N))})
    write_trajectory(folder / "run.nc", run)
    found = {path.name: path.read_bytes() for path in folder.iterdir()}
    dump = found["dump"]
    timed = dump.replace(b"ITEM: TIMESTEP", b"ITEM: UNITS\nlj\nITEM: TIME\n0.5\nITEM: TIMESTEP")
    return {
        **found,
        "timed": timed,
        "dump.gz": gzip.compress(dump, mtime=0),
        "dump.zst": zstandard.ZstdCompressor(write_checksum=True).compress(dump),
        "dump.bz2": bz2.compress(dump),
        "dump.xz": lzma.compress(dump),
        "labelled.data": labelled_data(found["data"].decode()).encode(),
        "yaml": yaml_dump(),
        **{f"lammps-{v}.nc": lammps_netcdf(v) for v in (1, 2, 5)},
        "lammps.xyz": found["xyz"].replace(b"step=", b"Timestep=").replace(b":velo:", b":vel:"),
        "campaign.toml": CAMPAIGN.encode(),
        "model.toml": MODEL_FILE.encode(),
        "table": table_text().encode(),
        "CuZr.eam.alloy": setfl_text().encode(),
        "in.script": SCRIPT.encode(),
    }


def damaged(data: bytes, generator: np.random.Generator) -> bytes:
    """The same with one to three faults."""
    for _ in range(generator.integers(1, 4)):
        data = FAULTS[generator.integers(len(FAULTS))](data, generator)
    return data


def _flip(data, generator):
    at = generator.integers(max(1, len(data)))
    return (
        data[:at] + bytes([data[at] ^ (1 << generator.integers(8))]) + data[at + 1 :]
        if data
        else data
    )


def _byte(data, generator):
    at = generator.integers(len(data) + 1)
    return data[:at] + generator.bytes(1) + data[at + 1 :]


def _cut(data, generator):
    return data[: generator.integers(len(data) + 1)]


def _without(data, generator):
    begin = generator.integers(len(data) + 1)
    return data[:begin] + data[begin + generator.integers(1, 200) :]


def _twice(data, generator):
    begin = generator.integers(len(data) + 1)
    end = begin + generator.integers(1, 2000)
    return data[:end] + data[begin:]


def _word(data, generator):
    """Another word in the place of one near a random place."""
    new = WORDS[generator.integers(len(WORDS))]
    at = generator.integers(len(data) + 1)
    begin = max(data.rfind(b" ", 0, at), data.rfind(b"\n", 0, at), data.rfind(b"=", 0, at)) + 1
    end = min((e for e in (data.find(b" ", at), data.find(b"\n", at)) if e >= 0), default=len(data))
    return data[:begin] + new + data[max(begin, end) :]


def _head_word(data, generator):
    """The same near the begin, where headers are."""
    head = data[:600]
    return _word(head, generator) + data[600:]


def _lines(data, generator):
    """Two lines in each other's place."""
    lines = data.split(b"\n")
    one, other = generator.integers(len(lines), size=2)
    lines[one], lines[other] = lines[other], lines[one]
    return b"\n".join(lines)


def _number(data, generator):
    """Four or eight bytes that are a number to binary formats."""
    kind = [">i", ">q", ">d", ">f"][generator.integers(4)]
    values = [-1, 0, 1, 2**31 - 1, 7]
    value = values[generator.integers(len(values))]
    new = struct.pack(kind, value)
    at = 4 * generator.integers(len(data) // 4 + 1)
    return data[:at] + new + data[at + len(new) :]


FAULTS = (_flip, _byte, _cut, _without, _twice, _word, _word, _head_word, _lines, _number)


def read(name: str, path: Path) -> list[str]:
    """Read a file in every way there is; what is wrong about how that ended."""
    faults = []
    for action in _ways(name, path):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", RuntimeWarning)
            try:
                faults += action()
            except LmpmesoError as error:
                if not str(error).strip() or len(str(error)) > 3000:
                    faults.append(f"{name}: a message of {len(str(error))} characters")
            except Exception as error:  # what this test is for
                faults.append(f"{name}: {type(error).__name__}: {str(error)[:200]}")
    return faults


def _ways(name, path):
    if name == "campaign.toml":
        return [lambda: parse_campaign(campaign_text(path), str(path), path.parent) and []]
    if name == "model.toml":
        return [lambda: read_model(path) and []]
    if name == "table":
        return [lambda: read_table(path, "A_A") and []]
    if name == "CuZr.eam.alloy":
        return [lambda: read_potential_tables(path) and []]
    if name == "in.script":
        return [lambda: LammpsModel(path, path.parent / "valid.dump") and []]
    ways = [
        lambda: _oddities(read_configuration(path, MODEL)),
        lambda: _oddities(read_configuration(path, MODEL, 0)),
        lambda: [odd for c in iter_configurations(path, MODEL) for odd in _oddities(c)],
        lambda: _oddities(read_trajectory(path, MODEL).configuration(-1)),
    ]
    if name.endswith(".nc"):
        ways += [
            lambda: [odd for c in read_inherent_structures(path, MODEL) for odd in _oddities(c)],
            lambda: list(read_netcdf_fields(path))[:0],
        ]
    return ways


def _oddities(configuration):
    """What no configuration should be."""
    sane = (
        np.isfinite(configuration.positions_nc).all()
        and np.isfinite(configuration.box_c).all()
        and (configuration.box_c > 0).all()
        and (configuration.velocities_nc is None or np.isfinite(configuration.velocities_nc).all())
        and (configuration.step is None or abs(configuration.step) < 2**63)
        and np.array_equal(configuration.ids, np.arange(1, configuration.n_particles + 1))
    )
    return [] if sane else [f"read without a word: {configuration!r}"]
