r"""LaTeX as people write it, to statements over declared names. What cannot be read is refused, never guessed.

    read_latex(r"\bar V = \bar r h^\top", symbols="V : n n\nr, h : n")

A text becomes tokens, groups, rows; each row is split at its relations, each side at its atoms; latex2sympy2 reads what
is left between the atoms. A reading is accepted only if printing it and reading that again gives the same statement.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import symnet.readers.latex.commands  # noqa: F401 - fills the table of commands
from symnet import notation
from symnet.derivation import Relation
from symnet.readers.latex import words as words
from symnet.readers.latex.atoms import Atoms
from symnet.readers.latex.names import word_of
from symnet.readers.latex.split import folded, rows_of
from symnet.readers.latex.symbols import Symbols, symbols
from symnet.readers.latex.term import Term
from symnet.readers.latex.tokens import Group, Item, Token, Unread, groups, tokens

__all__ = ["Statement", "Symbols", "Term", "Unread", "read_latex", "read_rows", "symbols"]


@dataclass(frozen=True)
class Statement:
    """``sides[0] signs[0] sides[1] …``; an expression alone has one side and no sign.

    at         column of each side            declared   what the names stood for when it was read
    role       "given" where it is presupposed, after "if"; "premise" before an arrow; "equivalent" beside \\iff
    """

    sides: tuple[Term, ...]
    signs: tuple[str, ...] = ()
    at: tuple[int, ...] = ()
    declared: Symbols = field(default=Symbols(), compare=False, repr=False)
    role: str = field(default="", compare=False)

    @property
    def relations(self) -> tuple[Relation, ...]:
        """The links of the chain, one relation each."""
        return tuple(Relation(a, sign, b) for a, sign, b in zip(self.sides, self.signs, self.sides[1:], strict=False))

    def sympy(self) -> Any:
        """A SymPy expression or relation; `NotSupported` for what SymPy has no form for."""
        from symnet.readers.latex.as_sympy import related

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
    """Like `read_latex`, with the refusal in the place of each statement that cannot be read.

    A chain with a name that nobody declared is read at the links that do without: P = 7 · 10 = 70 claims 7 · 10 = 70.
    """
    declared = globals()["symbols"](symbols)
    found: list[Statement | Unread] = []
    for row, role in _rows(groups(_without_labels(tokens(text)))):
        try:
            found.append(_confirmed(_statement(row, declared, role), declared))
        except Unread as error:
            found += [error, *(_known_links(row, declared, role) if error.undefined else ())]
    return tuple(found)


def _known_links(row: list[Item], declared: Symbols, role: str) -> list[Statement]:
    """The stretches of a chain between the sides that cannot be read."""
    atoms = Atoms(declared)
    parts, signs = _sides(row, declared)
    stretches: list[list[int]] = [[]]
    sides: dict[int, Term] = {}
    for n, (part, sign) in enumerate(zip(parts, [*signs[:1], *signs], strict=False)):
        try:
            sides[n] = _side(part, atoms, sign)
            stretches[-1].append(n)
        except Unread as error:
            if not error.undefined:
                return []
            stretches.append([])
    found = []
    for ns in (s for s in stretches if len(s) > 1):
        between = tuple(words.SIGNS[signs[n].text] for n in ns[:-1])
        starts = tuple(parts[n][0].column - 1 for n in ns)
        statement = Statement(tuple(sides[n] for n in ns), between, starts, role=role)
        if not {":=", "in"} & set(between):
            found.append(statement)
    try:
        return [_confirmed(s, declared) for s in found]
    except Unread:
        return []


def _confirmed(statement: Statement, declared: Symbols) -> Statement:
    _confirm(statement, declared)
    return statement


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
    return [row for row, _ in _rows(groups(_without_labels(tokens(text))))]


def side(items: list[Item], declared: Symbols, after: Item) -> Term:
    """One side of a relation; confirmed by reading what it prints."""
    (read,) = (statement := Statement((_side(folded(items), Atoms(declared), after),))).sides
    _confirm(statement, declared)
    return read


def _statements(text: str, declared: Symbols) -> list[Statement]:
    return [_statement(row, declared, role) for row, role in _rows(groups(_without_labels(tokens(text))))]


def _without_labels(flat: list[Token]) -> list[Token]:
    r"""Without \label{…} and the like, and without the commands that only change the look."""
    kept: list[Token] = []
    closes: dict[int, str] = {}  # where the brace of a labelled formula ends, and what its label hangs on
    i = 0
    while i < len(flat):
        token = flat[i]
        if token.text in words.IGNORED_WITH_ARGUMENT and i + 1 < len(flat) and flat[i + 1].text == "{":
            i = _brace_end(flat, i + 1)
            if i < len(flat) and token.text in (r"\hspace", r"\tag", r"\tag*"):
                flat[i] = replace(flat[i], wide=True)
        elif token.text in words.MARKED and i + 1 < len(flat) and flat[i + 1].text == "{":
            i = _marked(flat, i)
            if [t.text for t in flat[i : i + 3 : 2]] == ["{", "}"]:  # of \\stackrel{(1)}{=} the sign
                kept.append(flat[i + 1])
                i += 3
        elif token.text in words.LABELLED and i + 1 < len(flat) and flat[i + 1].text == "{":
            closes[_brace_end(flat, i + 1)] = words.LABELLED[token.text]
            i += 1
        elif token.text in words.TRANSPARENT or token.text in ("$", r"\[", r"\]", r"\(", r"\)"):
            i += 1
        else:
            kept.append(token)
            i += 1
        if i in closes and i + 1 < len(flat) and flat[i].text == closes.pop(i):
            i = _brace_end(flat, i + 1) if flat[i + 1].text == "{" else i + 2
    return kept


def _brace_end(flat: list[Token], i: int) -> int:
    """After the brace that closes the one at ``i``."""
    depth = 0
    for j in range(i, len(flat)):
        depth += {"{": 1, "}": -1}.get(flat[j].text, 0)
        if depth == 0:
            return j + 1
    return len(flat)


def _marked(flat: list[Token], i: int) -> int:
    r"""After the words in \overset{words}{formula}; a question mark there, or words below a \min, are no label."""
    end = _brace_end(flat, i + 1)
    label, about = flat[i + 2 : end - 1], flat[end : _brace_end(flat, end)] if end < len(flat) else []
    if any(t.text in ("?", "!") for t in label):
        raise Unread("a relation that is asked for or wished, and not claimed", flat[i].text, flat[i].column)
    if any(t.text in (*words.BIG, *words.EXTREMA, *words.UPRIGHT, r"\lim", r"\arg") for t in about):
        raise Unread("what stands below it is part of its meaning; write it with _", flat[i].text, flat[i].column)
    return end


# ---------------------------------------------------------------------- rows
Row = tuple[list[Item], str]  # the items of a statement, and its role


def _rows(items: Sequence[Item]) -> list[Row]:
    """Each statement's items: rows of aligned and the like, joined where one goes on with the one before."""
    rows: list[list[Item]] = []
    for item in _unwrapped(items):
        if isinstance(item, Group) and item.open.removeprefix("begin ") in words.ROWS:
            for row in rows_of(item):
                _enter(_of_cells(row), rows)
        else:
            rows += [] if rows and item is not items[0] else [[]]
            rows[-1].append(item)
    flat = [part for row in rows for part in _parts(_trimmed(row))]
    return [(row, role) for row, role in ((_trimmed(r), role) for r, role in flat) if row]


