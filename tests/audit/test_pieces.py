"""Claims with kinks and steps: proved on every piece, and no false one passes, whatever it was changed from."""

from fractions import Fraction as Q
from itertools import pairwise, product
from random import Random

import pytest

from symnet import backprop
from symnet.claims import audit, key
from symnet.claims.decision.budget import Budget, TooHard
from symnet.claims.decision.halfspaces import point

DECLARED = key("s, t : scalar\nx, a, b : n")
RELU = backprop("x : n\nh = relu(x)\nL = sum(h)")
LAYER = backprop("x : n\nW : m n\nb : m\nz = W @ x + b\nh = relu(z)\nL = sum(h**2)/2")


def verdict(latex, against=DECLARED):
    return ",".join(f.verdict for f in audit(f"$${latex}$$", against, hint=False))


# ---------------------------------------------------------------------- formulas of our own, and their values
# ("s",) ("c", 1/2) ("+", a, b) ("*", a, b) ("max", a, b) ("min", a, b) ("abs", a) ("sign", a) ("floor", a) ("ceil", a)
# ("1", "<", a, b) an indicator, and ("cases", value, ("<", a, b), otherwise)
SIGNS = {"<": "<", ">": ">", "<=": r"\le", ">=": r"\ge"}


def latex(f):
    op, *args = f
    if op in ("s", "t"):
        return op
    if op == "c":
        (c,) = args
        size = str(abs(c.numerator)) if c.denominator == 1 else rf"\frac{{{abs(c.numerator)}}}{{{c.denominator}}}"
        return f"({'-' if c < 0 else ''}{size})"
    if op == "1":
        return rf"\mathbb{{1}}[{latex(args[1])} {SIGNS[args[0]]} {latex(args[2])}]"
    if op == "cases":
        value, (sign, a, b), other = args
        condition = f"{latex(a)} {SIGNS[sign]} {latex(b)}"
        return rf"\begin{{cases}} {latex(value)} & {condition} \\ {latex(other)} & \text{{otherwise}} \end{{cases}}"
    inside = [latex(a) for a in args]
    shapes = {
        "+": "({} + {})", "*": "({}) \\cdot ({})", "max": "\\max({}, {})", "min": "\\min({}, {})",
        "abs": "\\lvert {} \\rvert",
        "sign": "\\operatorname{{sign}}({})", "floor": "\\lfloor {} \\rfloor", "ceil": "\\lceil {} \\rceil",
    }  # fmt: skip
    return shapes[op].format(*inside)


def compared(sign, a, b):
    return {"<": a < b, ">": a > b, "<=": a <= b, ">=": a >= b}[sign]


