"""Different things print differently: one look at everything that a derivation writes without arguments."""

from collections.abc import Iterable, Iterator
from typing import Any

from symnet import notation
from symnet.adjoints.functions import FUNCTIONS
from symnet.adjoints.graph import Node
from symnet.errors import InvalidInput

SAID = {"": "{}", "bar": "the adjoint of {}", "d": "the change of {}", "dbar": "the change of the adjoint of {}"}


def refuse_alike(nodes: Iterable[Node]) -> None:
    """`InvalidInput` where two quantities, adjoints, changes, sizes, functions or constants are written alike."""
    seen: dict[tuple[str, str], str] = {}
    for written, said in dict.fromkeys(pair for node in nodes for pair in _leaves(node)):
        other = seen.setdefault(written, said)
        if other != said:
            raise InvalidInput(f"{other} and {said} would both be written {written[1]}; choose another name")


def _leaves(node: Node) -> Iterator[tuple[tuple[str, str], str]]:
    """How each leaf is written, in both media, and what it is in words."""
    level = [node]
    seen = {node}
    while level:
        y = level.pop()
        if y.op == "quantity":
            said = SAID.get(y["role"], "the gradient by {}").format(f"'{y['name']}'")
            yield from _both(y, said)
        elif y.op == "identity":
            yield from _both(y, "the identity")
        elif y.op == "elementwise" and y["function"] not in FUNCTIONS:
            named = notation.Name(y["function"] + "'" * y["order"])
            yield from _both(named, f"the function '{y['function']}'" + "'" * y["order"])
        for size in {s for n in (*y.shape, *dict(y.attrs).values()) for s in getattr(n, "free_symbols", ())}:
            yield from _both(size, f"the size {size}")
        fresh = [a for a in y.args if a not in seen]
        seen.update(fresh)
        level += fresh


def _both(x: Any, said: str) -> Iterator[tuple[tuple[str, str], str]]:
    for medium in ("latex", "text"):
        yield (medium, notation.write(x, medium)), said
