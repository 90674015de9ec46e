"""Layer, batch, group and RMS normalisation: one operator, with its rule in closed form.

x̂   (x − mean) / s, the value         s   sqrt(var + ε), the deviation        axes   over which mean and var are taken
For RMS normalisation nothing is subtracted: x̂ = x / s with s = sqrt(mean of x² + ε).
"""

import re
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

from symnet import notation
from symnet.adjoints import batch
from symnet.adjoints.graph import Node, Shape, apply, exact_number, number, size, size_of, which_axes, which_axis
from symnet.adjoints.operators.arithmetic import Spelled
from symnet.adjoints.operators.reductions import mean
from symnet.adjoints.operators.tensors import reshape
from symnet.adjoints.record import Make, Operator, Word, register
from symnet.errors import InvalidInput
from symnet.notation import ATOM, Form

EPS = Fraction(1, 10**5)
EPSILON = Fraction(1, 2**52)  # of float64, torch.finfo(torch.float64).eps


def _kept(x: Node, axes: tuple[int, ...]) -> Shape:
    return tuple(sp.Integer(1) if a in axes else n for a, n in enumerate(x.shape))


def _mean(x: Node, axes: tuple[int, ...]) -> Node:
    """The mean over ``axes``, which keep size 1; over all of a vector, a scalar."""
    return mean(x) if x.rank == 1 else mean(x, axes, keepdims=True)


def _adjoint(G: Node, y: Node, x: Node) -> tuple[Node, ...]:
    """dx̂ = (dx − mean dx − x̂ mean(x̂ ⊙ dx)) / s, which is symmetric: x̄ = (G − mean G − x̂ mean(x̂ ⊙ G)) / s."""
    return (_projected(G, y, x),)


def _projected(G: Node, y: Node, x: Node) -> Node:
    inside = G - y * _mean(y * G, y["axes"])
    inside = inside - _mean(G, y["axes"]) if y["centred"] else inside
    return inside / apply("deviation", x, axes=y["axes"], eps=y["eps"], centred=y["centred"])


def _deviation_shape(x: Node, axes: tuple[int, ...], eps: Any, centred: bool) -> Shape:
    return () if x.rank == 1 else _kept(x, axes)


def _deviation_adjoint(G: Node, s: Node, x: Node) -> tuple[Node, ...]:
    """ds = mean(x̂ ⊙ dx), hence x̄ = G x̂ / n."""
    count = size(tuple(x.shape[a] for a in s["axes"]))
    return (number(1 / count) * (apply("standardize", x, **dict(s.attrs)) * G),)


def _deviation_tangent(i: int, d: Node, s: Node, x: Node) -> Node:
    return _mean(apply("standardize", x, **dict(s.attrs)) * d, s["axes"])


def _moments(y: Node, x: Any) -> tuple[Any, Any]:
    centre = np.mean(x, axis=y["axes"], keepdims=True) if y["centred"] else 0.0
    return x - centre, np.sqrt(np.mean((x - centre) ** 2, axis=y["axes"], keepdims=True) + float(y["eps"]))


def _standardized(y: Node, x: Any) -> Any:
    centred, s = _moments(y, x)
    return centred / s


def _code(name: str) -> Any:
    return lambda y: (
        f"{name}({{0}}, {y['axes']}, {float(y['eps'])}, {y['centred']})" + "[0]" * (name == "deviation" and not y.rank)
    )


MEAN = "x.mean(axis=axes, keepdims=True)"
ROOT = {
    "numpy": "    return np.sqrt((x ** 2).mean(axis=axes, keepdims=True) + eps)",
    "torch": "    return torch.sqrt((x ** 2).mean(axis=axes, keepdims=True) + eps)",
}
HELPERS = {
    library: f"def deviation(x, axes, eps, centred):\n    x = x - {MEAN} if centred else x\n{root}\n\n\n"
    f"def standardize(x, axes, eps, centred):\n    centre = {MEAN} if centred else 0\n"
    "    return (x - centre) / deviation(x, axes, eps, centred)"
    for library, root in ROOT.items()
}


# ---------------------------------------------------------------------- words
def standardized(x: Node, axes: tuple[int, ...], eps: Any = EPS, centred: bool = True) -> Node:
    """x̂ over ``axes``."""
    if x.rank == 0:
        raise InvalidInput(f"{x} is a scalar, and a normalisation needs an axis")
    places = tuple(sorted(which_axis(x, a) or 0 for a in axes))
    return apply("standardize", x, axes=places, eps=_small(eps), centred=centred)


