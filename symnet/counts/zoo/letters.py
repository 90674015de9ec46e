"""Sizes of a network of the zoo: letters where they are wished, numbers where not, the same network either way.

A convolution that keeps the sides of its map has the kernel 2p + 1 for its padding p: then branches of any p meet in
equal shapes, and nothing has to be assumed. Layers with one role in one stage share their letters.
"""

from dataclasses import dataclass, field
from typing import Any

import sympy as sp

from symnet.counts.sizes import Size, size
from symnet.sizes import letter


@dataclass(frozen=True)
class Sizes:
    """``sizes("c_1", 64)`` is 64, or the letter c₁ with its number kept in ``numbers``."""

    symbolic: bool
    numbers: dict[sp.Symbol, int] = field(default_factory=dict)

    def __call__(self, name: str, given: Size) -> Any:
        value = size(given, name, 0)
        if not self.symbolic or not isinstance(value, int):
            return value
        self.numbers[letter(name)] = value
        return letter(name)

    def same(self, name: str, kernel: int) -> dict[str, Any]:
        """Kernel and padding of a convolution that keeps the sides: 2p + 1 and p."""
        p = self(name, kernel // 2)
        return {"kernel": 2 * p + 1, "padding": p}
