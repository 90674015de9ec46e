"""Functions applied entry by entry: one operator for all of them, known or unspecified.

φ    the function      x   its argument      φ'   its derivative, SymPy's where φ is known, a symbol where it is not
"""

from typing import Any

import sympy as sp

from symnet import notation
from symnet.adjoints import batch
from symnet.adjoints.functions import FUNCTIONS, applied, numeric, t
from symnet.adjoints.graph import Node, Shape, again, apply, is_number, number, quantity
from symnet.adjoints.operators.arithmetic import Spelled
from symnet.adjoints.record import Make, Operator, Word, register
from symnet.derivation import Relation
from symnet.notation import ATOM, Form, Prose

GREEK = {"sigmoid": "sigma", "gelu_tanh": "geluTanh", "log_sigmoid": "logsigmoid"}
WITH_DIGIT = {"expm1": r"\operatorname{expm1}", "log1p": r"\operatorname{log1p}", "log2": r"\log_{2}"}  # no indices


def _shape(x: Node, function: str, order: int) -> Shape:
    return x.shape


def slope(y: Node) -> Node:
    """φ'(x) for y = φ(x)."""
    return applied(y["function"], y["order"] + 1, y.args[0])


def _adjoint(G: Node, y: Node, x: Node) -> tuple[Node, ...]:
    """<G, φ'(x) ⊙ dx> = <G ⊙ φ'(x), dx>."""
    return (G * slope(y),)


def _spelling(y: Node) -> Spelled:
    primes = "'" * y["order"]
    name = GREEK.get(y["function"], y["function"]) + primes
    latex, text = (notation.identifier(name, medium) + "({})" for medium in ("latex", "text"))
    if y["function"] in WITH_DIGIT:
        latex = WITH_DIGIT[y["function"]] + primes + "({})"
    return Form(latex, text, ATOM), y.args


def _formula(y: Node, make: Make) -> Any:
    name = y["function"] + "'" * y["order"]
    return make("abs", *y.args) if name == "abs" else make("apply", *y.args, name=name)


def _reasons(y: Node) -> tuple[Prose, ...]:
    """The slope is explained where it is written with a prime although SymPy knows it."""
    name, rate = GREEK.get(y["function"], y["function"]), slope(y)
    said = (sp.Symbol(name), " acts entry by entry, so its slope ", rate, " multiplies the adjoint entry by entry")
    if rate.op != "elementwise" or rate["function"] not in FUNCTIONS or rate["order"] == 0:
        return (said,)
    prime = again(rate, quantity("t", ()))
    formula = FUNCTIONS[y["function"]].derivative(rate["order"]).rewrite(sp.Piecewise)
    return ((*said, ", where ", Relation(prime, "=", formula)),)


def _numpy(y: Node, x: Any) -> Any:
    return numeric(y["function"], y["order"])(x)


def scalar_function(name: str, order: int) -> Any:
    """The SymPy function of one variable behind ``name``: its derivative where it is known, else a symbol for it."""
    if name in FUNCTIONS:
        return sp.Lambda(t, FUNCTIONS[name].derivative(order))
    return sp.Lambda(t, sp.Function(name + "'" * order)(t))  # the same symbol each time, so that equal rules are equal


def _sympy(y: Node, x: sp.Expr) -> sp.Expr:
    function = scalar_function(y["function"], y["order"])
    return x.applyfunc(function) if y.rank else function(x)


def _fold(y: Node) -> Node | None:
    """A known function of a number is a number."""
    (x,) = y.args
    if not is_number(x) or y["function"] not in FUNCTIONS:
        return None
    return number(FUNCTIONS[y["function"]].derivative(y["order"]).subs(t, x["value"]))


def _word(name: str) -> Word:
    return Word(
        name, lambda x: apply("elementwise", x, function=name, order=0), FUNCTIONS[name].torch, f"x : n\ny = {name}(x)"
    )


register(
    Operator(
        name="elementwise", shape=_shape, adjoint=_adjoint, rule="entry by entry", reasons=_reasons, spelling=_spelling,
        batch=batch.entrywise,
        formula=_formula,
        numpy=_numpy,
        code=lambda y: y["function"] + "_prime" * y["order"] + "({0})",
        sympy=_sympy,
        tangent=lambda i, d, y, x: slope(y) * d,
        rewrites=(_fold,),
        example="phi : elementwise\nx : n\ny = phi(x)",
        words=tuple(_word(name) for name in FUNCTIONS),
    ),
)  # fmt: skip
