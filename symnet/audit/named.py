"""Keys by name: "alexnet", "sorter", a model's text or file, and what a document says about itself.

against counts alexnet               the zoo of `symnet.counts`
against sorter                       the network of five units that sorts two numbers
against model seed=ones              the model language follows, line by line
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from symnet.audit.keys import Key, key
from symnet.errors import InvalidInput


def keys_of(directives: Iterable[str]) -> tuple[Key, ...]:
    """The keys that a document names in its symnet blocks."""
    return tuple(_directive(text) for text in directives)


def _directive(text: str) -> Key:
    head, _, body = text.partition("\n")
    words = head.split()
    if words[:1] != ["against"] or len(words) < 2:
        raise InvalidInput(
            f"a symnet block begins with 'against model', 'against counts NAME' or 'against sorter', not '{head}'"
        )
    if words[1] == "model":
        return _model(body, "ones" if "seed=ones" in words else None, "entrywise" if "dot=entrywise" in words else "")
    if words[1] == "declarations":
        return key(body)
    return named(words[-1])


@lru_cache(maxsize=32)
def _model(text: str, seed: str | None, dot: str) -> Key:
    from symnet.backprop import backprop

    return replace(key(backprop(text, seed=seed)), dot=dot)


@lru_cache(maxsize=32)
def named(name: str, seed: str | None = None, dot: str = "") -> Key:
    """A key by its name on the command line: an architecture, "sorter", or a file in the model language."""
    return replace(key(_derived(name, seed)), dot=dot)


def _derived(name: str, seed: str | None) -> Any:
    from symnet import counts

    if name in counts.ZOO:
        return counts.count(counts.ZOO[name]())
    if name == "sorter":
        from symnet import relu

        return relu.prove(relu.two_input_sorter(), relu.Sorted())
    path = Path(name)
    if path.is_file():
        from symnet.backprop import backprop

        if not re.search(r"^[^#\n]*=", path.read_text(encoding="utf-8", errors="replace"), re.MULTILINE):
            raise InvalidInput(f"'{name}' holds no model: it has no equation")
        return backprop(path, seed=seed)
    raise InvalidInput(f"no key is called '{name}': a model file, {', '.join(counts.ZOO)} or sorter")
