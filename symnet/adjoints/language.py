r"""The model language: declarations, then equations in order, read with `ast` and never evaluated.

    x, b : n              a vector of n entries               W : m n             a matrix, rows then columns
    t : scalar            a number                            phi : elementwise   an unspecified function
    X : b t n             a tensor                            i : t index v       whole numbers below v
    S : n n symmetric     a matrix with S = Sᵀ                P : n n positive    and positive definite
    z = W @ x + b         an equation; its right side is kept as Python's own syntax tree

A declaration may end in "input", "parameter" or "constant"; without it x, y and t (data, targets) are inputs, others
parameters. A constant has no adjoint.
"""

import ast
import difflib
import keyword
import re
import sys
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import sympy as sp

from symnet.adjoints.graph import Shape
from symnet.adjoints.record import WORDS
from symnet.errors import InvalidInput
from symnet.sizes import letter

CHARACTERS, DEPTH = (
    200_000,
    60,
)  # a text longer, or an equation nested deeper, is refused before Python's parser sees it
RESERVED = ("scalar", "elementwise", "input", "parameter", "constant", "index", "symmetric", "positive")
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Equation:
    """``name = expression``, the ``number``-th equation of its model, with the text it was read from."""

    number: int
    name: str
    text: str
    expression: ast.expr

    def __str__(self) -> str:
        return f"equation {self.number}, '{shortened(self.text)}'"


@dataclass(frozen=True)
class Model:
    """A parsed text.

    declared     shapes of the declared quantities, in order: sizes are SymPy integers or symbols
    kinds        "input", "parameter", "constant" or "index" for each of them
    functions    names of the unspecified elementwise functions
    bounds       for each index, the number that it stays below
    symmetric    "symmetric" or "positive" for each matrix that is declared so
    """

    declared: Mapping[str, Shape]
    kinds: Mapping[str, str]
    functions: tuple[str, ...]
    equations: tuple[Equation, ...]
    text: str = field(compare=False)
    bounds: Mapping[str, sp.Expr] = field(default_factory=dict)
    symmetric: Mapping[str, str] = field(default_factory=dict)

    @property
    def moving(self) -> tuple[str, ...]:
        """The declared quantities that have an adjoint."""
        return tuple(name for name, kind in self.kinds.items() if kind not in ("index", "constant"))

    @property
    def sizes(self) -> Mapping[str, sp.Symbol]:
        """The letters that stand for sizes."""
        shapes = [*self.declared.values(), tuple(self.bounds.values())]
        return {s.name: s for shape in shapes for s in shape if isinstance(s, sp.Symbol)}


# ---------------------------------------------------------------------- the text
def read_text(text_or_path: str | Path) -> str:
    """The text itself, or what the file holds; a str with a newline, ':' or '=' is text."""
    if isinstance(text_or_path, str) and re.search(r"[\n:=]", text_or_path):
        return text_or_path
    if not isinstance(text_or_path, str | Path) or not str(text_or_path).strip():
        raise InvalidInput("empty model: write declarations such as 'x : n' and equations such as 'y = 2 * x'")
    try:
        return Path(text_or_path).read_text(encoding="utf-8-sig")  # editors on Windows write a mark before the text
    except OSError as error:
        raise InvalidInput(f"cannot read the model file '{text_or_path}': {error.strerror}") from None
    except ValueError:
        raise InvalidInput(f"the model file '{text_or_path}' is not UTF-8 text") from None


def parse(text: str) -> Model:
    """The model that ``text`` describes; `InvalidInput` names the line that cannot be one."""
    if len(text) > CHARACTERS:
        raise InvalidInput(f"the model has {len(text)} characters; at most {CHARACTERS} are read")
    declarations = _Declarations({}, {}, [], {}, {})
    equations: list[Equation] = []
    for line_number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        statement = line.split("#", 1)[0].strip()
        left, mark, right = _split(statement)
        if mark == ":":
            _declare(left, right, f"line {line_number}, '{shortened(statement)}'", declarations)
        elif statement:
            equations.append(_equation(len(equations) + 1, left, mark, right, statement))
    known = declarations
    _refuse_clashes(known.declared, known.functions, equations)
    apart = _sizes_apart(known, equations)
    declared = {name: tuple(n.xreplace(apart) for n in shape) for name, shape in known.declared.items()}
    bounds = {name: n.xreplace(apart) for name, n in known.bounds.items()}
    return Model(declared, known.kinds, tuple(known.functions), tuple(equations), text, bounds, known.symmetric)


