"""Stretches of text between an opener and its closer, in one pass: a closer that is nowhere is sought once.

A form feed ends everything that is open: it stands between the cells of a notebook.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass


def line_starts(text: str) -> list[int]:
    """Where each line begins."""
    return [0, *(m.end() for m in re.finditer("\n", text))]


@dataclass(frozen=True)
class Span:
    """``opener`` to the end of the closer; ``start`` and ``end`` enclose the inside, ``whole_end`` ends it all."""

    opener: re.Match[str]
    start: int
    end: int
    whole_end: int

    @property
    def whole(self) -> tuple[int, int]:
        return self.opener.start(), self.whole_end


def spans(
    text: str, opener: re.Pattern[str], closer: Callable[[re.Match[str]], str], unclosed: list[int] | None = None
) -> Iterator[Span]:
    """Every stretch, in order, none within another. ``closer`` gives a pattern; its group "stop" means: not closed."""
    at, part_end, missing = 0, -1, set[str]()
    while match := opener.search(text, at):
        at = match.end()
        if at > part_end:  # of this part only is it known which closers are nowhere
            part_end, missing = text.find(PART, at) % (len(text) + 1), set()
        pattern = closer(match)
        if pattern in missing:
            if unclosed is not None:
                unclosed.append(match.start())
            continue
        close = re.compile(pattern, re.MULTILINE).search(text, at, part_end)
        if close is None or (close.lastgroup == "stop"):
            missing |= set() if close else {pattern}
            if unclosed is not None:
                unclosed.append(match.start())
            continue
        yield Span(match, match.end(), close.start(), close.end())
        at = close.end()


PART = "\f"


def blanked(text: str, stretches: Iterator[Span] | list[tuple[int, int]]) -> str:
    """The text with these stretches turned into spaces, so that places stay."""
    pieces, last = [], 0
    for stretch in stretches:
        start, end = stretch.whole if isinstance(stretch, Span) else stretch
        pieces += [text[last:start], re.sub(r"[^\n]", " ", text[start:end])]
        last = end
    return "".join([*pieces, text[last:]])
