r"""The rules of meaning: one for each kind of formula, yielding every meaning that its shapes allow.

A rule takes a formula, the shapes of names, and what is known about sizes; where nothing fits it notes the misfit in
words and yields nothing.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from symnet.audit.parts import blocks, parts
from symnet.audit.shapes import (
    SCALAR,
    Dim,
    Known,
    Meaning,
    Shapes,
    Typed,
    Unclear,
    is_scalar,
    same,
    same_shape,
    settle,
    settled,
    shown,
)
from symnet.audit.words import WORDS
from symnet.readers.latex_term import Term


def meanings(t: Term, world: Shapes, known: Known, fill: bool = False) -> Iterator[Meaning]:
    """Every meaning of ``t``; ``fill``: a number here may stand for a vector or matrix of it."""
    rule = _RULES.get(t.op)
    if rule is None:
        raise Unclear(f"no meaning is known for {t}")
    yield from rule(t, world, known)
    if fill and t.op in ("number", "neg", "quotient") and _is_numeral(t):
        for typed, after in rule(t, world, known):
            yield Typed("fill", (typed,), (world.fresh(), world.fresh()), note=f"{t} read as {t} in every entry"), after


def _is_numeral(t: Term) -> bool:
    return t.op == "number" or (t.op in ("neg", "quotient") and all(map(_is_numeral, t.args)))


def each(
    args: tuple[Term, ...], world: Shapes, known: Known, fill: bool = False
) -> Iterator[tuple[tuple[Typed, ...], Known]]:
    """Meanings of several formulas together."""
    if not args:
        yield (), known
        return
    for first, after in meanings(args[0], world, known, fill):
        for rest, last in each(args[1:], world, after, fill):
            yield (first, *rest), last


def _leaf(op: str) -> Callable[[Term, Shapes, Known], Iterator[Meaning]]:
    def rule(t: Term, world: Shapes, known: Known) -> Iterator[Meaning]:
        n = world.fresh()
        yield Typed(op, (), (n, n) if op == "identity" else (n, 1)), known
        if op != "identity":
            yield Typed(op, (), (world.fresh(), world.fresh())), known

    return rule


def _number(t: Term, world: Shapes, known: Known) -> Iterator[Meaning]:
    yield Typed("number", (), SCALAR, t.name), known


def _name(t: Term, world: Shapes, known: Known) -> Iterator[Meaning]:
    if t.name not in world.names:
        raise Unclear(f"the shape of {t} is not known")
    yield Typed("name", (), world.names[t.name], t.name), known


def _alike(t: Term, world: Shapes, known: Known) -> Iterator[Meaning]:
    """+, ⊙, ⊘, max, min: all of one shape."""
    op = {"sum": "sum", "max": "max", "min": "min"}.get(t.op, t.op)
    fill = t.op in ("sum", "max", "min")
    for args, after in each(t.args, world, known, fill):
        joined: Known | None = after
        for other, term in zip(args[1:], t.args[1:], strict=True):
            found = same_shape(args[0].shape, other.shape, joined)
            if found is None:
                verb = {"sum": "added to", "hadamard": "multiplied entry by entry with"}.get(t.op, "combined with")
                world.fail(f"{term} is {shown(other.shape, joined)} and cannot be {verb} {t.args[0]}, "
                           f"which is {shown(args[0].shape, joined)}", t)  # fmt: skip
            joined = found
            if joined is None:
                break
        if joined is not None:
            yield Typed(op, args, args[0].shape), joined


def _same_as_argument(t: Term, world: Shapes, known: Known) -> Iterator[Meaning]:
    for typed, after in meanings(t.args[0], world, known):
        yield Typed(t.op, (typed,), typed.shape, t.name), after


def _product(t: Term, world: Shapes, known: Known) -> Iterator[Meaning]:
    """A B C: matrix products from the left, and scalars wherever they stand."""
    for args, after in each(t.args, world, known):
        yield from _folded(t, args, after, world, _times)


def _dot(t: Term, world: Shapes, known: Known) -> Iterator[Meaning]:
    pair = _dotted_entrywise if world.dot == "entrywise" else _dotted
    for args, after in each(t.args, world, known):
        yield from _folded(t, args, after, world, pair)


Pairing = Callable[[Typed, Typed, Known], Iterator[Meaning]]


def _folded(t: Term, args: tuple[Typed, ...], known: Known, world: Shapes, pair: Pairing) -> Iterator[Meaning]:
    """Factors paired from the left, every way in which they fit."""
    states: list[Meaning] = [(args[0], known)]
    for i, right in enumerate(args[1:], 1):
        found = [m for left, k in states for m in pair(left, right, k)]
        if not found:
            left, k = states[0]
            a = t.args[0] if i == 1 else Term(t.op, t.args[:i])
            world.fail(f"{a} is {shown(left.shape, k)} and {t.args[i]} is {shown(right.shape, k)}, so the product "
                       f"{a} {t.args[i]} has no meaning", Term(t.op, (a, t.args[i])))  # fmt: skip
            return
        states = found
    yield from states


def _times(a: Typed, b: Typed, known: Known) -> Iterator[Meaning]:
    if is_scalar(b.shape, known):
        yield Typed("scale", (b, a), a.shape), known
    elif is_scalar(a.shape, known):
        yield Typed("scale", (a, b), b.shape), known
    elif (met := same(a.shape[1], b.shape[0], known)) is not None:
        yield Typed("matmul", (a, b), (a.shape[0], b.shape[1])), met


def _dotted(a: Typed, b: Typed, known: Known) -> Iterator[Meaning]:
    """The matrix product where the sizes meet; for columns of one shape also entry by entry, or the inner product."""
    product = list(_times(a, b, known))
    yield from product
    matrices = product and 1 not in settle(a.shape, known)
    if is_scalar(a.shape, known) or is_scalar(b.shape, known) or matrices:
        return
    alike = same_shape(a.shape, b.shape, known)
    if alike is not None:
        yield Typed("hadamard", (a, b), a.shape, note="· read entry by entry"), alike
        if 1 in settle(a.shape, alike):
            yield Typed("inner", (a, b), SCALAR, note="· read as the inner product"), alike


def _dotted_entrywise(a: Typed, b: Typed, known: Known) -> Iterator[Meaning]:
    """The convention that · is the product entry by entry, wherever the shapes are the same."""
    alike = same_shape(a.shape, b.shape, known)
    if alike is None or is_scalar(a.shape, known) or is_scalar(b.shape, known):
        yield from _times(a, b, known)
    else:
        yield Typed("hadamard", (a, b), a.shape, note="· read entry by entry"), alike


def _quotient(t: Term, world: Shapes, known: Known) -> Iterator[Meaning]:
    for both, after in each(t.args, world, known, fill=True):
        a, b = both[0], both[1]
        if is_scalar(b.shape, after):
            yield Typed("scale", (Typed("reciprocal", (b,), SCALAR), a), a.shape), after
        elif (alike := same_shape(a.shape, b.shape, after)) is not None:
            yield Typed("oslash", (a, b), a.shape, note="the fraction read entry by entry"), alike
        else:
            world.fail(f"{t.args[1]} is {shown(b.shape, after)}, and nothing is divided by that", t)


def _power(t: Term, world: Shapes, known: Known) -> Iterator[Meaning]:
    base_term, exponent = t.args
    for (a, e), after in each(t.args, world, known):
        p, q = settle(a.shape, after)
        if not is_scalar(e.shape, after):
            world.fail(f"the exponent {exponent} is {shown(e.shape, after)}", t)
        elif (p, q) == SCALAR:
            yield Typed("power", (a, e), SCALAR), after
        elif (square := same(p, q, after)) is not None and not (p == 1 or q == 1):
            whole = _is_numeral(exponent) and exponent.op in ("number", "neg")
            if not whole:
                raise Unclear(f"{t}: only whole powers of a matrix are read")
            yield Typed("matpower", (a,), a.shape, exponent.name or f"-{exponent.args[0].name}"), square
        else:
            yield Typed("hpower", (a, e), a.shape, note=f"the power of {base_term} read entry by entry"), after


def _hpower(t: Term, world: Shapes, known: Known) -> Iterator[Meaning]:
    for (a, e), after in each(t.args, world, known):
        yield Typed("hpower", (a, e), a.shape), after


def _transpose(t: Term, world: Shapes, known: Known) -> Iterator[Meaning]:
    for a, after in meanings(t.args[0], world, known):
        yield Typed("transpose", (a,), (a.shape[1], a.shape[0])), after


def _root(t: Term, world: Shapes, known: Known) -> Iterator[Meaning]:
    for args, after in each(t.args, world, known):
        yield Typed("root", args, args[0].shape), after


# ---------------------------------------------------------------------- functions
def _apply(t: Term, world: Shapes, known: Known) -> Iterator[Meaning]:
    if word := WORDS.get(t.name):
        for args, after in each(t.args, world, known):
            yield from word.meaning(t, args, world, after)
        return
    rule = _FUNCTIONS.get(t.name.rstrip("'").removesuffix("_columns"), _entrywise)
    if len(t.args) != 1:
        raise Unclear(f"{t}: a function of one argument is expected")
    for a, after in meanings(t.args[0], world, known):
        yield from rule(t, a, world, after)


def _entrywise(t: Term, a: Typed, world: Shapes, known: Known) -> Iterator[Meaning]:
    yield Typed("apply", (a,), a.shape, t.name), known


def _to_number(t: Term, a: Typed, world: Shapes, known: Known) -> Iterator[Meaning]:
    met = same(a.shape[0], a.shape[1], known)
    if met is None:
        world.fail(f"{t.args[0]} is {shown(a.shape, known)}, but {t.name} needs a square matrix", t)
    else:
        yield Typed(t.name, (a,), SCALAR), met


def _diag(t: Term, a: Typed, world: Shapes, known: Known) -> Iterator[Meaning]:
    p, q = settle(a.shape, known)
    if q == 1 or p == 1:
        n = p if q == 1 else q
        yield Typed("diagonal", (a,), (n, n)), known
    elif t.name == "Diag":
        world.fail(f"Diag makes a matrix of a vector, and {t.args[0]} is {shown(a.shape, known)}", t)
    elif (met := same(p, q, known)) is not None:
        yield Typed("entries", (a,), (p, 1)), met
    else:
        world.fail(f"{t.args[0]} is {shown(a.shape, known)} and has no diagonal", t)


def _softmax(t: Term, a: Typed, world: Shapes, known: Known) -> Iterator[Meaning]:
    if "'" in t.name:
        raise Unclear(f"{t}: the derivative of {t.name.rstrip(chr(39))} is a matrix; write it out")
    yield Typed(t.name, (a,), a.shape), known


def _logsumexp(t: Term, a: Typed, world: Shapes, known: Known) -> Iterator[Meaning]:
    if t.name.endswith("_columns"):
        yield Typed(t.name, (a,), (a.shape[1], 1)), known
    else:
        vector = 1 in settle(a.shape, known)
        yield Typed(t.name, (a,), SCALAR if vector else (a.shape[0], 1)), known


_FUNCTIONS = {"det": _to_number, "tr": _to_number, "diag": _diag, "Diag": _diag, "softmax": _softmax,
              "log_softmax": _softmax, "logsumexp": _logsumexp}  # fmt: skip


def _number_of(t: Term, world: Shapes, known: Known) -> Iterator[Meaning]:
    """‖x‖, ⟨a, b⟩: a number of things of one shape."""
    for args, after in each(t.args, world, known):
        met = after if len(args) == 1 else same_shape(args[0].shape, args[-1].shape, after)
        if met is None:
            world.fail(
                f"{t.args[0]} is {shown(args[0].shape, after)} and {t.args[1]} is {shown(args[-1].shape, after)}", t
            )
        else:
            yield Typed(t.op, args, SCALAR, t.name), met


# ---------------------------------------------------------------------- indices and sums
def _index(t: Term, world: Shapes, known: Known) -> Iterator[Meaning]:
    whole, *subs = t.args
    for a, after in meanings(whole, world, known):
        p, q = settle(a.shape, after)
        dims: tuple[Dim, ...] = (p, q) if len(subs) == 2 else (p,) if q == 1 else (q,) if p == 1 else ()
        where = tuple(subs)
        if len(subs) == 1 and len(dims) == 0 and subs[0].op == "number" and len(subs[0].name) == 2:
            dims, where = (p, q), tuple(Term("number", name=c) for c in subs[0].name)
        if len(dims) != len(where):
            world.fail(f"{whole} is {shown(a.shape, after)} and has no entry {t}", t)
            continue
        for sub, d in zip(where, dims, strict=True):
            found = (
                after
                if sub.op != "name"
                else same(world.names[f"index {sub.name}"][0], d, after)
                if f"index {sub.name}" in world.names
                else None
            )
            if sub.op == "name" and f"index {sub.name}" not in world.names:
                raise Unclear(f"the index {sub} of {t} is not known")
            if found is None:
                n = settled(world.names[f"index {sub.name}"][0], after)
                world.fail(f"the index {sub.name} runs to {n} elsewhere, but to {d} in {t}", t)
                break
            after = found
        else:
            positions = tuple(
                Typed("position", (), SCALAR, s.name) if s.op in ("name", "number") else _shifted(s) for s in where
            )
            yield Typed("index", (a, *positions), SCALAR), after


def _shifted(t: Term) -> Typed:
    raise Unclear(f"the subscript {t}: only letters and numbers are read as indices")


def _bigsum(t: Term, world: Shapes, known: Known) -> Iterator[Meaning]:
    body, *bounds = t.args
    inner = replace(world, names={**world.names, f"index {t.name}": (world.fresh(), 1), t.name: SCALAR})
    size = inner.names[f"index {t.name}"][0]
    for args, after in each((*bounds,), world, known) if bounds else iter([((), known)]):
        upper = bounds[1] if bounds else None
        if upper is not None and upper.op == "name" and bounds[0] == Term("number", name="1"):
            joined = same(size, upper.name, after)
            after = joined if joined is not None else after
        for value, last in meanings(body, inner, after):
            yield Typed(t.op, (value, Typed("range", (), (size, 1)), *args), value.shape, t.name), last


# ---------------------------------------------------------------------- cases, matrices, derivatives
def _cases(t: Term, world: Shapes, known: Known) -> Iterator[Meaning]:
    for args, after in each(t.args, world, known, fill=True):
        joined: Known | None = after
        values = args[::2]
        for other in values[1:]:
            joined = joined if joined is None else same_shape(values[0].shape, other.shape, joined)
        conditions = [c for c in args[1::2] if c.op != "otherwise"]
        if joined is not None and all(is_scalar(c.shape, joined) for c in conditions):
            yield Typed("cases", args, values[0].shape), joined


def _otherwise(t: Term, world: Shapes, known: Known) -> Iterator[Meaning]:
    yield Typed("otherwise", (), SCALAR), known


def _relation(t: Term, world: Shapes, known: Known) -> Iterator[Meaning]:
    for (a, b), after in each(t.args, world, known, fill=True):
        if (met := same_shape(a.shape, b.shape, after)) is not None:
            yield Typed("relation", (a, b), a.shape, t.name), met
        else:
            world.fail(f"the left side, {t.args[0]}, is {shown(a.shape, after)}, but the right side, {t.args[1]}, is "
                       f"{shown(b.shape, after)}", t)  # fmt: skip


def _both(t: Term, world: Shapes, known: Known) -> Iterator[Meaning]:
    for args, after in each(t.args, world, known):
        yield Typed("both", args, args[0].shape), after


def _matrix(t: Term, world: Shapes, known: Known) -> Iterator[Meaning]:
    rows, columns = map(int, t.name.split("x"))
    for args, after in each(t.args, world, known):
        if all(is_scalar(a.shape, after) for a in args):
            yield Typed("matrix", args, (rows, columns), t.name), after
        else:
            yield from blocks(t, args, world, after)


def _parts(t: Term, world: Shapes, known: Known) -> Iterator[Meaning]:
    """Y_{[:, n:]}, E_{[i]} and place_{[1:]}(x, n + 1): what is written into the brackets are numbers."""
    inside = tuple(a for axis in t.args for a in (axis.args if axis.op == "range" else (axis,)) if a.op != "open")
    for args, after in each(inside, world, known):
        yield from parts(t, args, world, after)


def _derivative(t: Term, world: Shapes, known: Known) -> Iterator[Meaning]:
    for (body, x), after in each(t.args, world, known):
        if x.op == "name" and is_scalar(x.shape, after):
            yield Typed("derivative", (body, x), body.shape), after
        else:
            raise Unclear(f"{t}: only derivatives with respect to a scalar are written so")


def _partial(t: Term, world: Shapes, known: Known) -> Iterator[Meaning]:
    """∂L/∂x is the adjoint of x; ∂y/∂x is the Jacobian, or its diagonal where it has nothing else."""
    top, bottom = t.args
    if bottom.op == "index" and top.op == "name" and world.adjoint(bottom.args[0].name):
        yield from meanings(
            Term("index", (Term("name", name=world.adjoint(bottom.args[0].name) or ""), *bottom.args[1:])), world, known
        )
        return
    if top.op != "name" or bottom.op != "name":
        raise Unclear(f"{t}: only derivatives of one name by another are read")
    if top.name not in world.names:
        name = world.adjoint(bottom.name)
        if name is None:
            raise Unclear(f"{t}: there is no adjoint of {bottom}")
        yield Typed("name", (), world.names[name], name), known
        return
    if bottom.name not in world.names:
        raise Unclear(f"the shape of {bottom} is not known")
    (p, q), (r, s) = world.names[top.name], world.names[bottom.name]
    kinds = ("direct", "total") if world.direct(top.name, bottom.name) else ("total",)
    if q != 1 or s != 1:
        if (p, q) == SCALAR:
            yield Typed("gradient", (), (r, s), f"{top.name}|{bottom.name}|{kinds[0]}"), known
            return
        indices = sum(d != 1 for d in (p, q, r, s))
        world.fail(
            f"{t} has {indices} indices ({shown((p, q), known)} by {shown((r, s), known)}), so it is no matrix", t
        )
        return
    for kind in kinds:
        yield Typed("jacobian", (), (p, r), f"{top.name}|{bottom.name}|{kind}"), known
        if p == r != 1 and kind == "direct" and world.entrywise(top.name, bottom.name):
            yield Typed("slopes", (), (p, 1), f"{top.name}|{bottom.name}|{kind}",
                        f"{t} read entry by entry, as the diagonal of the Jacobian"), known  # fmt: skip
        if p == 1 != r:
            yield Typed("gradient", (), (r, 1), f"{top.name}|{bottom.name}|{kind}"), known


_RULES: dict[str, Callable[[Term, Shapes, Known], Iterator[Meaning]]] = {
    "number": _number, "name": _name, "ones": _leaf("ones"), "zeros": _leaf("zeros"), "identity": _leaf("identity"),
    "sum": _alike, "hadamard": _alike, "oslash": _alike, "max": _alike, "min": _alike, "neg": _same_as_argument,
    "abs": _same_as_argument, "floor": _same_as_argument, "ceil": _same_as_argument, "product": _product, "dot": _dot,
    "quotient": _quotient, "power": _power, "hpower": _hpower, "transpose": _transpose, "sqrt": _root, "root": _root,
    "apply": _apply, "norm": _number_of, "inner": _number_of, "index": _index, "bigsum": _bigsum, "bigprod": _bigsum,
    "cases": _cases, "otherwise": _otherwise, "relation": _relation, "both": _both, "indicator": _same_as_argument,
    "matrix": _matrix, "part": _parts, "place": _parts, "partial": _partial, "derivative": _derivative,
}  # fmt: skip
