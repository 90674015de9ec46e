"""Claims as people type them: ``Min(x1, x2); Max(x1, x2)``, one expression for each output, or ``out1 <= out2``.

Parsed with `ast` and built node by node, never evaluated: the names known are the inputs and the functions below.
"""

import ast
import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

import sympy as sp
from sympy.core.relational import Relational

from symnet.errors import InvalidInput
from symnet.readers.syntax import parsed
from symnet.relu.geometry.rationals import MOST_DIGITS, exact, shown, too_long

FUNCTIONS: Mapping[str, tuple[Callable[..., sp.Expr], int | None]] = {
    "min": (sp.Min, None),
    "max": (sp.Max, None),
    "abs": (sp.Abs, 1),
    "relu": (lambda x: sp.Max(0, x), 1),
}
"""Each with the number of its arguments, None for one or more."""
OPERATORS: Mapping[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
SIGNS: Mapping[type[ast.cmpop], Callable[..., sp.Basic]] = {
    ast.LtE: sp.Le,
    ast.Lt: sp.Lt,
    ast.GtE: sp.Ge,
    ast.Gt: sp.Gt,
    ast.Eq: sp.Eq,
}
LONGEST = 100_000  # characters; Python's own parser is slow and deep beyond

TYPESET = str.maketrans(
    {"≤": "<=", "≥": ">=", "−": "-", "·": "*", "⋅": "*", "×": "*", **{chr(0x2080 + d): str(d) for d in range(10)}}
)
"""As symnet prints a claim: out₁ ≤ out₂."""


def read_claim(text: str, inputs: Sequence[sp.Symbol], outputs: Sequence[sp.Symbol] = ()) -> tuple[sp.Basic, ...]:
    """The expressions or inequalities of ``text``, apart by semicolons; ``x1`` and ``x_1`` both name the first input.

    A single output is both ``out`` and ``out1``.
    Raises InvalidInput with the place for anything that is not +, -, rational times, Min, Max, Abs, relu, <=, <, >=, >.
    """
    alone = {"out_1": outputs[0]} if len(outputs) == 1 else {}
    return _read_all(text, "claim", {x.name: x for x in (*inputs, *outputs)} | alone)


def read_where(text: str, inputs: Sequence[sp.Symbol]) -> tuple[sp.Basic, ...]:
    """Inequalities in the inputs, apart by commas or semicolons: ``x1 >= 0, x1 + x2 <= 1``."""
    found = _read_all(text, "condition", {x.name: x for x in inputs})
    if any(isinstance(condition, Relational) and not condition.free_symbols for condition in found):
        raise InvalidInput(f"the condition '{shown(text)}' compares numbers; write it with inputs, as x1 >= 0")
    return found


def read_rational(text: str, where: str = "a number") -> Fraction:
    """``-3``, ``2/7`` or ``0.25``, exactly; ``where`` names the place in the error."""
    return exact(text.strip(), where)


def _read_all(text: str, what: str, symbols: Mapping[str, sp.Symbol]) -> tuple[sp.Basic, ...]:
    names = {spelling: x for name, x in symbols.items() for spelling in (name, name.replace("_", ""))}
    parts = [part for piece in text.translate(TYPESET).split(";") if (part := piece.strip().rstrip(","))]
    if not parts:
        raise InvalidInput(f"the {what} is empty")
    return tuple(found for part in parts for found in Part(part, what, names).read())


@dataclass(frozen=True)
class Part:
    """One piece of the text; ``what`` it is, a claim or a condition, and the names that it may use."""

    text: str
    what: str
    names: Mapping[str, sp.Symbol]

    def read(self) -> tuple[sp.Basic, ...]:
        """One expression, or conditions apart by commas; a chain of inequalities is one for each sign."""
        if len(self.text) > LONGEST:
            raise InvalidInput(f"the {self.what} is {len(self.text)} characters long; at most {LONGEST} are read")
        if max(map(len, re.findall(r"[0-9]+", self.text)), default=0) > MOST_DIGITS:
            raise too_long(self.itself)
        try:
            body = parsed(self.text)
            if isinstance(body, ast.Tuple) and self.what == "claim":
                raise InvalidInput(f"cannot read {self.itself}: separate claims by ;")
            items = body.elts if isinstance(body, ast.Tuple) and self.what == "condition" else [body]
            found = tuple(claim for item in items for claim in self.claims(item))
        except SyntaxError as error:
            place = f"at column {error.offset}" if error.offset else "at its end"
            raise InvalidInput(f"cannot read {self.itself}: {error.msg} {place}") from None
        except (RecursionError, MemoryError):
            raise InvalidInput(f"the {self.what} is nested too deeply to read") from None
        return found

    @property
    def itself(self) -> str:
        """The piece as an error names it."""
        return f"the {self.what} '{shown(self.text)}'"

    def claims(self, node: ast.expr) -> Iterator[sp.Basic]:
        """An expression, or an inequality for each sign."""
        if not isinstance(node, ast.Compare):
            yield sp.sympify(self.built(node), strict=True)
            return
        sides = [sp.sympify(self.built(side), strict=True) for side in (node.left, *node.comparators)]
        for sign, (left, right) in zip(node.ops, pairwise(sides), strict=True):
            if type(sign) not in SIGNS:
                raise InvalidInput(f"cannot read '{shown(self.text)}': compare with <=, <, >=, > or ==")
            yield SIGNS[type(sign)](left, right, evaluate=False)  # 0 >= 1 is said to be wrong as it stands

    def built(self, node: ast.expr) -> Any:
        """The expression of a node."""
        match node:
            case ast.Constant(value=int() | float()) if not isinstance(node.value, bool):
                return self.number(node)
            case ast.Name(id=name) if name in self.names:
                return self.names[name]
            case ast.UnaryOp(op=op, operand=operand) if type(op) in OPERATORS:
                return OPERATORS[type(op)](self.built(operand))
            case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
                return self.combined(op, self.built(left), self.built(right))
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name.lower() in FUNCTIONS:
                function, takes = FUNCTIONS[name.lower()]
                if not arguments or takes not in (None, len(arguments)):
                    wanted = "one argument" if takes else "arguments"
                    raise InvalidInput(f"cannot read {self.place(node)}: {name} takes {wanted}")
                return function(*map(self.built, arguments))
            case ast.BoolOp(op=ast.And()):
                raise InvalidInput(f"cannot read {self.place(node)}: separate what is all to hold by ;")
            case ast.BoolOp(op=ast.Or()):
                raise InvalidInput(
                    f"cannot read {self.place(node)}: 'or' is not read; that one of a, b is >= 0 is Max(a, b) >= 0"
                )
        known = ", ".join(dict.fromkeys(x.name for x in self.names.values()))
        raise InvalidInput(
            f"cannot read {self.place(node)}: known are {known}, numbers, + - * /, and Min, Max, Abs, relu"
        )

    def combined(self, op: ast.operator, a: sp.Expr, b: sp.Expr) -> sp.Expr:
        """a op b, no longer than a number may be."""
        if isinstance(op, ast.Div) and b.is_zero:
            raise InvalidInput(f"{self.itself} divides by zero")
        found = OPERATORS[type(op)](a, b)
        for number in found.atoms(sp.Rational) if isinstance(op, ast.Mult | ast.Div) else ():
            exact(number, self.itself)
        return found

    def number(self, node: ast.Constant) -> sp.Expr:
        """0.1 is one tenth: as it is written, not as the float."""
        if isinstance(node.value, int):
            return sp.Rational(exact(sp.Integer(node.value), self.itself))
        written = ast.get_source_segment(self.text, node) or str(node.value)
        return sp.Rational(exact(written.replace("_", ""), self.itself))

    def place(self, node: ast.expr) -> str:
        """What stands where."""
        said = ast.get_source_segment(self.text, node) or ""
        return f"'{shown(said)}' at column {node.col_offset + 1} of {self.itself}"