def _of_cells(row: list[list[Item]]) -> list[Item]:
    """A row's items; a bracket alone in its third column, or after &&, stands apart as an equation's number."""
    *before, last = row
    if len(before) > 1 and len(last) == 1 and isinstance(number := last[0], Group):
        last = [replace(number, spaced=True, wide=True)]
    return [item for cell in (*before, last) for item in cell]


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


def _parts(row: list[Item]) -> list[Row]:
    """Statements side by side: separated by a comma, an arrow, a word such as "if" or a gap, each with a relation."""
    row = _without_quantifier(row)
    for gaps in (True, False):
        parts = _roles(_pieces(row, gaps))
        if len(parts) < 2 or all(any(_is_sign(t) for t in p) for p, _ in parts):
            return parts
    return [(row, "")]


def _is_sign(item: Item) -> bool:
    return isinstance(item, Token) and item.text in words.SIGNS


def _pieces(row: list[Item], gaps: bool) -> list[tuple[str, list[Item]]]:
    """(what stood before it: a word, a comma or an arrow, the items up to the next)."""
    arrows = words.ARROWS if _arrows_join(row) else words.ARROWS - words.MAPS
    pieces: list[tuple[str, list[Item]]] = [("", [])]
    i = 0
    while i < len(row):
        item, (word, end) = row[i], word_of(row, i)
        said = word.strip(" ,.:;").lower() if word is not None else ""
        if word is not None and said in words.BETWEEN:
            pieces.append((said, []))
            i = end
            continue
        if isinstance(item, Token) and item.text in {",", ";", *arrows, "\\\\"}:
            pieces.append((item.text, []))
        elif gaps and item.wide and _ends(pieces[-1][1]) and item.text not in _GOES_ON:
            pieces.append((",", [item]))
        else:
            pieces[-1][1].append(item)
        i += 1
    return [(mark, p) for mark, p in pieces if p]


def _ends(items: list[Item]) -> bool:
    """A statement may end here."""
    return bool(items) and items[-1].text not in _GOES_ON


def _arrows_join(row: list[Item]) -> bool:
    """→ stands between equations; alone between two sides it may be an update, a map or a limit."""
    return any(_is_sign(t) and t.text not in words.MAPS for t in row)