def value(f, at):
    op, *args = f
    if op in at:
        return at[op]
    if op == "c":
        return args[0]
    if op == "1":
        return Q(int(compared(args[0], value(args[1], at), value(args[2], at))))
    if op == "cases":
        chosen, (sign, a, b), other = args
        return value(chosen if compared(sign, value(a, at), value(b, at)) else other, at)
    xs = [value(a, at) for a in args]
    return {
        "+": lambda: xs[0] + xs[1], "*": lambda: xs[0] * xs[1], "max": lambda: max(xs), "min": lambda: min(xs),
        "abs": lambda: abs(xs[0]), "sign": lambda: Q((xs[0] > 0) - (xs[0] < 0)),
        "floor": lambda: Q(xs[0].numerator // xs[0].denominator),
        "ceil": lambda: -Q(-xs[0].numerator // xs[0].denominator),
    }[op]()  # fmt: skip


def constants(f):
    if f[0] == "c":
        return {f[1]}
    return {c for a in f[1:] if isinstance(a, tuple) for c in constants(a)}


def names(f):
    return {f[0]} & {"s", "t"} | {n for a in f[1:] if isinstance(a, tuple) for n in names(a)}


def differ(left, right):
    """Whether they do at a breakpoint, beside one, or between two: there are no others at which they could."""
    kinks = {k for c in constants(left) | constants(right) | {Q(0), Q(1)} for k in (c, -c, c + 1, c - 1, 2 * c)}
    ordered = sorted(kinks)
    near = {k + e for k in kinks for e in (Q(0), Q(1, 1000), Q(-1, 1000))}
    near |= {(p + q) / 2 for p, q in pairwise(ordered)} | {Q(50), Q(-50)}
    free = sorted(names(left) | names(right))
    grid = sorted(near)
    others = grid if len(free) < 2 else grid[:: max(1, len(grid) // 25)]
    for s, t in product(grid, others if len(free) > 1 else [Q(0)]):
        at = {"s": s, "t": t}
        if value(left, at) != value(right, at):
            return True
    return any(value(left, {"s": s, "t": s}) != value(right, {"s": s, "t": s}) for s in grid)


# ---------------------------------------------------------------------- true claims, and changes of them
S, T, ONE, ZERO = ("s",), ("t",), ("c", Q(1)), ("c", Q(0))


def minus(a, b):
    return ("+", a, ("*", ("c", Q(-1)), b))


def true_claims(c):
    """For a threshold."""
    C, up = ("c", c), minus(S, ("c", c))
    yield ("max", ZERO, up), ("cases", up, (">", S, C), ZERO)
    yield ("max", ZERO, up), ("*", up, ("1", ">=", S, C))
    yield ("abs", up), ("cases", up, (">=", S, C), minus(C, S))
    yield ("sign", up), minus(("1", ">", S, C), ("1", "<", S, C))
    yield (
        ("min", ONE, ("max", ZERO, up)),
        ("cases", ZERO, ("<", S, C), ("cases", up, ("<", S, ("c", c + 1)), ONE)),
    )
    yield ("*", S, ("+", ("1", ">", S, C), ("1", "<=", S, C))), S
    yield ("max", S, C), ("+", C, ("max", ZERO, up))
    yield ("floor", ("+", S, ONE)), ("+", ("floor", S), ONE)
    yield ("ceil", S), ("*", ("c", Q(-1)), ("floor", ("*", ("c", Q(-1)), S)))
    yield ("max", S, ("+", T, C)), ("cases", S, (">", S, ("+", T, C)), ("+", T, C))
    yield ("abs", minus(S, T)), minus(("max", S, T), ("min", S, T))
    yield ("*", ("abs", S), ("abs", T)), ("abs", ("*", S, T))
    yield ("*", ("sign", up), ("abs", up)), up


def places(f, path=()):
    yield path, f
    for n, a in enumerate(f[1:], 1):
        if isinstance(a, tuple):
            yield from places(a, (*path, n))


def put(f, path, new):
    if not path:
        return new
    return (*f[: path[0]], put(f[path[0]], path[1:], new), *f[path[0] + 1 :])


def changes(f):
    """A threshold, a sign, a strictness or a side changed."""
    other = {"max": "min", "min": "max", "floor": "ceil", "ceil": "floor", "<": "<=", "<=": "<", ">": ">=", ">=": ">"}
    turned = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
    for path, part in places(f):
        if part[0] == "c":
            yield from (put(f, path, ("c", part[1] + e)) for e in (Q(1, 2), Q(-1, 3), Q(1)))
            if part[1]:
                yield put(f, path, ("c", -part[1]))
        if part[0] in other:
            yield put(f, path, (other[part[0]], *part[1:]))
        if part[0] in turned:
            yield put(f, path, (turned[part[0]], *part[1:]))
        if part[0] == "1":
            yield put(f, path, ("1", other[part[1]], *part[2:]))
            yield put(f, path, ("1", turned[part[1]], *part[2:]))
        if part[0] == "cases":
            yield put(f, path, ("cases", part[3], part[2], part[1]))


def mutants():
    for c in (Q(0), Q(1, 2), Q(-3), Q(2, 3)):
        for left, right in true_claims(c):
            for side, f in ((0, left), (1, right)):
                for changed in changes(f):
                    yield (changed, right) if side == 0 else (left, changed)


TRUE = [claim for c in (Q(0), Q(1, 2), Q(-3)) for claim in true_claims(c)]


def test_the_claims_that_mutants_are_made_of_are_true_and_hold():
    for left, right in TRUE:
        assert not differ(left, right)
        assert verdict(f"{latex(left)} = {latex(right)}") == "holds", latex(left)


def test_no_false_claim_with_a_step_or_a_kink_passes():
    """False by our own values at and beside every breakpoint; what a change leaves true is never called wrong."""
    every = sorted(set(mutants()), key=repr)
    chosen = Random(7).sample(every, 420)
    false = 0
    for left, right in chosen:
        found, claim = verdict(f"{latex(left)} = {latex(right)}"), f"{latex(left)} = {latex(right)}"
        if differ(left, right):
            false += 1
            assert found != "holds", claim
        else:
            assert found != "wrong", claim
    assert false >= 300


# ---------------------------------------------------------------------- claims about a model
@pytest.mark.parametrize(
    ("claim", "against"),
    [
        (r"\bar x_i = \begin{cases} 1 & x_i > 0 \\ 0 & x_i \le 0\end{cases}", RELU),
        (r"\bar x = \mathbb 1[x > 0]", RELU),
        (r"h = x \odot \bar x", RELU),
        (r"\bar z = h", LAYER),
        (r"\bar z = z \odot \mathbb 1[z > 0]", LAYER),
        (r"\bar z_i = \begin{cases} z_i & z_i > 0 \\ 0 & \text{otherwise}\end{cases}", LAYER),
        (r"\bar W = h x^\top", LAYER),
        (r"\max(a, b) + \min(a, b) = a + b", DECLARED),
        (r"|a \odot b| = |a| \odot |b|", DECLARED),
        (r"\frac{d}{ds} \max(0, s)^2 = 2 \max(0, s)", DECLARED),
        (r"\frac{d}{ds} |s| = \operatorname{sign}(s)", DECLARED),
        (r"\sqrt{(s - 1)^2} = |s - 1|", DECLARED),
        (r"\tanh(s) < 1", DECLARED),
        (r"e^s > 0", DECLARED),
        (r"|s| = s, \quad s \ge 0", DECLARED),
    ],
)
def test_true_claims_of_any_length_are_proved(claim, against):
    assert verdict(claim, against) == "holds"


@pytest.mark.parametrize(
    ("claim", "against"),
    [
        (r"\bar x_i = \begin{cases} 1 & x_i > \frac12 \\ 0 & x_i \le \frac12\end{cases}", RELU),
        (r"\bar x_i = \begin{cases} 1 & x_i > 1 \\ 0 & x_i \le 1\end{cases}", RELU),
        (r"\bar x = \min(1, h)", RELU),
        (r"\bar z_i = \begin{cases} z_i & z_i > \frac13 \\ 0 & \text{otherwise}\end{cases}", LAYER),
        (r"\lfloor s \rfloor = s", DECLARED),
        (r"\max(0, \min(1, s)) = \mathbb{1}[s > 0]", DECLARED),
        (r"\operatorname{sign}(s) = \max(-1, \min(1, s))", DECLARED),
        (r"\frac{d}{ds} \max(0, s) = \min(1, \max(0, s))", DECLARED),
        (r"\max(a, b) = \max(a, b) + \max(0, a - 1000)", DECLARED),
        (r"|s| = s, \quad s > -1", DECLARED),
    ],
)
def test_what_is_true_of_whole_numbers_only_is_not_right(claim, against):
    assert verdict(claim, against) in ("wrong", "unread")


@pytest.mark.parametrize(
    "claim",
    [
        r"(n-2)(n-3)(n-4)(n-5) = 0",
        r"\sqrt{(s-200)^2} = 200 - s",
        r"\|(s-200) a\| = (200-s) \|a\|",
        r"\arctan(\frac{1}{s-200}) + \arctan(s-200) = 2 \arctan(-1)",
        r"\max(0, s - 10^9) = 0",
        r"\frac{|s - 10^9|}{10^9 - s} = 1",
    ],
)
def test_what_differs_only_where_no_point_is_tried_is_not_right(claim):
    """Other lengths, and the other side of a kink or a pole far away."""
    assert verdict(claim) != "holds"


# ---------------------------------------------------------------------- linear inequalities
def test_a_point_satisfies_its_inequalities_and_none_is_found_where_there_is_none():
    draw, found = Random(5), 0
    for _ in range(200):
        rows = [
            ({x: Q(draw.randint(-3, 3)) for x in ("a", "b", "c", "")}, draw.choice([">", ">=", "="]))
            for _ in range(draw.randint(1, 5))
        ]
        at = point(rows, Budget())
        grid = [
            dict(zip("abc", p, strict=True)) | {"": Q(1)} for p in product([Q(n, 2) for n in range(-6, 7)], repeat=3)
        ]
        if at is None:
            assert not any(all(holds(row, p) for row in rows) for p in grid)
        else:
            found += 1
            assert all(holds(row, {"a": Q(0), "b": Q(0), "c": Q(0)} | at | {"": Q(1)}) for row in rows)
    assert 50 < found < 190


def holds(row, at):
    linear, sign = row
    total = sum(c * at[x] for x, c in linear.items())
    return total > 0 if sign == ">" else total >= 0 if sign == ">=" else total == 0


def test_too_many_inequalities_are_refused():
    draw = Random(1)
    rows = [({x: Q(draw.randint(-9, 9)) for x in "abcdefgh"}, ">") for _ in range(60)]
    with pytest.raises(TooHard):
        point(rows, Budget(seconds=60))
