r"""``audit``: the claims of a text, link by link, against what symnet derived.

    audit(r"\bar V = h \bar r^\top", against=bp).findings[0].why

Each link of a chain is judged on its own: after a wrong side, the next one may equal that side or the beginning of the
chain, so that one slip is reported once. A wrong claim that is right under another convention, or that follows from an
earlier wrong claim, is reported as exactly that.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from symnet.audit import hints
from symnet.audit.decide import SECONDS, Counterexample, Decision, decide
from symnet.audit.derived import key
from symnet.audit.findings import Audit, Finding
from symnet.audit.keys import ARITHMETIC, Key, other_dot
from symnet.audit.labels import counted
from symnet.audit.named import keys_of
from symnet.errors import InvalidInput
from symnet.readers.documents import Document, Formula, read_document, read_file
from symnet.readers.latex import Statement, Term, Unread, read_latex
from symnet.readers.latex_symbols import Symbols


@dataclass(frozen=True)
class Claim:
    """A statement with its formula, and the key whose names it uses."""

    statement: Statement
    formula: Formula
    key: Key
    layer: Any = None


@dataclass(frozen=True)
class Earlier:
    """A wrong equation further up: the name, what was claimed of it, and where."""

    name: str
    claimed: Term
    where: str


def audit(text_or_path: str | Path, against: Any = (), *, hint: bool = True, seconds: float = SECONDS) -> Audit:
    """Every claim in a LaTeX formula, a document, or a file.

    against    backward passes, count tables, proofs, declarations ("x : n" lines), or names such as "alexnet"
    hint       look for near misses, which takes most of the time of a wrong claim
    seconds    the limit of one claim; beyond it the verdict is "unread: too hard"
    """
    document = read_file(text_or_path) if _is_path(text_or_path) else read_document(str(text_or_path))
    return audit_document(document, against, hint=hint, seconds=seconds)


def _is_path(given: str | Path) -> bool:
    if isinstance(given, Path):
        return True
    return "\n" not in given and given.lower().endswith((".tex", ".md", ".markdown", ".txt", ".ltx", ".latex"))


def audit_document(document: Document, against: Any = (), *, hint: bool = True, seconds: float = SECONDS) -> Audit:
    """The findings in a document, in the order of its lines."""
    given = against if isinstance(against, list | tuple) else (against,)
    keys = (*(key(a) for a in given), *keys_of(document.against), ARITHMETIC)
    findings: list[Finding] = [
        Finding(r.what, "unread", why=r.why, file=document.name,
                line=r.line, column=r.column)
        for r in document.refused
    ]  # fmt: skip
    wrong: list[Earlier] = []
    for formula in sorted(document.formulas, key=lambda f: f.start):
        findings += _findings(formula, document, keys, wrong, hint, seconds)
    return Audit(tuple(sorted(findings, key=lambda f: (f.line, f.column))), document.name)


def _findings(
    formula: Formula, document: Document, keys: tuple[Key, ...], wrong: list[Earlier], hint: bool, seconds: float
) -> list[Finding]:
    try:
        claims = _claims(formula, keys)
    except Unread as error:
        return [_unread(formula, document, error)] if _is_claim(formula, keys) else []
    return [f for claim in claims for f in _judged(claim, document, wrong, hint, seconds)]


_SIGNS = ("=", "<", ">", r"\le", r"\ge", r"\ne", r"\approx", r"\in ", r"\equiv", r"\leftarrow", r"\gets")


def _is_claim(formula: Formula, keys: tuple[Key, ...]) -> bool:
    return any(sign in formula.latex for sign in _SIGNS) or _head(formula, keys) is not None


def _unread(formula: Formula, document: Document, error: Unread) -> Finding:
    line, column = document.place(formula, max(error.column - 1, 0))
    return Finding(formula.latex.strip(), "unread", why=str(error), file=document.name, line=line, column=column)


# ---------------------------------------------------------------------- reading
def _head(formula: Formula, keys: tuple[Key, ...]) -> tuple[Key, str] | None:
    """The count that a table's cell states."""
    for k in keys:
        if formula.in_table and (name := counted(formula, k.layers)) is not None and name in k.definitions:
            return k, name
    return None


def _claims(formula: Formula, keys: tuple[Key, ...]) -> list[Claim]:
    """Read with the names of the first key that knows them all."""
    head = _head(formula, keys)
    refusals: list[Unread] = []
    for k in (head[0],) if head else keys:
        try:
            statements = read_latex(formula.latex, k.symbols)
        except Unread as error:
            refusals.append(error)
            continue
        if head:
            return [_stated(statements[0], formula, *head)] if len(statements) == 1 else []
        return [Claim(s, formula, k) for s in statements if s.signs]
    defined = [e for e in refusals if not e.undefined]
    raise max(defined or refusals, key=lambda e: e.column)


def _stated(statement: Statement, formula: Formula, k: Key, name: str) -> Claim:
    """A cell's calculation with the count that it states in front."""
    sides = (Term("name", name=name), *statement.sides)
    row = next((r for r in k.layers if name.endswith(f"_{r.name}")), None)
    return Claim(Statement(sides, ("=", *statement.signs), (0, *(statement.at or (0,)))), formula, k, row)


