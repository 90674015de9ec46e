r"""Soundness by mutation: true claims, changed into false ones; none may be marked ``holds``.

A mutant counts as false only if an evaluation that shares nothing with the audit says so: NumPy float64 on the formulas
of `Claim`, written down twice, as LaTeX and as Python. `mutants` changes both in the same way.

    python benchmarks/audit_mutants.py 5000
"""

import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from math import prod

import numpy as np

MODEL = """
x, b, c : n
W, V : n n
phi : elementwise
z = W @ x + b
h = phi(z) + x
r = V @ h + c
y = phi(r) + h
"""


# ---------------------------------------------------------------------- formulas, twice
@dataclass(frozen=True)
class F:
    """A formula: an operator and its parts; `latex` and `value` are its two readings."""

    op: str
    args: tuple["F", ...] = ()
    name: str = ""


def n(name: str) -> F:
    return F("name", name=name)


def bar(name: str) -> F:
    return F("bar", name=name)


def slope(x: F) -> F:
    return F("slope", (x,))


def phi(x: F) -> F:
    return F("phi", (x,))


def T(a: F) -> F:
    return F("T", (a,))


def mul(*a: F) -> F:
    return F("mul", a)


def had(*a: F) -> F:
    return F("had", a)


def add(*a: F) -> F:
    return F("add", a)


def neg(a: F) -> F:
    return F("neg", (a,))


def num(k: int) -> F:
    return F("num", name=str(k))


LEVEL = {"add": 0, "neg": 0, "had": 1, "mul": 2, "T": 3}


def latex(f: F, level: int = 0) -> str:
    own = LEVEL.get(f.op, 4)
    text = _latex(f)
    return rf"\left({text}\right)" if own < level else text


def _latex(f: F) -> str:
    if f.op == "name":
        return f.name
    if f.op == "num":
        return f.name
    if f.op == "bar":
        return rf"\bar{{{f.name}}}"
    if f.op in ("phi", "slope"):
        return rf"\phi{chr(39) if f.op == 'slope' else ''}({latex(f.args[0])})"
    if f.op == "T":
        return latex(f.args[0], 4) + r"^\top"
    if f.op == "neg":
        return "-" + latex(f.args[0], 1)
    if f.op == "mul":
        return r" \, ".join(latex(a, 3) for a in f.args)
    if f.op == "had":
        return r" \odot ".join(latex(a, 2) for a in f.args)
    pieces = [latex(f.args[0], 0)]
    for a in f.args[1:]:
        pieces.append(" - " + latex(a.args[0], 1) if a.op == "neg" else " + " + latex(a, 1))
    return "".join(pieces)


class Misfit(Exception):
    pass


def value(f: F, world: dict[str, np.ndarray]) -> np.ndarray:
    """Columns are (k, 1); numbers () ; a misfit of shapes is an error."""
    if f.op == "num":
        return np.array(float(f.name))
    if f.op in ("name", "bar"):
        return world[("bar " if f.op == "bar" else "") + f.name]
    a = [value(x, world) for x in f.args]
    if f.op == "phi":
        return np.tanh(a[0]) + 0.3 * a[0] ** 2
    if f.op == "slope":
        return 1 - np.tanh(a[0]) ** 2 + 0.6 * a[0]
    if f.op == "T":
        return a[0].T
    if f.op == "neg":
        return -a[0]
    total = a[0]
    for x in a[1:]:
        if f.op == "mul":
            if total.size == 1 or x.size == 1:
                total = total * (x if x.ndim == 0 or total.ndim == 0 else x.reshape(-1)[0] if x.size == 1 else x)
            elif total.shape[1] != x.shape[0]:
                raise Misfit
            else:
                total = total @ x
        elif total.shape != x.shape:
            raise Misfit
        else:
            total = total + x if f.op == "add" else total * x
    return total


