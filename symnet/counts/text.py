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
from dataclasses import fields
from typing import Any

import sympy as sp

from symnet.counts.architecture import Architecture, spelled
from symnet.counts.layers import LAYERS
from symnet.counts.sizes import letter
from symnet.errors import InvalidInput


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
        data = json.loads(text, object_pairs_hook=_unique)
    except (json.JSONDecodeError, RecursionError) as error:
        raise InvalidInput(f"{source} is not JSON: {error}") from None
    layers = data.get("layers")
    if not isinstance(layers, dict) or not all(isinstance(v, str) for v in layers.values()):
        raise InvalidInput(f'{source}: "layers" must map names to layers, e.g. {{"conv1": "Conv(96, 11, stride=4)"}}')
    return str(data.get("name", "network")), list(layers.items())


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for key, value in pairs:
        if key in seen:
            raise InvalidInput(f"two layers are called {key!r}; give each its own name")
        seen[key] = value
    return seen


_LINE = re.compile(r"(?P<indent>\s*)(?P<key>[^:\s][^:]*):\s*(?P<value>.*)")


def _from_yaml(text: str, source: str) -> tuple[str, list[tuple[str, str]]]:
    name, layers, inside = "network", [], False
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.rstrip() if "#" not in raw else re.sub(r"(^|\s)#.*", "", raw).rstrip()
        if not line or line == "---":
            continue
        found = _LINE.fullmatch(line)
        if not found:
            raise InvalidInput(f"{source}, line {number}: cannot read {line.strip()!r}; write e.g. conv1: Conv(96, 11)")
        key, value = found["key"].strip(), found["value"].strip().strip("\"'")
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
    try:
        call = ast.parse(spelling, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise InvalidInput(f"{where}: cannot read {spelling!r}; write e.g. Conv(96, 11, stride=4)") from None
    call = ast.Call(call, [], []) if isinstance(call, ast.Name) else call
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or call.func.id not in LAYERS:
        raise InvalidInput(f"{where}: {spelling!r} is no layer; there are {', '.join(LAYERS)}")
    try:
        arguments = [_value(a, where) for a in call.args]
        return LAYERS[call.func.id](*arguments, **{str(k.arg): _value(k.value, where) for k in call.keywords})
    except TypeError as error:
        raise InvalidInput(f"{where}: {spelling!r} does not fit: {str(error).replace('.__init__()', '')}") from None


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
            return _ARITHMETIC[type(node.op)](sp.sympify(a), sp.sympify(b))
    raise InvalidInput(f"{where}: {ast.unparse(node)!r} is no size; write a number, a letter, or + - * / of them")


_ARITHMETIC: dict[type, Any] = {
    ast.Add: lambda a, b: a + b, ast.Sub: lambda a, b: a - b, ast.Mult: lambda a, b: a * b, ast.Div: lambda a, b: a / b,
}  # fmt: skip
