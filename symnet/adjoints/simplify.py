"""Local rewrites, tried while a node is made: each looks one step down and never expands a product over a sum.

y    the node being made            c    an exact coefficient
s    a scalar factor                a, b, A, B   arguments

A rewrite returns the simpler node, or None where it does not apply. They keep rules short and cheap: sums are flat,
coefficients stand in front, transposes sit on names, and no matrix-matrix product appears where matrix-vector does.
"""

import sympy as sp

from symnet.adjoints.graph import Node, again, apply, is_number, is_zero, number, ones, size, zeros
from symnet.errors import InvalidInput

BITS = 4096  # exact constants longer than this are refused: 9**9**9 would fill the memory


# ---------------------------------------------------------------------- for every linear operator
def vanish(y: Node) -> Node | None:
    """Linear in each argument: one zero argument makes the value zero."""
    return zeros(y.shape) if any(map(is_zero, y.args)) else None


def scalars_out(y: Node) -> Node | None:
    """A (s B) = s (A B), for whatever is linear in each argument."""
    for i, a in enumerate(y.args):
        if a.op == "scale":
            return a.args[0] * again(y, *y.args[:i], a.args[1], *y.args[i + 1 :])
    return None


def scalars_out_of_last(y: Node) -> Node | None:
    """The same for what is linear in its last argument alone."""
    *fixed, a = y.args
    return a.args[0] * again(y, *fixed, a.args[1]) if a.op == "scale" else None


# ---------------------------------------------------------------------- sums and coefficients
def split_coefficient(a: Node) -> tuple[sp.Expr, Node]:
    """``a`` as an exact coefficient times a node."""
    if is_number(a):
        return a["value"], number(1)
    if a.op == "scale" and is_number(a.args[0]):
        return a.args[0]["value"], a.args[1]
    return sp.Integer(1), a


def flat_sum(y: Node) -> Node | None:
    """(a + b) + c = a + b + c; a + 0 = a; a + a = 2 a."""
    terms = [t for a in y.args for t in (a.args if a.op == "add" else (a,))]
    collected: dict[Node, sp.Expr] = {}
    for c, body in map(split_coefficient, terms):
        collected[body] = collected.get(body, sp.Integer(0)) + c
    kept = tuple(number(c) * body for body, c in collected.items() if c != 0 and not is_zero(body))
    if len(kept) < 2:
        return kept[0] if kept else zeros(y.shape)
    return None if kept == y.args else Node("add", kept, shape=y.shape)


def collect_coefficients(y: Node) -> Node | None:
    """c (d X) = (cd) X, with numbers before scalars; 1 X = X."""
    s, X = y.args
    if is_number(X) and not is_number(s):
        return X * s
    if is_number(s) and is_number(X):
        return number(_bounded(s["value"] * X["value"]))
    if is_number(s) and s["value"] == 1:
        return X
    (c, s_body), (d, X_body) = split_coefficient(s), split_coefficient(X)
    if (d != 1 or c != 1) and not (is_number(s) and d == 1):
        return number(c * d) * (s_body * X_body)
    if s.op == "scale":
        return s.args[0] * (s.args[1] * X)
    return _merge_scalar_powers(s, X)


def _merge_scalar_powers(s: Node, X: Node) -> Node | None:
    """s^p (s^q X) = s^(p+q) X for a scalar s."""
    if is_number(s) or (X.op != "scale" and X.rank):
        return None
    factor, rest = X.args if X.op == "scale" else (X, number(1))
    (base, p), (other, q) = base_and_exponent(s), base_and_exponent(factor)
    return base ** (p + q) * rest if base == other else None


def base_and_exponent(a: Node) -> tuple[Node, sp.Expr]:
    """``a`` as a power."""
    return (a.args[0], a["exponent"]) if a.op == "power" else (a, sp.Integer(1))


def repeated_scalar(y: Node) -> Node | None:
    """(s 𝟏) ⊙ a = s a."""
    for i, a in enumerate(y.args):
        if a.op == "broadcast" and a.args[0].rank == 0:
            return a.args[0] * again(y, *y.args[:i], *y.args[i + 1 :])
    return None


