"""Networks in files: JSON as `ReluNetwork.to_json` writes it, or ONNX.

In a JSON file a number is what is written: 0.5 is exactly 1/2, not a float. Every key is read, once.
"""

import json
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, NoReturn

from symnet.errors import InvalidInput
from symnet.relu import ReluNetwork
from symnet.relu.geometry.rationals import exact, shown


def read_network(text: str, where: str) -> ReluNetwork:
    """The network of a JSON text; ``where`` names the file in the errors.

    >>> read_network('{"format": "symnet relu network", "layers": [{"weights": [[0.5]], "biases": [0]}]}', "net")([1])
    (Fraction(1, 2),)
    """
    try:
        data = exact_json(text, where)
        return ReluNetwork.from_json(data)
    except InvalidInput as error:
        raise InvalidInput(f"{where}: {error}") from None


def exact_json(text: str, where: str) -> Any:
    """What the text holds; each number as the Fraction that is written. No key twice, no NaN, nothing too long."""
    number: Callable[[str], Fraction] = lambda written: exact(written, "a number")  # noqa: E731 - it has no other name
    try:
        return json.loads(
            text, parse_float=number, parse_int=number, parse_constant=_no_number, object_pairs_hook=_each_key_once
        )
    except json.JSONDecodeError as error:
        raise InvalidInput(f"it is not JSON: {error}") from None
    except RecursionError:
        raise InvalidInput("it is not JSON of a network: it is nested too deeply") from None


def _no_number(name: str) -> NoReturn:
    raise InvalidInput(f"{name} is not a real number; every entry must be a finite rational.")


def _each_key_once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise InvalidInput(f'the key "{shown(key)}" stands twice in one object; which of them is meant?')
        found[key] = value
    return found
