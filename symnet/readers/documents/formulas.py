r"""The formulas of a Markdown or LaTeX file, each with its place; macros are expanded, nothing is read or run.

Formula    its LaTeX after expansion, where it stands (line and column from 1), and in a table its row and head
Document   formulas, what was refused (\input and the like), and what the document is to be compared with

    ```symnet            or in LaTeX comments      % symnet: against counts alexnet
    against counts alexnet                         % symnet: against model seed=ones
    against model seed=ones                        % symnet: x, b, c : n
    x, b, c : n
    ```
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from pathlib import Path

from symnet.errors import InvalidInput
from symnet.readers.documents.code import without_code, without_comments
from symnet.readers.documents.files import decoded, notebook
from symnet.readers.documents.hidden import WHY as MAY_BE_HIDDEN
from symnet.readers.documents.hidden import hidden
from symnet.readers.documents.macros import Scopes, expanded, macros_in
from symnet.readers.documents.spans import PART, Span, blanked, line_starts, spans
from symnet.readers.documents.tables import Cell, cells, is_rule
from symnet.readers.relations import SIGN, UNICODE

BYTES, FORMULAS = 4_000_000, 20_000


@dataclass(frozen=True)
class Formula:
    """``offsets[i]`` is where character i of ``latex`` came from; ``row`` and ``head`` label a table's cell."""

    latex: str
    start: int
    offsets: tuple[int, ...]
    line: int
    column: int
    row: str = ""
    head: str = ""
    nth: int = 0

    @property
    def in_table(self) -> bool:
        return bool(self.head)


@dataclass(frozen=True)
class Refused:
    """What was not followed, because it would read or run something, or could not be, because it is never closed."""

    what: str
    line: int
    column: int
    why: str = "commands that read or run something are not followed"


@dataclass(frozen=True)
class Block:
    """What a document says of itself, to be compared with."""

    text: str
    line: int


@dataclass(frozen=True)
class Document:
    """A text with its formulas, what was refused, and what it is to be compared with.

    more      how many formulas it has beyond those that are read
    blocks    what it says it is to be compared with
    notes     what a marker should know of it, with the line: macros that give a sign of mathematics another look
    cells     of a notebook, where each cell begins: (line, the cell's number)
    """

    name: str
    text: str
    formulas: tuple[Formula, ...]
    refused: tuple[Refused, ...]
    blocks: tuple[Block, ...] = ()
    more: int = 0
    notes: tuple[tuple[int, str], ...] = ()
    cells: tuple[tuple[int, int], ...] = ()

    @property
    def against(self) -> tuple[str, ...]:
        """The texts of the blocks."""
        return tuple(block.text for block in self.blocks)

    @cached_property
    def _starts(self) -> list[int]:
        return line_starts(self.text)

    def place(self, formula: Formula, at: int) -> tuple[int, int]:
        """Line and column of character ``at`` of a formula's LaTeX."""
        offset = formula.offsets[min(at, len(formula.offsets) - 1)] if formula.offsets else formula.start
        return place(self._starts, offset)

    def where(self, line: int) -> str:
        """A line in words, as the reader of the file counts."""
        cell, within = self.cell(line)
        return f"cell {cell}, line {within}" if cell else f"line {line}"

    def cell(self, line: int) -> tuple[int, int]:
        """The notebook's cell, 0 where there is none, and the line within it."""
        n = bisect_right(self.cells, (line, len(self.text))) - 1
        return (self.cells[n][1], line - self.cells[n][0] + 1) if n >= 0 else (0, line)


def place(starts: Sequence[int], offset: int) -> tuple[int, int]:
    """Line and column, from 1, of an offset."""
    line = bisect_right(starts, offset)
    return line, offset - starts[line - 1] + 1


def read_file(path: str | Path) -> Document:
    """A file as a document; `InvalidInput` where it is missing, too large or not text. Of a notebook, its Markdown."""
    return read_bytes(path, bytes_of(path))


