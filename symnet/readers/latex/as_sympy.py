r"""What was read as SymPy expressions: scalars as symbols, declared vectors (n x 1) and matrices as `MatrixSymbol`.

sympy_of    a formula, with the shapes that were declared; 𝟏, 𝟎 and I take the size that stands beside them
related     a chain of relations, as SymPy has it

What SymPy has no form for is refused with `NotSupported`: an entry's index that a sum binds is kept as a `Sum`, but the
norm of a matrix's rows, a Jacobian, or an argument put at a part of zeros have none.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

import sympy as sp

from symnet.errors import InvalidInput, NotSupported
from symnet.readers.latex.term import Term
from symnet.sizes import letter

Size = Any
Shape = tuple[Size, Size]

FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "exp": sp.exp, "log": sp.log, "tanh": sp.tanh, "sin": sp.sin, "cos": sp.cos, "tan": sp.tan, "sinh": sp.sinh,
    "cosh": sp.cosh, "arctan": sp.atan, "erf": sp.erf, "sign": sp.sign, "relu": lambda x: sp.Max(0, x),
    "sigmoid": lambda x: 1 / (1 + sp.exp(-x)), "softplus": lambda x: sp.log(1 + sp.exp(x)),
    "silu": lambda x: x / (1 + sp.exp(-x)), "gelu": lambda x: x * (1 + sp.erf(x / sp.sqrt(2))) / 2,
    "log1p": lambda x: sp.log(1 + x), "expm1": lambda x: sp.exp(x) - 1, "log2": lambda x: sp.log(x, 2),
    "softsign": lambda x: x / (1 + sp.Abs(x)), "log_sigmoid": lambda x: -sp.log(1 + sp.exp(-x)),
    "mish": lambda x: x * sp.tanh(sp.log(1 + sp.exp(x))),
}  # fmt: skip
RELATIONS = {
    "=": sp.Eq, ":=": sp.Eq, "!=": sp.Ne, "<": sp.Lt, "<=": sp.Le, ">": sp.Gt, ">=": sp.Ge,
}  # fmt: skip


@dataclass(frozen=True)
class Reading:
    """Shapes of the names, what kind of number a scalar name is, and the shape that the place asks for, if it does."""

    shapes: Mapping[str, Sequence[Any] | None]
    kind: Mapping[str, bool]
    wanted: Shape | None = None

    def of(self, t: Term, wanted: Shape | None = None) -> Any:
        rule = _RULES.get(t.op)
        if rule is None:
            raise NotSupported(f"SymPy has no form for {t}; take the reading as it is, or write it out entry by entry")
        return rule(t, replace(self, wanted=wanted))

    def symbol(self, name: str) -> sp.Symbol:
        """A number; a letter that is a size is the same symbol as in the shapes."""
        is_size = any(name == str(d) for shape in self.shapes.values() for d in shape or ())
        return self.size(name) if is_size else sp.Symbol(name, **self.kind)

    def name(self, name: str) -> Any:
        shape = self.shapes.get(name, self.shapes.get(name.removeprefix(r"\bar{").removesuffix("}")))
        if not shape:
            return self.symbol(name)
        if len(shape) > 2:
            raise NotSupported(f"{name} has {len(shape)} axes, and SymPy's matrices have two")
        rows, columns = (self.size(d) for d in (*shape, 1)[:2])
        return sp.MatrixSymbol(name, rows, columns)

    def size(self, d: Any) -> Any:
        return sp.Integer(int(d)) if str(d).isdigit() else letter(str(d))


def sympy_of(t: Term, shapes: Mapping[str, Any] | None = None, **kind: bool) -> Any:
    """The formula as a SymPy expression; ``kind`` are assumptions on scalar names, such as ``positive=True``."""
    return Reading(shapes or {}, kind).of(t)


def related(sides: Sequence[Term], signs: Sequence[str], shapes: Mapping[str, Any]) -> Any:
    """One relation, all links of a chain joined by And, or the expression where there is no sign."""
    if not signs:
        return sympy_of(sides[0], shapes)
    links = [_link(a, sign, b, shapes) for a, sign, b in zip(sides, signs, sides[1:], strict=False)]
    return links[0] if len(links) == 1 else sp.And(*links)


def _link(a: Term, sign: str, b: Term, shapes: Mapping[str, Any]) -> Any:
    if sign == "in":
        return sp.Contains(sympy_of(a, shapes), sp.Naturals0)
    if sign not in RELATIONS:
        raise NotSupported(f"SymPy has no relation {sign}")
    read = Reading(shapes, {})
    x, y = _alike((a, b), read)
    try:
        return RELATIONS[sign](x, y, evaluate=False)
    except TypeError:
        raise InvalidInput(f"{a} and {b} cannot be compared with {sign}") from None


# ---------------------------------------------------------------------- shapes
def _shape(x: Any) -> Shape | None:
    return tuple(x.shape) if getattr(x, "is_Matrix", False) else None  # type: ignore[return-value] - two sizes


def _alike(terms: Sequence[Term], read: Reading) -> list[Any]:
    """Formulas of one shape: those that have none of their own take that of the first that does."""
    known = read.wanted
    for t in terms:
        if known is None and not _sizeless(t):
            known = _shape(read.of(t))
    parts = [read.of(t, known) for t in terms]
    shapes = [_shape(p) for p in parts]
    sized = next((s for s in shapes if s not in (None, ONE)), None)
    if None in shapes and sized:
        parts = [p * sp.OneMatrix(*sized) if s is None and p.is_number else p  # 1 - x, as people write it
                 for p, s in zip(parts, shapes, strict=True)]  # fmt: skip
    elif None in shapes:
        parts = [p if s is None else sp.Trace(p) for p, s in zip(parts, shapes, strict=True)]
    for t, p in zip(terms, parts, strict=True):
        if _shape(p) != _shape(parts[0]):
            raise InvalidInput(f"{terms[0]} is {_said(parts[0])} and {t} is {_said(p)}")
    return parts


ONE = (1, 1)


def _said(x: Any) -> str:
    return "a number" if _shape(x) is None else " × ".join(map(str, x.shape))


def _sizeless(t: Term) -> bool:
    """It has no size of its own: 𝟏, 𝟎, I, and what is made of them without anything that has."""
    if t.op in ("ones", "zeros", "identity"):
        return not t.name
    if t.op == "product":
        return _sizeless(t.args[-1]) or _sizeless(t.args[0])
    return t.op in ("transpose", "neg", "quotient") and _sizeless(t.args[0])


def _constant(make: Callable[[Any, Any], Any]) -> Callable[[Term, Reading], Any]:
    def rule(t: Term, read: Reading) -> Any:
        if t.name:  # the size stands below it
            rows, *columns = map(read.size, t.name.split())
            return make(rows, columns[0] if columns else sp.Integer(1))
        if read.wanted is None or read.wanted[0] is None or read.wanted[1] is None:
            raise NotSupported(f"nothing says how large {t} is; SymPy needs its size")
        return make(*read.wanted)

    return rule


# ---------------------------------------------------------------------- rules
def _number(t: Term, read: Reading) -> Any:
    return sp.Rational(t.name)


def _sum(t: Term, read: Reading) -> Any:
    return _checked(t, _added, _alike(t.args, read))


def _added(*terms: Any) -> Any:
    return (sp.MatAdd(*terms) if _shape(terms[0]) else sp.Add(*terms)).doit()


def _checked(t: Term, make: Callable[..., Any], parts: Sequence[Any]) -> Any:
    try:
        return make(*parts)
    except (ValueError, TypeError, AttributeError) as error:
        raise InvalidInput(
            f"{t}: the shapes do not fit ({str(error).splitlines()[0] if str(error) else 'SymPy'})"
        ) from None


def _product(t: Term, read: Reading) -> Any:
    """From the left; 𝟏 takes the length of what stands on its left, or on its right where it is transposed."""
    parts: list[Any] = []
    for i, a in enumerate(t.args):
        parts.append(read.of(a, _room(t, i, parts, read)))
    return _checked(t, lambda *p: reduce(_times, p), parts)


def _room(t: Term, i: int, before: Sequence[Any], read: Reading) -> Shape | None:
    """The shape of a constant among factors: a column after a matrix, a row before one, or what the place asks for."""
    if not _sizeless(t.args[i]):
        return None
    if all(not _sizeless(a) and _shape(read.of(a)) is None for k, a in enumerate(t.args) if k != i):
        return read.wanted  # a multiple of it
    row = t.args[i].op == "transpose"
    outer = read.wanted or (None, None)
    left = next((s[1] for s in map(_shape, reversed(before)) if s), None)
    after = t.args[i + 1] if i + 1 < len(t.args) else None
    right = _shape(read.of(after)) if after is not None and not _sizeless(after) else None
    if t.args[i].op == "identity":
        n = left or (right[0] if right else outer[0])
        return (n, n)
    if row:
        return (sp.Integer(1), right[0] if right else outer[1])
    return (left or outer[0], sp.Integer(1))


def _number_of(x: Any) -> Any:
    """xᵀ y as a number."""
    return sp.Trace(x) if _shape(x) == ONE else x


def _times(a: Any, b: Any) -> Any:
    for x, y in ((a, b), (b, a)):  # a 1 x 1 product is a number where it multiplies something else
        if _shape(x) == ONE and _shape(y) not in (None, ONE) and x.shape[1] != y.shape[0]:
            return sp.Trace(x) * y
    if _shape(a) and _shape(b) and a.shape[1] != b.shape[0]:
        raise InvalidInput(f"{a} is {_said(a)} and {b} is {_said(b)}, so their product has no meaning")
    return a * b


def _dot(t: Term, read: Reading) -> Any:
    parts = [read.of(a) for a in t.args]
    if any(_shape(p) for p in parts):
        raise NotSupported(f"{t}: · between matrices or vectors has no one meaning in SymPy; write a product or ⊙")
    return sp.Mul(*parts)


def _hadamard(t: Term, read: Reading) -> Any:
    parts = _alike(t.args, read)
    if not any(_shape(p) for p in parts):
        return sp.Mul(*parts)
    return _checked(t, sp.HadamardProduct, parts)


def _oslash(t: Term, read: Reading) -> Any:
    a, b = _alike(t.args, read)
    return _checked(t, lambda: sp.HadamardProduct(a, sp.HadamardPower(b, -1)) if _shape(b) else a / b, ())


def _quotient(t: Term, read: Reading) -> Any:
    a, b = read.of(t.args[0]), _number_of(read.of(t.args[1]))
    if _shape(b):
        raise NotSupported(f"{t}: nothing is divided by a matrix; write ⊘ for entry by entry")
    return a / b


def _power(t: Term, read: Reading) -> Any:
    base, exponent = (read.of(x) for x in t.args)
    if (shape := _shape(base)) and shape[0] != shape[1]:
        raise NotSupported(f"{t}: only powers of a square matrix; write ^{{\\odot 2}} for entry by entry")
    return _checked(t, lambda: base**exponent, ())


def _apply(t: Term, read: Reading) -> Any:
    if len(t.args) != 1 or t.name in ("max", "min") or "_rows" in t.name or "_columns" in t.name:
        raise NotSupported(f"SymPy has no form for {t}")
    inside = _number_of(read.of(t.args[0]))
    if t.name in _MATRIX_FUNCTIONS:
        return _MATRIX_FUNCTIONS[t.name](t, inside)
    base, order = t.name.rstrip("'"), t.name.count("'")
    x = sp.Dummy("t")
    known = FUNCTIONS.get(base)
    slope = sp.diff(known(x), x, order) if known else sp.Function(t.name)(x)
    return inside.applyfunc(sp.Lambda(x, slope)) if _shape(inside) else slope.subs(x, inside)


def _diag(t: Term, x: Any) -> Any:
    if t.name == "diag" and _shape(x) and x.shape[1] != 1:
        return sp.DiagonalOf(x)
    return sp.DiagMatrix(x)


def _no_form(t: Term, x: Any) -> Any:
    raise NotSupported(f"SymPy has no form for {t}; write it out with exp and sums")


_MATRIX_FUNCTIONS: dict[str, Callable[[Term, Any], Any]] = {
    "det": lambda t, x: _checked(t, sp.Determinant, (x,)), "tr": lambda t, x: _checked(t, sp.Trace, (x,)),
    "diag": _diag, "Diag": _diag,
    **dict.fromkeys(("softmax", "log_softmax", "logsumexp", "vec", "reshape", "onehot", "scatter", "causal", "stop",
                     "windows", "fold", "standardize", "rmsnorm", "dev", "rms", "ismax", "sort"), _no_form),
}  # fmt: skip


def _norm(t: Term, read: Reading) -> Any:
    x = read.of(t.args[0])
    if t.name == "1" or not _shape(x):
        if _shape(x):
            raise NotSupported(f"SymPy has no form for {t}")
        return sp.Abs(x)
    return sp.sqrt(sp.Trace(x.T * x))


def _inner(t: Term, read: Reading) -> Any:
    a, b = _alike(t.args, read)
    return _checked(t, lambda: sp.Trace(a.T * b) if _shape(a) else a * b, ())


def _scalars(make: Callable[..., Any]) -> Callable[[Term, Reading], Any]:
    def rule(t: Term, read: Reading) -> Any:
        parts = [_number_of(read.of(a)) for a in t.args]
        if any(_shape(p) for p in parts):
            raise NotSupported(f"SymPy has no form for {t}, entry by entry")
        return make(*parts)

    return rule


def _index(t: Term, read: Reading) -> Any:
    whole, *subs = (read.of(a) for a in t.args)
    if not _shape(whole):
        return sp.Indexed(sp.IndexedBase(whole.name), *subs) if isinstance(whole, sp.Symbol) else _no_form(t, whole)
    where = [*(s - 1 for s in subs), sp.Integer(0)][:2]  # SymPy counts from 0
    return _checked(t, lambda: whole[tuple(where)], ())


def _big(t: Term, read: Reading) -> Any:
    body, *bounds = t.args
    if not bounds:
        raise NotSupported(f"{t}: SymPy's sums need bounds, as in \\sum_{{i=1}}^{{n}}")
    lower, upper = (read.of(b) for b in bounds)
    inside = read.of(body)
    if _shape(inside):
        raise NotSupported(f"{t}: SymPy sums numbers")
    make = sp.Sum if t.op == "bigsum" else sp.Product
    return make(inside, (read.symbol(t.name), lower, upper))


def _cases(t: Term, read: Reading) -> Any:
    branches = [(read.of(v), read.of(c)) for v, c in zip(t.args[::2], t.args[1::2], strict=True)]
    if any(_shape(v) for v, _ in branches):
        raise NotSupported(f"{t}: SymPy has cases of numbers only")
    return sp.Piecewise(*branches)


def _relation(t: Term, read: Reading) -> Any:
    return RELATIONS[t.name](*(read.of(a) for a in t.args))


def _matrix(t: Term, read: Reading) -> Any:
    rows, columns = map(int, t.name.split("x"))
    parts = [read.of(a) for a in t.args]
    grid = [parts[i * columns : (i + 1) * columns] for i in range(rows)]
    return sp.BlockMatrix(grid) if any(_shape(p) for p in parts) else sp.ImmutableMatrix(grid)


def _derivative(t: Term, read: Reading) -> Any:
    body, x = (read.of(a) for a in t.args)
    return sp.Derivative(body, x)


def _transpose(t: Term, read: Reading) -> Any:
    wanted = read.wanted and (read.wanted[1], read.wanted[0])
    inside = read.of(t.args[0], wanted)
    return inside.T if _shape(inside) else inside


def _negative(t: Term, read: Reading) -> Any:
    return -read.of(t.args[0], read.wanted)


_RULES: dict[str, Callable[[Term, Reading], Any]] = {
    "number": _number, "name": lambda t, read: read.name(t.name), "sum": _sum, "neg": _negative, "product": _product,
    "dot": _dot, "hadamard": _hadamard, "oslash": _oslash, "quotient": _quotient, "power": _power,
    "hpower": lambda t, read: sp.HadamardPower(read.of(t.args[0]), read.of(t.args[1])),
    "transpose": _transpose, "sqrt": _scalars(sp.sqrt), "root": _scalars(sp.root), "apply": _apply,
    "max": _scalars(sp.Max), "min": _scalars(sp.Min), "abs": _scalars(sp.Abs), "floor": _scalars(sp.floor),
    "ceil": _scalars(sp.ceiling), "norm": _norm, "inner": _inner, "index": _index, "bigsum": _big, "bigprod": _big,
    "cases": _cases, "otherwise": lambda t, read: sp.true, "relation": _relation,
    "both": lambda t, read: sp.And(*(read.of(a) for a in t.args)),
    "indicator": lambda t, read: sp.Piecewise((1, read.of(t.args[0])), (0, True)),
    "matrix": _matrix, "derivative": _derivative,
    "ones": _constant(sp.OneMatrix), "zeros": _constant(sp.ZeroMatrix),
    "identity": _constant(lambda n, _: sp.Identity(n)),
}  # fmt: skip
