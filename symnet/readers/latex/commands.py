r"""Commands with a reading of their own: fractions and derivatives, roots, extrema, sums, gradients, indicators.

Each takes the items, where it stands, and the line that it writes to; it returns where to go on.
"""

from dataclasses import replace

from symnet.readers.latex import words as words
from symnet.readers.latex.atoms import COMMANDS, Atoms, Items, Line
from symnet.readers.latex.names import spell, take, word_of
from symnet.readers.latex.split import place_of, split
from symnet.readers.latex.symbols import Spelled
from symnet.readers.latex.term import Term
from symnet.readers.latex.tokens import Group, Item, Token, Unread, number


def _fraction(atoms: Atoms, items: list[Item], i: int, line: Line) -> int:
    start = items[i]
    top, items[:], end = take(items, i + 1)
    bottom, items[:], end = take(items, end)
    change = _differential(top, bottom, atoms)
    if change is not None:
        over, under = change
        if not over:
            body = list(items[end:])
            variable = atoms.expression(under, start)
            line.put(Term("derivative", (atoms.expression(body, start), variable), at=start.at))
            return len(items)
        return atoms._hang(_partial(atoms, over, under, start), items, end, line)
    if end < len(items) and items[end].text in ("^", "_", "'"):
        raise Unread("put brackets around the fraction first", *place_of(items[end]))
    line.text.append(r"\frac{")
    line.put(atoms.expression(top, start))
    line.text.append("}{")
    line.put(atoms.expression(bottom, start))
    line.text.append("}")
    return end


def _partial(atoms: Atoms, over: Items, under: Items, start: Item) -> Term:
    top = _loss(over, atoms) or atoms.expression(over, start)
    return Term("partial", (top, atoms.expression(under, start)), at=start.at)


def _loss(items: Items, atoms: Atoms) -> Term | None:
    """The scalar that is differentiated, which need not be declared; L(W) is L."""
    if len(items) > 1 and isinstance(items[-1], Group) and items[-1].open == "(":
        items = items[:-1]
    spelling = spell(list(items), 0, atoms.symbols) if items else None
    if spelling is None or spelling.end != len(items) or spelling.spelled.subs:
        return None
    base = spelling.spelled.base
    is_loss = base in atoms.symbols.losses or rf"\{base}" in atoms.symbols.losses
    return Term("name", name=base, at=spelling.spelled.at) if is_loss and not atoms._known(spelling.spelled) else None


def _differential(top: Items, bottom: Items, atoms: Atoms) -> tuple[Items, Items] | None:
    r"""∂y over ∂x, or dy over dx where d is not declared."""
    if not top or not bottom:
        return None
    signs = []
    for part in (top, bottom):
        word, end = word_of(list(part), 0)
        is_d = part[0].text == "d" or word == "d"
        rest = list(part[max(end, 1) :])
        if part[0].text == r"\partial":
            signs.append(("∂", list(part[1:])))
        elif is_d and _may_be_differential(atoms) and (rest or part is top) and not (rest and rest[0].text == "_"):
            signs.append(("d", rest))
        else:
            return None
    (a, over), (b, under) = signs
    if over and over[0].text == "^":
        raise Unread("second derivatives are not read", *place_of(over[0]))
    return (over, under) if a == b and under else None


def _may_be_differential(atoms: Atoms) -> bool:
    """d above and below a fraction's line is no quantity, unless one was declared; a size called d is none."""
    return not atoms._known(Spelled("d", 0)) or "d" in atoms.symbols.sizes


def _root(atoms: Atoms, items: list[Item], i: int, line: Line) -> int:
    start, end = items[i], i + 1
    degree: Term | None = None
    if end < len(items) and items[end].text == "[":
        degree, end = atoms.expression(items[end].items, start), end + 1  # type: ignore[union-attr] - "[" is a Group
    inside, items[:], end = take(items, end)
    term = atoms.expression(inside, start)
    return atoms._hang(
        Term("sqrt", (term,), at=start.at) if degree is None else Term("root", (term, degree), at=start.at),
        items,
        end,
        line,
    )


def _extremum(atoms: Atoms, items: list[Item], i: int, line: Line) -> int:
    r"""\max(a, b), entry by entry; \max(x) of a vector, \max_{\mathrm{rows}}(X): the largest entries."""
    start, name, end, below = items[i], words.EXTREMA[items[i].text], i + 1, None
    if end < len(items) and items[end].text == "_":
        content, items[:], end = take(items, end + 1)
        below = word_of(content, 0)[0]
        if not words.function(name, (below or "",)):
            raise Unread("only the largest and smallest of rows or columns are read", *place_of(start))
    if end >= len(items) or not isinstance(items[end], Group) or items[end].text not in ("(", r"\{", "[", "{"):
        raise Unread("max and min are read with their arguments in brackets", *place_of(start))
    arguments = atoms.arguments(items[end])  # type: ignore[arg-type] - a Group
    if len(arguments) > 1 and below is None:
        return atoms._hang(Term(name, arguments, at=start.at), items, end + 1, line)
    if len(arguments) != 1 or arguments[0].op == "number":
        raise Unread("max and min need at least two arguments, or one vector", *place_of(start))
    return atoms._hang(
        Term("apply", arguments, words.function(name, (below,) if below else ()), start.at), items, end + 1, line
    )


