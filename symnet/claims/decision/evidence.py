r"""What agreement at points is worth: which claims it decides, and how often it would let a false one pass.

rational    sums, products, quotients, whole powers, inverses, determinants, derivatives of such, unspecified functions.
            The difference of both sides is p/q. Where p is not zero and has degree d, at most d of every N values of
            an entry are roots (Schwartz 1980, Zippel 1979), so k exact points with N values each let a false claim
            pass less than once in (N/d)^k. Nothing is claimed of sizes but those that were tried; so letters that are
            sizes may occur to the degree 3 at most, for 4 lengths of each are tried.
analytic    with exp, tanh, logarithms and roots of what is positive or of one free number: what is zero at random
            points is zero (but for a set of measure 0) as far as one may walk without leaving where both sides have a
            value, so that set must be in one piece. A pole inside of such a function would cut it, so none may be.
""        everything else: kinks and steps, at whatever distance, which only a proof decides
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import log10

from symnet.claims.meaning.keys import Key
from symnet.claims.meaning.shapes import SCALAR, Typed

_RATIONAL = {
    "number", "name", "ones", "zeros", "identity", "fill", "sum", "neg", "hadamard", "oslash", "scale",
    "matmul", "inner", "reciprocal", "matpower", "transpose", "det", "tr", "diagonal", "entries", "matrix",
    "index", "line", "position", "range", "bigsum", "bigprod", "blocks", "part", "place", "reshape", "windows",
    "fold", "stop", "relation", "derivative", "open", "power", "hpower", "apply", "jacobian", "slopes",
    "gradient",
}  # fmt: skip
_ENTIRE = {
    "exp", "tanh", "sin", "cos", "sinh", "cosh", "arctan", "erf", "sigmoid", "softplus", "silu", "gelu",
    "gelu_tanh", "expm1", "log_sigmoid", "mish",
}  # fmt: skip
_OF_POSITIVE = {"log", "log2", "log1p", "sqrt"}
_NORMALISED = (word + lines for word in ("standardize", "rmsnorm", "dev", "rms") for lines in ("", "_columns", "_all"))
_SMOOTH = {
    *(w + lines for w in ("softmax", "log_softmax", "logsumexp") for lines in ("", "_columns")),
    "causal",
    *_NORMALISED,
}
_WITH_POLES = {"reciprocal", "oslash", "matpower", "det", "jacobian", "slopes", "gradient", "derivative"}
_KINKS = {"max", "min", "abs", "floor", "ceil", "indicator", "cases", "both"}
_KINKED = {"relu", "abs", "sign", "softsign"}
_INDICES = {"onehot", "scatter", "gather"}  # of data that are whole numbers, each value as good as another


@dataclass(frozen=True)
class Evidence:
    """``kind`` of a relation, and a bound on the degree of its difference, a quotient, in what is given."""

    kind: str
    degree: int = 0

    def said(self, points: int, values: int) -> str:
        """What agreement at so many points means, in words."""
        if self.kind != "rational":
            return "both sides are analytic"
        power = points * log10(values / max(self.degree, 1))
        return f"a false identity of this degree passes less than once in 10^{int(power)}" if power >= 1 else ""


def evidence(relation: Typed, key: Key) -> Evidence:
    """Of what class a relation is."""
    look = _Look(key, frozenset(_under_roots(relation)))
    kind = look.kind(relation)
    if kind and max(look.of_sizes(a) for a in relation.args) > 3:
        kind = ""
    return Evidence(kind, look.degree(relation) if kind == "rational" else 0)


def has_pieces(t: Typed, key: Key) -> bool:
    """Whether there is a kink or a step in it, or in a definition that it uses."""
    return _Look(key).has_pieces(t)


@dataclass
class _Look:
    """Questions to a formula and to the definitions behind its names, each definition looked at once."""

    key: Key
    positive: frozenset[str] = frozenset()  # names of which there is a logarithm or a root: elsewhere it has no value
    kinds: dict[str, str] = field(default_factory=dict)
    pieces: dict[str, bool] = field(default_factory=dict)
    degrees: dict[str, int] = field(default_factory=dict)

    def behind(self, t: Typed) -> tuple[Typed, ...]:
        """The parts, and the definitions of the names that stand in it."""
        if t.op == "name":
            return (self.key.typed[t.name],) if t.name in self.key.typed else ()
        if t.op in ("jacobian", "slopes", "gradient"):
            top = t.name.split("|")[0]
            return (self.key.typed[top],) if top in self.key.typed else ()
        return t.args

    def has_pieces(self, t: Typed) -> bool:
        if t.op == "name" and t.name in self.pieces:
            return self.pieces[t.name]
        found = _is_kinked(t) or any(map(self.has_pieces, self.behind(t)))
        if t.op == "name":
            self.pieces[t.name] = found
        return found

    def kind(self, t: Typed) -> str:
        """The weakest of its parts, or of itself."""
        if t.op == "name" and t.name in self.kinds:
            return self.kinds[t.name]
        found = _weakest(self.own(t), *map(self.kind, self.behind(t)))
        if t.op == "name":
            self.kinds[t.name] = found
        return found

    def own(self, t: Typed) -> str:
        if _is_kinked(t):
            return ""
        if t.op in ("power", "hpower"):
            return self.of_power(*t.args)
        if t.op == "apply" and t.name.rstrip("'") not in self.key.functions:
            return self.of_function(t.name.rstrip("'"), t.args[0])
        if t.op in ("sqrt", "root"):
            return "analytic" if self.is_one_piece(t.args[0]) else ""
        if t.op == "norm":
            return "analytic" if t.args[0].shape != SCALAR and self.is_one_piece(t.args[0]) else ""
        if t.op in _SMOOTH:
            return "analytic" if all(map(self.is_regular, t.args[:1])) else ""
        return "rational" if t.op in _RATIONAL | _INDICES else ""

    def of_power(self, base: Typed, exponent: Typed) -> str:
        if _whole(exponent) is not None or self.is_size(exponent):
            return "rational"
        return "analytic" if self.is_one_piece(base) and self.is_regular(exponent) else ""

    def of_function(self, name: str, a: Typed) -> str:
        if name in _ENTIRE:
            return "analytic" if self.is_regular(a) else ""
        return "analytic" if name in _OF_POSITIVE and self.is_one_piece(a) else ""

    def is_size(self, t: Typed) -> bool:
        return t.op == "name" and any(t.name in shape for shape in self.key.shapes.values())

    # ------------------------------------------------------------------ where it has a value
    def is_regular(self, t: Typed) -> bool:
        """Without poles, so that it has a value everywhere, or wherever its logarithms and roots do."""
        if t.op in _WITH_POLES:
            below = t.args[-1] if t.op == "oslash" else t.args[0] if t.args else None
            if t.op == "det":
                return self.is_regular(t.args[0])
            if t.op not in ("reciprocal", "oslash") or below is None or not self.is_positive(below):
                return False
        if t.op in ("power", "hpower") and (_whole(t.args[1]) or 0) < 0 and not self.is_positive(t.args[0]):
            return False
        return all(map(self.is_regular, self.behind(t)))

    def is_positive(self, t: Typed) -> bool:
        """Positive whatever is given, as far as its form shows."""
        if t.op == "name":
            return (
                t.name in self.positive
                or self.is_size(t)
                or (t.name in self.key.typed and self.is_positive(self.key.typed[t.name]))
            )
        if t.op == "number":
            return Fraction(t.name) > 0
        if t.op == "sum":
            return all(map(self.is_at_least_zero, t.args)) and any(map(self.is_positive, t.args))
        if t.op == "apply":
            return t.name in ("exp", "sigmoid", "softplus") or (t.name == "sqrt" and self.is_positive(t.args[0]))
        if t.op in (
            "scale",
            "hadamard",
            "oslash",
            "reciprocal",
            "power",
            "hpower",
            "fill",
            "sqrt",
            "root",
            "index",
            "bigsum",
        ):
            return all(
                map(self.is_positive, t.args[:1] if t.op in ("power", "hpower", "root", "index", "bigsum") else t.args)
            )
        if t.op in ("matmul", "inner", "transpose"):
            return all(map(self.is_positive, t.args))
        return t.op in ("ones", "softmax", "softmax_columns")

    def is_at_least_zero(self, t: Typed) -> bool:
        if t.op in ("power", "hpower"):
            return (_whole(t.args[1]) or 1) % 2 == 0 or self.is_positive(t)
        if t.op == "inner" and t.args[0] == t.args[1]:
            return True
        if t.op in ("norm", "zeros") or (t.op == "apply" and t.name == "relu"):
            return True
        if t.op in ("scale", "hadamard", "matmul", "transpose", "sum", "fill", "bigsum"):
            return all(map(self.is_at_least_zero, t.args[:1] if t.op == "bigsum" else t.args))
        return self.is_positive(t)

    def is_one_piece(self, t: Typed) -> bool:
        """It is positive (or, as an array, not zero) on a set in one piece: always, or it is affine."""
        return self.is_positive(t) or (t.op == "det" and t.args[0].op == "name") or self.is_affine(t)

    def is_affine(self, t: Typed) -> bool:
        """A sum of numbers times names that are given."""
        if t.op == "name":
            return t.name not in self.key.typed
        if t.op in ("number", "ones", "zeros"):
            return True
        if t.op == "scale":
            return t.args[0].op == "number" and self.is_affine(t.args[1])
        return t.op in ("sum", "neg", "transpose", "fill", "index", "position") and all(map(self.is_affine, t.args))

    # ------------------------------------------------------------------ degrees
    def degree(self, t: Typed) -> int:
        """Of numerator and denominator together, at most; 5 is the longest length that is tried."""
        if t.op == "name" and t.name in self.degrees:
            return self.degrees[t.name]
        parts = [self.degree(a) for a in self.behind(t)]
        if t.op == "name":
            found = max(parts) if parts else 1
            self.degrees[t.name] = found
            return found
        if t.op in ("power", "hpower"):
            return parts[0] * max(abs(_whole(t.args[1]) or 5), 1)
        if t.op in ("matpower", "det", "bigprod"):
            return 25 * max(parts, default=0)
        if t.op in ("jacobian", "slopes", "gradient", "derivative"):
            return 2 * max(parts, default=1)
        return sum(parts) * (5 if t.op in ("matmul", "inner", "bigsum", "tr") and self.has_poles(t) else 1)

    def has_poles(self, t: Typed) -> bool:
        return t.op in _WITH_POLES or any(map(self.has_poles, self.behind(t)))

    def of_sizes(self, t: Typed) -> int:
        """The degree in letters that are sizes."""
        if self.is_size(t):
            return 1
        parts = [self.of_sizes(a) for a in t.args]
        if t.op in ("power", "hpower"):
            return parts[0] * abs(_whole(t.args[1]) or 1) + 4 * parts[1]
        return max(parts, default=0) if t.op == "sum" else sum(parts)


def _under_roots(t: Typed) -> Iterator[str]:
    rooted = t.op in ("sqrt", "root") or (t.op == "apply" and t.name in ("log", "log2"))
    if rooted and t.args[0].op == "name":
        yield t.args[0].name
    for a in t.args:
        yield from _under_roots(a)


def _weakest(*kinds: str) -> str:
    return "" if "" in kinds else "analytic" if "analytic" in kinds else "rational"


def _whole(exponent: Typed) -> int | None:
    """The exponent, where it is a whole number as written."""
    if exponent.op == "number" and exponent.name.isdigit() and len(exponent.name) < 6:
        return int(exponent.name)
    if exponent.op == "neg" and (n := _whole(exponent.args[0])) is not None:
        return -n
    return None


def _is_kinked(t: Typed) -> bool:
    words: Mapping[str, bool] = {"norm": t.name == "1" or (t.args[:1] != () and t.args[0].shape == SCALAR)}
    by_word = t.op.partition("_")[0] in ("max", "min", "ismax")
    return t.op in _KINKS or by_word or words.get(t.op, False) or (t.op == "apply" and t.name.rstrip("'") in _KINKED)
