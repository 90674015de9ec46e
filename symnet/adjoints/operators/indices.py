"""Rows taken by index, and the constants that an index makes. Nothing flows back to an index.

E   a table, one row for each index        i   indices, a quantity declared "index"        G   adjoint of the value
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import sympy as sp

from symnet import notation
from symnet.adjoints import batch as batches
from symnet.adjoints import simplify
from symnet.adjoints.batch import Batch
from symnet.adjoints.graph import Node, Shape, apply, identity, ones, shape_text, size, size_of, which_axes, zeros
from symnet.adjoints.operators.arithmetic import Spelled
from symnet.adjoints.operators.products import einsum
from symnet.adjoints.record import Make, Operator, Word, register
from symnet.adjoints.sizes import integer_code, shape_code
from symnet.errors import InvalidInput
from symnet.notation import ATOM, POWER, Form


def _index(i: Any) -> Node:
    if not is_index(i) or i.op != "quantity":
        raise InvalidInput(f"{i} is not an index; declare it as one, as in 'i : t index n'")
    return i


# ---------------------------------------------------------------------- E[i]
def _gather_shape(E: Node, i: Node) -> Shape:
    if E.rank != 2:
        raise InvalidInput(f"embedding takes rows of a matrix, and {E} is {shape_text(E.shape)}")
    return _index(i).shape + E.shape[1:]


def _scatter_shape(G: Node, i: Node, rows: Any) -> Shape:
    return (rows, G.shape[-1])


def _scatter_form(y: Node) -> Form:
    return Form(rf"\operatorname{{scatter}}({{}}, {{}}, {notation.latex(y.shape[0])})", "scatter({}, {})", ATOM)


def _scatter_numpy(y: Node, G: Any, i: Any) -> Any:
    whole = np.zeros([int(n) for n in y.shape])
    np.add.at(whole, i.astype(int), G)
    return whole


SCATTER = {
    "numpy": "def scatter(rows, i, count):\n    whole = np.zeros((count, rows.shape[-1]))\n"
    "    np.add.at(whole, i, rows)\n    return whole",
    "torch": "def scatter(rows, i, count):\n    whole = rows.new_zeros((count, rows.shape[-1]))\n"
    "    return whole.index_put((i,), rows, accumulate=True)",
}


def _first(i: int, d: Node, y: Node, a: Node, index: Node) -> Node:
    """Linear in the first argument, constant in the index."""
    return (
        zeros(y.shape) if i else Node(y.op, (d, index), y.attrs, y.shape) if not simplify.is_zero(d) else zeros(y.shape)
    )


def _gather_batch(batch: Batch, y: Node) -> Node:
    """Rows of one table by the indices of all; of a table of each example, E[i] = onehot(i) E."""
    E, i = y.args
    if not batch.each(E):
        return apply("gather", E, batch.first(i))
    return einsum(f"b{AXES[: i.rank]}v,bvd->b{AXES[: i.rank]}d", _picks(batch, i, E.shape[0]), batch.first(E))


def _scatter_batch(batch: Batch, y: Node) -> Node:
    """The rows that each example adds up are its own: onehot(i)ᵀ G."""
    G, i = y.args
    rows = "b" * batch.each(G) + f"{AXES[: i.rank]}d"
    return einsum(f"b{AXES[: i.rank]}v,{rows}->bvd", _picks(batch, i, y.shape[0]), batch.first(G))


AXES = "ijklmnpqrst"  # letters for the axes of an index


def _picks(batch: Batch, i: Node, classes: Any) -> Node:
    return apply("one_hot", batch.first(i), classes=classes)


# ---------------------------------------------------------------------- constants
def _one_hot_spelling(y: Node) -> Spelled:
    return Form(rf"\operatorname{{onehot}}({{}}, {notation.latex(y.shape[-1])})", "onehot({})", ATOM), y.args


def one_hot(i: Any, n: Any) -> Node:
    """A row for each index, 1 where the index says and 0 elsewhere."""
    classes = size_of(n)
    return _reshaped(i, (classes,), lambda j: apply("one_hot", _index(j), classes=classes))


def embedding(E: Node, i: Any) -> Node:
    """The rows of ``E`` that the index says."""
    return _reshaped(i, E.shape[1:], lambda j: apply("gather", E, j))


def is_index(i: Any) -> bool:
    """A quantity that was declared an index, or one that is reshaped."""
    i = i.args[0] if isinstance(i, Node) and i.op == "reshape" else i
    return isinstance(i, Node) and i.op == "quantity" and bool(dict(i.attrs).get("index"))


def _reshaped(i: Any, rest: Shape, rows: Callable[[Node], Node]) -> Node:
    """Rows for an index; of an index that is reshaped, the rows reshaped."""
    if not (is_index(i) and i.op == "reshape"):
        return rows(i)
    return apply("reshape", rows(i.args[0]), shape=(*i.shape, *rest))


def causal(m: Any, n: Any = None) -> Node:
    """m × n, 0 on and below the diagonal and −∞ above: what may not be attended to."""
    rows = size_of(m)
    return Node("causal", shape=(rows, rows if n is None else size_of(n)))


def _constant(build: Any) -> Any:
    """Sizes one by one, as torch takes them, or in a tuple, as NumPy does."""
    return lambda *n: build(tuple(size_of(k) for k in (n[0] if len(n) == 1 and isinstance(n[0], tuple) else n)))


def eye(n: Any) -> Node:
    """I."""
    return identity(size_of(n))


def stop(x: Node) -> Node:
    """The value of ``x``, through which nothing flows back."""
    return apply("stop_gradient", x)


def _nothing(G: Node, y: Node, *args: Node) -> tuple[Node, ...]:
    return tuple(zeros(a.shape) for a in args)


def _still(i: int, d: Node, y: Node, *args: Node) -> Node:
    return zeros(y.shape)


# ---------------------------------------------------------------------- the largest entry
def _max_shape(x: Node, axis: int, ties: str) -> Shape:
    return x.shape[:axis] + x.shape[axis + 1 :]


def _max_adjoint(G: Node, y: Node, x: Node) -> tuple[Node, ...]:
    from symnet.adjoints.operators.reductions import spread

    return (spread(G, x.shape, y["axis"], keepdims=False) * apply("is_max", x, **dict(y.attrs)),)


def _max_tangent(i: int, d: Node, y: Node, x: Node) -> Node:
    from symnet.adjoints.operators.reductions import total

    return total(apply("is_max", x, **dict(y.attrs)) * d, y["axis"])


def largest(x: Node, axis: Any = None, keepdims: bool = False, *, ties: str = "shared") -> Node:
    """The largest entry along axes, or of all; several that tie share what comes back, or the first has it (pools)."""
    axes = which_axes(x, axis)
    rest = tuple(a for a in range(x.rank) if a not in axes)
    kept = tuple(sp.Integer(1) if a in axes else n for a, n in enumerate(x.shape))
    if len(axes) < 2:
        y = apply("max", x, axis=axes[0], ties=ties) if axes else x
    else:
        flat = x if (*rest, *axes) == tuple(range(x.rank)) else apply("permute", x, axes=(*rest, *axes))
        several = (*(x.shape[a] for a in rest), size(tuple(x.shape[a] for a in axes)))
        y = apply("max", apply("reshape", flat, shape=several), axis=len(rest), ties=ties)
    return apply("reshape", y, shape=kept) if keepdims else y


def greatest(x: Node, axis: Any = None, keepdims: bool = False) -> Node:
    """The largest entry along axes, or of all."""
    return largest(x, axis, keepdims)


def smallest(x: Node, axis: Any = None, keepdims: bool = False) -> Node:
    """min x = −max(−x)."""
    return -largest(-x, axis, keepdims)


def _is_max(y: Node, x: Any) -> Any:
    """1 for the largest entry along an axis; entries that tie have equal parts of it, or the first has all."""
    axis = y["axis"]
    if y["ties"] == "first":
        return np.expand_dims(np.argmax(x, axis), axis) == np.indices(x.shape)[axis]
    mask = x == np.max(x, axis, keepdims=True)
    return mask / np.sum(mask, axis, keepdims=True)


IS_MAX = {
    "numpy": """def is_max(x, axis, ties):
    if ties == 'first':
        return np.expand_dims(x.argmax(axis), axis) == np.indices(x.shape)[axis]
    mask = x == x.max(axis, keepdims=True)
    return mask / mask.sum(axis, keepdims=True)""",
    "torch": """def is_max(x, axis, ties):
    if ties == 'first':
        return torch.zeros_like(x).scatter(axis, x.argmax(axis, keepdim=True), 1.0)
    mask = (x == x.amax(axis, keepdim=True)).to(x.dtype)
    return mask / mask.sum(axis, keepdim=True)""",
}


def _max_spelling(latex: str, text: str) -> Any:
    """The largest entry of a vector, of each row, of each column."""

    def spelling(y: Node) -> Spelled:
        rank, axis = y.args[0].rank, y["axis"]
        where = "" if rank == 1 else f"axis {axis}" if rank > 2 else ("columns", "rows")[axis]
        below = rf"_{{\mathrm{{{where}}}}}" if where else ""
        return Form(f"{latex}{below}({{}})", text + (f"_{axis}" if where else "") + "({})", ATOM), y.args

    return spelling


def _max_formula(name: str) -> Any:
    def formula(y: Node, make: Make) -> Any:
        lines = ("_columns", "_rows")[y["axis"]] if y.args[0].rank == 2 else ""
        return make("apply", *y.args, name=name + lines)

    return formula


register(
    Operator(
        name="gather",
        shape=_gather_shape,
        adjoint=lambda G, y, E, i: (apply("scatter", G, i, rows=E.shape[0]), zeros(i.shape)),
        rule="rows by index",
        reasons=("{y} takes rows of {a}; each row of its adjoint adds up what arrives wherever it was taken",),
        spelling=lambda y: (Form(r"{}_{[{}]}", "{}[{}]", POWER, (POWER + 1, 0)), y.args),
        batch=_gather_batch,
        without={
            "SymPy": "SymPy takes rows by numbers, not by an index that is a quantity",
            "torch reader": "read as rows where a layer takes them (nn.Embedding), and refused elsewhere",
        },
        formula=lambda y, make: make("part", *y.args),
        numpy=lambda y, E, i: E[i.astype(int)],
        code="{0}[{1}]",
        flops=lambda y: 0,
        tangent=_first,
        example="E : v n\ni : t index v\nX = embedding(E, i)",
        words=(
            Word(
                "embedding",
                embedding,
                "E[twins.whole(i)]",
                "E : v n\ni : b t index v\nX = embedding(E, i)",
            ),
        ),
    ),
    Operator(
        name="scatter",
        shape=_scatter_shape,
        adjoint=lambda H, y, G, i: (apply("gather", H, i), zeros(i.shape)),
        rule="rows by index",
        reasons=("{y} adds rows of {a} at their index, so each receives the adjoint of the row that it was added to",),
        spelling=lambda y: (_scatter_form(y), y.args),
        batch=_scatter_batch,
        without={
            "SymPy": "SymPy adds rows by numbers, not by an index that is a quantity",
            "torch reader": "torch.export cannot follow a size that only an index tells",
        },
        formula=lambda y, make: make("apply", *y.args, y.shape[0], name="scatter"),
        numpy=_scatter_numpy,
        code=lambda y: f"scatter({{0}}, {{1}}, {integer_code(y.shape[0])})",
        helpers=SCATTER,
        tangent=_first,
        example="G : t n\ni : t index v\nE = scatter_add(G, i, v)",
        words=(
            Word(
                "scatter_add",
                lambda G, i, n: apply("scatter", G, i, rows=size_of(n)),
                "twins.scattered(G, i, n)",
                "G : t n\ni : t index v\nE = scatter_add(G, i, v)",
            ),
        ),
    ),
    Operator(
        name="one_hot",
        shape=lambda i, classes: (*i.shape, classes),
        adjoint=_nothing,
        rule="constant",
        reasons=("nothing flows back to an index",),
        spelling=_one_hot_spelling,
        batch=lambda batch, y: apply("one_hot", batch.first(y.args[0]), classes=y["classes"]),
        without={
            "SymPy": "SymPy takes rows by numbers, not by an index that is a quantity",
            "torch reader": "no entry in readers/torch/aten yet",
        },
        formula=lambda y, make: make("apply", *y.args, y.shape[-1], name="onehot"),
        numpy=lambda y, i: np.eye(y.shape[-1])[i.astype(int)],
        code=lambda y: f"eye({integer_code(y.shape[-1])})[{{0}}]",
        flops=lambda y: 0,
        tangent=_still,
        words=(Word("one_hot", one_hot, "twins.one_hot(i, n)", "A : n m\ni : t index n\nY = one_hot(i, n) @ A"),),
    ),
    Operator(
        name="causal",
        shape=lambda **_: (),
        adjoint=lambda *_: (),
        rule="constant",
        reasons=("{y} is a constant",),
        spelling=lambda y: (Form(rf"\operatorname{{causal}}({notation.sizes(y.shape)})", "M_causal"), ()),
        without={
            "SymPy": "SymPy has no class for it",
        },
        formula=lambda y, make: make("apply", *y.shape, name="causal"),
        numpy=lambda y: np.triu(np.full(y.shape, -np.inf), 1),
        code=lambda y: f"causal({shape_code(y.shape)})",
        helpers={
            "numpy": "def causal(shape):\n    return np.triu(np.full(shape, -np.inf), 1)",
            "torch": "def causal(shape):\n    return torch.full(shape, -torch.inf).triu(1)",
        },
        flops=lambda y: 0,
        words=(Word("causal_mask", causal, "twins.causal(m, n)", "S : n n\nP = softmax(S + causal_mask(n))"),),
    ),
    Operator(
        name="stop_gradient",
        shape=lambda x: x.shape,
        adjoint=_nothing,
        rule="stop-gradient",
        reasons=("nothing flows back through stop_gradient",),
        spelling=lambda y: (Form(r"\operatorname{stop}({})", "stop({})", ATOM), y.args),
        batch=batches.entrywise,
        without={
            "SymPy": "SymPy would differentiate through it",
            "exact": "the check differentiates values, and a stop has the value of what it stops",
        },
        formula=lambda y, make: make("apply", *y.args, name="stop"),
        numpy=lambda y, x: x,
        code="{0}",
        flops=lambda y: 0,
        tangent=_still,
        words=(Word("stop_gradient", stop, "x.detach()", "x, b : n\ny = stop_gradient(x) * b + x"),),
    ),
    Operator(
        name="max",
        shape=_max_shape,
        adjoint=_max_adjoint,
        rule="largest entry",
        reasons=("only the largest entry of {a} reaches {y}, so it alone receives the adjoint",),
        spelling=_max_spelling(r"\max", "max"),
        batch=batches.along_axis,
        without={
            "SymPy": "SymPy compares numbers, and has no largest entry of matrices entry by entry",
        },
        formula=_max_formula("max"),
        numpy=lambda y, x: np.max(x, axis=y["axis"]),
        code=lambda y: f"largest({{0}}, {y['axis']})",
        helpers={
            "numpy": "from numpy import max as largest",
            "torch": "from torch import amax as largest",
        },
        tangent=_max_tangent,
        example="X : m n\ny = max(X, axis=0)",
        words=(
            Word("max", greatest, "twins.largest(x, axis, keepdims)", "X : m n\ny = max(X, axis=1)"),
            Word("min", smallest, "-twins.largest(-x, axis, keepdims)", "X : m n\ny = min(X)"),
        ),
    ),
    Operator(
        name="is_max",
        shape=lambda x, axis, ties: x.shape,
        adjoint=_nothing,
        rule="piecewise constant",
        reasons=("which entry is largest does not change",),
        spelling=_max_spelling(r"\operatorname{ismax}", "ismax"),
        without={
            "SymPy": "SymPy compares numbers, and has no largest entry of matrices entry by entry",
            "batch": "no word builds it: rules alone have it, and those of a batch are derived anew",
        },
        formula=_max_formula("ismax"),
        numpy=_is_max,
        code=lambda y: f"is_max({{0}}, {y['axis']}, '{y['ties']}')",
        helpers=IS_MAX,
        tangent=_still,
    ),
    Word("ones", _constant(ones), "twins.ones(n)", "X : m n\ny = X @ ones(n)"),
    Word("zeros", _constant(zeros), "0 * twins.ones(n)", "X : m n\nY = X + zeros(m, n)"),
    Word("eye", eye, "twins.eye(n)", "A : n n\nY = A + eye(n)"),
)
