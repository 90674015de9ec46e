r"""LaTeX as people write it, to statements over declared names. What cannot be read is refused, never guessed.

    read_latex(r"\bar V = \bar r h^\top", symbols="V : n n\nr, h : n")

A text becomes tokens, groups, rows; each row is split at its relations, each side at its atoms; latex2sympy2 reads what
is left between the atoms. A reading is accepted only if printing it and reading that again gives the same statement.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import symnet.readers.latex_commands  # noqa: F401 - fills the table of commands
from symnet import notation
from symnet.derivation import Relation
from symnet.readers import latex_words as words
from symnet.readers.latex_atoms import Atoms
from symnet.readers.latex_names import word_of
from symnet.readers.latex_split import folded, rows_of
from symnet.readers.latex_symbols import Symbols, symbols
from symnet.readers.latex_term import Term
from symnet.readers.latex_tokens import Group, Item, Token, Unread, groups, tokens

__all__ = ["Statement", "Symbols", "Term", "Unread", "read_latex", "read_rows", "symbols"]


@dataclass(frozen=True)
class Statement:
    """``sides[0] signs[0] sides[1] …``; an expression alone has one side and no sign.

    at         column of each side            declared   what the names stood for when it was read
    """

    sides: tuple[Term, ...]
    signs: tuple[str, ...] = ()
    at: tuple[int, ...] = ()
    declared: Symbols = field(default=Symbols(), compare=False, repr=False)

    @property
    def relations(self) -> tuple[Relation, ...]:
        """The links of the chain, one relation each."""
        return tuple(Relation(a, sign, b) for a, sign, b in zip(self.sides, self.signs, self.sides[1:], strict=False))

    def sympy(self) -> Any:
        """A SymPy expression or relation; `NotSupported` for what SymPy has no form for."""
        from symnet.readers.latex_sympy import related

        return related(self.sides, self.signs, self.declared.shapes)

    def latex(self) -> str:
        return self._written("latex")

    def __str__(self) -> str:
        return self._written("text")

    def _written(self, medium: notation.Medium) -> str:
        pieces = [self.sides[0].written(medium)]
        for sign, side in zip(self.signs, self.sides[1:], strict=True):
            pieces += [notation.SIGNS[sign][medium == "text"], side.written(medium)]
        return " ".join(pieces)


class Statements(tuple[Statement, ...]):
    """What a formula says, one statement or several."""

    def sympy(self) -> Any:
        """Of one statement its SymPy form; of several, a tuple of theirs."""
        found = tuple(statement.sympy() for statement in self)
        return found[0] if len(found) == 1 else found


def read_latex(text: str, symbols: Any = None) -> Statements:
    r"""The statements in a formula: one, or one for each row of an ``aligned``; raises `Unread` with token and column.

    symbols   what the names stand for: "W : m n" lines, a mapping, names, or None to accept every name
    """
    declared = globals()["symbols"](symbols)
    found = Statements(replace(s, declared=declared) for s in _statements(text, declared))
    for statement in found:
        _confirm(statement, declared)
    return found


def read_rows(text: str, symbols: Any = None) -> tuple["Statement | Unread", ...]:
    """Like `read_latex`, with the refusal in the place of each statement that cannot be read."""
    declared = globals()["symbols"](symbols)
    found: list[Statement | Unread] = []
    for row in _rows(groups(_without_labels(tokens(text)))):
        try:
            statement = _statement(row, declared)
            _confirm(statement, declared)
        except Unread as error:
            found.append(error)
        else:
            found.append(statement)
    return tuple(found)


def _confirm(statement: Statement, declared: Symbols) -> None:
    """Printing and reading again must give the same: a reading that does not survive this was a guess."""
    printed = statement.latex()
    try:
        again = tuple(_statements(printed, declared))
    except Unread as error:
        raise Unread(f"read as {statement}, which cannot be read back ({error}); write it another way") from None
    if len(again) != 1 or (again[0].sides, again[0].signs) != (statement.sides, statement.signs):
        shown = "; ".join(map(str, again))
        raise Unread(f"read as {statement}, which reads back as {shown}; write it another way")


def rows(text: str) -> list[list[Item]]:
    """The items of each statement in a formula."""
    return _rows(groups(_without_labels(tokens(text))))


def side(items: list[Item], declared: Symbols, after: Item) -> Term:
    """One side of a relation; confirmed by reading what it prints."""
    (read,) = (statement := Statement((_side(folded(items), Atoms(declared), after),))).sides
    _confirm(statement, declared)
    return read


def _statements(text: str, declared: Symbols) -> list[Statement]:
    return [_statement(row, declared) for row in rows(text)]


def _without_labels(flat: list[Token]) -> list[Token]:
    r"""Without \label{…} and the like, and without the commands that only change the look."""
    kept: list[Token] = []
    i = 0
    while i < len(flat):
        if flat[i].text in words.IGNORED_WITH_ARGUMENT and i + 1 < len(flat) and flat[i + 1].text == "{":
            end = next((j for j in range(i, len(flat)) if flat[j].text == "}"), len(flat) - 1)
            i = end + 1
        elif flat[i].text in words.TRANSPARENT or flat[i].text in ("$", r"\[", r"\]", r"\(", r"\)"):
            i += 1
        else:
            kept.append(flat[i])
            i += 1
    return kept


# ---------------------------------------------------------------------- rows
def _rows(items: Sequence[Item]) -> list[list[Item]]:
    """Each statement's items: rows of aligned and the like, joined where one goes on with the one before."""
    rows: list[list[Item]] = []
    for item in _unwrapped(items):
        if isinstance(item, Group) and item.open.removeprefix("begin ") in words.ROWS:
            for row in rows_of(item):
                _enter([i for cell in row for i in cell], rows)
        else:
            rows += [] if rows and item is not items[0] else [[]]
            rows[-1].append(item)
    flat = [part for row in rows for part in _parts(row)]
    return [row for row in (_trimmed(r) for r in flat) if row]


