"""Backward rules against entrywise differentiation: exact, at small sizes, with φ unspecified.

Each equation r = f(v, …) is written out entry by entry, in scalars, and differentiated by SymPy's scalar rules, which
know no matrix. By the chain rule the adjoints are right if, for every quantity v of the text,

    v̄_j = sum of r̄_i ∂r_i/∂v_j over the equations r that use v, and their entries i.

The matrix rules, as the SymPy expressions that users get, are written out entry by entry as well, with a symbol for
each entry of every quantity and adjoint, and every difference must be identically zero.
Arrays hold SymPy scalars, so NumPy's own @, +, sum and .T do the matrix part.
"""

import ast
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, partial, reduce
from itertools import permutations
from typing import Any, cast

import numpy as np
import sympy as sp
from sympy.core.function import AppliedUndef
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction

from symnet.adjoints.backward import BackwardPass, to_sympy
from symnet.adjoints.language import Equation, Model
from symnet.adjoints.tensor_expr import MatrixOfTensors, ScalarExpr, TensorExpr
from symnet.checks import scalars
from symnet.derivation import Check
from symnet.errors import NotSupported

SIZES = (2, 3)  # letters take them in turn, so that rows and columns of different letters differ
Entries = np.ndarray[Any, Any]  # of SymPy scalars


def check_entrywise(bp: BackwardPass) -> Check:
    """Every rule for a quantity that the text names. `NotSupported` for a function without a scalar definition here."""
    small = SmallModel(bp.model, {letter: SIZES[i % len(SIZES)] for i, letter in enumerate(bp.model.sizes)})
    rules, bars = written_out(bp, small)
    still = set(bp.model.declared) - set(bp.model.moving)
    names = [name for name in small.values if name != small.output and name not in still]
    verdicts = {name: small.verdict(name, rules[name], bars) for name in names}
    evidence = {"sizes": dict(small.sizes), "differences": verdicts, "sympy": sp.__version__}
    return Check("entry by entry", "exact", set(verdicts.values()) <= {"zero"}, evidence)


# ---------------------------------------------------------------------- the model in scalars
@dataclass(frozen=True)
class SmallModel:
    """The model with a number for each size letter, and a symbol for each entry of each quantity."""

    model: Model
    sizes: Mapping[str, int]

    @property
    def output(self) -> str:
        return self.model.equations[-1].name

    @cached_property
    def values(self) -> dict[str, Entries]:
        """A symbol for each entry; equations give the shapes of what they define."""
        letters = {symbol: sp.Integer(self.sizes[name]) for name, symbol in self.model.sizes.items()}
        shapes = {k: tuple(int(n.xreplace(letters)) for n in s) for k, s in self.model.declared.items()}
        values = {k: symbols(k, shape) for k, shape in shapes.items()}
        for k, kind in self.model.symmetric.items():
            raise NotSupported(f"'{k}' is {kind}, and entries that are not free are not compared one by one")
        for k, bound in self.model.bounds.items():  # indices in turn
            below = int(bound.xreplace(letters))
            values[k] = _array([sp.Integer(i % below) for i in range(values[k].size)], values[k].shape)
        for equation in self.model.equations:
            values[equation.name] = symbols(equation.name, self._right_side(equation, values).shape)
        return values

    def _right_side(self, equation: Equation, values: Mapping[str, Entries]) -> Entries:
        scope = {k: _entry(n) for k, n in self.sizes.items()} | dict(values)
        return _value(equation.expression, scope, self.model.functions)

    @cached_property
    def defined(self) -> dict[str, Entries]:
        """Right sides in the symbols of what they use."""
        return {e.name: self._right_side(e, self.values) for e in self.model.equations}

    def verdict(self, name: str, rule: Entries, bars: Mapping[str, Entries]) -> str:
        """Is the rule for v̄ the sum of r̄_i ∂r_i/∂v_j? Values of r that it mentions are those that r is defined by."""
        v, users = self.values[name], [e.name for e in self.model.equations if _uses(e.expression, name)]
        slopes = [sum(_slope(bars[r], self.defined[r], entry) for r in users) for entry in v.flat]
        definitions = [dict(zip(self.values[r].flat, self.defined[r].flat, strict=True)) for r in reversed(users)]
        return _verdict((p - q, definitions) for p, q in zip(rule.flat, slopes, strict=True))


def _uses(tree: ast.expr, name: str) -> bool:
    return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(tree))


def _slope(bar: Entries, r: Entries, entry: sp.Symbol) -> sp.Expr:
    """The sum over i of r̄_i ∂r_i/∂v_j."""
    return sp.Add(*(b * _primed(sp.diff(x, entry)) for b, x in zip(bar.flat, r.flat, strict=True)))