def _small(eps: Any) -> sp.Expr:
    value = exact_number(eps)
    if value.is_negative:
        raise InvalidInput(f"eps is {notation.text(value)}; it is added to a mean of squares, and not negative")
    return value


def deviation(x: Node, axis: Any = None, keepdims: bool = False) -> Node:
    """The root of the variance, of all entries or along axes; divided by n, as NumPy does (torch divides by n − 1)."""
    if x.rank == 0:
        raise InvalidInput(f"{x} is a scalar, and a deviation needs an axis")
    axes = which_axes(x, axis)
    s = apply("deviation", x, axes=axes, eps=sp.Integer(0), centred=True)
    kept = _kept(x, axes) if keepdims else tuple(n for a, n in enumerate(x.shape) if a not in axes)
    return s if s.shape == kept else apply("reshape", s, shape=kept)


def layer_norm(x: Node, g: Node | None = None, b: Node | None = None, eps: Any = EPS) -> Node:
    """x̂ over the last axis, or over as many as the gain has; then g ⊙ x̂ + b."""
    return _affine(standardized(x, tuple(range(-(g.rank if g else 1), 0)), eps), g, b)


def rms_norm(x: Node, g: Node | None = None, eps: Any = EPSILON) -> Node:
    """x divided by its root mean square over the last axis; then g ⊙. ε is float64's, as torch has it."""
    return _affine(standardized(x, tuple(range(-(g.rank if g else 1), 0)), eps, centred=False), g, None)


def _affine(y: Node, g: Node | None, b: Node | None) -> Node:
    y = y if g is None else y * g
    return y if b is None else y + b


def _per_channel(y: Node, g: Node | None, b: Node | None) -> Node:
    shape = (-1, *(1,) * (y.rank - 2))
    return _affine(y, None if g is None else reshape(g, shape), None if b is None else reshape(b, shape))


def batch_norm(x: Node, g: Node | None = None, b: Node | None = None, eps: Any = EPS) -> Node:
    """x̂ for each channel (axis 1), over the batch and all places; then g ⊙ x̂ + b."""
    return _per_channel(standardized(x, (0, *range(2, x.rank)), eps), g, b)


def instance_norm(x: Node, g: Node | None = None, b: Node | None = None, eps: Any = EPS) -> Node:
    """x̂ for each sample and channel, over all places; then g ⊙ x̂ + b."""
    return _per_channel(standardized(x, tuple(range(2, x.rank)), eps), g, b)


def group_norm(x: Node, groups: int, g: Node | None = None, b: Node | None = None, eps: Any = EPS) -> Node:
    """x̂ for each sample and group of channels; then g ⊙ x̂ + b for each channel."""
    count = size_of(groups)
    if (x.shape[1] / count).is_integer is False:
        raise InvalidInput(f"{x} has {x.shape[1]} channels, which are not {count} groups")
    apart = apply("reshape", x, shape=(x.shape[0], count, x.shape[1] / count, *x.shape[2:]))
    y = standardized(apart, tuple(range(2, apart.rank)), eps)
    return _per_channel(apply("reshape", y, shape=x.shape), g, b)


def _spelling(centred: str, other: str) -> Any:
    """The word for each kind, ε where it is not 0, and in LaTeX the axes, where they are not the last alone."""

    def spelling(y: Node) -> Spelled:
        word = centred if y["centred"] else other
        eps = y["eps"]
        latex, plain = ("", "") if eps == 0 else (f", {_power(eps, 'latex')}", f", {_power(eps, 'text')}")
        lines = _lines(y)
        return Form(
            rf"\operatorname{{{word}}}{lines}({{}}{latex})", f"{word}{_plain(lines)}({{}}{plain})", ATOM
        ), y.args

    return spelling


def _formula(centred: str, other: str) -> Any:
    """A function of the rows, of the columns or of all, and of ε. A matrix of one column is no vector."""

    def formula(y: Node, make: Make) -> Any:
        (x,), axes, eps = y.args, y["axes"], y["eps"]
        lines = "" if axes == (x.rank - 1,) else "_columns" if axes == (0,) else "_all"
        if x.rank == 2 and x.shape[1] == 1 and not lines:
            return None
        root = _root(eps)
        small = [] if eps == 0 else [eps] if root is None else [make("power", *root)]
        return make("apply", x, *small, name=(centred if y["centred"] else other) + lines)

    return formula


