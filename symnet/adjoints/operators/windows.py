"""Convolutions and pools, as windows and a sum: both are linear in the windows.

x   (…, h, w) an image, or (…, l) a signal       windows(x)   (…, p, q, k, l): the k × l window at each place p, q
fold(G)   its adjoint: every entry adds up what arrives at the windows that it is in

With windows, a convolution is one einsum, so the rule for its kernel is the einsum rule; a max pool is a maximum.
"""

from itertools import product
from typing import Any

import numpy as np
import sympy as sp

from symnet import notation
from symnet.adjoints import batch, simplify
from symnet.adjoints.graph import Node, Shape, apply, exactly, number, shape_text, size, size_of, whole, zeros
from symnet.adjoints.operators.indices import largest
from symnet.adjoints.operators.multilinear import einsum
from symnet.adjoints.operators.reductions import mean
from symnet.adjoints.record import Make, Operator, Word, register
from symnet.errors import InvalidInput, NotSupported
from symnet.notation import ATOM, Form

Numbers = tuple[int, ...]


def places(n: Any, k: Any, stride: int, padding: int, dilation: int) -> Any:
    """How many windows of ``k`` taps fit: floor((n + 2p − d(k − 1) − 1) / s) + 1."""
    span = exactly(n) + 2 * padding - dilation * (k - 1) - 1
    if span.is_negative:
        raise InvalidInput(f"a window of {k} does not fit into {n} entries with padding {padding}")
    return span + 1 if stride == 1 else sp.floor(span / sp.Integer(stride)) + 1


def _windows_shape(x: Node, kernel: Any, stride: Numbers, padding: Numbers, dilation: Numbers, fill: Any) -> Shape:
    axes = len(kernel)
    outer = x.shape[-axes:]
    return (*x.shape[:-axes], *map(places, outer, kernel, stride, padding, dilation), *kernel)


def _fold(G: Node, y: Node, x: Node) -> tuple[Node, ...]:
    return (apply("fold", G, shape=x.shape, **dict(y.attrs)),)


def _unfold(H: Node, y: Node, G: Node) -> tuple[Node, ...]:
    options = {k: v for k, v in y.attrs if k != "shape"}
    return (apply("windows", H, **options | {"fill": sp.Integer(0)}),)


def _attrs(y: Node) -> tuple[list[int], ...]:
    return tuple([int(n) for n in y[k]] for k in ("kernel", "stride", "padding", "dilation"))


def _taps(y: Node, extents: Any) -> Any:
    """For each tap of the kernel: its index, and the entries of the padded array that it meets."""
    kernel, stride, _, dilation = _attrs(y)
    for tap in product(*map(range, kernel)):
        at = [
            slice(d * t, d * t + s * (n - 1) + 1, s) for t, s, d, n in zip(tap, stride, dilation, extents, strict=True)
        ]
        yield tap, tuple(at)


def _windows_numpy(y: Node, x: Any) -> Any:
    kernel, _, padding, _ = _attrs(y)
    axes = len(kernel)
    whole = np.pad(x, [(0, 0)] * (x.ndim - axes) + [(p, p) for p in padding], constant_values=float(y["fill"]))
    value = np.empty([int(n) for n in y.shape])
    for tap, at in _taps(y, y.shape[-2 * axes : -axes]):
        value[(..., *tap)] = whole[(..., *at)]
    return value


def _fold_numpy(y: Node, G: Any) -> Any:
    kernel, _, padding, _ = _attrs(y)
    axes = len(kernel)
    shape = [int(n) for n in y["shape"]]
    padded = [n + 2 * p for n, p in zip(shape[-axes:], padding, strict=True)]
    whole = np.zeros([*shape[:-axes], *padded])
    for tap, at in _taps(y, G.shape[-2 * axes : -axes]):
        whole[(..., *at)] += G[(..., *tap)]
    return whole[(..., *(slice(p, p + n) for p, n in zip(padding, shape[-axes:], strict=True)))]


