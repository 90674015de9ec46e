"""Affine subspaces given by equations: forms that vanish are solved for one input each and put in everywhere.

solved   pivot input → its form in the free inputs
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from symnet.relu.budget import Tick, unlimited
from symnet.relu.circuits import Linear, wire


@dataclass(frozen=True)
class Subspace:
    """{x : x_pivot = solved[pivot](x) for every pivot}."""

    solved: Mapping[int, Linear] = field(default_factory=dict)

    def reduced(self, z: Linear) -> Linear:
        """The form on the subspace, without pivots."""
        result = Linear({i: a for i, a in z.terms.items() if i not in self.solved})
        for i in z.terms.keys() & self.solved.keys():
            result += z.terms[i] * self.solved[i]
        return result

    def where_zero(self, forms: Iterable[Linear], tick: Tick = unlimited) -> "Subspace":
        """The part of the subspace on which the forms vanish. One that the others exclude stays behind, not solved."""
        here = self
        for form in forms:
            tick()
            z = here.reduced(form)
            if z.constant is None:
                pivot = max(z.terms)
                here = here._with(pivot, Fraction(-1) / z.terms[pivot] * z + wire(pivot))
        return here

    def _with(self, pivot: int, form: Linear) -> "Subspace":
        single = Subspace({pivot: form})
        solved = {i: single.reduced(f) if pivot in f.terms else f for i, f in self.solved.items()}
        return Subspace({**solved, pivot: form})

    def coordinates(self, n: int) -> list[Linear]:
        """Each x_i as a form in the free inputs, numbered 1, 2, ... anew."""
        free = {i: k for k, i in enumerate((i for i in range(1, n + 1) if i not in self.solved), 1)}
        forms = [self.reduced(wire(i)) for i in range(1, n + 1)]
        return [Linear({free.get(i, 0): a for i, a in form.terms.items()}) for form in forms]
