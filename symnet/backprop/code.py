"""A backward pass as source: a NumPy function, or a `torch.autograd.Function`, that needs nothing of symnet.

Each equation and each adjoint rule becomes one line, in the names of the model (``W_bar`` for W̄). The operators'
records say how they are written; what they call beyond the library is written out above. Lines are made with all
parentheses and lose those that Python does not need.
"""

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from typing import Any

import sympy as sp

from symnet.backprop.forward import ForwardPass
from symnet.backprop.functions import FUNCTIONS, scalar_code
from symnet.backprop.graph import Node, exactly, size
from symnet.backprop.record import OPERATORS
from symnet.backprop.reverse import Adjoint
from symnet.errors import InvalidInput, NotSupported

MODULES = {"numpy": "np", "torch": "torch"}
CONSTANTS = {
    "numpy": "from numpy import {names}",
    "torch": "def constants(like):\n    kind = {{'dtype': like.dtype, 'device': like.device}}\n"
    "    return [functools.partial(make, **kind) for make in (torch.ones, torch.zeros, torch.eye)]",
}


def source(program: ForwardPass, walk: tuple[Adjoint, ...], library: str, functions: Mapping[str, str]) -> str:
    """The whole text. ``functions`` says what stands in for unspecified functions, by the names of known ones."""
    if library not in MODULES:
        raise InvalidInput(f"code for '{library}' is not written; one of {', '.join(MODULES)}")
    writer = _Writer(program, walk, library, dict(functions))
    return (writer.numpy() if library == "numpy" else writer.torch()) + "\n"


# ---------------------------------------------------------------------- lines, and what stands above them
@dataclass(frozen=True)
class Speller:
    """Nodes as source: ``nodes`` is everything that will be written, ``taken`` the names of quantities."""

    library: str
    functions: Mapping[str, str]
    nodes: tuple[Node, ...]
    taken: frozenset[str]

    def line(self, node: Node) -> str:
        """The node as an expression, with the parentheses that it needs."""
        return ast.unparse(ast.parse(self._written(node), mode="eval"))

    def _written(self, node: Node) -> str:
        if node.op == "quantity":
            return node["name"] + ("_bar" if node["role"] == "bar" else "")
        code = OPERATORS[node.op].code
        if not code:
            raise NotSupported(f"the operator '{node.op}' has no code; add it to its record in backprop/operators")
        template = code if isinstance(code, str) else code(self.renamed(node))
        written = [self._written(a) for a in node.args]
        whole = [f"({w})" for w in written]
        for i, a in enumerate(node.args):
            if dict(a.attrs).get("index") and a.op == "quantity":
                whole[i] = written[i] + (".astype(int)" if self.library == "numpy" else ".long()")
        return template.replace("xp.", MODULES[self.library] + ".").format(*whole)

    def renamed(self, node: Node) -> Node:
        """Letters that are also names of quantities are called size_n."""
        attrs = tuple((k, _each(v, self.rename)) for k, v in node.attrs)
        return replace(node, attrs=attrs, shape=tuple(_each(n, self.rename) for n in node.shape))

    def rename(self, symbol: sp.Symbol) -> sp.Symbol:
        clash = symbol.name in self.taken
        return sp.Symbol(f"size_{symbol.name}", integer=True, positive=True) if clash else symbol

    def head(self) -> list[str]:
        helpers: dict[str, None] = {}
        for node in self.nodes:
            if helper := OPERATORS[node.op].helpers.get(self.library):
                helpers[helper] = None
            if node.op == "elementwise":
                helpers |= dict.fromkeys(self._function(node["function"], node["order"]))
        makers = self._makers()
        if makers and self.library == "numpy":
            helpers = {CONSTANTS["numpy"].format(names=", ".join(makers)): None} | helpers
        if makers and self.library == "torch":
            helpers = {
                "import functools": None,
                CONSTANTS["torch"].replace("{{", "{").replace("}}", "}"): None,
            } | helpers
        imports = [h for h in helpers if "\n" not in h and not h.startswith("def")]
        first = "import numpy as np" if self.library == "numpy" else "import torch"
        loose = [line for h in helpers if h not in imports for line in h.split("\n") if line == "import itertools"]
        text = [h.replace("import itertools\n\n\n", "") for h in helpers if h not in imports]
        return ["\n".join(sorted({*imports, *loose, first}, key=_import_order)), "\n", *(h + "\n\n" for h in text)]

    def _function(self, name: str, order: int) -> list[str]:
        """The function or its derivative, as a definition; an unspecified one as what stands in for it."""
        stand_in, called = self.functions.get(name, name), name + "_prime" * order
        if stand_in in FUNCTIONS:
            body, erf = scalar_code(FUNCTIONS[stand_in].derivative(order), self.library)
            define = f"def {called}(x):\n    return {ast.unparse(ast.parse(body))}"
            erf_code = "import math\n\n\ndef _erf(x):\n    return np.vectorize(math.erf, otypes=[float])(x)"
            return [erf_code, define] if erf and self.library == "numpy" else [define]
        return [f"def {called}(x):\n    raise NotImplementedError('say what {called} is')"]

    def _makers(self) -> list[str]:
        used = {"ones": "ones", "zeros": "zeros", "identity": "eye", "one_hot": "eye"}
        return sorted({used[node.op] for node in self.nodes if node.op in used})

    def constants(self, like: str) -> list[str]:
        return [f"ones, zeros, eye = constants({like})"] if self._makers() else []


