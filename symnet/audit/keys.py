r"""What claims are compared with: names with shapes, and definitions of those that symnet derived.

Key            a table of names; ``definitions`` are formulas read from what symnet prints, in order
of_backward    forward equations and adjoint rules of a `BackwardPass`; V̄ is the name ``\bar{V}``
of_counts      U_conv1, W_conv1, … of a `CountTable`, and the totals U, W, B, C
of_proof       the outputs of a `ReluNetwork`, as formulas of x_1, …, x_n
arithmetic     no names: numbers alone

A convention is another key: the output's adjoint is 𝟏, or gradients are rows. A claim that only such a key supports is
reported as exactly that.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import sympy as sp

from symnet import notation
from symnet.audit.meanings import meanings
from symnet.audit.shapes import Shape, Shapes, Typed, Unclear, is_letter, same_shape, settled_everywhere
from symnet.errors import InvalidInput
from symnet.readers.latex import Symbols, Term, Unread, read_latex
from symnet.readers.latex_term import add, num


@dataclass(frozen=True)
class Key:
    """``shapes`` are rows and columns; what has no definition is given.

    positive   everything given is a positive whole number      dot   "entrywise": so is · between matrices of one shape
    """

    title: str
    shapes: Mapping[str, Shape] = field(default_factory=dict)
    functions: tuple[str, ...] = ()
    definitions: Mapping[str, Term] = field(default_factory=dict)
    conventions: tuple[tuple[str, "Key"], ...] = ()
    positive: bool = False
    dot: str = ""
    layers: Any = None  # the count table, for claims in a table's cells
    proof: Any = None

    @cached_property
    def symbols(self) -> Symbols:
        shapes = {n: _sizes(s) for n, s in self.shapes.items() if not n.startswith("\\bar{")}
        return Symbols(shapes, self.functions)

    @cached_property
    def typed(self) -> dict[str, Typed]:
        """The definitions with their shapes settled."""
        return {name: self._typed(name, formula) for name, formula in self.definitions.items()}

    def _typed(self, name: str, formula: Term) -> Typed:
        for typed, known in meanings(formula, self.world(), {}, fill=True):
            if (fits := same_shape(typed.shape, self.shapes[name], known)) is not None:
                return settled_everywhere(typed, fits)
        raise InvalidInput(f"{self.title}: the definition {name} = {formula} does not have the shape of {name}")

    def world(self, indices: Iterable[str] = ()) -> Shapes:
        world = Shapes(self.shapes, frozenset(self.functions), self._entrywise, self._direct, self._adjoint, self.dot)
        if indices:
            world.names = {**self.shapes, **{f"index {i}": (world.fresh(), 1) for i in indices}}
        return world

    def _adjoint(self, name: str) -> str | None:
        barred = rf"\bar{{{name}}}"
        return barred if barred in self.shapes else None

    def _direct(self, y: str, x: str) -> bool:
        return y in self.definitions and any(t.op == "name" and t.name == x for t in self.definitions[y].walk())

    def _entrywise(self, y: str, x: str) -> bool:
        """Does entry i of y depend on entry i of x alone, in y's own equation? Only through entrywise operators."""
        return self._direct(y, x) and _is_entrywise(self.definitions[y], x)


_ENTRYWISE = {"sum", "neg", "hadamard", "oslash", "apply", "hpower", "abs", "name", "number", "ones"}


def _is_entrywise(t: Term, x: str) -> bool:
    mentions = any(s.op == "name" and s.name == x for s in t.walk())
    return not mentions or (t.op in _ENTRYWISE and all(_is_entrywise(a, x) for a in t.args))


def _sizes(shape: Shape) -> tuple[Any, ...]:
    p, q = shape
    return () if (p, q) == (1, 1) else (p,) if q == 1 else (p, q)


ARITHMETIC = Key("arithmetic")


# ---------------------------------------------------------------------- from what symnet derived
def other_dot(k: Key) -> tuple[str, Key]:
    """The other reading of · between matrices."""
    if k.dot == "entrywise":
        return "· between matrices is the matrix product", replace(k, dot="")
    return "· between matrices is taken entry by entry", replace(k, dot="entrywise")


def key(against: Any) -> Key:
    """The key of a result of symnet, of a key, or of declarations ("x : n" lines: names without definitions)."""
    if isinstance(against, Key):
        return against
    if hasattr(against, "adjoints"):
        return of_backward(against)
    if hasattr(against, "rows") and hasattr(against, "total"):
        return of_counts(against)
    if hasattr(against, "network") and hasattr(against, "holds"):
        return of_proof(against)
    if isinstance(against, str | Mapping):
        return of_declarations(against)
    raise InvalidInput(f"cannot audit against {type(against).__name__}: pass a backward pass, a count table or a proof")


def of_declarations(declared: Any) -> Key:
    """Names without definitions: identities in them are checked for all values."""
    from symnet.readers.latex import symbols

    read = symbols(declared)
    shapes = {name: _columns(sizes or ()) for name, sizes in read.shapes.items()}
    return Key("the declarations", {**_letters(shapes), **shapes}, read.functions)


