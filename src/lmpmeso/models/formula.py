"""A pair potential that is given as a formula: SymPy derives it, NumPy evaluates it.

A formula is read as data, never as Python: only numbers, the distance ``r``, named constants, arithmetic
and the functions of :data:`FUNCTIONS` are known.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from lmpmeso.arrays import FloatArray
from lmpmeso.errors import ModelError
from lmpmeso.models.cutoff import (
    Shift,
    end_polynomial,
    refuse_impossible_lengths,
    with_polynomial,
)
from lmpmeso.models.potentials import TruncatedPotential, integer_power, power_sums, rescaled
from lmpmeso.models.singularities import singular_distance

if TYPE_CHECKING:
    import sympy

DISTANCE = "r"
"""The distance in a formula."""
FUNCTIONS = (
    *("exp", "log", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh", "asin", "acos", "atan"),
    *("erf", "erfc", "where"),
)
"""The functions that a formula may call; ``where(r < a, this, that)`` joins pieces."""
RESERVED_NAMES = frozenset({DISTANCE, "pi", *FUNCTIONS})
"""What no constant may be called."""
LONGEST_FORMULA = 4000
DEEPEST_FORMULA, DEEPEST_CALLS = 100, 6
"""Operations and functions inside one another."""
LARGEST_POWER = 200
LARGEST_NUMBER = 1e290
MOST_TERMS = 12
"""Of a formula that is multiplied out to see whether it is a sum of powers: many terms would cancel one another."""
_OPERATORS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_COMPARISONS: dict[type, str] = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}


@dataclass(frozen=True)
class FormulaPotential(TruncatedPotential):
    """φ(r) = the formula, plus what its ``shift`` adds to make it end well at the cut-off.

    Attributes:
        formula: φ in terms of ``r`` and the constants, e.g. ``"4*eps*((sig/r)^12 - (sig/r)^6)"``.
        constants: (name, value) of each constant.
        cutoff: distance from which φ is zero [length].
        diameter: the particles' size [length]: half of it is where LAMMPS's table begins.
        shift: what happens at the cut-off; see :data:`lmpmeso.models.cutoff.SHIFTS`.

    Raises:
        ModelError: the formula cannot be read, or has no finite value somewhere inside the cut-off.
    """

    formula: str
    constants: tuple[tuple[str, float], ...]
    cutoff: float
    diameter: float
    shift: Shift = "none"

    def __post_init__(self) -> None:
        """Read the formula, and evaluate it everywhere once."""
        object.__setattr__(self, "formula", normalised(self.formula))
        refuse_impossible_lengths(self.cutoff, self.diameter)
        self._refuse_singularities()
        if not any(
            n.id == DISTANCE for n in ast.walk(_parsed(self.formula)) if isinstance(n, ast.Name)
        ):
            raise ModelError(f"the formula {self.formula!r} does not depend on the distance r")

    def _inside(self, r: FloatArray, order: int) -> FloatArray:
        if self._powers is None:
            return with_polynomial(self._formula_values(r, order), r, self.cutoff, self.added)
        sums = power_sums(r / self.cutoff, self._powers, order)
        return rescaled(sums, 1.0, self.cutoff)

    @cached_property
    def added(self) -> dict[int, float]:
        """What is added to the formula, as {power of r/cutoff: coefficient}."""
        values = self._formula_values(np.array([self.cutoff]), 3)[:, 0]
        return end_polynomial(self.shift, values, self.cutoff)

    @cached_property
    def _powers(self) -> dict[int, float] | None:
        """All of φ as {power of r/cutoff: coefficient} where it is a sum of integer powers, else None."""
        terms = integer_powers(self.formula, tuple(name for name, _ in self.constants))
        if terms is None:
            return None
        total = dict(self.added)
        for n, coefficient in terms.items():
            value = coefficient(*(value for _, value in self.constants)) * self.cutoff**n
            total[n] = total.get(n, 0.0) + value
        return total

    def _formula_values(self, r: FloatArray, order: int) -> FloatArray:
        """The bare formula and its derivatives at r, shape (order + 1, P)."""
        return formula_values(self.formula, dict(self.constants), r, order)

    def _refuse_singularities(self) -> None:
        """Refuse a formula that is not finite where particles can be."""
        low = min(0.5 * self.diameter, 0.5 * self.cutoff)
        r = singular_distance(lambda r: self._formula_values(r, 2), low, self.cutoff)
        if r is not None:
            raise ModelError(
                f"the formula {self.formula!r} has no finite value or derivative at r = {r:.6g}, "
                f"inside its cut-off {self.cutoff:.6g}"
            )


def formula_values(
    formula: str, constants: Mapping[str, float], r: FloatArray, order: int
) -> FloatArray:
    """A normalised formula and its derivatives at r [length], shape (order + 1, P); not finite at its poles."""
    values = np.empty((order + 1, r.size))
    # A piece that where() leaves out at r may be infinite there.
    with np.errstate(all="ignore"):
        compiled(formula, tuple(constants), order)(values, r, *constants.values())
    return values


def zero_crossing(formula: str, constants: Mapping[str, float], cutoff: float) -> float | None:
    """The largest distance below the cut-off where a formula changes its sign [length], None if nowhere."""
    r = np.linspace(1e-3 * cutoff, cutoff * (1 - 1e-9), 20001)
    negative = np.signbit(formula_values(normalised(formula), constants, r, 0)[0])
    changes = np.flatnonzero(negative[1:] & ~negative[:-1])
    return float(r[changes[-1]]) if len(changes) else None


def constant_value(text: str, constants: Mapping[str, float]) -> float:
    """The value of a formula of constants alone, e.g. of a cut-off ``"2.5*sig"``.

    Raises:
        ModelError: it cannot be read, or depends on r.
    """
    import sympy

    symbols = _symbols(tuple(constants))
    expression = _expression(normalised(text), tuple(constants))
    if symbols[DISTANCE] in expression.free_symbols:
        raise ModelError(f"{text!r} depends on the distance r: constants alone are possible here")
    value = expression.subs({symbols[name]: sympy.Float(v, 17) for name, v in constants.items()})
    number = value.evalf(17)
    if not _is_usual(number):
        raise ModelError(f"{text!r} is {number}, which is no length or energy")
    return float(number)


def normalised(formula: str) -> str:
    """The formula in one way of writing: ``^`` as ``**``, blanks where Python puts them.

    Raises:
        ModelError: it is no formula.
    """
    return ast.unparse(_parsed(formula))


def names_in(formula: str) -> set[str]:
    """The names of constants in a formula.

    Raises:
        ModelError: it is no formula.
    """
    found = {node.id for node in ast.walk(_parsed(formula)) if isinstance(node, ast.Name)}
    return found - RESERVED_NAMES


def _parsed(formula: str) -> ast.Expression:
    """The formula's syntax tree."""
    if len(formula) > LONGEST_FORMULA:
        raise ModelError(f"a formula of {len(formula)} characters is too long; write a table")
    try:
        tree = ast.parse(formula.replace("^", "**").strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        reason = getattr(error, "msg", None) or str(error)
        raise ModelError(f"the formula {formula!r} cannot be read: {reason}") from error
    _refuse_nesting(tree, formula)
    return tree


def _refuse_nesting(tree: ast.Expression, formula: str) -> None:
    """Refuse what would take hours to derive."""
    waiting: list[tuple[ast.AST, int, int]] = [(tree.body, 0, 0)]
    while waiting:
        node, depth, calls = waiting.pop()
        calls += isinstance(node, ast.Call)
        if depth > DEEPEST_FORMULA or calls > DEEPEST_CALLS:
            raise ModelError(
                f"the formula {formula!r} has more than {DEEPEST_FORMULA} operations or "
                f"{DEEPEST_CALLS} functions inside one another; write a table"
            )
        waiting += ((child, depth + 1, calls) for child in ast.iter_child_nodes(node))


@cache
def integer_powers(formula: str, names: tuple[str, ...]) -> dict[int, Callable[..., float]] | None:
    """A formula as Σ c_n r^n: each coefficient as a function of the constants; None where it is no such sum."""
    import sympy

    symbols = _symbols(names)
    r = symbols[DISTANCE]
    found: dict[int, Any] = {}
    expression = _expression(formula, names)
    if _terms_when_expanded(expression) > MOST_TERMS:
        return None
    for term in sympy.Add.make_args(sympy.expand(expression)):
        coefficient, power = term.as_independent(r, as_Add=False)
        n = power.as_base_exp()[1] if power.has(r) else sympy.Integer(0)
        if not n.is_Integer or power != r**n or abs(n) > LARGEST_POWER:
            return None
        found[int(n)] = found.get(int(n), 0) + coefficient
    arguments = [symbols[name] for name in names]
    return {n: sympy.lambdify(arguments, value) for n, value in found.items()}


def _terms_when_expanded(expression: sympy.Expr) -> int:
    """How many terms an expression has at most when it is multiplied out."""
    counts = [_terms_when_expanded(part) for part in expression.args]
    if expression.is_Add:
        return sum(counts)
    if expression.is_Mul:
        return math.prod(counts)
    if expression.is_Pow and expression.exp.is_Integer and expression.exp > 0:
        n = int(expression.exp)
        return math.comb(n + counts[0] - 1, n)
    return 1


@cache
def compiled(formula: str, names: tuple[str, ...], order: int) -> Callable[..., None]:
    """A function ``f(out, r, *constants)`` that fills ``out[k]`` with the k-th derivative.

    Raises:
        ModelError: the formula cannot be read.
    """
    import scipy.constants
    import scipy.special
    import sympy

    from lmpmeso.models.formula_code import derivatives_code

    symbols = _symbols(names)
    r, constants = symbols[DISTANCE], [str(symbols[name]) for name in names]
    expression = _expression(formula, names)
    derivatives = [expression.diff(r, k) for k in range(order + 1)]
    if any(derivative.has(sympy.DiracDelta) for derivative in derivatives):
        raise ModelError(f"the formula {formula!r} has a kink, where it has no derivative")
    code = derivatives_code(derivatives, r, constants)
    scope: dict[str, Any] = {"numpy": np, "scipy": scipy, "power": integer_power}
    exec(compile(code, "<formula>", "exec"), scope)
    function: Callable[..., None] = scope["derivatives"]
    return function


def _expression(formula: str, names: tuple[str, ...]) -> sympy.Expr:
    """A formula as SymPy's expression of r and the named constants."""
    import sympy

    expression = _Reader(formula, _symbols(names)).read(_parsed(formula).body)
    return sympy.sympify(expression)


@cache
def _symbols(names: tuple[str, ...]) -> dict[str, Any]:
    """SymPy's symbols of the constants and of r; those of constants have names that compiled code does not use."""
    import sympy

    symbols = {name: sympy.Symbol(f"constant_{k}", real=True) for k, name in enumerate(names)}
    return {**symbols, DISTANCE: sympy.Symbol(DISTANCE, positive=True)}


def _is_usual(number: Any) -> bool:
    """Whether a number is real, finite and of a size that floating point holds."""
    return bool(number.is_real and number.is_finite and abs(number) < LARGEST_NUMBER)


class _Reader:
    """Turns a syntax tree into SymPy's expression, node by node; what is not known is refused."""

    def __init__(self, formula: str, symbols: Mapping[str, Any]):
        self._formula, self._symbols = formula, symbols

    def read(self, node: ast.AST) -> Any:
        """The expression of a node."""
        value = self._read(node)
        if value.is_number and not _is_usual(value.evalf(17)):
            raise ModelError(
                f"the formula {self._formula!r} holds {ast.unparse(node)!r}, which is no real number of "
                f"less than {LARGEST_NUMBER:g}"
            )
        return value

    def _read(self, node: ast.AST) -> Any:
        import sympy

        match node:
            case ast.Constant(value=value) if type(value) in (int, float):
                return sympy.Integer(value) if isinstance(value, int) else sympy.Float(value, 17)
            case ast.Name(id=name):
                return self._name(name)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -self.read(operand)
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.read(operand)
            case ast.BinOp(op=ast.Pow(), left=left, right=right):
                return self._power(self.read(left), self.read(right))
            case ast.BinOp(op=op, left=left, right=right) if type(op) in _OPERATORS:
                return _OPERATORS[type(op)](self.read(left), self.read(right))
            case ast.Call(func=ast.Name(id="where"), args=[condition, yes, no], keywords=[]):
                pieces = (self.read(yes), self._condition(condition)), (self.read(no), True)
                return sympy.Piecewise(*pieces)
            case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]) if (
                name in FUNCTIONS and name != "where"
            ):
                return getattr(sympy, name)(self.read(argument))
        raise ModelError(
            f"the formula {self._formula!r} holds {ast.unparse(node)!r}, which is not known; it may "
            f"hold numbers, {DISTANCE}, constants, + - * / ^ and the functions {', '.join(FUNCTIONS)}"
        )

    def _name(self, name: str) -> Any:
        import sympy

        if name in self._symbols:
            return self._symbols[name]
        if name == "pi":
            return sympy.pi
        known = ", ".join(n for n in self._symbols if n != DISTANCE) or "none"
        raise ModelError(
            f"the formula {self._formula!r} holds the unknown name {name!r}; its constants: {known}"
        )

    def _power(self, base: Any, exponent: Any) -> Any:
        import sympy

        self._refuse_power(exponent)
        whole = exponent.is_Float and float(exponent).is_integer()
        value = base ** (sympy.Integer(int(exponent)) if whole else exponent)
        # SymPy has made one power of a power of a power.
        self._refuse_power(value.as_base_exp()[1])
        return value

    def _refuse_power(self, exponent: Any) -> None:
        if exponent.is_number and abs(exponent.evalf(17)) > LARGEST_POWER:
            raise ModelError(f"the formula {self._formula!r} holds a power above {LARGEST_POWER}")

    def _condition(self, node: ast.AST) -> Any:
        """``a < b`` and the like."""
        match node:
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARISONS:
                import sympy

                return sympy.Rel(self.read(left), self.read(right), _COMPARISONS[type(op)])
        raise ModelError(
            f"the formula {self._formula!r} holds the condition {ast.unparse(node)!r}; only r < a, "
            "r <= a, r > a, r >= a are possible"
        )
