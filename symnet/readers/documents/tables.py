r"""The cells of Markdown tables and of tabulars, each with its row's label and its column's heading."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

from symnet.readers.documents.macros import closing
from symnet.readers.documents.spans import line_starts, spans


@dataclass(frozen=True)
class Cell:
    """``table`` is where the whole table begins and ends; ``nth`` counts rows of the same label."""

    table: tuple[int, int]
    start: int
    text: str
    row: str
    head: str
    nth: int


Cells = list[tuple[str, int]]


def cells(text: str) -> Iterator[Cell]:
    """Every cell; the first of its row and those of the first row are labels, with neither row nor heading."""
    yield from _pipe_tables(text)
    for span in spans(text, _TABULAR, lambda m: rf"\\end\{{{re.escape(m[1])}\}}"):
        start = _after_columns(text, span.start, span.end)
        yield from _labelled(list(_tabular_rows(text[start : span.end], start)), span.whole)


_TABULAR = re.compile(r"\\begin\{(tabular[x*]?|longtable\*?)\}")


def _after_columns(text: str, at: int, end: int) -> int:
    r"""After the arguments of \begin{tabular}[t]{@{}lr@{}}."""
    while at < end and text[at] in "[{ ":
        stop = text.find("]", at) + 1 if text[at] == "[" else closing(text, at) if text[at] == "{" else at + 1
        if not at < stop <= end:
            break
        at = stop
    return at


def _pipe_tables(text: str) -> Iterator[Cell]:
    """A line with pipes, a line of dashes, and the lines with pipes below them."""
    lines = text.split("\n")
    offsets = line_starts(text)
    i = 0
    while i + 1 < len(lines):
        if "|" not in lines[i] or not is_rule(lines[i + 1]):
            i += 1
            continue
        end = i + 2
        while end < len(lines) and "|" in lines[end]:
            end += 1
        rows = [_pipe_cells(lines[k], offsets[k]) for k in (i, *range(i + 2, end))]
        yield from _labelled(rows, (offsets[i], offsets[end] if end < len(offsets) else len(text)))
        i = end


def is_rule(line: str) -> bool:
    """The dashes below the headings of a Markdown table."""
    return "-" in line and "|" in line and set(line) <= set(" \t:|-")


def _pipe_cells(line: str, start: int) -> Cells:
    r"""Cells between pipes; a pipe inside of $ … $ or after a backslash separates nothing."""
    cells: Cells = []
    begun, in_math = 0, False
    for i, c in enumerate(line):
        if c == "$" and line[i - 1 : i] != "\\":
            in_math = not in_math
        if c == "|" and not in_math and line[i - 1 : i] != "\\":
            cells.append((line[begun:i], start + begun))
            begun = i + 1
    cells.append((line[begun:], start + begun))
    if not cells[0][0].strip():
        cells = cells[1:]
    return cells[:-1] if cells and not cells[-1][0].strip() else cells


def _tabular_rows(body: str, start: int) -> Iterator[Cells]:
    at = 0
    for piece in re.split(r"(\\\\(?:\[[^\]]*\])?)", body):
        if not piece.startswith("\\\\") and _RULES.sub("", piece).strip():
            cells: Cells = []
            begun = 0
            for mark in [*re.finditer(r"(?<!\\)&", piece), None]:
                end = mark.start() if mark else len(piece)
                cells.append((piece[begun:end], start + at + begun))
                begun = end + 1
            yield cells
        at += len(piece)


_RULES = re.compile(r"\\(?:hline|toprule|midrule|bottomrule|centering|cline\{[^}]*\})")


def _labelled(rows: list[Cells], table: tuple[int, int]) -> Iterator[Cell]:
    """Each cell below the headings and beside the labels with its row's label, its column's heading, and the label's
    occurrence."""
    heads = [words(cell) for cell, _ in rows[0]] if rows else []
    labels = [*rows[:1], *(row[:1] for row in rows[1:])]
    yield from (Cell(table, start, cell, "", "", 0) for row in labels for cell, start in row)
    seen: dict[str, int] = {}
    for row in rows[1:]:
        label = words(row[0][0]) if row else ""
        seen[label] = seen.get(label, 0) + 1
        for (cell, start), head in zip_longest(row[1:], heads[1 : len(row)], fillvalue=""):
            yield Cell(table, start, cell, label, head or "?", seen[label])


def words(cell: str) -> str:
    """The plain words of a cell."""
    cell = _RULES.sub(" ", cell[:2000])
    cell = re.sub(r"\\(?:textbf|textit|text|emph|mathrm)\{([^{}]*)\}", r"\1", cell)
    return " ".join(re.sub(r"[*_#`$\\]+", " ", cell).split())
