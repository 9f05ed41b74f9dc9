from dataclasses import replace

import pytest

from lmpmeso.errors import LammpsError
from lmpmeso.lammps import lammps_build
from lmpmeso.lammps.accelerators import BUILD_GUIDE, LammpsBuild, choose_accelerator
from lmpmeso.lammps.gpu import gpu_visible
from lmpmeso.lammps.installation import installation_of, lammps_installation
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
BOTH = with_package(KOKKOS, "GPU", "gpu", {"table", "sw", "lj/smooth/linear"})


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
            replace(KOKKOS, gpu_present=False),
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


def test_fire_gives_way_to_cg_only_where_kokkos_lacks_it():
    assert minimizer_of_build("fire", "kokkos", KOKKOS) == "cg"
    assert minimizer_of_build("cg", "kokkos", KOKKOS) == "cg"
    assert minimizer_of_build("fire", "gpu", GPU) == "fire"
    recent = replace(KOKKOS, min_styles=KOKKOS.min_styles | {"fire/kk"})
    assert minimizer_of_build("fire", "kokkos", recent) == "fire"


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
