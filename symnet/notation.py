r"""How everything is written: one place decides, in two media, LaTeX and one-line Unicode text.

Printable are SymPy objects, numbers, strings (already written), and objects with ``written(medium)`` and ``binds``.

    latex(x), text(x)      write anything printable
    identifier(name, …)    names: Greek, trailing digits as subscripts, bold for vectors and matrices, bars for adjoints
    Form, fill             an operator's spelling; parentheses follow from how tightly it and its arguments bind
    prose(parts, medium)   a sentence with mathematics in it: strings are words, everything else is mathematics
    sentence("…`gᵢᵀ`…")    such a sentence as it is typed, with mathematics between backticks
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Literal, TypeAlias, cast

import sympy as sp
from sympy.printing.conventions import split_super_sub
from sympy.printing.latex import LatexPrinter, greek_letters_set
from sympy.printing.precedence import PRECEDENCE, precedence, precedence_traditional
from sympy.printing.pretty.pretty_symbology import greek_unicode
from sympy.printing.pretty.pretty_symbology import sub as unicode_sub
from sympy.printing.str import StrPrinter

from symnet.errors import NotSupported

Medium: TypeAlias = Literal["latex", "text"]
Prose: TypeAlias = str | tuple[Any, ...]

# How tightly things bind: SymPy's scale, with the Hadamard product between sum and matrix product.
SUM, HADAMARD, PRODUCT, POWER, ATOM = (
    PRECEDENCE["Add"], 45, PRECEDENCE["Mul"], PRECEDENCE["Pow"], PRECEDENCE["Atom"],
)  # fmt: skip
MACRON = "\u0304"
SIGNS = {
    "=": ("=", "="), ":=": (r"\coloneqq", "≔"), "<=": (r"\le", "≤"), ">=": (r"\ge", "≥"),
    "<": ("<", "<"), ">": (">", ">"), "!=": (r"\ne", "≠"), "in": (r"\in", "∈"), "≈": (r"\approx", "≈"),
}  # fmt: skip


# ---------------------------------------------------------------------- names
def identifier(name: str, medium: Medium, *, bold: bool = False, bar: bool = False) -> str:
    r"""A name as mathematics: ``W1`` is W₁, ``alpha`` is α, ``b_out`` has the subscript "out"; a bar marks an adjoint.

    ``\bar{W1}``, the SymPy name of an adjoint, is read as the barred ``W1``.
    """
    if barred := re.fullmatch(r"\\bar\{(.*)\}", name):
        name, bar = barred[1], True
    plain = name.replace("'", "")
    bare = plain.rstrip("_") or plain  # lambda_ is λ, as Python's keyword has it; h_add_ is not h_add
    base, supers, subs = cast("tuple[str, list[str], list[str]]", split_super_sub(bare))
    if subs and "_" in bare:
        subs[-1] += plain[len(bare) :]
    primes = "'" * name.count("'")
    write = _latex_name if medium == "latex" else _text_name
    return write(base, primes, supers, subs, bold, bar)


def _latex_name(base: str, primes: str, supers: Sequence[str], subs: Sequence[str], bold: bool, bar: bool) -> str:
    letter = _latex_base(base, bold)
    letter = rf"\bar{{{letter}}}" if bar else letter
    below = ",".join(_latex_index(s) for s in subs)
    above = ",".join(_latex_index(s) for s in supers)
    if primes and below:  # a prime is a superscript: in braces, so that a power can follow
        letter, primes = f"{{{letter}{primes}}}", ""
    return letter + primes + (f"_{{{below}}}" if below else "") + (f"^{{{above}}}" if above else "")


def _latex_base(base: str, bold: bool) -> str:
    if base in greek_letters_set or base in ("varphi", "varepsilon", "ell", "vartheta"):
        return rf"\boldsymbol{{\{base}}}" if bold else rf"\{base}"
    if len(base) == 1:
        return rf"\mathbf{{{base}}}" if bold else base
    escaped = base.replace("_", r"\_")
    return rf"\mathbf{{{escaped}}}" if bold else rf"\mathrm{{{escaped}}}"


def _latex_index(index: str) -> str:
    if index.startswith("{"):  # t+1, as the name of a quantity in time has it
        return index[1:-1]
    return index if len(index) == 1 or index.isdigit() else _latex_base(index, bold=False)


def _text_name(base: str, primes: str, supers: Sequence[str], subs: Sequence[str], bold: bool, bar: bool) -> str:
    letter = str(greek_unicode.get(base, base))
    letter = letter[0] + MACRON + letter[1:] if bar else letter
    below = "".join(("," if i and s.isdigit() else "") + _text_index(s) for i, s in enumerate(subs))
    above = "".join(f"^{s}" for s in supers)
    return unicodedata.normalize("NFC", letter + primes + below + above)  # ȳ as it is typed, one character


def _text_index(index: str) -> str:
    if index.isdigit():
        return "".join(unicode_sub[digit] for digit in index)
    return unicode_sub.get(index) or f"_{index}"


@dataclass(frozen=True)
class Name:
    """A name as something printable, for sentences and relations."""

    name: str
    bold: bool = False
    bar: bool = False

    binds: ClassVar[int] = ATOM

    def written(self, medium: Medium) -> str:
        """The identifier, see `identifier`."""
        return identifier(self.name, medium, bold=self.bold, bar=self.bar)


@dataclass(frozen=True)
class Shape:
    """Sizes along the axes: n × m, or 1 for a scalar."""

    sizes: tuple[Any, ...]

    binds: ClassVar[int] = PRODUCT

    def written(self, medium: Medium) -> str:
        """The sizes with a cross between them."""
        cross = r" \times " if medium == "latex" else " × "
        return cross.join(within(size, PRODUCT, medium) for size in self.sizes) or "1"


def sizes(shape: Sequence[Any]) -> str:
    """Sizes as arguments in LaTeX: n, m + 1."""
    return ", ".join(map(latex, shape))


def integer(value: int, medium: Medium) -> str:
    r"""An integer with its thousands set apart from five digits on: ``111\,974\,400`` in LaTeX, 111,974,400 in text."""
    if abs(value) < 10_000:
        return str(value)
    return f"{value:,}".replace(",", r"\," if medium == "latex" else ",")


# ---------------------------------------------------------------------- operators' spelling
@dataclass(frozen=True)
class Form:
    r"""How an operator is written, with ``{}`` for each argument: ``Form(r"{} \odot {}", "{} ⊙ {}", HADAMARD, POWER)``.

    An argument that binds less tightly than ``needs`` (one level for all, or one each) gets parentheses.
    """

    latex: str
    text: str
    binds: int = ATOM
    needs: int | tuple[int, ...] = 0

    def template(self, medium: Medium) -> str:
        return self.latex if medium == "latex" else self.text


def fill(form: Form, arguments: Sequence[Any], medium: Medium) -> str:
    """The form with its arguments written into it, each in parentheses where it needs them."""
    needs = form.needs if isinstance(form.needs, tuple) else (form.needs,) * len(arguments)
    written = [within(a, level, medium) for a, level in zip(arguments, needs, strict=True)]
    pieces = form.template(medium).split("{}")
    if medium == "latex":
        written = [_grouped(word, after) for word, after in zip(written, pieces[1:], strict=True)]
    return "".join(piece + word for piece, word in zip(pieces, [*written, ""], strict=True))


_SCRIPT = re.compile(r"([_^])(?:\\[A-Za-z]+|[^{}\\])$")


def _grouped(word: str, after: str) -> str:
    """``word`` in parentheses where a second subscript, or superscript, follows: TeX takes one of each."""
    mark, rest = after[:1], word
    while mark in ("_", "^"):
        start = (
            _last_group(rest) if rest.endswith("}") else (found.start() + 1 if (found := _SCRIPT.search(rest)) else 0)
        )
        if start < 1 or rest[start - 1] not in "_^" or rest[start - 2 : start - 1] == "\\":
            break
        if rest[start - 1] == mark:
            return parentheses(word, "latex")
        rest = rest[: start - 1]
    return word


def _last_group(word: str) -> int:
    """Where the group begins that ends ``word``."""
    depth = 0
    for i in range(len(word) - 1, -1, -1):
        depth += {"}": 1, "{": -1}.get(word[i], 0)
        if depth == 0:
            return i
    return 0


def within(x: Any, level: int, medium: Medium) -> str:
    """``x`` as an argument that must bind at least as tightly as ``level``."""
    return write(x, medium) if binds(x, medium) >= level else parentheses(write(x, medium), medium)


def parentheses(inside: str, medium: Medium) -> str:
    """``inside`` in parentheses, which grow with it in LaTeX only where it is taller than a line."""
    tall = medium == "latex" and re.search(r"\\frac|\\begin|\\sum|\\left", inside)
    return rf"\left({inside}\right)" if tall else f"({inside})"


def binds(x: Any, medium: Medium) -> int:
    """How tightly the outermost operator of ``x`` binds."""
    if isinstance(x, sp.Basic):
        return precedence_traditional(x) if medium == "latex" else precedence(x)
    if isinstance(x, int | Fraction) and (x < 0 or isinstance(x, Fraction)):
        return SUM if x < 0 else PRODUCT
    return getattr(x, "binds", ATOM)


# ---------------------------------------------------------------------- order
def _padded(expr: sp.Basic) -> dict[sp.Basic, sp.Symbol]:
    """Names for the symbols by which x_2 comes before x_10; none where the names that there are will do."""
    symbols = {s for s in expr.free_symbols if type(s) is sp.Symbol and re.search(r"[0-9]{2}", s.name)}
    if not symbols:
        return {}
    longest = max(len(run) for s in symbols for run in re.findall(r"[0-9]+", s.name))
    plain = (s for s in expr.free_symbols if type(s) is sp.Symbol)
    return {s: sp.Symbol(re.sub(r"[0-9]+", lambda run: run[0].zfill(longest), s.name), **s.assumptions0) for s in plain}


def _terms(expr: sp.Add, order: Any, usual: list[Any]) -> list[Any]:
    """The terms of a sum in SymPy's ``usual`` order, but numbers in names counted as numbers."""
    if not (names := _padded(expr)):
        return usual
    terms = {term.xreplace(names): term for term in usual}
    ordered = [terms.get(term) for term in cast("Any", expr.xreplace(names)).as_ordered_terms(order=order)]
    return usual if None in ordered or len(ordered) != len(usual) else ordered


