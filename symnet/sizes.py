"""Sizes that are letters: n in W : m n stands for any positive integer, and is the same letter wherever it stands."""

from functools import cache

import sympy as sp

ASSUMED = {"integer": True, "positive": True}
"""What SymPy may assume of such a letter, for readers that make several at once."""


@cache
def letter(name: str) -> sp.Symbol:
    """The size called ``name``. Paddings may be 0 too: no rule divides by a padding or asks for its sign."""
    return sp.Symbol(name, **ASSUMED)
