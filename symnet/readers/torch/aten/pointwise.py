"""Entry by entry: arithmetic and activations. What has kinks is a word of the language, which knows torch's slopes."""

from typing import Any

from symnet.errors import NotSupported
from symnet.readers.torch.aten.call import Call, Entry, called, column, filled, is_truth, number

NAMES = (
    "relu", "tanh", "sigmoid", "exp", "log", "sin", "cos", "erf", "abs", "sqrt", "silu", "mish", "relu6", "log1p",
    "square", "reciprocal", "log_sigmoid", "expm1", "tan", "softsign", "sinh", "cosh", "log2", "sign",
    "hardsigmoid", "hardswish", "selu",
)  # fmt: skip
THRESHOLD = 20  # from here on softplus is the identity to 2e-9, which is what torch takes it to be


def _binary(sign: str, flip: bool = False) -> Entry:
    def written(c: Call) -> str:
        a, b, alpha = number(c[0]), number(c[1]), c.get("alpha", 1)
        a, b = (b, a) if flip else (a, b)
        return f"{a} {sign} {b}" if alpha == 1 else f"{a} {sign} {number(alpha)} * {b}"

    return written


def _clamp(c: Call) -> str:
    """Bounds are numbers or tensors; either may be missing."""
    return _kept("clip", c[0], c.get("min"), c.get("max"))


def _kept(word: str, x: str, low: Any, high: Any) -> str:
    given = ((name, bound) for name, bound in (("low", low), ("high", high)) if bound is not None)
    return f"{word}({x}, {', '.join(f'{name}={number(bound)}' for name, bound in given)})"


def _prelu(c: Call) -> str:
    return f"prelu({c[0]}, reshape({c[1]}, {column(len(c.shape(0)) - 2)}))"


def _gelu(c: Call) -> str:
    return f"{ {'none': 'gelu', 'tanh': 'gelu_tanh'}[c['approximate']] }({c[0]})"


def _softplus(c: Call) -> str:
    """With a low threshold, a line with a jump where it begins, as torch has it."""
    x, beta, threshold = c[0], c["beta"], c["threshold"]
    inside = x if beta == 1 else f"{number(beta)} * {x}"
    curve = f"softplus({inside})" if beta == 1 else f"softplus({inside}) / {number(beta)}"
    return curve if threshold >= THRESHOLD else f"where({inside} > {number(threshold)}, {x}, {curve})"


def _elu(c: Call) -> str:
    """ELU with all of torch's factors; SELU and CELU are two settings of them. At 0 the slope is that of the left."""
    x, alpha, scale, inside = c[0], c["alpha"], c["scale"], c["input_scale"]
    if scale == inside == 1:
        return f"elu({x}, alpha={number(alpha)})"
    left = f"expm1({number(inside)} * clip({x}, high=0))"
    return f"{number(scale)} * (relu({x}) + {number(alpha)} * {left})"


def _glu(c: Call) -> str:
    axis = c["dim"] % len(c.shape(0))
    before, half = ":, " * axis, c.shape(0)[axis] // 2
    return f"{c[0]}[{before}:{half}] * sigmoid({c[0]}[{before}{half}:])"


def _softshrink(c: Call) -> str:
    reach = c["lambd"]
    return f"relu({c[0]} - {reach}) - relu(-{c[0]} - {reach})"


def _dropout(c: Call) -> str:
    share, training = c["p"], c["train"]
    if share and training:
        raise NotSupported("dropout in training mode is random; call module.eval() first")
    return str(c[0])


def _same(c: Call) -> str:
    return str(c[0])


def _typed(c: Call) -> str:
    """A cast from float to float says the same number; of truth values 1 and 0. No other cast comes here."""
    c.of_no_effect("other")
    return f"1 * {c[0]}" if is_truth(c.nodes["self"]) and not is_truth(c.node) else str(c[0])


# ---------------------------------------------------------------------- truth values, written where they are used
def _compared(sign: str) -> Entry:
    return lambda c: f"({number(c[0])} {sign} {number(c[1])})"


def _joined(sign: str) -> Entry:
    def written(c: Call) -> str:
        if not all(is_truth(c.nodes[name]) for name in c.bound):
            raise TypeError  # bits of whole numbers, or whether they are 0
        return f"({c[0]} {sign} {c[1]})"

    return written


def _denied(c: Call) -> str:
    if not is_truth(c.nodes["self"]):
        raise TypeError
    return f"(~{c[0]})"


COMPARISONS: dict[str, Entry] = {
    **{name: _compared(sign) for name, sign in (("gt", ">"), ("ge", ">="), ("lt", "<"), ("le", "<="))},
    **{name: _compared(sign) for name, sign in (("eq", "=="), ("ne", "!="))},
    **{kind.format(name): _joined(sign) for name, sign in (("and", "&"), ("or", "|"), ("xor", "^"))
       for kind in ("logical_{}", "bitwise_{}", "__{}__")},
    **dict.fromkeys(("logical_not", "bitwise_not"), _denied),
}  # fmt: skip


def _filled(c: Call) -> str:
    """One value everywhere, whatever was there before."""
    c.of_no_effect("self")
    return filled(c.get("value", 0), c.result)


ENTRIES: dict[str, Entry] = {
    **COMPARISONS,
    **{name: called(name) for name in NAMES},
    **dict.fromkeys(("contiguous", "clone", "alias", "lift_fresh_copy"), _same),
    **dict.fromkeys(("to", "_to_copy", "type_as"), _typed),
    **dict.fromkeys(("dropout", "feature_dropout", "alpha_dropout", "feature_alpha_dropout"), _dropout),
    **{name: _binary(sign) for name, sign in (("add", "+"), ("sub", "-"), ("mul", "*"), ("div", "/"))},
    "rsub": _binary("-", flip=True),
    "neg": lambda c: f"-{c[0]}",
    "pow": lambda c: f"{number(c[0])} ** {number(c[1])}",
    "rsqrt": lambda c: f"{c[0]} ** (-1 / 2)",
    "maximum": lambda c: f"maximum({c[0]}, {c[1]})",
    "minimum": lambda c: f"minimum({c[0]}, {c[1]})",
    "clamp": _clamp,
    **dict.fromkeys(("clamp_min", "clamp_max"), _clamp),
    "hardtanh": lambda c: _kept("hardtanh", c[0], c["min_val"], c["max_val"]),
    "leaky_relu": lambda c: f"leaky_relu({c[0]}, slope={number(c['negative_slope'])})",
    "elu": _elu,
    "celu": lambda c: f"celu({c[0]}, alpha={number(c['alpha'])})",
    "prelu": _prelu,
    "gelu": _gelu,
    "sgn": called("sign"),
    **dict.fromkeys(("atan", "arctan"), called("arctan")),
    "glu": _glu,
    "softplus": _softplus,
    "softshrink": _softshrink,
    "hardshrink": lambda c: f"where(abs({c[0]}) <= {number(c['lambd'])}, 0, {c[0]})",
    "threshold": lambda c: f"where({c[0]} <= {number(c['threshold'])}, {number(c['value'])}, {c[0]})",
    **dict.fromkeys(("fill", "zero"), _filled),
    "detach": lambda c: f"stop_gradient({c[0]})",
}  # fmt: skip