# ---------------------------------------------------------------------- a model without a loop
@dataclass(frozen=True)
class _Writer:
    program: ForwardPass
    walk: tuple[Adjoint, ...]
    library: str
    functions: dict[str, str]

    @cached_property
    def spell(self) -> Speller:
        roots = chain((d.expression for d in self.program.definitions), (a.total for a in self.walk))
        return Speller(self.library, self.functions, all_nodes(roots), frozenset(self.program.shapes))

    # -- the two texts
    def numpy(self) -> str:
        arguments = [*self.program.model.declared, *self._seed()]
        lines = [*self._forward(), *self._backward()]
        results = ", ".join(f'"{a.name}": {a.name}_bar' for a in self.walk)
        body = block([*self._sizes(lines), *lines, f"return {{{results}}}"], 4)
        return "\n".join([*self.spell.head(), f"def backward({', '.join(arguments)}):", self._title(), body])

    def torch(self) -> str:
        declared = list(self.program.model.declared)
        ahead, back = self._forward(), self._backward()
        kept = self._kept(back)
        adjoints = {a.name for a in self.walk}
        gradients = ", ".join(f"{n}_bar" if n in adjoints else "None" for n in declared)
        if not self._seed():  # torch hands in the adjoint of the loss, which the rules take to be 1
            scaled = [n for n in declared if n in adjoints]
            gradients = ", ".join(f"{n}_bar * scale" if n in scaled else "None" for n in declared)
        forward = [
            *self.spell.constants(next(n for n in declared if n not in self.program.model.bounds)),
            *self._sizes(ahead),
            *ahead,
        ]
        forward += [f"ctx.save_for_backward({', '.join(kept)})", f"return {self.program.output.name}"]
        backward = [
            f"{', '.join(kept)}{',' * (len(kept) == 1)} = ctx.saved_tensors",
            *self.spell.constants(next(n for n in kept if n not in self.program.model.bounds)),
        ]
        backward += [*self._sizes(back, kept), *back, f"return {gradients}"]
        lines = ["class Backward(torch.autograd.Function):", self._title()]
        for name, arguments, body in (
            ("forward", declared, forward),
            ("backward", self._seed() or ["scale"], backward),
        ):
            lines += ["    @staticmethod", f"    def {name}({', '.join(['ctx', *arguments])}):", block(body, 8), ""]
        return "\n".join([*self.spell.head(), *lines]).rstrip()

    def _title(self) -> str:
        return f'    """The backward pass of {self.program.output.name}, derived by symnet."""\n'

    # -- its parts
    def _seed(self) -> list[str]:
        first = self.walk[0]
        return [f"{first.name}_bar"] if first.total == first.named else []

    def _forward(self) -> list[str]:
        return [f"{d.name} = {self.spell.line(d.expression)}" for d in self.program.definitions]

    def _backward(self) -> list[str]:
        return [f"{a.name}_bar = {self.spell.line(a.total)}" for a in self.walk if a.total != a.named]

    def _sizes(self, lines: list[str], known: list[str] | None = None) -> list[str]:
        """Each letter that the lines mention, from the shape of a quantity."""
        return [f"{self.spell.rename(symbol).name} = {self._where(symbol, known)}" for symbol in self._letters(lines)]

    def _letters(self, lines: list[str]) -> list[sp.Symbol]:
        words = set(re.findall(r"\w+", "\n".join(lines)))
        return [symbol for symbol in self.program.model.sizes.values() if self.spell.rename(symbol).name in words]

    def _where(self, symbol: sp.Symbol, known: list[str] | None) -> str:
        shapes = self.program.shapes
        for name in known if known is not None else self.program.model.declared:
            if symbol in shapes[name]:
                return f"{name}.shape[{shapes[name].index(symbol)}]"
        (name,) = [n for n, bound in self.program.model.bounds.items() if bound == symbol][:1]
        return f"int({name}.max()) + 1"

    def _kept(self, lines: list[str]) -> list[str]:
        """Forward names that the rules mention, and one for each size letter that they need."""
        kept = dict.fromkeys(n for a in self.walk for n in forward_names(a.total))
        shapes, bounds = self.program.shapes, self.program.model.bounds
        for symbol in self._letters(lines):
            if not any(symbol in shapes[n] for n in kept):
                fits = [n for n, shape in shapes.items() if symbol in shape]
                kept |= dict.fromkeys((fits or [n for n, b in bounds.items() if b == symbol])[:1])
        if not set(kept) - set(bounds):  # constants take their kind from a quantity that is no index
            kept |= dict.fromkeys([n for n in shapes if n not in bounds][:1])
        return list(kept)