def _columns(shape: tuple[Any, ...]) -> Shape:
    sizes = [int(s) if str(s).isdigit() else str(s) for s in shape]
    return (sizes[0] if sizes else 1, sizes[1] if len(sizes) > 1 else 1)


def _letters(shapes: Mapping[str, Shape]) -> dict[str, Shape]:
    """Sizes are numbers that a formula may use, as in 1/n."""
    return {d: (1, 1) for shape in shapes.values() for d in shape if is_letter(d) and d not in shapes}


def of_backward(bp: Any, *, with_conventions: bool = True) -> Key:
    """The forward equations and the adjoint rules, read from the LaTeX that symnet prints."""
    flat = {n: s for n, s in bp.shapes.items() if len(s) <= 2}
    forward = {n: _columns(s) for n, s in flat.items()}
    shapes = {**_letters(forward), **forward, **{rf"\bar{{{n}}}": s for n, s in forward.items()}}
    empty = Key(f"the backward pass of {bp.program.output.name}", shapes, tuple(bp.model.functions))
    definitions: dict[str, Term] = {}
    for relation in (*bp.forward, *bp.rules):
        name, role = relation.lhs["name"], relation.lhs["role"]
        if name in flat:
            definitions[rf"\bar{{{name}}}" if role == "bar" else name] = _read(relation.rhs, empty.symbols)
    found = replace(empty, definitions=definitions)
    return replace(found, conventions=_conventions(bp, found)) if with_conventions else found


def _conventions(bp: Any, found: Key) -> tuple[tuple[str, Key], ...]:
    rows = ("gradients written as rows", _with_rows(found))
    output = bp.program.output
    symbolic = rf"\bar{{{output.name}}}" not in found.definitions
    if not symbolic or output.quantity.rank == 0:
        return (rows,)
    seeded = {**found.definitions, rf"\bar{{{output.name}}}": Term("ones")}
    return (
        f"the output's adjoint is {notation.text(sp.Integer(1))} in every entry",
        replace(found, definitions=seeded),
    ), rows


def _with_rows(found: Key) -> Key:
    """Every barred name stands for the transpose of the adjoint."""
    shapes = {n: (s[1], s[0]) if n.startswith("\\bar{") else s for n, s in found.shapes.items()}
    definitions = {
        n: Term("transpose", (_unbarred(t),)) if n.startswith("\\bar{") else t for n, t in found.definitions.items()
    }
    return replace(found, shapes=shapes, definitions=definitions)


def _unbarred(t: Term) -> Term:
    if t.op == "name" and t.name.startswith("\\bar{"):
        return Term("transpose", (t,))
    return t.with_args(*map(_unbarred, t.args))


def _read(printed: Any, symbols: Symbols) -> Term:
    latex = notation.latex(printed)
    (statement,) = read_latex(latex, symbols)
    return statement.sides[0]


def of_counts(table: Any) -> Key:
    """Each layer's counts by the names of the formulas: W_conv2, C_conv2; and the totals."""
    letters = {"units": "U", "weights": "W", "biases": "B", "connections": "C"}
    values = {
        f"{letter}_{row.name}": getattr(row, quantity)
        for row in table
        for quantity, letter in letters.items()
        if row.has(quantity)
    } | {letter: getattr(table.total, quantity) for quantity, letter in letters.items()}
    free = {s.name for value in values.values() for s in sp.sympify(value).free_symbols}
    shapes: dict[str, Shape] = dict.fromkeys([*values, *free], (1, 1))
    empty = Key(f"the counts of {table.title}", shapes, positive=True, layers=table.shown)
    definitions = {n: num(int(v)) if v.is_Integer else _read(v, empty.symbols) for n, v in values.items()}
    return replace(empty, definitions=definitions)


def of_proof(proof: Any) -> Key:
    """The network's outputs y_1, …, y_m as formulas of its inputs x_1, …, x_n."""
    network = proof.network
    n, m = network.widths[0], network.widths[-1]
    layer: list[Term] = [Term("name", name=f"x_{i}") for i in range(1, n + 1)]
    for number, (W, b) in enumerate(network.layers, 1):
        layer = [_affine(row, c, layer) for row, c in zip(W, b, strict=True)]
        if number < len(network.layers):
            layer = [Term("max", (num(0), unit)) for unit in layer]
    outputs = {f"{letter}_{i}": layer[i - 1] for i in range(1, m + 1) for letter in ("y", "o", "output", "out")}
    inputs = {f"{letter}_{i}": Term("name", name=f"x_{i}") for i in range(1, n + 1) for letter in ("input", "in")}
    shapes: dict[str, Shape] = dict.fromkeys([*(f"x_{i}" for i in range(1, n + 1)), *inputs, *outputs], (1, 1))
    if n == 2:
        shapes |= {"x": (1, 1), "y": (1, 1)}
    return Key("the network", shapes, (), {**inputs, **outputs}, proof=proof)


def _affine(row: Any, c: Any, layer: list[Term]) -> Term:
    terms = [Term("product", (num(a), h)) if a != 1 else h for a, h in zip(row, layer, strict=True) if a]
    terms += [num(c)] if c or not terms else []
    return add(*terms)


__all__ = ["ARITHMETIC", "Key", "Unclear", "Unread", "key", "of_backward", "of_counts", "of_declarations", "of_proof"]
