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
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path

from symnet.errors import InvalidInput
from symnet.readers.macros import Macros, expanded, macros_in
from symnet.readers.spans import Span, blanked, line_starts, spans
from symnet.readers.tables import Cell, cells, is_rule

BYTES, FORMULAS = 4_000_000, 5000


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
class Document:
    """A text with its formulas, what was refused, and what it is to be compared with."""

    name: str
    text: str
    formulas: tuple[Formula, ...]
    refused: tuple[Refused, ...]
    against: tuple[str, ...]

    @cached_property
    def _starts(self) -> list[int]:
        return line_starts(self.text)

    def place(self, formula: Formula, at: int) -> tuple[int, int]:
        """Line and column of character ``at`` of a formula's LaTeX."""
        offset = formula.offsets[min(at, len(formula.offsets) - 1)] if formula.offsets else formula.start
        return place(self._starts, offset)


def place(starts: Sequence[int], offset: int) -> tuple[int, int]:
    """Line and column, from 1, of an offset."""
    line = bisect_right(starts, offset)
    return line, offset - starts[line - 1] + 1


def read_file(path: str | Path) -> Document:
    """A file as a document; `InvalidInput` where it is missing, too large or not text."""
    path = Path(path)
    try:
        if path.stat().st_size > BYTES:
            raise InvalidInput(
                f"'{path}' is larger than {BYTES // 1_000_000} MB; an answer is split into several files"
            )
        text = path.read_bytes().decode("utf-8-sig", errors="replace")
    except OSError as error:
        raise InvalidInput(f"cannot read '{path}': {error.strerror or error}") from None
    return read_document(text, str(path), latex=path.suffix.lower() in (".tex", ".ltx", ".latex"))


