"""Keys by name: "alexnet", "sorter", a model's text or file, and what a document says about itself.

against counts alexnet padding=ignored    the zoo of `symnet.counts`, and what a connection is
against sorter                            the network of five units that sorts two numbers
against model seed=ones dot=entrywise     the model language follows, line by line
against declarations                      names without equations follow
"""

import re
from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from symnet.claims.meaning.derived import BIASES, PADDING, SEED_OF_ONES, key
from symnet.claims.meaning.keys import CHOICES, Conventions, Key
from symnet.errors import InvalidInput, NotSupported
from symnet.files import read_text


def keys_of(directives: Iterable[str]) -> tuple[Key, ...]:
    """The keys that a document names in its symnet blocks."""
    return tuple(_directive(text) for text in directives)


def _directive(text: str) -> Key:
    head, _, body = text.partition("\n")
    first, *words = head.split() or [""]
    options = dict(w.split("=", 1) for w in words if "=" in w)
    kind, *name = [w for w in words if "=" not in w] or [""]
    known = kind in ("model", "declarations", "sorter") or (kind == "counts" and len(name) == 1)
    if first != "against" or not known or not options.keys() <= CHOICES.keys():
        raise InvalidInput(
            "a symnet block begins with 'against model', 'against declarations', 'against counts NAME' or "
            f"'against sorter', and then {', '.join(f'{n}=…' for n in CHOICES)} where wanted; not '{head}'"
        )
    conventions = Conventions(**options)
    if kind == "model":
        return _model(body, conventions)
    return key(body, conventions) if kind == "declarations" else named(name[0] if name else kind, conventions, False)


OPTIONS = {
    SEED_OF_ONES: "--seed ones",
    "· between matrices is taken entry by entry": "--dot entrywise",
    "· between matrices is the matrix product": "--dot matrix",
    **{words[-1]: f"--padding {choice}" for choice, words in PADDING.items()},
    **{words[-1]: f"--biases {choice}" for choice, words in BIASES.items()},
}


def options(convention: str) -> str:
    """The options of the command line that set a convention, given in the words of a finding."""
    return " ".join(option for words, option in OPTIONS.items() if words in convention)


@lru_cache(maxsize=32)
def _model(text: str, conventions: Conventions) -> Key:
    from symnet.adjoints import derive
    from symnet.readers.latex.model import in_the_language

    return key(derive(in_the_language(text), _seed(conventions)), conventions)


def _seed(conventions: Conventions) -> str | None:
    return None if conventions.seed == "symbol" else conventions.seed


@lru_cache(maxsize=32)
def named(name: str, conventions: Conventions | None = None, files: bool = True) -> Key:
    """A key by its name on the command line: "alexnet", "sorter", or the file of an architecture, model or network."""
    conventions = conventions or Conventions()
    return key(_derived(name, conventions, files), conventions)


def _derived(name: str, conventions: Conventions, files: bool) -> Any:
    from symnet import counts

    if name in counts.ZOO:
        return counts.count(counts.ZOO[name]())
    if name == "sorter":
        from symnet import relu

        return relu.two_input_sorter()
    path = Path(name)
    if files and path.is_file():
        if path.suffix in (".yaml", ".yml"):
            return counts.count(counts.text.read(read_text(path), name))
        return _network(path) if path.suffix in (".json", ".onnx") else _model_file(path, conventions)
    raise InvalidInput(
        f"no key is called '{name}': a model file, an architecture (.yaml, .json), a network (.json, .onnx), "
        f"{', '.join(counts.ZOO)} or sorter"
    )


def _network(path: Path) -> Any:
    import json

    from symnet import counts
    from symnet.readers.networks.files import read_network
    from symnet.readers.networks.onnx import from_onnx

    if path.suffix == ".onnx":
        return from_onnx(path)
    text = read_text(path)
    with suppress(ValueError, RecursionError):  # `read_network` says what is wrong
        data = json.loads(text)
        if isinstance(data, dict) and isinstance(data.get("layers"), dict):  # layers by name are an architecture's
            return counts.count(counts.text.read(text, str(path)))
    return read_network(text, f"'{path}'")


def _model_file(path: Path, conventions: Conventions) -> Any:
    from symnet.adjoints import derive
    from symnet.readers.latex.model import in_the_language

    text = read_text(path)
    if not re.search(r"^[^#\n]*=", text, re.MULTILINE):
        raise InvalidInput(f"'{path}' holds no model: it has no equation")
    derived = derive(in_the_language(text), _seed(conventions))
    if not hasattr(derived, "forward"):
        raise NotSupported(
            f"'{path}' is recurrent, and a key holds no quantity that changes from step to step; give the model of one "
            "step, with the state before it declared"
        )
    return derived