def _unwrapped(items: Sequence[Item]) -> list[Item]:
    """Row environments within row environments, opened."""
    found: list[Item] = []
    for item in items:
        inside = item.items if isinstance(item, Group) and item.open.removeprefix("begin ") in words.ROWS else ()
        if any(isinstance(i, Group) and i.open.removeprefix("begin ") in words.ROWS for i in inside):
            found += _unwrapped(inside)
        else:
            found.append(item)
    return found


_GOES_ON = {*words.SIGNS, "+", "-", *words.TIMES, *words.DOTS, *words.HADAMARD}


def _enter(row: list[Item], rows: list[list[Item]]) -> None:
    if row and rows and rows[-1] and row[0].text in _GOES_ON:
        rows[-1] += row
    elif row:
        rows.append(list(row))


def _parts(row: list[Item]) -> list[list[Item]]:
    """Statements side by side: separated by a comma, an arrow or a word such as "if", each with a relation."""
    parts: list[list[Item]] = [[]]
    i = 0
    row = _without_quantifier(row)
    while i < len(row):
        item, (word, end) = row[i], word_of(row, i)
        if word is not None and word.strip(" ,.:;").lower() in words.BETWEEN:
            parts.append([])
            i = end
            continue
        if isinstance(item, Token) and item.text in {",", ";", *_ARROWS, "\\\\"}:
            parts.append([])
        else:
            parts[-1].append(item)
        i += 1
    parts = [p for p in parts if p]
    related = [any(isinstance(t, Token) and t.text in words.SIGNS for t in p) for p in parts]
    return parts if all(related) or len(parts) < 2 else [row]


def _without_quantifier(row: list[Item]) -> list[Item]:
    r"""Without \forall i, j at the end: a claim is for every value of its free indices anyway."""
    at = next((n for n, item in enumerate(row) if item.text == r"\forall"), len(row))
    letters = all(item.text in (",", ".") or getattr(item, "kind", "") == "letter" for item in row[at + 1 :])
    return row[:at] if 0 < at < len(row) - 1 and letters else row


_ARROWS = {r"\Rightarrow", r"\implies", r"\Longrightarrow", r"\iff", r"\Leftrightarrow", r"\Longleftrightarrow"}


def _trimmed(row: list[Item]) -> list[Item]:
    while row and row[-1].text in (".", ",", ";", ":"):
        row = row[:-1]
    return row


# ---------------------------------------------------------------------- one statement
def _statement(row: list[Item], declared: Symbols) -> Statement:
    atoms = Atoms(declared)
    parts: list[list[Item]] = [[]]
    signs: list[Item] = []
    for item in _without_units(folded(row), declared):
        if isinstance(item, Token) and item.text in words.SIGNS:
            signs.append(item)
            parts.append([])
        else:
            parts[-1].append(item)
    if signs and signs[-1].text == r"\in":
        return _membership(parts, signs, atoms)
    sides = tuple(
        _side(p, atoms, sign) for p, sign in zip(parts, [*signs[:1], *signs] if signs else [row[0]], strict=True)
    )
    starts = tuple(p[0].column - 1 if p else 0 for p in parts)
    return Statement(sides, tuple(words.SIGNS[s.text] for s in signs), starts)


def _side(items: list[Item], atoms: Atoms, sign: Item) -> Term:
    if not items:
        raise Unread("nothing stands beside it", sign.text, sign.column)
    return atoms.expression(items, sign)


def _membership(parts: list[list[Item]], signs: list[Item], atoms: Atoms) -> Statement:
    r"""c/g \in \mathbb{N}; other sets are declarations or beyond what is read."""
    texts = [t.text for t in parts[-1]]
    inside = parts[-1][1].items if len(parts[-1]) == 2 and isinstance(parts[-1][1], Group) else ()
    if len(signs) != 1 or texts[:1] != [r"\mathbb"] or [t.text for t in inside] != ["N"]:
        raise Unread(r"only membership in \mathbb{N} is read", signs[-1].text, signs[-1].column)
    return Statement((_side(parts[0], atoms, signs[0]), Term("set", name="N")), ("in",), (0, 0))


def _without_units(items: list[Item], declared: Symbols) -> list[Item]:
    r"""12 \text{ weights} without the words that were declared as units."""
    if not declared.units:
        return items
    kept: list[Item] = []
    i = 0
    while i < len(items):
        word, end = word_of(items, i)
        if word is not None and word.strip() in declared.units:
            i = end
        else:
            kept.append(items[i])
            i += 1
    return kept