HELPERS = {
    "numpy": """def windows(x, kernel, stride, padding, dilation, fill):
    axes = len(kernel)
    x = np.pad(x, [(0, 0)] * (x.ndim - axes) + [(p, p) for p in padding], constant_values=fill)
    spans = [d * (k - 1) + 1 for k, d in zip(kernel, dilation)]
    view = np.lib.stride_tricks.sliding_window_view(x, spans, axis=tuple(range(-axes, 0)))
    return view[(..., *(slice(None, None, s) for s in stride), *(slice(None, None, d) for d in dilation))]""",
    "torch": """def windows(x, kernel, stride, padding, dilation, fill):
    axes = len(kernel)
    x = torch.nn.functional.pad(x, [p for q in reversed(padding) for p in (q, q)], value=fill)
    for axis, (k, s, d) in enumerate(zip(kernel, stride, dilation)):
        x = x.unfold(axis - axes - axis, d * (k - 1) + 1, s)[..., ::d]
    return x""",
}
FOLD = """def fold(G, shape, kernel, stride, padding, dilation):
    axes = len(kernel)
    whole = ZEROS([*shape[:-axes], *(n + 2 * p for n, p in zip(shape[-axes:], padding))])
    for tap in itertools.product(*map(range, kernel)):
        extents = zip(tap, stride, dilation, G.shape[-2 * axes:-axes])
        whole[(..., *(slice(d * t, d * t + s * (n - 1) + 1, s) for t, s, d, n in extents))] += G[(..., *tap)]
    return whole[(..., *(slice(p, p + n) for p, n in zip(padding, shape[-axes:])))]"""


def _code(name: str) -> Any:
    def code(y: Node) -> str:
        from symnet.adjoints.sizes import shape_code

        options = ", ".join(shape_code(y[k]) for k in ("kernel", "stride", "padding", "dilation"))
        fill = "-xp.inf" if name == "windows" and y["fill"] == -sp.oo else "0"
        return (
            f"windows({{0}}, {options}, {fill})"
            if name == "windows"
            else f"fold({{0}}, {shape_code(y.shape)}, {options})"
        )

    return code


# ---------------------------------------------------------------------- words
def windows(x: Node, kernel: Any, stride: Any, padding: Any, dilation: Any, fill: Any = 0) -> Node:
    """Every window of ``x``; what lies outside is ``fill``."""
    count = len(kernel)
    steps, around, apart = (
        _numbers(option, count, least, what)
        for option, least, what in ((stride, 1, "a stride"), (padding, 0, "a padding"), (dilation, 1, "a dilation"))
    )
    taps = tuple(map(size_of, kernel))
    return apply("windows", x, kernel=taps, stride=steps, padding=around, dilation=apart, fill=exactly(fill))


def _numbers(option: Any, count: int, least: int, what: str) -> Numbers:
    """A whole number for each axis, from ``least`` on."""
    values = option if isinstance(option, tuple) else (option,) * count
    if len(values) != count:
        raise InvalidInput(f"{what} is given for {len(values)} axes, and there are {count}")
    return tuple(whole(v, least, what) for v in values)


