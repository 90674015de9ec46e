"""The meanings of functions, indices and sums, cases, written-out matrices, relations and derivatives."""

from collections.abc import Iterator
from dataclasses import replace

from symnet.claims.meaning.parts import blocks, parts
from symnet.claims.meaning.shapes import (
    RULES,
    SCALAR,
    Dim,
    Known,
    Meaning,
    Shape,
    Shapes,
    Typed,
    Unclear,
    each,
    is_scalar,
    meanings,
    same,
    same_shape,
    settle,
    settled,
    shown,
)
from symnet.claims.meaning.words import WORDS
from symnet.readers.latex.term import Term


def _apply(t: Term, world: Shapes, known: Known) -> Iterator[Meaning]:
    if word := WORDS.get(t.name):
        for args, after in each(t.args, world, known):
            yield from word.meaning(t, args, world, after)
        return
    name = t.name.rstrip("'")
    rule = _FUNCTIONS.get(name.removesuffix("_columns"), _entrywise)
    if name != t.name and (rule is not _entrywise or name in WORDS):
        raise Unclear(f"{t}: a prime is the slope of a function of one number, and {name} is more than that")
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
        elif t.op == "norm" and t.name != "F" and 1 not in settle(args[0].shape, met):
            raise Unclear(f"{t}: the norm of a matrix as an operator, or of its entries? write ‖…‖F for the latter")
        else:
            yield Typed(t.op, args, SCALAR, t.name), met


# ---------------------------------------------------------------------- indices and sums
def _index(t: Term, world: Shapes, known: Known) -> Iterator[Meaning]:
    whole, *subs = t.args
    for a, after in meanings(whole, world, known):
        p, q = settle(a.shape, after)
        if len(subs) == 1 and 1 not in (p, q) and not _is_two_digits(subs[0]):
            yield from _lines(t, a, subs[0], world, after)
            continue
        dims: tuple[Dim, ...] = (p, q) if len(subs) == 2 else (p,) if q == 1 else (q,) if p == 1 else ()
        where = tuple(subs)
        if len(subs) == 1 and len(dims) == 0 and _is_two_digits(subs[0]):
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


def _is_two_digits(sub: Term) -> bool:
    """W_12 is an entry of W."""
    return sub.op == "number" and len(sub.name) == 2


def _lines(t: Term, a: Typed, sub: Term, world: Shapes, known: Known) -> Iterator[Meaning]:
    """W_i of a matrix: its row i, lying or standing; another may mean a column, or the i-th of several matrices."""
    if sub.op not in ("name", "number"):
        _shifted(sub)
    after: Known | None = known
    if sub.op == "name":
        index = world.names.get(f"index {sub.name}")
        if index is None:
            raise Unclear(f"the index {sub} of {t} is not known")
        after = same(index[0], a.shape[0], known)
    if after is None:
        raise Unclear(f"{t}: a row, a column, or one of several matrices? {sub} does not count its rows")
    position = Typed("position", (), SCALAR, sub.name)
    q = a.shape[1]
    yield Typed("line", (a, position), (1, q), "row", f"{t} read as row {sub} of {t.args[0]}", True), after
    yield (
        Typed("line", (a, position), (q, 1), "column", f"{t} read as row {sub} of {t.args[0]}, as a column", True),
        after,
    )


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
    """∂L/∂x is the adjoint of x, for the loss L alone; ∂y/∂x is the Jacobian, or its diagonal where it has no more."""
    top, bottom = t.args
    if "index" in (top.op, bottom.op):
        yield from meanings(_of_entries(t, world), world, known)
        return
    if top.op != "name" or bottom.op != "name":
        raise Unclear(f"{t}: only derivatives of one name by another are read")
    if _is_loss(top, world):
        yield Typed("name", (), world.names[_adjoint(t, bottom, world)], _adjoint(t, bottom, world)), known
        return
    if bottom.name not in world.names:
        raise Unclear(f"the shape of {bottom} is not known")
    of, by = world.names[top.name], world.names[bottom.name]
    kinds = ("direct", "total") if world.direct(top.name, bottom.name) else ("total",)
    if 1 in of and 1 in by:
        for kind in kinds:
            yield from ((found, known) for found in _jacobians(t, of, by, kind, world))
    elif of == SCALAR:
        for kind in kinds:
            yield Typed("gradient", (), by, f"{top.name}|{bottom.name}|{kind}"), known
    elif of[1] == 1:
        indices = sum(d != 1 for d in (*of, *by))
        world.fail(f"{t} has {indices} indices ({shown(of, known)} by {shown(by, known)}), so it is no matrix", t)
    else:
        raise Unclear(f"{t}: {shown(of, known)} by {shown(by, known)} is a matrix in some conventions only")


def _is_loss(top: Term, world: Shapes) -> bool:
    """A loss need not be declared; where it is, it is the output that the adjoints are derivatives of."""
    return top.op == "name" and (top.name not in world.names or top.name == world.loss)


def _adjoint(t: Term, bottom: Term, world: Shapes) -> str:
    if bottom.op != "name" or (name := world.adjoint(bottom.name)) is None:
        raise Unclear(f"{t}: there is no adjoint of {bottom}")
    return name


def _of_entries(t: Term, world: Shapes) -> Term:
    """∂L/∂x_i is an entry of an adjoint, ∂μ/∂x_i one of a gradient, ∂y_i/∂x_j one of a Jacobian."""
    (y, *of), (x, *by) = (a.args if a.op == "index" else (a,) for a in t.args)
    if _is_loss(y, world) and not of:
        return Term("index", (Term("name", name=_adjoint(t, x, world)), *by))
    known = all(a.op == "name" and a.name in world.names for a in (y, x))
    entries = [len(subs) or world.names[a.name] == SCALAR for a, subs in ((y, of), (x, by))] if known else []
    if entries == [1, 1] or (known and not of and world.names[y.name] == SCALAR):
        return Term("index", (Term("partial", (y, x)), *of, *by))
    raise Unclear(f"{t}: only derivatives of one number by another are read entry by entry")


def _jacobians(t: Term, of: Shape, by: Shape, kind: str, world: Shapes) -> Iterator[Typed]:
    """Row i for entry i of y, as columns have it; of rows it may be meant the other way."""
    top, bottom = t.args
    n, m = (d if e == 1 else e for d, e in (of, by))
    lying = of[1] != 1 or by[1] != 1
    note = f"{t} read with a row for each entry of {top}" if lying else ""
    names = f"{top.name}|{bottom.name}|{kind}"
    yield Typed("jacobian", (), (n, m), names, note, lying)
    if n == m != 1 and kind == "direct" and world.entrywise(top.name, bottom.name):
        yield Typed("slopes", (), (n, 1), names, f"{t} read entry by entry, as the diagonal of the Jacobian")
    if n == 1 != m:
        yield Typed("gradient", (), by, names)


RULES |= {
    "apply": _apply, "norm": _number_of, "inner": _number_of, "index": _index, "bigsum": _bigsum, "bigprod": _bigsum,
    "cases": _cases, "otherwise": _otherwise, "relation": _relation, "both": _both, "matrix": _matrix,
    "part": _parts, "place": _parts,
    "partial": _partial, "derivative": _derivative,
}  # fmt: skip
