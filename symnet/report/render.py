"""A report as LaTeX text: the document's blocks poured into the template.

The template is found beside the package (a checkout) or inside it (an installed wheel); its delimiters are
``<% … %>`` for statements and ``<< … >>`` for values, which LaTeX does not use.
"""

import math
import platform
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import jinja2
import sympy as sp

from symnet import notation
from symnet.derivation import Relation
from symnet.files import PACKAGE
from symnet.report.document import Report
from symnet.report.typeset import plain, typeset

_PLACES = (PACKAGE / "templates", PACKAGE.parent / "templates")


def latex(report: Report) -> str:
    """The whole document. The same report and the same versions give the same text."""
    return _environment().get_template("report.tex").render(report=report, versions=versions())


def versions() -> str:
    """The versions that a result depends on, on one line."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("SymPy", "NumPy", "torch"))
    return f"symnet {version('symnet')}, Python {platform.python_version()}, {packages}"


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([str(place) for place in _PLACES]),
        block_start_string="<%",
        block_end_string="%>",
        variable_start_string="<<",
        variable_end_string=">>",
        comment_start_string="<#",
        comment_end_string="#>",
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        autoescape=False,
    )
    environment.filters |= {
        "math": notation.latex,
        "prose": prose,
        "cell": cell,
        "words": words,
        "plain": _plain,
        "typed": typed,
    }
    environment.filters["summary_cell"] = summary_cell
    environment.globals |= {"rows_of": rows_of, "facts": facts}
    return environment


def prose(parts: notation.Prose) -> str:
    """A sentence in LaTeX, whatever signs stand in its words."""
    pieces = (parts,) if isinstance(parts, str) else parts
    return notation.prose(
        tuple(p for part in pieces for p in (typeset(part) if isinstance(part, str) else (part,))), "latex"
    )


def words(text: str) -> str:
    """Anybody's words in LaTeX, a name in any script among them."""
    return notation.prose(typeset(text), "latex")


def typed(command: str) -> str:
    """A command as it is typed: its quotes are straight."""
    return words(command).replace("'", r"\textquotesingle{}")


def _plain(text: str) -> str:
    """Words for the properties of the PDF, in ASCII."""
    return notation.escape(plain(text))


def cell(content: Any) -> str:
    """One cell of a table: words, words mixed with mathematics, or mathematics."""
    if isinstance(content, str | tuple):
        return prose(content)
    return f"${notation.latex(content)}$"


def summary_cell(content: Any) -> str:
    """A relation scaled to its column, or a sentence."""
    return prose(content) if isinstance(content, str | tuple) else rf"\fit{{{notation.latex(content)}}}"


def rows_of(relation: Relation) -> list[tuple[str, str, str]]:
    """(left, sign, right) rows of a relation: one, or several where a sum is too long for a line."""
    left, sign = notation.latex(relation.lhs), notation.SIGNS[relation.sign][0]
    right, after = relation.rhs, ""
    if isinstance(right, Relation):  # a = long sum = number
        after = rf" {notation.SIGNS[right.sign][0]} {notation.latex(right.rhs)}"
        right = right.lhs
    if not isinstance(right, sp.Add) or len(notation.text(relation)) < LINE:
        return [(left, sign, notation.latex(right) + after)]
    pieces = _lines(right)
    starts = [(left, sign), *[("", "")] * (len(pieces) - 1)]
    ends = [*[""] * (len(pieces) - 1), after]
    return [(*start, piece + end) for start, piece, end in zip(starts, pieces, ends, strict=True)]


LINE = 110  # characters of text that fit a line of the page at its full size


def _lines(total: sp.Add) -> list[str]:
    """The terms of a sum, as many to a line as fit; each line after the first begins with its sign."""
    lines: list[list[str]] = [[]]
    length = 0
    for i, term in enumerate(total.as_ordered_terms()):
        written, width = notation.latex(term), len(notation.text(term)) + 3
        if length + width > LINE and lines[-1]:
            lines.append([])
            length = 0
        lines[-1].append(written if written.startswith("-") or i == 0 else f"+ {written}")
        length += width
    return [" ".join(("{} " if i else "") + word for i, word in enumerate(line)) for line in lines]


def facts(evidence: Mapping[str, Any]) -> str:
    """Evidence in words: "max error: 3·10⁻¹⁶; seeds: 0, 1, 2"; what is long and nested is left to the JSON."""
    said = [(name, _value(value)) for name, value in evidence.items()]
    return "; ".join(f"{notation.escape(name.replace('_', ' '))}: {value}" for name, value in said if value)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"${notation.integer(value, 'latex')}$"
    if isinstance(value, float):
        return f"${_scientific(value)}$"
    if isinstance(value, Mapping):
        nested = any(isinstance(item, Mapping | list | tuple) for item in value.values())
        flat = ", ".join(f"{notation.escape(str(key))} {_value(item)}" for key, item in value.items())
        return "" if nested or len(value) > LONGEST else flat
    if isinstance(value, list | tuple):
        items = [_value(item) for item in value]
        return "" if len(items) > LONGEST or not all(items) else ", ".join(items) or "none"
    return notation.escape(str(value))


NOISE = 1e-9
LONGEST = 12  # items that evidence may list in a report


def _scientific(value: float) -> str:
    """Two significant digits, rounded up: an error is never printed smaller than it is.

    Below ``NOISE`` the digits are those of rounding, and differ from run to run: the next power of ten is printed.
    """
    if value == 0:
        return "0"
    exponent = math.floor(math.log10(abs(value)))
    if 0 < value < NOISE:
        return rf"\text{{below }} 10^{{{exponent + 1}}}"
    if -3 < exponent < 5:
        return f"{value:g}"
    digits = math.ceil(value / 10**exponent * 10) / 10
    factor = "" if digits == 1 else rf"{digits:g} \cdot "
    return rf"{factor}10^{{{exponent}}}"
