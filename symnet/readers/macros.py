r"""User macros: \newcommand{\vh}{\mathbf{h}} and \newcommand{\pd}[2]{…}, expanded in formulas with every place kept.

Only replacement is done: no conditionals, no counters, nothing that reads or runs. Depth and length are bounded.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TypeAlias

ROUNDS, LENGTH, MOST, DEFINITIONS = 12, 20_000, 2000, 300


@dataclass(frozen=True)
class Macro:
    """``parameters`` arguments, the first with a default where there is one."""

    body: str
    parameters: int = 0
    default: str | None = None


Macros: TypeAlias = Mapping[str, Macro]

_DEFINITION = re.compile(
    r"\\(?:(?:re|provide)?newcommand|renewcommand|providecommand|DeclareMathOperator)\s*\*?\s*"
    r"(?:\{\s*(?P<braced>\\[A-Za-z]+|\\.)\s*\}|(?P<bare>\\[A-Za-z]+|\\.))\s*(?:\[(?P<n>\d)\])?\s*(?:\[(?P<default>[^\]]*)\])?\s*(?=\{)"
    r"|\\def\s*(?P<defined>\\[A-Za-z]+)\s*(?=\{)"
)


def macros_in(text: str) -> tuple[dict[str, Macro], str]:
    """The macros that a text defines, and the text with their definitions blanked."""
    found: dict[str, Macro] = {}
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
        found[name] = Macro(body, int(match["n"] or 0), match["default"])
        pieces += [text[last : match.start()], re.sub(r"[^\n]", " ", text[match.start() : end])]
        last = end
    return found, "".join([*pieces, text[last:]])


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
    names = re.compile(
        "|".join(rf"{re.escape(name)}(?![A-Za-z])" if name[-1].isalpha() else re.escape(name) for name in macros)
    )
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
