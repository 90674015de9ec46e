r"""Values of LaTeX formulas as expressions of the model language, each as rows and columns; 𝟏 stretches to fit.

Value     ``source`` in the language beside the ``node`` that it builds, so that the two cannot differ
turned    a vector that lies as a row        loose    axes along which it is repeated as often as fits: those of 𝟏
constant  "ones" is 𝟏 or 𝟎, a column or row or matrix of it as the place asks; "identity" is a multiple of I

LaTeX has no broadcasting: sizes are equal, or loose, or the thing is a number.
"""

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from symnet import notation
from symnet.adjoints.expressions import Scope
from symnet.adjoints.expressions import expression as node_of
from symnet.adjoints.graph import Node, shape_text
from symnet.errors import InvalidInput
from symnet.readers.syntax import parsed

ROWS, COLUMNS = "rows", "columns"
LOOSE = "so many as fit"
NONE: frozenset[str] = frozenset()
SWAP = {ROWS: COLUMNS, COLUMNS: ROWS}


@dataclass(frozen=True)
class Value:
    """See above; ``written`` is the formula in LaTeX's own terms, for messages."""

    source: str
    node: Node
    written: str = ""
    turned: bool = False
    loose: frozenset[str] = NONE
    constant: str = ""

    @property
    def rank(self) -> int:
        return self.node.rank

    @property
    def rows(self) -> Any:
        if ROWS in self.loose:
            return LOOSE
        return self.node.shape[0] if self.rank == 2 or (self.rank == 1 and not self.turned) else 1

    @property
    def columns(self) -> Any:
        if COLUMNS in self.loose:
            return LOOSE
        return self.node.shape[-1] if self.rank == 2 or (self.rank == 1 and self.turned) else 1

    @property
    def is_scalar(self) -> bool:
        return self.rank == 0 and not self.loose and self.constant != "identity"

    @property
    def sizes(self) -> str:
        """Its shape in words."""
        if self.rank > 2:
            return shape_text(self.node.shape)
        return " × ".join(n if isinstance(n, str) else notation.text(n) for n in (self.rows, self.columns))


# ---------------------------------------------------------------------- saying
@lru_cache(maxsize=2048)
def _tree(template: str) -> tuple[ast.expr, bool]:
    """The template with a0, a1, … for its places, and whether it needs brackets as an argument."""
    pieces = template.split("{}")
    text = "".join(piece + f"a{i}" * (i < len(pieces) - 1) for i, piece in enumerate(pieces))
    tree = parsed(text)
    return tree, isinstance(tree, ast.BinOp | ast.UnaryOp)


def say(template: str, *values: Value, sizes: "dict[str, Node] | None" = None) -> Value:
    """The language's expression with values in its places: ``say("{} @ {}", A, x)``. Not turned, nothing loose."""
    tree, _ = _tree(template)
    nodes = {f"a{i}": v.node for i, v in enumerate(values)}
    node = node_of(tree, Scope({**(sizes or {}), **nodes}, (), {}, 1))
    pieces = template.split("{}")
    source = "".join(p + (f"({v.source})") for p, v in zip(pieces, values, strict=False)) + pieces[-1]
    return Value(source, node)


def called(name: str, x: Value, functions: tuple[str, ...]) -> Value:
    """A function of the language or of the model, entry by entry."""
    tree = parsed(f"{name}(a0)")
    node = node_of(tree, Scope({"a0": x.node}, functions, {}, 1))
    return replace(x, source=f"{name}({x.source})", node=node, constant="")


def numeral(text: str) -> Value:
    """An exact number."""
    return say(text)


ONES = replace(numeral("1"), loose=frozenset((ROWS, COLUMNS)), constant="ones")
ZEROS = replace(numeral("0"), loose=frozenset((ROWS, COLUMNS)), constant="ones")
IDENTITY = replace(numeral("1"), constant="identity")


# ---------------------------------------------------------------------- entry by entry
def entrywise(template: str, values: Sequence[Value], what: str) -> Value:
    """One template for two values at a time, after both have the same rows and columns."""
    total = values[0]
    for other in values[1:]:
        total = _pair(template, total, other, what)
    return total


def _pair(template: str, a: Value, b: Value, what: str) -> Value:
    if a.constant == b.constant == "identity":
        return replace(say(template, a, b), constant="identity")
    a, b = _filled(a, b), _filled(b, a)
    if max(a.rank, b.rank) > 2:
        return say(template, a, b)
    number = next((v for v in (a, b) if v.is_scalar and v.node.op == "number"), None)
    if number is not None and not (a.is_scalar and b.is_scalar):  # 1 - x, as people write it
        other = b if number is a else a
        return replace(other, **_made(say(template, a, b)), constant="")
    rows, columns = _same(a.rows, b.rows), _same(a.columns, b.columns)
    if rows is None or columns is None:
        raise InvalidInput(
            f"{a.written or a.source} is {a.sizes} and {b.written or b.source} is {b.sizes}, so they cannot be {what}"
            + ("; a transpose would fit" if (a.rows, a.columns) == (b.columns, b.rows) else "")
        )
    a, b = (_broadcast(v, rows, columns) for v in (a, b))
    loose = (frozenset((ROWS,)) if rows is LOOSE else NONE) | (frozenset((COLUMNS,)) if columns is LOOSE else NONE)
    made = say(template, a, b)
    constant = "ones" if a.constant == b.constant == "ones" else ""
    return replace(made, turned=made.rank == 1 and (rows in (1, LOOSE)), loose=loose, constant=constant)


def _made(v: Value) -> dict[str, Any]:
    return {"source": v.source, "node": v.node}


