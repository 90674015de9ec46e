"""Entry by entry: arithmetic and activations."""

from symnet.errors import NotSupported
from symnet.readers.aten.call import Call, Entry, called, column, number

NAMES = (
    "relu", "tanh", "sigmoid", "exp", "log", "sin", "cos", "erf", "abs", "sqrt", "silu", "mish", "relu6", "log1p",
    "square", "reciprocal", "log_sigmoid", "expm1", "tan", "softsign", "sinh", "cosh", "log2",
)  # fmt: skip
IN_PLACE = ("relu_", "silu_", "tanh_", "sigmoid_", "exp_")
SELU_SCALE, SELU_ALPHA = 1.0507009873554804934193349852946, 1.6732632423543772848170429916717  # as torch has them


def _binary(sign: str, flip: bool = False) -> Entry:
    def written(c: Call) -> str:
        if "rounding_mode" in c.options:
            raise TypeError
        a, b, alpha = c[0], number(c[1]), c.options.get("alpha", 1)
        a, b = (b, a) if flip else (number(a), b)
        return f"{a} {sign} {b}" if alpha == 1 else f"{a} {sign} {alpha} * {b}"

    return written


def _clamp(c: Call) -> str:
    low, high = c.get(1, "min"), c.get(2, "max")
    if low is None or high is None:
        bound, sign = (low, "maximum") if high is None else (high, "minimum")
        return f"{sign}({c[0]}, {number(bound)})"
    return f"clip({c[0]}, {number(low)}, {number(high)})"


def _prelu(c: Call) -> str:
    slope = f"reshape({c[1]}, {column(len(c.shape(0)) - 2)})"
    return f"relu({c[0]}) - {slope} * relu(-{c[0]})"


def _gelu(c: Call) -> str:
    return f"{'gelu_tanh' if c.get(1, 'approximate', 'none') == 'tanh' else 'gelu'}({c[0]})"


def _softplus(c: Call) -> str:
    beta = c.get(1, "beta", 1)
    return f"softplus({c[0]})" if beta == 1 else f"softplus({number(beta)} * {c[0]}) / {number(beta)}"


def _elu(c: Call) -> str:
    """ELU with all of torch's factors: SELU and CELU are two settings of them."""
    alpha, scale, inside = c.get(1, "alpha", 1.0), c.get(2, "scale", 1), c.get(3, "input_scale", 1)
    return _elu_text(c[0], alpha, scale, inside)


def _elu_text(x: str, alpha: float, scale: float, inside: float) -> str:
    if scale == inside == 1:
        return f"elu({x}, alpha={alpha})"
    return f"{scale} * (relu({x}) + {alpha} * (exp(-{inside} * relu(-{x})) - 1))"


def _celu(c: Call) -> str:
    alpha = c.get(1, "alpha", 1.0)
    return _elu_text(c[0], alpha, 1, 1 / alpha) if alpha != 1 else f"elu({c[0]})"


def _glu(c: Call) -> str:
    axis = c.get(1, "dim", -1) % len(c.shape(0))
    before, half = ":, " * axis, c.shape(0)[axis] // 2
    return f"{c[0]}[{before}:{half}] * sigmoid({c[0]}[{before}{half}:])"


def _softshrink(c: Call) -> str:
    reach = c.get(1, "lambd", 0.5)
    return f"relu({c[0]} - {reach}) - relu(-{c[0]} - {reach})"


def _dropout(c: Call) -> str:
    if c[2] and c[1]:
        raise NotSupported("dropout in training mode is random; call module.eval() first")
    return c[0]


def _same(c: Call) -> str:
    return c[0]


ENTRIES: dict[str, Entry] = {
    **{name: called(name) for name in NAMES},
    **{name: called(name[:-1]) for name in IN_PLACE},
    **dict.fromkeys(("contiguous", "clone", "alias", "to", "_to_copy", "type_as", "lift_fresh_copy"), _same),
    **dict.fromkeys(("dropout", "dropout_", "feature_dropout"), _dropout),
    **{f"{name}{end}": _binary(sign) for name, sign in (("add", "+"), ("sub", "-"), ("mul", "*"), ("div", "/"))
       for end in ("", "_")},
    "rsub": _binary("-", flip=True),
    "neg": lambda c: f"-{c[0]}",
    "pow": lambda c: f"{c[0]} ** {number(c[1])}",
    "rsqrt": lambda c: f"{c[0]} ** (-1 / 2)",
    "maximum": lambda c: f"maximum({c[0]}, {c[1]})",
    "minimum": lambda c: f"minimum({c[0]}, {c[1]})",
    "clamp": _clamp,
    "clamp_min": lambda c: f"maximum({c[0]}, {number(c[1])})",
    "hardtanh": lambda c: f"clip({c[0]}, {number(c.get(1, 'min_val', -1))}, {number(c.get(2, 'max_val', 1))})",
    "hardsigmoid": lambda c: f"clip({c[0]} + 3, 0, 6) / 6",
    "hardswish": lambda c: f"{c[0]} * clip({c[0]} + 3, 0, 6) / 6",
    "leaky_relu": lambda c: f"leaky_relu({c[0]}, slope={c.get(1, 'negative_slope', 0.01)})",
    "elu": _elu,
    "selu": lambda c: _elu_text(c[0], SELU_ALPHA, SELU_SCALE, 1),
    "celu": _celu,
    "prelu": _prelu,
    "gelu": _gelu,
    "glu": _glu,
    "softplus": _softplus,
    "softshrink": _softshrink,
    "detach": lambda c: f"stop_gradient({c[0]})",
}  # fmt: skip
