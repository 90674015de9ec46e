"""A network as a list of named layers, each of whose sizes may be a number or a letter.

>>> from symnet.counts.layers import Input, Conv, Linear
>>> tiny = Architecture("tiny", [("input", Input(1, "H", "H")), ("conv1", Conv("c_1", 3)), ("fc2", Linear(10))])
>>> sorted(str(s) for s in tiny.symbols)
['H', 'c_1']
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from typing import Any

import sympy as sp

from symnet.counts.rules import BOUNDS_ZERO, Layer, Rule, refers_to
from symnet.counts.shapes import base, number_of
from symnet.counts.sizes import evaluate, size
from symnet.errors import InvalidInput
from symnet.sizes import letter

Named = tuple[str, Any]
_NAME = re.compile(r"[A-Za-z]\w*([.-]\w+)*")


@dataclass(frozen=True)
class Architecture:
    """Named layers in order, the first of them an input.

    name     what tables and reports call it
    layers   pairs (name, layer), or a mapping; names are unique
    sizes    where the sizes are letters that stand for known numbers: those numbers

    Raises InvalidInput for an empty list, a name that occurs twice, and a size that is none.
    """

    name: str
    layers: tuple[Named, ...]
    sizes: Mapping[sp.Symbol, int] = field(default_factory=dict, compare=False)

    def __init__(
        self,
        name: str,
        layers: Mapping[str, Layer] | Iterable[tuple[str, Layer]],
        sizes: Mapping[sp.Symbol, int] | None = None,
    ) -> None:
        if not isinstance(name, str) or not name.isprintable():
            raise InvalidInput(f"a network is called {ascii(name)[:80]}; a name is text that can be printed")
        pairs = _one_by_one(name, layers.items() if isinstance(layers, Mapping) else layers)
        _refuse_bad_names(name, pairs)
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "layers", tuple((n, with_sizes(n, layer)) for n, layer in pairs))
        object.__setattr__(self, "sizes", dict(sizes or {}))

    def __getitem__(self, name: str) -> Any:
        for known, layer in self.layers:
            if known == name:
                return layer
        raise InvalidInput(f"{self.name} has no layer {name!r}; it has {', '.join(self.names)}")

    def __str__(self) -> str:
        """One line for each layer, as one writes it in Python."""
        return "\n".join([self.name, *(f"  {name}: {spelled(layer)}" for name, layer in self.layers)])

    def __iter__(self) -> Iterator[Named]:
        return iter(self.layers)

    def __len__(self) -> int:
        return len(self.layers)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.layers)

    @property
    def symbols(self) -> frozenset[Any]:
        """The letters among the sizes; none means that it can be built."""
        sizes = (value for _, layer in self.layers for value in letters_of(layer).values())
        return frozenset(s for value in sizes if isinstance(value, sp.Expr) for s in value.free_symbols)

    # ------------------------------------------------------------------ the same network, with other sizes
    def at(self, sizes: Mapping[Any, int], name: str | None = None) -> "Architecture":
        """Numbers in place of letters, given by symbol or by name.

        Raises InvalidInput where a size becomes a fraction, zero or negative, or a name is not a letter here.
        """
        values = {letter(str(key)): size(value, str(key), 0) for key, value in sizes.items()}
        if unknown := [str(s) for s in values if s not in self.symbols]:
            known = ", ".join(sorted(s.name for s in self.symbols)) or "none"
            raise InvalidInput(f"{self.name} has no size {unknown[0]!r}; its letters are {known}")
        table = {s: s for s in self.symbols} | values
        layers = [
            (n, _map_sizes(layer, lambda x: evaluate(sp.sympify(x, strict=True), table))) for n, layer in self.layers
        ]
        return Architecture(name or self.name, layers)

    def symbolic(self, everything: bool = True) -> "Architecture":
        """Letters in place of numbers: c_1, k_1, s_1, p_1, g_1 for conv1, n_6 for fc6, H for the resolution.

        ``everything=False`` leaves the sizes that have their defaults (one group, stride 1, no padding) as they are.
        The numbers are kept in ``.sizes``, so that ``a.symbolic().at(a.symbolic().sizes)`` is ``a`` again.
        """
        numbers: dict[sp.Symbol, int] = {}
        suffixes = _suffixes(self.layers)
        layers = [(n, _lettered(layer, suffixes[n], everything, numbers)) for n, layer in self.layers]
        return Architecture(self.name, layers, numbers)

    # ------------------------------------------------------------------ another network
    def renamed(self, name: str) -> "Architecture":
        return Architecture(name, self.layers, self.sizes)

    def changed(self, name: str, **fields: Any) -> "Architecture":
        """One layer with other fields."""
        return self.replaced([name], [(name, replace(self[name], **fields))])

    def replaced(self, names: Collection[str], by: Iterable[Named]) -> "Architecture":
        """The named layers taken out, and ``by`` put where the first of them was."""
        first, by = min(self.names.index(name) for name in names), list(by)
        kept = [pair for pair in self.layers if pair[0] not in names]
        moved = dict.fromkeys(set(names) - {name for name, _ in by}, by[-1][0] if by else self.names[first - 1])
        return Architecture(self.name, [*kept[:first], *by, *(_repointed(p, moved) for p in kept[first:])], self.sizes)

    def before(self, name: str, new: Iterable[Named]) -> "Architecture":
        """``new`` put before the named layer."""
        return self.replaced([name], [*new, (name, self[name])])


# ---------------------------------------------------------------------- names
def _one_by_one(title: str, given: Iterable[Any]) -> tuple[Named, ...]:
    """("conv1", Conv(96, 11), ReLU()) is conv1 and then conv1_relu."""
    pairs: list[Named] = []
    for item in given:
        if not isinstance(item, tuple | list) or len(item) < 2:
            raise InvalidInput(f"{title}: {item!r} is no named layer; write e.g. ('conv1', Conv(96, 11, stride=4))")
        name, layer, *then = item
        pairs += [(name, layer), *((f"{name}_{type(more).__name__.lower()}", more) for more in then)]
    return tuple(pairs)


def _refuse_bad_names(title: str, pairs: tuple[Named, ...]) -> None:
    if not pairs:
        raise InvalidInput(f"{title} has no layers; give at least an Input, e.g. ('input', Input(3, 224, 224))")
    seen: set[str] = set()
    for name, layer in pairs:
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise InvalidInput(
                f"{title}: {ascii(name)[:80]} is no layer name; begin with a letter, then letters, digits, _ . -"
            )
        if name in seen:
            raise InvalidInput(f"{title}: two layers are called {name!r}; give each its own name")
        if not isinstance(getattr(layer, "rule", None), Rule) or isinstance(layer, type):
            raise InvalidInput(f"{title}: {name!r} is {layer!r}, not a layer; write e.g. Conv(96, 11, stride=4)")
        _refuse_bad_words(name, layer)
        for other in (*refers_to(layer), *filter(None, [getattr(layer, "tied", "")])):
            if other not in seen:
                known = ", ".join(sorted(seen)) or "none"
                raise InvalidInput(f"{title}: layer {name!r} names {other!r}; the layers before it are {known}")
        seen.add(name)


def _refuse_bad_words(name: str, layer: Any) -> None:
    """What is no size: names of layers, and yes or no."""
    for f in fields(layer):
        given, names = getattr(layer, f.name), f.name in (layer.rule.refers, "tied")
        if names and not all(isinstance(n, str) for n in (given if isinstance(given, tuple | list) else (given,))):
            raise InvalidInput(f"layer {name!r}: {f.name} is {given}; name an earlier layer, in quotes: 'conv1'")
        if isinstance(f.default, bool) and not isinstance(given, bool):
            raise InvalidInput(f"layer {name!r}: {f.name} is {given!r}; write True or False")


def _repointed(pair: Named, moved: Mapping[str, str]) -> Named:
    """Names of layers that were replaced stand for what replaced them."""
    name, layer = pair
    if not (field_name := layer.rule.refers):
        return pair
    named = getattr(layer, field_name)
    new = moved.get(named, named) if isinstance(named, str) else tuple(moved.get(n, n) for n in named)
    return name, replace(layer, **{field_name: new})


def _suffixes(pairs: tuple[Named, ...]) -> dict[str, str]:
    """What each layer's letters end in: its number, c_1, or its name, c_conv1, where numbers do not tell them apart."""
    short = {name: "0" if layer.rule.enters else number_of(name) for name, layer in pairs}
    used = [(base(letters[0]), short[n]) for n, layer in pairs for letters in layer.rule.fields.values()]
    return short if len(set(used)) == len(used) else {name: re.sub(r"[.-]", "_", name) for name in short}


