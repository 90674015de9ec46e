"""The records of the table: everything known about one operator, in one place.

G   adjoint of the operator's value y            d   differential of one argument
y   the node itself; its attributes are ``y["axis"]``, its arguments ``y.args``

The law that ties adjoint to tangent, and proves each rule:  <G, tangent_i(d)> = <adjoint_i(G), d>  for every d.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from inspect import Parameter, signature
from typing import Any, Protocol, TypeAlias

from symnet.adjoints.graph import SHAPED, Node
from symnet.notation import Form, Prose

Spelling: TypeAlias = "Callable[[Node], tuple[Form, Sequence[Any]]]"


class Make(Protocol):
    """Builds formulas for whoever wants them, so that an operator says what it means without knowing who reads it.

    op       what mathematics has: sum, product (of matrices and scalars), times (a scalar first), hadamard, oslash,
             quotient, power, hpower, transpose, sqrt, apply (a function, by ``name``), index, part, bigsum, …
    parts    nodes, exact numbers and sizes, or what was made before
    """

    def __call__(self, op: str, *parts: Any, name: str = "") -> Any: ...


@dataclass(frozen=True)
class Word:
    """One function of the model language.

    build     arguments to a node; keyword arguments are those of the language
    torch     its torch twin, an expression in the parameter names of ``build``
    example   a model that uses it
    """

    name: str
    build: "Callable[..., Node]"
    torch: str
    example: str

    @property
    def arguments(self) -> tuple[str, ...]:
        """Parameters without a default: what the function is applied to; one with a star takes any number."""
        parameters = signature(self.build).parameters
        return tuple(
            "*" * (p.kind is Parameter.VAR_POSITIONAL) + n
            for n, p in parameters.items()
            if p.default is Parameter.empty
        )

    def binds(self, arguments: Sequence[Any]) -> dict[str, Any]:
        """Arguments by the names that the twin calls them; `TypeError` where their number does not fit."""
        return dict(signature(self.build).bind_partial(*arguments).arguments)

    def takes(self, name: str) -> str:
        """What stands for a parameter: "text" for einsum's spec and nothing else; "argument", "switch" or "option"."""
        parameter = signature(self.build).parameters[name]
        if parameter.annotation is str:
            return "text"
        if parameter.default is Parameter.empty:
            return "argument"
        return "switch" if isinstance(parameter.default, bool) else "option"

    @property
    def options(self) -> dict[str, Any]:
        """Keyword arguments of the language, with their defaults."""
        parameters = signature(self.build).parameters
        return {n: p.default for n, p in parameters.items() if p.default is not Parameter.empty}


@dataclass(frozen=True, kw_only=True)
class Operator:
    """One operator, every field by its name.

    shape      of the value, from the arguments; raises `InvalidInput` where they do not fit
    adjoint    (G, y, *args) to one contribution for each argument
    tangent    (i, d, y, *args) to the differential of y in argument i; None where y is linear in each argument
    rule       short name of the rule
    reasons    why, for the reader: for each argument or for all; {a} is the argument, {b} its partner, {y} the value
    spelling   how it is written: a form and what goes into it
    numpy      (y, *arrays) to an array; sizes in y are integers by then
    sympy      (y, *matrices) to a SymPy expression, where no shape has more than two axes; vectors are n x 1
    code       Python source of the value, with {0}, {1} for the arguments, `xp` for numpy or torch: see `source`
    formula    (y, make) to the value in plain mathematics, see `Make`; None where this one has none there; text is why
               none has
    flops      operations that computing the value takes; without it, one for each entry
    helpers    functions that ``code`` calls, as source by library
    example    a model whose rules need this one
    rewrites   local simplifications that hold for it, tried in order on construction
    relabel    the same node, its bound letters none of those given: an index that is summed over is no subscript
    reuses     its rule mentions its own value, which then deserves a name
    batch      (batch, y) to the node that does to N examples what y does to one: see `symnet.adjoints.batch`
    words      the functions of the language that build it
    without    abilities that it lacks, each with the reason: {"SymPy": "SymPy has no class for it"}
    """

    name: str
    shape: "Callable[..., tuple[Any, ...]]"
    adjoint: "Callable[..., tuple[Node, ...]]"
    rule: str
    reasons: "tuple[Prose, ...] | Callable[[Node], tuple[Prose, ...]]"
    spelling: Spelling
    numpy: Callable[..., Any]
    sympy: "Callable[..., Any] | None" = None
    code: "str | Callable[[Node], str]" = ""
    formula: "Callable[[Node, Make], Any] | str" = ""
    flops: "Callable[[Node], Any] | None" = None
    helpers: "Mapping[str, str]" = field(default_factory=dict)
    example: str = ""
    tangent: "Callable[..., Node] | None" = None
    rewrites: "tuple[Callable[[Node], Node | None], ...]" = ()
    relabel: "Callable[[Node, frozenset[str]], Node] | None" = None
    reuses: bool = False
    batch: "Callable[[Any, Node], Node] | None" = None
    without: "Mapping[str, str]" = field(default_factory=dict)
    words: tuple[Word, ...] = ()

    def reason(self, y: "Node", i: int) -> Prose:
        said = self.reasons(y) if callable(self.reasons) else self.reasons
        return said[min(i, len(said) - 1)]


OPERATORS: dict[str, Operator] = {}  # filled by the modules of `symnet.adjoints.operators`
WORDS: dict[str, Word] = {}


def register(*entries: "Operator | Word") -> None:
    """Enter operators with the words that build them, and words built of other words, into the tables."""
    for entry in entries:
        if isinstance(entry, Operator):
            OPERATORS[entry.name] = SHAPED[entry.name] = entry
        WORDS.update({word.name: word for word in ((entry,) if isinstance(entry, Word) else entry.words)})
