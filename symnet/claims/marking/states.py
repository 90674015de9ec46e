"""The state of an answer: what may be said of it as a whole, in one word and never more than was read.

error        it could not be audited: no text, too large, too slow, or a fault of symnet's
wrong        a claim is wrong
empty        it claims nothing: a photo, prose, an empty file
unread       it claims something, and nothing of it could be decided
incomplete   nothing is wrong, but a claim is unread, or was not reached, or something wanted is not stated
right        every claim was read and holds, and everything wanted is stated: at least one claim that the key asks for
"""

from collections.abc import Mapping, Sequence
from typing import Literal

State = Literal["right", "wrong", "incomplete", "empty", "unread", "error"]
VERDICTS = ("holds", "wrong", "unread")


def state(
    counts: Mapping[str, int], *, wanted: Sequence[str] = (), stated: Sequence[str] = (), not_judged: int = 0
) -> State:
    """The state of an answer that was audited, from its verdicts and from what is wanted and stated of it."""
    if counts["wrong"]:
        return "wrong"
    if not any(counts[v] for v in VERDICTS):
        return "incomplete" if not_judged else "empty"
    if not counts["holds"]:
        return "unread"
    return "incomplete" if counts["unread"] or not_judged or set(wanted) - set(stated) else "right"


def share(counts: Mapping[str, int], not_judged: int = 0) -> str:
    """How much of the claims was read: "12 of 14"."""
    read = counts["holds"] + counts["wrong"]
    return f"{read} of {read + counts['unread'] + not_judged}"