def _arguments(expr: sp.Basic) -> list[sp.Basic]:
    """The arguments of a Max or Min in the same order."""
    names = _padded(expr)
    return sorted(expr.args, key=lambda a: sp.default_sort_key(a.xreplace(names)))


# ---------------------------------------------------------------------- printers
class _Latex(LatexPrinter):
    """SymPy's LaTeX with this house's names, thousands, products and elementwise functions."""

    def __init__(self) -> None:
        super().__init__()
        self._settings["mul_symbol_latex_numbers"] = r" \times "

    def _as_ordered_terms(self, expr: Any, order: Any = None) -> list[Any]:
        return _terms(expr, order or self.order, super()._as_ordered_terms(expr, order))

    def _hprint_variadic_function(self, expr: Any, exp: str | None = None) -> str:
        inside = ", ".join(map(self._print, _arguments(expr)))
        raised = "" if exp is None else f"^{{{exp}}}"
        return rf"\{type(expr).__name__.lower()}{raised}\left({inside}\right)"

    _print_Max = _print_Min = _hprint_variadic_function  # noqa: N815 - SymPy looks for these names

    def _print_Symbol(self, expr: sp.Symbol, style: str = "plain") -> str:
        return identifier(expr.name, "latex")

    def parenthesize_super(self, s: str) -> str:
        """A base that ends in a prime cannot carry an exponent as it is."""
        return f"{{{s}}}" if s.endswith("'") else super().parenthesize_super(s)

    def _print_MatrixSymbol(self, expr: sp.MatrixSymbol, style: str = "plain") -> str:
        return identifier(expr.name, "latex", bold=True)

    def _print_Integer(self, expr: sp.Integer) -> str:
        return integer(int(expr), "latex")

    def _print_floor(self, expr: sp.Basic, exp: str | None = None) -> str:
        inside = rf"\left\lfloor {self._print(sp.together(expr.args[0]))} \right\rfloor"
        return inside if exp is None else f"{inside}^{{{exp}}}"

    def _print_Transpose(self, expr: sp.Transpose) -> str:
        return within(expr.arg, POWER + 1, "latex") + r"^\top"

    def _print_HadamardProduct(self, expr: sp.MatrixExpr) -> str:
        return r" \odot ".join(within(a, POWER, "latex") for a in expr.args)

    def _print_OneMatrix(self, expr: sp.MatrixExpr, *_: Any, **__: Any) -> str:
        return r"\mathbf{1}"

    def _print_ZeroMatrix(self, expr: sp.MatrixExpr, *_: Any, **__: Any) -> str:
        return r"\mathbf{0}"

    def _print_Identity(self, expr: sp.MatrixExpr, *_: Any, **__: Any) -> str:
        return r"\mathbf{I}"

    def _print_ElementwiseApplyFunction(self, expr: Any) -> str:
        return _elementwise(expr, "latex")

    def emptyPrinter(self, expr: Any) -> str:
        return expr.written("latex") if hasattr(expr, "written") else super().emptyPrinter(expr)