# ---------------------------------------------------------------------- judging
def _judged(claim: Claim, document: Document, wrong: list[Earlier], hint: bool, seconds: float) -> list[Finding]:
    """One finding for each link."""
    found: list[Finding] = []
    sides, signs = claim.statement.sides, claim.statement.signs
    first, last, before_failed = sides[0], sides[0], False
    for i, (sign, side) in enumerate(zip(signs, sides[1:], strict=True)):
        decision = decide(last, sign, side, claim.key, seconds, first)
        start, returned = last, False
        if not decision.holds and before_failed and i and all(s == "=" for s in signs[: i + 1]):
            again = decide(first, sign, side, claim.key, seconds)
            if again.holds or decision.misfit is not None:
                returned, decision, start = True, again, first
        finding = _finding(claim, i, start, sign, side, decision, document)
        if decision.state == "wrong" and sign in ("=", ":="):
            finding = _explained(finding, claim, start, side, decision, wrong, hint, seconds)
        if returned and decision.holds:
            finding = replace(finding, notes=(*finding.notes, "equal to the beginning of the chain again"))
        found.append(finding)
        before_failed = decision.state == "wrong"
        last = side
    _remember(claim, found, wrong)
    return found


def _remember(claim: Claim, found: list[Finding], wrong: list[Earlier]) -> None:
    """A name whose equation is wrong: what follows from it is not wrong again."""
    head, end = claim.statement.sides[0], claim.statement.sides[-1]
    if (
        head.op == "name"
        and any(f.verdict == "wrong" for f in found)
        and not any(t.name == head.name for t in end.walk())
    ):
        wrong[:] = [w for w in wrong if w.name != head.name]
        wrong.append(Earlier(head.name, end, f"line {found[0].line}"))


def _finding(
    claim: Claim, i: int, start: Term, sign: str, side: Term, decision: Decision, document: Document
) -> Finding:
    at = claim.statement.at[i + 1] if claim.statement.at else 0
    line, column = document.place(claim.formula, at)
    link = Statement((start, side), (sign,))
    first = claim.statement.at[i] if claim.layer is None and i < len(claim.statement.at) else 0
    end = claim.statement.at[i + 2] if i + 2 < len(claim.statement.at) else len(claim.formula.latex)
    written = _tidy(claim.formula.latex[first:end])
    names = tuple(dict.fromkeys(t.name for t in (*start.walk(), *side.walk()) if t.op == "name"))
    return Finding(
        written, decision.state, str(link), link.latex(), decision.how, decision.why, decision.notes,
        decision.counterexample, names,
        file=document.name, line=line, column=column, relation=link.relations[0] if decision.holds else None,
    )  # fmt: skip


def _tidy(latex: str) -> str:
    """The link without alignment marks, row ends and the sign of the next link."""
    latex = latex.replace("&", " ").replace("\\\\", " ").strip()
    for sign in ("=", r"\approx", r"\le", r"\ge", "<", ">", ":", "."):
        latex = latex.removesuffix(sign).strip()
    for begin in (r"\begin{aligned}", r"\begin{align*}", r"\begin{align}", r"\begin{equation}", r"\begin{split}"):
        latex = latex.replace(begin, "").replace(begin.replace("begin", "end"), "")
    return " ".join(latex.split())


def _explained(
    finding: Finding,
    claim: Claim,
    start: Term,
    side: Term,
    decision: Decision,
    wrong: list[Earlier],
    hint: bool,
    seconds: float,
) -> Finding:
    """Convention, consequence of an earlier slip, near miss: what is found first is the reason."""
    dots = (other_dot(claim.key),) if any(t.op == "dot" for t in (*start.walk(), *side.walk())) else ()
    for words, other in (*claim.key.conventions(), *dots):
        if decide(start, "=", side, other, seconds, claim.statement.sides[0]).holds:
            finding = replace(finding, convention=words)
            break
    if (
        earlier := next((e for e in wrong[-MOST_CARRIED:] if _follows(e, start, side, claim.key, seconds)), None)
    ) is not None:
        name = Term("name", name=earlier.name)
        finding = replace(finding, follows=f"it follows from the wrong {name} of {earlier.where}")
    if not hint:
        return finding
    about = hints.about_numbers(start, side, claim.key, claim.layer or _layer(start, claim.key))
    near = None if about else hints.diagnose(start, side, claim.key, seconds, claim.statement.sides[0])
    if near is not None:
        repaired = Statement((start, near.repaired), ("=",))
        return replace(finding, near_miss=near.words, repaired=repaired.latex())
    if not about and (factor := _constant_factor(start, side, claim.key, decision)) is not None:
        about = f"off by a constant factor: the left side is {factor} times the right side"
    return replace(finding, near_miss=about)


MOST_CARRIED = 4


def _follows(earlier: Earlier, start: Term, side: Term, k: Key, seconds: float) -> bool:
    """Would the link hold if the earlier claim did?"""
    if earlier.name == start.name:
        return False
    carried = replace(k, definitions={**k.definitions, earlier.name: earlier.claimed})
    try:
        return decide(start, "=", side, carried, seconds).holds
    except InvalidInput:  # what was claimed has not the shape of its name
        return False


def _layer(start: Term, k: Key) -> Any:
    """The layer whose count a claim such as C_conv2 = … is about."""
    return next((row for row in k.layers or () if start.op == "name" and start.name.endswith(f"_{row.name}")), None)


def _constant_factor(start: Term, side: Term, k: Key, decision: Decision) -> Any:
    """left = c · right, confirmed as a claim of its own."""
    c: Counterexample | None = decision.counterexample
    factor = hints.ratio(c) if c is not None else None
    if factor in (None, 0, 1):
        return None
    scaled = Term("product", (hints.num(factor), side))
    return factor if decide(start, "=", scaled, k, 0.5).holds else None


def symbols_of(against: Iterable[Any]) -> tuple[Symbols, ...]:
    """The names that claims may use."""
    return tuple(key(a).symbols for a in against)
