r"""Names as they are spelled: accents, faces, subscripts and layers, token by token.

spell    reads \bar{\mathbf{W}}_1^{(2)} and stops before what is not part of a name (a power, a bracket)
take     the argument of a command, ^ or _: a braced group, or one token (of a number, one digit)
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from symnet.readers.latex import words as words
from symnet.readers.latex.symbols import Spelled, Symbols
from symnet.readers.latex.term import Term
from symnet.readers.latex.tokens import Group, Item, Token, Unread

WORDS_BELOW = {"in", "out", "hid", "max", "min", "new", "old", "test", "train", "emb", "ff", "tot", "ref", "val"}


@dataclass(frozen=True)
class Spelling:
    """A name, how many primes follow it, whether it was upright or a command such as \\tanh, and where it ends."""

    spelled: Spelled
    end: int
    primes: int = 0
    upright: bool = False

    @property
    def function(self) -> str:
        return self.spelled.base


def take(items: Sequence[Item], i: int) -> tuple[list[Item], list[Item], int]:
    """(argument, items, where to go on); a number without braces gives its first digit, as in TeX."""
    if i >= len(items):
        last = items[-1]
        raise Unread("nothing follows it", last.text, last.column)
    item, rest = items[i], list(items)
    if is_longer_than_tex_takes(items, i):
        raise Unread("TeX takes its first digit only; write braces around the number", item.text, item.column)
    if isinstance(item, Group) and item.open == "{" and item.close == "}":
        return list(item.items), rest, i + 1
    if isinstance(item, Token) and item.kind == "number" and len(item.text) > 1:
        digit = replace(item, text=item.text[0])
        rest[i : i + 1] = [digit, replace(item, text=item.text[1:], at=item.at + 1)]
        return [digit], rest, i + 1
    if item.text in ("^", "_", "&", "=", "\\\\"):
        raise Unread("an argument is missing before it", item.text, item.column)
    if isinstance(item, Token) and (item.text in words.UPRIGHT | words.BOLD | set(words.FANCY) | set(words.ACCENTS)):
        argument, rest, end = take(rest, i + 1)
        return [item, Group("{", tuple(argument), item.at, "}")], rest, end
    return [item], rest, i + 1


def is_part(content: Sequence[Item]) -> bool:
    """Square brackets and nothing else: what stands below is a part of an array, no piece of a name."""
    return len(content) == 1 and isinstance(content[0], Group) and content[0].open == "["


def is_longer_than_tex_takes(items: Sequence[Item], i: int) -> bool:
    """x^23 and x_12 are printed as x²3 and x₁2, and hardly ever meant so."""
    hangs = i > 0 and items[i - 1].text in ("^", "_")
    return hangs and isinstance(items[i], Token) and items[i].kind == "number" and len(items[i].text) > 1


def word_of(items: Sequence[Item], i: int) -> tuple[str | None, int]:
    r"""The words of \text{…}, \mathrm{…}, and where they end; None where something else stands."""
    if i < len(items) and items[i].text in words.UPRIGHT and i + 1 < len(items):
        argument, _, end = take(items, i + 1)
        return _plain(argument), end
    return None, i


def _plain(items: Sequence[Item]) -> str:
    """Letters, digits and spaces of a word."""
    return "".join((" " if t.spaced and n else "") + t.text.lstrip("\\") for n, t in enumerate(items)).strip()


def spell(items: list[Item], i: int, symbols: Symbols) -> Spelling | None:
    """The name that starts at ``i``, or None."""
    head = _head(items, i)
    if head is None:
        return None
    spelled, end, upright = head
    primes = 0
    while end < len(items):
        sign = items[end].text
        if sign == "_":
            content, items[:], after = take(items, end + 1)
            if is_part(content):
                break  # it hangs on the quantity, not on its name
            end = after
            constant = spelled.base == "bb1" or (spelled.bold and spelled.base in ("0", "1", "I"))
            below = size_words(content) if constant else _subscripts(content, spelled)
            spelled = replace(spelled, subs=(*spelled.subs, *below))
        elif sign == "^" and (layer := _layer(items, end, symbols)) is not None:
            spelled, end = replace(spelled, layer=layer[0]), layer[1]
        elif sign == "^" and (order := _prime_order(items, end)):
            primes, end = primes + order, end + 2
        elif sign == "'":
            primes, end = primes + 1, end + 1
        else:
            break
    return Spelling(spelled, end, primes, upright)


def _head(items: list[Item], i: int) -> tuple[Spelled, int, bool] | None:
    item = items[i]
    if isinstance(item, Group):
        return None
    if item.kind == "letter":
        base = words.LETTERLIKE.get(item.text, item.text).lstrip("\\")
        return Spelled(base, item.at, token=item.text), i + 1, False
    if item.text in words.GREEK:
        return Spelled(item.text[1:], item.at, token=item.text), i + 1, False
    if item.text in words.ACCENTS or item.text in words.BOLD:
        return _dressed(items, i, item)
    if item.text in words.FANCY:
        argument, items[:], end = take(items, i + 1)
        letter = _plain(argument)
        base = letter if item.text in (r"\mathcal", r"\mathscr") else rf"\mathbb{{{letter}}}"
        base = rf"\mathcal{{{letter}}}" if item.text in (r"\mathcal", r"\mathscr") else base
        return Spelled(base, item.at, token=f"{item.text}{{{letter}}}"), end, False
    if item.text in words.UPRIGHT:
        argument, items[:], end = take(items, i + 1)
        if any(isinstance(a, Group) for a in argument) or any(a.text in ("_", "^") for a in argument):
            inner = spell(list(argument), 0, Symbols())
            if inner and inner.end == len(argument):
                return replace(inner.spelled, at=item.at), end, True
            raise Unread("not a name", item.text, item.column)
        word = _plain(argument)
        if not word:
            raise Unread("an empty name", item.text, item.column)
        return Spelled(word, item.at, token=word), end, True
    if item.kind == "command" and item.text[1:] in words.FUNCTIONS:
        return Spelled(item.text[1:], item.at, token=item.text), i + 1, True
    return None


def _dressed(items: list[Item], i: int, item: Token) -> tuple[Spelled, int, bool] | None:
    r"""\bar{…} and \mathbf{…} around a name."""
    argument, items[:], end = take(items, i + 1)
    if item.text in words.BOLD and len(argument) == 1 and argument[0].text in ("0", "1"):
        return Spelled(argument[0].text, item.at, bold=True, token=f"{item.text}{{{argument[0].text}}}"), end, False
    if (
        item.text in words.BOLD
        and len(argument) > 1
        and all(isinstance(t, Token) and t.kind in ("letter", "number") for t in argument)
    ):
        word = _plain(argument)
        return Spelled(word, item.at, bold=True, token=f"{item.text}{{{word}}}"), end, False
    inner = spell(list(argument), 0, Symbols(open=True)) if argument else None
    if inner is None or inner.end != len(argument) or inner.primes:
        raise Unread("an accent or face is read on a single name only", item.text, item.column)
    spelled = replace(inner.spelled, at=item.at, token=f"{item.text}{{{inner.spelled.token}}}")
    if item.text in words.BOLD:
        return replace(spelled, bold=True), end, False
    return replace(spelled, accents=(*spelled.accents, words.ACCENTS[item.text])), end, False


def _subscripts(content: Sequence[Item], spelled: Spelled) -> tuple[str | Term, ...]:
    """``ij`` is two, ``i,j`` is two, ``12`` and a word are one, ``i+1`` is one."""
    parts: list[list[Item]] = [[]]
    for item in content:
        parts = [*parts, []] if item.text == "," else [*parts[:-1], [*parts[-1], item]]
    found = [_one_subscript(part, spelled) for part in parts]
    return found[0] if len(found) == 1 else tuple("".join(words) for words in found)


def size_words(content: Sequence[Item]) -> tuple[str, ...]:
    r"""The sizes below 𝟏, 𝟎 or I: n, or m \times n."""
    sizes = [item for item in content if item.text not in (",", *words.TIMES)]
    if len(content) != 2 * len(sizes) - 1 or len(sizes) > 2 or not all(_is_size(s) for s in sizes):
        raise Unread("a size below 𝟏 or I is one letter or number, or two with × between", *_place(content))
    return tuple(s.text for s in sizes)


def _is_size(item: Item) -> bool:
    return isinstance(item, Token) and item.kind in ("letter", "number")


def _place(content: Sequence[Item]) -> tuple[str, int]:
    return (content[0].text, content[0].column) if content else ("", 0)


def _one_subscript(part: list[Item], spelled: Spelled) -> tuple[str, ...]:
    word, end = word_of(part, 0)
    if word is not None and end == len(part):
        return (word,)
    texts = [t.text.lstrip("\\") for t in part]
    if not texts or any(isinstance(t, Group) for t in part):
        raise Unread("not a subscript that symnet reads", spelled.token, spelled.at + 1)
    if "".join(texts) in WORDS_BELOW or any(t in ("+", "-") for t in texts):
        return ("".join(texts),)
    if all(t.isalnum() for t in texts):
        return tuple(texts)
    raise Unread("not a subscript that symnet reads", spelled.token + "_" + "".join(texts), spelled.at + 1)


def _layer(items: list[Item], i: int, symbols: Symbols) -> tuple[str, int] | None:
    """(l) or [l] above a name is a layer, not a power; so is l itself where it was declared to count layers."""
    content, _, end = take(items, i + 1)
    if len(content) == 1 and isinstance(content[0], Group) and content[0].open in ("(", "["):
        return "".join(_flat(content[0])), end
    if len(content) > 1 and isinstance(content[0], Group) and superscript(content[1:]) == "transpose":
        items[i:end] = [items[i], Group("{", tuple(content[1:]), content[1].column - 1, "}")]  # the rest is read later
        return "".join(_flat(content[0])), i
    if content and content[0].text in symbols.layers and all(isinstance(t, Token) for t in content):
        return "".join(t.text for t in content), end
    return None


def _flat(group: Group) -> list[str]:
    if any(isinstance(t, Group) for t in group.items):
        raise Unread("not a layer index that symnet reads", group.open, group.column)
    return [t.text.lstrip("\\") for t in group.items]


def _prime_order(items: list[Item], i: int) -> int:
    content, _, _ = take(items, i + 1)
    return len(content) if content and all(t.text == r"\prime" for t in content) else 0


def superscript(content: Sequence[Item]) -> str:
    r"""What ^ carries: "transpose", "inverse transpose", "hadamard" (a power entry by entry), or "power"."""
    texts = [t.text for t in content]
    word, end = word_of(list(content), 0)
    if (len(texts) == 1 and texts[0] in words.TRANSPOSES) or (word == "T" and end == len(content)):
        return "transpose"
    if texts and texts[0] in ("-", "−") and superscript(content[1:]) == "transpose":
        return "inverse transpose"
    if texts and texts[0] in (r"\odot", r"\circ") and len(texts) > 1:
        return "hadamard"
    if not texts or texts[0] in ("*", r"\ast", r"\dagger", r"\star", r"\circ"):
        return "unknown"
    return "power"