def bytes_of(path: str | Path) -> bytes:
    """What a file holds, and of what has no end no more than shows that it is too large. A pipe is empty after it."""
    try:
        with open(path, "rb") as file:
            return file.read(BYTES + 1)
    except OSError as error:
        raise InvalidInput(f"cannot read '{path}': {error.strerror or error}") from None


def read_bytes(path: str | Path, data: bytes) -> Document:
    """The document in the bytes of a file; its name says whether it is LaTeX, Markdown or a notebook."""
    path = Path(path)
    if len(data) > BYTES:
        raise InvalidInput(f"'{path}' is larger than {BYTES // 1_000_000} MB; an answer is split into several files")
    text = decoded(data, str(path))
    if path.suffix.lower() == ".ipynb":
        text, begins = notebook(text, str(path))
        return replace(read_document(text, str(path), latex=False), cells=begins)
    return read_document(text, str(path), latex=path.suffix.lower() in (".tex", ".ltx", ".latex"))


def read_document(text: str, name: str = "", latex: bool | None = None) -> Document:
    r"""The formulas of a text; it is taken for LaTeX if it has \documentclass or \begin{document}."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if latex is None:
        latex = r"\begin{document}" in text or r"\documentclass" in text
    masked, blocks = _without_blocks(text)
    masked = without_comments(masked) if latex else without_code(masked)
    if not latex and PART not in text and _is_formula(masked):
        masked, text = f"$${masked}$$", f"$${text}$$"  # a formula alone
        shift = 2
    else:
        shift = 0
    starts = line_starts(text[shift:] if shift else text)

    def where(at: int) -> tuple[int, int]:
        return place(starts, max(at - shift, 0))

    macros, masked = macros_in(masked)
    refused = [Refused(m[0], *where(m.start())) for m in islice(_REFUSED.finditer(masked), FORMULAS)]
    refused += [Refused(what, *where(at), why) for at, what, why in _unfollowed(macros)]
    found = _Found(_REFUSED.sub(_blank, masked), masked, macros, starts, shift, latex)
    every = found.formulas()
    formulas = tuple(islice(every, FORMULAS))
    more = sum(1 for _ in every)
    refused += [Refused(opener, *where(at), _UNCLOSED[opener[:1] in "$\\`"]) for at, opener in found.lone]
    may_be_hidden = islice(hidden(masked, found.outside, latex), FORMULAS) if formulas else ()
    refused += [Refused(what, *where(at), MAY_BE_HIDDEN) for at, what in may_be_hidden]
    notes = tuple((where(at)[0], said) for at, said in macros.changes())
    text = text[shift : len(text) - shift] if shift else text
    return Document(name, text, formulas, tuple(refused), blocks, more, notes)


def _is_formula(text: str) -> bool:
    """Nothing in it opens a formula, and there is no table: it is a formula itself."""
    opens = any(m.lastgroup for m in _LATEX.finditer(text)) or re.search(r"\\\\[])]|```|:math:`|\{math\}`", text)
    return not opens and not any(map(is_rule, text.split("\n")))


def _unfollowed(macros: Scopes) -> Iterator[tuple[int, str, str]]:
    """Macros whose body opens a formula, and signs with another meaning: what they put on the page is not seen here."""
    yield from macros.others
    for at, name, body in macros.bodies:
        if any(m.lastgroup for m in _LATEX.finditer(body)):
            yield at, name, "a macro that begins or holds a formula is not followed; write the formula out"


# ---------------------------------------------------------------------- what is not mathematics
_REFUSED = re.compile(
    r"\\(?:input|include|includeonly|subfile|import|write18|immediate|openin|openout|read|write|catcode|csname|"
    r"directlua|ShellEscape|lstinputlisting|verbatiminput|everyeof|usepackage\s*\{\s*shellesc)(?![A-Za-z])"
    r"(?:[^\n$\\{}]*\\endcsname|(?:[ \t]*(?:\[[^\]\n]*\]|\{[^{}\n]*\}))+|(?:\\?[^\s\\${}]+|[ \t]+[^\s\\${}]+))?"
)


def _blank(match: re.Match[str]) -> str:
    """Spaces of the same length, so that places stay."""
    return re.sub(r"[^\n]", " ", match[0])


def _without_blocks(text: str) -> tuple[str, tuple[Block, ...]]:
    """The text without its symnet blocks, and what they say."""
    fences = list(spans(text, _BLOCK, lambda _: r"^```[ \t]*$"))
    starts = line_starts(text)
    written = [(place(starts, b.start)[0], text[b.start : b.end]) for b in fences]
    comments = list(re.finditer(r"^[ \t]*%[ \t]*symnet:[ \t]?(.*)$", text, re.MULTILINE))
    if comments:
        written.append((place(starts, comments[0].start())[0], "\n".join(m[1] for m in comments)))
    parts = (
        Block(part.strip(), line) for line, said in written for part in re.split(r"^(?=against\b)", said, flags=re.M)
    )
    return blanked(text, iter(fences)), tuple(block for block in parts if block.text)


_BLOCK = re.compile(r"^```symnet[ \t]*\n", re.MULTILINE)


# ---------------------------------------------------------------------- formulas
_ENVIRONMENTS = (
    "equation|align|alignat|xalignat|xxalignat|gather|multline|eqnarray|IEEEeqnarray|displaymath|math|flalign|dmath|"
    "dgroup|darray|empheq|mathpar|aligned|gathered|split"
)
_LATEX = re.compile(
    rf"\\\\|\\\$|(?P<two>\$\$)|(?P<square>\\\[)|(?P<round>\\\()"
    rf"|\\begin\{{(?P<name>{_ENVIRONMENTS})(?P<star>\*?)\}}|(?P<one>\$)"
)
_MARKDOWN = re.compile(
    r"(?P<twice>\\\\(?:\(|\[(?!-?[\d.]+[a-z]{2}\])))|(?P<fence>^[ ]{0,3}```[ \t]*\{?math\}?[ \t]*$)|(?P<tick>\$`)"
    rf"|(?P<role>(?::math:|\{{math\}})`)|{_LATEX.pattern}",
    re.MULTILINE,
)
_PAIRED = r"(?<!\\)(?:\\\\)*\$"  # a dollar after a line's end is one, after a backslash none
_CLOSERS = {
    "two": rf"{_PAIRED}\$", "square": r"\\\]", "round": r"\\\)", "tick": r"`\$", "role": "`", "fence": r"^[ ]{0,3}```",
    "one": rf"{_PAIRED}|(?P<stop>\n[ \t]*\n)",
}  # fmt: skip
# As pandoc has it: a dollar before a digit closes nothing, and one after a space opens what it touches.
_IN_MARKDOWN = rf"(?P<stop>\n[ \t]*\n|(?<!\\)\$(?=\d)|(?<=\s)\$(?=[^\s.,;:!?)]))|{_PAIRED}"


def _math(text: str, latex: bool, unclosed: list[int] | None = None) -> Iterator[Span]:
    r"""Displayed and inline mathematics; in Markdown also \\( … \\), which stands for \( … \)."""

    def closer(m: re.Match[str]) -> str:
        kind = m.lastgroup or ""
        if m["name"]:
            return rf"\\end\{{{m['name']}{re.escape(m['star'])}\}}"
        if kind == "twice":
            return r"\\\\\)" if m[0].endswith("(") else r"\\\\\]"
        return _IN_MARKDOWN if kind == "one" and not latex else _CLOSERS.get(kind, "")

    opener = _LATEX if latex else _MARKDOWN
    return (span for span in spans(text, opener, closer, unclosed) if span.opener.lastgroup)


@dataclass
class _Found:
    """The formulas of a text, its tables' cells first; ``lone`` are what opens a formula that has no end.

    shown    the text with what is not followed: in a formula it is what cannot be read
    outside  the text without its formulas, once they are found
    """

    text: str
    shown: str
    macros: Scopes
    starts: list[int]
    shift: int
    latex: bool
    lone: list[tuple[int, str]] = field(default_factory=list)
    found: int = 0
    outside: str = ""

    def formulas(self) -> Iterator[Formula]:
        """Each with its macros expanded and its place."""
        tables = list(cells(self.text))
        for cell in tables:
            yield from self._cell(cell)
        text = blanked(self.text, sorted({cell.table for cell in tables}))
        unclosed: list[int] = []
        read: list[tuple[int, int]] = []
        for span in _math(text, self.latex, unclosed):
            start, end = span.whole if span.opener["name"] else (span.start, span.end)
            read.append(span.whole)
            yield self._formula(self.shown[start:end], start)
        self.outside = blanked(text, read)
        self.lone += [(at, opener) for at in unclosed[:FORMULAS] if (opener := self._lone(self.outside, at))]

    def _lone(self, outside: str, at: int) -> str:
        """What opens at ``at`` without an end; "" for a dollar in Markdown that may be money: no relation is
        in its paragraph outside of formulas."""
        opener = outside[at : at + 20].split("\n")[0]
        if not opener.startswith(("$", r"\\(", r"\\[")) or opener.startswith("$$") or (self.latex and opener[0] == "$"):
            return opener if opener[0] in "$`" or opener.startswith((r"\[", r"\(", r"\begin")) else ""
        begin = max(outside.rfind("\n\n", max(at - NEAR, 0), at), at - NEAR, 0)
        end = outside.find("\n\n", at, at + NEAR)
        return opener if SIGN.search(outside, begin, end if end >= 0 else at + NEAR) else ""

    def _formula(self, latex: str, start: int, cell: Cell | None = None) -> Formula:
        self.found += 1
        if self.found > FORMULAS:  # it is counted, no more
            return _BEYOND
        at = start - self.shift
        macros = self.macros.at(start)
        text, offsets = expanded(latex, at, macros if latex.isascii() else {**UNICODE, **macros})
        lead = len(latex) - len(latex.lstrip())
        line, column = place(self.starts, max(at + lead, 0))
        label = (cell.row, cell.head, cell.nth) if cell else ("", "", 0)
        return Formula(text, at, offsets, line, column, *label)

    def _cell(self, cell: Cell) -> Iterator[Formula]:
        """The formulas between dollars in a cell; without dollars, a cell that is a number or a calculation."""
        if not _SAYS.search(cell.text):
            return
        unclosed: list[int] = []
        found = list(_math(cell.text, self.latex, unclosed))
        for span in found:
            start, end = cell.start + span.start, cell.start + span.end
            yield self._formula(self.shown[start:end], start, cell)
        outside = blanked(cell.text, [span.whole for span in found])
        self.lone += [(cell.start + at, cell.text[at : at + 20]) for at in unclosed if SIGN.search(outside)]
        bare = cell.text.strip()
        if found or not cell.head or not any(c.isdigit() for c in bare):
            return
        written = re.sub(r"(?<=\d)(\s*)x(\s*)(?=\d)", r"\1×\2", bare)
        start = cell.start + len(cell.text) - len(cell.text.lstrip())
        if _CALCULATION.fullmatch(bare[:LONGEST_CELL]):
            yield self._formula(written, start, cell)
        elif "=" in outside and not unclosed:
            self.lone.append((start, bare[:LONGEST_CELL]))


_UNCLOSED = ("it is no plain calculation; write it between dollars", "this formula is never closed")
_SAYS = re.compile(r"[\d$`\\]")  # what a cell with a formula has in it
_BEYOND = Formula("", 0, (), 0, 0)
NEAR = 1000  # characters of a paragraph, before and after
_CALCULATION = re.compile(r"(?:[\d\s.,×x*+=()·/-]|\{,\}|\\(?:times|cdot|,))+")
LONGEST_CELL = 400