def symbols(name: str, shape: tuple[int, ...]) -> Entries:
    """A real symbol for each entry: W_0_1."""
    return _array([sp.Symbol("_".join([name, *map(str, i)]), real=True) for i in np.ndindex(shape)], shape)


def _array(entries: Iterable[Any], shape: tuple[int, ...]) -> Entries:
    return np.array([*entries, None], dtype=object)[:-1].reshape(shape)  # None keeps NumPy from looking inside


def _entry(x: Any) -> Entries:
    """A scalar as an array without axes."""
    return _array([sp.sympify(x, strict=True)], ())


def _primed(expr: Any) -> Any:
    """φ'(a) for SymPy's Derivative(φ(a), a), and its Subs of that."""
    expr = expr.replace(sp.Derivative, lambda f, _: sp.Function(f"{f.func.__name__}'")(*f.args))
    return expr.replace(sp.Subs, lambda *parts: sp.Subs(*parts).doit())


def _applied(function: Callable[[Any], Any], x: Entries) -> Entries:
    return _array([function(entry) for entry in x.flat], x.shape)


# ---------------------------------------------------------------------- the language in scalars
def _value(tree: ast.expr, names: Mapping[str, Entries], functions: tuple[str, ...]) -> Entries:
    """The entries of one expression of the model language."""
    value = partial(_value, names=names, functions=functions)
    match tree:
        case ast.Constant():
            return _entry(sp.Rational(tree.value))
        case ast.Name():
            return names[tree.id]
        case ast.BinOp():
            return np.asarray(_BINARY[type(tree.op)](value(tree.left), value(tree.right)), dtype=object)
        case ast.Compare(ops=[op]) if type(op) in _SIGNS:
            return scalars.holds(_SIGNS[type(op)], value(tree.left), value(tree.comparators[0]))
        case ast.UnaryOp():
            return np.asarray(value(tree.operand) * (-1 if isinstance(tree.op, ast.USub) else 1), dtype=object)
        case ast.Attribute():
            return value(tree.value).T if tree.attr == "T" else np.swapaxes(value(tree.value), -1, -2)
        case ast.Subscript():
            entries = tree.slice.elts if isinstance(tree.slice, ast.Tuple) else [tree.slice]
            return np.asarray(value(tree.value)[tuple(_axis(e, value) for e in entries)], dtype=object)
        case ast.Call(func=ast.Name(id=name)):
            options = {k.arg: _literal(k.value, value) for k in tree.keywords if k.arg}
            return np.asarray(
                _called(name, functions)(*(_literal(a, value) for a in tree.args), **options), dtype=object
            )
    raise NotSupported(f"'{ast.unparse(tree)}' has no scalar form in checks/entrywise.py")


def _literal(tree: ast.expr, value: Callable[[ast.expr], Any]) -> Any:
    """A string, a tuple, a list or an option as Python has it; anything else is a quantity."""
    if isinstance(tree, ast.Tuple | ast.List):
        return (tuple if isinstance(tree, ast.Tuple) else list)(value(e) for e in tree.elts)
    digits = tree.operand if isinstance(tree, ast.UnaryOp) else tree
    if not isinstance(digits, ast.Constant):
        return value(tree)
    if isinstance(digits.value, bool) or not isinstance(digits.value, int | Fraction):
        return digits.value
    known = value(tree)[()]
    return int(known) if isinstance(digits.value, int) else known


def _axis(tree: ast.expr, value: Callable[[ast.expr], Any]) -> Any:
    """One axis of a subscript."""
    if isinstance(tree, ast.Slice):
        return slice(*(None if x is None else int(value(x)[()]) for x in (tree.lower, tree.upper, tree.step)))
    return ... if isinstance(tree, ast.Constant) and tree.value is ... else int(value(tree)[()])


def _called(name: str, functions: tuple[str, ...]) -> Callable[..., Any]:
    if name in functions:
        return partial(_applied, sp.Function(name))
    if name in scalars.ENTRYWISE:
        return partial(_applied, scalars.ENTRYWISE[name])
    if name in _WHOLE or name in scalars.WORDS:
        return _WHOLE.get(name) or scalars.WORDS[name]
    raise NotSupported(f"no scalar definition of '{name}' in checks/entrywise.py; add one to check it exactly")


_BINARY: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.Pow: lambda a, b: a**b,
    ast.MatMult: lambda a, b: a @ b,
}
_SIGNS: dict[type, str] = {ast.Gt: ">", ast.GtE: ">=", ast.Lt: "<", ast.LtE: "<="}  # = and != hold by chance alone


def _mean(x: Entries, axis: int | None = None, keepdims: bool = False) -> Any:
    return np.sum(x, axis=axis, keepdims=keepdims) / sp.Integer(x.size if axis is None else x.shape[axis])


