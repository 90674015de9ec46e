"""One layer's counts: integers or closed forms, each with its formula and its reason.

U, W, B, C   units, weights, biases, connections of a layer
o_1, m_1     a side of the map that leaves conv1, pool1; in the full closed form each becomes one floor of H
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sympy as sp

from symnet.counts.architecture import letters_of
from symnet.counts.formulas import Product, Taps, Windows, chain
from symnet.counts.rules import EACH, MEANING, Shape, When
from symnet.counts.shapes import arriving, base, conditions, named_sides, number_of, output
from symnet.counts.sizes import evaluate
from symnet.derivation import Relation, Step
from symnet.sizes import letter

QUANTITIES = {"units": "U", "weights": "W", "biases": "B", "connections": "C"}
OPERATIONS = (
    "bias additions", "activations", "normalisations", "response normalisations", "poolings", "adaptive poolings",
    "additions", "multiplications", "softmax",
)  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One layer's counts.

    values     the letters of its rule -> their values here, named sides (o_1) standing for their floors
    arrives    the shape that arrives, leaves: the shape that leaves, both in named sides
    sides      named side -> its closed form in the sizes of the architecture
    repeats    how often one example goes through it: frames of a film that share a layer
    batch      how many examples go through it: what is not a parameter is counted for all of them
    shared     "weights" or "biases" that an earlier layer has counted already
    """

    name: str
    layer: Any
    values: Mapping[sp.Symbol, Any]
    arrives: Shape
    leaves: Shape
    sides: Mapping[sp.Symbol, sp.Expr]
    conditions: tuple[Relation, ...] = ()
    shared: frozenset[str] = frozenset()
    repeats: Any = 1
    batch: Any = 1

    @property
    def kind(self) -> str:
        return self.layer.rule.noun

    @property
    def counted(self) -> bool:
        """Whether its outputs are units of the network."""
        return self.layer.rule.neurons

    @property
    def output_shape(self) -> Shape:
        """The shape that leaves, in the sizes of the architecture alone."""
        return tuple(self._full(side) for side in self.leaves)

    @property
    def units(self) -> sp.Expr:
        return self._full(self.short("units"))

    @property
    def weights(self) -> sp.Expr:
        return self._full(self.short("weights"))

    @property
    def biases(self) -> sp.Expr:
        return self._full(self.short("biases"))

    @property
    def connections(self) -> sp.Expr:
        return self._full(self.short("connections"))

    @property
    def unpadded(self) -> sp.Expr:
        """The connections that meet real input: taps on padding are left out."""
        return self._full(self.short("unpadded"))

    @property
    def parameters(self) -> sp.Expr:
        return self.weights + self.biases

    def amount(self, quantity: str) -> sp.Expr:
        """Any quantity or operation by name: "connections", "unpadded", "bias additions", "activations", …"""
        return self._full(self.short(quantity))

    @property
    def shown(self) -> bool:
        """Whether tables list it: it computes, has parameters, or changes the shape."""
        return not self.layer.rule.silent

    @property
    def inputs(self) -> sp.Expr:
        """How many numbers arrive."""
        return self._full(Product((self.batch, self.repeats, *self.arrives)).value)

    def short(self, quantity: str) -> int | sp.Expr:
        """The quantity in named sides, so that it fits a page: k_2**2*c_1*c_2*o_2**2/g_2."""
        return self.product(quantity).value if self.has(quantity) else 0

    def product(self, quantity: str) -> Product:
        """The quantity as the product of its factors here, 5 × 5 × 48 × 256 or k_2²·(c_1/g_2)·c_2, for printing."""
        factors = self.factors(quantity)
        found = self.leaves if quantity == "units" or factors == EACH else self._at(factors)
        return Product((*self._again(quantity), *found))

    def _again(self, quantity: str) -> tuple[Any, ...]:
        """How often it is done with the same parameters: for each example of a batch, for each frame of a film."""
        return () if quantity in ("weights", "biases") else tuple(n for n in (self.batch, self.repeats) if n != 1)

    def has(self, quantity: str) -> bool:
        """Whether there is any of it: pools have no weights, some layers no biases."""
        return quantity == "units" or bool(self.factors(quantity))

    def factors(self, quantity: str) -> tuple[Any, ...]:
        """The quantity's factors in the letters of the rule; units are what leaves, number by number."""
        rule = self.layer.rule
        if quantity in self.shared:
            return ()
        if quantity == "units":
            return rule.gives or rule.output or rule.sees
        if quantity == "weights":
            return () if getattr(self.layer, "tied", "") else rule.weights
        if quantity == "biases":
            return rule.biases if getattr(self.layer, "bias", True) else ()
        if quantity == "bias additions":
            return rule.operations.get(quantity, EACH if rule.connections else ()) if self.factors("biases") else ()
        if quantity == "unpadded":
            return rule.unpadded or rule.connections
        return rule.connections if quantity == "connections" else rule.operations.get(quantity, ())

    def _full(self, side: Any) -> Any:
        return sp.sympify(side, strict=True).xreplace(self.sides)

    # ------------------------------------------------------------------ in words and formulas
    @cached_property
    def formulas(self) -> dict[str, Relation]:
        """Quantity -> W_conv2 = k²·(c_in/g)·c_out = 5 × 5 × 48 × 256 = 307,200, for each quantity that it has."""
        return {q: self._formula(q) for q in QUANTITIES if self.has(q)}

    def _formula(self, quantity: str) -> Relation:
        here = self.product(quantity)
        head = letter(f"{QUANTITIES[quantity]}_{self.name}")
        if not isinstance(here.value, int):
            return chain(head, here)
        in_letters = (*self._again(quantity), *(self._unpaired(f) for f in self.factors(quantity)))
        return chain(head, *([Product(in_letters)] if in_letters else []), here, here.value)

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """Steps for a flattened input and for the output's side, where there are any, and one for each quantity."""
        return (
            self._flattening()
            + self._side_steps()
            + tuple(
                Step(relation, self._because(quantity), f"{self.kind}: {quantity}")
                for quantity, relation in self.formulas.items()
            )
        )

    @property
    def taps(self) -> tuple[Relation, ...]:
        """What letters must satisfy for the closed form of ``unpadded``."""
        factors = (f.at(self.values) for f in self.layer.rule.unpadded if isinstance(f, Taps))
        return tuple(c for f in factors if isinstance(f.value, sp.Expr) for c in f.conditions)

    def _flattening(self) -> tuple[Step, ...]:
        """n_in = 256 × 6 × 6 = 9216 where a map arrives at a layer of vectors."""
        sees = self.layer.rule.sees
        if len(sees) != 1 or len(self.arrives) < 2:
            return ()
        relation = chain(sees[0], Product(self.arrives), self.values[sees[0]])
        return (Step(relation, "the map is flattened: every number in it is an input", f"{self.kind}: inputs"),)

    def _side_steps(self) -> tuple[Step, ...]:
        found: dict[Any, Relation] = {}
        for s, side, leaves in zip(self.layer.rule.gives, self.layer.rule.output or (), self.leaves, strict=False):
            if isinstance(side, Windows):
                found.setdefault(self._unpaired(s), self._side(self._unpaired(s), side.at(self.values), leaves))
        return tuple(Step(relation, _SLIDING, f"{self.kind}: side") for relation in found.values())

    def _side(self, s: sp.Symbol, windows: Windows, leaves: Any) -> Relation:
        """o = ⌊(224 + 2·2 − 11)/4⌋ + 1 = 55;  o_1 = ⌊…⌋ + 1 where the side gets its name;  o = ⌊…⌋ + 1 = o_1 after."""
        is_new = isinstance(leaves, sp.Symbol) and leaves not in sp.sympify(windows.h, strict=True).free_symbols
        return chain(leaves, windows) if is_new else chain(s, windows, leaves)

    def _at(self, factors: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(_at(f, self.values) for f in factors)

    def _unpaired(self, factor: Any) -> Any:
        """k in place of k_h and k_w where their values agree."""
        return sp.sympify(factor, strict=True).xreplace(self._single)

    @cached_property
    def _single(self) -> dict[sp.Symbol, sp.Symbol]:
        axes: dict[str, list[sp.Symbol]] = {}
        for s in self.values:
            if s.name.endswith(("_z", "_h", "_w")):
                axes.setdefault(base(s), []).append(s)
        same = [group for group in axes.values() if len({self.values[s] for s in group}) == 1]
        return {s: letter(base(s)) for group in same for s in group}

    def _because(self, quantity: str) -> tuple[Any, ...]:
        reason = self._said(self.layer.rule.reasons.get(quantity, ("one for each number that leaves",)))
        each = "" if self.batch == 1 or quantity in ("weights", "biases") else "; for each of "
        return (*reason, each, Product((self.batch,)), " examples") if each else reason

    def _said(self, words: tuple[Any, ...]) -> tuple[Any, ...]:
        said: list[Any] = []
        for part in words:
            if isinstance(part, When):
                said += () if self.values[part.unless_one] == 1 else self._said(part.words)
            elif isinstance(part, str):
                said.append(part)
            else:
                said.append(Product(self._at(part if isinstance(part, tuple) else (part,))))
        return tuple(said)

    @property
    def legend(self) -> dict[sp.Symbol, str]:
        """Each letter in the formulas, with its meaning: those of the sizes, or of the rule where sizes are numbers."""
        own: dict[sp.Symbol, list[str]] = {}
        for s, value in self.values.items():
            if isinstance(value, sp.Symbol):
                own.setdefault(value, []).append(MEANING[self._single.get(s, s)])
        if own:
            return {value: f"{' and '.join(dict.fromkeys(words))} of {self.name}" for value, words in own.items()}
        used = {
            s for q in QUANTITIES for factor in self.factors(q) for s in sp.sympify(factor, strict=True).free_symbols
        }
        return {self._single.get(s, s): MEANING[self._single.get(s, s)] for s in self.values if s in used}

    def to_json(self) -> dict[str, Any]:
        return {
            "layer": self.name,
            "kind": self.kind,
            "output_shape": [plain(side) for side in self.output_shape],
            "counted": self.counted,
            **{q: plain(getattr(self, q)) for q in QUANTITIES},
            "formulas": {q: relation.to_json() for q, relation in self.formulas.items()},
        }


def _at(factor: Any, values: Mapping[sp.Symbol, Any]) -> Any:
    if isinstance(factor, int):
        return factor
    return factor.at(values).value if isinstance(factor, Taps) else evaluate(sp.sympify(factor, strict=True), values)


_SLIDING = "windows slide over the padded input; a last one that would stick out is left out"


def plain(x: sp.Expr) -> int | str:
    """For JSON: a number, or a closed form as SymPy reads it back."""
    return int(x) if x.is_Integer else str(x)


@dataclass(frozen=True)
class Counts:
    """The network's totals."""

    units: sp.Expr
    weights: sp.Expr
    biases: sp.Expr
    connections: sp.Expr

    @property
    def parameters(self) -> sp.Expr:
        return self.weights + self.biases

    def to_json(self) -> dict[str, int | str]:
        return {q: plain(getattr(self, q)) for q in (*QUANTITIES, "parameters")}


def measured(
    name: str,
    layer: Any,
    arrives: Shape,
    closed: dict[sp.Symbol, Any],
    taken: Set[sp.Symbol] = frozenset(),
    others: tuple[Shape, ...] = (),
) -> Row:
    """The row of one layer, given the shapes that arrive. Long sides get names, which are entered into ``closed``."""
    rule, met = layer.rule, ()
    if rule.joins:
        arrives, met = rule.joins(name, arrives, others)
    values = letters_of(layer) | arriving(name, rule, arrives)
    met += conditions(name, rule, values)
    leaves = named_sides(rule, number_of(name), output(rule, values, arrives), closed, taken)
    values |= zip(rule.gives, leaves, strict=False)
    return Row(name, layer, values, arrives, leaves, closed, met)
