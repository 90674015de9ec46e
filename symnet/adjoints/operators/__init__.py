"""The table of operators, one module for each kind. Importing this package fills it.

To add an operator, write its record in the module of its kind (or a new one, imported here): nothing else changes,
and the tests run over the table.
"""

from symnet.adjoints.operators import (
    arithmetic,
    composites,
    elementwise,
    indices,
    kinks,
    leaves,
    matrices,
    multilinear,
    normalize,
    products,
    reductions,
    softmax,
    tensors,
    windows,
)

__all__ = [
    "arithmetic",
    "composites",
    "elementwise",
    "indices",
    "kinks",
    "leaves",
    "matrices",
    "multilinear",
    "normalize",
    "products",
    "reductions",
    "softmax",
    "tensors",
    "windows",
]
