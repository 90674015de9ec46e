"""Units, weights, biases and connections of every layer, as integers or closed forms, with the reason of each.

U, W, B, C   units, weights, biases, connections of a layer, or of the network
o_1, m_1     a side of the map that leaves conv1, pool1; in the full closed form each becomes one floor of H

Units of pooling layers and of the input are listed, and not added to the network's, as in the paper's table.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import sympy as sp

from symnet.counts import layout
from symnet.counts.architecture import Architecture
from symnet.counts.formulas import Total, chain
from symnet.counts.reach import Memory, Reach, memory, reaches, training_connections
from symnet.counts.rows import QUANTITIES, Counts, Row, measured, plain
from symnet.counts.rules import refers_to
from symnet.counts.sizes import Size, size
from symnet.derivation import Check, Derivation, Relation
from symnet.errors import InvalidInput, NotSupported
from symnet.joints import joined
from symnet.sizes import letter

if TYPE_CHECKING:
    from symnet.counts.conventions.tools import Reported


@dataclass(frozen=True)
class CountTable:
    """What `count` returns: a row for each layer, the totals, and why.

    architecture   the layers that were counted, if they were given as layers
    module         (torch module, its input shapes, a number for each letter), if it was read from torch
    notes          what every form of the table says below it: what it is of, what fell back to fixed numbers, and where
    required       conditions on letters that are not of one layer
    batch          how many examples the units, connections and operations are of
    unused         parameters of the module that no operation uses at test time, with their elements: in no row
    """

    title: str
    rows: tuple[Row, ...]
    architecture: Architecture | None = field(default=None, compare=False)
    module: Any = field(default=None, compare=False, repr=False)
    notes: tuple[str, ...] = ()
    required: tuple[Relation, ...] = ()
    batch: Any = 1
    unused: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Row:
        for row in self.rows:
            if row.name == name:
                return row
        raise InvalidInput(f"{self.title} has no layer {name!r}; it has {', '.join(row.name for row in self.rows)}")

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def shown(self) -> tuple[Row, ...]:
        """The rows that tables print: activations, sums and branches change no number in them."""
        return tuple(row for row in self.rows if row.shown)

    @cached_property
    def total(self) -> Counts:
        """Sums over the layers; units only of layers that compute (no input, no pools)."""
        return Counts(**{q: sp.Add(*(getattr(row, q) for row in self._summed(q))) for q in QUANTITIES})

    def _summed(self, quantity: str) -> list[Row]:
        return [r for r in self.rows if (r.counted if quantity == "units" else r.has(quantity))]

    def short_total(self, quantity: str) -> sp.Expr:
        """The total in named sides."""
        return sp.Add(*(row.short(quantity) for row in self._summed(quantity)))

    def share(self, quantity: str) -> dict[str, sp.Expr]:
        """Layer -> its exact share of the total, for the layers that have some."""
        total = getattr(self.total, quantity)
        return {r.name: getattr(r, quantity) / total for r in self._summed(quantity)}

    # ------------------------------------------------------------------ sides, letters, conditions
    @property
    def sides(self) -> Mapping[sp.Symbol, sp.Expr]:
        """o_1 -> its closed form in the sizes of the architecture: one floor, however many layers lie before it."""
        return self.rows[-1].sides if self.rows else {}

    def amount(self, quantity: str) -> sp.Expr:
        """The network's total of any quantity or operation by name: "unpadded", "bias additions", "activations", …"""
        return sp.Add(*(row.amount(quantity) for row in self._summed(quantity)))

    @cached_property
    def reach(self) -> Mapping[str, Reach]:
        """Layer -> receptive field and jump; ``.whole`` where a unit sees all of the input."""
        if self.architecture is None:
            raise NotSupported(f"{self.title}: receptive fields need a list of layers, not a graph of torch")
        return reaches(self.rows)

    @property
    def receptive_field(self) -> Any:
        """The largest side of the input that a unit sees before one sees all of it: 195 for AlexNet's pool5."""
        sides = [side for reach in self.reach.values() if not reach.whole for side in reach.field]
        return sp.Max(*sides) if sides else sp.S.Zero

    def memory(self, number_format: str = "float32") -> Memory:
        """Bytes of parameters, of activations, and of the largest layer, in float32, float16 or int8."""
        return memory(self.rows, self.total.parameters, number_format)

    @property
    def training_connections(self) -> sp.Expr:
        """Multiply-adds of a forward and a backward pass."""
        return training_connections(self.rows)

    @property
    def named_sizes(self) -> tuple[Relation, ...]:
        """o_1 = ⌊(H + 2p_1 − k_1)/s_1⌋ + 1, each side from the one before it."""
        relations = (step.relation for row in self.shown for step in row.steps)
        first: dict[Any, Relation] = {}  # where branches meet, a side is derived once on each
        for r in relations:
            if r.lhs in self.sides:
                first.setdefault(r.lhs, r)
        return tuple(first.values())

    @property
    def conditions(self) -> tuple[Relation, ...]:
        """What letters must satisfy for the network to exist: groups divide channels, kernels fit."""
        return tuple(dict.fromkeys((*(c for r in self.rows for c in r.conditions), *self.required)))

    @property
    def symbols(self) -> dict[sp.Symbol, str]:
        """Each letter that the formulas use, with its meaning."""
        legend: dict[sp.Symbol, str] = {}
        for row in self.rows:
            legend |= {s: meaning for s, meaning in row.legend.items() if s not in legend}
        return (
            legend
            if self.batch in legend or not isinstance(self.batch, sp.Symbol)
            else {self.batch: "examples in the batch", **legend}
        )

    # ------------------------------------------------------------------ derivation and printing
    @cached_property
    def derivation(self) -> Derivation:
        """The totals, and a step for each layer and quantity with its reason."""
        steps = tuple(step for row in self.shown for step in row.steps)
        return Derivation(f"Counts of {self.title}", tuple(self._total_of(q) for q in QUANTITIES), steps)

    def _total_of(self, quantity: str) -> Relation:
        head = sp.Symbol(QUANTITIES[quantity])
        value = getattr(self.total, quantity)
        if value.is_Integer:
            return chain(head, Total(tuple(row.short(quantity) for row in self._summed(quantity))), value)
        named = Total(tuple(letter(f"{head}_{row.name}") for row in self._summed(quantity)))
        short = self.short_total(quantity)
        return chain(head, named, *([short] if len(short.as_ordered_terms()) < 4 else []))

    @joined
    def check(self, device: str = "auto") -> tuple[Check, ...]:
        """Build the network in torch and compare every number; letters are tried at several sizes."""
        ...

    def as_reported_by(self, tool: str) -> "Reported":
        """The total that ``tool`` prints for this network, as a sum of named terms: "fvcore", "thop", "torchinfo", …"""
        from symnet.counts.conventions.tools import reported

        return reported(self, tool)

    def latex(self) -> str:
        return layout.tabular(self)

    def to_csv(self) -> str:
        return layout.csv(self)

    def to_json(self) -> dict[str, Any]:
        return {
            "title": self.title,
            "batch": plain(sp.sympify(self.batch, strict=True)),
            "rows": [row.to_json() for row in self.rows],
            "total": self.total.to_json(),
            "named_sizes": [r.to_json() for r in self.named_sizes],
            "conditions": [r.to_json() for r in self.conditions],
            "notes": list(self.notes),
            "unused": {name: plain(sp.sympify(n, strict=True)) for name, n in self.unused.items()},
            "symbols": {s.name: meaning for s, meaning in self.symbols.items()},
            "derivation": self.derivation.to_json(),
        }

    def _repr_latex_(self) -> str:
        return self.latex()

    def _repr_html_(self) -> str:
        return layout.html(self)

    def __str__(self) -> str:
        return layout.text(self)