def _same(p: Any, q: Any) -> Any:
    if p is LOOSE or q is LOOSE:
        return q if p is LOOSE else p
    return p if p == q else None


def _filled(a: Value, b: Value) -> Value:
    """c I beside a square matrix as the language has it."""
    if a.constant != "identity":
        return a
    if b.rank != 2:
        raise InvalidInput(f"nothing says how large I is beside {b.written or b.source}")
    return say(f"{{}} * eye({b.node.shape[0]})", replace(a, constant=""), sizes=_letters(b))


def _letters(v: Value) -> dict[str, Node]:
    from symnet.adjoints.graph import number

    return {s.name: number(s) for n in v.node.shape for s in n.free_symbols}


def _broadcast(v: Value, rows: Any, columns: Any) -> Value:
    """As NumPy lines it up with a matrix: a column that is repeated sideways is a 𝟏ᵀ."""
    if v.rank == 1 and not v.turned and columns not in (1, LOOSE):
        sizes = {**_letters(v), **_letters(replace(v, node=replace(v.node, shape=(columns,))))}
        return say(f"outer({{}}, ones({columns}))", v, sizes=sizes)
    return v


# ---------------------------------------------------------------------- products
def product(p: Value, q: Value) -> Value:
    """p q, as matrices; a number multiplies whatever it stands beside."""
    if "identity" in (p.constant, q.constant):
        return _identity_product(p, q)
    if p.is_scalar or q.is_scalar:
        other = q if p.is_scalar else p
        return replace(_scaled(p, q), turned=other.turned, loose=other.loose, constant=other.constant)
    if max(p.rank, q.rank) > 2:
        return say("{} @ {}", p, q)
    p, q = _standing(p), _standing(q)
    if p.columns is LOOSE and q.rows is LOOSE:
        raise InvalidInput("nothing says how long 𝟏 is in 𝟏ᵀ𝟏; write its length, n")
    if p.columns is LOOSE:
        return product(replace(p, loose=p.loose - {COLUMNS}), _summed(q, ROWS)) if q.rows != 1 else _outer(p, q)
    if q.rows is LOOSE:
        return product(_summed(p, COLUMNS), replace(q, loose=q.loose - {ROWS})) if p.columns != 1 else _outer(p, q)
    if p.columns != q.rows:
        raise InvalidInput(_misfit(p, q))
    return _contracted(p, q) if p.columns != 1 else _outer(p, q)


def _scaled(p: Value, q: Value) -> Value:
    if q.source == "1" and q.rank == 0:
        return p
    return q if p.source == "1" and p.rank == 0 else say("{} * {}", p, q)


def _identity_product(p: Value, q: Value) -> Value:
    if p.constant == q.constant:
        return replace(_scaled(p, q), constant="identity")
    other = q if p.constant == "identity" else p
    made = replace(other, **_made(_scaled(p, q)))
    return replace(made, constant="identity") if other.is_scalar else made


def _standing(p: Value) -> Value:
    """𝟏 as a factor: a row if it was transposed, a column if not."""
    return replace(p, loose=frozenset((COLUMNS if p.turned else ROWS,)), turned=False, constant="") if p.constant else p


def _summed(v: Value, axis: str) -> Value:
    """𝟏ᵀ v or v 𝟏: the sum along the rows or columns, which then are one."""
    if axis in v.loose:
        raise InvalidInput("nothing says how long 𝟏 is")
    if v.rank == 2:
        return replace(say(f"sum({{}}, axis={int(axis == COLUMNS)})", v), turned=axis == ROWS)
    return replace(say("sum({})", v), loose=v.loose)


def _outer(p: Value, q: Value) -> Value:
    """A column times a row; either may be loose or a number repeated."""
    loose = (p.loose & {ROWS}) | (q.loose & {COLUMNS})
    if p.rank == 0 or q.rank == 0:
        made = _scaled(p, q)
        return replace(made, turned=made.rank == 1 and q.rank == 1 and q.turned, loose=loose, constant="")
    if p.rank == q.rank == 1:
        return say("outer({}, {})", p, q)
    if q.rank == 1 and q.turned:
        q = say("unsqueeze({}, 0)", q)
    if p.rank == 1:
        p = say("unsqueeze({}, 1)", p)
    return replace(say("{} @ {}", p, q), loose=loose)


def _contracted(p: Value, q: Value) -> Value:
    made = say("{} @ {}", p, q)
    loose = (p.loose & {ROWS}) | (q.loose & {COLUMNS})
    return replace(made, turned=made.rank == 1 and p.rank == 1, loose=loose)


def _misfit(p: Value, q: Value) -> str:
    a, b = p.written or p.source, q.written or q.source
    fits = [f"{x} {y}" for x, y, fit in (
        (f"{a}ᵀ", b, p.rows == q.rows), (a, f"{b}ᵀ", p.columns == q.columns)) if fit]  # fmt: skip
    hint = f"; {' or '.join(fits)} would fit" if fits else ""
    return f"{a} is {p.sizes} and {b} is {q.sizes}, so the product {a} {b} has no meaning{hint}"


def transposed(v: Value) -> Value:
    """vᵀ."""
    loose = frozenset(SWAP[axis] for axis in v.loose)
    if v.rank < 2:
        return replace(v, turned=not v.turned if v.rank or v.constant == "ones" else v.turned, loose=loose)
    return say("{}.T" if v.rank == 2 else "{}.mT", v)


def same_place(v: Value, make: Callable[[Value], Value]) -> Value:
    """``make`` of it, lying and repeated as it was."""
    return replace(v, **_made(make(v)), constant="")