def _conv(axes: int) -> Any:
    def conv(x: Node, w: Node, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: Any = 1) -> Node:
        """Cross-correlation, as torch has it: x (b, c, …), w (d, c / groups, …)."""
        if x.rank != axes + 2 or w.rank != axes + 2:
            raise InvalidInput(
                f"conv{axes}d takes {axes + 2} axes, and {x} is {shape_text(x.shape)}, {w} is {shape_text(w.shape)}"
            )
        groups = whole(groups, 1, "the number of groups")
        if (w.shape[0] / groups).is_integer is False:
            raise InvalidInput(f"{w} makes {w.shape[0]} channels, which are not {groups} groups")
        if (mismatch := exactly(x.shape[1] - groups * w.shape[1])) != 0:
            raise InvalidInput(
                f"{x} has {x.shape[1]} channels and {w} takes {groups * w.shape[1]} ({mismatch} too many)"
            )
        out, taken = "pq"[:axes], "kl"[:axes]
        cut = windows(x, w.shape[2:], stride, padding, dilation)
        if groups == 1:
            return einsum(f"bc{out}{taken},dc{taken}->bd{out}", cut, w)
        apart = apply("reshape", cut, shape=(cut.shape[0], sp.Integer(groups), w.shape[1], *cut.shape[2:]))
        each = apply("reshape", w, shape=(sp.Integer(groups), w.shape[0] / groups, *w.shape[1:]))
        y = einsum(f"bgc{out}{taken},gdc{taken}->bgd{out}", apart, each)
        return apply("reshape", y, shape=(y.shape[0], w.shape[0], *y.shape[3:]))

    return conv


def _pool(axes: int, kind: str) -> Any:
    def pool(x: Node, kernel: Any, stride: Any = None, padding: Any = 0) -> Node:
        kernel = _numbers(kernel, axes, 1, "a kernel")
        if any(2 * p > k for p, k in zip(_numbers(padding, axes, 0, "a padding"), kernel, strict=True)):
            raise InvalidInput(f"a padding is more than half of the kernel {kernel}")
        stride = kernel if stride is None else stride
        cut = windows(x, kernel, stride, padding, 1, -sp.oo if kind == "max" else 0)
        if kind == "avg":
            return mean(cut, tuple(range(-axes, 0)))
        flat = apply("reshape", cut, shape=(*cut.shape[:-axes], size(cut.shape[-axes:])))
        return largest(flat, -1, ties="first")

    return pool


def adaptive(x: Node, size: Any = 1) -> Node:
    """The mean over the last two axes, which keep size 1."""
    if (size if isinstance(size, tuple) else (size,) * 2) not in ((1, 1), (number(1), number(1))):
        raise NotSupported("an adaptive pool to more than one place; write avg_pool2d with its kernel")
    return mean(x, (-2, -1), keepdims=True)


def overlap_add(x: Node, stride: int = 1) -> Node:
    """The rows of ``x`` as windows, ``stride`` apart, added where they overlap."""
    if x.rank != 2:
        raise InvalidInput(f"overlap_add takes a matrix, and {x} is {shape_text(x.shape)}")
    stride = whole(stride, 1, "a stride")
    places_, taps = x.shape
    one = sp.Integer(1)
    length = stride * (places_ - 1) + taps
    return apply(
        "fold", x, shape=(length,), kernel=(taps,), stride=(stride,), padding=(0,), dilation=(int(one),), fill=0
    )


def _linear_part(i: int, d: Node, y: Node, x: Node) -> Node:
    return apply(y.op, d, **dict(y.attrs) | {"fill": sp.Integer(0)})


def _filled(y: Node) -> Node | None:
    return zeros(y.shape) if simplify.is_zero(y.args[0]) and y["fill"] == 0 else None


def _out(y: Node) -> Node | None:
    return simplify.scalars_out(y) if y["fill"] == 0 else None


def _form(y: Node, made: Shape) -> Form:
    """windows(x, k, s): k taps, s apart; fold(G, n, s): n entries. Padding and dilation follow where there are any."""
    options = [("stride", 1), ("padding", 0), ("dilation", 1)]
    said = [made, *(y[name] for name, _ in options)]
    while len(said) > 1 and all(n == options[len(said) - 2][1] for n in said[-1]):
        said.pop()
    inside = "".join(f", {notation.latex(n[0] if len(n) == 1 else notation.Shape(tuple(n)))}" for n in said)
    return Form(rf"\operatorname{{{y.op}}}({{}}{inside})", y.op + "({})", ATOM)


