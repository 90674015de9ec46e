r"""What a letter is, from what was declared: d, e, E, I and i are ordinary names once they are declared.

Symbols      names with shapes, functions, and what to ignore; ``open`` accepts names that nobody declared
Spelled      a name as it stands in the text: base, accents, subscripts, layer, primes

    W_1, W^{(1)}, \mathbf{W}_1, W^{[1]}    the declared W1            b_{\mathrm{out}}    the declared b_out
    h_j, v_{ij}, (Wx)_i                    entries, where the whole is no declared name but the vector or matrix is
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, cast

from sympy.printing.conventions import split_super_sub

from symnet.errors import InvalidInput
from symnet.readers.latex import words as words
from symnet.readers.latex.term import Term, num
from symnet.readers.latex.tokens import Unread

Sizes = tuple[Any, ...]


@dataclass(frozen=True)
class Spelled:
    """``subs`` are subscripts one by one, ``layer`` what stood in ^{(…)}; ``bold`` and ``accents`` are faces."""

    base: str
    at: int
    accents: tuple[str, ...] = ()
    bold: bool = False
    subs: tuple[Term | str, ...] = ()
    layer: str = ""
    token: str = ""

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(s if isinstance(s, str) else s.latex() for s in self.subs)

    @property
    def shown(self) -> str:
        below = f"_{{{','.join(self.words)}}}" if self.subs else ""
        return self.token + below + (f"^{{({self.layer})}}" if self.layer else "")


@dataclass(frozen=True)
class Symbols:
    """``shapes``: name -> sizes, () for a scalar, None where the shape is not known.

    ``layers`` are letters that count layers where they stand above a name: with l among them, w^{l+1} is no power;
    ``counts`` are sizes, whose letters a sum may use for its index. ``depends`` says of defined quantities on what they
    depend: h(x) is h itself where h depends on x.
    """

    shapes: Mapping[str, Sizes | None] = field(default_factory=dict)
    functions: tuple[str, ...] = ()
    open: bool = False
    layers: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    losses: frozenset[str] = frozenset(words.LOSSES)
    counts: frozenset[str] = frozenset()
    depends: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @cached_property
    def keys(self) -> dict[tuple[str, tuple[str, ...]], str]:
        """(base, subscripts) -> declared name, for every way in which a declared name may be written."""
        found: dict[tuple[str, tuple[str, ...]], str] = {}
        for name in self.shapes:
            base, supers, subs = cast("tuple[str, list[str], list[str]]", split_super_sub(name))
            found.setdefault((base, (*supers, *subs)), name)
            found.setdefault((name, ()), name)
        for name in self.shapes:  # Wq as W_q, where nothing else is called that
            if re.fullmatch(r"[A-Za-z]\w+", name) and "_" not in name:
                found.setdefault((name[0], (name[1:],)), name)
        return found

    def declared(self, base: str, subs: tuple[str, ...]) -> str | None:
        """The declared name that is spelled so, if there is one."""
        return self.keys.get((base, subs)) or self.keys.get((base, ("".join(subs),)))

    def is_function(self, name: str) -> bool:
        return name in self.functions

    @cached_property
    def sizes(self) -> frozenset[str]:
        """The letters that are sizes of others."""
        return frozenset(d for shape in self.shapes.values() for d in shape or () if isinstance(d, str)) | self.counts


def symbols(given: Any = None) -> Symbols:
    r"""Declarations in any form: None (every name is accepted), the model language ("x : n"), a mapping or names.

    A mapping takes a name to "n n", "scalar", "elementwise", "layer", a tuple of sizes, or None for a shape not known;
    the name "*" accepts every other name too.
    """
    if given is None:
        return Symbols(open=True)
    if isinstance(given, Symbols):
        return given
    if isinstance(given, str):
        return _collected(_declarations(given))
    if isinstance(given, Mapping):
        return _collected((str(name), what) for name, what in given.items())
    if isinstance(given, Iterable):
        return _collected((str(name), None) for name in given)
    raise InvalidInput(f"symbols are declared as 'x : n', a mapping or a list of names, not {type(given).__name__}")


def _declarations(text: str) -> Iterable[tuple[str, str]]:
    for line in text.splitlines():
        stripped = line.split("#")[0].strip()
        if stripped:
            names, colon, what = stripped.partition(":")
            if not colon or not what.strip():
                raise InvalidInput(
                    f"'{stripped}' declares nothing; write 'W : m n', 't : scalar' or 'phi : elementwise'"
                )
            yield from ((name.strip(), what.strip()) for name in names.split(","))


def _collected(declared: Iterable[tuple[str, Any]]) -> Symbols:
    shapes: dict[str, Sizes | None] = {}
    functions: list[str] = []
    layers: list[str] = []
    is_open = False
    for name, what in declared:
        if name == "*":
            is_open = True
        elif what == "layer":
            layers.append(name)
        elif what in ("elementwise", "function"):
            functions.append(name)
        else:
            shapes[name] = _sizes(what)
    return Symbols(shapes, tuple(functions), is_open, tuple(layers))


def _sizes(what: Any) -> Sizes | None:
    if what is None or what == "any":
        return None
    if what == "scalar":
        return ()
    if isinstance(what, str):
        return tuple(int(size) if size.isdigit() else size for size in what.split())
    return tuple(what)


# ---------------------------------------------------------------------- resolving
def resolve(spelled: Spelled, declared: Symbols, bound: frozenset[str]) -> Term:
    """The quantity, entry or constant that a spelled name stands for; `Unread` where nothing was declared so."""
    base = spelled.base
    if base in bound and not spelled.subs and not spelled.accents:
        return Term("name", name=base, at=spelled.at)
    found = _declared(spelled, base, declared)
    if found is not None:
        return found
    if not spelled.accents and (constant := _constant(spelled, base, declared.open)):
        return constant
    if declared.open:
        return _new(spelled, base, bound)
    raise Unread(
        f"undefined symbol{_nearest(base, declared)}; declare it, or use the names of the model",
        spelled.shown, spelled.at + 1, undefined=True,
    )  # fmt: skip


def _declared(spelled: Spelled, base: str, declared: Symbols) -> Term | None:
    layers = (spelled.layer,) if spelled.layer else ()
    for face in (rf"\mathbf{{{base}}}", base) if spelled.bold else (base,):
        for split in range(len(spelled.subs), -1, -1):  # the longest declared name first, the rest are indices
            name = declared.declared(face, layers + spelled.words[:split])
            if name is None and spelled.accents and spelled.accents[-1] != "bar":
                name = _accented_name(declared, spelled, face, layers + spelled.words[:split])
                spelled_accents = spelled.accents[:-1] if name else spelled.accents
            else:
                spelled_accents = spelled.accents
            if name is None and len(face) == 1 and face.islower() and len(spelled.subs) - split == 2:
                name = declared.declared(face.upper(), layers + spelled.words[:split])
                name = (
                    name
                    if name and declared.shapes[name] is not None and len(declared.shapes[name] or ()) == 2
                    else None
                )
            if name is not None and (split == len(spelled.subs) or declared.shapes[name] != ()):
                return _entry(_with_accents(name, spelled_accents, spelled.at), spelled.subs[split:], spelled)
    return None


def _accented_name(declared: Symbols, spelled: Spelled, base: str, subs: tuple[str, ...]) -> str | None:
    accent = spelled.accents[-1]
    for name in (f"{base}{accent}", f"{base}_{accent}", rf"\{accent}{{{base}}}"):
        full = "_".join([name, *subs])
        if found := (name if not subs and name in declared.shapes else full if full in declared.shapes else None):
            return found
    return None


def _with_accents(name: str, accents: tuple[str, ...], at: int) -> Term:
    for accent in accents:
        name = rf"\{accent}{{{name}}}"
    return Term("name", name=name, at=at)


def _entry(whole: Term, subs: tuple[Term | str, ...], spelled: Spelled) -> Term:
    if not subs:
        return whole
    return Term("index", (whole, *(index(s, spelled) for s in subs)), at=spelled.at)


def index(sub: Term | str, spelled: Spelled) -> Term:
    """A subscript as an index: a number from 1, a letter, or a letter shifted by a number."""
    if isinstance(sub, Term):
        return sub
    if sub.isdigit():
        return num(int(sub))
    if re.fullmatch(r"[A-Za-z]|alpha|beta|mu|nu|ell", sub):
        return Term("name", name=sub)
    raise Unread("its subscript is neither part of a declared name nor an index", spelled.shown, spelled.at + 1)


def _constant(spelled: Spelled, base: str, is_open: bool) -> Term | None:
    r"""1, 0 and I in bold are constants of the shape that fits, or of the size that stands below.

    An undeclared \delta_{ij} is Kronecker's: entry i, j of the identity.
    """
    if base == "delta" and len(spelled.subs) == 2 and not is_open and not spelled.layer:
        return _entry(Term("identity", at=spelled.at), spelled.subs, spelled)
    face = {"1": "ones", "0": "zeros", "I": "identity", "bb1": "ones"}.get(base)
    if face and (spelled.bold or base == "bb1" or (base == "I" and not is_open)):
        return Term(face, name=" ".join(spelled.words), at=spelled.at)
    return None


def _new(spelled: Spelled, base: str, bound: frozenset[str]) -> Term:
    """Nothing declared: a letter or bound variable below is an index, anything else belongs to the name."""
    plain = [s if isinstance(s, str) else s.latex() for s in spelled.subs]
    letters = [s for s in plain if not s.isdigit()]  # w_0 is a name, w_{j0} an entry of w
    is_index = bool(letters) and all(s in bound or (len(s) == 1 and s in words.INDICES) for s in letters)
    below = "" if is_index else "".join(plain) if all(len(p) == 1 for p in plain) else ",".join(plain)
    name = base + ("_" + below if below else "") + (f"^({spelled.layer})" if spelled.layer else "")
    name = rf"\mathbf{{{name}}}" if spelled.bold else name
    whole = _with_accents(name, spelled.accents, spelled.at)
    return _entry(whole, spelled.subs, spelled) if is_index and plain else whole


def _nearest(base: str, declared: Symbols) -> str:
    close = [name for name in declared.shapes if name.lower() == base.lower()]
    return f" (did you mean {close[0]}?)" if close else ""
