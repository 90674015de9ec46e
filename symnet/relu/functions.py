"""Functions of claims that SymPy lacks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp


class relu(sp.Function):  # noqa: N801 - SymPy's functions are lower case
    """relu(z) = max(z, 0)."""

    nargs = 1

    @classmethod
    def eval(cls, z: sp.Expr) -> sp.Expr | None:
        return sp.Max(z, 0) if z.is_Rational else None

    def _latex(self, printer: Any) -> str:
        return rf"\operatorname{{relu}}\left({printer.doprint(self.args[0])}\right)"


class order_statistic(sp.Function):  # noqa: N801 - likewise
    """order_statistic(k, a_1, ..., a_n): the k-th smallest of n numbers."""

    @classmethod
    def eval(cls, k: sp.Integer, *a: sp.Expr) -> sp.Expr | None:
        if k == 1:
            return sp.Min(*a)
        if k == len(a):
            return sp.Max(*a)
        return sorted(a)[int(k) - 1] if all(v.is_Rational for v in a) else None

    def _latex(self, printer: Any) -> str:
        k, *a = map(printer.doprint, self.args)
        return rf"\operatorname{{sort}}\left({', '.join(a)}\right)_{{{k}}}"

    def _sympystr(self, printer: Any) -> str:
        k, *a = map(printer.doprint, self.args)
        return f"sort({', '.join(a)})[{k}]"


@dataclass(frozen=True)
class Sorted:
    """The claim that the outputs are the inputs in ascending order."""

    def expressions(self, x: Sequence[sp.Symbol]) -> tuple[Any, ...]:
        return tuple(order_statistic(k, *x) for k in range(1, len(x) + 1))
