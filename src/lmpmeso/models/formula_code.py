"""Derivatives of a formula as the source of one NumPy function that shares all it can."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sympy
from sympy.printing.numpy import SciPyPrinter


def derivatives_code(
    expressions: Sequence[sympy.Expr], distance: sympy.Symbol, constants: Sequence[str]
) -> str:
    """Source of ``derivatives(out, r, *constants)``, which fills ``out[k]`` with the k-th expression.

    Common subexpressions are computed once. Integer powers of the distance and of its inverse are products
    of smaller ones, since ``**`` and divisions of arrays cost many times as much.
    """
    inverse = sympy.Symbol(f"over_{distance}", positive=True)
    common, reduced = sympy.cse([_with_inverse(e, distance, inverse) for e in expressions])
    printer = _Printer((distance, inverse))
    body = [f"{name} = {printer.doprint(value)}" for name, value in common]
    body += [f"out[{k}] = {printer.doprint(value)}" for k, value in enumerate(reduced)]
    lines = [f"{inverse} = 1.0/{distance}"]
    lines += [line for base in (distance, inverse) for line in printer.power_lines(base)]
    indented = "".join(f"    {line}\n" for line in [*lines, *body])
    return f"def derivatives({', '.join(['out', str(distance), *constants])}):\n{indented}"


def _with_inverse(expression: sympy.Expr, distance: sympy.Symbol, inverse: sympy.Symbol) -> Any:
    """The expression with r^-n as (1/r)^n."""
    return expression.replace(
        lambda e: e.is_Pow and e.base == distance and e.exp.is_Integer and e.exp < 0,
        lambda e: inverse ** (-e.exp),
    )


class _Printer(SciPyPrinter):
    """NumPy code in which integer powers of some symbols have names, and those of others are products."""

    def __init__(self, named: Sequence[sympy.Symbol]):
        super().__init__({"fully_qualified_modules": True, "precision": 17})
        self._powers: dict[sympy.Symbol, set[int]] = {symbol: set() for symbol in named}

    def _print_Pow(self, expr: Any, rational: bool = False) -> str:  # noqa: N802
        base, exponent = expr.as_base_exp()
        if not (exponent.is_Integer and exponent > 1):
            return str(super()._print_Pow(expr, rational))
        if base in self._powers:
            self._powers[base].add(int(exponent))
            return f"{base}_{exponent}"
        return f"power({self._print(base)}, {exponent})"

    def power_lines(self, base: sympy.Symbol) -> Iterator[str]:
        """Assignments of all its powers that were printed, each from two earlier ones where possible."""
        name = {1: str(base)}
        for n in sorted(self._powers[base]):
            pair = next(((m, n - m) for m in sorted(name, reverse=True) if n - m in name), None)
            product = f"power({base}, {n})" if pair is None else f"{name[pair[0]]}*{name[pair[1]]}"
            name[n] = f"{base}_{n}"
            yield f"{name[n]} = {product}"
