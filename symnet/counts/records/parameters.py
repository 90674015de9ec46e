"""Parameters that no layer of the table holds: learned tokens, scales, positions; for readers."""

from dataclasses import dataclass
from typing import Any, ClassVar

from symnet.counts.rules import Rule
from symnet.sizes import letter


@dataclass(frozen=True)
class FreeParameter:
    """A tensor of ``elements`` learned numbers that is added, multiplied or put beside others: weights."""

    elements: Any
    rule: ClassVar[Rule] = Rule(
        "parameter",
        fields={"elements": (letter("P"),)},
        weights=(letter("P"),),
        reasons={"weights": ("every number in the tensor is learned",)},
    )


@dataclass(frozen=True)
class FixedNumber:
    """Connections that were counted at one size, by running the operation, since there is no formula for it here."""

    connections: Any
    rule: ClassVar[Rule] = Rule(
        "operation without a formula",
        fields={"connections": (letter("X"),)},
        neurons=True,
        connections=(letter("X"),),
        reasons={"connections": ("as torch's counter has it at this size; not a closed form",)},
    )


@dataclass(frozen=True)
class Contraction:
    """Sums of products of entries, so many products in all: tensordot, an einsum of two tensors; for readers."""

    connections: Any
    rule: ClassVar[Rule] = Rule(
        "sums of products",
        fields={"connections": (letter("X"),)},
        neurons=True,
        connections=(letter("X"),),
        reasons={"connections": ("one for each choice of the indices of both tensors",)},
    )