def read_document(text: str, name: str = "", latex: bool | None = None) -> Document:
    r"""The formulas of a text; it is taken for LaTeX if it has \documentclass or \begin{document}."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if latex is None:
        latex = r"\begin{document}" in text or r"\documentclass" in text
    masked, against = _without_directives(text)
    masked = _without_comments(masked) if latex else _without_code(masked)
    if not latex and _is_formula(masked):
        masked, text = f"$${masked}$$", f"$${text}$$"  # a formula alone
        shift = 2
    else:
        shift = 0
    macros, masked = macros_in(masked)
    starts = line_starts(text[shift:] if shift else text)
    refused = [Refused(m[0], *place(starts, m.start() - shift)) for m in islice(_REFUSED.finditer(masked), FORMULAS)]
    unclosed: list[int] = []
    formulas = tuple(islice(_formulas(_REFUSED.sub(_blank, masked), macros, starts, shift, unclosed), FORMULAS))
    for at in unclosed[:FORMULAS]:
        shown = masked[at : at + 20].split("\n")[0]
        refused.append(Refused(shown, *place(starts, max(at - shift, 0)), "this formula is never closed"))
    return Document(name, text[shift : len(text) - shift] if shift else text, formulas, tuple(refused), against)


def _is_formula(text: str) -> bool:
    """Nothing in it opens a formula, and there is no table: it is a formula itself."""
    return not any(m.lastgroup for m in _OPEN.finditer(text)) and not any(map(is_rule, text.split("\n")))


# ---------------------------------------------------------------------- what is not mathematics
_REFUSED = re.compile(
    r"\\(?:input|include|includeonly|subfile|import|write18|immediate|openin|openout|read|write|catcode|csname|"
    r"directlua|ShellEscape|lstinputlisting|verbatiminput|everyeof|usepackage\s*\{\s*shellesc)(?![A-Za-z])[^\n]*"
)


def _blank(match: re.Match[str]) -> str:
    """Spaces of the same length, so that places stay."""
    return re.sub(r"[^\n]", " ", match[0])


def _without_directives(text: str) -> tuple[str, tuple[str, ...]]:
    """The text without its symnet blocks, and their contents."""
    blocks = list(spans(text, _BLOCK, lambda _: r"^```[ \t]*$"))
    found = [text[b.start : b.end] for b in blocks]
    comments = re.findall(r"^[ \t]*%[ \t]*symnet:[ \t]?(.*)$", text, re.MULTILINE)
    if comments:
        found.append("\n".join(comments))
    parts = (part.strip() for block in found for part in re.split(r"^(?=against\b)", block, flags=re.MULTILINE))
    return blanked(text, iter(blocks)), tuple(part for part in parts if part)


_BLOCK = re.compile(r"^```symnet[ \t]*\n", re.MULTILINE)
_CODE = re.compile(r"^(?P<fence>```|~~~)|<!--|(?<!`)`(?![`\n])", re.MULTILINE)
_VERBATIM = re.compile(r"\\begin\{(verbatim|lstlisting|minted|comment|tikzpicture|filecontents)\*?\}")


def _without_code(text: str) -> str:
    ends = {"```": r"^```[ \t]*$", "~~~": r"^~~~[ \t]*$", "<!--": "-->", "`": r"`|(?P<stop>\n[ \t]*\n)"}
    return blanked(text, spans(text, _CODE, lambda m: ends[m[0]]))


def _without_comments(text: str) -> str:
    text = re.sub(r"(?<!\\)%[^\n]*", _blank, text)
    return blanked(text, spans(text, _VERBATIM, lambda m: rf"\\end\{{{m[1]}\*?\}}"))


# ---------------------------------------------------------------------- formulas
_ENVIRONMENTS = "equation|align|alignat|gather|multline|eqnarray|displaymath|math|flalign|dmath"
_OPEN = re.compile(
    rf"\\\\|\\\$|(?P<two>\$\$)|(?P<square>\\\[)|(?P<round>\\\()|\\begin\{{(?P<name>{_ENVIRONMENTS})(?P<star>\*?)\}}|(?P<one>\$)"
)
_CLOSERS = {"two": r"\$\$", "square": r"\\\]", "round": r"\\\)", "one": r"(?<!\\)\$|(?P<stop>\n[ \t]*\n)"}


def _math(text: str, unclosed: list[int] | None = None) -> Iterator[Span]:
    """Displayed and inline mathematics."""

    def closer(m: re.Match[str]) -> str:
        if m["name"]:
            return rf"\\end\{{{m['name']}{re.escape(m['star'])}\}}"
        return _CLOSERS.get(m.lastgroup or "", r"(?P<stop>)")

    yield from spans(text, _OPEN, closer, unclosed)


def _formulas(text: str, macros: Macros, starts: list[int], shift: int, unclosed: list[int]) -> Iterator[Formula]:
    tables = list(cells(text))
    for cell in tables:
        yield from _cell(cell, macros, starts, shift)
    text = blanked(text, sorted({cell.table for cell in tables}))
    displays: list[int] = []
    for span in _math(text, displays):
        start, end = span.whole if span.opener["name"] else (span.start, span.end)
        yield _formula(text[start:end], start, macros, starts, shift)
    unclosed += [at for at in displays if text.startswith((r"\[", "$$", r"\begin"), at)]


def _formula(
    latex: str, start: int, macros: Macros, starts: list[int], shift: int, cell: Cell | None = None
) -> Formula:
    text, offsets = expanded(latex, start - shift, macros)
    lead = len(latex) - len(latex.lstrip())
    line, column = place(starts, max(start - shift + lead, 0))
    label = (cell.row, cell.head, cell.nth) if cell else ("", "", 0)
    return Formula(text, start - shift, offsets, line, column, *label)


def _cell(cell: Cell, macros: Macros, starts: list[int], shift: int) -> Iterator[Formula]:
    """The formulas between dollars in a cell; without dollars, a cell that is a number or a calculation."""
    found = list(_math(cell.text))
    for span in found:
        yield _formula(cell.text[span.start : span.end], cell.start + span.start, macros, starts, shift, cell)
    bare = cell.text.strip()
    if not found and _CALCULATION.fullmatch(bare[:LONGEST_CELL]) and any(c.isdigit() for c in bare):
        written = re.sub(r"(?<=\d)(\s*)x(\s*)(?=\d)", r"\1×\2", bare)
        start = len(cell.text) - len(cell.text.lstrip())
        yield _formula(written, cell.start + start, macros, starts, shift, cell)


_CALCULATION = re.compile(r"(?:[\d\s.,×x*+=()·-]|\{,\}|\\(?:times|cdot|,))+")
LONGEST_CELL = 400