def _exp_sums(x: Entries, axis: int | None, keepdims: bool = True) -> Any:
    return np.sum(_applied(sp.exp, x), axis=axis, keepdims=keepdims)


def _matrix(method: str) -> Callable[..., Any]:
    return lambda A: np.array(getattr(sp.Matrix(A), method)(), dtype=object)


_WHOLE: dict[str, Callable[..., Any]] = {
    "matmul": np.matmul,
    "dot": np.dot,
    "outer": np.outer,
    "sum": np.sum,
    "mean": _mean,
    "var": lambda x, axis=None, keepdims=False: _mean((x - _mean(x, axis, axis is not None)) ** 2, axis, keepdims),
    "norm": lambda x, axis=None, keepdims=False: _applied(
        sp.sqrt, np.asarray(np.sum(x * x, axis=axis, keepdims=keepdims))
    ),
    "softmax": lambda z, axis=-1: _applied(sp.exp, z) / _exp_sums(z, axis),
    "log_softmax": lambda z, axis=-1: z - _applied(sp.log, _exp_sums(z, axis)),
    "logsumexp": lambda z, axis=None: _applied(sp.log, np.asarray(_exp_sums(z, axis, keepdims=False))),
    "trace": np.trace,
    "diag": np.diag,
    "inv": _matrix("inv"),
    "det": _matrix("det"),
    "logdet": lambda A: sp.log(sp.Matrix(A).det()),
}


# ---------------------------------------------------------------------- the rules in scalars
def written_out(bp: BackwardPass, small: SmallModel) -> tuple[dict[str, Entries], dict[str, Entries]]:
    """Rules entry by entry, and what stands for each adjoint in them: symbols, or its value where that is constant."""
    sizes = {symbol: sp.Integer(small.sizes[letter]) for letter, symbol in bp.model.sizes.items()}
    known = {name: _column(value) for name, value in small.values.items()}
    for d in bp.program.definitions:
        if d.name not in known:  # a part that symnet gave a name
            known[d.name] = _column(_written_out(d.expression, known, sizes))
    rules: dict[str, Entries] = {}
    for adjoint in bp.walk:
        name = adjoint.name
        bar = symbols(f"{name}_bar", known[name].shape)
        rules[name] = bar if adjoint.total == adjoint.named else _column(_written_out(adjoint.total, known, sizes))
        written = name not in small.values or all(sp.sympify(e, strict=True).is_number for e in rules[name].flat)
        known[rf"\bar{{{name}}}"] = rules[name] if written else bar
    return rules, {name: known[rf"\bar{{{name}}}"] for name in rules}


def _written_out(node: Any, known: Mapping[str, Entries], sizes: Mapping[Any, Any]) -> Entries:
    """From the SymPy expression that users get; from the node where there are tensors, which SymPy has no class for."""
    expression = to_sympy(node)
    if isinstance(expression, TensorExpr | MatrixOfTensors | ScalarExpr) or expression.atoms(
        TensorExpr, MatrixOfTensors, ScalarExpr
    ):
        return scalars.of_node(node, known, sizes)
    return _entries(expression, known, sizes)


def _column(entries: Entries) -> Entries:
    """A vector as n x 1, which is how the rules' SymPy expressions have it."""
    return entries.reshape(-1, 1) if entries.ndim == 1 else entries


def _entries(expr: Any, known: Mapping[str, Entries], sizes: Mapping[Any, Any]) -> Entries:
    """A SymPy matrix expression entry by entry; a scalar as an array without axes."""
    entries = partial(_entries, known=known, sizes=sizes)
    match expr:
        case sp.MatrixSymbol():
            return known[expr.name]
        case sp.MatAdd() | sp.MatMul() | sp.HadamardProduct():
            return reduce(_JOINED[type(expr)], map(entries, expr.args))
        case sp.Transpose():
            return entries(expr.arg).T
        case sp.HadamardPower():
            return entries(expr.base) ** entries(expr.exp)
        case ElementwiseApplyFunction():
            return _applied(cast("Any", expr.function), entries(expr.expr))
        case sp.MatPow(exp=sp.S.NegativeOne):
            return _matrix("inv")(entries(expr.base))
        case sp.DiagMatrix():
            return np.diag(entries(expr.args[0])[:, 0])
        case sp.DiagonalMatrix():
            return np.diag(np.diag(entries(expr.args[0])))
        case sp.OneMatrix() | sp.ZeroMatrix() | sp.Identity():
            rows, cols = (int(n.subs(sizes)) for n in expr.shape)
            return _CONSTANT[type(expr)](rows, cols) * sp.Integer(1)
    inside = {e: _SCALAR[type(e)](entries(e.arg)) for e in expr.atoms(sp.Trace, sp.Determinant)}
    names = {s: known[s.name][()] for s in expr.free_symbols if s not in sizes and known.get(str(s), expr).ndim == 0}
    return _entry(expr.xreplace(inside).xreplace(names | dict(sizes)))


