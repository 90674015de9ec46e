"""A table of counts as LaTeX, HTML, CSV and text: one line for each layer, one for the network."""

import csv as csv_module
import io
from collections.abc import Sequence
from typing import Protocol

import sympy as sp

from symnet import notation
from symnet.counts.rows import Counts, Row
from symnet.derivation import Relation
from symnet.notation import Medium

HEADINGS = ("layer", "output", "units", "weights", "biases", "connections")


class Counted(Protocol):
    """What is printed of a network's counts."""

    @property
    def title(self) -> str: ...

    @property
    def shown(self) -> Sequence[Row]: ...

    @property
    def total(self) -> Counts: ...

    @property
    def named_sizes(self) -> Sequence[Relation]: ...

    @property
    def conditions(self) -> Sequence[Relation]: ...

    @property
    def notes(self) -> Sequence[str]: ...

    def short_total(self, quantity: str) -> sp.Expr: ...


def cells(table: Counted, medium: Medium) -> list[list[str]]:
    """The body in named sides: layer, output shape, then the four quantities; an empty cell where there is none."""
    body = []
    for row in table.shown:
        shape = notation.Shape(row.leaves).written(medium)
        body.append([row.name, shape, *(_cell(row, q, medium) for q in HEADINGS[2:])])
    return body


def _cell(row: Row, quantity: str, medium: Medium) -> str:
    if not row.has(quantity):
        return ""
    value = row.short(quantity)
    return notation.write(value if isinstance(value, int) else row.product(quantity), medium)


def totals(table: Counted, medium: Medium) -> list[str]:
    """The last line; the sum of many closed forms is too long for a cell, and stands in the column above it."""
    values = [table.short_total(q) for q in HEADINGS[2:]]
    return ["total", "", *(notation.write(v, medium) if len(v.as_ordered_terms()) < 3 else "" for v in values)]


def tabular(table: Counted) -> str:
    r"""A plain ``tabular`` with the sides and the conditions below it."""
    lines = [" & ".join(HEADINGS) + r" \\ \hline"]
    for name, *rest in [*cells(table, "latex"), totals(table, "latex")]:
        lines.append(" & ".join([notation.escape(name), *(f"${cell}$" if cell else "" for cell in rest)]) + r" \\")
    body = "\n".join(["\\begin{tabular}{llrrrr}", *lines, "\\end{tabular}"])
    below = [", ".join(f"${r.latex()}$" for r in relations) for relations in (table.named_sizes, table.conditions)]
    return "\n\n".join([body, *filter(None, below), *map(notation.escape, table.notes)])


_PAGE = """<b>{{ title }}</b><table><tr>{% for cell in head %}<th>{{ cell }}</th>{% endfor %}</tr>
{%- for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}</table>
{%- for line in below %}<div>{{ line }}</div>{% endfor %}"""


def html(table: Counted) -> str:
    """A table for a notebook; names are text, whatever is in them."""
    from jinja2 import Environment  # loads only when asked

    below = [*(r.text() for r in (*table.named_sizes, *table.conditions)), *table.notes]
    rows = [*cells(table, "text"), totals(table, "text")]
    page = Environment(autoescape=True).from_string(_PAGE)
    return page.render(title=table.title, head=HEADINGS, rows=rows, below=below)


def csv(table: Counted) -> str:
    """Comma-separated values, a line for each layer, for the total, and for each note; numbers without separators."""
    out = io.StringIO()
    writer = csv_module.writer(out, lineterminator="\n")
    writer.writerow(HEADINGS)
    for row in table.shown:
        shape = "x".join(str(side) for side in row.output_shape)
        writer.writerow([row.name, shape, *(str(getattr(row, q)) for q in HEADINGS[2:])])
    writer.writerow(["total", "", *(str(getattr(table.total, q)) for q in HEADINGS[2:])])
    writer.writerows([f"note: {note}", *([""] * (len(HEADINGS) - 1))] for note in table.notes)
    return out.getvalue()


def text(table: Counted) -> str:
    """Aligned columns of Unicode text."""
    lines = [list(HEADINGS), *cells(table, "text"), totals(table, "text")]
    widths = [max(len(line[i]) for line in lines) for i in range(len(HEADINGS))]
    aligned = ["  ".join([*_left(line, widths), *_right(line, widths)]).rstrip() for line in lines]
    below = (*(r.text() for r in (*table.named_sizes, *table.conditions)), *table.notes)
    return "\n".join([table.title, *aligned, *below])


def _left(line: list[str], widths: list[int]) -> list[str]:
    return [cell.ljust(width) for cell, width in zip(line[:2], widths[:2], strict=True)]


def _right(line: list[str], widths: list[int]) -> list[str]:
    return [cell.rjust(width) for cell, width in zip(line[2:], widths[2:], strict=True)]
