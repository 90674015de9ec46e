"""Which count a table's cell claims: the row's label names a layer, the column's heading a quantity.

"Convolution Layer 2" is conv2; "Fully Connected Layer 1" is the first fully connected layer whatever its name; "Pooling
Layer", said three times, is the first, second and third pool; "Output Layer" is the last layer.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from symnet.readers.documents.formulas import Formula


@dataclass(frozen=True)
class Kind:
    """``words`` in a label say that a layer is of the kinds whose noun or name matches ``layers``."""

    words: str
    layers: str


KINDS = (
    Kind(r"\binput\b", r"\binput"),
    Kind(r"\boutput\b|\bclassifier\b", r"$output"),
    Kind(r"\bpool", r"pool"),
    Kind(r"\bconv", r"conv"),
    Kind(r"fully|\bfc|\bdense\b|\blinear\b|\baffine\b", r"\bfc|linear|full|dense"),
    Kind(r"\btotal\b|\bsum\b|\ball\b|\bnetwork\b", r"$total"),
)
QUANTITIES = (
    (r"unit|neuron|activation", "U"),
    (r"connection|multiply|\bmacs?\b|mult-?add", "C"),
    (r"bias", "B"),
    (r"parameter|\bparams?\b", "P"),
    (r"weight", "W"),
)


def quantity(head: str) -> str | None:
    """U, W, B, P or C, from a column's heading."""
    return next((letter for pattern, letter in QUANTITIES if re.search(pattern, head.lower())), None)


def counted(formula: Formula, layers: Any) -> str | None:
    """The name of the count that a cell states, as in W_conv2; None where label or heading name none."""
    letter = quantity(formula.head)
    if letter is None or layers is None:
        return None
    row = layer(formula.row, formula.nth, list(layers))
    if row == "total":
        return letter
    return f"{letter}_{row}" if row else None


def layer(label: str, nth: int, rows: Sequence[Any]) -> str | None:
    """The layer that a label names."""
    said = label.lower()
    exact = [row.name for row in rows if row.name.lower() == re.sub(r"[\s_-]+", "", said)]
    if exact:
        return exact[0]
    kind = next((k for k in KINDS if re.search(k.words, said)), None)
    if kind is None or kind.layers == "$total":
        return "total" if kind else None
    if kind.layers == "$output":
        return rows[-1].name
    alike = [row.name for row in rows if re.search(kind.layers, f"{row.kind} {row.name}".lower())]
    return _numbered(said, nth, alike)


def _numbered(said: str, nth: int, alike: list[str]) -> str | None:
    number = re.search(r"\d+", said)
    if number is None:
        return alike[nth - 1] if nth <= len(alike) else None
    named = [name for name in alike if re.search(rf"(?<!\d){number[0]}$", name)]
    if named:
        return named[0]
    place = int(number[0]) - 1
    return alike[place] if 0 <= place < len(alike) else None