# ---------------------------------------------------------------------- sizes
def letters_of(layer: Layer) -> dict[sp.Symbol, Any]:
    """Each letter of the layer's rule with its value; a pair gives two."""
    values: dict[sp.Symbol, Any] = {}
    for name, letters in layer.rule.fields.items():
        given = getattr(layer, name)
        values |= zip(letters, given if isinstance(given, tuple) else (given,) * len(letters), strict=True)
    return values


def spelled(layer: Any) -> str:
    """The layer as one writes it, Conv(96, 11, stride=4, padding=2): defaults are left out."""
    said = []
    for f in fields(layer):
        value = getattr(layer, f.name)
        if f.default is MISSING or value != f.default:
            said.append(f"{value}" if f.default is MISSING else f"{f.name}={value}")
    return f"{type(layer).__name__}({', '.join(said)})"


def with_sizes(name: str, layer: Any) -> Any:
    """The layer with every size read: names made letters, equal pairs made one; errors name the layer."""
    return replace(layer, **{f: _read(name, f, layer) for f in layer.rule.fields})


def _read(name: str, field_name: str, layer: Any) -> Any:
    letters, given = layer.rule.fields[field_name], getattr(layer, field_name)
    where = f"layer {name!r}: {field_name}"
    if isinstance(given, tuple | list) and len(given) != len(letters):
        raise InvalidInput(f"{where} is {given!r}; give {'one size or two' if len(letters) == 2 else 'one size'}")
    values = given if isinstance(given, tuple | list) else (given,)
    read = tuple(size(v, where, 0 if s in BOUNDS_ZERO else 1) for s, v in zip(letters, values, strict=False))
    return read[0] if len(set(read)) == 1 else read