def _product(a: Entries, b: Entries) -> Entries:
    return a * b if 0 in (a.ndim, b.ndim) else a @ b


_JOINED: dict[Any, Any] = {sp.MatAdd: np.add, sp.MatMul: _product, sp.HadamardProduct: np.multiply}
_CONSTANT: dict[Any, Any] = {
    sp.OneMatrix: lambda m, n: np.ones((m, n), dtype=int),
    sp.ZeroMatrix: lambda m, n: np.zeros((m, n), dtype=int),
    sp.Identity: lambda m, n: np.eye(m, dtype=int),
}
_SCALAR: dict[Any, Any] = {sp.Trace: np.trace, sp.Determinant: lambda A: sp.Matrix(A).det()}


# ---------------------------------------------------------------------- is it zero?
def _verdict(differences: Iterable[tuple[Any, list[dict[Any, Any]]]]) -> str:
    """Zero where every difference is identically 0, nonzero where a point refutes that, else undecided."""
    verdicts = {_is_zero(sp.sympify(d, strict=True), definitions) for d, definitions in differences}
    return next(v for v in ("nonzero", "undecided", "zero") if v in verdicts)


def _is_zero(difference: Any, definitions: list[dict[Any, Any]]) -> str:
    if sp.expand(difference) == 0:
        return "zero"
    for values in definitions:
        difference = difference.xreplace(values)
    # what happens at a kink or a step itself is a convention, not a rule
    difference = difference.replace(sp.DiracDelta, lambda *_: sp.Integer(0))
    smooth = difference.replace(sp.Heaviside, lambda x, *_: (1 + sp.sign(x)) / 2)
    if abs(_at_a_point(smooth)) > 1e-20:
        return "nonzero"
    if _zero_in_every_order(difference):
        return "zero"
    return "zero" if sp.simplify(smooth.rewrite(sp.exp)) == 0 else "undecided"


def _zero_in_every_order(difference: Any) -> bool:
    """Zero whichever way the compared symbols and numbers are ordered: steps are 0 or 1 in each order, which is decided
    where every step compares two symbols, or a symbol with a number. False where one compares anything else.
    """
    steps = [h.args[0] for h in difference.atoms(sp.Heaviside)]
    compared = [a for a in steps if not a.atoms(sp.Max, sp.Min)]
    compared += [a - b for step in steps for e in step.atoms(sp.Max, sp.Min) for a in e.args for b in e.args if a != b]
    symbols = sorted({s for a in compared for s in a.free_symbols}, key=str)
    numbers = [_where_it_changes(a) for a in compared]
    if None in numbers or not 0 < len(symbols) <= 4:
        return False
    at = sorted({n for found in numbers for n in found or ()}) or [sp.Integer(0)]
    gaps = zip([at[0] - 1, *at], [*at, at[-1] + 1], strict=True)
    places = [a + (b - a) * sp.Rational(k, len(symbols) + 1) for a, b in gaps for k in range(1, len(symbols) + 1)]
    orders = (dict(zip(symbols, place, strict=True)) for place in permutations(places, len(symbols)))
    return all(sp.expand(_stepped(difference, order)) == 0 for order in orders)


def _stepped(expr: Any, order: Mapping[Any, Any]) -> Any:
    return expr.replace(sp.Heaviside, lambda a, *_: sp.Heaviside(a.subs(order)))


def _where_it_changes(a: Any) -> tuple[Any, ...] | None:
    """The number with which ``a`` compares a symbol, none where it compares two symbols; None for anything else."""
    symbols = sorted(a.free_symbols, key=str)
    try:
        slopes = sp.Poly(a, *symbols)
    except sp.PolynomialError:
        return None
    if slopes.total_degree() != 1 or len(symbols) > 2:
        return None
    if len(symbols) == 1:
        return (-slopes.coeff_monomial(1) / slopes.coeff_monomial(symbols[0]),)
    x, y = symbols
    return () if a.subs({x: y}) == 0 else None


def _at_a_point(expr: Any) -> Any:
    """Its value at one rational point, to 40 digits, with a known function for each unspecified one."""
    heads = sorted({f.func.__name__ for f in expr.atoms(AppliedUndef)})
    known = dict(zip(heads, (sp.sin, sp.cos, sp.tanh, sp.atan, sp.sinh, sp.asinh), strict=False))
    expr = expr.replace(lambda e: isinstance(e, AppliedUndef), lambda e: known.get(e.func.__name__, sp.exp)(*e.args))
    point = {s: sp.Rational(i * i + 3, 2 * i + 7) for i, s in enumerate(sorted(expr.free_symbols, key=str))}
    return sp.N(expr.subs(point), 40, maxn=200)
