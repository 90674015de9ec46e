r"""LaTeX text to tokens to nested groups, each with its column. Linear in the text; depth and length are bounded.

Token    one command, letter, number or sign; ``spaced`` where white space or \, came before it, ``wide`` after \quad
Group    ( … ), { … }, \left| … \right|, \begin{name} … \end{name}: the opener and what is inside

Thousands are put together here: 111,974,400, 111{,}974{,}400, 34\,944 and \num{34944} are one token each.
"""

import re
from dataclasses import dataclass
from typing import TypeAlias

from symnet.errors import InvalidInput
from symnet.readers.latex import words as words

LENGTH, DEPTH, DIGITS = 20_000, 40, 4000  # of a formula, of its brackets, of one number


class Unread(InvalidInput):
    """What cannot be read, with the token and its column (from 1), and what to write in its place."""

    def __init__(self, message: str, token: str = "", column: int = 0, *, undefined: bool = False) -> None:
        self.token, self.column, self.undefined, self.message = token[:40], column, undefined, message
        where = f"'{self.token}' at column {column}: " if token else f"column {column}: " if column else ""
        super().__init__(where + message)

    def __reduce__(self) -> tuple[object, ...]:
        return _again, (str(self), self.token, self.column, self.undefined)


def _again(message: str, token: str, column: int, undefined: bool) -> Unread:
    error = Unread(message, undefined=undefined)
    error.token, error.column = token, column
    return error


@dataclass(frozen=True)
class Token:
    """One command, letter, number or sign, and where it stood."""

    text: str
    at: int
    spaced: bool = False
    kind: str = "sign"  # command, letter, number, sign
    wide: bool = False

    @property
    def column(self) -> int:
        return self.at + 1


@dataclass(frozen=True)
class Group:
    """A bracket or an environment, and what is inside."""

    open: str
    items: tuple["Item", ...]
    at: int
    close: str = ""
    spaced: bool = False
    wide: bool = False

    @property
    def column(self) -> int:
        return self.at + 1

    @property
    def text(self) -> str:
        return self.open


Item: TypeAlias = Token | Group

_SEPARATOR = r"(?:\{,\}|\\[,;:! ]|\{\\,\}|~|,)"
_TOKEN = re.compile(
    rf"""(?P<space>\s+|%[^\n]*(?:\n|$)|\{{\}})
    |(?P<number>[1-9]\d{{0,2}}(?:{_SEPARATOR}\d{{3}})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?(?:[eE][-+]?\d+(?![\d^_.]))?|\.\d+)
    |(?P<command>\\(?:operatorname\*|[A-Za-z]+|\\(?:\[[^\]\n]{{0,20}}\])?|.))
    |(?P<letter>[^\W\d_])
    |(?P<sign>:=|==|>=|<=|.)""",
    re.VERBOSE | re.DOTALL,
)


def tokens(text: str) -> list[Token]:
    r"""The tokens of a formula; \left, \big and spaces are gone."""
    if len(text) > LENGTH:
        raise Unread(f"the formula has {len(text):,} characters; at most {LENGTH:,} are read, so split it")
    found: list[Token] = []
    spaced = wide = False
    for match in _TOKEN.finditer(text):
        kind, spelled = match.lastgroup or "sign", match.group()
        if kind == "space" or spelled in words.SPACES or spelled in words.SIZES:
            spaced = True
            wide |= spelled in words.WIDE
            continue
        if kind == "sign" and ord(spelled[0]) < 32:
            raise Unread("a control character; remove it", repr(spelled), match.start() + 1)
        found.append(Token(_spelled(kind, spelled), match.start(), spaced, kind, wide))
        spaced = wide = False
    return found


def _spelled(kind: str, spelled: str) -> str:
    if kind == "command" and spelled.startswith("\\\\"):
        return "\\\\"
    if kind == "number" and len(spelled) > DIGITS:
        raise Unread(f"a number of more than {DIGITS} digits", spelled[:12] + "…")
    return spelled


