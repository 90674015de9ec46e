r"""``audit``: the claims of a text, read with the names of the key that knows them, and judged link by link.

audit(r"\bar V = h \bar r^\top", against=bp).findings[0].why
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Any

from symnet.claims.decision.budget import Limits
from symnet.claims.explanation.findings import Audit, Finding
from symnet.claims.marking.claim import Claim
from symnet.claims.marking.judge import Judge, tidy
from symnet.claims.marking.labels import counted
from symnet.claims.marking.rows import row_at
from symnet.claims.marking.sentences import in_sentences
from symnet.claims.marking.wanted import stated, wanted
from symnet.claims.meaning.derived import key
from symnet.claims.meaning.keys import ARITHMETIC, Key
from symnet.claims.meaning.named import keys_of, named
from symnet.readers.documents.formulas import Document, Formula, read_document, read_file
from symnet.readers.latex.reading import Statement, Term, Unread, read_rows
from symnet.readers.relations import SIGN


def audit(
    text_or_path: str | Path,
    against: Any = (),
    *,
    hint: bool = True,
    limits: Limits | None = None,
    want: Sequence[str] = (),
    seconds: float | None = None,
) -> Audit:
    """Every claim in a LaTeX formula, a document, or a file.

    against    backward passes, count tables, proofs, networks, declarations ("x : n" lines), or names ("alexnet"); with
               any, what the document says it is to be compared with is ignored, and listed in the audit's notes
    hint       look for near misses, which takes most of the time of a wrong claim
    limits     of the work on one link, its explanation included; beyond it the verdict is "unread: too hard"
    want       names that a complete answer states; without, what the key wants (see `wanted`)
    seconds    for the whole document; formulas that are not reached by then are counted as "not judged"
    """
    document = read_file(text_or_path) if _is_path(text_or_path) else read_document(str(text_or_path))
    return audit_document(document, against, hint=hint, limits=limits, want=want, seconds=seconds)


def _is_path(given: str | Path) -> bool:
    if isinstance(given, Path):
        return True
    return "\n" not in given and given.lower().endswith(ENDINGS)


ENDINGS = (".tex", ".md", ".markdown", ".qmd", ".rmd", ".txt", ".ltx", ".latex", ".ipynb")


def audit_document(
    document: Document,
    against: Any = (),
    *,
    hint: bool = True,
    limits: Limits | None = None,
    want: Sequence[str] = (),
    seconds: float | None = None,
) -> Audit:
    """The findings in a document, in the order of its lines. Whoever marks brings the key: see `audit`."""
    end = monotonic() + seconds if seconds is not None else None
    given = tuple(map(_key, against if isinstance(against, list | tuple) else (against,)))
    keys = (*given, *(() if given else keys_of(document.against)), ARITHMETIC)
    asked = wanted(given, want) if given or want else ()
    formulas = sorted(document.formulas, key=lambda f: f.start)
    prose = in_sentences(document.text, formulas, lambda f: next(iter(_readings(f, keys)[0]), []))
    judge = Judge(document, hint, limits or Limits(), prose)
    refused = [
        Finding(r.what, "unread", why=r.why, file=document.name, line=r.line, column=r.column)
        for r in document.refused
    ]  # fmt: skip
    judged: list[list[Finding]] = []
    kinds: Counter[str] = Counter()
    for formula in formulas:
        if end is not None and monotonic() > end:
            break
        before = len(judge.given)
        found = _findings(formula, judge, keys)
        kinds[_kind(found, len(judge.given) > before)] += 1
        judged.append(found)
    if missed := len(formulas) - len(judged) + document.more:
        kinds["not judged"] = missed
    every = [*refused, *(f for found in judged for f in found)]
    placed = [replace(f, cell=cell, line=line) for f in every for cell, line in [document.cell(f.line)]]
    result = Audit(
        tuple(sorted(placed, key=lambda f: (f.cell, f.line, f.column))), document.name, tuple(judge.given),
        dict(kinds), tuple(w.shown for w in asked), stated(asked, judged), _notes(document, given),
        _why_not(missed, len(judged), document.more),
    )  # fmt: skip
    _nothing_lost(document, result)
    return result


def _key(against: Any) -> Key:
    is_name = isinstance(against, str) and ":" not in against
    return named(against) if is_name else key(against)


def _notes(document: Document, given: Sequence[Key]) -> tuple[str, ...]:
    """What a marker should know, each with its line."""
    said = "what the document says it is to be compared with is ignored, for the key is the marker's"
    ignored = [(b.line, f"{said}: '{_short(b.text)}'") for b in document.blocks] if given else []
    return tuple(f"{document.where(line)}: {note}" for line, note in sorted([*ignored, *document.notes]))


def _short(text: str) -> str:
    first, *more = text.split("\n")
    return f"{first[:60]}{' …' if more or len(first) > 60 else ''}"


def _why_not(missed: int, judged: int, more: int) -> str:
    if not missed:
        return ""
    reason = (
        f"more than {judged:,} formulas in one document" if missed == more else "the time for the document was over"
    )
    return f"{missed:,} formulas after the first {judged:,} were not judged: {reason}"


# ---------------------------------------------------------------------- nothing is lost
def _findings(formula: Formula, judge: Judge, keys: Sequence[Key]) -> list[Finding]:
    readings, refusals = _readings(formula, keys)
    before = len(judge.given)
    found = judge.findings(readings) if readings else []
    if not _is_claim(formula, keys):
        return found
    unread = [_unread(formula, judge.document, error) for error in refusals]
    if not found and not unread and len(judge.given) == before:
        unread = [_unread(formula, judge.document, Unread("no claim is read in it, though it has a sign of relation"))]
    return [*found, *unread]


def _unread(formula: Formula, document: Document, error: Unread) -> Finding:
    line, column = document.place(formula, max(error.column - 1, 0))
    begin, end = row_at(formula.latex, error.column - 1) if error.column else (0, len(formula.latex))
    claim = tidy(formula.latex[begin:end])
    return Finding(claim, "unread", why=str(error), file=document.name, line=line, column=column)


def _is_claim(formula: Formula, keys: Sequence[Key]) -> bool:
    return SIGN.search(formula.latex) is not None or _head(formula, keys) is not None


def _kind(found: Sequence[Finding], presupposed: bool) -> str:
    """One of `KINDS`."""
    if not found:
        return "given" if presupposed else "no relation"
    return "unread" if any(f.verdict == "unread" for f in found) else "claim"


def _nothing_lost(document: Document, audit: Audit) -> None:
    """The law: every formula that the document's splitter found is one of `KINDS`, and none is two."""
    of_kinds, of_document = sum(audit.formulas.values()), len(document.formulas) + document.more
    if of_kinds != of_document:
        raise AssertionError(f"{of_document} formulas were found, and {of_kinds} are accounted for")


