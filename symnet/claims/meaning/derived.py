r"""Keys from what symnet derived, made of its own values: nothing is printed and read back.

of_backward    forward equations and adjoint rules of a `BackwardPass`; V̄ is the name ``\bar{V}``
of_counts      U_conv1, W_conv1, … of a `CountTable`, and the totals: U units, W weights, B biases, P parameters,
               C connections
of_network     the outputs y of a `ReluNetwork` as a function of its inputs x
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import product
from typing import Any

from symnet.claims.meaning.from_graph import NoFormula, formula_of
from symnet.claims.meaning.keys import CHOICES, Conventions, Key, columns, letters, of_declarations
from symnet.claims.meaning.shapes import Shape
from symnet.errors import InvalidInput
from symnet.readers.latex.term import Term, add, num


def key(against: Any, conventions: Conventions | None = None) -> Key:
    """The key of a result of symnet, of a key, or of declarations ("x : n" lines: names without definitions)."""
    chosen = conventions or Conventions()
    if isinstance(against, Key):
        return against
    if hasattr(against, "adjoints"):
        found = of_backward(against)
    elif hasattr(against, "rows") and hasattr(against, "total"):
        found = of_counts(against, chosen)
    elif hasattr(against, "piecewise") or hasattr(against, "certificate"):
        found = of_network(getattr(against, "network", against))
    elif isinstance(against, str | Mapping):
        found = of_declarations(against)
    else:
        raise InvalidInput(
            f"cannot audit against {type(against).__name__}: pass a backward pass, a count table, a proof or a network"
        )
    return replace(found, dot=chosen.dot)


# ---------------------------------------------------------------------- a backward pass
def of_backward(bp: Any) -> Key:
    """The forward equations and the adjoint rules."""
    flat = {n: s for n, s in bp.shapes.items() if len(s) <= 2}
    forward = {n: columns(s) for n, s in flat.items()}
    shapes = {**letters(forward), **forward, **{_bar(n): s for n, s in forward.items()}}
    out = bp.program.output.name
    scalar = out if forward.get(out) == (1, 1) else ""
    nodes = {r.lhs["name"]: r.rhs for r in bp.forward} | {_bar(r.lhs["name"]): r.rhs for r in bp.rules}
    definitions = _formulas({name: node for name, node in nodes.items() if name in shapes}, shapes)
    defined = {n: s for n, s in shapes.items() if n in definitions or n not in nodes}
    asked = tuple(_bar(n) for n in bp.model.declared if n in bp.adjoints)
    title, functions = f"the backward pass of {out}", tuple(bp.model.functions)
    found = Key(title, defined, functions, definitions, output=scalar, wanted=asked)
    return replace(found, conventions=partial(_other_gradients, found, _bar(out)))


def _formulas(values: Mapping[str, Any], shapes: Mapping[str, Shape]) -> dict[str, Term]:
    """The definitions that can be written. A name without one is none of the key's, and so is what mentions it: a claim
    about it is unread, for as a free name it would be wrong of everything."""
    names = set(shapes)
    while True:
        found = {name: t for name, value in values.items() if (t := _formula(value, names)) is not None}
        lost = names & (values.keys() - found.keys())
        if not lost:
            return found
        names -= lost


def _formula(value: Any, names: set[str]) -> Term | None:
    try:
        return formula_of(value, names)
    except NoFormula:
        return None


def _bar(name: str) -> str:
    return rf"\bar{{{name}}}"


SEED_OF_ONES = "the output's adjoint is 1 in every entry"


def _other_gradients(found: Key, seed: str) -> Iterator[tuple[str, Key]]:
    if seed not in found.definitions and found.shapes.get(seed, (1, 1)) != (1, 1):
        ones = {**found.definitions, seed: Term("ones")}
        yield SEED_OF_ONES, replace(found, definitions=ones)
    yield "gradients written as rows", _with_rows(found)


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


# ---------------------------------------------------------------------- a count table
PADDING = {
    "counted": ("connections", "taps on padding are counted"),
    "ignored": ("unpadded", "taps on padding are not counted"),
}
BIASES = {  # what is added to weights, to weights for the parameters, and to connections
    "named": (("weights",), ("weights", "biases"), (), "weights do without biases, and parameters include them"),
    "counted": (("weights", "biases"), ("weights", "biases"), ("bias additions",), "biases are counted"),
    "ignored": (("weights",), ("weights",), (), "biases are not counted"),
}


def of_counts(table: Any, chosen: Conventions | None = None) -> Key:
    """Each layer's counts by the names of the formulas, W_conv2 and C_conv2, and the totals, as ``chosen`` counts."""
    chosen = chosen or Conventions()
    found = _counted(table, chosen.padding, chosen.biases)
    return replace(found, conventions=partial(_other_counts, table, chosen))


