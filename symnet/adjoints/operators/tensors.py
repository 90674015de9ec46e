"""Entries in other places: axes permuted, reshaped, cut out, joined. Nothing is computed, so adjoints move back.

G      adjoint of the value        key    for each axis of the argument (index,) or (start, stop, step)
"""

from typing import Any

import numpy as np
import sympy as sp

from symnet import notation
from symnet.adjoints import batch as batches
from symnet.adjoints import simplify
from symnet.adjoints.batch import Batch
from symnet.adjoints.graph import (
    Node,
    Shape,
    again,
    apply,
    exact_number,
    exactly,
    ones,
    shape_text,
    size,
    size_of,
    which_axis,
    whole,
    zeros,
)
from symnet.adjoints.operators.arithmetic import Spelled
from symnet.adjoints.record import Make, Operator, Word, register
from symnet.adjoints.sizes import integer_code, shape_code
from symnet.errors import InvalidInput, NotSupported
from symnet.notation import ATOM, POWER, Form


# ---------------------------------------------------------------------- axes in another order
def _permute_shape(x: Node, axes: tuple[int, ...]) -> Shape:
    if sorted(axes) != list(range(x.rank)):
        raise InvalidInput(f"{x} is {shape_text(x.shape)}, and {axes} does not name each of its {x.rank} axes once")
    return tuple(x.shape[a] for a in axes)


def _permute_back(G: Node, y: Node, x: Node) -> tuple[Node, ...]:
    return (apply("permute", G, axes=tuple(y["axes"].index(a) for a in range(x.rank))),)


def _permute_known(y: Node) -> Node | None:
    """In order: nothing; of a matrix: its transpose; twice: once."""
    (x,), axes = y.args, y["axes"]
    if axes == tuple(range(x.rank)):
        return x
    if x.rank == 2:
        return x.T
    if x.op == "permute":
        return apply("permute", x.args[0], axes=tuple(x["axes"][a] for a in axes))
    if x.op in ("ones", "zeros"):
        return Node(x.op, shape=y.shape)
    if x.op in ("add", "multiply", "power", "elementwise"):
        return again(x, *(apply("permute", a, axes=axes) for a in x.args))
    if x.op == "matmul" and axes == (*range(x.rank - 2), x.rank - 1, x.rank - 2):
        A, B = x.args
        return B.mT @ A.mT if min(A.rank, B.rank) > 1 else None
    return None


def _permute_spelling(y: Node) -> Spelled:
    *leading, m, n = range(y.rank)
    if y["axes"] == (*leading, n, m):
        return Form(r"{}^\top", "{}ᵀ", POWER, POWER + 1), y.args
    order = "".join(str(a + 1) for a in y["axes"])
    return Form(rf"{{}}^{{({order})}}", f"{{}}^({order})", POWER, POWER + 1), y.args


# ---------------------------------------------------------------------- another shape
def _reshape_shape(x: Node, shape: Shape) -> Shape:
    if sp.simplify(size(x.shape) - size(shape)) != 0:
        raise InvalidInput(
            f"{x} is {shape_text(x.shape)} and cannot be reshaped to {shape_text(shape)}: "
            f"{notation.text(size(x.shape))} entries are not {notation.text(size(shape))}"
        )
    return shape


def _reshape_known(y: Node) -> Node | None:
    (x,) = y.args
    if x.shape == y.shape:
        return x
    if x.op == "number":
        return x * ones(y.shape)
    if x.op == "reshape":
        return apply("reshape", x.args[0], shape=y.shape)
    if x.op == "cut" and (key := _without_single(x)) and _cut_shape(x.args[0], key) == y.shape:
        return apply("cut", x.args[0], key=key)
    return Node(x.op, shape=y.shape) if x.op in ("ones", "zeros") and y.rank else None


def _without_single(x: Node) -> tuple[tuple[Any, ...], ...]:
    """The key of a part, with an index in place of each range of one entry."""
    return tuple(k[:1] if len(k) == 3 and _length(*k) == 1 else k for k in x["key"])


def _reshape_spelling(y: Node) -> Spelled:
    text = notation.text(notation.Shape(y.shape))
    sizes = "".join(f", {notation.latex(n)}" for n in y.shape)
    return Form(rf"\operatorname{{reshape}}({{}}{sizes})", f"reshape({{}}; {text})", ATOM), y.args


