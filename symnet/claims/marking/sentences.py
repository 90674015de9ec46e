r"""What the prose around a formula makes of it: a claim, something given, or something quoted in order to deny it.

    If $x_1 > x_2$ then $y_1 = x_2$.      Let $s = 3$. Then $s^2 = 9$.      当$x_1=0$时      It is false that $s = t$.

given     presupposed, in its sentence, or (after "let") from there to the next heading; never judged as a claim
quoted    denied, called a mistake, or asked: neither right nor wrong is said of it
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from symnet.claims.decision.decision import assumes
from symnet.claims.marking.claim import Claim
from symnet.readers.documents.formulas import Formula


def _words(*groups: str) -> str:
    return r"\b(?:" + "|".join(" ".join(groups).split()) + r")\b"


# ---------------------------------------------------------------------- words, in English, German, French, Spanish …
_IF = _words(
    "if when whenever assume assuming suppose supposing provided unless once until case cases class classes",
    "label labels labelled labeled falls wenn sofern angenommen gegeben klasse si supposons lorsque quand",
    "cuando supongamos",
)
_LET = _words(
    "let set setting take taking choose choosing fix fixing given consider considering define defining denote denoting",
    r"put putting substitut\w+ initiali[sz]\w+ sei seien setze setzen setzt soit soient posons sea sean",
)
_FOR = _words("for where with say für wobei mit pour où avec para donde con")
_CHINESE = "当|若|如果|假设|假如|假定|设|令|其中|对于|对|取|给定|已知|类别|标签|除非|只要"
_CONCLUDES = "|".join((
    _words("then so hence thus therefore have get obtain obtains find see know gives give yields yield follows"),
    _words("implies becomes become equals equal results means dann also folgt gilt erhält alors donc entonces"),
    "则|那么|得|所以|因此|有",
))  # fmt: skip
_IS = _words("is are was were be ist sind est es")
_LASTING = re.compile("|".join((
    _words("let set setting suppose supposing assume assuming fix take choose put sei seien setze angenommen"),
    _words("soit soient posons supposons sea sean supongamos"),
    "假设|假定|设|令",
)), re.IGNORECASE)  # fmt: skip
_OPENING = r"[^.,;:$\\。，；：!?]*[$(\\\[{\s]*$"
_GIVEN = (
    re.compile(rf"(?P<word>{_IF}|{_LET})(?P<gap>{_OPENING})", re.IGNORECASE),
    re.compile(rf"(?P<word>{_FOR})(?P<gap>{_OPENING})", re.IGNORECASE),
    re.compile(rf"(?P<word>{_CHINESE})(?P<gap>[^$。，；]{{0,16}}[$(\\\[{{\s]*$)"),
)
_CONDITION = re.compile(
    r"\b(if|when|whenever|where|for|assume|assuming|suppose|provided|case)\b[^.$\\]*[$(\\]*\s*$", re.IGNORECASE
)
_GIVEN_AFTER = re.compile(
    r"[\s$)\]\\]*(?:时|的时候|的情况|的话|(?:is|are) (?:given|assumed|fixed|known)\b|by (?:assumption|convention)\b)"
)
_DENIED = re.compile("|".join((
    r"\bnot (?:true|the case|correct|right|valid|generally|in general|always)\b",
    r"\b(?:untrue|false(?:ly)?|wrong(?:ly)?|incorrect(?:ly)?|mistake\w*|erroneous(?:ly)?|fallacy|misconception)\b",
    r"\b(?:(?:does|do|did|would) not|don't|doesn't|never|cannot|can't|contrary|counterexample|disprove\w*|refute\w*)\b",
    r"\b(?:neither|(?:common|typical|frequent|usual) error|(?:might|may|could) (?:think|guess|expect|believe))\b",
    r"\b(?:falsch|stimmt nicht|nicht|könnten? (?:man )?(?:meinen|denken|glauben)|(?:häufige|typische)\w* fehler)\b",
    r"\b(?:faux|n'est pas|erreur (?:fréquente|courante)|falso|no es)\b",
    "错误|不成立|不对|并非|误以为|不是|不等于",
)), re.IGNORECASE)  # fmt: skip
_DENIED_AFTER = re.compile(
    r"[\s$)\]\\]*(?:,? which )?(?:(?:is|are|would be|was|ist|est) (?:\w+ )?"
    r"(?:not\b|false|wrong|incorrect|untrue|a (?:\w+ )?mistake|falsch|faux)"
    r"|(?:does|do|did) not hold|fails\b|gilt nicht|stimmt nicht|不成立|是错|不对)",
    re.IGNORECASE,
)
_BUT = re.compile(
    r"\b(?:but|instead|rather|correct(?:ly)? (?:is|would)|the right|in fact|sondern|richtig|mais|sino)\b"
    r"|[;；]|而是|正确",
    re.IGNORECASE,
)
_JOINED = re.compile(r"[\s$()\[\]\\{}]*(?:and|or|und|oder|et|ou|y|o|和|或|及|、)[\s$()\[\]\\{}]*", re.IGNORECASE)
_LISTED = re.compile(r"[\s$()\[\]\\{}]*[,，](?: (?:and|und|et|y))?[\s$()\[\]\\{}]*", re.IGNORECASE)
_REASON = "because|since|weil|da|denn|puisque|car|porque|因为|由于"
_END = re.compile(  # a paragraph that begins with a reason goes on with the sentence before it
    rf"[.!?](?=\s|$)|[。！？]|\n[ \t]*\n(?!\s*(?:{_REASON})\b)|\n[ \t]*[-*|]"
)
_BECAUSE = re.compile(rf"(?:\b(?:{_REASON})\b|因为|由于)[^.,;:$\\]*[$(\\\[{{\s]*$", re.IGNORECASE)
_HEADING = re.compile(r"^[ \t]*#{1,6}[ \t]|\\(?:chapter|(?:sub)*section|paragraph)\b", re.MULTILINE)
_CROSSED_OUT = re.compile(
    r"(?:(?<=[\s(\[*_>])|^)~~(?=[^\s~])(?:(?!~~).)*$|<(?P<tag>s|del|strike)\b[^>]*>(?:(?!</(?P=tag)).)*$"
    r"|\\(?:[sx]out|st|cancel|[bx]cancel)\s*\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*$",
    re.DOTALL | re.IGNORECASE,
)
NEAR, FAR = 60, 120  # characters between such a word and its condition, and between a denial and what it denies


@dataclass(frozen=True)
class Prose:
    """``facts``: where a formula starts -> what its sentence presupposes; ``lasting``: what "let" said before it.

    given     where formulas start that are presupposed        quoted    those that are denied or asked, with the reason
    unclear   formulas whose sentence presupposes what cannot be read
    """

    facts: Mapping[int, tuple[Claim, ...]] = field(default_factory=dict)
    lasting: Mapping[int, tuple[Claim, ...]] = field(default_factory=dict)
    given: frozenset[int] = frozenset()
    quoted: Mapping[int, str] = field(default_factory=dict)
    unclear: frozenset[int] = frozenset()


def in_sentences(text: str, formulas: Sequence[Formula], readings: Callable[[Formula], list[list[Claim]]]) -> Prose:
    """What the sentences of a text make of its formulas."""
    ends = [*(m.end() for m in _END.finditer(text)), len(text)]
    headings = [m.start() for m in _HEADING.finditer(text)]
    facts: dict[int, tuple[Claim, ...]] = {}
    lasting: dict[int, tuple[Claim, ...]] = {}
    quoted: dict[int, str] = {}
    given: set[int] = set()
    unclear: set[int] = set()
    let: list[tuple[int, Claim]] = []
    written = (f for f in formulas if not f.in_table)
    for sentence, group in groupby(written, lambda f: bisect_right(ends, f.start)):
        within = list(group)
        begin = ends[sentence - 1] if sentence else 0
        roles = _roles(text, begin, within)
        said: dict[int, list[Claim]] = {}
        for f, role in zip(within, roles, strict=True):
            lasting[f.start] = tuple(
                c for at, c in let if bisect_right(headings, at) == bisect_right(headings, f.start)
            )
            if why := _denied(text, begin, ends[min(sentence, len(ends) - 1)], f):
                quoted[f.start] = why
            elif role and (claims := readings(f)) and all(_is_given(c, role, len(within)) for c in claims):
                said[f.start] = claims
                let += [(f.start, c) for c in claims if role == "reason"]
            elif role == "given":
                given.add(f.start)
                unclear |= {other.start for other in within}
        given |= said.keys()
        for f in within:
            facts[f.start] = tuple(c for claims in said.values() for c in claims) if f.start not in said else ()
        let += [(at, c) for at, cs in said.items() if _LASTING.search(text[max(begin, at - NEAR) : at]) for c in cs]
    return Prose(facts, lasting, frozenset(given), quoted, frozenset(unclear - given))


def _is_given(claim: Claim, role: str, formulas: int) -> bool:
    if role == "reason":
        return all(assumes(relation, claim.key) for relation in claim.relations)
    return role == "given" or (claim.is_condition and formulas > 1)


def _roles(text: str, begin: int, within: Sequence[Formula]) -> list[str]:
    """ "given", "reason" where only what says nothing of what was derived is, "condition" where only an inequality is,
    or "" for each formula of a sentence."""
    roles: list[str] = []
    for n, f in enumerate(within):
        before, after = text[max(begin, f.start - NEAR) : f.start], text[_end(f) : _end(f) + 40]
        between = text[_end(within[n - 1]) : f.start] if n and roles[-1] == "given" else "."
        let = re.search(_LET, text[max(begin, within[0].start - NEAR) : within[0].start], re.IGNORECASE)
        joined = _JOINED.fullmatch(between) or (let and _LISTED.fullmatch(between))
        if joined or _introduced(before) or _GIVEN_AFTER.match(after):
            roles.append("given")
        elif _BECAUSE.search(before):
            roles.append("reason")
        else:
            roles.append("condition" if _CONDITION.search(before) else "")
    return roles


def _introduced(before: str) -> bool:
    """The last word of its kind stands before the formula, and no conclusion between them."""
    for n, pattern in enumerate(_GIVEN):
        found = list(re.finditer(pattern.pattern, before, pattern.flags))
        gap = found[-1]["gap"] if found else "then"
        concludes = f"{_CONCLUDES}|{_IS}" if n == 1 else _CONCLUDES
        if not re.search(concludes, gap, re.IGNORECASE):
            return True
    return False


def _end(f: Formula) -> int:
    return f.offsets[-1] + 1 if f.offsets else f.start


def _denied(text: str, begin: int, end: int, f: Formula) -> str:
    before, after = text[max(begin, f.start - FAR) : f.start], text[_end(f) : end]
    found = list(_DENIED.finditer(before))
    if (found and not _BUT.search(before[found[-1].end() :])) or _DENIED_AFTER.match(after):
        return "the sentence denies it, so nothing is claimed"
    if text[end - 1 : end] in ("?", "？"):
        return "the sentence asks, and claims nothing"
    return "it is crossed out" if _CROSSED_OUT.search(text[max(text.rfind("\n\n", 0, f.start), 0) : f.start]) else ""