def _other_counts(table: Any, own: Conventions) -> Iterator[tuple[str, Key]]:
    """The table under other conventions, those that differ in one thing first."""
    others = [(p, b) for p, b in product(CHOICES["padding"], CHOICES["biases"]) if (p, b) != (own.padding, own.biases)]
    for padding, biases in sorted(others, key=lambda o: o[0] != own.padding and o[1] != own.biases):
        words = [PADDING[padding][-1]] if padding != own.padding else []
        words += [BIASES[biases][-1]] if biases != own.biases else []
        yield " and ".join(words), _counted(table, padding, biases)


def _counted(table: Any, padding: str, biases: str) -> Key:
    of_weights, of_parameters, of_connections, _ = BIASES[biases]
    sums = {
        "U": ("units",), "W": of_weights, "B": ("biases",), "P": of_parameters,
        "C": (PADDING[padding][0], *of_connections),
    }  # fmt: skip
    values = {
        f"{letter}_{row.name}": sum(row.amount(q) for q in quantities)
        for row in table
        for letter, quantities in sums.items()
        if any(row.has(q) for q in quantities)
    } | {letter: sum(table.amount(q) for q in quantities) for letter, quantities in sums.items()}
    values["U"] = table.total.units  # only units that compute: neither the input nor the pools
    free = {s.name for value in values.values() for s in value.free_symbols}
    shapes: dict[str, Shape] = dict.fromkeys([*values, *free], (1, 1))
    definitions = _formulas(values, shapes)
    known = {n: s for n, s in shapes.items() if n in definitions or n not in values}
    title, wanted = f"the counts of {table.title}", ("U", "W", "P", "C")
    return Key(title, known, (), definitions, positive=True, layers=table.shown, wanted=wanted)


# ---------------------------------------------------------------------- a ReLU network
def of_network(network: Any) -> Key:
    """The outputs y (or output, out, o) of the inputs x (or input, in): y_1 is the first output.

    Weights and hidden units have names that nobody can write: z_1 is a layer to some and a unit to others.
    """
    shapes: dict[str, Shape] = {"x": (network.widths[0], 1)}
    definitions: dict[str, Term] = {}
    below = Term("name", name="x")
    for n, (W, b) in enumerate(network.layers, 1):
        shapes |= {f"weights {n}": (len(W), len(W[0])), f"biases {n}": (len(b), 1), f"layer {n}": (len(b), 1)}
        definitions |= {f"weights {n}": _matrix(W), f"biases {n}": _matrix([[c] for c in b])}
        affine = add(Term("product", (Term("name", name=f"weights {n}"), below)), Term("name", name=f"biases {n}"))
        last = n == len(network.layers)
        definitions[f"layer {n}"] = affine if last else Term("apply", (affine,), "relu")
        below = Term("name", name=f"layer {n}")
    x = Term("name", name="x")
    names = dict.fromkeys(("input", "in"), x) | dict.fromkeys(("y", "output", "out", "o"), below)
    for name, whole in names.items():
        shapes[name] = shapes[whole.name]
    for name, whole in {"x": x, **names}.items():
        if shapes[name] == (1, 1):  # of a single number x_1 is another spelling
            names[f"{name}_1"], shapes[f"{name}_1"] = whole, (1, 1)
    outputs = tuple(f"output_{n}" for n in range(1, len(network.layers[-1][1]) + 1))
    return Key("the network", shapes, (), {**definitions, **names}, network=network, wanted=outputs)


def _matrix(rows: Any) -> Term:
    return Term("matrix", tuple(num(a) for row in rows for a in row), f"{len(rows)}x{len(rows[0])}")