def reshape(x: Node, shape: Any) -> Node:
    """The same entries in row-major order; one size may be -1."""
    sizes = [exact_number(n) for n in (shape if isinstance(shape, tuple) else (shape,))]
    if sizes.count(sp.S.NegativeOne) == 1:
        others = sp.Mul(*(n for n in sizes if n != -1))
        if others.is_positive is not False:
            sizes[sizes.index(sp.S.NegativeOne)] = sp.simplify(size(x.shape) / others)
    return apply("reshape", x, shape=tuple(map(size_of, sizes)))


def flatten(x: Node, start: int = 0, end: int = -1) -> Node:
    """The axes from ``start`` to ``end`` as one."""
    i, j = which_axis(x, start) or 0, which_axis(x, end) or 0
    if i > j:
        raise InvalidInput(f"flatten starts at axis {i} and ends before it, at {j}")
    return apply("reshape", x, shape=(*x.shape[:i], size(x.shape[i : j + 1]), *x.shape[j + 1 :]))


def unsqueeze(x: Node, axis: int = 0) -> Node:
    """One more axis, of size 1."""
    axis = which_axis(Node("ones", shape=(*x.shape, sp.Integer(1))), axis) or 0
    return apply("reshape", x, shape=(*x.shape[:axis], sp.Integer(1), *x.shape[axis:]))


# ---------------------------------------------------------------------- a part cut out, and put back; written X[…]
def full_key(x: Node, key: tuple[Any, ...]) -> tuple[tuple[Any, ...], ...]:
    """One entry for each axis; sizes counted from the end become sizes, as far as that can be decided."""
    if key.count(...) > 1 or len([k for k in key if k is not ...]) > x.rank:
        raise InvalidInput(f"{x} is {shape_text(x.shape)} and has no {len(key)} axes to index")
    at = key.index(...) if ... in key else len(key)
    whole = (slice(None),) * (x.rank - len([k for k in key if k is not ...]))
    return tuple(_range(x, k, n) for k, n in zip((*key[:at], *whole, *key[at + 1 :]), x.shape, strict=True))


def _range(x: Node, k: Any, n: Any) -> tuple[Any, ...]:
    if not isinstance(k, slice):
        return (_within(x, k, n, n - 1),)
    start, stop, step = _end(k.start, 0, n), _end(k.stop, n, n), exactly(1 if k.step is None else k.step)
    if not (step.is_Integer and step > 0):
        raise NotSupported("a step that is not a positive number")
    stop = n if (stop - n).is_positive else stop
    if (stop - start).is_positive is False:
        raise InvalidInput(f"{x} is {shape_text(x.shape)}, and the range from {start} to {stop} in it is empty")
    return start, stop, step


def _end(k: Any, default: Any, n: Any) -> Any:
    k = exactly(default if k is None else k)
    return n + k if k.is_negative else k


def _within(x: Node, k: Any, n: Any, last: Any) -> Any:
    k = _end(k, 0, n)
    if k.is_negative or (last - k).is_negative:
        raise InvalidInput(f"{x} is {shape_text(x.shape)} and has no index {k}")
    return k


def _cut_shape(x: Node, key: tuple[Any, ...]) -> Shape:
    return tuple(_length(*k) for k in key if len(k) == 3)


def _length(start: Any, stop: Any, step: Any) -> Any:
    return sp.ceiling((stop - start) / step) if step != 1 else stop - start


def _cut_known(y: Node) -> Node | None:
    (x,) = y.args
    if x.op in ("ones", "zeros"):
        return (ones if x.op == "ones" else zeros)(y.shape)
    return x if y.shape == x.shape else None


def cut(x: Node, key: tuple[Any, ...]) -> Node:
    """x[key] with NumPy's meaning."""
    return apply("cut", x, key=full_key(x, key))


def python_key(key: tuple[Any, ...]) -> tuple[Any, ...]:
    """The key as NumPy takes it."""
    return tuple(int(k[0]) if len(k) == 1 else slice(*map(int, k)) for k in key)


def key_code(y: Node, shape: Shape) -> str:
    """The key as source."""
    return ", ".join(_axis_code(k, n) for k, n in zip(y["key"], shape, strict=True))


def _axis_code(k: tuple[Any, ...], n: Any) -> str:
    if len(k) == 1:
        return integer_code(k[0])
    start, stop, step = k
    first, last = "" if start == 0 else integer_code(start), "" if stop == n else integer_code(stop)
    return f"{first}:{last}" + (f":{step}" if step != 1 else "")


