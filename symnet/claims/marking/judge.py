r"""Each link of a claim judged on its own, with the reason where it is wrong.

After a wrong side, the next one may equal that side or the beginning of the chain, so that one slip is reported once. A
wrong claim that is right under another convention, or that follows from an earlier wrong claim, is reported as that.

    |x| = x, \quad x \ge 0        a formula may state under what condition its claims are meant, and so may its sentence
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from symnet.claims.decision.budget import Budget, Limits
from symnet.claims.decision.decide import decide
from symnet.claims.decision.decision import Decision, with_labels
from symnet.claims.explanation import hints
from symnet.claims.explanation.findings import Finding, Given
from symnet.claims.marking.claim import Claim
from symnet.claims.marking.rows import row_at
from symnet.claims.marking.sentences import Prose
from symnet.claims.meaning.keys import Key, other_dot
from symnet.errors import InvalidInput
from symnet.readers.documents.formulas import Document
from symnet.readers.latex.reading import Statement, Term
from symnet.readers.latex.term import num

MOST_CARRIED = 4


@dataclass(frozen=True)
class Link:
    """Two sides of a claim, and the work that may still be spent on it."""

    claim: Claim
    start: Term
    sign: str
    side: Term
    budget: Budget

    def decide(self, key: Key | None = None, **options: Any) -> Decision:
        """The decision on this link, or on the same under another key."""
        first = self.claim.statement.sides[0]
        return decide(
            self.start, self.sign, self.side, key or self.claim.key, options.pop("budget", self.budget),
            like=first, where=self.claim.where, **options,
        )  # fmt: skip

    def mentions(self, op: str) -> bool:
        return any(t.op == op for t in (*self.start.walk(), *self.side.walk()))


@dataclass(frozen=True)
class Earlier:
    """A wrong equation further up: the name, what was claimed of it, and where."""

    name: str
    claimed: Term
    where: str


@dataclass
class Judge:
    """Judges the claims of one document in their order; ``wrong`` are the equations that turned out so.

    prose    what the sentences around the formulas presuppose or deny        given    what turned out to be presupposed
    """

    document: Document
    hint: bool
    limits: Limits
    prose: Prose
    wrong: list[Earlier] = field(default_factory=list)
    given: list[Given] = field(default_factory=list)

    def findings(self, readings: Sequence[list[Claim]]) -> list[Finding]:
        """One for each link. Where several keys know the names, the first that makes every claim right has the word."""
        before = list(self.wrong)
        limits = self.limits.share(len(readings))
        first = replace(self, limits=limits)._conditional(readings[0])
        if all(f.verdict == "holds" for f in first):
            return first
        for claims in readings[1:]:
            found = Judge(self.document, False, limits, self.prose)._conditional(claims)
            if found and all(f.verdict == "holds" for f in found):
                self.wrong[:] = before
                return [replace(f, notes=(*f.notes, f"as a claim about {claims[0].key.title}")) for f in found]
        return first

    def _conditional(self, claims: Sequence[Claim]) -> list[Finding]:
        """What is presupposed beside it, or in its sentence, is the condition under which a claim is meant.

        So is an inequality that is not always true, beside an equation.
        """
        if not claims:
            return []
        start, key = claims[0].formula.start, claims[0].key
        facts = [c for c in self.prose.facts.get(start, ()) if c.key is key]
        lasting = [c for c in self.prose.lasting.get(start, ()) if c.key is key]
        beside = [c for c in claims if c.is_given or start in self.prose.given]
        claims = [c for c in claims if c not in beside]
        conditions = [c for c in claims if c.is_condition]
        if conditions and len(conditions) < len(claims):
            open_ones = [c for c in conditions if not self._always(c)]
            claims = [c for c in claims if c not in open_ones]
            facts += open_ones
        found = [f for c in beside for f in self._presupposed(c, facts)]
        return [*found, *(f for c in claims for f in self._claimed(c, [*facts, *beside], lasting))]

    def _presupposed(self, claim: Claim, facts: Sequence[Claim]) -> list[Finding]:
        """It holds, where the key says so; else it is given."""
        found = self._quietly(claim) if not claim.is_condition else []
        if found and all(f.verdict == "holds" for f in found):
            return found
        line, column = self.document.place(claim.formula, (claim.statement.at or (0,))[0])
        self.given.append(Given(str(claim.statement), self.document.name, line, column))
        return []

    def _claimed(self, claim: Claim, facts: Sequence[Claim], lasting: Sequence[Claim]) -> list[Finding]:
        """The findings under what the claim's sentence presupposes, and where they fail what was let before."""
        start = claim.formula.start
        if why := self.prose.quoted.get(start, "both ways" if claim.statement.role == "equivalent" else ""):
            return self._unjudged(claim, why)
        under, all_used = claim.under(facts)
        all_used = all_used and start not in self.prose.unclear
        before = list(self.wrong)
        found = self._judged(under)
        if lasting and any(f.verdict != "holds" for f in found):
            self.wrong[:] = before
            under, used = claim.under([*lasting, *facts])
            found, all_used = self._judged(under), all_used and used
        if not all_used and any(f.verdict == "wrong" for f in found):
            self.wrong[:] = before
            return [_excused(f, "it is claimed under a condition that could not be used") for f in found]
        return found

    def _unjudged(self, claim: Claim, why: str) -> list[Finding]:
        """What is denied is unread; of an equivalence, each side by itself may hold."""
        found = self._quietly(claim)
        if why == "both ways":
            return [_excused(f, "an equivalence: neither side is claimed by itself") for f in found]
        return [replace(_excused(f, why), verdict="unread", how="", why=why, relation=None) for f in found]

    def _quietly(self, claim: Claim) -> list[Finding]:
        """The findings without an explanation and without a consequence."""
        return Judge(self.document, False, self.limits, self.prose)._judged(claim)

    def _always(self, claim: Claim) -> bool:
        """True or false whatever the letters are: then it is a claim of its own."""
        hold = (decide(r.args[0], r.name, r.args[1], claim.key, self.limits.budget()) for r in claim.relations)
        return any(d.holds or d.how == "exact arithmetic" for d in hold)

    # ------------------------------------------------------------------ links
    def _judged(self, claim: Claim) -> list[Finding]:
        found: list[Finding] = []
        sides, signs = claim.statement.sides, claim.statement.signs
        first, last, before_failed = sides[0], sides[0], False
        for i, (sign, side) in enumerate(zip(signs, sides[1:], strict=True)):
            link = Link(claim, last, sign, side, self.limits.budget())
            decision = _update(link) or link.decide()
            returned = False
            if not decision.holds and before_failed and i and all(s == "=" for s in signs[: i + 1]):
                again = replace(link, start=first)
                repeated = again.decide()
                if repeated.holds or decision.misfit is not None:
                    returned, decision, link = True, repeated, again
            decision = _of_labels(link, decision)
            finding = self._finding(link, i, decision)
            if decision.state == "wrong" and sign in ("=", ":="):
                finding = self._explained(finding, link, decision)
            if returned and decision.holds:
                finding = replace(finding, notes=(*finding.notes, "equal to the beginning of the chain again"))
            found.append(finding)
            before_failed = decision.state == "wrong"
            last = side
        self._remember(claim, found)
        return found

    def _remember(self, claim: Claim, found: list[Finding]) -> None:
        """A name whose equation is wrong: what follows from it is not wrong again."""
        head, end = claim.statement.sides[0], claim.statement.sides[-1]
        if (
            head.op == "name"
            and any(f.verdict == "wrong" for f in found)
            and not any(t.name == head.name for t in end.walk())
        ):
            self.wrong[:] = [w for w in self.wrong if w.name != head.name]
            self.wrong.append(Earlier(head.name, end, self.document.where(found[0].line)))

    def _finding(self, link: Link, i: int, decision: Decision) -> Finding:
        claim, ats = link.claim, link.claim.statement.at
        line, column = self.document.place(claim.formula, ats[i + 1] if ats else 0)
        read = Statement((link.start, link.side), (link.sign,))
        first = ats[i] if claim.layer is None and i < len(ats) else 0
        end = ats[i + 2] if i + 2 < len(ats) else row_at(claim.formula.latex, ats[-1] if ats else 0)[1]
        names = tuple(dict.fromkeys(t.name for t in (*link.start.walk(), *link.side.walk()) if t.op == "name"))
        condition = (f"where {', '.join(str(c) for c in claim.where)}",) if claim.where else ()
        return Finding(
            tidy(claim.formula.latex[first:end]), decision.state, str(read), read.latex(), decision.how, decision.why,
            (*condition, *decision.notes), decision.counterexample, names, file=self.document.name,
            line=line, column=column, relation=read.relations[0] if decision.holds else None,
        )  # fmt: skip

    # ------------------------------------------------------------------ why
    def _explained(self, finding: Finding, link: Link, decision: Decision) -> Finding:
        """Convention, consequence of an earlier slip, near miss: what is found is the reason."""
        finding = replace(finding, convention=self._convention(link), follows=self._follows(link))
        if not self.hint:
            return finding
        claim, key, budget = link.claim, link.claim.key, link.budget
        about = hints.about_numbers(link.start, link.side, key, budget, claim.layer or _layer(link.start, key))
        near = None
        if not about:
            near = hints.diagnose(link.start, link.side, key, budget, claim.statement.sides[0], claim.where)
        if near is not None:
            repaired = Statement((link.start, near.repaired), ("=",))
            return replace(finding, near_miss=near.words, repaired=repaired.latex())
        if not about and (factor := _constant_factor(link, decision)) is not None:
            about = f"off by a constant factor: the left side is {factor} times the right side"
        return replace(finding, near_miss=about)

    def _convention(self, link: Link) -> str:
        """The convention under which the link is right."""
        key = link.claim.key
        others = ((words, replace(other, dot=key.dot)) for words, other in key.conventions())
        dots = (other_dot(key),) if link.mentions("dot") else ()
        for words, other in (*others, *dots):
            if link.decide(other, budget=link.budget.part(8), show=False).holds:
                return words
        return ""

    def _follows(self, link: Link) -> str:
        """The earlier claim from which it follows: the link would hold if that did."""
        key = link.claim.key
        for earlier in self.wrong[-MOST_CARRIED:]:
            if earlier.name == link.start.name:
                continue
            carried = replace(key, definitions={**key.definitions, earlier.name: earlier.claimed})
            try:
                if link.decide(carried, budget=link.budget.part(8), show=False).holds:
                    name = Term("name", name=earlier.name)
                    return f"it follows from the wrong {name} of {earlier.where}"
            except InvalidInput:  # what was claimed has not the shape of its name
                continue
        return ""


