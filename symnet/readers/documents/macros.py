r"""User macros: \newcommand{\vh}{\mathbf{h}} and \newcommand{\pd}[2]{…}, expanded in formulas with every place kept.

Only replacement is done: no conditionals, no counters, nothing that reads or runs. Depth and length are bounded.
A macro that is defined again means the new from there on, as in TeX; one that is defined once means it everywhere.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import islice, pairwise
from typing import TypeAlias

from symnet.readers.latex import words as words

ROUNDS, LENGTH, MOST, DEFINITIONS = 12, 20_000, 2000, 300


@dataclass(frozen=True)
class Macro:
    """``parameters`` arguments, the first with a default where there is one."""

    body: str
    parameters: int = 0
    default: str | None = None


Macros: TypeAlias = Mapping[str, Macro]

_VOCABULARY = (
    words.SIGNS, words.ACCENTS, words.BOLD, words.FANCY, words.GREEK, words.TRANSPOSES, words.TIMES, words.DOTS,
    words.HADAMARD, words.EXTREMA, words.BIG, words.SPACES,
    (r"\frac", r"\partial", r"\nabla", r"\sqrt", r"\mathrm", r"\text", r"\operatorname", r"\left", r"\right"),
)  # fmt: skip
FIXED = frozenset(word for vocabulary in _VOCABULARY for word in vocabulary if word.startswith("\\"))
"""Signs that everybody reads in one way; a document that gives them another is said to."""


@dataclass(frozen=True)
class Scopes:
    """The macros of a text: for each name its definitions, (place, macro) in order; ``others`` are not followed."""

    defined: Mapping[str, list[tuple[int, Macro]]] = field(default_factory=dict)
    others: tuple[tuple[int, str, str], ...] = ()

    def at(self, place: int) -> Macros:
        """The macros at a place of the text."""
        return (
            {name: _last(place, found) for name, found in self._again.items()} | self._once
            if self._again
            else self._once
        )

    @cached_property
    def _once(self) -> Macros:
        return {name: found[0][1] for name, found in self.defined.items() if len(found) == 1}

    @cached_property
    def _again(self) -> Mapping[str, list[tuple[int, Macro]]]:
        return {name: found for name, found in self.defined.items() if len(found) > 1}

    @property
    def bodies(self) -> Iterator[tuple[int, str, str]]:
        """(place, name, body) of every definition."""
        return ((at, name, macro.body) for name, found in self.defined.items() for at, macro in found)

    def changes(self) -> Iterator[tuple[int, str]]:
        """(place, words) for what a marker should know: a sign that looks another, a macro that changes its meaning."""
        for name, found in self.defined.items():
            if name in FIXED:
                yield from ((at, f"{name} is defined anew, as '{_short(macro.body)}'") for at, macro in found)
            else:
                changed = (b for a, b in pairwise(found) if a[1] != b[1])
                yield from ((at, f"{name} is defined again, as '{_short(macro.body)}'") for at, macro in changed)


def _last(place: int, found: list[tuple[int, Macro]]) -> Macro:
    return found[max(bisect_right(found, place, key=lambda d: d[0]) - 1, 0)][1]


def _short(body: str) -> str:
    body = " ".join(body.split())
    return body if len(body) <= 60 else body[:59] + "…"


_DEFINITION = re.compile(
    r"\\(?:(?:re|provide)?newcommand|renewcommand|providecommand|DeclareRobustCommand|DeclareMathOperator)\s*\*?\s*"
    r"(?:\{\s*(?P<braced>\\[A-Za-z]+|\\.)\s*\}|(?P<bare>\\[A-Za-z]+|\\.))\s*(?:\[(?P<n>\d)\])?\s*(?:\[(?P<default>[^\]]*)\])?\s*(?=\{)"
    r"|\\[egx]?def\s*(?P<defined>\\[A-Za-z]+|\\.)\s*(?P<marks>(?:#\d)*)\s*(?=\{)"
)
_OTHER = re.compile(
    r"\\(?:let|futurelet|[egx]?def|(?:New|Renew|Provide|Declare)(?:Document|Expandable\w*)Command|mathchardef|chardef|"
    r"DeclareMathSymbol|DeclareMathAccent)\s*\*?\s*\{?\s*(?P<name>\\[A-Za-z@]+|\\.)\s*=?\s*(?P<value>\\[A-Za-z]+)?"
)


def macros_in(text: str) -> tuple[Scopes, str]:
    """The macros that a text defines, and the text with their definitions blanked."""
    found: dict[str, list[tuple[int, Macro]]] = {}
    pieces, last = [], 0
    for match in islice(_DEFINITION.finditer(text), DEFINITIONS):
        if match.start() < last:
            continue
        end = closing(text, match.end())
        if end < 0:
            continue
        name = match["braced"] or match["bare"] or match["defined"]
        body = text[match.end() + 1 : end - 1]
        if match[0].startswith(r"\DeclareMathOperator"):
            body = rf"\operatorname{{{body}}}"
        takes = len(match["marks"] or "") // 2 or int(match["n"] or 0)
        found.setdefault(name, []).append((match.start(), Macro(body, takes, match["default"])))
        pieces += [text[last : match.start()], re.sub(r"[^\n]", " ", text[match.start() : end])]
        last = end
    masked = "".join([*pieces, text[last:]])
    others = (
        (m.start(), m[0], f"{m['name']} gets another meaning in a way that is not followed")
        for m in islice(_OTHER.finditer(masked), DEFINITIONS)
        if m["name"] in FIXED and m["value"] != rf"\var{m['name'][1:]}"
    )
    return Scopes(found, tuple(others)), masked


def closing(text: str, start: int) -> int:
    """The index after the brace that matches the one at ``start``; -1 where there is none."""
    depth = 0
    for match in re.compile(r"\\.|[{}]", re.DOTALL).finditer(text, start, start + LENGTH):
        depth += {"{": 1, "}": -1}.get(match[0], 0)
        if depth == 0 and match[0] == "}":
            return match.end()
    return -1


def expanded(latex: str, start: int, macros: Macros) -> tuple[str, tuple[int, ...]]:
    """The formula without macros, and for each character where it came from."""
    text, offsets = latex, list(range(start, start + len(latex)))
    if not macros:
        return text, tuple(offsets)
    names = _spelled(tuple(macros))
    done = 0
    for _ in range(ROUNDS):
        match = names.search(text)
        if not match:
            break
        while match and len(text) <= LENGTH and (done := done + 1) <= MOST:
            filled, end = _filled(text, match, macros[match[0]])
            text = text[: match.start()] + filled + text[end:]
            offsets[match.start() : end] = [offsets[match.start()]] * len(filled)
            match = names.search(text, match.start() + len(filled))
    return text, tuple(offsets)


@lru_cache(maxsize=64)
def _spelled(names: tuple[str, ...]) -> re.Pattern[str]:
    """Any of the macros; one of letters ends where they do."""
    return re.compile(
        "|".join(rf"{re.escape(n)}(?![A-Za-z])" if n[0] == "\\" and n[-1].isalpha() else re.escape(n) for n in names)
    )


def _filled(text: str, match: re.Match[str], macro: Macro) -> tuple[str, int]:
    arguments: list[str] = []
    end = match.end()
    if macro.default is not None and macro.parameters:
        optional = re.compile(r"\s*\[([^\]]*)\]").match(text, end)
        arguments.append(optional[1] if optional else macro.default)
        end = optional.end() if optional else end
    while len(arguments) < macro.parameters:
        end += len(text[end:]) - len(text[end:].lstrip())
        stop = closing(text, end) if text[end : end + 1] == "{" else -1
        if stop > 0:
            arguments.append(text[end + 1 : stop - 1])
            end = stop
        else:
            single = re.compile(r"\\[A-Za-z]+|\\.|.", re.DOTALL).match(text, end)
            arguments.append(single[0] if single else "")
            end = single.end() if single else end
    body = re.sub(r"#(\d)", lambda m: arguments[int(m[1]) - 1] if int(m[1]) <= len(arguments) else "", macro.body)
    return (body if macro.parameters else f"{body} " if body[-1:].isalpha() and "\\" in body else body), end
