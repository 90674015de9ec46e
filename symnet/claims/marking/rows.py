r"""The row of an align, a gather, … in which a character stands, as it was written."""

import re

from symnet.readers.latex.words import ROWS

_ENDS = re.compile(r"\\(?P<way>begin|end)\{(?P<name>\w+)\*?\}|\\\\(?:\[[^\]\n]*\])?")


def row_at(latex: str, at: int) -> tuple[int, int]:
    """Where it begins and ends; rows of a matrix or of cases are within a row, and none of their own."""
    inside: list[str] = []
    begin = 0
    for m in _ENDS.finditer(latex):
        if m["way"] == "begin":
            inside.append(m["name"])
        elif m["way"] == "end":
            inside = inside[:-1]
        elif all(name in ROWS for name in inside):
            if m.start() > at:
                return begin, m.start()
            begin = m.end()
    return begin, len(latex)
