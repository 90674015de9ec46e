r"""What a document shows but does not say: code and comments of Markdown, comments and verbatim text of LaTeX.

Blanked, with every place kept. Mathematics that is written as code is not blanked: $`x = 1`$ and ```math.
"""

import re
from collections.abc import Iterator

from symnet.readers.documents.spans import PART, blanked, spans

_CODE = re.compile(
    r"^[ ]{0,3}(?:(?P<mathfence>```)[ \t]*\{?math\}?[ \t]*$|(?P<fence>`{3,}(?=[^`\n]*$)|~{3,}))"
    r"|(?P<math>(?:\$|:math:|\{math\})`[^`\n]*`)|<!--|(?P<ticks>(?<!`)`+)(?!`)",
    re.MULTILINE,
)


def without_code(text: str) -> str:
    """Markdown without fences, code in a line, comments and indented code."""

    def closer(m: re.Match[str]) -> str:
        if fence := m["fence"] or m["mathfence"]:
            return rf"^[ ]{{0,3}}{fence[0]}{{{len(fence)},}}[ \t]*$"
        if m["math"]:
            return ""  # it is closed already
        return rf"(?<!`){m['ticks']}(?!`)|(?P<stop>\n[ \t]*\n)" if m["ticks"] else "-->"

    code = (s for s in spans(text, _CODE, closer) if not (s.opener["math"] or s.opener["mathfence"]))
    text = blanked(text, code)
    return blanked(text, list(_indented(text)))


_ITEM = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)]|\[\^[^\]]+\]:|:)[ \t]")


def _indented(text: str) -> Iterator[tuple[int, int]]:
    """Lines of four spaces or a tab after an empty line, but within a list item or a text that is indented all over."""
    if not re.search(r"^ {0,3}\S", text, re.MULTILINE):
        return
    at, after_empty, in_item = 0, True, False
    for line in re.split(r"(?<=\n)", text):
        bare = line.strip(" \t\n")
        if bare in ("", PART):
            after_empty, in_item = True, in_item and bare == ""
        elif line.startswith(("    ", "\t")):
            if after_empty and not in_item:
                yield at, at + len(line)
        else:
            after_empty, in_item = False, bool(_ITEM.match(line)) or (in_item and not after_empty)
        at += len(line)


_SHOWN = re.compile(
    r"\\begin\{(?P<name>verbatim|lstlisting|minted|comment|tikzpicture|filecontents)\*?\}|\\(?:verb|lstinline)\*?(?P<bar>[^\w\s*\\{])"
    r"|(?P<never>\\iffalse)(?![A-Za-z])|(?P<over>\\end\{document\})"
)


def without_comments(text: str) -> str:
    r"""LaTeX without comments, verbatim text, \iffalse … \fi, and what stands after the end of the document."""

    def closer(m: re.Match[str]) -> str:
        if m["over"]:
            return r"\Z"
        if m["never"]:
            return r"\\(?:fi|else)(?![A-Za-z])"
        return rf"\\end\{{{m['name']}\*?\}}" if m["name"] else rf"{re.escape(m['bar'])}|(?P<stop>\n)"

    text = re.sub(r"(?<!\\)((?:\\\\)*)%[^\n]*", lambda m: m[1] + " " * (len(m[0]) - len(m[1])), text)
    return blanked(text, spans(text, _SHOWN, closer))