def _key_text(y: Node, shape: Shape, medium: notation.Medium) -> str:
    return ", ".join(_axis_text(k, n, medium) for k, n in zip(y["key"], shape, strict=True))


def _axis_text(k: tuple[Any, ...], n: Any, medium: notation.Medium) -> str:
    if len(k) == 1:
        return notation.write(k[0], medium)
    start, stop, step = k
    first, last = "" if start == 0 else notation.write(start, medium), "" if stop == n else notation.write(stop, medium)
    return f"{first}:{last}" + (f":{step}" if step != 1 else "")


def _cut_spelling(y: Node) -> Spelled:
    """X[…] as NumPy has it; a single entry in LaTeX as mathematics has it, counted from 1: [x]_2."""
    latex, text = (_key_text(y, y.args[0].shape, medium) for medium in ("latex", "text"))
    if y.rank == 0:
        entry = ",".join(notation.latex(k[0] + 1) for k in y["key"])
        return Form(rf"[{{}}]_{{{entry}}}", f"{{}}[{text}]", POWER, POWER + 1), y.args
    return Form(rf"{{}}_{{[{latex}]}}", f"{{}}[{text}]", POWER, POWER + 1), y.args


def _place_spelling(y: Node) -> Spelled:
    latex, text = (_key_text(y, y.shape, medium) for medium in ("latex", "text"))
    placed = rf"\operatorname{{place}}_{{[{latex}]}}({{}}, {notation.sizes(y.shape)})"
    return Form(placed, f"place_[{text}]({{}})", ATOM), y.args


def _cut_formula(y: Node, make: Make) -> Any:
    """A single entry is counted from 1, as mathematics has it; a part as NumPy has it."""
    (x,), key = y.args, y["key"]
    if y.rank == 0 and all(k.is_Integer and n != 1 for (k,), n in zip(key, x.shape, strict=True)):
        return make("index", x, *(k + 1 for (k,) in key))
    return make("part", x, *_axes(x.shape, key, make))


def _place_formula(y: Node, make: Make) -> Any:
    return make("place", *y.args, *y.shape[: _named_axes(y.shape)], *_axes(y.shape, y["key"], make))


def _named_axes(shape: Shape) -> int:
    """A matrix of one column has one axis to name, as a vector has."""
    return 1 if len(shape) == 2 and shape[1] == 1 else len(shape)


def _axes(shape: Shape, key: tuple[Any, ...], make: Make) -> list[Any]:
    return [_axis(k, n, make) for k, n, _ in zip(key, shape, range(_named_axes(shape)), strict=False)]


def _axis(k: tuple[Any, ...], n: Any, make: Make) -> Any:
    if len(k) == 1:
        return k[0]
    start, stop, step = k
    bounds = (make("open") if start == 0 else start, make("open") if stop == n else stop)
    return make("range", *bounds, *[step] * (step != 1))


def _place_numpy(y: Node, G: Any) -> Any:
    whole = np.zeros([int(n) for n in y.shape])
    whole[python_key(y["key"])] = G
    return whole


# ---------------------------------------------------------------------- joined
def _concat_shape(*parts: Node, axis: int) -> Shape:
    first = parts[0]
    for other in parts[1:]:
        if other.rank != first.rank or any(
            p != q for k, (p, q) in enumerate(zip(first.shape, other.shape, strict=True)) if k != axis
        ):
            raise InvalidInput(
                f"{first} is {shape_text(first.shape)} and {other} is {shape_text(other.shape)}, so "
                f"they cannot be joined along axis {axis}"
            )
    return (*first.shape[:axis], sp.Add(*(p.shape[axis] for p in parts)), *first.shape[axis + 1 :])


def _concat_adjoint(G: Node, y: Node, *parts: Node) -> tuple[Node, ...]:
    """Each part receives the part of G that stands where it stood."""
    found, start = [], sp.Integer(0)
    for part in parts:
        stop = start + part.shape[y["axis"]]
        whole = [(sp.Integer(0), n, sp.Integer(1)) for n in y.shape]
        whole[y["axis"]] = (start, stop, sp.Integer(1))
        found.append(apply("cut", G, key=tuple(whole)))
        start = stop
    return tuple(found)


