"""Scalar functions that act entry by entry: one definition each; every derivative is SymPy's.

t    the scalar variable            φ, φ', φ''    an unspecified function and its derivatives, by `order`

Definitions are chosen so that they and their derivatives do not overflow in float64: sigmoid is written with tanh,
because e^-t / (1 + e^-t)^2 is inf/inf for large -t. Kinks follow torch: relu'(0) = 0, |.|'(0) = 0.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import sympy as sp

from symnet.adjoints.graph import Node, apply, exactly, number
from symnet.errors import InvalidInput

t = sp.Symbol("t", real=True)
half = sp.Rational(1, 2)


@dataclass(frozen=True)
class ScalarFunction:
    """A function of one real variable.

    definition   in ``t``        torch   its twin, an expression in ``x``
    slope        its derivative as it is best written, entry by entry in a node; without it, SymPy's (the tests compare)
    """

    name: str
    definition: sp.Expr
    torch: str
    slope: "Callable[[Node], Node] | None" = None

    def derivative(self, order: int = 1) -> sp.Expr:
        """d^order/dt^order of the definition; at a jump, the value on its left."""
        return _derivative(self.definition, order)


@lru_cache(maxsize=256)
def _derivative(definition: sp.Expr, order: int) -> sp.Expr:
    if order == 0:
        return definition
    slope: Any = sp.diff(_derivative(definition, order - 1), t)
    slope = slope.replace(sp.DiracDelta, lambda *_: sp.Integer(0))
    return slope.replace(sp.Heaviside, lambda x, *_: sp.Heaviside(x, 0))


FUNCTIONS = {
    f.name: f
    for f in (
        ScalarFunction("exp", sp.exp(t), "torch.exp(x)"),
        ScalarFunction("log", sp.log(t), "torch.log(x)"),
        ScalarFunction("log1p", sp.log(1 + t), "torch.log1p(x)"),
        ScalarFunction("tanh", sp.tanh(t), "torch.tanh(x)"),
        ScalarFunction("sin", sp.sin(t), "torch.sin(x)"),
        ScalarFunction("cos", sp.cos(t), "torch.cos(x)"),
        ScalarFunction("arctan", sp.atan(t), "torch.arctan(x)"),
        ScalarFunction("sinh", sp.sinh(t), "torch.sinh(x)"),
        ScalarFunction("cosh", sp.cosh(t), "torch.cosh(x)"),
        ScalarFunction("erf", sp.erf(t), "torch.erf(x)"),
        ScalarFunction("abs", sp.Abs(t), "torch.abs(x)"),
        ScalarFunction("sign", sp.sign(t), "torch.sign(x)"),
        ScalarFunction("relu", t * sp.Heaviside(t, 0), "torch.relu(x)"),
        ScalarFunction(
            "sigmoid",
            half + half * sp.tanh(t / 2),
            "torch.sigmoid(x)",
            lambda x: _f("sigmoid", x) * (1 - _f("sigmoid", x)),
        ),
        ScalarFunction(
            "softplus",
            t / 2 + sp.log(2 * sp.cosh(t / 2)),
            "torch.nn.functional.softplus(x)",
            lambda x: _f("sigmoid", x),
        ),
        ScalarFunction("silu", t * (half + half * sp.tanh(t / 2)), "torch.nn.functional.silu(x)"),
        ScalarFunction("gelu", t * (1 + sp.erf(t / sp.sqrt(2))) / 2, "torch.nn.functional.gelu(x)"),
        ScalarFunction(
            "gelu_tanh",
            t * (1 + sp.tanh(sp.sqrt(2 / sp.pi) * (t + sp.Rational(44715, 10**6) * t**3))) / 2,
            "torch.nn.functional.gelu(x, approximate='tanh')",
        ),
        ScalarFunction("log_sigmoid", t / 2 - sp.log(2 * sp.cosh(t / 2)), "torch.nn.functional.logsigmoid(x)"),
        ScalarFunction("softsign", t / (1 + sp.Abs(t)), "torch.nn.functional.softsign(x)"),
        ScalarFunction("mish", t * sp.tanh(t / 2 + sp.log(2 * sp.cosh(t / 2))), "torch.nn.functional.mish(x)"),
        ScalarFunction("expm1", sp.exp(t) - 1, "torch.expm1(x)"),
        ScalarFunction("tan", sp.tan(t), "torch.tan(x)"),
        ScalarFunction("log2", sp.log(t) / sp.log(2), "torch.log2(x)"),
    )
}


# ---------------------------------------------------------------------- as nodes
def _f(name: str, x: Node) -> Node:
    return apply("elementwise", x, function=name, order=0)


def applied(name: str, order: int, x: Node) -> Node:
    """f, f' or f'' of x entry by entry, written out where that is short: sin' = cos, tanh' = 1 − tanh², log' = 1/x."""
    if order == 1 and name in FUNCTIONS and (slope := FUNCTIONS[name].slope):
        return slope(x)
    written = FUNCTIONS[name].derivative(order) if name in FUNCTIONS and order else None
    if written is not None and written.count_ops() <= 3 and (node := _as_node(written, x)) is not None:
        return node
    return apply("elementwise", x, function=name, order=order)


def _as_node(expr: sp.Expr, x: Node) -> Node | None:
    """A scalar formula in ``t``, entry by entry in ``x``; None where it has a part without a name here."""
    if expr == t:
        return x
    if expr.is_number:
        return number(expr)
    if isinstance(expr, sp.Pow) and expr.exp.is_number:
        base = _as_node(expr.base, x)
        return None if base is None else base**expr.exp
    if isinstance(expr, sp.Add | sp.Mul):
        parts = [_as_node(part, x) for part in expr.args]
        return None if None in parts else _joined(isinstance(expr, sp.Add), [part for part in parts if part])
    name = next((f.name for f in FUNCTIONS.values() if f.definition == expr.subs(expr.args[0], t)), None)
    inside = _as_node(expr.args[0], x)
    return None if name is None or inside is None else apply("elementwise", inside, function=name, order=0)


def _joined(is_sum: bool, parts: list[Node]) -> Node:
    total = parts[0]
    for part in parts[1:]:
        total = total + part if is_sum else total * part
    return total


# ---------------------------------------------------------------------- as numbers
def definition_of(stand_in: "str | sp.Lambda") -> sp.Expr:
    """What stands in for an unspecified function: the name of a known one, or a SymPy ``Lambda`` of one variable."""
    if isinstance(stand_in, sp.Lambda):
        return stand_in(t)
    if stand_in in FUNCTIONS:
        return FUNCTIONS[stand_in].definition
    raise InvalidInput(f"unknown function {stand_in!r}; one of {', '.join(FUNCTIONS)}, or a SymPy Lambda")


@lru_cache(maxsize=256)
def numeric(definition: sp.Expr, order: int) -> Callable[[Any], Any]:
    """The derivative of ``definition`` as a NumPy function."""
    names = {"erf": np.vectorize(math.erf, otypes=[float])}
    function = sp.lambdify(t, stable(_derivative(definition, order)), modules=[names, "numpy"])
    return lambda x: np.broadcast_to(np.asarray(function(x), float), np.shape(x))  # a constant slope has no shape


def stable(formula: sp.Expr) -> sp.Expr:
    """The same function, written so that it neither overflows nor is inf/inf where its value is a number:
    log(2 cosh u) = |u| + log(1 + exp(−2|u|)), sinh u / cosh u = tanh u, and 1 / cosh² u = 1 − tanh² u.
    """
    found: Any = formula.replace(
        lambda e: isinstance(e, sp.log) and e.args[0].has(sp.cosh) and (e.args[0] / 2).func == sp.cosh,
        lambda e: _log_of_two_cosh((e.args[0] / 2).args[0]),
    )
    found = found.replace(lambda e: isinstance(e, sp.Mul) and e.has(sp.sinh), _as_tanh)
    return found.replace(
        lambda e: isinstance(e, sp.Pow) and isinstance(e.base, sp.cosh) and (-e.exp / 2).is_Integer and e.exp < 0,
        lambda e: (1 - sp.tanh(e.base.args[0]) ** 2) ** (-e.exp / 2),
    )


def _as_tanh(product: sp.Mul) -> sp.Expr:
    """sinh u / cosh u in a product as tanh u."""
    powers = product.as_powers_dict()
    factors = [product]
    for sinh in [base for base in powers if isinstance(base, sp.sinh)]:
        cosh = sp.cosh(sinh.args[0])
        if (count := min(powers[sinh], -powers[cosh])) > 0:
            factors.append((sp.tanh(sinh.args[0]) * cosh / sinh) ** count)
    return sp.Mul(*factors)


def _log_of_two_cosh(u: sp.Expr) -> sp.Expr:
    return sp.Abs(u) + sp.log(1 + sp.exp(-2 * sp.Abs(u)))


# ---------------------------------------------------------------------- as source
_CALLS: dict[Any, str] = {
    sp.exp: "exp", sp.log: "log", sp.tanh: "tanh", sp.sin: "sin", sp.cos: "cos", sp.tan: "tan", sp.atan: "arctan",
    sp.sinh: "sinh", sp.cosh: "cosh", sp.Abs: "abs", sp.sign: "sign",
}  # fmt: skip


def scalar_code(formula: sp.Expr, library: str) -> tuple[str, bool]:
    """A formula in ``t`` as source in ``x``; and whether it calls ``erf``, which NumPy lacks."""
    return _scalar(stable(exactly(formula)), {"numpy": "np", "torch": "torch"}[library]), formula.has(sp.erf)


def _scalar(e: Any, xp: str) -> str:
    def inside(part: Any) -> str:
        return f"({_scalar(part, xp)})"

    if e == t:
        return "x"
    if e.is_number:
        return str(e) if e.is_Integer else repr(float(e))
    if isinstance(e, sp.Add | sp.Mul):
        return (" + " if isinstance(e, sp.Add) else " * ").join(map(inside, e.args))
    if isinstance(e, sp.Pow):
        return f"{xp}.exp({inside(e.exp)})" if e.base == sp.E else f"{inside(e.base)} ** {inside(e.exp)}"
    if isinstance(e, sp.Heaviside):  # 0 at 0, as torch has it; times a number it is one, and no truth value
        return f"1 * ({inside(e.args[0])} > 0)"
    if isinstance(e, sp.erf):
        return ("torch.erf" if xp == "torch" else "_erf") + inside(e.args[0])
    return f"{xp}.{_CALLS[type(e)]}{inside(e.args[0])}"
