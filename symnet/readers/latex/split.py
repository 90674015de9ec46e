r"""Where a formula comes apart: at its signs, into terms and factors; at bars, rows and cells."""

from collections.abc import Sequence

from symnet.readers.latex import words as words
from symnet.readers.latex.names import word_of
from symnet.readers.latex.term import Term
from symnet.readers.latex.tokens import Group, Item, Token, Unread

Items = Sequence[Item]


def terms_of(items: Items) -> list[tuple[str, list[Item]]]:
    """(sign, term) at this level; a sign after a sign or an operator belongs to the term."""
    found: list[tuple[str, list[Item]]] = [("", [])]
    operators = {*words.TIMES, *words.DOTS, *words.HADAMARD, "/", "^", "_"}
    for item in items:
        if item.text in ("+", "-", "−") and isinstance(item, Token):
            sign = "+" if item.text == "+" else "-"
            term = found[-1][1]
            if term and term[-1].text not in operators:
                found.append((sign, []))
                continue
            if not term and not found[-1][0]:
                found[-1] = (sign, [])
                continue
            if not term:
                raise Unread("two signs in a row; put brackets around the second", *place_of(item))
        found[-1][1].append(item)
    if not found[-1][1]:
        raise Unread("nothing follows the sign", *place_of(items[-1]))
    return found


def split(items: Items, at: set[str]) -> tuple[list[list[Item]], list[Item]]:
    """Parts between the signs in ``at``, and the signs; a sum sign keeps what follows it when splitting products."""
    parts: list[list[Item]] = [[]]
    signs: list[Item] = []
    products = r"\odot" in at
    for item in items:
        open_sum = products and any(t.text in words.BIG for t in parts[-1])
        raised = products and parts[-1] and parts[-1][-1].text == "^"
        if item.text in at and isinstance(item, Token) and not open_sum and not raised:
            signs.append(item)
            parts.append([])
        else:
            parts[-1].append(item)
    return parts, signs


def joined(parts: list[Term], signs: list[Item]) -> Term:
    """⊙ ⊘ · of equal rank, from left to right; ⊙ and · mixed between matrices would be unclear."""
    kinds = [words.HADAMARD.get(s.text, "dot") for s in signs]
    if len(set(kinds)) == 1 and kinds[0] in ("hadamard", "dot"):
        return Term(kinds[0], tuple(parts), at=parts[0].at)
    total = parts[0]
    for kind, part, sign in zip(kinds, parts[1:], signs, strict=True):
        if kind == "dot" and "hadamard" in kinds and total.op != "number" and part.op != "number":
            raise Unread("· beside ⊙ without brackets is unclear; put brackets", *place_of(sign))
        same = total.op == kind == "hadamard" and total is not parts[0]
        total = Term(kind, (*total.args, part) if same else (total, part), at=total.at)
    return total


def rows_of(group: Group) -> list[list[list[Item]]]:
    """The rows of an environment, each a list of cells; an empty last row is nothing."""
    items = list(group.items)
    if group.open.removeprefix("begin ").rstrip("*") in words.WITH_ARGUMENT and items and items[0].text in ("{", "["):
        while items and items[0].text in ("{", "["):
            items.pop(0)
    rows: list[list[list[Item]]] = [[[]]]
    for item in items:
        if item.text == "\\\\":
            rows.append([[]])
        elif item.text == "&":
            rows[-1].append([])
        else:
            rows[-1][-1].append(item)
    return [row for row in rows if any(row)]


def branch(row: list[list[Item]], group: Group) -> tuple[list[Item], list[Item]]:
    """Value and condition: on both sides of &, or of the first word or comma."""
    if len(row) >= 2:
        return row[0], [item for cell in row[1:] for item in cell]
    for i, item in enumerate(row[0]):
        if item.text == "," or word_of(row[0], i)[0] is not None:
            return row[0][:i], row[0][i:]
    raise Unread("a case needs its condition after &", *place_of(group))


def folded(items: Items) -> list[Item]:
    """Bars | … | and ‖ … ‖ as groups."""
    found: list[Item] = []
    opened: list[tuple[int, str, Item]] = []
    count = sum(t.text in words.BARS for t in items)
    i = 0
    while i < len(items):
        item = items[i]
        i += 1
        if not isinstance(item, Token) or item.text not in words.BARS:
            found.append(item)
            continue
        kind = words.BARS[item.text]
        double = i < len(items) and items[i].text == "|" == item.text and items[i].column == item.column + 1
        if double and (not opened or opened[-1][1] == "norm"):
            kind, i = "norm", i + 1
        follows = i < len(items) and items[i].text not in {*_OPENS, *words.BARS, "^", "_", "'"}
        if opened and count > 3 and kind == "abs" and follows and found and found[-1].text not in _OPENS:
            raise Unread(r"unclear which bars belong together; write \lvert … \rvert", *place_of(item))
        operand = bool(found) and found[-1].text not in _OPENS and len(found) > (opened[-1][0] if opened else -1)
        if opened and opened[-1][1] == kind and operand:
            start, _, bar = opened.pop()
            inside = found[start:]
            del found[start:]
            found.append(Group(r"\|" if kind == "norm" else "|", tuple(inside), bar.column - 1, spaced=bar.spaced))
        else:
            opened.append((len(found), kind, item))
    if opened:
        raise Unread("this bar is never closed", *place_of(opened[-1][2]))
    return found


_OPENS = {"+", "-", "=", ",", "(", "/", "^", *words.TIMES, *words.DOTS, *words.HADAMARD, *words.SIGNS, *words.BIG}


def is_number(item: Item | None) -> bool:
    """It is a number as written."""
    return isinstance(item, Token) and item.kind == "number"


def place_of(item: Item | None) -> tuple[str, int]:
    """The token and its column, for a refusal."""
    if item is None:
        return "", 0
    text = item.text
    return (text.replace("begin ", r"\begin ") if text else "", item.column)
