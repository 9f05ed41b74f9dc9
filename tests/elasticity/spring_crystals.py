"""Crystals of springs, whose responses are sums over waves: exact in a box of any size."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np

from lmpmeso.elasticity.strain_response import pair_stretch, strain_response

NEAR = [(1, 1, 0), (1, -1, 0), (1, 0, 1), (1, 0, -1), (0, 1, 1), (0, 1, -1)]
FCC = np.array([[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]]) / 2


@dataclass
class SpringCrystal:
    """A cell with right angles [length], its sites, and springs i, j of a constant k along vectors from i to j."""

    cell_c: np.ndarray
    sites_nc: np.ndarray
    i: np.ndarray
    j: np.ndarray
    vectors_pc: np.ndarray
    k_p: np.ndarray

    @property
    def density(self):
        return len(self.sites_nc) / self.cell_c.prod()

    @property
    def normals_pc(self):
        return self.vectors_pc / np.linalg.norm(self.vectors_pc, axis=1)[:, None]

    def dynamical(self, q_kc):
        """The Hessian for displacements exp(iq·x), shape (K, dn, dn)."""
        n, d = self.sites_nc.shape
        found = np.zeros((len(q_kc), n, d, n, d), dtype=complex)
        for i, j, r, v, k in zip(
            self.i, self.j, self.vectors_pc, self.normals_pc, self.k_p, strict=True
        ):
            block, phase_k = k * np.outer(v, v), np.exp(1j * (q_kc @ r))[:, None, None]
            found[:, i, :, i] += block
            found[:, j, :, j] += block
            found[:, i, :, j] -= phase_k * block
            found[:, j, :, i] -= phase_k.conj() * block
        return found.reshape(len(q_kc), n * d, n * d)

    def responses(self, cells, i, j, vectors_pc):
        """d̂·M⁻¹·d̂ and d̂·M⁻²·d̂ of dipoles in a box of so many cells; its edges and its number of particles."""
        n, d = self.sites_nc.shape
        numbers_kc = np.stack(
            [x.ravel() for x in np.meshgrid(*map(np.arange, cells), indexing="ij")], axis=1
        )
        q_kc = 2 * np.pi * numbers_kc / (np.asarray(cells) * self.cell_c)
        dynamical = self.dynamical(q_kc)
        inverse = np.empty_like(dynamical)
        inverse[1:] = np.linalg.inv(dynamical[1:])
        inverse[0] = np.linalg.pinv(dynamical[0], rcond=1e-10, hermitian=True)
        normals_pc = vectors_pc / np.linalg.norm(vectors_pc, axis=1)[:, None] / np.sqrt(2.0)
        pair = np.arange(len(i))
        force_kncp = np.zeros((len(q_kc), n, d, len(i)), dtype=complex)
        phase_kp = np.exp(-1j * (q_kc @ vectors_pc.T))
        force_kncp[:, j, :, pair] += np.einsum("kp,pc->pkc", phase_kp, normals_pc)
        force_kncp[:, i, :, pair] -= normals_pc[:, None, :]
        force = force_kncp.reshape(len(q_kc), n * d, len(i))
        z = inverse @ force
        found = [np.einsum("kxp,kxp->p", x.conj(), z).real for x in (force, z)]
        n_cells = len(q_kc)
        return np.stack(found, axis=1) / n_cells, np.asarray(cells) * self.cell_c, n * n_cells

    def stretch(self, i, j, vectors_pc):
        """T of pairs, by the strain response of one cell."""
        n, d = self.sites_nc.shape
        coupling_nccc = np.zeros((n, d, d, d))
        pull = np.einsum(
            "p,pc,pa,pb->pcab", self.k_p, self.normals_pc, self.normals_pc, self.vectors_pc
        )
        np.add.at(coupling_nccc, self.j, pull)
        np.subtract.at(coupling_nccc, self.i, pull)
        cell = SimpleNamespace(n_particles=n, dimension=d, strain_coupling_nccc=coupling_nccc)
        inverse = np.linalg.pinv(self.dynamical(np.zeros((1, d)))[0].real, 1e-10, True)
        distances_p = np.linalg.norm(vectors_pc, axis=1)
        response_nccc = strain_response(cell, lambda forces: inverse @ forces)
        return pair_stretch(i, j, vectors_pc / distances_p[:, None], distances_p, response_nccc)

    def moduli(self, q=1e-3):
        """K and G of an isotropic one, from its long waves along x."""
        d = len(self.cell_c)
        waves = np.linalg.eigvalsh(self.dynamical(q * np.eye(d)[:1])[0])[:d] / q**2
        shear = self.density * waves[0]
        return self.density * waves[-1] - 2 * (d - 1) / d * shear, shear


def bonded(cell_c, sites_nc, vectors, stiffness):
    """The crystal with a spring along each vector from each site that leads to another; ``stiffness(i, vector)``."""
    cell_c, sites_nc = np.asarray(cell_c, dtype=float), np.asarray(sites_nc, dtype=float)
    springs = []
    for i, x in enumerate(sites_nc):
        for v in np.asarray(vectors, dtype=float):
            off = (sites_nc - x - v) / cell_c
            j = int(np.argmin(np.abs(off - np.round(off)).sum(axis=1)))
            assert np.abs(off[j] - np.round(off[j])).max() < 1e-9
            springs.append((i, j, v, stiffness(i, v)))
    i, j, r, k = (np.array(column) for column in zip(*springs, strict=True))
    return SpringCrystal(cell_c, sites_nc, i, j, r, k)


def isotropic_crystal(d):
    """A crystal of one kind of site, whose waves are as fast in all directions; hexagonal in 2D, fcc in 3D."""
    if d == 2:
        vectors = [(np.cos(p), np.sin(p)) for p in (0, np.pi / 3, 2 * np.pi / 3)]
        return bonded(
            [1.0, np.sqrt(3.0)], [[0, 0], [0.5, np.sqrt(0.75)]], vectors, lambda i, v: 1.0
        )
    vectors = [*(np.array(NEAR) / 2), *np.eye(3)]
    return bonded(np.ones(3), FCC, vectors, lambda i, v: 1.0 if v @ v < 0.75 else 0.25)


def stiff_triangles(stiffness):
    """The hexagonal crystal with every third triangle that points up of stiffer springs: isotropic, and no site is a centre."""
    vectors = np.array([(np.cos(p), np.sin(p)) for p in (0, np.pi / 3, 2 * np.pi / 3)])
    cell_c = np.array([3.0, np.sqrt(3.0)])
    sites_nc = np.array([(x, 0.0) for x in range(3)] + [(x + 0.5, np.sqrt(0.75)) for x in range(3)])

    def colour(x_c):
        """0, 1, 2: which of the three sublattices."""
        row = round(x_c[1] / np.sqrt(0.75))
        return (round(x_c[0] - 0.5 * row) - row) % 3

    def constant(i, v):
        ends = {colour(sites_nc[i]), colour(sites_nc[i] + v)}
        # A triangle that points up has the lower left corner of colour 0; its edges run along all three vectors.
        first = colour(sites_nc[i])
        along = int(np.argmin(np.abs(vectors - v).sum(axis=1)))
        up = {0: first == 0, 1: first == 0, 2: first == 1}[along]
        assert len(ends) == 2
        return stiffness if up else 1.0

    return bonded(cell_c, sites_nc, vectors, constant)


def random_crystal(d, stiffness, seed):
    """A crystal whose sites are off their places, of springs of random constants, one in eight far stiffer."""
    rng = np.random.default_rng(seed)
    base = stiff_triangles(1.0) if d == 2 else isotropic_crystal(3)
    moves_nc = 0.06 * rng.normal(size=base.sites_nc.shape)
    vectors_pc = base.vectors_pc + moves_nc[base.j] - moves_nc[base.i]
    k_p = rng.lognormal(0.0, 0.5, len(base.i))
    k_p[::8] *= stiffness
    return SpringCrystal(base.cell_c, base.sites_nc + moves_nc, base.i, base.j, vectors_pc, k_p)