def _big(atoms: Atoms, items: list[Item], i: int, line: Line) -> int:
    r"""\sum_{i=1}^{n}, \sum_i, \sum_{i,j}: to the end of the term."""
    start, end = items[i], i + 1
    below: Items = ()
    above: Items = ()
    while end < len(items) and items[end].text in ("_", "^"):
        sign = items[end].text
        content, items[:], end = take(items, end + 1)
        below, above = (content, above) if sign == "_" else (below, content)
    names, lower = _bounds(below, atoms, start)
    inner = replace(atoms, bound=atoms.bound | set(names))
    if end >= len(items):
        raise Unread("nothing is summed; write the terms after it", *place_of(start))
    body_line = Line()
    inner._term(items[end:], body_line)
    body = body_line.read()
    if bool(lower) != bool(above):
        raise Unread("a sum has both bounds or none", *place_of(start))
    bounds = (atoms.expression(lower, start), atoms.expression(above, start)) if lower else ()
    for name in reversed(names):
        body = Term(words.BIG[start.text], (body, *bounds), name, start.at)
    line.put(body)
    return len(items)


def _bounds(below: Items, atoms: Atoms, start: Item) -> tuple[list[str], Items]:
    parts, signs = split(below, {"="})
    letters = [t.text for t in parts[0] if t.text != ","] if parts and parts[0] else []
    single = all(isinstance(t, Token) and (t.kind == "letter") for t in (parts[0] if parts else ()) if t.text != ",")
    if not letters or not single or len(signs) > 1 or (signs and len(letters) > 1):
        raise Unread("a sum needs its index below it, as in \\sum_{i=1}^{n} or \\sum_i", *place_of(start))
    for letter in letters:
        if atoms._known(Spelled(letter, 0)) and letter not in atoms.symbols.counts:
            raise Unread(f"the index {letter} is a declared name; use another letter", *place_of(start))
    return letters, parts[1] if signs else ()


def _nabla(atoms: Atoms, items: list[Item], i: int, line: Line) -> int:
    start = items[i]
    if i + 1 >= len(items) or items[i + 1].text != "_":
        raise Unread(r"a gradient needs its variable, as in \nabla_W L", *place_of(start))
    variable, items[:], end = take(items, i + 2)
    rest = list(items[end:])
    spelling = spell(rest, 0, atoms.symbols) if rest else None
    if spelling is None:
        raise Unread(r"a gradient of what? write \nabla_W L", *place_of(start))
    stop = spelling.end + (1 if spelling.end < len(rest) and rest[spelling.end].text == "(" else 0)
    return atoms._hang(_partial(atoms, rest[:stop], variable, start), items, end + stop, line)


def _one(atoms: Atoms, items: list[Item], i: int, line: Line) -> int:
    r"""\mathbb{1}[x > 0], \mathbb{1}_{x>0}; without a relation it is the vector of ones."""
    content, items[:], end = take(items, i + 1)
    if [c.text for c in content] != ["1"]:
        spelling = spell(items, i, atoms.symbols)
        assert spelling is not None
        return atoms._named(spelling, items, line)
    condition: Items | None = None
    after = end
    if end < len(items) and isinstance(items[end], Group):
        condition, after = items[end].items, end + 1  # type: ignore[union-attr]
    elif end < len(items) and items[end].text == "_":
        condition, items[:], after = take(items, end + 1)
    if condition is not None and split(condition, set(words.SIGNS))[1]:
        relations = atoms.relations(condition, items[i])
        inside = relations[0] if len(relations) == 1 else Term("both", tuple(relations))
        return atoms._hang(Term("indicator", (inside,), at=items[i].at), items, after, line)
    return atoms._hang(Term("ones", at=items[i].at), items, end, line)


def _num(atoms: Atoms, items: list[Item], i: int, line: Line) -> int:
    r"""\num{111974400}, of the package siunitx."""
    content, items[:], end = take(items, i + 1)
    if not all(isinstance(t, Token) and (t.kind == "number" or t.text in "e-") for t in content) or not content:
        raise Unread("not a number", *place_of(items[i]))
    spelled = number("".join(t.text for t in content))
    try:
        term = Term("number", name=spelled, at=items[i].at)
        _ = term.value
    except ValueError:
        raise Unread("not a number", *place_of(items[i])) from None
    return atoms._hang(term, items, end, line)


COMMANDS |= {
    **dict.fromkeys((r"\frac", r"\dfrac", r"\tfrac", r"\cfrac"), _fraction),
    **dict.fromkeys(words.EXTREMA, _extremum),
    **dict.fromkeys(words.BIG, _big),
    r"\sqrt": _root,
    r"\num": _num,
    r"\nabla": _nabla,
    r"\mathbb": _one,
    r"\mathbbm": _one,
    r"\mathds": _one,
}
