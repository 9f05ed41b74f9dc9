import numpy as np
import pytest
from scipy.spatial import cKDTree

from lmpmeso.hessians.cell_lists import rows_of_pairs, shifts_of


@pytest.mark.parametrize(
    ("edges_c", "reach"),
    [((9.0, 9.0, 9.0), 1.2), ((4.0, 5.0, 7.0), 1.9), ((3.0, 12.0, 6.5), 1.5), ((8.0, 9.0), 1.3)],
)
def test_rows_hold_the_pairs_within_reach_and_their_nearest_images(edges_c, reach):
    d = len(edges_c)
    x_nc = np.zeros((200, 3))
    x_nc[:, :d] = np.random.default_rng(0).random((200, d)) * edges_c
    box_c = np.array([*edges_c, 1e30][:3])
    reach_ss = np.array([[reach, 0.8 * reach], [0.8 * reach, 0.5 * reach]])
    species_n = np.arange(200) % 2
    starts, j, shift_p = rows_of_pairs(x_nc, box_c, species_n, reach_ss)

    i = np.repeat(np.arange(200), np.diff(starts))
    found_pc = x_nc[j] - x_nc[i] + shifts_of(box_c)[shift_p]
    distances_p = np.linalg.norm(found_pc, axis=1)
    assert (distances_p < reach_ss[species_n[i], species_n[j]]).all()

    every = cKDTree(x_nc[:, :d], boxsize=edges_c).query_pairs(reach, output_type="ndarray")
    apart_pc = x_nc[every[:, 1], :d] - x_nc[every[:, 0], :d]
    apart_pc -= edges_c * np.rint(apart_pc / edges_c)
    limit_p = reach_ss[species_n[every[:, 0]], species_n[every[:, 1]]]
    near = every[np.linalg.norm(apart_pc, axis=1) < limit_p]
    assert list(zip(i.tolist(), j.tolist(), strict=True)) == sorted(map(tuple, near.tolist()))
