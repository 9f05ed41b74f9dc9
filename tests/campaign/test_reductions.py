"""Summaries and tables of made-up measurements whose answers are known."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from lmpmeso.campaign.measurements import sections
from lmpmeso.campaign.measurements.dynamics import (
    DISPLACEMENT_FILE,
    DYNAMICS_UNITS,
    SCATTERING_FILE,
    THERMODYNAMICS_FILE,
    equilibrium_parts,
    thermodynamics,
)
from lmpmeso.campaign.measurements.elasticity import GLASS_UNITS
from lmpmeso.campaign.measurements.production import ends_of_blocks
from lmpmeso.campaign.measurements.structure import AVERAGES_FILE, DISPLACEMENTS_FILE, RADIAL_FILE
from lmpmeso.campaign.measurements.summary import (
    CURVES_FILE,
    DISTRIBUTION_FILE,
    GLASSES_FILE,
    QUANTILES_FILE,
    SUMMARY_FILE,
    Statistics,
    geometric_mean,
    summarise_replicas,
)
from lmpmeso.campaign.settings import Campaign, Liquid
from lmpmeso.campaign.stiffness_file import write_stiffness
from lmpmeso.campaign.study import state_points
from lmpmeso.campaign.tables import campaign_tables, column_units, read_tables, write_tables
from lmpmeso.configurations import Trajectory
from lmpmeso.engine.records import read_record, write_record
from lmpmeso.engine.step import Workplace
from lmpmeso.errors import CampaignError
from lmpmeso.files.tables import write_table
from lmpmeso.models import get_model
from lmpmeso.report.answer import stiffening
from lmpmeso.report.results import unusual
from lmpmeso.statistics import mean_over_time

MODEL = get_model("ipl")
TEMPERATURE = 0.7
T0 = MODEL.t0(TEMPERATURE)
IDENTITY = {"stage": "test", "version": 1, "parameters": {}, "needs": {}}


def write_dynamics(folder, tau=20.0, diffusion=0.01, **verdict):
    """F_s = exp(-1.6 t/τ_α), which is 0.2 near τ_α, and MSD = 6 D t."""
    folder.mkdir(parents=True)
    t = np.geomspace(0.01, 400.0, 150)
    rate = math.log(5.0) / tau
    fs = pd.DataFrame(
        {"t": t, "t_over_t0": t / T0, "Fs": np.exp(-rate * t), "Fs_error": 0.002, "n_origins": 50}
    ).assign(n_blocks=10)
    msd = pd.DataFrame({"t": t, "msd": 6 * diffusion * t, "msd_error": 0.06 * diffusion * t})
    blocks = pd.DataFrame({"potential_energy": 6.8 + 0.01 * np.arange(-3, 4), "pressure": 5.0})
    tables = {
        SCATTERING_FILE: fs,
        DISPLACEMENT_FILE: msd.assign(n_origins=50, n_blocks=10),
        THERMODYNAMICS_FILE: blocks,
    }
    files = [write_table(folder / n, table, DYNAMICS_UNITS) for n, table in tables.items()]
    calm = {"drifts": False, "crystallised": False, "cavitated": False}
    calm |= {"structure": "a liquid", "equilibrium": "calm"}
    entries = {"run_time": 2000.0, "q": 6.35}
    entries |= {"q_max": 6.3, "q_max_low": 6.2, "q_max_high": 6.4, "q_max_caveat": ""}
    work = Workplace(folder / "dynamics.json", identity=IDENTITY)
    write_record(work, "dynamics", files, **(entries | calm | verdict))
    return work.target


def write_elasticity(folder, kappa_by_glass, n_failed=0):
    """Glasses whose κ_ij are given; G is half of their mean."""
    folder.mkdir(parents=True)
    stem = f"00000-{len(kappa_by_glass) + n_failed - 1:05d}"
    bonds = {
        glass: pd.DataFrame({"i": 0, "j": 1, "distance": 1.0, "kappa": kappa})
        for glass, kappa in enumerate(kappa_by_glass)
    }
    means = np.array([np.mean(kappa) for kappa in kappa_by_glass])
    glasses = pd.DataFrame({"glass": list(bonds), "kappa_mean": means, "shear_modulus": means / 2})
    slow = np.repeat([5.74, 5.75, 5.77, 5.76, 5.73], 8)[: len(means)]
    others = ("shear_modulus_born", "shear_modulus_nonaffine", "bulk_modulus", "pressure")
    glasses = glasses.assign(
        **dict.fromkeys(others, 1.0),
        energy_per_particle=slow,
        max_force=1e-11,
        n_pairs=[len(kappa) for kappa in kappa_by_glass],
    )
    files = [
        write_stiffness(folder / f"{stem}.npz", bonds),
        write_table(folder / f"{stem}.csv", glasses, GLASS_UNITS),
    ]
    work = Workplace(folder / f"{stem}.json", identity=IDENTITY)
    write_record(work, "elasticity", files, glasses=list(bonds))
    return work.target


def glasses(n, mean=25.0, seed=0):
    """κ of glasses: exponential within a glass, means that differ by 10 %."""
    rng = np.random.default_rng(seed)
    return [mean * rng.normal(1.0, 0.1) * rng.exponential(size=400) for _ in range(n)]


def summary_of(folder, *replicas):
    """Reduce, and read the result."""
    folder.mkdir(parents=True, exist_ok=True)
    needs = {}
    for k, (dynamics, *elasticity) in enumerate(replicas):
        needs |= {f"dynamics r{k}": [dynamics], f"elasticity r{k}": elasticity}
    work = Workplace(folder / SUMMARY_FILE, needs, identity=IDENTITY)
    summarise_replicas(
        work,
        model="ipl",
        n_particles=500,
        temperature=TEMPERATURE,
        level=0.9,
        resamples=2000,
        threshold=0.2,
        seed=1,
    )
    return read_record(work.target, "summary")


def test_the_structure_peak_of_replicas_is_their_mean_and_one_without_is_named(tmp_path):
    needs = (
        write_dynamics(tmp_path / "r0", q_max=6.2, q_max_low=6.1, q_max_high=6.3),
        write_elasticity(tmp_path / "r0" / "glasses", glasses(4)),
        write_dynamics(tmp_path / "r1", q_max=6.4, q_max_low=6.3, q_max_high=6.5),
        write_elasticity(tmp_path / "r1" / "glasses", glasses(4, seed=1)),
        write_dynamics(
            tmp_path / "r2", q_max=None, q_max_low=None, q_max_high=None, q_max_caveat="no peak"
        ),
        write_elasticity(tmp_path / "r2" / "glasses", glasses(4, seed=2)),
    )
    found = summary_of(tmp_path / "all", needs[:2], needs[2:4], needs[4:])["summary"]
    assert found["q_max"] == pytest.approx(6.3)
    assert found["q_max_high"] - found["q_max"] == pytest.approx(0.1 / math.sqrt(2))
    assert found["q_max_low"] == pytest.approx(6.3 - 0.1 / math.sqrt(2))
    assert found["q_max_caveat"] == "no peak"


def test_without_any_structure_peak_there_is_no_number(tmp_path):
    without = {"q_max": None, "q_max_low": None, "q_max_high": None, "q_max_caveat": "no peak"}
    needs = (
        write_dynamics(tmp_path / "r0", **without),
        write_elasticity(tmp_path / "r0" / "glasses", glasses(4)),
    )
    found = summary_of(tmp_path / "all", needs)["summary"]
    assert found["q_max"] is None
    assert found["q_max_caveat"] == "no peak"


def test_a_summary_returns_what_was_put_in(tmp_path):
    kappa = glasses(12)
    needs = [
        write_dynamics(tmp_path / "dynamics", tau=20.0, diffusion=0.01),
        write_elasticity(tmp_path / "a", kappa[:8]),
        write_elasticity(tmp_path / "b", kappa[8:], n_failed=1),
    ]
    found = summary_of(tmp_path / "summary", needs)["summary"]
    means = [k.mean() for k in kappa]
    assert found["kappa"] == pytest.approx(np.mean(means), rel=1e-12)
    assert found["shear_modulus"] == pytest.approx(np.mean(means) / 2, rel=1e-12)
    assert found["kappa_error"] == pytest.approx(np.std(means, ddof=1) / math.sqrt(12))
    half = 1.796 * found["kappa_error"]  # Student's t at 90 % with 11 degrees of freedom
    assert found["kappa_high"] - found["kappa_low"] == pytest.approx(2 * half, rel=0.25)
    assert found["tau_alpha"] == pytest.approx(20.0, rel=1e-3)
    assert found["tau_alpha_over_t0"] == pytest.approx(20.0 / T0, rel=1e-3)
    assert found["tau_alpha_low"] < 20.0 < found["tau_alpha_high"]
    assert found["diffusion"] == pytest.approx(0.01, rel=1e-6)
    assert found["diffusion_reduced"] == pytest.approx(0.01 * T0 / MODEL.a0**2, rel=1e-6)
    assert found["potential_energy"] == pytest.approx(6.8)
    assert found["run_over_tau"] == pytest.approx(100.0, rel=1e-3)
    assert (found["n_glasses"], found["n_glasses_failed"], found["n_pairs"]) == (12, 1, 4800)
    assert found["excluded"] == ""


def test_the_interval_of_a_mean_over_time_covers_though_successive_blocks_are_correlated():
    rng = np.random.default_rng(3)
    covered = 0
    for _ in range(400):
        energy = np.empty(40)
        energy[0] = rng.normal()
        for k in range(1, 40):  # the correlation of potential energies one τ_α apart
            energy[k] = 0.4 * energy[k - 1] + math.sqrt(1 - 0.4**2) * rng.normal()
        found = mean_over_time([pd.Series(energy)], level=0.9, seed=1, resamples=999)
        covered += found.low < 0.0 < found.high
    assert covered >= 0.84 * 400  # all blocks for themselves: 70 %


def test_energies_of_glasses_that_remember_one_another_count_by_parts_of_the_run(tmp_path):
    needs = [
        write_dynamics(tmp_path / "d"),
        write_elasticity(tmp_path / "e", glasses(40)),
    ]
    found = summary_of(tmp_path / "summary", needs)["summary"]
    parts = np.array([5.74, 5.75, 5.77, 5.76, 5.73])
    half = 2.132 * parts.std(ddof=1) / math.sqrt(5)  # Student's t at 90 %, 4 degrees of freedom
    assert found["inherent_energy"] == pytest.approx(5.75)
    assert found["inherent_energy_high"] - 5.75 == pytest.approx(half, rel=1e-3)


def test_a_replica_that_is_no_equilibrium_liquid_is_left_out(tmp_path):
    needs = [
        write_dynamics(tmp_path / "d0", tau=20.0),
        write_elasticity(tmp_path / "e0", glasses(8, 25.0)),
        write_dynamics(tmp_path / "d1", tau=80.0, crystallised=True, structure="a Bragg peak"),
        write_elasticity(tmp_path / "e1", glasses(8, 90.0)),
    ]
    record = summary_of(tmp_path / "summary", needs[:2], needs[2:])
    assert record["summary"]["n_glasses"] == 8
    assert record["summary"]["tau_alpha"] == pytest.approx(20.0, rel=1e-3)
    assert record["summary"]["n_replicas_excluded"] == 1
    assert record["summary"]["excluded"] == ""
    assert "Bragg" in record["verdicts"]["r1"]


def test_a_state_point_without_an_equilibrium_liquid_is_flagged(tmp_path):
    needs = [
        write_dynamics(tmp_path / "d", drifts=True, equilibrium="U falls"),
        write_elasticity(tmp_path / "e", glasses(8)),
    ]
    found = summary_of(tmp_path / "summary", needs)["summary"]
    assert "U falls" in found["excluded"]
    assert found["n_glasses"] == 8


def test_a_reduction_takes_the_parts_of_replicas_in_equilibrium_only(tmp_path):
    crystal = {"crystallised": True, "structure": "a Bragg peak"}
    d0, d1, d2 = (
        write_dynamics(tmp_path / f"d{k}", **words) for k, words in enumerate(({}, crystal, {}))
    )
    parts = [tmp_path / f"{k}.json" for k in range(5)]
    needs = {
        **{f"dynamics r{k}": [path] for k, path in enumerate((d0, d1, d2))},
        **{"glasses r0": parts[:2], "glasses r1": parts[2:4], "glasses r2": parts[4:]},
    }
    found = equilibrium_parts(needs, "glasses")
    assert found.paths == (*parts[:2], parts[4])
    assert found.left_out == "left out: r1: a Bragg peak"
    assert found.excluded == ""
    none = equilibrium_parts({"dynamics r0": [d1], "glasses r0": parts[2:4]}, "glasses")
    assert none.paths == tuple(parts[2:4])
    assert (none.left_out, none.excluded) == ("", "r0: a Bragg peak")


@pytest.mark.parametrize(("crystallised", "n_tables"), [(False, 1), (True, 0)])
def test_the_structure_of_a_crystal_is_in_no_table(tmp_path, crystallised, n_tables):
    point = next(state_points(CAMPAIGN))
    dynamics = tmp_path / point.stage("dynamics", 0).folder
    write_dynamics(dynamics, crystallised=crystallised, structure="a Bragg peak")
    target = tmp_path / point.targets("structure")[0]
    target.parent.mkdir(parents=True)
    curve = pd.DataFrame({"t": [1.0], "r": [1.0], "P": [0.5]})
    files = [
        write_table(target.parent / name, curve, {})
        for name in (RADIAL_FILE, AVERAGES_FILE, DISPLACEMENTS_FILE)
    ]
    summary = {"instantaneous_shear_modulus": 40.0}
    work = Workplace(target, identity=IDENTITY)
    write_record(work, "structure", files, summary=summary)
    tables = campaign_tables(tmp_path, CAMPAIGN)
    assert len(tables.structure) == n_tables
    assert len(tables["radial_distribution"]) == n_tables


def test_replicas_are_averaged_by_the_logarithm_of_the_relaxation_time(tmp_path):
    needs = []
    for replica, tau in enumerate((10.0, 40.0)):
        needs.append(write_dynamics(tmp_path / f"d{replica}", tau=tau))
        needs.append(write_elasticity(tmp_path / f"e{replica}", glasses(4, seed=replica)))
    found = summary_of(tmp_path / "summary", needs[:2], needs[2:])["summary"]
    assert found["tau_alpha"] == pytest.approx(20.0, rel=1e-3)
    assert found["n_replicas"] == 2


def test_a_run_too_short_for_a_relaxation_time_says_so(tmp_path):
    needs = [
        write_dynamics(tmp_path / "d", tau=5000.0),
        write_elasticity(tmp_path / "e", glasses(8)),
    ]
    found = summary_of(tmp_path / "summary", needs)["summary"]
    assert found["tau_alpha"] is None
    assert "longer" in found["tau_alpha_caveat"]


def test_intervals_of_a_geometric_mean_shrink_with_the_root_of_its_number():
    one = (10.0, 8.0, 12.5)
    mean, low, high = geometric_mean([one] * 4)
    assert mean == pytest.approx(10.0)
    assert math.log(mean / low) == pytest.approx(math.log(10.0 / 8.0) / 2)
    assert math.log(high / mean) == pytest.approx(math.log(12.5 / 10.0) / 2)


def test_a_geometric_mean_has_no_bound_that_one_of_its_numbers_lacks():
    mean, low, high = geometric_mean([(10.0, 0.0, 12.0), (10.0, 9.0, math.inf)])
    assert mean == pytest.approx(10.0)
    assert (low, high) == (0.0, math.inf)


TEMPERATURES = (2.0, 1.0, 0.8, 0.7, 0.65, 0.6)
CAMPAIGN = Campaign(
    name="line",
    liquids=(Liquid("ipl", 500, TEMPERATURES, glasses=(10,) * 6),),
    sections=sections(statistics=Statistics(resamples=500)),
)


def write_summaries(
    root,
    excluded=(),
    missing=(),
    time=0.1,
    length=0.4,
    exponent=0.75,
    softest_modulus=10.0,
    void_radius=1.0,
    kappa_interval=0.33,
    unbounded=(),
    infinite=None,
):
    """State points on Eq. 3 and on the Stokes-Einstein relation, without noise."""
    for k, point in enumerate(state_points(CAMPAIGN)):
        temperature = point.temperature
        if temperature in missing:
            continue
        kappa = 25.0 + 3.0 * k
        reduced = time * math.exp(length**2 * kappa * MODEL.a0**2 / temperature)
        wrong = 100.0 if temperature in excluded else 1.0
        tau = wrong * reduced * MODEL.t0(temperature)
        diffusion = 0.05 * reduced**-exponent * MODEL.a0**2 / MODEL.t0(temperature)
        target = root / point.stage("summary").file(SUMMARY_FILE)
        target.parent.mkdir(parents=True)
        moduli = [softest_modulus + k, *[10.0 + k] * 4]
        glass = pd.DataFrame({"kappa_mean": [kappa] * 5, "shear_modulus": moduli})
        glass = glass.assign(glass=range(5), replica=0, shear_modulus_xy=glass["shear_modulus"])
        glass = glass.assign(void_radius=[void_radius, *[1.0] * 4], crystalline_fraction=0.01)
        tables = dict.fromkeys((CURVES_FILE, DISTRIBUTION_FILE, QUANTILES_FILE), glass)
        tables[GLASSES_FILE] = glass
        files = [
            write_table(target.parent / name, table.assign(temperature=temperature), {})
            for name, table in tables.items()
        ]
        summary = {
            "temperature": temperature,
            "kappa": kappa,
            "kappa_low": kappa - kappa_interval,
            "kappa_high": kappa + kappa_interval,
            "tau_alpha": tau,
            "tau_alpha_low": 0.95 * tau,
            "tau_alpha_high": None if temperature in unbounded else 1.05 * tau,
            "tau_alpha_over_t0": wrong * reduced,
            "diffusion": diffusion,
            "diffusion_low": 0.97 * diffusion,
            "diffusion_high": 1.03 * diffusion,
            "excluded": "crystallised" if temperature in excluded else "",
            "n_glasses": 5,
        }
        if infinite is not None:
            ends = {"": 1.0, "_low": 0.99, "_high": 1.01}
            summary |= {f"kappa_infinity{end}": infinite * f * kappa for end, f in ends.items()}
        work = Workplace(target, identity=IDENTITY)
        write_record(work, "summary", files, summary=summary, verdicts={"r0": "calm"})


def fitted(tables, fit):
    """Values of a fit by quantity."""
    rows = tables.fits[tables.fits["fit"] == fit]
    return rows.set_index("quantity")


def test_fits_find_the_line_that_the_points_lie_on(tmp_path):
    write_summaries(tmp_path)
    tables = campaign_tables(tmp_path, CAMPAIGN)
    eq3 = fitted(tables, "mesoelastic")
    assert eq3.loc["time", "value"] == pytest.approx(0.1, rel=1e-6)
    assert eq3.loc["length", "value"] == pytest.approx(0.4, rel=1e-6)
    assert eq3.loc["length", "value_low"] < 0.4 < eq3.loc["length", "value_high"]
    reduced = tables.state_points["tau_alpha_over_t0"]
    assert eq3.loc["length", "n_points"] == (reduced >= 10).sum() >= 3
    stokes = fitted(tables, "stokes_einstein")
    assert stokes.loc["exponent", "value"] == pytest.approx(0.75, rel=1e-6)
    assert stokes.loc["exponent", "lowest_temperature"] == 0.6


@pytest.mark.parametrize(("infinite", "told"), [(0.8, False), (0.3, True)])
def test_a_fit_by_a_kappa_that_is_mostly_formula_says_so(tmp_path, infinite, told):
    write_summaries(tmp_path, infinite=infinite)
    fits = campaign_tables(tmp_path, CAMPAIGN)
    length = fitted(fits, "mesoelastic_kappa_infinity").loc["length"]
    assert length["value"] == pytest.approx(0.4 / infinite**0.5, rel=1e-6)
    assert ("at T = 1, 0.8, 0.7, 0.65, 0.6 more than half" in str(length["caveat"])) == told
    assert "taken off" not in str(fitted(fits, "mesoelastic").loc["length", "caveat"])


def test_intervals_of_few_glasses_widen_those_of_the_fit(tmp_path):
    widths = []
    for kappa_interval in (0.33, 3.3):
        root = tmp_path / str(kappa_interval)
        write_summaries(root, kappa_interval=kappa_interval)
        length = fitted(campaign_tables(root, CAMPAIGN), "mesoelastic").loc["length"]
        widths.append(length["value_high"] - length["value_low"])
    assert widths[1] > 5.0 * widths[0]


def test_a_fit_without_the_error_of_a_point_that_it_takes_says_so(tmp_path):
    write_summaries(tmp_path / "hot", unbounded=(2.0,))
    assert fitted(campaign_tables(tmp_path / "hot", CAMPAIGN), "mesoelastic").loc[
        "time", "p_value"
    ] == pytest.approx(1.0)
    write_summaries(tmp_path / "cold", unbounded=(0.6,))
    time = fitted(campaign_tables(tmp_path / "cold", CAMPAIGN), "mesoelastic").loc["time"]
    assert math.isnan(time["p_value"])
    assert "unweighted" in time["caveat"] or "no errors" in time["caveat"]


def test_fits_leave_out_what_was_flagged_or_is_not_there(tmp_path):
    write_summaries(tmp_path, excluded=(0.7,), missing=(0.65,))
    tables = campaign_tables(tmp_path, CAMPAIGN)
    eq3 = fitted(tables, "mesoelastic")
    assert eq3.loc["length", "value"] == pytest.approx(0.4, rel=1e-6)
    status = tables.state_points.set_index("temperature")["status"]
    assert status[0.65] == "waiting"
    assert status[0.7] == "done"


def test_too_few_points_give_a_reason_instead_of_a_fit(tmp_path):
    write_summaries(tmp_path, missing=(0.8, 0.7, 0.65, 0.6))
    eq3 = fitted(campaign_tables(tmp_path, CAMPAIGN), "mesoelastic")
    assert list(eq3.index) == ["none"]
    assert "at least 3" in eq3.loc["none", "caveat"]


def test_ratios_are_relative_to_the_hottest_temperature(tmp_path):
    write_summaries(tmp_path)
    points = campaign_tables(tmp_path, CAMPAIGN).state_points
    assert points["kappa_ratio"].tolist() == pytest.approx([(25 + 3 * k) / 25 for k in range(6)])


def test_ratios_are_to_no_state_point_that_was_no_equilibrium_liquid(tmp_path):
    write_summaries(tmp_path, excluded=(2.0,))
    points = campaign_tables(tmp_path, CAMPAIGN).state_points
    assert points["kappa_ratio"].tolist() == pytest.approx([(25 + 3 * k) / 28 for k in range(6)])


def test_a_glass_of_negative_modulus_costs_the_interval_of_the_ratio_only(tmp_path):
    write_summaries(tmp_path, softest_modulus=-1.0)
    points = campaign_tables(tmp_path, CAMPAIGN).state_points
    assert points["shear_modulus_ratio"][1] == pytest.approx((4 * 11 + 0) / (4 * 10 - 1))
    assert math.isnan(points["shear_modulus_ratio_low"][1])
    assert math.isfinite(points["kappa_ratio"][1])


def test_nothing_is_a_multiple_of_a_modulus_that_may_be_zero(tmp_path):
    write_summaries(tmp_path, softest_modulus=-60.0)
    points = campaign_tables(tmp_path, CAMPAIGN).state_points
    assert points["shear_modulus_ratio"].isna().all()
    assert np.isfinite(points["kappa_ratio"]).all()
    assert "G cannot be compared" in stiffening(points)


def test_glasses_that_are_no_sample_are_counted_and_named(tmp_path):
    write_summaries(tmp_path, softest_modulus=-60.0, void_radius=1.7)
    points = campaign_tables(tmp_path, CAMPAIGN).state_points
    assert points["n_shear_unstable"].tolist() == [1] * 6
    assert points["n_cavitated"].tolist() == [1] * 6
    assert points["n_crystallised"].tolist() == [0] * 6
    assert points["shear_modulus_stable"].tolist() == [10.0 + k for k in range(6)]
    shear, void = unusual(points.to_dict("records")[1])
    assert shear.startswith("1 of 5 glasses are unstable to shear: G < 0 in a plane")
    assert "(r0: 0); G 11.00 without them" in shear
    assert void == "1 of 5 glasses hold a void, an empty sphere that no liquid has (r0: 0)"
    write_summaries(tmp_path / "calm")
    calm = campaign_tables(tmp_path / "calm", CAMPAIGN).state_points
    assert unusual(calm.to_dict("records")[1]) == []


def test_tables_are_replaced_as_a_whole(tmp_path):
    write_summaries(tmp_path)
    folder = write_tables(tmp_path, CAMPAIGN)
    assert len(read_tables(tmp_path)["state_points"]) == 6
    fewer = replace(CAMPAIGN, liquids=(Liquid("ipl", 500, (2.0,), glasses=(10,)),))
    write_tables(tmp_path, fewer)
    assert len(read_tables(tmp_path)["state_points"]) == 1
    assert not list(folder.glob(".*"))
    (folder / "tables.json").unlink()
    with pytest.raises(CampaignError, match="is not there"):
        read_tables(tmp_path)


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("kappa-distribution", "density [length^2/energy]"),
        ("kappa-populations", "density"),
        ("kappa-ranks", "density"),
    ],
)
def test_densities_of_ranks_and_of_ratios_are_numbers(tmp_path, name, title):
    table = pd.DataFrame({"low": [0.0], "high": [0.1], "density": [2.7]})
    path = write_table(tmp_path / f"{name}.csv", table, column_units(name))
    assert path.read_text().splitlines()[0] == f"low,high,{title}"


def test_a_damaged_summary_stops_the_tables_by_name(tmp_path):
    write_summaries(tmp_path)
    path = tmp_path / next(state_points(CAMPAIGN)).stage("summary").file(SUMMARY_FILE)
    path.write_text(path.read_text()[:100])
    with pytest.raises(CampaignError, match=r"summary\.json is truncated"):
        campaign_tables(tmp_path, CAMPAIGN)


def test_thermodynamics_are_means_over_blocks_without_the_start():
    step = np.arange(0, 401, 10)
    record = pd.DataFrame({"step": step, "potential_energy": (step > 200).astype(float)})
    record = record.assign(temperature=1.0, kinetic_energy=1.5, pressure=0.0)
    table = thermodynamics(record, 200)
    assert table["block"].tolist() == [0, 1]
    assert table["potential_energy"].tolist() == [0.0, 1.0]


def test_ends_of_blocks_are_spread_over_the_run_and_include_the_last():
    steps = np.arange(0, 1001, 25)
    trajectory = Trajectory(
        np.zeros((len(steps), 2, 3)), steps, 0.005, np.zeros(2, int), np.ones(3), np.arange(1, 3)
    )
    ends = ends_of_blocks(trajectory, 100, 4)
    assert [frame.step for frame in ends] == [100, 400, 700, 1000]
    assert len(ends_of_blocks(trajectory, 100, 50)) == 10


def test_tables_are_written_as_parquet_where_pyarrow_is(tmp_path):
    pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    write_summaries(tmp_path)
    folder = write_tables(tmp_path, CAMPAIGN)
    found = pd.read_parquet(folder / "state-points.parquet")
    assert found["kappa"].tolist() == read_tables(tmp_path)["state_points"]["kappa"].tolist()