def worlds() -> list[dict[str, np.ndarray]]:
    """Forward and backward by hand, at three random points."""
    found = []
    for seed, size in ((1, 3), (2, 4), (3, 2)):
        draw = np.random.default_rng(seed)
        w = {k: draw.normal(size=(size, 1)) for k in ("x", "b", "c")} | {
            k: draw.normal(size=(size, size)) for k in "WV"
        }
        f, df = (lambda t: np.tanh(t) + 0.3 * t**2), (lambda t: 1 - np.tanh(t) ** 2 + 0.6 * t)
        w["z"] = w["W"] @ w["x"] + w["b"]
        w["h"] = f(w["z"]) + w["x"]
        w["r"] = w["V"] @ w["h"] + w["c"]
        w["y"] = f(w["r"]) + w["h"]
        g = {"y": draw.normal(size=(size, 1))}
        g["r"] = g["c"] = df(w["r"]) * g["y"]
        g["h"] = g["y"] + w["V"].T @ g["r"]
        g["z"] = g["b"] = df(w["z"]) * g["h"]
        g["x"] = g["h"] + w["W"].T @ g["z"]
        g["V"], g["W"] = g["r"] @ w["h"].T, g["z"] @ w["x"].T
        found.append(w | {f"bar {k}": v for k, v in g.items()})
    return found


WORLDS = worlds()


def agrees(lhs: F, rhs: F) -> bool | None:
    """True or False; None where a product that is ill-shaped makes it meaningless, which is false too."""
    for world in WORLDS:
        try:
            a, b = value(lhs, world), value(rhs, world)
        except Misfit:
            return False
        if a.size == 1 == b.size:
            a, b = a.reshape(-1), b.reshape(-1)
        if a.shape != b.shape or not np.allclose(a, b, rtol=1e-9, atol=1e-11):
            return False
    return True


# ---------------------------------------------------------------------- true claims
def truths() -> list[tuple[F, F]]:
    """Rules of the block, then the same with names replaced by their definitions, in every combination."""
    W, V, x, b, c, z, h, r = map(n, "WVxbczhr")
    zd, hd, rd = add(mul(W, x), b), add(phi(z), x), add(mul(V, h), c)
    yb, rb, hb, zb = bar("y"), bar("r"), bar("h"), bar("z")
    definitions = {"z": zd, "h": hd, "r": rd}
    adjoints = {"r": had(yb, slope(r)), "h": add(yb, mul(T(V), rb)), "z": had(hb, slope(z))}
    base = [
        (n("z"), zd), (n("h"), hd), (n("r"), rd), (n("y"), add(phi(r), h)), (rb, adjoints["r"]), (bar("c"), rb),
        (bar("V"), mul(rb, T(h))), (hb, adjoints["h"]), (zb, adjoints["z"]), (bar("b"), zb), (bar("W"), mul(zb, T(x))),
        (bar("x"), add(hb, mul(T(W), zb))), (T(bar("V")), mul(h, T(rb))), (T(bar("W")), mul(x, T(zb))),
        (mul(T(rb), h), mul(T(h), rb)), (mul(bar("V"), h), mul(rb, T(h), h)), (mul(T(rb), V), T(mul(T(V), rb))),
        (T(mul(V, W)), mul(T(W), T(V))), (had(hb, z), had(z, hb)), (mul(bar("W"), x), mul(zb, T(x), x)),
    ]  # fmt: skip
    found = list(base)
    for depth in range(3):
        for lhs, rhs in list(found):
            for name in "zhr":
                for k, new in (("name", definitions[name]), ("bar", adjoints[name])):
                    changed = _with(rhs, k, name, new)
                    if changed != rhs and (lhs, changed) not in found and lhs != F(k, name=name) and size(changed) < 30:
                        found.append((lhs, changed))
        _ = depth
    return found


def size(f: F) -> int:
    return 1 + sum(map(size, f.args))


def _with(f: F, op: str, name: str, new: F) -> F:
    if f.op == op and f.name == name:
        return new
    return F(f.op, tuple(_with(a, op, name, new) for a in f.args), f.name)


# ---------------------------------------------------------------------- mutants
def places(f: F) -> Iterator[tuple[F, object]]:
    yield f, lambda new: new
    for i, a in enumerate(f.args):
        for part, put in places(a):
            yield part, lambda new, i=i, put=put: F(f.op, (*f.args[:i], put(new), *f.args[i + 1 :]), f.name)