def _concat_tangent(i: int, d: Node, y: Node, *parts: Node) -> Node:
    return again(y, *(d if k == i else zeros(p.shape) for k, p in enumerate(parts)))


def concat(*x: Any, axis: int = 0) -> Node:
    """Joined along an axis; the parts may also stand in one list."""
    parts: Any = x[0] if len(x) == 1 and isinstance(x[0], list) else x
    if any(p.rank == 0 for p in parts):
        raise InvalidInput("concat joins vectors, matrices and tensors; write stack for scalars")
    return apply("concat", *parts, axis=which_axis(parts[0], axis)) if len(parts) > 1 else parts[0]


def stack(*x: Any, axis: int = 0) -> Node:
    """Joined along an axis that is new."""
    parts = x[0] if len(x) == 1 and isinstance(x[0], list) else x
    return concat(*(unsqueeze(p, axis) for p in parts), axis=axis)


def _concat_spelling(y: Node) -> Spelled:
    mark = "; " if y["axis"] == 0 else ", "
    after = f"_{y['axis']}" if y["axis"] > 1 else ""
    text = mark.join(["{}"] * len(y.args)).join("[]") + after
    if y.rank > 2:
        return Form(text, text, ATOM), y.args
    blocks = (r" \\ " if y["axis"] == 0 else " & ").join(["{}"] * len(y.args))
    return Form(rf"\begin{{pmatrix}} {blocks} \end{{pmatrix}}", text, ATOM), y.args


def _permute_batch(batch: Batch, y: Node) -> Node:
    return apply("permute", batch(y.args[0]), axes=(0, *(k + 1 for k in y["axes"])))


def _part_batch(batch: Batch, y: Node) -> Node:
    """The same part of each example."""
    attrs = dict(y.attrs) | {"key": ((sp.Integer(0), batch.count, sp.Integer(1)), *y["key"])}
    attrs |= {"shape": batch.shape(y.shape)} if "shape" in attrs else {}
    return apply(y.op, batch.first(y.args[0]), **attrs)


def _concat_batch(batch: Batch, y: Node) -> Node:
    parts = [batch.first(a) if batch.each(a) else batch.whole(a) for a in y.args]
    return apply("concat", *parts, axis=y["axis"] + 1)


def _slices(y: Node) -> str:
    """The key of `place` as a tuple of slices."""
    whole = [f"slice({', '.join(map(integer_code, k))})" if len(k) == 3 else integer_code(k[0]) for k in y["key"]]
    return "(" + "".join(f"{k}, " for k in whole) + ")"


def pad(x: Node, *, before: Any = 0, after: Any = 0) -> Node:
    """Zeros before and after the entries of the last axis."""
    first, last = (whole(k, 0, what) for k, what in ((before, "before"), (after, "after")))
    n, one = x.shape[-1], sp.Integer(1)
    key = (*((sp.Integer(0), m, one) for m in x.shape[:-1]), (sp.Integer(first), first + n, one))
    return apply("place", x, key=key, shape=(*x.shape[:-1], first + n + last))


def _free(_: Node) -> int:
    return 0


