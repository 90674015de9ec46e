"""The meanings of sums, products, quotients, powers, and of constants whose size the other factors know."""

from collections.abc import Callable, Iterator

from symnet.claims.meaning.shapes import (
    RULES,
    SCALAR,
    Dim,
    Known,
    Meaning,
    Rule,
    Shape,
    Shapes,
    Size,
    Typed,
    Unclear,
    each,
    is_numeral,
    is_scalar,
    meanings,
    same,
    same_shape,
    settle,
    shown,
)
from symnet.readers.latex.term import Term


def _leaf(op: str) -> Rule:
    def rule(t: Term, world: Shapes, known: Known) -> Iterator[Meaning]:
        sizes = [_size(word, t, world) for word in t.name.split()]
        n = sizes[0] if sizes else world.fresh()
        if len(sizes) == 2:
            yield from _written_size(op, (sizes[0], sizes[1]), t, world, known)
            return
        yield Typed(op, (), (n, n) if op == "identity" else (n, 1)), known
        if op != "identity" and not sizes:
            yield Typed(op, (), (world.fresh(), world.fresh())), known

    return rule


def _size(word: str, t: Term, world: Shapes) -> Dim:
    """The size written below 𝟏 or I: a number, or a letter that something else has for its size."""
    if not word.isdigit() and word not in world.sizes:
        raise Unclear(f"{t}: no size is called {word} here; the sizes are {', '.join(sorted(world.sizes)) or 'none'}")
    return int(word) if word.isdigit() else word


def _written_size(op: str, shape: Shape, t: Term, world: Shapes, known: Known) -> Iterator[Meaning]:
    if op == "identity" and shape[0] != shape[1]:
        world.fail(f"an identity matrix is square, and {t} is {shown(shape, known)}", t)
    else:
        yield Typed(op, (), shape), known


def _number(t: Term, world: Shapes, known: Known) -> Iterator[Meaning]:
    yield Typed("number", (), SCALAR, t.name), known


def _name(t: Term, world: Shapes, known: Known) -> Iterator[Meaning]:
    if t.name not in world.names:
        raise Unclear(f"the shape of {t} is not known")
    yield Typed("name", (), world.names[t.name], t.name), known


def _alike(t: Term, world: Shapes, known: Known) -> Iterator[Meaning]:
    """+, ⊙, ⊘, max, min: all of one shape, or a name that NumPy repeats along the other axis."""
    fill = t.op in ("sum", "max", "min")
    for args, after in each(t.args, world, known, fill):
        joined: Known | None = after
        fitted = [args[0]]
        for other, term in zip(args[1:], t.args[1:], strict=True):
            found = same_shape(fitted[0].shape, other.shape, joined)
            pair = _repeated(t, fitted[0], other, term, joined) if found is None and joined is not None else None
            if pair is not None and (pair[0] is fitted[0] or len(fitted) == 1):
                fitted[0], other = pair
            elif found is None:
                verb = {"sum": "added to", "hadamard": "multiplied entry by entry with"}.get(t.op, "combined with")
                world.fail(f"{term} is {shown(other.shape, joined)} and cannot be {verb} {t.args[0]}, "
                           f"which is {shown(args[0].shape, joined)}", t)  # fmt: skip
                joined = None
                break
            else:
                joined = found
            fitted.append(other)
        needless = joined is not None and any(a.op == "fill" for a in args) and is_scalar(args[0].shape, joined)
        if joined is not None and not needless:
            yield Typed(t.op, tuple(fitted), fitted[0].shape), joined


def _repeated(t: Term, a: Typed, b: Typed, right: Term, known: Known) -> tuple[Typed, Typed] | None:
    """X W + b with a bias for each column, which NumPy adds to every row: both of the larger shape, b as 𝟏 bᵀ."""
    if t.op not in ("sum", "hadamard"):
        return None
    for whole, part, term in ((a, b, right), (b, a, t.args[0])):
        p, q = settle(whole.shape, known)
        n, m = settle(part.shape, known)
        if not _is_name(term) or any(isinstance(d, Size) for d in (p, q, n, m)) or (p, q) == SCALAR:
            continue
        if (n, m) == SCALAR:
            every = Typed(
                "fill", (part,), (p, q), note=f"{term} {'added to' if t.op == 'sum' else 'times'} every entry"
            )
            return (whole, every) if part is b else (every, whole)
        if 1 in (p, q):
            continue
        verb = "added to" if t.op == "sum" else "multiplied with"
        if (n, m) in ((q, 1), (1, q)):
            row = part if n == 1 else Typed("transpose", (part,), (1, q))
            each_row = Typed("matmul", (Typed("ones", (), (p, 1)), row), (p, q), note=f"{term} {verb} each row")
            return (whole, each_row) if part is b else (each_row, whole)
        if (n, m) == (p, 1):
            ones = Typed("transpose", (Typed("ones", (), (q, 1)),), (1, q))
            each_column = Typed("matmul", (part, ones), (p, q), note=f"{term} {verb} each column")
            return (whole, each_column) if part is b else (each_column, whole)
    return None


def _is_name(t: Term) -> bool:
    return t.op == "name" or (t.op in ("transpose", "neg") and _is_name(t.args[0]))


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
        world.budget.spend(4 * len(states))
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
            whole = is_numeral(exponent) and exponent.op in ("number", "neg")
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


RULES |= {
    "number": _number, "name": _name, "ones": _leaf("ones"), "zeros": _leaf("zeros"), "identity": _leaf("identity"),
    "sum": _alike, "hadamard": _alike, "oslash": _alike, "max": _alike, "min": _alike, "neg": _same_as_argument,
    "abs": _same_as_argument, "floor": _same_as_argument, "ceil": _same_as_argument, "indicator": _same_as_argument,
    "product": _product, "dot": _dot, "quotient": _quotient, "power": _power, "hpower": _hpower,
    "transpose": _transpose, "sqrt": _root, "root": _root,
}  # fmt: skip
