import numpy as np
import pytest
from scipy.integrate import solve_ivp

from lmpmeso.errors import ConvergenceError
from lmpmeso.protocols.gradient_flow import GradientFlow, coefficients, longest


def double_well(positions_nc):
    """U = (x² - 1)² + 50 y²: minima at x = ±1, a ridge along x = 0."""
    x, y = positions_nc.T
    energy = ((x**2 - 1) ** 2 + 50 * y**2).sum()
    return float(energy), np.column_stack([-4 * x * (x**2 - 1), -100 * y])


WELLS = np.array([[-200.0, -1.0, 0.0, -10.0, 1.0, 0.0], [-100.0, -1.0, 0.0, -10.0, 0.0, 0.5]])
WELLS = np.vstack(
    [WELLS, [[-170.0, -6.5, 11.0, -6.5, -0.5, 1.5], [15.0, 0.7, 0.6, 0.7, -1.0, 1.0]]]
)


def mueller_brown(positions_nc):
    """The surface of K. Müller and L. D. Brown, Theor. Chim. Acta 53, 75 (1979): three curved valleys."""
    x, y = positions_nc.T[:, :, None]
    height, a, b, c, x0, y0 = WELLS.T
    u, v = x - x0, y - y0
    terms = height * np.exp(a * u * u + b * u * v + c * v * v)
    slopes = [(terms * (2 * a * u + b * v)).sum(1), (terms * (b * u + 2 * c * v)).sum(1)]
    return float(terms.sum()), -np.column_stack(slopes)


MINIMA = np.array([[-0.558, 1.442], [-0.050, 0.467], [0.623, 0.028]])


def ended(surface, start_nc, tolerance, force=1e-6, **options):
    flow = GradientFlow(surface, start_nc, tolerance, reach=0.3, **options)
    while flow.largest_force > force:
        flow.step()
    return flow


def by_tiny_steps(surface, starts_nc, h):
    """Explicit Euler, each point by itself."""
    x_nc = starts_nc.copy()
    while longest(forces_nc := surface(x_nc)[1]) > 1e-3:
        x_nc += h * forces_nc
    return x_nc


def test_each_side_of_a_double_well_ends_in_its_own_minimum():
    for x in (-3.0, -0.7, -1e-3, -1e-9, 1e-9, 1e-3, 0.7, 3.0):
        flow = ended(double_well, np.array([[x, 0.5]]), 0.01, force=1e-10)
        assert flow.positions_nc[0] == pytest.approx([np.sign(x), 0.0], abs=1e-8)


def test_a_start_on_the_ridge_stays_on_it_and_ends_at_the_saddle():
    flow = ended(double_well, np.array([[0.0, 0.7]]), 0.01)
    assert flow.positions_nc[0] == pytest.approx([0.0, 0.0], abs=1e-7)
    assert flow.energy == pytest.approx(1.0)


def test_a_start_at_a_minimum_stays_there():
    flow = GradientFlow(double_well, np.array([[1.0, 0.0]]), 0.01, reach=0.3)
    flow.step()
    assert np.array_equal(flow.positions_nc, [[1.0, 0.0]])
    assert flow.largest_force == flow.length == flow.largest_rise == 0.0


def test_basins_of_a_curved_landscape_are_those_of_tiny_euler_steps():
    starts_nc = np.array(
        [(x, y) for x in np.linspace(-1.3, 0.9, 8) for y in np.linspace(-0.2, 1.7, 7)]
    )
    true_nc = by_tiny_steps(mueller_brown, starts_nc, 1e-4)
    basins = np.linalg.norm(MINIMA - true_nc[:, None], axis=2).argmin(axis=1)
    assert set(basins) == {0, 1, 2}
    for start_c, basin in zip(starts_nc, basins, strict=True):
        end_c = ended(mueller_brown, start_c[None], 0.01, force=1e-3).positions_nc[0]
        assert np.linalg.norm(end_c - MINIMA[basin]) < 2e-3, start_c


