"""Conditions in prose: "If $x_1 > x_2$ then $y_1 = x_2$." claims the second under the first, and not the first."""

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import groupby

from symnet.audit.judge import Claim
from symnet.readers.documents import Formula

_BEFORE = re.compile(
    r"\b(if|when|whenever|where|for|assume|assuming|suppose|provided|case)\b[^.$\\]*[$(\\]*\s*$", re.IGNORECASE
)
_END = re.compile(r"[.!?](?=\s|$)|\n[ \t]*\n|\n[ \t]*[-*|]")
NEAR = 60  # characters between such a word and its condition, at most


def in_sentences(
    text: str, formulas: Sequence[Formula], readings: Callable[[Formula], list[list[Claim]]]
) -> tuple[dict[int, tuple[Claim, ...]], frozenset[int]]:
    """(where a formula starts -> the conditions of its sentence, where those conditions start)."""
    begins = [0, *(m.end() for m in _END.finditer(text))]
    presupposed: dict[int, tuple[Claim, ...]] = {}
    conditions: set[int] = set()
    written = (f for f in formulas if not f.in_table)
    for sentence, group in groupby(written, lambda f: bisect_right(begins, f.start)):
        within = list(group)
        begin = begins[sentence - 1]
        asked = [f for f in within if len(within) > 1 and _BEFORE.search(text[max(begin, f.start - NEAR) : f.start])]
        found = {f.start: claims for f in asked for claims in readings(f) if claims and all(map(_only, claims))}
        conditions |= found.keys()
        said = tuple(c for claims in found.values() for c in claims)
        presupposed |= {f.start: said for f in within if said and f.start not in found}
    return presupposed, frozenset(conditions)


def _only(claim: Claim) -> bool:
    return claim.is_condition