def _sizes_apart(known: "_Declarations", equations: list[Equation]) -> dict[Any, Any]:
    """A letter that is also the name of a quantity means the quantity; the size is called size_n from then on."""
    names = {*known.declared, *known.functions, *(e.name for e in equations)}
    letters = {n for shape in (*known.declared.values(), tuple(known.bounds.values())) for n in shape if n.is_Symbol}
    taken = names | {n.name for n in letters}
    apart = {}
    for size in sorted((n for n in letters if n.name in names), key=str):
        fresh = f"size_{size}"
        while fresh in taken:
            fresh += "_"
        taken.add(fresh)
        apart[size] = letter(fresh)
    return apart


@dataclass(frozen=True)
class _Declarations:
    """What the declarations said so far."""

    declared: dict[str, Shape]
    kinds: dict[str, str]
    functions: list[str]
    bounds: dict[str, sp.Expr]
    symmetric: dict[str, str]


def _split(statement: str) -> tuple[str, str, str]:
    """Left side, ':' or '=', right side; whichever mark comes first decides what the statement is."""
    found = re.search(r"[:=]", statement)
    if not found:
        return statement, "", ""
    return statement[: found.start()].strip(), found[0], statement[found.end() :].strip()


def shortened(text: str, width: int = 100) -> str:
    """``text``, cut to ``width`` characters for an error message."""
    return text if len(text) <= width else text[: width - 1] + "…"


# ---------------------------------------------------------------------- declarations
def _declare(left: str, right: str, where: str, known: _Declarations) -> None:
    names = [name.strip() for name in left.split(",")]
    words = right.replace(",", " ").split()
    kind = words.pop() if words and words[-1] in ("input", "parameter", "constant") else None
    symmetry = words.pop() if words and words[-1] in ("symmetric", "positive") else None
    bound = _size(words.pop(), where) if words[-2:-1] == ["index"] else None
    kind = words and words.pop() if bound is not None else kind
    for name in names:
        _check_name(name, where)
        if name in known.declared or name in known.functions:
            raise InvalidInput(f"{where}: '{name}' is declared twice; remove one declaration")
        if words == ["elementwise"]:
            known.functions.append(name)
            continue
        known.declared[name] = shape = _shape(words, where)
        known.kinds[name] = kind or ("input" if name[0] in "xXyYtT" else "parameter")
        if bound is not None:
            known.bounds[name] = bound
        if symmetry:
            known.symmetric[name] = symmetry
            if len(shape) != 2 or shape[0] != shape[1]:
                raise InvalidInput(f"{where}: '{symmetry}' is said of square matrices; write 'n n {symmetry}'")


def _check_name(name: str, where: str) -> None:
    if not NAME.fullmatch(name) or keyword.iskeyword(name):
        raise InvalidInput(f"{where}: '{name}' is not a name; names are letters, digits and _, as in W1 or h_out")
    if name in WORDS:
        raise InvalidInput(f"{where}: '{name}' is a known function; choose another name")


def _shape(words: list[str], where: str) -> Shape:
    if not words:
        raise InvalidInput(f"{where}: no shape after ':'; write 'scalar', 'elementwise', or sizes such as 'm n'")
    if words == ["scalar"]:
        return ()
    return tuple(_size(word, where) for word in words)


def _size(word: str, where: str) -> sp.Expr:
    if word.isascii() and word.isdigit() and 0 < len(word) <= 9 and int(word) > 0:
        return sp.Integer(int(word))
    if NAME.fullmatch(word) and word not in RESERVED:
        return letter(word)
    raise InvalidInput(f"{where}: '{word}' is not a size; a size is a positive number or a letter such as n")