def _roles(pieces: list[tuple[str, list[Item]]]) -> list[Row]:
    """What is presupposed: after "if", until "then", or until a comma where the formula begins so; before ⟹."""
    if any(mark in words.BOTH_WAYS for mark, _ in pieces):
        return [(p, "equivalent") for _, p in pieces]
    first_arrow = next((n for n, (mark, _) in enumerate(pieces) if mark in words.ARROWS), 0)
    rows: list[Row] = []
    role = ""
    for n, (mark, p) in enumerate(pieces):
        if mark in words.GIVING:
            role = "given"
        elif mark not in ("", "and") and (mark not in (",", ";") or not any(not r for _, r in rows)):
            role = ""
        rows.append((p, role or ("premise" if n < first_arrow else "")))
    return rows


def _without_quantifier(row: list[Item]) -> list[Item]:
    r"""Without \forall i, j at the end: a claim is for every value of its free indices anyway."""
    at = next((n for n, item in enumerate(row) if item.text == r"\forall"), len(row))
    letters = all(item.text in (",", ".") or getattr(item, "kind", "") == "letter" for item in row[at + 1 :])
    return row[:at] if 0 < at < len(row) - 1 and letters else row


def _trimmed(row: list[Item]) -> list[Item]:
    """Without what ends a sentence, and without the number of the equation, which a gap sets apart."""
    while row and (row[-1].text in (".", ",", ";", ":") or _is_number_of_equation(row)):
        row = row[:-1]
    return row[:-2] if len(row) > 2 and _is_number_in_words(*row[-2:]) else row


_EQUATION_NUMBER = re.compile(r"[A-Z]?\.?\d+(?:[.-]\d+)*[a-z]?'?|[ivxIVX]+|\*+")


def _is_number_in_words(command: Item, argument: Item) -> bool:
    r"""\quad \text{(2)}."""
    inside = argument.items if isinstance(argument, Group) and command.text in words.UPRIGHT and command.wide else ()
    number = inside[0] if len(inside) == 1 else None
    return isinstance(number, Group) and bool(_EQUATION_NUMBER.fullmatch("".join(t.text for t in number.items)))


def _is_number_of_equation(row: list[Item]) -> bool:
    *before, last = row
    if not before or not isinstance(last, Group) or last.open not in ("(", "[") or not last.spaced:
        return False
    inside = "".join(t.text for t in last.items)
    if not _EQUATION_NUMBER.fullmatch(inside):
        return False
    if last.wide:
        return True
    if inside.isdigit() and _ends(before) and getattr(before[-1], "kind", "") in ("number", "letter"):
        raise Unread(r"the number of the equation, or a factor? write \tag{…}, or \cdot before it", "(", last.column)
    return False


# ---------------------------------------------------------------------- one statement
def _sides(row: list[Item], declared: Symbols) -> tuple[list[list[Item]], list[Item]]:
    parts: list[list[Item]] = [[]]
    signs: list[Item] = []
    for item in _without_units(folded(row), declared):
        if _is_sign(item):
            signs.append(item)
            parts.append([])
        else:
            parts[-1].append(item)
    return parts, signs


def _statement(row: list[Item], declared: Symbols, role: str) -> Statement:
    atoms = Atoms(declared)
    parts, signs = _sides(row, declared)
    if signs and signs[-1].text == r"\in":
        return _membership(parts, signs, atoms)
    sides = tuple(
        _side(p, atoms, sign) for p, sign in zip(parts, [*signs[:1], *signs] if signs else [row[0]], strict=True)
    )
    starts = tuple(p[0].column - 1 if p else 0 for p in parts)
    if signs and signs[0].text in words.MAPS and not (len(signs) == 1 and _is_update(*sides)):
        raise Unread("an arrow: an update, a map or a limit? write :=, or \\implies", signs[0].text, signs[0].column)
    return Statement(sides, tuple(words.SIGNS[s.text] for s in signs), starts, role=role)


def _is_update(name: Term, value: Term) -> bool:
    """w → w - η g says what becomes of w."""
    return name.op == "name" and any(t == name for t in value.walk())


def _side(items: list[Item], atoms: Atoms, sign: Item) -> Term:
    if not items:
        raise Unread("nothing stands beside it", sign.text, sign.column)
    return atoms.expression(items, sign)


def _membership(parts: list[list[Item]], signs: list[Item], atoms: Atoms) -> Statement:
    r"""c/g \in \mathbb{N}; other sets are declarations or beyond what is read."""
    face, letter = parts[-1][:1], parts[-1][1:]
    inside = letter[0].items if len(letter) == 1 and isinstance(letter[0], Group) else letter  # \mathbb{N}, \mathbb N
    if len(signs) != 1 or [t.text for t in face] != [r"\mathbb"] or [t.text for t in inside] != ["N"]:
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
