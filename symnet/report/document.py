"""What a report is made of: a title, sections, and a handful of kinds of block.

Blocks hold mathematics and prose as objects; how they look is decided in ``templates/`` alone, one branch per ``kind``.
A cell of a table is prose: a string is words, a tuple is words mixed with mathematics, anything else is mathematics.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from symnet.derivation import Check, Relation, Step
from symnet.notation import Prose

State = Literal["proved", "exact", "numeric", "refuted"]


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    parts: Prose
    kind: ClassVar = "text"


@dataclass(frozen=True)
class Display:
    """Relations below each other, aligned at their signs."""

    relations: tuple[Any, ...]
    kind: ClassVar = "display"


@dataclass(frozen=True)
class Steps:
    """Numbered steps with the rule at the right, the reason below, and one line for each contribution to a sum."""

    steps: tuple[Step, ...]
    kind: ClassVar = "steps"


@dataclass(frozen=True)
class Table:
    """``columns`` are (heading, alignment) with alignment l, r, c or p (a paragraph that takes the width left over).

    ``total`` is set below a rule; ``small`` prints smaller; ``tall`` gives rows room for fractions; a ``long`` one
    goes on over pages, with its headings on each.
    """

    columns: tuple[tuple[Prose, str], ...]
    rows: tuple[tuple[Any, ...], ...]
    caption: Prose = ""
    total: tuple[Any, ...] = ()
    small: bool = False
    tall: bool = False
    long: bool = False
    kind: ClassVar = "table"


@dataclass(frozen=True)
class Figure:
    """A drawing as TikZ source."""

    tikz: str
    caption: Prose
    kind: ClassVar = "figure"


@dataclass(frozen=True)
class Established:
    """One row of the summary: what is claimed, its state, what decided it, and where: an exact state at some sizes."""

    relation: Relation | Prose
    state: State
    how: Prose
    at: Prose = ""


@dataclass(frozen=True)
class Summary:
    """The first table of a report: equation, state, how checked."""

    rows: tuple[Established, ...]
    kind: ClassVar = "summary"


@dataclass(frozen=True)
class Evidence:
    """The checks as they ran, each with its evidence; long nested facts stay in the JSON of ``symnet check``."""

    checks: tuple[Check, ...]
    kind: ClassVar = "evidence"


@dataclass(frozen=True)
class Commands:
    """Shell commands, each with what it does; ``long`` ones are broken into lines."""

    lines: tuple[tuple[str, str], ...]
    long: bool = False
    kind: ClassVar = "commands"


Block = Text | Display | Steps | Table | Figure | Summary | Evidence | Commands


@dataclass(frozen=True)
class Section:
    """A heading and its blocks."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Report:
    """A whole report. ``command`` is the shell command that writes it again."""

    name: str
    title: str
    lead: Prose
    command: str
    sections: tuple[Section, ...]
    checks: tuple[Check, ...]
    """Every check that was run for it."""


def state_of(checks: Iterable[Check], exact: State = "exact") -> State:
    """What the checks together allow one to say: ``exact`` (or "proved"), only numeric, or refuted."""
    checks = tuple(checks)
    if not checks:
        raise ValueError("a state needs at least one check")
    if not all(check.passed for check in checks):
        return "refuted"
    return exact if any(check.kind == "exact" for check in checks) else "numeric"