# ---------------------------------------------------------------------- equations
def _equation(number: int, left: str, mark: str, right: str, text: str) -> Equation:
    where = f"equation {number}, '{shortened(text)}'"
    if not mark:
        raise InvalidInput(f"{where}: neither ':' nor '='; write 'W : m n' to declare, 'z = W @ x' to define")
    _check_name(left, where)
    if not right or right.startswith("="):
        raise InvalidInput(f"{where}: nothing to read after '='; write an expression there")
    _check_brackets(right, where)
    return Equation(number, left, text, _parsed(right, where))


def _check_brackets(text: str, where: str) -> None:
    """Every bracket is closed, by its own kind, and not nested deeper than an equation should be."""
    opened: list[str] = []
    for c in text:
        if c in "([{":
            opened.append(c)
            if len(opened) > DEPTH:
                raise InvalidInput(f"{where}: brackets nested deeper than {DEPTH}; split it into several equations")
        elif c in ")]}" and (not opened or "([{".index(opened.pop()) != ")]}".index(c)):
            raise InvalidInput(f"{where}: '{c}' closes no bracket; remove it or open one")
    if opened:
        raise InvalidInput(f"{where}: the bracket '{opened[-1]}' is never closed; close it on the same line")


def _parsed(text: str, where: str) -> ast.expr:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # what Python only warns about, such as 1if, is no model either
            tree = ast.parse(text, mode="eval").body
    except (SyntaxError, SyntaxWarning, DeprecationWarning) as error:
        raise InvalidInput(f"{where}: cannot be read as an expression: {str(error).split(' (')[0]}") from None
    except (ValueError, MemoryError, RecursionError):
        raise InvalidInput(f"{where}: cannot be read; split it into several equations") from None
    if _deeper_than(tree, DEPTH):
        raise InvalidInput(f"{where}: nested deeper than {DEPTH}; split it into several equations")
    line = text.strip().encode()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            node.value = _decimal(node.value, line[node.col_offset : node.end_col_offset].decode(), where)
    return tree


class Decimal(Fraction):
    """A decimal, exactly as it was written: 0.1 is one tenth. `repr` gives what was written."""

    written: str

    def __repr__(self) -> str:
        return self.written


def _decimal(nearest_float: float, written: str, where: str) -> Decimal:
    """``written`` as a fraction; Python has read it, so that its exponent is known to be small before it is raised."""
    if nearest_float == 0 and not re.search("[1-9]", written.lower().split("e")[0]):
        written = "0.0"
    elif not sys.float_info.min <= nearest_float < float("inf"):
        side = "large" if nearest_float > 1 else "small"
        raise InvalidInput(f"{where}: the number {shortened(written)} is too {side} for float64")
    try:
        found = Decimal(written)
    except ValueError:
        raise InvalidInput(f"{where}: the number {shortened(written)} has too many digits") from None
    found.written = written
    return found


def _deeper_than(tree: ast.AST, limit: int) -> bool:
    """Level by level, so that a hostile depth cannot exhaust the stack."""
    level = [tree]
    for _ in range(2 * limit):  # an operator and its operand are two levels of the tree
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return False
    return True


# ---------------------------------------------------------------------- names
def _refuse_clashes(declared: Mapping[str, Shape], functions: list[str], equations: list[Equation]) -> None:
    if not equations:
        raise InvalidInput("empty model: it has no equation; write one such as 'y = W @ x'")
    if not declared:
        raise InvalidInput("the model declares no quantity; write declarations such as 'x : n' before the equations")
    seen: dict[str, str] = dict.fromkeys([*declared, *functions], "declared above")
    for equation in equations:
        if equation.name in seen:
            raise InvalidInput(
                f"{equation}: '{equation.name}' is already {seen[equation.name]}; give the new value a new name"
            )
        seen[equation.name] = f"defined in equation {equation.number}"


def nearest(name: str, known: "list[str] | tuple[str, ...]") -> str:
    """The words "(did you mean W1?)", or none where no known name is close."""
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.7)
    if not close:
        close = [k for k in known if k.lower() == name.lower()]
    return f" (did you mean {close[0]}?)" if close else ""
