"""Architectures as text: YAML and JSON in and out, with each layer as one writes it in Python.

    name: AlexNet
    layers:
      input: Input(3, 224, 224)
      conv1: Conv(96, 11, stride=4, padding=2)
      add1: Add('conv1')

The same in JSON: {"name": …, "layers": {"input": "Input(3, 224, 224)", …}}. A layer is parsed, never evaluated. Of YAML
this much is read and no more: comments, one name, one block of layers, a layer to a line.
"""

import ast
import json
import re
import warnings
from dataclasses import fields
from typing import Any

import sympy as sp

from symnet.counts.architecture import Architecture, spelled
from symnet.counts.layers import LAYERS
from symnet.errors import InvalidInput
from symnet.sizes import letter


def to_yaml(architecture: Architecture) -> str:
    """One line a layer; `read` gives the same architecture again."""
    lines = [f"name: {architecture.name}", "layers:"]
    return "\n".join([*lines, *(f"  {name}: {_written(layer)}" for name, layer in architecture)]) + "\n"


def to_json(architecture: Architecture) -> str:
    """The same as JSON."""
    layers = {name: _written(layer) for name, layer in architecture}
    return json.dumps({"name": architecture.name, "layers": layers}, indent=2, ensure_ascii=False) + "\n"


def _written(layer: Any) -> str:
    """Conv(96, 11, stride=4), names of layers in quotes."""
    if not layer.rule.refers and not getattr(layer, "tied", ""):
        return spelled(layer)
    given = {f.name: getattr(layer, f.name) for f in fields(layer) if getattr(layer, f.name) != f.default}
    first, *rest = given.items()
    return f"{type(layer).__name__}({', '.join([repr(first[1]), *(f'{k}={v!r}' for k, v in rest)])})"


# ---------------------------------------------------------------------- reading
def read(text: str, source: str = "the text") -> Architecture:
    """The architecture that YAML or JSON text describes; InvalidInput names the line or the layer."""
    name, layers = _from_json(text, source) if text.lstrip().startswith("{") else _from_yaml(text, source)
    return Architecture(name, [(n, read_layer(spelling, f"{source}, layer {n!r}")) for n, spelling in layers])


def _from_json(text: str, source: str) -> tuple[str, list[tuple[str, str]]]:
    try:
        data = json.loads(text, object_pairs_hook=tuple)  # pairs, so that what stands there twice is seen
    except (ValueError, RecursionError) as error:  # a number of too many digits is a plain ValueError
        raise InvalidInput(f"{source} is not JSON: {error}") from None
    keys = [key for key, _ in data]
    for key in keys:
        if key not in ("name", "layers"):
            raise InvalidInput(f'{source}: {ascii(key)[:80]} has no meaning here; the keys are "name" and "layers"')
        if keys.count(key) > 1:
            raise InvalidInput(f"{source}: {key!r} stands there twice; give it once")
    name, layers = dict(data).get("name", "network"), dict(data).get("layers")
    if not isinstance(name, str):
        raise InvalidInput(f'{source}: "name" is no text; write it in quotes')
    if not isinstance(layers, tuple) or not all(isinstance(spelling, str) for _, spelling in layers):
        raise InvalidInput(f'{source}: "layers" must map names to layers, e.g. {{"conv1": "Conv(96, 11, stride=4)"}}')
    return name, list(layers)


_LINE = re.compile(r"(?P<indent>\s*)(?P<key>[^:\s][^:]*):\s*(?P<value>.*)")


def _from_yaml(text: str, source: str) -> tuple[str, list[tuple[str, str]]]:
    name, layers, inside, seen = "network", [], False, set()
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.rstrip() if "#" not in raw else re.sub(r"(^|\s)#.*", "", raw).rstrip()
        if not line or line == "---":
            continue
        found = _LINE.fullmatch(line)
        if not found:
            raise InvalidInput(f"{source}, line {number}: cannot read {line.strip()!r}; write e.g. conv1: Conv(96, 11)")
        key, value = found["key"].strip(), found["value"].strip().strip("\"'")
        if not found["indent"] and key in seen:
            raise InvalidInput(f"{source}, line {number}: {key!r} stands there twice; give it once")
        seen |= set() if found["indent"] else {key}
        if found["indent"] and inside:
            layers.append((key, value))
        elif key == "name":
            name = value
        elif key == "layers" and not value:
            inside = True
        else:
            raise InvalidInput(f"{source}, line {number}: {key!r} is neither 'name' nor 'layers' nor indented below it")
    return name, layers


def read_layer(spelling: str, where: str = "the layer") -> Any:
    """Conv(96, 11, stride=4) as a record: a kind of layer with numbers, letters, names in quotes and True or False."""
    short = repr(spelling if len(spelling) <= 80 else f"{spelling[:79]}…")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python's advice on "1if" is not for the reader of a file
            call = ast.parse(spelling, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise InvalidInput(f"{where}: cannot read {short}; write e.g. Conv(96, 11, stride=4)") from None
    call = ast.Call(call, [], []) if isinstance(call, ast.Name) else call
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or call.func.id not in LAYERS:
        raise InvalidInput(f"{where}: {short} is no layer; there are {', '.join(LAYERS)}")
    options = [str(k.arg) for k in call.keywords]
    if twice := [name for name in options if options.count(name) > 1]:
        raise InvalidInput(f"{where}: {short} gives {twice[0]!r} twice; give it once")
    if any(k.arg is None for k in call.keywords):
        raise InvalidInput(f"{where}: {short} holds **; write each argument with its name")
    try:
        arguments = [_value(a, where) for a in call.args]
        return LAYERS[call.func.id](*arguments, **{str(k.arg): _value(k.value, where) for k in call.keywords})
    except TypeError as error:
        raise InvalidInput(f"{where}: {short} does not fit: {str(error).replace('.__init__()', '')}") from None
    except (RecursionError, ZeroDivisionError):
        raise InvalidInput(f"{where}: {short} has a size that cannot be worked out") from None


def _value(node: ast.expr, where: str) -> Any:
    """A number, a letter, a name, a pair, or + - * / of numbers and letters."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int | str | bool | None):
        return node.value
    if isinstance(node, ast.Name):
        return letter(node.id)
    if isinstance(node, ast.Tuple | ast.List):
        return tuple(_value(item, where) for item in node.elts)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_value(node.operand, where)
    if isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
        a, b = (_value(side, where) for side in (node.left, node.right))
        if all(isinstance(side, int | sp.Expr) for side in (a, b)):
            return _ARITHMETIC[type(node.op)](sp.sympify(a, strict=True), sp.sympify(b, strict=True))
    raise InvalidInput(f"{where}: {ast.unparse(node)[:80]!r} is no size; write a number, a letter, or + - * / of them")


_ARITHMETIC: dict[type, Any] = {
    ast.Add: lambda a, b: a + b, ast.Sub: lambda a, b: a - b, ast.Mult: lambda a, b: a * b, ast.Div: lambda a, b: a / b,
}  # fmt: skip