# ---------------------------------------------------------------------- count
def count(architecture: Architecture, sides: Mapping[sp.Symbol, sp.Expr] | None = None, batch: Size = 1) -> CountTable:
    """Units, weights, biases and connections of every layer.

    architecture   named layers whose sizes are numbers or letters; a torch module is for `symnet.count`
    sides          names of sides to keep where they fit, from another table's ``.sides``
    batch          a number of examples, or a letter for it: units, connections and activation memory are of so many

    Raises InvalidInput, naming the layer, where groups do not divide channels or a kernel does not fit.
    """
    if not isinstance(architecture, Architecture):
        raise InvalidInput(
            f"count needs an Architecture of named layers, or (torch module, shape), not {type(architecture).__name__}"
        )
    closed, taken, shape, rows, left = dict(sides or {}), architecture.symbols, (), [], {}
    for name, layer in architecture.layers:
        rows.append(measured(name, layer, shape, closed, taken, tuple(left[other] for other in refers_to(layer))))
        shape = left[name] = rows[-1].leaves
    return of_batch(CountTable(architecture.name, tuple(rows), architecture), batch)


def of_batch(table: CountTable, batch: Any) -> CountTable:
    """The same table for ``batch`` examples."""
    batch = size(batch, "the batch")
    if batch == 1:
        return table
    rows = tuple(replace(row, batch=batch) for row in table.rows)
    return replace(table, title=f"{table.title}, a batch of {batch}", rows=rows, batch=batch)