def merge_factors(y: Node) -> Node | None:
    """a ⊙ (b ⊙ c) = a ⊙ b ⊙ c; a ⊙ 𝟏 = a; a ⊙ a = a^⊙2."""
    factors = [f for a in y.args for f in (a.args if a.op == "multiply" else (a,))]
    exponents: dict[Node, sp.Expr] = {}
    for base, p in map(base_and_exponent, factors):
        exponents[base] = exponents.get(base, sp.Integer(0)) + p
    kept = tuple(base**p for base, p in exponents.items() if base.op != "ones" and p != 0)
    if len(kept) < 2:
        return kept[0] if kept else ones(y.shape)
    return None if kept == y.args else Node("multiply", kept, shape=y.shape)


# ---------------------------------------------------------------------- products
def orient(y: Node) -> Node | None:
    """A vector on the left is a column all the same: a @ b = aᵀ b, a @ B = Bᵀ a."""
    a, b = y.args
    if a.rank == 1 and b.rank <= 2:
        return apply("inner", a, b) if b.rank == 1 else b.T @ a
    return None


def unit_factor(y: Node) -> Node | None:
    """I B = B, A I = A."""
    A, B = y.args
    return B if A.op == "identity" else A if B.op == "identity" else None


def associate(y: Node) -> Node | None:
    """(A B) x = A (B x): two matrix-vector products instead of a matrix-matrix product."""
    A, x = y.args
    return A.args[0] @ (A.args[1] @ x) if A.op == "matmul" and x.rank == 1 and A.args[1].rank == 2 else None


def through_outer(y: Node) -> Node | None:
    """(a bᵀ) x = (bᵀ x) a;  (a bᵀ) B = a (Bᵀ b)ᵀ;  A (a bᵀ) = (A a) bᵀ."""
    A, B = y.args
    if y.rank > 2:
        return None
    if A.op == "outer" and B.rank == 1:
        return (A.args[1] @ B) * A.args[0]
    if A.op == "outer":
        return apply("outer", A.args[0], B.T @ A.args[1])
    if B.op == "outer":
        return apply("outer", A @ B.args[0], B.args[1])
    return None


def outer_of_ones(y: Node) -> Node | None:
    """𝟏 𝟏ᵀ is the matrix 𝟏."""
    return ones(y.shape) if all(a.op == "ones" for a in y.args) else None


def through_diagonal(y: Node) -> Node | None:
    """Diag(a) b = a ⊙ b."""
    A, b = y.args
    return A.args[0] * b if A.op == "diagonal" and b.rank == 1 else None


def scalar_inner(y: Node) -> Node | None:
    """<s, t> = s t for scalars."""
    return y.args[0] * y.args[1] if y.args[0].rank == 0 else None


def turn_inner(y: Node) -> Node | None:
    """<Aᵀ x, b> = <x, A b>, which is written xᵀ A b."""
    a, b = y.args
    if a.op == "matmul" and a.rank == 1 and a.args[0].op == "transpose" and a.args[1].rank == 1:
        return apply("inner", a.args[1], a.args[0].T @ b)
    return None


def sum_of_inner(y: Node) -> Node | None:
    """<𝟏, b> is the sum of b."""
    a, b = y.args
    return b.sum() if a.op == "ones" else a.sum() if b.op == "ones" else None


# ---------------------------------------------------------------------- sums over axes
def sum_of_scalar(y: Node) -> Node | None:
    """A scalar has one entry."""
    return y.args[0] if y.args[0].rank == 0 else None


def sum_of_sum(y: Node) -> Node | None:
    """The sum of sums over an axis is the sum over everything."""
    (a,) = y.args
    return a.args[0].sum() if a.op == "sum" and y.rank == 0 and a.rank else None


def sum_of_ones(y: Node) -> Node | None:
    """The sum of 𝟏 over everything is its number of entries."""
    (a,) = y.args
    return number(size(a.shape)) if a.op == "ones" and y.rank == 0 else None


def sum_of_one_hot(y: Node) -> Node | None:
    """The entries of each row of onehot(i) add up to 1."""
    (a,) = y.args
    along = y["axis"] is not None and y["axis"] == a.rank - 1
    return ones(y.shape) if a.op == "one_hot" and along else None


def inner_of_sum(y: Node) -> Node | None:
    """The sum of a ⊙ b over everything is <a, b>."""
    (a,) = y.args
    if a.op != "multiply" or y.rank != 0:
        return None
    first, *rest = a.args
    return apply("inner", first, rest[0] if len(rest) == 1 else apply("multiply", *rest))