def test_the_path_is_that_of_an_implicit_solver_in_length_and_time():
    start_nc = np.array([[0.4, 1.1]])
    flow = ended(mueller_brown, start_nc, 1e-4, force=1e-2)

    def field(_, y):
        force_c = mueller_brown(y[:2][None])[1][0]
        return [*force_c, np.linalg.norm(force_c)]

    true = solve_ivp(field, (0, flow.time), [*start_nc[0], 0.0], "LSODA", rtol=1e-10, atol=1e-12)
    assert flow.positions_nc[0] == pytest.approx(true.y[:2, -1], abs=1e-4)
    assert flow.length == pytest.approx(true.y[2, -1], rel=1e-3)


def test_the_energy_never_rises_and_is_counted_where_it_does():
    flow = GradientFlow(mueller_brown, np.array([[0.4, 1.1]]), 0.05, reach=0.3)
    energies = [flow.energy]
    while flow.largest_force > 1e-5:
        flow.step()
        energies.append(flow.energy)
    assert np.diff(energies).max() <= 1e-14 * abs(energies[-1])
    assert flow.largest_rise == max(0.0, np.diff(energies).max())
    assert flow.steps == len(energies) - 1


def test_the_error_falls_with_the_square_of_the_step():
    start_nc = np.array([[0.3, 0.2]])
    true = solve_ivp(
        lambda _, y: double_well(y[None])[1][0],
        (0, 0.5),
        start_nc[0],
        "LSODA",
        rtol=1e-12,
        atol=1e-14,
    ).y[:, -1]

    class FixedSteps(GradientFlow):
        def _error(self, h, *end):
            return 0.0

        def _growth(self, h, error):
            return 1.0

    errors = []
    for n in (40, 80, 160):
        flow = FixedSteps(double_well, start_nc, 1.0, reach=9.0)
        flow._next = 0.5 / n
        for _ in range(n):
            flow.step()
        errors.append(np.abs(flow.positions_nc[0] - true).max())
    assert np.log2(errors[0] / errors[1]) == pytest.approx(2.0, abs=0.3)
    assert np.log2(errors[1] / errors[2]) == pytest.approx(2.0, abs=0.2)


def test_stiffness_costs_its_square_root():
    """A valley a hundred times as steep takes some ten times the forces, not a hundred times."""

    def valley(stiffness):
        def surface(positions_nc):
            x, y = positions_nc[0]
            energy = 0.5 * (x * x + stiffness * y * y)
            return float(energy), -np.array([[x, stiffness * y]])

        return ended(surface, np.array([[1.0, 0.1]]), 1e-3, force=1e-3).evaluations

    assert valley(1e4) < 20 * valley(1e2)


@pytest.mark.parametrize("stages", [2, 3, 10, 60])
def test_stability_polynomials_are_of_second_order_and_bounded(stages):
    first, rest = coefficients(stages)

    def polynomial(z):
        before, now = 1.0, 1.0 + first * z
        for mu, nu, mu_tilde, gamma_tilde in rest:
            before, now = (
                now,
                mu * now + nu * before + (1 - mu - nu) + mu_tilde * z * now + gamma_tilde * z,
            )
        return now

    z = 1e-3
    assert polynomial(-z) == pytest.approx(1 - z + z * z / 2, abs=1e-9)
    end = (stages - 1) ** 2 / 1.54
    assert max(abs(polynomial(-x)) for x in np.linspace(0, end, 999)) <= 1 + 1e-12


def test_forces_that_are_no_gradient_are_refused():
    def uphill(positions_nc):
        energy, forces_nc = double_well(positions_nc)
        return -energy, forces_nc

    flow = GradientFlow(uphill, np.array([[0.5, 0.5]]), 0.01, reach=0.3)
    with pytest.raises(ConvergenceError, match="not the gradient"):
        flow.step()