class _Text(StrPrinter):
    """One line of Unicode: x₁, k₁²·c₁, ⌊a/b⌋, min(x₁, x₂)."""

    def _as_ordered_terms(self, expr: Any, order: Any = None) -> list[Any]:
        return _terms(expr, order or self.order, super()._as_ordered_terms(expr, order))

    def _print_Symbol(self, expr: sp.Symbol) -> str:
        return identifier(expr.name, "text")

    def _print_MatrixSymbol(self, expr: sp.MatrixSymbol) -> str:
        return identifier(expr.name, "text")

    def _print_Integer(self, expr: sp.Integer) -> str:
        return integer(int(expr), "text")

    def _print_Mul(self, expr: sp.Mul) -> str:
        return super()._print_Mul(expr).replace("**", "\0").replace("*", "·").replace("\0", "**")

    def _print_Pow(self, expr: sp.Pow, rational: bool = False) -> str:
        if expr.exp.is_Integer and expr.exp > 1:
            raised = str(expr.exp).translate(_SUPERSCRIPTS)
            return self.parenthesize(expr.base, PRECEDENCE["Pow"], strict=False) + raised
        return super()._print_Pow(expr, rational)

    def _print_AppliedUndef(self, expr: Any) -> str:
        return f"{identifier(expr.func.__name__, 'text')}({', '.join(map(self._print, expr.args))})"

    def _print_floor(self, expr: sp.Basic) -> str:
        return f"⌊{self._print(sp.together(expr.args[0]))}⌋"

    def _print_ceiling(self, expr: sp.Basic) -> str:
        return f"⌈{self._print(expr.args[0])}⌉"

    def _print_Abs(self, expr: sp.Basic) -> str:
        return f"|{self._print(expr.args[0])}|"

    def _print_Max(self, expr: sp.Basic) -> str:
        return f"max({', '.join(self._print(a) for a in _arguments(expr))})"

    def _print_Min(self, expr: sp.Basic) -> str:
        return f"min({', '.join(self._print(a) for a in _arguments(expr))})"

    def _print_Relational(self, expr: Any) -> str:
        sign = SIGNS.get(expr.rel_op, (expr.rel_op,) * 2)[1]
        return f"{self._print(expr.lhs)} {sign} {self._print(expr.rhs)}"

    def _print_Piecewise(self, expr: sp.Piecewise) -> str:
        pairs = [(self._print(e), c) for e, c in cast("Any", expr.args)]
        branches = [f"{value} otherwise" if c is sp.true else f"{value} if {self._print(c)}" for value, c in pairs]
        return "{ " + "; ".join(branches) + " }"

    def _print_Transpose(self, expr: sp.Transpose) -> str:
        return within(expr.arg, PRECEDENCE["Pow"] + 1, "text") + "ᵀ"

    def _print_MatMul(self, expr: sp.MatMul) -> str:
        return " ".join(within(a, PRODUCT, "text") for a in cast("Any", expr).args)

    def _print_HadamardProduct(self, expr: sp.MatrixExpr) -> str:
        return " ⊙ ".join(within(a, POWER, "text") for a in expr.args)

    def _print_OneMatrix(self, expr: sp.MatrixExpr) -> str:
        return "𝟏"

    def _print_ElementwiseApplyFunction(self, expr: Any) -> str:
        return _elementwise(expr, "text")

    def emptyPrinter(self, expr: Any) -> str:
        return expr.written("text") if hasattr(expr, "written") else super().emptyPrinter(expr)


_SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def _elementwise(expr: Any, medium: Medium) -> str:
    """f(A) for a function applied entry by entry; a formula without a name of its own is written t ↦ formula."""
    body, argument = expr.function.expr, write(expr.expr, medium)
    if body.args == expr.function.variables:
        return f"{identifier(body.func.__name__, medium)}({argument})"
    t = sp.Symbol("t")
    arrow = r"\mapsto" if medium == "latex" else "↦"
    return f"(t {arrow} {write(body.subs(expr.function.variables[0], t), medium)})({argument})"


_LATEX, _TEXT = _Latex(), _Text()


# ---------------------------------------------------------------------- write
def write(x: Any, medium: Medium) -> str:
    """Anything printable, in the given medium."""
    if isinstance(x, str):
        return x
    if hasattr(x, "written"):
        return x.written(medium)
    if isinstance(x, int):
        return integer(int(x), medium)
    if isinstance(x, Fraction):
        x = sp.Rational(x.numerator, x.denominator)
    if isinstance(x, list | tuple):
        return "(" + ", ".join(write(item, medium) for item in x) + ")"
    try:
        return (_LATEX if medium == "latex" else _TEXT).doprint(x)
    except ValueError as error:  # Python writes no longer integers
        if "integer string conversion" not in str(error):
            raise
        raise NotSupported("a number of this result has too many digits to be written out.") from None