def mutations(f: F, draw: random.Random) -> Iterator[tuple[str, F]]:
    """One change at one place."""
    for part, put in places(f):
        if part.op == "T":
            yield "transpose dropped", put(part.args[0])
        elif part.op in ("name", "bar", "mul"):
            yield "transpose added", put(T(part))
        if part.op == "add":
            i = draw.randrange(len(part.args))
            yield "sign", put(F("add", (*part.args[:i], neg(part.args[i]), *part.args[i + 1 :])))
            kept = part.args[:i] + part.args[i + 1 :]
            yield "term dropped", put(kept[0] if len(kept) == 1 else F("add", kept))
        if part.op in ("mul", "had") and len(part.args) > 1:
            yield "order", put(F(part.op, part.args[::-1]))
            yield "operator", put(F("had" if part.op == "mul" else "mul", part.args))
            kept = part.args[1:]
            yield "factor dropped", put(kept[0] if len(kept) == 1 else F(part.op, kept))
        if part.op == "slope":
            yield "slope for function", put(phi(part.args[0]))
        if part.op == "phi":
            yield "function for slope", put(slope(part.args[0]))
        if part.op in ("name", "bar"):
            names = "xbczhry" if part.name in "xbczhry" else "WV"
            other = draw.choice([m for m in names if m != part.name])
            yield "another name", put(F(part.op, name=other))
            yield "bar", put(F("name" if part.op == "bar" else "bar", name=part.name))
        yield (
            "factor",
            put(mul(num(draw.choice([2, 3, 5])), part) if part.op != "mul" else F("mul", (num(2), *part.args))),
        )
        yield "minus", put(neg(part))
        yield "doubled", put(add(part, part))


def counts() -> list[tuple[str, int]]:
    """True calculations: the factors of a layer's counts and their product."""
    draw = random.Random(7)
    found = []
    for _ in range(120):
        factors = [
            draw.choice([2, 3, 5, 7, 11, 13, 27, 48, 55, 64, 96, 128, 192, 256, 384, 4096])
            for _ in range(draw.randint(2, 6))
        ]
        sign = draw.choice([r" \times ", r" \cdot ", "×"])
        found.append((sign.join(map(str, factors)), prod(factors)))
    return found


GROUPED = [
    lambda k: f"{k:,}",
    lambda k: f"{k:,}".replace(",", "{,}"),
    lambda k: f"{k:,}".replace(",", r"\,"),
    lambda k: rf"\num{{{k}}}",
    str,
]


def number_mutants(draw: random.Random) -> Iterator[tuple[str, str, bool]]:
    """(kind, claim, is it true): digits exchanged, off by one, a factor changed."""
    for factors, value_of in counts():
        digits = list(str(value_of))
        for group in GROUPED:
            yield "true", f"{factors} = {group(value_of)}", True
            if len(digits) > 2:
                i = draw.randrange(1, len(digits))
                j = draw.randrange(1, len(digits))
                swapped = digits.copy()
                swapped[i], swapped[j] = swapped[j], swapped[i]
                yield "digits", f"{factors} = {group(int(''.join(swapped)))}", int("".join(swapped)) == value_of
            yield "off by one", f"{factors} = {group(value_of + draw.choice([-1, 1]))}", False
            yield "ratio", f"{factors} = {group(value_of * 2)}", False


# ---------------------------------------------------------------------- indices
INDEXED = (  # LaTeX, and left minus right in Python, with a slot for each index; how many stand outside the sum
    (r"\bar v_{%s%s} = \bar r_%s h_%s", "bV[%s,%s] - br[%s] * h[%s]", 4),
    (r"\bar w_{%s%s} = \bar z_%s x_%s", "bW[%s,%s] - bz[%s] * x[%s]", 4),
    (r"\bar z_%s = \bar h_%s \phi'(z_%s)", "bz[%s] - bh[%s] * df(z[%s])", 3),
    (r"\bar h_%s = \bar y_%s + \sum_k v_{%s%s} \bar r_%s", "bh[%s] - by[%s] - sum(V[%s,%s] * br[%s] for k in R)", 2),
    (r"\bar x_%s = \bar h_%s + \sum_k w_{%s%s} \bar z_%s", "bx[%s] - bh[%s] - sum(W[%s,%s] * bz[%s] for k in R)", 2),
    (r"z_%s = b_%s + \sum_k w_{%s%s} x_%s", "z[%s] - b[%s] - sum(W[%s,%s] * x[%s] for k in R)", 2),
    (r"r_%s = \sum_k V_{%s%s} h_%s + c_%s", "r[%s] - sum(V[%s,%s] * h[%s] for k in R) - c[%s]", 1),
    (r"(W x)_%s = \sum_k w_{%s%s} x_%s", "(W @ x)[%s] - sum(W[%s,%s] * x[%s] for k in R)", 1),
)  # fmt: skip