# ---------------------------------------------------------------------- reading
def _readings(formula: Formula, keys: Sequence[Key]) -> tuple[list[list[Claim]], list[Unread]]:
    """The claims in a formula as each key reads them that knows all names; where none does, what the best key reads,
    and a refusal for each row that it does not."""
    head = _head(formula, keys)
    readings: list[list[Claim]] = []
    partial: list[tuple[list[Claim], list[Unread]]] = []
    for k in (head[0],) if head else keys:
        claims, refusals = _read(formula, k)
        if head and not refusals:
            claims = [_stated(claims[0].statement, formula, *head), *claims[1:]] if claims else []
        if refusals:
            partial.append((claims, refusals))
        elif not readings or any(t.op == "name" for c in claims for side in c.statement.sides for t in side.walk()):
            readings.append([c for c in claims if c.statement.signs])
    if readings:
        return readings, []
    claims, refusals = max(partial, key=lambda p: (len(p[0]), sum(not e.undefined for e in p[1]), _furthest(p[1])))
    return [[c for c in claims if c.statement.signs]] if claims and not head else [], refusals


def _read(formula: Formula, k: Key) -> tuple[list[Claim], list[Unread]]:
    try:
        rows = read_rows(formula.latex, k.symbols)
    except Unread as error:
        return [], [error]
    claims = [Claim(row, formula, k) for row in rows if isinstance(row, Statement)]
    return claims, [row for row in rows if isinstance(row, Unread)]


def _furthest(refusals: list[Unread]) -> int:
    return max(e.column for e in refusals)


def _head(formula: Formula, keys: Sequence[Key]) -> tuple[Key, str] | None:
    """The count that a table's cell states."""
    for k in keys:
        if formula.in_table and (name := counted(formula, k.layers)) is not None and name in k.definitions:
            return k, name
    return None


def _stated(statement: Statement, formula: Formula, k: Key, name: str) -> Claim:
    """A cell's calculation with the count that it states in front."""
    sides = (Term("name", name=name), *statement.sides)
    row = next((r for r in k.layers if name.endswith(f"_{r.name}")), None)
    return Claim(Statement(sides, ("=", *statement.signs), (0, *(statement.at or (0,)))), formula, k, row)


# ---------------------------------------------------------------------- for test suites
def assert_latex_holds(text: str, against: Any = ()) -> Audit:
    r"""``assert_latex_holds(r"\bar V = \bar r h^\top", against=bp)``: every claim in ``text`` is read and holds.

    `AssertionError` with the findings that are wrong or unread.
    """
    __tracebackhide__ = True
    found = audit(text, against)
    if not found.findings:
        raise AssertionError(f"no claim was found in {text!r}; a claim has a relation, as in a = b")
    if not found.holds:
        raise AssertionError("\n" + str(Audit(found.wrong + found.unread)))
    return found
