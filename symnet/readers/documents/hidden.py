r"""What may keep text off the page: boxes that are stored, white ink, conditionals, HTML that is not shown.

A marker sees the page, symnet the source: where they may differ, an answer is not right before somebody has looked.
The list cannot be whole (a colour may be given any name); what it has is what is done in one line.
"""

import re
from collections.abc import Iterator

WHY = "what stands here may not be on the page; look at it there"

_INK = (
    r"white|bg|background|\w+!0\b|ffffff|(?:1(?:\.0*)?|255)(?:\s*,\s*(?:1(?:\.0*)?|255)){2}|0(?:\s*,\s*0){3}"
    r"|(?<=\[gray\]\{)1(?:\.0*)?"
)
_COLOUR = rf"\\(?:text)?color\s*(?:\[\w+\])?\{{\s*(?:{_INK})\s*\}}"
_LATEX = re.compile(
    rf"{_COLOUR}|\\(?:setbox|sbox|savebox|lrbox|[hv]?phantom|transparent|texttransparent)(?![A-Za-z])"
    r"|\\begin\{lrbox\}|\bopacity\s*=\s*0?\.?0*(?=[\s,\]}])|\\fontsize\s*\{\s*0|\\(?:scale|resize)box\s*\{\s*0?\.?0"
    r"|\\if(?!f(?![A-Za-z]))[A-Za-z@]*",
    re.IGNORECASE,
)
_HTML = re.compile(
    r"<(?:script|style|template|noscript|iframe|svg|object)\b[^>]*>?|<\w[^>]*(?:\bhidden\b|(?:display|visibility|opacity"
    r"|font-size|(?<![\w-])color|clip-path|transform)\s*:\s*(?:none|hidden|0(?![\d]*[1-9])|white|#fff|rgba?\(255"
    r"|transparent|inset|scale\(0))[^>]*>",
    re.IGNORECASE,
)
_BODY = re.compile(r"\\begin\{document\}")


def hidden(text: str, outside: str, latex: bool) -> Iterator[tuple[int, str]]:
    """Where such a thing stands, and what it is; ``outside`` is the text without its formulas, where \\phantom is used
    to align. The preamble's conditionals choose packages, not text."""
    body = found.end() if latex and (found := _BODY.search(text)) else 0
    every = [m for m in _LATEX.finditer(outside) if m.start() >= body]
    every += [m for m in re.finditer(_COLOUR, text, re.IGNORECASE) if m.start() >= body and outside[m.start()] == " "]
    every += [] if latex else _HTML.finditer(outside)
    yield from ((m.start(), m[0][:80]) for m in sorted(every, key=lambda m: m.start()))