def _of_labels(link: Link, decision: Decision) -> Decision:
    """p - y is the gradient where the entries of y sum to 1, which a key does not say of what is given."""
    if decision.state == "wrong" and decision.misfit is None and link.sign in ("=", ":="):
        for name, key in with_labels(link.claim.key):
            if link.decide(key, budget=link.budget.part(4), show=False).holds:
                why = f"right where the entries of {name} sum to 1, of which the key says nothing"
                return Decision("unread", notes=decision.notes, why=why)
    return decision


def _excused(f: Finding, why: str) -> Finding:
    """Unread in the place of wrong."""
    if f.verdict != "wrong":
        return f
    return replace(
        f, verdict="unread", why=why, counterexample=None, near_miss="", repaired="", convention="", follows=""
    )


def _update(link: Link) -> Decision | None:
    """W := W - η W̄ says what is done, not what is true."""
    same = any(t.op == "name" and t.name == link.start.name for t in link.side.walk())
    if link.sign == ":=" and link.start.op == "name" and same:
        return Decision("unread", why=f"an update of {link.start}, which claims nothing")
    return None


def tidy(latex: str) -> str:
    """The link without alignment marks, row ends and the sign of the next link."""
    latex = latex.replace("&", " ").replace("\\\\", " ").strip()
    for sign in ("=", r"\approx", r"\le", r"\ge", "<", ">", ":", "."):
        latex = latex.removesuffix(sign).strip()
    for begin in (r"\begin{aligned}", r"\begin{align*}", r"\begin{align}", r"\begin{equation}", r"\begin{split}"):
        latex = latex.replace(begin, "").replace(begin.replace("begin", "end"), "")
    return " ".join(latex.split())


def _layer(start: Term, key: Key) -> Any:
    """The layer whose count a claim such as C_conv2 = … is about."""
    return next((row for row in key.layers or () if start.op == "name" and start.name.endswith(f"_{row.name}")), None)


SIMPLE, ROUND = 16, 1000


def _is_simple(factor: Fraction) -> bool:
    """A factor that somebody may have forgotten: 2/3, 128, 1/64; 10773/10778 only says that both sides are near."""
    low, high = sorted((abs(factor.numerator), factor.denominator))
    return high <= SIMPLE or (low == 1 and high <= ROUND)


def _constant_factor(link: Link, decision: Decision) -> Any:
    """left = c · right, confirmed as a claim of its own."""
    c = decision.counterexample
    factor = hints.ratio(c) if c is not None else None
    if factor is None or factor in (0, 1) or not _is_simple(factor):
        return None
    scaled = replace(link, side=Term("product", (num(factor), link.side)))
    return factor if scaled.decide(budget=link.budget.part(4), show=False).holds else None