def _map_sizes(layer: Any, change: Any) -> Any:
    def new(given: Any) -> Any:
        return tuple(change(v) for v in given) if isinstance(given, tuple) else change(given)

    return replace(layer, **{f: new(getattr(layer, f)) for f in layer.rule.fields})


_RESOLUTION = {"height": "H", "width": "W"}  # sizes of the input that need no number; a square one needs one letter


def _lettered(layer: Any, suffix: str, everything: bool, numbers: dict[sp.Symbol, int]) -> Any:
    return replace(layer, **{f: _letter_for(layer, f, suffix, everything, numbers) for f in layer.rule.fields})


def _letter_for(layer: Any, f: str, suffix: str, everything: bool, numbers: dict[sp.Symbol, int]) -> Any:
    given, letters = getattr(layer, f), layer.rule.fields[f]
    if given == type(layer).__dataclass_fields__[f].default and (f == "dilation" or not everything):
        return given
    if isinstance(given, tuple):
        pairs = zip(letters, given, strict=True)
        return tuple(_entered(letter(f"{s.name}_{suffix}"), value, numbers) for s, value in pairs)
    if f in _RESOLUTION:
        square = f == "width" and numbers.get(letter("H")) == given
        return _entered(letter("H" if square else _RESOLUTION[f]), given, numbers)
    return _entered(letter(f"{base(letters[0])}_{suffix}"), given, numbers)


def _entered(s: sp.Symbol, given: Any, numbers: dict[sp.Symbol, int]) -> Any:
    if isinstance(given, int):
        numbers[s] = given
        return s
    return given  # it is symbolic already
