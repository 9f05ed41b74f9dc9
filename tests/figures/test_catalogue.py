"""Every figure of the catalogue from real campaigns, small ones: what is drawn, and what is skipped and why."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest

from lmpmeso.campaign.tables import read_tables
from lmpmeso.cli import main
from lmpmeso.errors import CampaignError, StatisticsError
from lmpmeso.figures.catalogue import FIGURES, drawn_figures
from lmpmeso.figures.entry import DrawnFigure, SkippedFigure
from lmpmeso.figures.liquids import paper_line, rounded_from
from lmpmeso.figures.results import Results, read_results


@pytest.fixture(scope="module")
def results(planar, solid):
    return read_results([planar, solid])


@pytest.fixture(scope="module")
def made(results):
    return {one.entry.name: one for one in drawn_figures(results)}


def panels(made, name):
    return [ax for ax in made[name].figure.axes if ax.get_label() != "<colorbar>"]


def test_every_figure_is_drawn_but_that_of_liquids_that_are_not_there(made):
    assert list(made) == [entry.name for entry in FIGURES]
    skipped = {name for name, one in made.items() if isinstance(one, SkippedFigure)}
    assert skipped == {"densities", "minimizers"}
    assert "landscape --compare" in made["minimizers"].entry.command
    assert "two liquids" in made["densities"].reason
    assert "ss-0.95" in made["densities"].entry.command


def test_captions_tell_counts_and_what_the_bars_are(made):
    for name, one in made.items():
        if isinstance(one, DrawnFigure):
            assert one.caption.endswith("."), name
            assert "nan" not in one.caption, name
            assert one.alt
    caption = made["mesoelastic"].caption
    assert "IPL: N = 64, 1 temperatures, 3 glasses each" in caption
    assert "2D IPL: N = 64, 2 temperatures, 3 glasses each" in caption
    assert "90 % intervals" in caption
    assert "Dotted: the paper's t\u0303, ℓ\u0303 (IPL 0.1, 0.4); grey:" in caption
    assert "2 trajectories" in made["granularity"].caption
    assert "2 configurations" in made["local-correlations"].caption


def test_numbers_are_those_of_the_paper_in_its_order():
    numbers = [int(entry.number.split()[1]) for entry in FIGURES if entry.number]
    assert numbers == [1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12]
    assert len({entry.name for entry in FIGURES}) == len(FIGURES)


def test_the_mesoelastic_figure_has_four_panels_a_liquid_with_every_state_point(made, planar):
    axes = panels(made, "mesoelastic")
    assert [ax.get_title(loc="left") for ax in axes[::4]] == ["IPL", "2D IPL"]
    assert axes[0].get_ylabel() == r"$F_s(t; q_{\rm max})$"
    assert axes[5].get_xlabel() == "$1/T$"
    assert axes[6].get_xlabel() == "$1/T_p$"
    assert axes[7].get_xlabel() == r"$\kappa(T)\,a_0^2/T$"
    points = read_tables(planar)["state_points"].sort_values("temperature")
    relaxed = points[points["tau_alpha_over_t0"].notna()]
    drawn = axes[5].containers[0].lines[0]
    assert drawn.get_xdata() == pytest.approx(1.0 / relaxed["temperature"].to_numpy())
    assert drawn.get_ydata() == pytest.approx(relaxed["tau_alpha_over_t0"].to_numpy())
    eq3 = axes[7].containers[0].lines[0]
    expected = relaxed["kappa"] * relaxed["a0"] ** 2 / relaxed["temperature"]
    assert eq3.get_xdata() == pytest.approx(expected.to_numpy())
    kappa = axes[6].containers[0].lines[0]
    assert kappa.get_ydata() == pytest.approx(points["kappa_ratio"].to_numpy())
    assert len(axes[4].lines) == 3, "two temperatures and the threshold"


def test_bonds_circles_and_particles_are_all_there(made, results):
    left, right = panels(made, "mobility-and-kappa")
    bonds, cores = results.table("bonds"), results.table("cores")
    lines = right.collections[0]
    assert len(lines.get_segments()) >= len(bonds)
    assert sorted(set(lines.get_array())) == pytest.approx(sorted(set(bonds["kappa"])))
    assert [t.get_text() for t in right.texts] == [str(k + 1) for k in range(len(cores))]
    assert len(left.collections[0].get_offsets()) >= 64
    mode, response = panels(made, "soft-mode")
    assert mode.get_title() == "soft mode"
    forces = response.collections[1]
    assert len(forces.get_offsets()) == 2, "a dipole has two forces"
    assert np.hypot(forces.U, forces.V) == pytest.approx(np.hypot(forces.U, forces.V)[0])


def test_the_rate_of_transitions_is_that_of_the_table(made, planar):
    rates = read_tables(planar)["landscape"]
    _, drawn = panels(made, "granularity")
    heights = [line.get_ydata()[0] for line in drawn.lines if len(line.get_ydata())]
    expected = (
        rates["transition_rate_reduced"].iloc[0] or rates["transition_rate_reduced_high"].iloc[0]
    )
    assert heights[0] == pytest.approx(expected)


def granularity_of(results, **tables):
    (made,) = drawn_figures(Results((), results.tables | tables), ["granularity"])
    return made


def test_the_coldest_state_point_is_one_in_equilibrium(results):
    rates = results.table("landscape").iloc[:1]
    crystal = rates.assign(temperature=0.1, excluded="r0: crystallised")
    made = granularity_of(results, landscape=pd.concat([rates, crystal], ignore_index=True))
    assert f"T = {rates['temperature'].iloc[0]:g}" in made.caption
    made = granularity_of(results, landscape=crystal)
    assert made.reason == "no state point was in equilibrium"


def test_distributions_are_those_of_liquids_in_equilibrium(results):
    points = results.table("state_points")
    planar = points[points["label"] == "2D IPL"].copy()
    planar.loc[planar["temperature"].idxmin(), "excluded"] = "r0: crystallised"
    given = Results((), results.tables | {"state_points": planar})
    (made,) = drawn_figures(given, ["stiffness-distribution"])
    labels = made.figure.axes[0].get_legend_handles_labels()[1]
    assert [label for label in labels if "T_p" in label] == [
        f"$T_p$ = {planar['temperature'].max():g}"
    ]


def test_energies_are_those_of_one_temperature(results):
    energies = results.table("landscape_energies")
    hotter = energies.assign(temperature=9.0, reduced_energy=-1e6)
    made = granularity_of(
        results, landscape_energies=pd.concat([energies, hotter], ignore_index=True)
    )
    (curve,) = made.figure.axes[0].lines
    assert len(curve.get_xdata()) == (energies["trajectory"] == 0).sum()


@pytest.mark.parametrize(
    ("models", "groups"),
    [(("ss", "ss-0.95"), 1), (("ipl", "ss"), 1), (("ipl", "ss", "ss-0.95"), 2), (("ss-0.95",), 1)],
)
def test_densities_of_sticky_spheres_are_a_group_of_their_own(results, models, groups):
    tables = {
        name: pd.concat(
            [results.table(name).assign(model=model, label=model) for model in models],
            ignore_index=True,
        )
        for name in ("landscape", "landscape_energies")
    }
    assert len(granularity_of(results, **tables).figure.axes) == 2 * groups


def test_a_figure_of_several_folders_has_their_liquids_side_by_side(results):
    assert results.table("liquids")["label"].tolist() == ["IPL", "2D IPL"]
    assert set(results.of_models(["ipl"]).table("state_points")["label"]) == {"IPL"}


def test_equal_liquids_of_two_folders_are_told_apart(solid, tmp_path):
    copy = shutil.copytree(solid, tmp_path / "again")
    labels = read_results([solid, copy]).table("liquids")["label"]
    assert labels.tolist() == ["IPL, $N$ = 64, solid", "IPL, $N$ = 64, again"]


def test_tables_of_ones_own_are_drawn_like_those_of_a_campaign(planar, tmp_path):
    assert main(["export", str(planar), "-o", str(tmp_path / "out"), "--parts", "tables"]) == 0
    own = read_results([tmp_path / "out" / "tables"])
    drawn = {m.entry.name for m in drawn_figures(own) if isinstance(m, DrawnFigure)}
    assert {"mesoelastic", "annealing", "local-correlations", "granularity"} <= drawn
    minimal = pd.DataFrame(
        {
            "model": "mblj",
            "n_particles": 500,
            "temperature": [1.0, 0.6],
            "kappa_ratio": [1.0, 1.4],
            "shear_modulus_ratio": [1.0, 1.2],
        }
    )
    (tmp_path / "mine").mkdir()
    minimal.to_csv(tmp_path / "mine" / "state-points.csv", index=False)
    entry = next(entry for entry in FIGURES if entry.name == "annealing")
    figure = entry.draw(read_results([tmp_path / "mine"]))
    assert figure.axes[0].get_title() == "mBLJ"


def test_a_folder_without_results_is_refused_with_what_makes_them(tmp_path):
    with pytest.raises(CampaignError, match="lmpmeso run --preset ipl-mini"):
        read_results([tmp_path])


def test_an_unfinished_campaign_skips_with_the_command_that_goes_on(planar, tmp_path):
    shutil.copy(planar / "campaign.toml", tmp_path / "campaign.toml")
    made = list(drawn_figures(read_results([tmp_path])))
    assert all(isinstance(one, SkippedFigure) for one in made)
    of_campaigns = [one for one in made if one.entry.name != "minimizers"]
    assert all("lmpmeso run" in one.entry.command and one.reason for one in of_campaigns)


def test_tables_of_ones_own_without_their_columns_are_refused_by_name(tmp_path):
    pd.DataFrame({"model": ["ipl"], "N": [500]}).to_csv(tmp_path / "state-points.csv", index=False)
    with pytest.raises(CampaignError, match=r"state-points\.csv has no column n_particles, temper"):
        read_results([tmp_path])


def test_an_unknown_figure_is_refused_with_the_list_of_all(results):
    with pytest.raises(StatisticsError, match="mesoelastic"):
        list(drawn_figures(results, ["fig4"]))


def test_the_command_writes_the_formats_asked_for(planar, tmp_path, capsys):
    arguments = ["figures", str(planar), "-o", str(tmp_path), "--json"]
    assert main([*arguments, "--only", "annealing", "densities", "--format", "pdf"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert [f["name"] for f in report["figures"]] == ["annealing"]
    assert report["figures"][0]["number"] == "Fig. 3"
    assert [s["name"] for s in report["skipped"]] == ["densities"]
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "SHA256SUMS",
        "annealing.pdf",
        "made.json",
    ]
    assert (tmp_path / "annealing.pdf").read_bytes().startswith(b"%PDF")
    assert main([*arguments, "--only", "figure-4"]) == 2
    assert "mesoelastic" in capsys.readouterr().err
    assert main([*arguments, "--models", "sw"]) == 2
    assert "there are ipl2d" in capsys.readouterr().err


def test_several_folders_need_a_place_for_the_figures(planar, solid, capsys):
    assert main(["figures", str(planar), str(solid)]) == 2
    assert "-o" in capsys.readouterr().err


@pytest.mark.filterwarnings("ignore::lmpmeso.errors.EnsembleTemperatureWarning")
def test_folders_of_single_commands_are_drawn_like_campaigns(planar, tmp_path):
    run = sorted(planar.glob("ipl2d/N64/T1.0/r0/production-*/*-end.nc"))[0]
    liquid = [str(run), "--model", "ipl2d", "--temperature", "1.0"]
    folders = {name: tmp_path / name for name in ("landscape", "propensity")}
    short = ["--trajectories", "1", "--duration", "0.3", "-o", str(folders["landscape"])]
    assert main(["landscape", *liquid, *short]) == 0
    few = [
        "--time",
        "0.5",
        "--runs",
        "2",
        "--configurations",
        "2",
        "-o",
        str(folders["propensity"]),
    ]
    assert main(["propensity", *liquid, *few]) == 0
    results = read_results(folders.values())
    drawn = {m.entry.name: m for m in drawn_figures(results) if isinstance(m, DrawnFigure)}
    assert set(drawn) == {"granularity", "sampling-interval", "local-correlations", "rank-maps"}
    report = json.loads((folders["propensity"] / "propensity.json").read_text(encoding="utf-8"))
    assert f"$C_s$ = {report['spearman']:.2f}" in [
        ax.get_title(loc="left") for ax in drawn["rank-maps"].figure.axes
    ]
    assert len(drawn["local-correlations"].figure.axes) == 2, (
        "without state points there is no Eq. 3"
    )
    tables = [path for folder in folders.values() for path in folder.glob("*.csv")]
    shared = [path for path in tables if (planar / "tables" / path.name).is_file()]
    assert len(shared) == 8
    for path in shared:
        mine, theirs = (
            pd.read_csv(p, nrows=0).columns for p in (path, planar / "tables" / path.name)
        )
        assert [title for title in theirs if title != "excluded"] == list(mine), path.name


def test_tables_of_version_0_1_0_are_refused_with_what_renews_them(tmp_path):
    (tmp_path / "landscape.json").write_text('{"model": "ipl"}', encoding="utf-8")
    (tmp_path / "energies.csv").write_text("trajectory,step\n", encoding="utf-8")
    with pytest.raises(CampaignError, match="run its command again"):
        read_results([tmp_path])


def test_a_file_that_names_no_liquid_is_passed_over(planar, tmp_path):
    shutil.copy(planar / "tables" / "landscape.csv", tmp_path)
    (tmp_path / "energies.csv").write_text("trajectory,step\n0,1\n", encoding="utf-8")
    assert set(read_results([tmp_path]).tables) == {"landscape", "liquids"}


@pytest.mark.parametrize(
    ("number", "low", "high"),
    [(0.4, 0.35, 0.45), (0.1, 0.095, 0.15), (4e-9, 3.5e-9, 4.5e-9), (9e-14, 8.5e-14, 9.5e-14)],
)
def test_the_numbers_that_round_to_one_digit(number, low, high):
    assert rounded_from(number) == pytest.approx((number, low, high), rel=1e-12)
    for inside in (low * (1 + 1e-9), high * (1 - 1e-9)):
        assert float(f"{inside:.0e}") == number
    for outside in (low * (1 - 1e-9), high * (1 + 1e-9)):
        assert float(f"{outside:.0e}") != number


def test_the_line_of_the_paper_is_eq_3_with_its_numbers():
    line, low, high = paper_line("ipl", [20.0, 40.0])
    assert np.log(line) == pytest.approx(np.log(0.1) + 0.16 * np.array([20.0, 40.0]))
    assert np.log(low) == pytest.approx(np.log(0.095) + 0.1225 * np.array([20.0, 40.0]))
    assert np.log(high) == pytest.approx(np.log(0.15) + 0.2025 * np.array([20.0, 40.0]))
