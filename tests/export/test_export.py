"""Exports come back to the last digit, with their fields and units."""

import json

import numpy as np
import pandas as pd
import pytest

from lmpmeso.campaign.tables import read_tables
from lmpmeso.cli import main
from lmpmeso.configurations import (
    read_configuration,
    read_inherent_structures,
    read_netcdf_fields,
    read_trajectory,
    write_dump,
)
from lmpmeso.errors import CampaignError, ConfigurationError, PrecisionWarning
from lmpmeso.export import PARTS, convert, export_campaign
from lmpmeso.models import get_model

MODEL = get_model("ipl2d")


@pytest.fixture(scope="module")
def exported(planar, tmp_path_factory):
    folder = tmp_path_factory.mktemp("exported")
    export_campaign(planar, folder, PARTS, ".dump")
    return folder


@pytest.fixture
def shard(planar):
    (path,) = planar.glob("ipl2d/N64/T1.0/r0/elasticity-*/00000-00001.nc")
    return path


def test_tables_have_units_in_their_titles_and_every_digit(exported, planar):
    table = pd.read_csv(exported / "tables" / "state-points.csv")
    assert "kappa [energy/length^2]" in table.columns
    assert "tau_alpha [time]" in table.columns
    kept = read_tables(planar)["state_points"]
    assert table["kappa [energy/length^2]"].tolist() == kept["kappa"].tolist()


def test_all_glasses_come_back_with_their_stiffness(exported, shard):
    path = exported / "ipl2d-N64-T1" / "glasses-r0.dump"
    first, second = read_inherent_structures(shard, MODEL)
    for frame, expected in ((0, first), (1, second)):
        found = read_configuration(path, MODEL, frame)
        np.testing.assert_array_equal(found.wrapped_positions(), expected.wrapped_positions())
        np.testing.assert_array_equal(found.species, expected.species)
    rows = [line.split() for line in path.read_text().splitlines()]
    titles = next(row for row in rows if row[:2] == ["ITEM:", "ATOMS"])[2:]
    kappa = [float(row[titles.index("kappa")]) for row in rows[9 : 9 + 64]]
    np.testing.assert_array_equal(kappa, read_netcdf_fields(shard)["kappa"][0])
    assert sum(row[:2] == ["ITEM:", "TIMESTEP"] for row in rows) == 3


def test_bonds_are_a_tidy_table_of_all_glasses(exported, planar):
    (path,) = (exported / "ipl2d-N64-T1").glob("bonds-r0.*")
    table = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
    assert list(table.columns) == [
        "glass",
        "i",
        "j",
        "distance [length]",
        "kappa [energy/length^2]",
    ]
    points = read_tables(planar)["state_points"].set_index("temperature")
    assert len(table) == points.loc[1.0, "n_pairs"]
    means = table.groupby("glass")["kappa [energy/length^2]"].mean()
    assert means.mean() == pytest.approx(points.loc[1.0, "kappa"], rel=1e-12)


def test_the_production_run_comes_back_unwrapped(exported, planar):
    source = sorted(planar.glob("ipl2d/N64/T1.0/r0/production-*/????.nc"))
    run = read_trajectory(source, MODEL)
    found = read_trajectory(
        exported / "ipl2d-N64-T1" / "run-r0.dump", MODEL, time_step=run.time_step
    )
    np.testing.assert_array_equal(found.steps, run.steps)
    np.testing.assert_allclose(found.positions_tnc, run.positions_tnc, rtol=0, atol=1e-12)


def test_the_readme_tells_what_was_exported(exported, planar, tmp_path):
    assert "bonds" in (exported / "README.md").read_text(encoding="utf-8")
    export_campaign(planar, tmp_path, ["tables"])
    assert "bonds" not in (tmp_path / "README.md").read_text(encoding="utf-8")
    assert {p.name for p in tmp_path.iterdir()} == {"README.md", "tables"}


@pytest.mark.parametrize("name", ["a.dump", "a.dump.gz", "a.xyz", "a.xyz.zst", "a.nc"])
def test_a_file_becomes_another_with_nothing_lost(shard, tmp_path, name):
    assert convert(shard, tmp_path / name, MODEL) == 2
    for frame, expected in enumerate(read_inherent_structures(shard, MODEL)):
        found = read_configuration(tmp_path / name, MODEL, frame)
        np.testing.assert_array_equal(found.positions_nc, expected.positions_nc)
    if name == "a.nc":
        kept = read_netcdf_fields(shard)["kappa"]
        np.testing.assert_array_equal(read_netcdf_fields(tmp_path / name)["kappa"], kept)


def test_one_frame_of_a_file(shard, tmp_path):
    assert convert(shard, tmp_path / "a.data", MODEL, -2) == 1
    expected = read_inherent_structures(shard, MODEL)[0]
    found = read_configuration(tmp_path / "a.data", MODEL)
    np.testing.assert_array_equal(found.positions_nc, expected.positions_nc)
    with pytest.raises(ConfigurationError, match="--frame"):
        convert(shard, tmp_path / "b.data", MODEL)
    with pytest.raises(ConfigurationError, match=r"\.dump"):
        convert(shard, tmp_path / "b.pdb", MODEL)
    assert not (tmp_path / "b.data").exists()


def test_the_command_exports_and_converts(planar, shard, tmp_path, capsys):
    assert main(["export", str(planar), "-o", str(tmp_path / "all"), "--json"]) == 0
    files = json.loads(capsys.readouterr().out)["files"]
    assert any(f.endswith("glasses-r0.dump.gz") for f in files)
    assert main(["export", str(shard), "--model", "ipl2d", "-o", str(tmp_path / "a.xyz")]) == 0
    assert capsys.readouterr().out == "frames: 2\n"


def test_bad_usage_is_refused(planar, shard, tmp_path, capsys):
    for arguments in (
        [str(tmp_path / "nothing"), "-o", str(tmp_path / "x")],
        [str(shard), "-o", str(tmp_path / "a.xyz")],
        [str(planar), "-o", str(planar)],
        [str(tmp_path), "-o", str(tmp_path / "x")],
    ):
        assert main(["export", *arguments]) == 2
        assert "error" in capsys.readouterr().err
    with pytest.raises(CampaignError, match="trajectories"):
        export_campaign(planar, tmp_path, ["movies"])


def test_what_a_source_is_its_content_tells(shard, tmp_path):
    (tmp_path / "k.netcdf").write_bytes(shard.read_bytes())
    assert convert(tmp_path / "k.netcdf", tmp_path / "a.dump", MODEL) == 2
    assert "kappa" in (tmp_path / "a.dump").read_text()
    assert convert(tmp_path / "a.dump", tmp_path / "a.xyz", MODEL) == 2
    assert convert(tmp_path / "a.xyz", tmp_path / "b.dump", MODEL) == 2
    (tmp_path / "c.xyz").write_bytes((tmp_path / "b.dump").read_bytes())
    assert convert(tmp_path / "c.xyz", tmp_path / "c.nc", MODEL) == 2


def test_rounded_positions_are_told_and_stay_as_they_were_printed(shard, tmp_path):
    frames = read_inherent_structures(shard, MODEL)
    for frame in frames:
        object.__setattr__(frame, "positions_nc", np.round(frame.positions_nc, 5))
    write_dump(tmp_path / "six.dump", frames)
    with pytest.warns(PrecisionWarning):
        convert(tmp_path / "six.dump", tmp_path / "out.dump", MODEL)
    assert (tmp_path / "out.dump").read_bytes() == (tmp_path / "six.dump").read_bytes()
