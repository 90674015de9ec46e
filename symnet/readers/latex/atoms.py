r"""One atom at a time: a name, a bracket, a function with its argument, a fraction, a sum, cases, a matrix.

Line     what latex2sympy2 gets: placeholders for atoms, and the signs between them; ``terms`` are the atoms themselves
atom     reads one atom with what hangs on it (^ _ ') and appends it to the line

⊙ and · bind looser than juxtaposition and tighter than +; a sum sign reaches to the end of its term.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeGuard

from symnet.readers.latex import words as words
from symnet.readers.latex.algebra import Tree, algebra, v
from symnet.readers.latex.names import Spelling, is_part, size_words, spell, superscript, take, word_of
from symnet.readers.latex.parts import placed, sliced
from symnet.readers.latex.split import branch, folded, is_number, joined, place_of, rows_of, split, terms_of
from symnet.readers.latex.symbols import Spelled, Symbols, index, resolve
from symnet.readers.latex.term import Term, add, neg, num
from symnet.readers.latex.tokens import Group, Item, Token, Unread, number

Items = Sequence[Item]
MANY = 8  # terms; of a longer sum each is read on its own


@dataclass
class Line:
    """What latex2sympy2 gets to read, and the atoms behind its placeholders."""

    text: list[str] = field(default_factory=list)
    terms: list[Term] = field(default_factory=list)

    def put(self, term: Term) -> None:
        self.text.append(v(len(self.terms)))
        self.terms.append(term)

    def read(self) -> Term:
        return _assembled(algebra("".join(self.text), len(self.terms)), self.terms)


def _assembled(tree: Tree, terms: list[Term]) -> Term:
    if tree[0] == "v":
        return terms[tree[1]]
    parts = tuple(_assembled(t, terms) for t in tree[1:])
    make = _MAKE[tree[0]]
    return make(parts)


def _product(parts: tuple[Term, ...]) -> Term:
    return Term("product", parts, at=parts[0].at)


_MAKE: dict[str, Callable[[tuple[Term, ...]], Term]] = {
    "+": lambda p: add(*p),
    "*": _product,
    "-": lambda p: neg(p[0]),
    "/": lambda p: Term("quotient", p, at=p[0].at),
    "^": lambda p: Term("power", p, at=p[0].at),
    "^-1": lambda p: Term("power", (p[0], num(-1)), at=p[0].at),
    "root": lambda p: Term("sqrt" if len(p) == 1 else "root", p, at=p[0].at),
}


_FUNCTION_COMMANDS = {rf"\{name}" for name in words.FUNCTIONS}


def _holds_relation(item: Item) -> TypeGuard[Group]:
    """A round bracket with a relation in it."""
    return isinstance(item, Group) and item.open == "(" and bool(split(item.items, set(words.SIGNS))[1])


REFUSED = {
    r"\pm": "± stands for two formulas; write them both",
    r"\int": "integrals are not read",
    r"\lim": "limits are not read",
    r"\infty": "infinity is not read",
    "&": "an alignment mark outside of a table or matrix",
    ",": "a comma outside of an argument list",
    r"\ddots": "dots stand for what is left out; write it out or use a sum",
} | dict.fromkeys(words.DOTTED, "dots stand for what is left out; write it out or use a sum")


@dataclass(frozen=True)
class Atoms:
    """Reads expressions with the names in ``symbols``; ``bound`` are the indices of the sums around."""

    symbols: Symbols
    bound: frozenset[str] = frozenset()

    # ------------------------------------------------------------------ sums and products
    def expression(self, items: Items, after: Item | None = None) -> Term:
        """A sum of terms."""
        items = folded(items)
        if not items:
            raise Unread("nothing to read here", *place_of(after))
        terms = terms_of(items)
        if len(terms) > MANY:
            return add(*(self._signed(sign, term) for sign, term in terms))
        line = Line()
        for sign, term in terms:
            line.text.append(sign)
            self._term(term, line)
        return line.read()

    def _signed(self, sign: str, items: list[Item]) -> Term:
        line = Line()
        self._term(items, line)
        return neg(line.read()) if sign == "-" else line.read()

    def _term(self, items: Items, line: Line) -> None:
        """Factors joined by ⊙ or ·, or one run of juxtaposed factors."""
        parts, signs = split(items, {*words.HADAMARD, *words.DOTS})
        if len(parts) == 1:
            self._run(items, line)
            return
        read = []
        for part, sign in zip(parts, [*signs, None], strict=True):
            if not part:
                raise Unread("nothing stands beside it", *place_of(sign or signs[-1]))
            run = Line()
            self._run(part, run)
            read.append(run.read())
        line.put(joined(read, signs))

    def _run(self, items: Items, line: Line) -> None:
        rest: list[Item] = list(items)
        i = 0
        atom = len(line.text)  # where the last atom begins
        before: Item | None = None
        while i < len(rest):
            item = rest[i]
            if item.text in words.TIMES:
                line.text.append(r"\times ")
                i += 1
            elif item.text == "/":
                i = self._slash(rest, i, line, atom)
            elif item.text in ("+", "-", "−"):
                line.text.append("-" if item.text != "+" else "+")
                i += 1
            else:
                if is_number(item) and is_number(before):
                    raise Unread("two numbers side by side; write × between them", *place_of(item))
                atom = len(line.text)
                i = self._atom(rest, i, line)
            before = item

    def _slash(self, items: list[Item], i: int, line: Line, atom: int) -> int:
        """a/b: the atoms beside the slash as a fraction. What follows b must not be a matter of taste."""
        if i == 0 or i + 1 >= len(items):
            raise Unread("nothing stands beside it", *place_of(items[i]))
        below = Line(terms=line.terms)
        end = self._atom(items, i + 1, below)
        after = items[end] if end < len(items) else None
        clear = after is None or after.text in {*words.TIMES, "/", *words.BIG}
        if not clear and i == 1 and is_number(items[0]):
            clear = after is not None and (after.spaced or (is_number(items[2]) and isinstance(after, Group)))
        if not clear:
            raise Unread("unclear what is divided by what; write a fraction or brackets", *place_of(items[i]))
        line.text[atom:] = [r"\frac{", *line.text[atom:], "}{", *below.text, "}"]
        return end

    # ------------------------------------------------------------------ one atom
    def _atom(self, items: list[Item], i: int, line: Line) -> int:
        item = items[i]
        if isinstance(item, Group):
            return self._hang(self._group(item), items, i + 1, line)
        reader = COMMANDS.get(item.text)
        if reader is not None:
            return reader(self, items, i, line)
        if item.text == "1" and i + 1 < len(items) and _holds_relation(items[i + 1]):  # 1(x ≥ y), as CS231n writes it
            inside = self.bracketed(items[i + 1])
            return self._hang(Term("indicator", (inside,), at=item.at), items, i + 2, line)
        if item.kind == "number":
            return self._hang(Term("number", name=number(item.text), at=item.at), items, i + 1, line)
        if (spelling := spell(items, i, self.symbols)) is not None:
            return self._named(spelling, items, line)
        raise Unread(REFUSED.get(item.text, "not a sign that symnet reads"), *place_of(item))

    def _named(self, spelling: Spelling, items: list[Item], line: Line) -> int:
        """A function with its argument, e to a power, or a quantity."""
        spelled, i = spelling.spelled, spelling.end
        base = spelled.base
        if base == "e" and not spelled.subs and items[i : i + 1] and items[i].text == "^" and not self._known(spelled):
            inside, items[:], i = take(items, i + 1)
            return self._hang(
                Term("apply", (self.expression(inside, items[i - 1]),), "exp", spelled.at), items, i, line
            )
        function = self._function(spelling, items)
        if function:
            return self._applied(function, spelling, items, line)
        if spelling.primes and (self.symbols.open or not self._known(spelled)):
            raise Unread("a prime on what is not a declared function or matrix", spelled.shown + "'", spelled.at + 1)
        self._refuse_differential(spelling, items, i)
        if self.symbols.open and not self._known(spelled):
            self._refuse_unclear_function(spelled, items, i)
        term = resolve(spelled, self.symbols, self.bound)
        if not self.symbols.open and i < len(items) and isinstance(group := items[i], Group):
            i += self._is_argument(term, spelling, group)
        for _ in range(spelling.primes):
            term = Term("transpose", (term,), at=term.at, doubt=self._doubt_of_prime(term))
        return self._hang(term, items, i, line)

    def _doubt_of_prime(self, term: Term) -> str:
        """W' is a transpose, but h' of what is defined by a function, or of a number, may be its derivative."""
        defined = term.op == "name" and term.name in self.symbols.depends
        number = term.op != "name" or self.symbols.shapes.get(term.name, None) == ()
        return f"{term}' may be a derivative" if defined or number else ""

    def _refuse_unclear_function(self, spelled: Spelled, items: list[Item], i: int) -> None:
        """E(w) is a function to some and a product to others; E(w - 1) is taken for a product where E is new."""
        group = items[i] if i < len(items) else None
        if not isinstance(group, Group) or group.open not in ("(", "["):
            return
        is_sum = bool({"+", "-", "−"} & {t.text for t in group.items})
        expected = spelled.base.startswith("\\mathbb") or (group.open == "[" and spelled.base in words.EXPECTATIONS)
        if expected or not (is_sum or group.spaced):
            raise Unread(
                "a function or a product? declare it, or write \\cdot between them", spelled.shown, spelled.at + 1
            )

    def _is_argument(self, term: Term, spelling: Spelling, group: Group) -> bool:
        """h(x) is h, where h depends on x; h(x + y) may be another value of h, x(a + b) is a product, x(a) unclear."""
        spelled = spelling.spelled
        if group.open != "(" and not spelled.base.startswith("\\mathbb"):
            return False
        if spelling.primes:
            raise Unread("a derivative, or a transpose times the bracket?", spelled.shown + "'", spelled.at + 1)
        depends = self.symbols.depends.get((term.args[0] if term.op == "index" else term).name, frozenset())
        inside = self._names(group.items)
        parts, commas = split(group.items, {",", ";"})
        bare = all(_is_one_sign(part) for part in parts)
        if bare and inside and inside <= depends and len(inside) == len(parts):
            return True
        given = r"\mid" in (texts := [t.text for t in group.items]) or texts.count("|") == 1
        if bare or commas or given or inside & depends:
            raise Unread("a function or a product? write \\cdot between them", spelled.shown, spelled.at + 1)
        return False

    def _names(self, items: Items) -> frozenset[str]:
        """The declared names that are spelled there."""
        found: set[str] = set()
        i = 0
        while i < len(items):
            item, spelling = items[i], _spelled(list(items), i)
            if isinstance(item, Group):
                found |= self._names(item.items)
            if spelling is not None and (name := self.symbols.declared(spelling.spelled.base, spelling.spelled.words)):
                found.add(name)
            i = spelling.end if spelling is not None else i + 1
        return frozenset(found)

    def _refuse_differential(self, spelling: Spelling, items: list[Item], i: int) -> None:
        """dw is a differential, or one name for a gradient; hardly ever d times w where d is new, or is a size."""
        spelled, after = spelling.spelled, items[i] if i < len(items) else None
        if spelled.base != "d" or spelled.subs or spelled.accents or spelled.bold or not isinstance(after, Token):
            return
        if self._known(spelled) and "d" not in self.symbols.sizes:
            return
        named = after.kind == "letter" or after.text in {*words.GREEK, *words.BOLD, *words.FANCY, *words.ACCENTS}
        beside = not after.spaced or (spelling.upright and not self.symbols.open)
        if named and beside and after.text not in self.symbols.sizes:
            raise Unread("a differential or a product? declare d, or write \\cdot after it", "d", spelled.at + 1)

    def _known(self, spelled: Spelled) -> bool:
        return self.symbols.declared(spelled.base, spelled.words) is not None

    def _function(self, spelling: Spelling, items: list[Item]) -> str:
        """The name of the function that starts here, or nothing."""
        spelled, name = spelling.spelled, spelling.function
        if spelled.accents or spelled.bold or self._known(spelled):
            return ""
        joined = name + ("_" + "".join(spelled.words) if spelled.subs else "")
        for candidate in (joined, joined.replace("_", ""), name, name.removeprefix("var")):
            if self.symbols.is_function(candidate):
                return candidate + (f"^({spelled.layer})" if spelled.layer else "")
        if spelling.upright and (word := words.function(name, spelled.words)):
            return word
        follows = spelling.end < len(items) and items[spelling.end].text in ("(", "[")
        usual = rf"\{name}" in words.USUAL_FUNCTIONS or name in words.USUAL_FUNCTIONS
        if name == "sigma" and follows and not self.symbols.open:
            return "sigmoid"
        if self.symbols.open and follows and (usual or (spelling.upright and len(name) > 1)):
            return joined + (f"^({spelled.layer})" if spelled.layer else "")
        if spelling.upright and follows and len(name) > 1:
            raise Unread(
                "unknown function; declare it, as in 'phi : elementwise'", name, spelled.at + 1, undefined=True
            )
        return ""

    def _applied(self, name: str, spelling: Spelling, items: list[Item], line: Line) -> int:
        """f(x), f'(x), f^2(x), \\log x: a bracket, or the one atom that follows."""
        i, exponent = spelling.end, None
        if i < len(items) and items[i].text == "^" and self._is_power(items, i):
            exponent, items[:], i = take(items, i + 1)
        if i >= len(items):
            raise Unread(
                "a function without its argument; write it in brackets", spelling.spelled.shown, spelling.spelled.at + 1
            )
        key, items[:], i = take(items, i + 1) if name == "place" and items[i].text == "_" else ([], items, i)
        nxt = items[min(i, len(items) - 1)]
        if isinstance(nxt, Group) and nxt.open in ("(", "[", "{", r"\{"):
            arguments, i = self.arguments(nxt), i + 1
        elif name in words.ONE_ARGUMENT:
            argument, i = self._bare(items, i, spelling.spelled.shown)
            arguments = (argument,)
        else:
            raise Unread(
                "a function without its argument; write it in brackets", spelling.spelled.shown, spelling.spelled.at + 1
            )
        name += "'" * spelling.primes
        term = Term("apply", arguments, name, spelling.spelled.at)
        if name == "abs":
            term = Term("abs", arguments, at=spelling.spelled.at)
        if key:
            term = placed(arguments, key, self.expression, term.at)
        if exponent is not None:
            term = Term("power", (term, self.expression(exponent)), at=term.at)
        return self._hang(term, items, i, line)

    def _is_power(self, items: list[Item], i: int) -> bool:
        content, _, _ = take(items, i + 1)
        return superscript(content) == "power"

    def _bare(self, items: list[Item], i: int, function: str) -> tuple[Term, int]:
        r"""\log y, \log\det A, \sin x \cos x: what follows is one atom, up to the next function; \tr A B is unclear."""
        items[:i], rest = [], items[i:]
        line = Line()
        end = self._atom(rest, 0, line)
        items[:] = rest
        if end < len(rest) and not (rest[end].text in _FUNCTION_COMMANDS and len(line.terms) == 1):
            raise Unread(f"unclear where the argument of {function} ends; write it in brackets", *place_of(rest[end]))
        return line.read(), end

    def arguments(self, group: Group) -> tuple[Term, ...]:
        """The arguments in a bracket, separated by commas."""
        parts, commas = split(group.items, {","})
        if len(parts) > 1 or commas:
            for item in group.items:
                if isinstance(item, Token) and item.kind == "number" and "," in item.text.replace("{,}", ""):
                    raise Unread("unclear whether the comma groups digits or separates arguments", *place_of(item))
        return tuple(self.expression(part, group) for part in parts)

    # ------------------------------------------------------------------ brackets
    def _group(self, group: Group) -> Term:
        if group.open.startswith("begin "):
            return self._environment(group, group.open.removeprefix("begin "))
        if group.open in words.FENCED or group.open in words.BARS:
            kind = words.FENCED.get(group.open) or words.BARS[group.open]
            return Term(kind, (self.expression(group.items, group),), "2" if kind == "norm" else "", group.at)
        if group.open == r"\langle":
            parts, _ = split(group.items, {","})
            if len(parts) != 2:
                raise Unread("an inner product has two arguments", *place_of(group))
            return Term("inner", tuple(self.expression(p, group) for p in parts), at=group.at)
        if group.close == "." and len(group.items) == 1 and isinstance(group.items[0], Group):
            return self._cases(group.items[0])
        if split(group.items, {","})[1]:
            raise Unread("a list in brackets; write a vector as a matrix with one column", *place_of(group))
        inside = folded(group.items)
        return replace(self.expression(inside, group), at=group.at)

    def _environment(self, group: Group, name: str) -> Term:
        if name in words.CASES:
            return self._cases(group)
        if name not in words.MATRICES:
            raise Unread("this environment is not read inside a formula", f"\\begin{{{name}}}", group.column)
        rows = [[self.expression(cell, group) for cell in row] for row in rows_of(group)]
        if len({len(row) for row in rows}) != 1:
            lengths = ", ".join(str(len(row)) for row in rows)
            raise Unread(
                f"the rows of the matrix have different lengths: {lengths}", f"\\begin{{{name}}}", group.column
            )
        matrix = Term("matrix", tuple(c for row in rows for c in row), f"{len(rows)}x{len(rows[0])}", group.at)
        if name == "Vmatrix":
            raise Unread("the norm of a written-out matrix is not read", f"\\begin{{{name}}}", group.column)
        return Term("apply", (matrix,), "det", group.at) if name == "vmatrix" else matrix

    def _cases(self, group: Group) -> Term:
        branches: list[Term] = []
        for row in rows_of(group):
            value, condition = branch(row, group)
            while value and value[-1].text in (",", ";"):
                value = value[:-1]
            branches += [self.expression(value, group), self.condition(condition, group)]
        if not branches:
            raise Unread("there is no case in it", *place_of(group))
        return Term("cases", tuple(branches), at=group.at)

    def condition(self, items: Items, after: Item) -> Term:
        """otherwise, or one or more relations."""
        relations: list[list[Item]] = [[]]
        i, rest = 0, list(items)
        while i < len(rest):
            word, end = word_of(rest, i)
            if word is not None:
                if word.strip().lower() in words.OTHERWISE:
                    return Term("otherwise")
                if word.strip(" ,.").lower() not in words.WHEN:
                    raise Unread("not a condition that symnet reads", word, rest[i].column)
                relations += [[]] if word.strip() == "and" else []
                i = end
            elif rest[i].text in (",", ".", ";"):
                i += 1
            elif rest[i].text in (r"\land", r"\wedge"):
                relations.append([])
                i += 1
            else:
                relations[-1].append(rest[i])
                i += 1
        if not any(relations):
            return Term("otherwise")
        read = [r for part in relations for r in self.relations(part, after)]
        return read[0] if len(read) == 1 else Term("both", tuple(read))

    def bracketed(self, group: Group) -> Term:
        """One relation in a bracket, or several of a chain that are to hold together."""
        found = self.relations(group.items, group)
        return found[0] if len(found) == 1 else Term("both", tuple(found))

    def relations(self, items: Items, after: Item) -> list[Term]:
        """a < b < c as its links."""
        parts, signs = split(folded(items), set(words.SIGNS))
        if not signs:
            raise Unread("a condition needs a relation such as x > 0", *place_of(after))
        sides = [self.expression(part, after) for part in parts]
        return [
            Term("relation", (a, b), words.SIGNS[sign.text], a.at)
            for a, b, sign in zip(sides, sides[1:], signs, strict=False)
        ]

    # ------------------------------------------------------------------ what hangs on an atom
    def _hang(self, term: Term, items: list[Item], i: int, line: Line) -> int:
        """Transposes, indices and powers after an atom; a power goes to the line, where latex2sympy2 reads it."""
        while i < len(items):
            sign = items[i].text
            if sign == "_":
                content, items[:], i = take(items, i + 1)
                term = self._below(term, content, items[i - 1])
            elif sign == "'":
                if self.symbols.open or any(t.op == "apply" for t in term.walk()):
                    raise Unread("a prime on what is not a declared function or matrix", *place_of(items[i]))
                term, i = Term("transpose", (term,), at=term.at), i + 1
            elif sign == "^":
                place = items[i]
                content, items[:], i = take(items, i + 1)
                kind = superscript(content)
                if kind == "power" and i < len(items) and items[i].text == "_":
                    below, items[:], i = take(items, i + 1)
                    term = self._below(term, below, place)
                if kind == "power":
                    self._refuse_layer(term, content, place)
                    line.put(term)
                    if i < len(items) and items[i].text in ("^", "'"):
                        raise Unread("two superscripts; put brackets around the first power", *place_of(items[i]))
                    line.text.append("^{")
                    line.put(self.expression(content, place))
                    line.text.append("}")
                    return i
                term = self._raised(term, kind, content, place)
            else:
                break
        line.put(term)
        return i

    def _refuse_layer(self, term: Term, content: Items, place: Item) -> None:
        """w^l is a layer to some and a power to others."""
        counts = content[0].text in ("l", "L", r"\ell") and not self._known(Spelled(content[0].text, 0))
        if counts and term.op in ("name", "index"):
            raise Unread(r"a layer or a power? write ^{(l)}, or declare 'l : layer'", *place_of(place))

    def _raised(self, term: Term, kind: str, content: Items, place: Item) -> Term:
        if kind == "transpose":
            if self._known(Spelled("T", 0)) and any(c.text == "T" for c in content):
                raise Unread(r"T is a declared name; write ^\top for the transpose", *place_of(place))
            return Term("transpose", (term,), at=term.at)
        if kind == "inverse transpose":
            return Term("transpose", (Term("power", (term, neg(num(1)))),), at=term.at)
        if kind == "hadamard":
            return Term("hpower", (term, self.expression(content[1:], place)), at=term.at)
        raise Unread("not a superscript that symnet reads", *place_of(place))

    def _below(self, term: Term, content: Items, place: Item) -> Term:
        if term.op == "norm":
            word = (
                "".join(c.text for c in content)
                if all(isinstance(c, Token) for c in content)
                else word_of(content, 0)[0]
            )
            if word not in ("2", "1", "F"):
                raise Unread("only the norms 1, 2 and F are read", *place_of(place))
            return replace(term, name=word)
        if term.op in ("ones", "zeros", "identity"):
            return replace(term, name=" ".join(size_words(content)))
        if is_part(content):
            return sliced(term, content, self.expression)
        letters = [c for c in content if c.text != ","]
        spelled = Spelled("(…)", term.at, token="(…)")
        subs = tuple(index(c.text if isinstance(c, Token) else "", spelled) for c in letters)
        return Term("index", (term, *subs), at=term.at)


def _spelled(items: list[Item], i: int) -> Spelling | None:
    """The name that is spelled there, if one is."""
    try:
        return None if isinstance(items[i], Group) else spell(items, i, Symbols())
    except Unread:
        return None


def _is_one_sign(items: list[Item]) -> bool:
    """A name or a number, and nothing else."""
    spelling = _spelled(items, 0) if items else None
    return len(items) == (spelling.end if spelling is not None else 1) and not isinstance(items[0], Group)


Command = Callable[[Atoms, list[Item], int, Line], int]
COMMANDS: dict[str, Command] = {}  # filled by `symnet.readers.latex.commands`
