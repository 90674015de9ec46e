"""A backward pass as source: a NumPy function, or a `torch.autograd.Function`, that needs nothing of symnet.

Each equation and each adjoint rule becomes one line, in the names of the model (``W_bar`` for W̄). The operators'
records say how they are written; what they call beyond the library is written out above. Lines are made with all
parentheses and lose those that Python does not need.
"""

import ast
import builtins
import keyword
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from typing import Any

import sympy as sp

from symnet.adjoints.forward import ForwardPass
from symnet.adjoints.functions import FUNCTIONS, scalar_code
from symnet.adjoints.graph import Node, exactly, size
from symnet.adjoints.record import OPERATORS
from symnet.adjoints.reverse import Adjoint
from symnet.errors import InvalidInput, NotSupported
from symnet.sizes import letter

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
OWN = {*keyword.kwlist, *dir(builtins), *MODULES.values(), "math", "functools", "itertools", "ctx", "self", "scale",
       "forward", "backward", "Backward", "constants", "ones", "zeros", "eye"}  # fmt: skip
TERMS = 64  # of a sum in one line; a longer one is added up in several


@dataclass(frozen=True)
class Speller:
    """Nodes as source: ``nodes`` is everything that will be written, ``quantities`` and ``letters`` name what is given.

    Every quantity, adjoint, function and size has an identifier of its own: where the plain one is taken by Python, by
    what is written above, or by another of them, an underscore follows (a letter is called size_n first).
    """

    library: str
    functions: Mapping[str, str]
    nodes: tuple[Node, ...]
    quantities: tuple[str, ...]
    letters: tuple[str, ...]

    @cached_property
    def identifiers(self) -> Mapping[tuple[str, str], str]:
        """By name and role: "" a value, "bar" an adjoint, "later" what the next step sends, "size" a letter."""
        used, found = {*OWN, *_defined(self._helpers())}, {}
        orders = dict.fromkeys((n["function"], n["order"]) for n in self.nodes if n.op == "elementwise")
        wishes = [(name, "_prime" * order) for name, order in orders]
        wishes += [(name, role) for role in ("", "bar", "later") for name in self.quantities]
        for name, role in wishes:
            known = name in FUNCTIONS  # which no quantity is called
            wish = name + (role if role.startswith("_") else "_" + role if role else "")
            if (name, role) not in found:
                found[name, role] = _free(wish, used) if not known else wish
        for n in self.letters:
            found[n, "size"] = _free(n if n not in used else f"size_{n}", used)
        return found

    def name(self, name: str, role: str = "") -> str:
        """The identifier of a quantity, h; or of one of its steps, h[t - 1]."""
        base, bracket, rest = name.partition("[")
        return self.identifiers.get((base, role), base + "_" * bool(role) + role) + bracket + rest

    def lines(self, target: str, node: Node) -> list[str]:
        """``target = node``; a long sum in several lines, for Python's parser nests its terms."""
        if node.op != "add":
            return [f"{target} = {self.line(node)}"]
        terms = list(map(self.line, node.args))
        parts = [" + ".join(terms[i : i + TERMS]) for i in range(0, len(terms), TERMS)]
        return [f"{target} = {parts[0]}", *(f"{target} = {target} + {part}" for part in parts[1:])]

    def line(self, node: Node) -> str:
        """The node as an expression, with the parentheses that it needs."""
        return ast.unparse(ast.parse(self._written(node), mode="eval"))

    def _written(self, node: Node) -> str:
        if node.op == "quantity":
            return self.name(node["name"], node["role"])
        code = OPERATORS[node.op].code
        if not code:
            raise NotSupported(
                f"the operator '{node.op}' has no code; add it to its record in symnet/adjoints/operators"
            )
        template = code if isinstance(code, str) else code(self.renamed(node))
        written = [self._written(a) for a in node.args]
        whole = [f"({w})" for w in written]
        for i, a in enumerate(node.args):
            if dict(a.attrs).get("index") and a.op == "quantity":
                whole[i] = written[i] + (".astype(int)" if self.library == "numpy" else ".long()")
        return template.replace("xp.", MODULES[self.library] + ".").format(*whole)

    def renamed(self, node: Node) -> Node:
        """The node in the identifiers of its letters and of its function."""
        attrs = tuple((k, self._called(node) if k == "function" else _each(v, self.rename)) for k, v in node.attrs)
        attrs = tuple((k, 0 if k == "order" and node.op == "elementwise" else v) for k, v in attrs)
        return replace(node, attrs=attrs, shape=tuple(_each(n, self.rename) for n in node.shape))

    def _called(self, node: Node) -> str:
        return self.identifiers[node["function"], "_prime" * node["order"]]

    def rename(self, symbol: sp.Symbol) -> sp.Symbol:
        called = self.identifiers.get((symbol.name, "size"), symbol.name)
        return symbol if called == symbol.name else letter(called)

    def _helpers(self) -> list[str]:
        """What is written above for the operators, and for the functions that are known."""
        found = [h for node in self.nodes if (h := OPERATORS[node.op].helpers.get(self.library))]
        for node in self.nodes:
            if node.op == "elementwise" and node["function"] in FUNCTIONS:
                found += self._function(node["function"], node["order"], node["function"] + "_prime" * node["order"])
        return list(dict.fromkeys(found))

    def head(self) -> list[str]:
        helpers: dict[str, None] = {}
        for node in self.nodes:
            if helper := OPERATORS[node.op].helpers.get(self.library):
                helpers[helper] = None
            if node.op == "elementwise":
                helpers |= dict.fromkeys(self._function(node["function"], node["order"], self._called(node)))
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

    def _function(self, name: str, order: int, called: str) -> list[str]:
        """The function or its derivative, as a definition; an unspecified one as what stands in for it."""
        stand_in = self.functions.get(name, name)
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
        letters = tuple(self.program.model.sizes)
        return Speller(self.library, self.functions, all_nodes(roots), tuple(self.program.shapes), letters)

    # -- the two texts
    def numpy(self) -> str:
        arguments = [*map(self.spell.name, self.program.model.declared), *self._seed()]
        lines = [*self._forward(), *self._backward()]
        results = ", ".join(f'"{a.name}": {self._bar(a.name)}' for a in self.walk)
        body = block([*self._sizes(lines), *lines, f"return {{{results}}}"], 4)
        return "\n".join([*self.spell.head(), f"def backward({', '.join(arguments)}):", self._title(), body])

    def torch(self) -> str:
        declared = list(self.program.model.declared)
        ahead, back = self._forward(), self._backward()
        kept = self._kept(back)
        adjoints = {a.name for a in self.walk}
        gradients = ", ".join(self._bar(n) if n in adjoints else "None" for n in declared)
        if not self._seed():  # torch hands in the adjoint of the loss, which the rules take to be 1
            scaled = [n for n in declared if n in adjoints]
            gradients = ", ".join(f"{self._bar(n)} * scale" if n in scaled else "None" for n in declared)
        name = self.spell.name
        forward = [
            *self.spell.constants(name(next(n for n in declared if n not in self.program.model.bounds))),
            *self._sizes(ahead),
            *ahead,
        ]
        saved = ", ".join(map(name, kept))
        forward += [f"ctx.save_for_backward({saved})", f"return {name(self.program.output.name)}"]
        backward = [
            f"{saved}{',' * (len(kept) == 1)} = ctx.saved_tensors",
            *self.spell.constants(name(next(n for n in kept if n not in self.program.model.bounds))),
        ]
        backward += [*self._sizes(back, kept), *back, f"return {gradients}"]
        lines = ["class Backward(torch.autograd.Function):", self._title()]
        for method, arguments, body in (
            ("forward", list(map(name, declared)), forward),
            ("backward", self._seed() or ["scale"], backward),
        ):
            lines += ["    @staticmethod", f"    def {method}({', '.join(['ctx', *arguments])}):", block(body, 8), ""]
        return "\n".join([*self.spell.head(), *lines]).rstrip()

    def _bar(self, name: str) -> str:
        return self.spell.name(name, "bar")

    def _title(self) -> str:
        return f'    """The backward pass of {self.program.output.name}, derived by symnet."""\n'

    # -- its parts
    def _seed(self) -> list[str]:
        first = self.walk[0]
        return [self._bar(first.name)] if first.total == first.named else []

    def _forward(self) -> list[str]:
        spell = self.spell
        return [line for d in self.program.definitions for line in spell.lines(spell.name(d.name), d.expression)]

    def _backward(self) -> list[str]:
        rules = [a for a in self.walk if a.total != a.named]
        return [line for a in rules for line in self.spell.lines(self._bar(a.name), a.total)]

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
                return f"{self.spell.name(name)}.shape[{shapes[name].index(symbol)}]"
        (name,) = [n for n, bound in self.program.model.bounds.items() if bound == symbol][:1]
        return f"int({self.spell.name(name)}.max()) + 1"

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


def _defined(helpers: Iterable[str]) -> set[str]:
    """Names that these texts define for everything below them."""
    found: set[str] = set()
    for statement in (s for helper in helpers for s in ast.parse(helper).body):
        found |= {statement.name} if isinstance(statement, ast.FunctionDef) else set()
        found |= {a.asname or a.name for a in getattr(statement, "names", ())}
    return found


def _free(wish: str, used: set[str]) -> str:
    """``wish``, with underscores until nobody uses it; from then on it is used."""
    while wish in used:
        wish += "_"
    used.add(wish)
    return wish


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