register(
    Operator(
        name="permute",
        shape=_permute_shape,
        adjoint=_permute_back,
        rule="axes exchanged",
        reasons=("the axes of {a} are exchanged, so those of its adjoint are exchanged back",),
        spelling=_permute_spelling,
        batch=_permute_batch,
        without={
            "SymPy": "SymPy has no class for it: its matrices have two axes",
            "LaTeX": "tensors of three and more axes have no matrix that LaTeX would be read as",
        },
        formula="only tensors have axes in an order of their own: of a matrix it is the transpose",
        numpy=lambda y, x: np.transpose(x, [int(a) for a in y["axes"]]),
        code=lambda y: f"permute({{0}}, {y['axes']})",
        helpers={"numpy": "from numpy import transpose as permute", "torch": "from torch import permute"},
        flops=_free,
        rewrites=(simplify.vanish, _permute_known, simplify.scalars_out),
        example="X : b m n\nY = transpose(X, (2, 0, 1))",
    ),
    Operator(
        name="reshape",
        shape=_reshape_shape,
        adjoint=lambda G, y, x: (apply("reshape", G, shape=x.shape),),
        rule="reshape",
        reasons=("the entries of {a} stay in order, so those of its adjoint do",),
        spelling=_reshape_spelling,
        batch=batches.last_axes,
        without={
            "SymPy": "SymPy has no class for it: its matrices have two axes",
            "LaTeX": "tensors of three and more axes have no matrix that LaTeX would be read as",
        },
        formula=lambda y, make: make("apply", *y.args, *y.shape, name="reshape") if y.rank else make("itself", *y.args),
        numpy=lambda y, x: np.reshape(x, y.shape),
        code=lambda y: f"xp.reshape({{0}}, {shape_code(y.shape)})",
        flops=_free,
        rewrites=(simplify.vanish, _reshape_known, simplify.scalars_out),
        example="X : b m n\nY = reshape(X, (b * m, n))",
        words=(
            Word("reshape", reshape, "x.reshape(twins.sizes(shape))", "X : m n\nY = reshape(X, (n, m))"),
            Word("flatten", flatten, "torch.flatten(x, start, end)", "X : b m n\nY = flatten(X, start=1)"),
            Word("unsqueeze", unsqueeze, "torch.unsqueeze(x, axis)", "x : n\nY = unsqueeze(x, 0)"),
        ),
    ),
    Operator(
        name="cut",
        shape=_cut_shape,
        adjoint=lambda G, y, x: (apply("place", G, key=y["key"], shape=x.shape),),
        rule="part",
        reasons=("only a part of {a} is used, so the adjoint stands at that part, and 0 elsewhere",),
        spelling=_cut_spelling,
        batch=_part_batch,
        without={
            "SymPy": "SymPy's slices are of matrices alone; one spelling serves vectors and tensors as well",
        },
        formula=_cut_formula,
        numpy=lambda y, x: x[python_key(y["key"])],
        code=lambda y: f"{{0}}[{key_code(y, y.args[0].shape)}]",
        flops=_free,
        rewrites=(simplify.vanish, _cut_known, simplify.scalars_out),
        example="X : m n\nY = X[0, 1:]",
        words=(Word("cut", cut, "", "X : b m n\nY = X[..., 1, 0:n:2]"),),
    ),
    Operator(
        name="place",
        shape=lambda G, key, shape: shape,
        adjoint=lambda H, y, G: (apply("cut", H, key=y["key"]),),
        rule="part",
        reasons=("{a} stands at one part of {y}, so it receives that part of the adjoint",),
        spelling=_place_spelling,
        batch=_part_batch,
        without={
            "SymPy": "SymPy has no class for it",
            "torch reader": "a padding is read as parts joined",
        },
        formula=_place_formula,
        numpy=_place_numpy,
        code=lambda y: f"place({{0}}, {shape_code(y.shape)}, {_slices(y)})",
        helpers={
            library: f"def place(part, shape, key):\n    whole = {zeros_}\n    whole[key] = part\n    return whole"
            for library, zeros_ in (("numpy", "np.zeros(shape)"), ("torch", "part.new_zeros(shape)"))
        },
        flops=_free,
        rewrites=(simplify.vanish, simplify.scalars_out),
        example="X : m n\nY = pad(X, before=1, after=2)",
        words=(Word("pad", pad, "torch.nn.functional.pad(x, (before, after))", "x : n\ny = pad(x, before=1)"),),
    ),
    Operator(
        name="concat",
        shape=_concat_shape,
        adjoint=_concat_adjoint,
        rule="joined",
        reasons=("{a} is one part of {y}, so it receives that part of the adjoint",),
        spelling=_concat_spelling,
        batch=_concat_batch,
        without={
            "SymPy": "SymPy's blocks are of matrices alone; one spelling serves vectors and tensors as well",
        },
        formula=lambda y, make: make(
            "matrix", *y.args, name=("{}x1" if y["axis"] == 0 else "1x{}").format(len(y.args))
        ),
        numpy=lambda y, *parts: np.concatenate(parts, axis=y["axis"]),
        code=lambda y: "xp.concatenate((" + ", ".join(f"{{{i}}}" for i in range(len(y.args))) + f"), axis={y['axis']})",
        flops=_free,
        tangent=_concat_tangent,
        example="A : m n\nB : k n\nY = concat(A, B)",
        words=(
            Word(
                "concat", concat, "torch.cat(twins.parts(x), dim=axis)", "A : m n\nB : m k\nY = concat([A, B], axis=1)"
            ),
            Word("stack", stack, "torch.stack(twins.parts(x), dim=axis)", "a, b : n\nY = stack(a, b)"),
        ),
    ),
)
