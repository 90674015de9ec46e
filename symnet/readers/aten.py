"""ATen operators in the model language: one entry each, from a call to the text of its value.

A text of several lines, ``name := value``, defines parts before the value in its last line. An entry that cannot say
what a call means raises `TypeError`, and the reader refuses the node by its name and place.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from symnet.errors import NotSupported


@dataclass(frozen=True)
class Call:
    """One node: its arguments as names and Python values, and the shapes that torch found for them."""

    node: Any
    args: Sequence[Any]
    options: Mapping[str, Any]

    def __getitem__(self, i: int) -> Any:
        return self.args[i]

    def get(self, i: int, name: str, default: Any = None) -> Any:
        """An argument by position or by name."""
        return self.args[i] if i < len(self.args) else self.options.get(name, default)

    def shape(self, i: int) -> tuple[int, ...]:
        return tuple(int(n) for n in self.node.args[i].meta["val"].shape)

    @property
    def result(self) -> tuple[int, ...]:
        return tuple(int(n) for n in self.node.meta["val"].shape)


def _tuple(values: Sequence[int]) -> str:
    return "(" + "".join(f"{int(v)}, " for v in values) + ")"


def _option(values: Any) -> str:
    return str(tuple(values)) if isinstance(values, list) and len(values) > 1 else str(_single(values))


def _single(values: Any) -> Any:
    return values[0] if isinstance(values, list) else values


def _permuted(c: Call, axes: Sequence[int]) -> str:
    rank = len(c.shape(0))
    axes = [a % rank for a in axes]
    return f"transpose({c[0]}, {_tuple(axes)})" if axes != list(range(rank)) else c[0]


def _transpose(c: Call) -> str:
    axes = list(range(len(c.shape(0))))
    i, j = c[1], c[2]
    axes[i], axes[j] = axes[j], axes[i]
    return _permuted(c, axes)


def _reshaped(c: Call) -> str:
    return f"reshape({c[0]}, {_tuple(c.result)})" if c.result != c.shape(0) else c[0]


def _subscript(c: Call, axis: int, entry: str) -> str:
    rank = len(c.shape(0))
    return f"{c[0]}[{', '.join([':'] * (axis % rank) + [entry])}]"


def _slice(c: Call) -> str:
    axis, start, stop, step = c.get(1, "dim", 0), c.get(2, "start") or 0, c.get(3, "end"), c.get(4, "step", 1)
    n = c.shape(0)[axis]
    start, stop = (v + n if v < 0 else min(v, n) for v in (start, n if stop is None else stop))
    return c[0] if (start, stop, step) == (0, n, 1) else _subscript(c, axis, f"{start}:{stop}:{step}")


def _split(c: Call) -> tuple[str, ...]:
    axis, n = c.get(2, "dim", 0), c.shape(0)[c.get(2, "dim", 0)]
    lengths = c[1] if isinstance(c[1], list) else [c[1]] * (n // c[1]) + [n % c[1]] * (n % c[1] > 0)
    ends = [sum(lengths[: i + 1]) for i in range(len(lengths))]
    return tuple(_subscript(c, axis, f"{e - n_}:{e}") for e, n_ in zip(ends, lengths, strict=True))


def _chunk(c: Call) -> tuple[str, ...]:
    axis, n = c.get(2, "dim", 0), c.shape(0)[c.get(2, "dim", 0)]
    each = -(-n // c[1])
    return tuple(_subscript(c, axis, f"{s}:{min(s + each, n)}") for s in range(0, n, each))


def _linear(c: Call) -> str:
    bias = c.get(2, "bias")
    return f"{c[0]} @ {c[1]}.T" + (f" + {bias}" if bias else "")


def _binary(sign: str, flip: bool = False) -> Callable[[Call], str]:
    def written(c: Call) -> str:
        if "rounding_mode" in c.options:
            raise TypeError
        a, b, alpha = c[0], _number(c[1]), c.options.get("alpha", 1)
        a, b = (b, a) if flip else (_number(a), b)
        return f"{a} {sign} {b}" if alpha == 1 else f"{a} {sign} {alpha} * {b}"

    return written


def _number(a: Any) -> str:
    return f"({a!r})" if isinstance(a, float | int) and a < 0 else str(a) if isinstance(a, str) else repr(a)


def _called_as(name: str) -> Callable[[Call], str]:
    return lambda c: f"{name}({c[0]})"


def _reduction(name: str) -> Callable[[Call], str]:
    def written(c: Call) -> str:
        axes = c.get(1, "dim")
        keep = ", keepdims=True" if c.get(2, "keepdim", False) else ""
        return f"{name}({c[0]}{'' if axes is None or axes == [] else f', axis={_option(axes)}'}{keep})"

    return written


def _variance(c: Call) -> str:
    axes, correction = c.get(1, "dim"), c.options.get("correction", 1)
    n = 1
    for a in axes if isinstance(axes, list) else range(len(c.shape(0))):
        n *= c.shape(0)[a]
    keep = ", keepdims=True" if c.options.get("keepdim") else ""
    where = f", axis={_option(axes)}" if axes else ""
    return f"var({c[0]}{where}{keep}) * {n} / {n - int(correction)}"


def _conv(axes: int) -> Callable[[Call], str]:
    def written(c: Call) -> str:
        bias = c.get(2, "bias")
        defaults = (("stride", 1), ("padding", 0), ("dilation", 1))
        options = "".join(f", {k}={_option(c.get(3 + i, k, d))}" for i, (k, d) in enumerate(defaults))
        y = f"conv{axes}d({c[0]}, {c[1]}{options}, groups={c.get(6, 'groups', 1)})"
        return y + (f" + reshape({bias}, {_tuple((-1, *(1,) * axes))})" if bias else "")

    return written


def _pool(name: str) -> Callable[[Call], str]:
    def written(c: Call) -> str:
        kernel, stride, padding = c[1], c.get(2, "stride") or c[1], c.get(3, "padding", 0)
        if name.startswith("max") and (c.get(5, "ceil_mode", False) or _single(c.get(4, "dilation", 1)) != 1):
            raise TypeError
        uncounted = _single(padding) and not c.get(5, "count_include_pad", True)
        if name.startswith("avg") and (c.get(4, "ceil_mode", False) or uncounted or c.get(6, "divisor_override")):
            raise TypeError
        return f"{name}({c[0]}, {_option(kernel)}, stride={_option(stride)}, padding={_option(padding)})"

    return written


def _affine(name: str, before: str, weight: Any, bias: Any, eps: Any) -> str:
    given = "".join(f", {k}={v}" for k, v in (("g", weight), ("b", bias)) if v)
    return f"{name}({before}{given}, eps={eps})"


def _layer_norm(c: Call) -> str:
    weight, bias = c.get(2, "weight"), c.get(3, "bias")
    if len(c[1]) > 1 and not weight:
        raise TypeError
    return _affine("layer_norm", c[0], weight, bias, c.get(4, "eps", 1e-5))


def _batch_norm(c: Call) -> str:
    x, weight, bias, mean, variance, training, _, eps = c.args[:8]
    if training:
        return _affine("batch_norm", x, weight, bias, eps)
    column = _tuple((-1, *(1,) * (len(c.shape(0)) - 2)))
    y = f"({x} - reshape({mean}, {column})) / sqrt(reshape({variance}, {column}) + {eps})"
    y = f"{y} * reshape({weight}, {column})" if weight else y
    return f"{y} + reshape({bias}, {column})" if bias else y


def _attention(c: Call) -> str:
    mask, causal, scale = c.get(3, "attn_mask"), c.get(5, "is_causal", False), c.options.get("scale")
    if c.get(4, "dropout_p", 0.0) or c.options.get("enable_gqa") or not (mask is None or isinstance(mask, str)):
        raise TypeError
    q = c[0] if scale is None else f"{c[0]} * {scale * c.shape(0)[-1] ** 0.5!r}"
    return (
        f"attention({q}, {c[1]}, {c[2]}" + (f", mask={mask}" if mask else "") + (", is_causal=True)" if causal else ")")
    )


def _embedding(c: Call) -> str:
    if c.get(2, "padding_idx", -1) not in (None, -1) or c.get(4, "sparse", False):
        raise TypeError  # torch gives that row no gradient
    if isinstance(c[1], str):
        return f"embedding({c[0]}, {c[1]})"
    index = c[1]  # a constant: rows in order, as positions are
    first, count = int(index.reshape(-1)[0]), index.numel()
    if index.reshape(-1).tolist() != list(range(first, first + count)):
        raise TypeError
    return f"reshape({c[0]}[{first}:{first + count}], {_tuple(c.result)})"


def _masked_fill(c: Call) -> str:
    """Only a causal mask is known: what is above the diagonal gets −∞."""
    import torch

    mask, value = c[1], c[2]
    n, m = mask.shape[-2:]
    if value != float("-inf") or not bool((mask == torch.ones(n, m, dtype=torch.bool).triu(1)).all()):
        raise TypeError
    return f"{c[0]} + causal_mask({n}, {m})"


def _addmm(c: Call) -> str:
    return f"{c[1]} @ {c[2]} + {c[0]}"


def _loss(name: str) -> Callable[[Call], str]:
    def written(c: Call) -> str:
        weighted = name != "mse_loss" and (c.get(2, "weight") or c.get(3, "pos_weight"))
        if weighted or c.get(2 if name == "mse_loss" else 4, "reduction", 1) != 1:
            raise TypeError
        return f"{name}({c[0]}, {c[1]})"

    return written


def _class_loss(name: str) -> Callable[[Call], str]:
    def written(c: Call) -> str:
        rank = len(c.shape(0))
        if c.get(2, "weight") or c.get(3, "reduction", 1) != 1 or c.get(5, "label_smoothing", 0.0) or rank > 2:
            raise TypeError
        return f"{name}({c[0]}, {c[1]})"

    return written


def _cell(function: str) -> Callable[[Call], str]:
    def written(c: Call) -> str:
        x, h, W, U, b, d = [*c.args, None, None][:6]
        bias = "".join(f" + {v}" for v in (b, d) if v)
        return f"{function}({x} @ {W}.T + {_operand(h)} @ {U}.T{bias})"

    return written


def _operand(h: Any) -> str:
    """A name, or a constant tensor of zeros."""
    return h if isinstance(h, str) else f"zeros({', '.join(map(str, h.shape))})"


def _lstm_cell(c: Call) -> tuple[str, ...]:
    (x, (h, s), W, U, b, d), n = [*c.args, None, None][:6], c.shape(2)[0] // 4
    gates = f"{x} @ {W}.T + {_operand(h)} @ {U}.T" + "".join(f" + {v}" for v in (b, d) if v)
    i, f, g, o = (f"a[:, {k * n}:{(k + 1) * n}]" for k in range(4))
    lines = f"a := {gates}\ni := sigmoid({i})\nf := sigmoid({f})\ng := tanh({g})\no := sigmoid({o})\n"
    lines += f"c := f * {_operand(s)} + i * g\n"
    return lines + "o * tanh(c)", lines + "c"


def _gru_cell(c: Call) -> str:
    (x, h, W, U, b, d), n = [*c.args, None, None][:6], c.shape(2)[0] // 3
    lines = f"a := {x} @ {W}.T" + (f" + {b}" if b else "") + f"\nq := {_operand(h)} @ {U}.T" + (f" + {d}" if d else "")
    lines += f"\nr := sigmoid(a[:, :{n}] + q[:, :{n}])\nu := sigmoid(a[:, {n}:{2 * n}] + q[:, {n}:{2 * n}])"
    lines += f"\ng := tanh(a[:, {2 * n}:] + r * q[:, {2 * n}:])"
    return f"{lines}\n(1 - u) * g + u * {_operand(h)}"


def _gelu(c: Call) -> str:
    return f"{'gelu_tanh' if c.get(1, 'approximate', 'none') == 'tanh' else 'gelu'}({c[0]})"


def _dropout(c: Call) -> str:
    if c[2]:
        raise NotSupported("dropout in training mode is random; call module.eval() first")
    return c[0]


def _same(c: Call) -> Any:
    return c[0]


def _norm(c: Call) -> str:
    if (len(c.args) > 1 and c[1] != 2) or len(c.args) > 2 or c.options:
        raise TypeError
    return f"norm({c[0]})"


def _pow(c: Call) -> str:
    return f"{c[0]} ** {_number(c[1])}"


CONSTANT = (
    "arange",
    "zeros",
    "ones",
    "full",
    "tril",
    "triu",
    "unsqueeze",
    "eq",
    "expand",
    "logical_not",
    "view",
    "slice",
    "to",
    "_to_copy",
)
MOVES = (
    "dropout",
    "contiguous",
    "clone",
    "alias",
    "to",
    "_to_copy",
    "lift_fresh_copy",
    "detach_",
    "type_as",
    "_assert_tensor_metadata",
)
ATEN: dict[str, Callable[[Call], Any]] = {
    **dict.fromkeys(("contiguous", "clone", "alias", "to", "_to_copy", "type_as", "lift_fresh_copy"), _same),
    **dict.fromkeys(("dropout", "feature_dropout"), _dropout),
    **dict.fromkeys(("view", "reshape", "unflatten", "flatten", "unsqueeze", "squeeze", "_unsafe_view"), _reshaped),
    **{
        n: _called_as(n)
        for n in (
            "relu",
            "tanh",
            "sigmoid",
            "exp",
            "log",
            "sin",
            "cos",
            "erf",
            "abs",
            "sqrt",
            "silu",
            "mish",
            "relu6",
            "log1p",
            "square",
            "reciprocal",
            "log_sigmoid",
            "expm1",
            "tan",
        )
    },
    "relu_": _called_as("relu"),
    "silu_": _called_as("silu"),
    "softsign": _called_as("softsign"),
    "softplus": lambda c: f"softplus({c[0]})" if c.get(1, "beta", 1) == 1 else c[99],
    "leaky_relu": lambda c: f"leaky_relu({c[0]}, slope={c.get(1, 'negative_slope', 0.01)})",
    "elu": lambda c: f"elu({c[0]}, alpha={c.get(1, 'alpha', 1.0)})",
    "hardtanh": lambda c: f"clip({c[0]}, {_number(c.get(1, 'min_val', -1))}, {_number(c.get(2, 'max_val', 1))})",
    "clamp": lambda c: f"clip({c[0]}, {_number(c[1])}, {_number(c[2])})",
    "prelu": lambda c: f"relu({c[0]}) - reshape({c[1]}, {_tuple((-1, *(1,) * (len(c.shape(0)) - 2)))}) * relu(-{c[0]})",
    "gelu": _gelu,
    "rsqrt": lambda c: f"{c[0]} ** (-1 / 2)",
    "neg": lambda c: f"-{c[0]}",
    "linear": _linear,
    "addmm": _addmm,
    "bilinear": lambda c: (
        f"einsum('bi,kij,bj->bk', {c[0]}, {c[2]}, {c[1]})" + (f" + {c[3]}" if c.get(3, "bias") else "")
    ),
    **{n: lambda c: f"{c[0]} @ {c[1]}" for n in ("matmul", "mm", "bmm", "mv", "dot")},
    "einsum": lambda c: f"einsum('{c[0]}', {', '.join(c[1])})",
    "add": _binary("+"),
    "add_": _binary("+"),
    "sub": _binary("-"),
    "mul": _binary("*"),
    "mul_": _binary("*"),
    "div": _binary("/"),
    "rsub": _binary("-", flip=True),
    "pow": _pow,
    "maximum": lambda c: f"maximum({c[0]}, {c[1]})",
    "minimum": lambda c: f"minimum({c[0]}, {c[1]})",
    "softmax": lambda c: f"softmax({c[0]}, axis={c[1]})",
    "_softmax": lambda c: f"softmax({c[0]}, axis={c[1]})",
    "log_softmax": lambda c: f"log_softmax({c[0]}, axis={c[1]})",
    "logsumexp": _reduction("logsumexp"),
    "sum": _reduction("sum"),
    "mean": _reduction("mean"),
    "amax": _reduction("max"),
    "var": _variance,
    "linalg_vector_norm": _norm,
    "transpose": _transpose,
    "permute": lambda c: _permuted(c, c[1]),
    "t": lambda c: f"{c[0]}.T",
    "numpy_T": lambda c: f"{c[0]}.T",
    "mT": lambda c: f"{c[0]}.mT",
    "select": lambda c: _subscript(c, c[1], str(c[2] % c.shape(0)[c[1]])),
    "slice": _slice,
    "split": _split,
    "split_with_sizes": _split,
    "chunk": _chunk,
    "cat": lambda c: f"concat({', '.join(c[0])}, axis={c.get(1, 'dim', 0)})",
    "stack": lambda c: f"stack({', '.join(c[0])}, axis={c.get(1, 'dim', 0)})",
    "expand": lambda c: c[0] if c.result == c.shape(0) else f"{c[0]} + zeros({', '.join(map(str, c.result))})",
    "conv1d": _conv(1),
    "conv2d": _conv(2),
    "max_pool2d": _pool("max_pool2d"),
    "avg_pool2d": _pool("avg_pool2d"),
    "max_pool1d": _pool("max_pool1d"),
    "avg_pool1d": _pool("avg_pool1d"),
    "adaptive_avg_pool2d": lambda c: (
        f"adaptive_avg_pool2d({c[0]}, {_option([int(v) for v in c[1]] if c[1] != [1, 1] else 1)})"
    ),
    "layer_norm": _layer_norm,
    "batch_norm": _batch_norm,
    "group_norm": lambda c: _affine(
        "group_norm", f"{c[0]}, {c[1]}", c.get(2, "weight"), c.get(3, "bias"), c.get(4, "eps", 1e-5)
    ),
    "instance_norm": lambda c: _affine("instance_norm", c[0], c[1], c[2], c[7]),
    "rms_norm": lambda c: _affine("rms_norm", c[0], c.get(2, "weight"), None, c.get(3, "eps") or 2.220446049250313e-16),
    "scaled_dot_product_attention": _attention,
    "embedding": _embedding,
    "masked_fill": _masked_fill,
    "mse_loss": _loss("mse_loss"),
    "binary_cross_entropy_with_logits": lambda c: _loss("bce_with_logits")(c),
    "cross_entropy_loss": _class_loss("cross_entropy"),
    "nll_loss": _class_loss("nll_loss"),
    "nll_loss_nd": _class_loss("nll_loss"),
    "rnn_tanh_cell": _cell("tanh"),
    "rnn_relu_cell": _cell("relu"),
    "lstm_cell": _lstm_cell,
    "gru_cell": _gru_cell,
    "broadcast_tensors": lambda c: tuple(c[0]),
    "detach": lambda c: f"stop_gradient({c[0]})",
}