def _root(eps: sp.Rational) -> tuple[int, int] | None:
    """ε as a power of 10, or of 2."""
    for base, power in ((10, len(str(eps.q)) - 1), (2, int(eps.q).bit_length() - 1)):
        if eps == sp.Rational(1, base**power):
            return base, -power
    return None


def _lines(y: Node) -> str:
    (x,), axes = y.args, y["axes"]
    if axes == (x.rank - 1,):
        return ""
    words = {(0,): "columns", (0, 1): "all"} if x.rank == 2 else {}
    return rf"_{{\mathrm{{{words[axes]}}}}}" if axes in words else f"_{{{','.join(str(a + 1) for a in axes)}}}"


def _plain(below: str) -> str:
    """The axes in a line of text."""
    return re.sub(r"\\mathrm|[{}]", "", below)


def _power(eps: sp.Rational, medium: notation.Medium) -> str:
    """10⁻⁵, or 2⁻⁵² for the ε of float64."""
    if (found := _root(eps)) is None:
        return notation.write(eps, medium)
    return "{}^{{{}}}".format(*found) if medium == "latex" else "{}^{}".format(*found)


register(
    Operator(
        name="standardize",
        shape=lambda x, axes, eps, centred: x.shape,
        adjoint=_adjoint,
        rule="normalisation",
        reasons=(
            "{y} keeps its mean and its length whatever {a} does, so what arrives along 𝟏 and {y} is taken off; the"
            " rest is divided by the deviation",
        ),
        spelling=_spelling("standardize", "rmsnorm"),
        batch=batch.along_axes,
        without={
            "SymPy": "SymPy has no class for it",
        },
        formula=_formula("standardize", "rmsnorm"),
        numpy=_standardized,
        code=_code("standardize"),
        helpers=HELPERS,
        flops=lambda y: 6 * size(y.shape),
        tangent=lambda i, d, y, x: _projected(d, y, x),
        example="x : n\ny = layer_norm(x)",
        reuses=True,
        words=(
            Word(
                "layer_norm", layer_norm, "twins.layer_norm(x, g, b, eps)", "X : t n\ng, b : n\nY = layer_norm(X, g, b)"
            ),
            Word("rms_norm", rms_norm, "twins.rms_norm(x, g, eps)", "X : b t n\ng : n\nY = rms_norm(X, g)"),
            Word(
                "batch_norm",
                batch_norm,
                "torch.nn.functional.batch_norm(x, None, None, g, b, True, 0.1, eps)",
                "X : b c h w\ng, q : c\nY = batch_norm(X, g, q)",
            ),
            Word(
                "instance_norm",
                instance_norm,
                "torch.nn.functional.instance_norm(x, None, None, g, b, True, 0.1, eps)",
                "X : b c h w\nY = instance_norm(X)",
            ),
            Word(
                "group_norm",
                group_norm,
                "torch.nn.functional.group_norm(x, twins.sizes(groups), g, b, eps)",
                "X : b 6 h w\ng, q : 6\nY = group_norm(X, 3, g, q)",
            ),
        ),
    ),
    Operator(
        name="deviation",
        shape=_deviation_shape,
        adjoint=_deviation_adjoint,
        rule="deviation",
        reasons=("the deviation of {a} grows along its normalised value, an n-th of it for each entry",),
        spelling=_spelling("dev", "rms"),
        batch=batch.along_axes,
        without={
            "SymPy": "SymPy has no class for it",
            "torch reader": "a deviation is read as the root of a variance",
        },
        formula=_formula("dev", "rms"),
        numpy=lambda y, x: np.reshape(_moments(y, x)[1], y.shape),
        code=_code("deviation"),
        helpers=HELPERS,
        flops=lambda y: 4 * size(y.args[0].shape),
        tangent=_deviation_tangent,
        example="x : n\ny = std(x)",
        words=(
            Word(
                "std",
                deviation,
                "torch.std(x, dim=axis, keepdim=keepdims, correction=0)",
                "X : m n\nY = std(X, axis=1)",
            ),
        ),
    ),
)