def index_mutants() -> Iterator[tuple[str, str, bool]]:
    """Every way of writing i, j or k into the slots, with whether that is true for all i and j."""
    for template, difference, outside in INDEXED:
        slots = template.count("%s")
        summed = "sum" in template
        for letters in product("ik" if summed else "ij", repeat=slots):
            tail = {slots - 1} if template.endswith("c_%s") else set()
            free = [n for n in range(slots) if not summed or n < outside or n in tail]
            if summed and any(letters[n] == "k" for n in free):
                continue
            yield "indices", template % letters, _vanishes(difference % letters)


def _vanishes(difference: str) -> bool:
    for world in WORLDS:
        flat = {
            ("b" + k[4:] if k.startswith("bar ") else k): v[:, 0] if v.shape[1] == 1 else v for k, v in world.items()
        }
        flat["df"], flat["R"] = (lambda t: 1 - np.tanh(t) ** 2 + 0.6 * t), range(len(flat["x"]))
        scope = {**flat, "__builtins__": {"sum": sum}}
        for i, j in product(flat["R"], repeat=2):
            if abs(eval(difference, {**scope, "i": i, "j": j})) > 1e-9:  # the strings above, and nothing else
                return False
    return True


@dataclass(frozen=True)
class Result:
    true: Counter
    false: Counter
    unsound: tuple[str, ...]
    refused: tuple[str, ...]
    seconds: float


def run(wanted: int, seed: int = 0) -> Result:
    from symnet import backprop
    from symnet.claims import audit
    from symnet.claims.meaning.derived import of_backward

    key = of_backward(backprop(MODEL))
    draw = random.Random(seed)
    start = time.perf_counter()
    true, false, unsound, refused = Counter(), Counter(), [], []
    claims = truths()
    for lhs, rhs in claims if wanted >= 1000 else draw.sample(claims, 30):
        assert agrees(lhs, rhs), latex(rhs)
        text = f"{latex(lhs)} = {latex(rhs)}"
        verdict = audit(text, key, hint=False).findings[0].verdict
        true[verdict] += 1
        refused += [text] if verdict != "holds" else []
    numbers = list(number_mutants(draw))
    draw.shuffle(numbers)
    indexed = list(index_mutants())
    draw.shuffle(indexed)
    for kind, text, is_true in (*numbers[: max(wanted // 4, 20)], *indexed[: max(wanted // 10, 20)]):
        verdict = audit(text, key, hint=False).findings[0].verdict
        (true if is_true else false)[verdict] += 1
        unsound += [f"{kind}: {text}"] if verdict == "holds" and not is_true else []
        refused += [text] if verdict != "holds" and is_true else []
    pool = {(lhs, m): kind for lhs, rhs in claims for kind, m in mutations(rhs, draw) if m != rhs}
    for lhs, mutant in draw.sample(list(pool), len(pool)):
        if sum(false.values()) >= wanted:
            break
        if agrees(lhs, mutant) is False:
            text = f"{latex(lhs)} = {latex(mutant)}"
            verdict = audit(text, key, hint=False).findings[0].verdict
            false[verdict] += 1
            unsound += [f"{pool[lhs, mutant]}: {text}"] if verdict == "holds" else []
    return Result(true, false, tuple(unsound), tuple(refused), time.perf_counter() - start)


if __name__ == "__main__":
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    result = run(wanted)
    print(f"true claims:  {sum(result.true.values())}: {dict(result.true)}")
    print(f"false claims: {sum(result.false.values())}: {dict(result.false)}")
    print(f"marked 'holds' and false: {len(result.unsound)}; true and not marked 'holds': {len(result.refused)}")
    for line in (*result.unsound[:20], *result.refused[:20]):
        print("  ", re.sub(r"\\left|\\right|\\,", "", line))
    print(f"{result.seconds:.0f} s")
    sys.exit(1 if result.unsound else 0)
