r"""``audit``: the claims of a text, read with the names of the key that knows them, and judged link by link.

audit(r"\bar V = h \bar r^\top", against=bp).findings[0].why
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from symnet.audit.budget import Limits
from symnet.audit.derived import key
from symnet.audit.findings import Audit, Finding
from symnet.audit.judge import Claim, Judge
from symnet.audit.keys import ARITHMETIC, Key
from symnet.audit.labels import counted
from symnet.audit.named import keys_of, named
from symnet.audit.sentences import in_sentences
from symnet.readers.documents import Document, Formula, read_document, read_file
from symnet.readers.latex import Statement, Term, Unread, read_rows


def audit(text_or_path: str | Path, against: Any = (), *, hint: bool = True, limits: Limits | None = None) -> Audit:
    """Every claim in a LaTeX formula, a document, or a file.

    against    backward passes, count tables, proofs, networks, declarations ("x : n" lines), or names ("alexnet")
    hint       look for near misses, which takes most of the time of a wrong claim
    limits     of the work on one link, its explanation included; beyond it the verdict is "unread: too hard"
    """
    document = read_file(text_or_path) if _is_path(text_or_path) else read_document(str(text_or_path))
    return audit_document(document, against, hint=hint, limits=limits)


def _is_path(given: str | Path) -> bool:
    if isinstance(given, Path):
        return True
    return "\n" not in given and given.lower().endswith((".tex", ".md", ".markdown", ".txt", ".ltx", ".latex"))


def audit_document(document: Document, against: Any = (), *, hint: bool = True, limits: Limits | None = None) -> Audit:
    """The findings in a document, in the order of its lines."""
    given = against if isinstance(against, list | tuple) else (against,)
    keys = (*map(_key, given), *keys_of(document.against), ARITHMETIC)
    formulas = sorted(document.formulas, key=lambda f: f.start)
    prose = in_sentences(document.text, formulas, lambda f: next(iter(_readings(f, keys)[0]), []))
    judge = Judge(document, hint, limits or Limits(), prose)
    findings = [
        Finding(r.what, "unread", why=r.why, file=document.name, line=r.line, column=r.column)
        for r in document.refused
    ]  # fmt: skip
    for formula in formulas:
        findings += _findings(formula, judge, keys)
    ordered = tuple(sorted(findings, key=lambda f: (f.line, f.column)))
    return Audit(ordered, document.name, tuple(judge.given))


def _key(against: Any) -> Key:
    is_name = isinstance(against, str) and ":" not in against
    return named(against) if is_name else key(against)


def _findings(formula: Formula, judge: Judge, keys: Sequence[Key]) -> list[Finding]:
    readings, refusals = _readings(formula, keys)
    found = judge.findings(readings) if readings else []
    if not _is_claim(formula, keys):
        return found
    return [*found, *(_unread(formula, judge.document, error) for error in refusals)]


def _unread(formula: Formula, document: Document, error: Unread) -> Finding:
    line, column = document.place(formula, max(error.column - 1, 0))
    return Finding(formula.latex.strip(), "unread", why=str(error), file=document.name, line=line, column=column)


_SIGNS = ("=", "<", ">", r"\le", r"\ge", r"\ne", r"\approx", r"\in ", r"\equiv", r"\leftarrow", r"\gets")


def _is_claim(formula: Formula, keys: Sequence[Key]) -> bool:
    return any(sign in formula.latex for sign in _SIGNS) or _head(formula, keys) is not None


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
            claims = [_stated(claims[0].statement, formula, *head)] if len(claims) == 1 else []
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
