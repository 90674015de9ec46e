r"""What was read, as a tree; and how it is written, through `symnet.notation`, so that it can be read again.

Term     op, args, name; equal when it means the same formula as written (where it stood in the text does not count)
name     of a quantity: "W", "W1", r"\bar{V}", "delta^(l)"; of a function: "phi'"; of a bracket's kind
product  juxtaposition, in order          dot   what was written \cdot or \times between things that may be matrices

Reading decides no shapes: what a product means is settled in `symnet.claims.meaning.shapes`, from the declarations.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from symnet import notation
from symnet.notation import ATOM, Form, Medium
from symnet.readers.latex.written import function_name, written_name

SUM, HADAMARD, PRODUCT, POWER = 40, 45, 50, 60  # how tightly terms bind; ⊙ and · are looser than juxtaposition


@dataclass(frozen=True)
class Term:
    """``op`` applied to ``args``; ``at`` is the column (from 0) where it stood."""

    op: str
    args: tuple["Term", ...] = ()
    name: str = ""
    at: int = field(default=0, compare=False)
    doubt: str = field(default="", compare=False)  # what else it may mean; then a claim with it is never wrong

    @property
    def binds(self) -> int:
        return SUM if self.op == "number" and self.name.startswith("-") else _BINDS.get(self.op, ATOM)

    def written(self, medium: Medium) -> str:
        return _WRITE[self.op](self, medium)

    @property
    def value(self) -> Fraction:
        """Of a number, exactly."""
        return Fraction(self.name)

    def walk(self) -> Iterator["Term"]:
        """Itself and everything in it, in reading order."""
        yield self
        for a in self.args:
            yield from a.walk()

    def with_args(self, *args: "Term") -> "Term":
        return Term(self.op, args, self.name, self.at)

    def latex(self) -> str:
        return self.written("latex")

    def __str__(self) -> str:
        return self.written("text")


def num(value: int | str | Fraction) -> Term:
    """A number; a fraction becomes a quotient."""
    value = Fraction(value) if not isinstance(value, str) else value
    if isinstance(value, Fraction) and value.denominator > 1:
        return Term("quotient", (num(value.numerator), num(value.denominator)))
    if isinstance(value, Fraction) and value < 0:
        return Term("neg", (num(-value),))
    return Term("number", name=str(value))


def add(*terms: Term) -> Term:
    """A sum, flat."""
    flat = tuple(t for a in terms for t in (a.args if a.op == "sum" else (a,)))
    return flat[0] if len(flat) == 1 else Term("sum", flat)


def neg(a: Term) -> Term:
    """-a; two signs cancel."""
    return a.args[0] if a.op == "neg" else Term("neg", (a,), at=a.at)


# ---------------------------------------------------------------------- spelling
def _form(latex: str, text: str, needs: int | tuple[int, ...] = 0) -> Callable[[Term, Medium], str]:
    return lambda t, medium: notation.fill(Form(latex, text, needs=needs), t.args, medium)


def _join(latex: str, text: str, level: int) -> Callable[[Term, Medium], str]:
    def write(t: Term, medium: Medium) -> str:
        return (latex if medium == "latex" else text).join(notation.within(a, level, medium) for a in t.args)

    return write


def _sum(t: Term, medium: Medium) -> str:
    pieces = [notation.within(t.args[0], SUM, medium)]
    for a in t.args[1:]:
        minus, body = (" - ", a.args[0]) if a.op == "neg" else (" + ", a)
        pieces += [minus, notation.within(body, SUM + 1, medium)]
    return "".join(pieces)


def _product(t: Term, medium: Medium) -> str:
    """Juxtaposition; a number after something needs a cross before it."""
    pieces = [_factor(t.args[0], medium)]
    for a in t.args[1:]:
        word = _factor(a, medium)
        cross = " \\times " if medium == "latex" else " × "
        pieces += [cross if word[:1] in DIGITS else " ", word]
    return "".join(pieces)


def _factor(a: Term, medium: Medium) -> str:
    word = notation.within(a, POWER, medium)
    return f"({word})" if a.op == "quotient" and medium == "text" else word


DIGITS = tuple("0123456789")


def _number(t: Term, medium: Medium) -> str:
    if re.fullmatch(r"\d+", t.name) and len(t.name) > 4:
        return notation.integer(int(t.name), medium) if len(t.name) < 4000 else t.name
    return t.name


def _apply(t: Term, medium: Medium) -> str:
    word, primes = function_name(t.name, medium)
    inside = ", ".join(notation.write(a, medium) for a in t.args)
    return f"{word}{primes}({inside})"


def _extremum(t: Term, medium: Medium) -> str:
    inside = ", ".join(notation.write(a, medium) for a in t.args)
    return rf"\{t.op}({inside})" if medium == "latex" else f"{t.op}({inside})"


def _power(t: Term, medium: Medium) -> str:
    base, exponent = t.args
    inside = notation.within(base, ATOM, medium)
    if base.op in ("power", "index", "apply", "norm", "abs") or (base.op == "name" and re.search(r"[\^_']", base.name)):
        inside = f"{{{inside}}}" if medium == "latex" and base.op == "name" else inside
    if medium == "latex":
        return f"{inside}^{{{exponent.written(medium)}}}"
    return f"{inside}^{notation.within(exponent, ATOM, medium)}"


def _transpose(t: Term, medium: Medium) -> str:
    inside = notation.within(t.args[0], ATOM, medium)
    return inside + (r"^\top" if medium == "latex" else "ᵀ")


def _index(t: Term, medium: Medium) -> str:
    where = "".join(a.written(medium) for a in t.args[1:]) if all(len(a.name) == 1 for a in t.args[1:]) else ""
    where = where or ",".join(a.written(medium) for a in t.args[1:])
    inside = notation.within(t.args[0], ATOM, medium)
    if t.args[0].op == "identity" and not t.args[0].name:  # Kronecker's delta
        inside = r"\delta" if medium == "latex" else "δ"
    if t.args[0].op == "name" and re.search(r"[_^]", inside) and medium == "latex":
        inside = f"({inside})"
    return f"{inside}_{{{where}}}" if medium == "latex" else f"{inside}_{where if len(where) == 1 else f'({where})'}"


def _part(t: Term, medium: Medium) -> str:
    whole, *axes = t.args
    inside = notation.within(whole, ATOM, medium)
    return inside + ("_{[%s]}" if medium == "latex" else "[%s]") % _axes(axes, medium)


def _place(t: Term, medium: Medium) -> str:
    rank = len(t.args) // 2
    inside, key = ", ".join(a.written(medium) for a in t.args[: rank + 1]), _axes(t.args[rank + 1 :], medium)
    return rf"\operatorname{{place}}_{{[{key}]}}({inside})" if medium == "latex" else f"place_[{key}]({inside})"


def _axes(axes: Iterable[Term], medium: Medium) -> str:
    return ", ".join(a.written(medium) for a in axes)


def _big(t: Term, medium: Medium) -> str:
    body, *bounds = t.args
    latex = medium == "latex"
    sign = {"bigsum": (r"\sum", "∑"), "bigprod": (r"\prod", "∏")}[t.op][not latex]
    inside = notation.within(body, HADAMARD, medium)
    if not bounds:
        return f"{sign}_{{{t.name}}} {inside}" if latex else f"{sign}_{t.name} {inside}"
    lower, upper = (notation.write(b, medium) for b in bounds)
    return (
        f"{sign}_{{{t.name}={lower}}}^{{{upper}}} {inside}"
        if latex
        else f"{sign}_{{{t.name}={lower}..{upper}}} {inside}"
    )


def _norm(t: Term, medium: Medium) -> str:
    below = {"F": r"\mathrm{F}"}.get(t.name, t.name)
    inside = t.args[0].written(medium)
    return rf"\lVert {inside} \rVert_{{{below}}}" if medium == "latex" else f"‖{inside}‖{t.name}"


def _cases(t: Term, medium: Medium) -> str:
    rows = list(zip(t.args[::2], t.args[1::2], strict=True))
    if medium == "text":
        return "{ " + "; ".join(f"{v.written(medium)} if {c.written(medium)}" for v, c in rows) + " }"
    return r"\begin{cases} " + r" \\ ".join(f"{v.latex()} & {c.latex()}" for v, c in rows) + r" \end{cases}"


def _matrix(t: Term, medium: Medium) -> str:
    columns = int(t.name.split("x")[1])
    entries = [a.written(medium) for a in t.args]
    rows = [entries[i : i + columns] for i in range(0, len(entries), columns)]
    if medium == "text":
        return "[" + "; ".join(", ".join(row) for row in rows) + "]"
    return r"\begin{pmatrix} " + r" \\ ".join(" & ".join(row) for row in rows) + r" \end{pmatrix}"


def _relation(t: Term, medium: Medium) -> str:
    sign = notation.SIGNS[t.name][medium == "text"]
    return f"{t.args[0].written(medium)} {sign} {t.args[1].written(medium)}"


def _partial(t: Term, medium: Medium) -> str:
    top, bottom = (notation.write(a, medium) for a in t.args)
    if medium == "text":
        return f"∂{top}/∂{bottom}"
    return rf"\frac{{\partial {top}}}{{\partial {bottom}}}"


def _derivative(t: Term, medium: Medium) -> str:
    body, variable = t.args[0].written(medium), t.args[1].written(medium)
    return rf"\frac{{d}}{{d {variable}}} ({body})" if medium == "latex" else f"d/d{variable} ({body})"


def _word(latex: str, text: str) -> Callable[[Term, Medium], str]:
    return lambda t, medium: latex if medium == "latex" else text


def _sized(latex: str, text: str) -> Callable[[Term, Medium], str]:
    """A constant with the size that was written below it, "n" or "m n"."""

    def write(t: Term, medium: Medium) -> str:
        below = t.name.replace(" ", r" \times " if medium == "latex" else "×")
        if not below:
            return latex if medium == "latex" else text
        return f"{latex}_{{{below}}}" if medium == "latex" else f"{text}_{below}"

    return write


_WRITE: dict[str, Callable[[Term, Medium], str]] = {
    "number": _number,
    "name": lambda t, medium: written_name(t.name, medium),
    "ones": _sized(r"\mathbf{1}", "𝟏"),
    "zeros": _sized(r"\mathbf{0}", "𝟎"),
    "identity": _sized(r"\mathbf{I}", "I"),
    "sum": _sum,
    "neg": _form("-{}", "-{}", SUM + 1),
    "product": _product,
    "dot": _join(r" \cdot ", "·", PRODUCT),
    "hadamard": _join(r" \odot ", " ⊙ ", PRODUCT),
    "oslash": _join(r" \oslash ", " ⊘ ", PRODUCT),
    "quotient": lambda t, m: notation.fill(
        Form(r"\frac{{}}{{}}", "{}/{}", needs=0 if m == "latex" else (PRODUCT, ATOM)), t.args, m
    ),
    "power": _power,
    "hpower": lambda t, m: (
        notation.within(t.args[0], ATOM, m) + (rf"^{{\odot {t.args[1].latex()}}}" if m == "latex" else f"^⊙{t.args[1]}")
    ),
    "transpose": _transpose,
    "sqrt": _form(r"\sqrt{{}}", "√({})"),
    "root": lambda t, m: (
        rf"\sqrt[{t.args[1].latex()}]{{{t.args[0].latex()}}}" if m == "latex" else f"({t.args[0]})^(1/{t.args[1]})"
    ),
    "apply": _apply,
    "max": _extremum,
    "min": _extremum,
    "abs": _form(r"\lvert {} \rvert", "|{}|"),
    "norm": _norm,
    "floor": _form(r"\left\lfloor {} \right\rfloor", "⌊{}⌋"),
    "ceil": _form(r"\left\lceil {} \right\rceil", "⌈{}⌉"),
    "inner": _form(r"\langle {}, {} \rangle", "⟨{}, {}⟩"),
    "index": _index,
    "part": _part,
    "place": _place,
    "range": lambda t, m: ":".join(a.written(m) for a in t.args),
    "open": _word("", ""),
    "bigsum": _big,
    "bigprod": _big,
    "cases": _cases,
    "otherwise": _word(r"\text{otherwise}", "otherwise"),
    "matrix": _matrix,
    "relation": _relation,
    "both": _join(r" \text{ and } ", " and ", SUM),
    "indicator": _form(r"\mathbb{1}[{}]", "1[{}]"),
    "partial": _partial,
    "derivative": _derivative,
    "set": _word(r"\mathbb{N}", "ℕ"),
}

_BINDS = {
    "sum": SUM,
    "neg": SUM,
    "relation": 0,
    "both": 0,
    "hadamard": HADAMARD,
    "oslash": HADAMARD,
    "dot": HADAMARD,
    "bigsum": HADAMARD,
    "bigprod": HADAMARD,
    "derivative": HADAMARD,
    "product": PRODUCT,
    "quotient": POWER,
    "power": POWER,
    "hpower": POWER,
    "transpose": POWER,
    "index": POWER,
    "part": POWER,
    "partial": POWER,
}