def _import_order(line: str) -> tuple[bool, str]:
    return line.startswith("from"), line


def block(lines: list[str], indent: int) -> str:
    """The lines, further in."""
    return "\n".join(" " * indent + line for text in lines for line in text.split("\n"))


def _each(value: Any, rename: Callable[[sp.Symbol], sp.Symbol]) -> Any:
    if isinstance(value, tuple):
        return tuple(_each(v, rename) for v in value)
    if isinstance(value, sp.Expr):
        return value.xreplace({s: rename(s) for s in value.free_symbols})
    return value


def nodes(y: Node) -> Iterator[Node]:
    """Every node of an expression."""
    yield y
    for a in y.args:
        yield from nodes(a)


def all_nodes(roots: Iterable[Node]) -> tuple[Node, ...]:
    """Every node of several expressions, each once."""
    return tuple(dict.fromkeys(node for root in roots for node in nodes(root)))


def forward_names(y: Node) -> tuple[str, ...]:
    """Names of the forward values in a rule."""
    return tuple(dict.fromkeys(n["name"] for n in nodes(y) if n.op == "quantity" and n["role"] == ""))


# ---------------------------------------------------------------------- what it costs
@dataclass(frozen=True)
class Cost:
    """One rule: its floating-point operations, and the forward values that must be kept for it."""

    name: str
    flops: sp.Expr
    saved: tuple[str, ...]
    memory: sp.Expr


def costs(program: ForwardPass, walk: tuple[Adjoint, ...]) -> tuple[Cost, ...]:
    """Each rule by itself; a value that several rules keep is kept once."""
    found = []
    for adjoint in walk:
        saved = forward_names(adjoint.total)
        flops = sp.Add(*(_flops(n) for n in dict.fromkeys(nodes(adjoint.total))))
        memory = sp.Add(*(size(program.shapes[n]) for n in saved))
        found.append(Cost(adjoint.name, flops, saved, memory))
    return tuple(found)


def _flops(node: Node) -> Any:
    count = OPERATORS[node.op].flops
    return exactly(size(node.shape) if count is None else count(node))