def _formula(y: Node, make: Make) -> Any:
    """Of a signal, its windows one after another: windows(x, k, s) with k taps, fold(G, n, s) with n entries."""
    if len(y["kernel"]) > 1 or y["padding"] != (0,) or y["dilation"] != (1,):
        return None
    (made,), (step,) = y.shape[-1:], y["stride"]
    return make("apply", *y.args, made, *[step] * (step != 1), name=y.op)


TWIN = "torch.nn.functional.{}(x, twins.sizes(kernel), twins.sizes(stride), twins.sizes(padding))"
IMAGE = "X : b c 6 7\n"
register(
    Operator(
        name="windows",
        shape=_windows_shape,
        adjoint=_fold,
        rule="windows",
        reasons=("each entry of {a} is in several windows, and adds up what arrives at them",),
        spelling=lambda y: (_form(y, y["kernel"]), y.args),
        batch=batch.last_axes,
        without={
            "SymPy": "SymPy has no class for it: its matrices have two axes",
            "LaTeX": "tensors of three and more axes have no matrix that LaTeX would be read as",
        },
        formula=_formula,
        numpy=_windows_numpy,
        code=_code("windows"),
        helpers=HELPERS,
        flops=lambda y: 0,
        tangent=_linear_part,
        rewrites=(_filled, _out),
        example="X : b c 4 5\nK : d c 2 3\nY = conv2d(X, K, stride=2, padding=1)",
        words=(
            Word(
                "conv1d",
                _conv(1),
                "torch.nn.functional.conv1d(x, w, None, stride, padding, dilation, groups)",
                "X : b c n\nK : d c 3\nY = conv1d(X, K, padding=1)",
            ),
            Word(
                "conv2d",
                _conv(2),
                "torch.nn.functional.conv2d(x, w, None, stride, padding, dilation, groups)",
                "X : b 4 6 7\nK : 6 2 3 2\nY = conv2d(X, K, stride=(1, 2), padding=(0, 1), groups=2)",
            ),
            Word(
                "max_pool2d",
                _pool(2, "max"),
                TWIN.format("max_pool2d"),
                IMAGE + "Y = max_pool2d(X, 3, stride=2, padding=1)",
            ),
            Word("avg_pool2d", _pool(2, "avg"), TWIN.format("avg_pool2d"), IMAGE + "Y = avg_pool2d(X, (2, 3))"),
            Word("max_pool1d", _pool(1, "max"), TWIN.format("max_pool1d"), "X : b c 7\nY = max_pool1d(X, 2)"),
            Word("avg_pool1d", _pool(1, "avg"), TWIN.format("avg_pool1d"), "X : b c 7\nY = avg_pool1d(X, 2)"),
            Word(
                "adaptive_avg_pool2d",
                adaptive,
                "torch.nn.functional.adaptive_avg_pool2d(x, size)",
                IMAGE + "Y = adaptive_avg_pool2d(X, 1)",
            ),
        ),
    ),
    Operator(
        name="fold",
        shape=lambda G, shape, **_: shape,
        adjoint=_unfold,
        rule="windows",
        reasons=("each entry of {a} is added to one entry of {y}, and receives its adjoint",),
        spelling=lambda y: (_form(y, y.shape[-len(y["kernel"]) :]), y.args),
        batch=batch.last_axes,
        without={
            "SymPy": "SymPy has no class for it: its matrices have two axes",
            "torch reader": "no entry in readers/torch/aten yet",
        },
        formula=_formula,
        numpy=_fold_numpy,
        code=_code("fold"),
        helpers={
            library: "import itertools\n\n\n" + FOLD.replace("ZEROS", zeros_)
            for library, zeros_ in (("numpy", "np.zeros"), ("torch", "G.new_zeros"))
        },
        example="X : p k\ny = overlap_add(X, stride=2)",
        words=(Word("overlap_add", overlap_add, "twins.overlapped(x, stride)", "X : p k\ny = overlap_add(X)"),),
        rewrites=(simplify.vanish, simplify.scalars_out),
    ),
)