def fixed_broadcast(y: Node) -> Node | None:
    """A number repeated is that multiple of 𝟏."""
    (a,) = y.args
    if is_number(a):
        return a * ones(y["shape"])
    return ones(y["shape"]) if a.op == "ones" else None


# ---------------------------------------------------------------------- transposes
def push_transpose(y: Node) -> Node | None:
    """(Aᵀ)ᵀ = A, (A B)ᵀ = Bᵀ Aᵀ, (a bᵀ)ᵀ = b aᵀ, and (A + B)ᵀ = Aᵀ + Bᵀ for all that acts entry by entry.

    Of a contraction, the result's letters change places.
    """
    (A,) = y.args
    if A.rank < 2 or A.op in ("identity", "diagonal"):
        return A
    if A.op == "transpose":
        return A.args[0]
    if A.op == "matmul":
        return A.args[1].T @ A.args[0].T
    if A.op == "outer":
        return apply("outer", A.args[1], A.args[0])
    if A.op in ("ones", "zeros"):
        return Node(A.op, shape=A.shape[::-1])
    if A.op == "einsum":
        wanted, _, result = A["spec"].partition("->")
        return apply("einsum", *A.args, spec=f"{wanted}->{result[::-1]}")
    if A.op in ("add", "multiply", "power", "elementwise"):
        return again(A, *(a.T for a in A.args))
    return None


# ---------------------------------------------------------------------- powers
def fold_power(y: Node) -> Node | None:
    """a^1 = a, a^0 = 𝟏, (a^p)^q = a^(pq) for an integer q, and numbers are computed exactly."""
    (a,), q = y.args, y["exponent"]
    if q == 1:
        return a
    if q == 0:
        return ones(a.shape)
    if a.op == "indicator" and q.is_positive:
        return a
    if a.op == "norm" and q.is_even and q.is_positive:  # so that no rule divides by a length that may be 0
        return apply("inner", a.args[0], a.args[0]) ** (q / 2)
    if a.op == "deviation" and q.is_even and q.is_positive:
        return _variance(a) ** (q / 2)
    if a.op == "power" and q.is_integer:
        return a.args[0] ** (a["exponent"] * q)
    return number(_exact_power(a["value"], q)) if is_number(a) else None


def _variance(s: Node) -> Node:
    """s² for a deviation s: the mean of squares, and ε."""
    (x,), axes = s.args, s["axes"]
    count, kept = size(tuple(x.shape[a] for a in axes)), x.rank > 1

    def mean(a: Node) -> Node:
        for axis in axes if kept else ():
            a = a.sum(axis=axis, keepdims=True)
        return number(1 / count) * (a if kept else a.sum())

    return mean((x - mean(x) if s["centred"] else x) ** 2) + s["eps"]


def _exact_power(base: sp.Expr, exponent: sp.Expr) -> sp.Expr:
    """``base ** exponent``, refused before it is computed where the result would be too long to be meant."""
    length = sum(abs(x.p).bit_length() + x.q.bit_length() for x in base.atoms(sp.Rational))
    if exponent.is_Rational and abs(exponent) * length > BITS:
        raise InvalidInput(f"a constant power has more than {BITS} bits; write a smaller exponent")
    if base == 0 and exponent.is_negative:
        raise InvalidInput("division by zero; a constant in the denominator must not be 0")
    return base**exponent


def _bounded(value: sp.Expr) -> sp.Expr:
    if any(abs(x.p).bit_length() + x.q.bit_length() > BITS for x in value.atoms(sp.Rational)):
        raise InvalidInput(f"a constant has more than {BITS} bits; write a smaller one")
    return value


# ---------------------------------------------------------------------- on request
def collect_products(y: Node) -> Node:
    """A x + A y = A (x + y), and A x + B x = (A + B) x; also for outer products."""
    if y.op != "add":
        return y
    terms = list(y.args)
    for side in (0, 1):
        for i, first in enumerate(terms):
            alike = [
                t
                for t in terms[i + 1 :]
                if t.op == first.op in ("matmul", "outer") and t.args[side] == first.args[side]
            ]
            if alike:
                kept = [t for t in terms if t not in alike]
                inside = first.args[1 - side]
                for t in alike:
                    inside = inside + t.args[1 - side]
                pair = (first.args[0], inside) if side == 0 else (inside, first.args[1])
                kept[i] = apply(first.op, *pair)
                return collect_products(kept[0] if len(kept) == 1 else Node("add", tuple(kept), shape=y.shape))
    return y
