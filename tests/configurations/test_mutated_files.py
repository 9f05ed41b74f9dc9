"""Whatever the bytes of a file: it is read right, or refused in a sentence of ours."""

import numpy as np
import pytest

from tests.mutations import damaged, read, valid_files


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("valid")
    return valid_files(folder)


def faults_of(files, folder, seed, number):
    """What is wrong about how reading so many damaged files ended."""
    (folder / "valid.dump").write_bytes(files["dump"])
    names = list(files)
    faults = []
    for k in range(number):
        name = names[k % len(names)]
        path = folder / name
        path.write_bytes(damaged(files[name], np.random.default_rng([seed, k])))
        faults += [f"{k}: {fault}" for fault in read(name, path)]
    return faults


def test_valid_files_are_read_without_fault(files, tmp_path):
    (tmp_path / "valid.dump").write_bytes(files["dump"])
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
        assert read(name, tmp_path / name) == []


def test_damaged_files_are_read_right_or_refused(files, tmp_path):
    assert faults_of(files, tmp_path, seed=0, number=230) == []


@pytest.mark.validate
@pytest.mark.parametrize("seed", range(1, 11))
def test_many_damaged_files_are_read_right_or_refused(files, tmp_path, seed):
    assert faults_of(files, tmp_path, seed, number=10_000) == []