def latex(x: Any) -> str:
    """``x`` as LaTeX mathematics, without delimiters."""
    return write(x, "latex")


def text(x: Any) -> str:
    """``x`` as one line of Unicode."""
    return write(x, "text")


def prose(parts: Prose, medium: Medium) -> str:
    """A sentence: strings are words (escaped for LaTeX), everything else is mathematics (between dollars in LaTeX)."""
    pieces = (parts,) if isinstance(parts, str) else parts
    if medium == "text":
        return "".join(p if isinstance(p, str) else text(p) for p in pieces)
    return "".join(escape(p) if isinstance(p, str) else f"${latex(p)}$" for p in pieces)


_ESCAPES = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "⟨": r"$\langle$", "⟩": r"$\rangle$", "≤": r"$\le$", "≥": r"$\ge$", "×": r"$\times$", "→": r"$\to$", "−": "$-$",
    "ℝ": r"$\mathbb{R}$", "ⁿ": r"$^n$", "·": r"$\cdot$", "⊙": r"$\odot$", "∞": r"$\infty$",
    "…": r"\dots{}", "–": "--", "—": "---",
}  # fmt: skip


_ESCAPES |= {raised: f"$^{{{plain}}}$" for plain, raised in zip("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻", strict=True)}
_ESCAPES |= {lowered: f"$_{{{plain}}}$" for plain, lowered in zip("0123456789", "₀₁₂₃₄₅₆₇₈₉", strict=True)}


def escape(words: str) -> str:
    """Plain words made safe for LaTeX; two hyphens stay two."""
    return "".join(_ESCAPES.get(c, c) for c in words.replace("--", "-\0-")).replace("\0", "{}")


# ---------------------------------------------------------------------- mathematics as it is typed
@dataclass(frozen=True)
class Typed:
    """Mathematics in one line of Unicode, ``σ u gᵀ`` or ``⟨wᵢ, v⟩``; LaTeX is made of it sign by sign."""

    unicode: str

    binds: ClassVar[int] = ATOM

    def written(self, medium: Medium) -> str:
        """As it is, or in LaTeX: runs of raised or lowered signs in braces, words upright."""
        if medium == "text":
            return self.unicode
        return "".join(_latex_run(run) for run in _RUNS.findall(self.unicode)).strip()


def sentence(words: str) -> Prose:
    """A sentence with mathematics between backticks: ``The rows `wᵢ` with `⟨wᵢ, v⟩ > 0` are active.``"""
    parts = words.split("`")
    return tuple(Typed(part) if i % 2 else part for i, part in enumerate(parts) if part)


_LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋ₑᵢⱼₖₗₘₙₒₚ", "0123456789+-eijklmnop", strict=True))
_RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻ⁿ", "0123456789-n", strict=True)) | {"ᵀ": r"\top"}
_RUNS = re.compile(rf"[{''.join(_LOWERED)}]+|[{''.join(_RAISED)}]+|[A-Za-z]+|.", re.DOTALL)
_SIGNS = {
    "−": "-", "·": r"\cdot ", "×": r"\times ", "±": r"\pm ", "≤": r"\le ", "≥": r"\ge ", "≠": r"\ne ",
    "∈": r"\in ", "∉": r"\notin ", "⊆": r"\subseteq ", "∅": r"\varnothing ", "⋂": r"\bigcap ", "∞": r"\infty ",
    "⟨": r"\langle ", "⟩": r"\rangle ", "{": r"\{", "}": r"\}", "ℝ": r"\mathbb{R}", "ℚ": r"\mathbb{Q}",
    "≔": r"\coloneqq ", "…": r"\dots ", "Σ": r"\sum ",
}  # fmt: skip
_SIGNS |= {letter: rf"\{name} " for name, letter in greek_unicode.items() if name in greek_letters_set}


def _latex_run(run: str) -> str:
    if run[0] in _LOWERED:
        return f"_{{{''.join(map(_LOWERED.__getitem__, run))}}}"
    if run[0] in _RAISED:
        return f"^{{{''.join(map(_RAISED.__getitem__, run))}}}"
    if len(run) > 1:
        return rf"\operatorname{{{run}}}"
    return _SIGNS.get(run, run)
