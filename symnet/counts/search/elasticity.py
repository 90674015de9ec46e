"""How much a size matters: elasticities, bounds on what a change can save, and where a change breaks even.

E(x) = ∂ ln N / ∂ ln x = Σ_layers (N_layer/N) · e_layer(x)      e: the exponent of x in the layer's formula
1 % more of x gives E(x) % more of N. Each formula is a product, so its exponent is read off, and N is a sum of shares.
Sizes that move a side (resolution, kernel, stride, padding) act in steps: for these take differences, not derivatives.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sympy as sp

from symnet.counts.architecture import Architecture
from symnet.counts.formulas import Total, chain
from symnet.counts.rows import QUANTITIES, Row
from symnet.counts.sizes import evaluate
from symnet.counts.table import CountTable, count
from symnet.derivation import Relation
from symnet.errors import InvalidInput
from symnet.sizes import letter


@dataclass(frozen=True)
class Elasticity:
    """What 1 % more of ``size`` does to ``quantity``, in per cent.

    exponents   layer -> exponent of the size in the layer's formula, for the layers that have it
    value       the exact number
    """

    size: sp.Symbol
    quantity: str
    exponents: Mapping[str, Any]
    value: sp.Rational

    @property
    def relation(self) -> Relation:
        """E = (W_conv1 + W_conv2)/W = 0.0056, in the layers' quantities."""
        N = QUANTITIES[self.quantity]
        terms = [sp.sympify(e, strict=True) * letter(f"{N}_{layer}") for layer, e in self.exponents.items()]
        closed = sp.Add(*terms) / sp.Symbol(N)
        return chain(letter(f"E_{self.size.name}"), closed, sp.Float(float(self.value), 4))


def elasticities(architecture: Architecture, quantity: str = "weights") -> dict[str, Elasticity]:
    """Letter -> its elasticity, for the widths and groups of a network of numbers; largest first.

    Raises InvalidInput for letters without numbers, and for a quantity that is not a sum over layers.
    """
    if quantity not in QUANTITIES:
        raise InvalidInput(f"elasticities are of {', '.join(QUANTITIES)}, not of {quantity!r}")
    if architecture.symbols:
        raise InvalidInput(f"{architecture.name}: elasticities need numbers; use .at({{letter: number}})")
    table = count(architecture.symbolic(everything=False))
    numbers = _numbers(table)
    found = [_elasticity(table, s, quantity, numbers) for s in _smooth(table)]
    return {e.size.name: e for e in sorted(found, key=lambda e: -abs(e.value)) if e.exponents}


def _numbers(table: CountTable) -> dict[sp.Symbol, Any]:
    """Each letter with its number, named sides too."""
    assert table.architecture is not None
    sizes = dict(table.architecture.sizes)
    return sizes | {s: evaluate(side, sizes) for s, side in table.sides.items()}


def _smooth(table: CountTable) -> list[sp.Symbol]:
    """Letters in which the counts are differentiable: those of no side; the classes and input are what they are."""
    assert table.architecture is not None
    stepping = {s for side in table.sides.values() for s in side.free_symbols}
    last = next(row for row in reversed(table.rows) if row.has("weights"))
    given = {*table.rows[0].leaves, last.leaves[0 if len(last.leaves) == 3 else -1]}
    return sorted(table.architecture.symbols - stepping - given, key=str)


def _elasticity(table: CountTable, s: sp.Symbol, quantity: str, numbers: Mapping[Any, Any]) -> Elasticity:
    rows = [row for row in table.rows if (row.counted if quantity == "units" else row.has(quantity))]
    exponents = {row.name: e for row in rows if (e := _exponent(row, s, quantity)) != 0}
    amounts = {row.name: evaluate(sp.sympify(row.short(quantity), strict=True), numbers) for row in rows}
    total = sum(amounts.values())
    value = (
        sum(sp.Rational(amounts[n]) * evaluate(sp.sympify(e, strict=True), numbers) for n, e in exponents.items())
        / total
    )
    return Elasticity(s, quantity, exponents, sp.Rational(value))


def _exponent(row: Row, s: sp.Symbol, quantity: str) -> Any:
    """x f'(x)/f(x), factor by factor."""
    factors = [sp.sympify(f, strict=True) for f in row.product(quantity).factors]
    return sp.Add(*(sp.cancel(s * sp.diff(f, s) / f) for f in factors if f.has(s)))


# ---------------------------------------------------------------------- bounds
@dataclass(frozen=True)
class Bound:
    """A change of these layers that leaves all others as they are saves at most this share, exactly."""

    layers: tuple[str, ...]
    kind: str
    quantity: str
    share: sp.Expr

    @property
    def words(self) -> str:
        percent = f"{float(100 * self.share):.2f} %" if self.share.is_number else str(self.share)
        return (
            f"a change to {self.kind} that leaves all other layers as they are saves at most {percent} "
            f"of the {self.quantity}"
        )

    def relation(self) -> Relation:
        """(W_conv1 + …)/W = share."""
        N = QUANTITIES[self.quantity]
        return chain(Total(tuple(letter(f"{N}_{name}") for name in self.layers)), self.share * sp.Symbol(N))


def bound(table: CountTable, names: Iterable[str], quantity: str = "weights", kind: str = "") -> Bound:
    """What a change of the named layers alone can save at most: their share."""
    names = tuple(names)
    total = getattr(table.total, quantity)
    return Bound(names, kind or ", ".join(names), quantity, sp.Add(*(table[n].amount(quantity) for n in names)) / total)


def bounds(table: CountTable, quantity: str = "weights") -> tuple[Bound, ...]:
    """One bound for each kind of layer, largest share first."""
    kinds: dict[str, list[str]] = {}
    for row in table.rows:
        if row.has(quantity) and (quantity != "units" or row.counted):
            kinds.setdefault(row.kind, []).append(row.name)
    found = (bound(table, names, quantity, f"each {kind}") for kind, names in kinds.items())
    return tuple(sorted(found, key=lambda b: -float(b.share) if b.share.is_number else 0.0))