def number(spelled: str) -> str:
    """The number without its separators."""
    return re.sub(_SEPARATOR, "", spelled)


# ---------------------------------------------------------------------- groups
class _Open:
    """A bracket or environment that is still open."""

    def __init__(self, token: Token, open: str, close: str) -> None:
        self.token, self.open, self.close, self.items = token, open, close, list[Item]()

    def closed(self) -> Group:
        token = self.token
        return Group(self.open, tuple(self.items), token.at, self.close, token.spaced, token.wide)


def groups(flat: list[Token]) -> tuple[Item, ...]:
    """Brackets and environments matched, each by its own kind; bars | … | are matched later, where they are read."""
    stack = [_Open(Token("", 0), "", "")]
    i = 0
    while i < len(flat):
        token = flat[i]
        i += 1
        spelled = token.text
        if spelled in (r"\left", r"\right", r"\middle"):
            i = _fence(flat, i, token, stack)
        elif spelled in (r"\begin", r"\end"):
            name, i = _environment(flat, i, token)
            if spelled == r"\begin":
                _push(stack, _Open(token, f"begin {name}", f"end {name}"))
            else:
                _pop(stack, f"end {name}", token)
        elif spelled in words.BRACKETS:
            plain = words.PLAIN.get(spelled, spelled)
            _push(stack, _Open(token, plain, words.BRACKETS[plain]))
        elif spelled in _CLOSERS:
            _pop(stack, _CLOSERS[spelled], token)
        else:
            stack[-1].items.append(token)
    if len(stack) > 1:
        opened = stack[-1]
        raise Unread("it is never closed; close it", opened.token.text, opened.token.column)
    return tuple(stack[0].items)


_CLOSERS = {close: words.BRACKETS[words.PLAIN.get(open, open)] for open, close in words.BRACKETS.items()}


def _push(stack: list[_Open], opened: _Open) -> None:
    if len(stack) > DEPTH:
        raise Unread(f"brackets nested deeper than {DEPTH}; split the formula", opened.token.text, opened.token.column)
    stack.append(opened)


def _pop(stack: list[_Open], close: str, token: Token) -> None:
    if len(stack) == 1:
        raise Unread("it closes nothing; remove it or open a bracket", token.text, token.column)
    if stack[-1].close != close:
        opened = stack[-1].token
        raise Unread(
            f"it closes '{opened.text}' of column {opened.column}, which is another kind", token.text, token.column
        )
    group = stack.pop().closed()
    stack[-1].items.append(group)


def _fence(flat: list[Token], i: int, token: Token, stack: list[_Open]) -> int:
    r"""\left( … \right), \left| … \right|, and \left\{ … \right. around cases."""
    if i >= len(flat):
        raise Unread("nothing follows it; write a bracket after it", token.text, token.column)
    bracket = flat[i].text
    if token.text == r"\middle":
        stack[-1].items.append(flat[i])
    elif token.text == r"\left":
        plain = words.PLAIN.get(bracket, bracket)
        close = words.BRACKETS.get(plain) or (plain if plain in words.BARS or plain == "." else "")
        if not close:
            raise Unread(r"\left needs a bracket", bracket, flat[i].column)
        _push(stack, _Open(token, plain, close))
    elif (bracket == "." and stack[-1].open == r"\{") or stack[-1].open == ".":
        stack[-1].open, stack[-1].close = "{", "."
        _pop(stack, ".", token)
    else:
        _pop(stack, _CLOSERS.get(bracket, bracket), token)
    return i + 1


def _environment(flat: list[Token], i: int, token: Token) -> tuple[str, int]:
    r"""The name in \begin{name}, and where the text goes on."""
    end = next((j for j in range(i, min(i + 24, len(flat))) if flat[j].text == "}"), -1)
    if end < 0 or flat[i].text != "{":
        raise Unread(r"write \begin{name} … \end{name}", token.text, token.column)
    return "".join(t.text for t in flat[i + 1 : end]).rstrip("*"), end + 1
