"""The house: verbs on top, engines side by side, the core below, and no arrow that points up or goes round.

An arrow is any import: at the top of a file, inside a function, or for type checkers alone. Rooms and their storeys
are listed once, here; a room that is in no storey is an error.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import symnet
from symnet.files import PACKAGE
from symnet.joints import DECLARED, JOINTS

STOREYS = (  # from the ground up; rooms of one storey know nothing of each other
    ("errors", "screen", "joints", "sizes"),
    ("files", "markup", "notation"),
    ("derivation",),
    ("relu", "adjoints", "counts"),
    ("readers", "checks"),
    ("claims",),
    ("report",),
    ("verbs",),
    ("symnet",),
    ("cli",),
    ("__main__",),
)
LEVEL = {room: level for level, rooms in enumerate(STOREYS) for room in rooms}
MOST_FILES = 20


@cache
def modules() -> dict[str, Path]:
    found = {}
    for file in Path("symnet").rglob("*.py"):
        name = ".".join(file.with_suffix("").parts)
        found[name.removesuffix(".__init__")] = file
    return found


def imports(name: str) -> Iterator[str]:
    """Every module of symnet that this one imports, wherever it says so."""
    for node in ast.walk(ast.parse(modules()[name].read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "symnet":
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if whole in modules() else node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == "symnet")


def room(name: str) -> str:
    return name.split(".")[1] if "." in name else name


def test_every_room_has_its_storey() -> None:
    assert {room(name) for name in modules()} == set(LEVEL)


@pytest.mark.parametrize("name", sorted(modules()))
def test_no_arrow_points_up_or_across(name: str) -> None:
    wrong = [other for other in imports(name) if room(other) != room(name) and LEVEL[room(other)] >= LEVEL[room(name)]]
    assert not wrong, f"{name} imports {', '.join(wrong)}, which stand above or beside it"


def test_no_arrows_go_round() -> None:
    """Not among files either; a package that gathers the names of its own files is not one of them."""
    arrows = {name: {o for o in imports(name) if o in modules() and not name.startswith(f"{o}.")} for name in modules()}
    assert list(circles(arrows)) == []


def circles(arrows: dict[str, set[str]]) -> Iterator[list[str]]:
    """Strongly connected parts of more than one file (Tarjan 1972)."""
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []

    def visit(v: str) -> Iterator[list[str]]:
        number[v] = low[v] = len(number)
        stack.append(v)
        for w in arrows.get(v, ()):
            if w not in number:
                yield from visit(w)
                low[v] = min(low[v], low[w])
            elif w in stack:
                low[v] = min(low[v], number[w])
        if low[v] == number[v]:
            part = [stack.pop()]
            while part[-1] != v:
                part.append(stack.pop())
            if len(part) > 1:
                yield sorted(part)

    for v in arrows:
        if v not in number:
            yield from visit(v)


def test_a_circle_is_found() -> None:
    assert list(circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}})) == [["a", "b", "c"]]


@pytest.mark.parametrize("name", sorted(modules()))
def test_one_file_says_where_symnet_lies(name: str) -> None:
    """A file that counts the folders above itself is wrong as soon as it moves."""
    assert ("__file__" in modules()[name].read_text()) == (name == "symnet.files")


def test_symnet_lies_where_it_says() -> None:
    assert Path(symnet.__file__).resolve().parent == PACKAGE


def test_no_room_is_crowded() -> None:
    files: dict[Path, int] = defaultdict(int)
    for file in modules().values():
        files[file.parent] += 1
    assert {str(folder): n for folder, n in files.items() if n > MOST_FILES} == {}


def test_what_engines_declare_is_what_the_verbs_join() -> None:
    import symnet.adjoints
    import symnet.counts
    import symnet.relu  # noqa: F401 - these declare

    assert set(JOINTS) == DECLARED


@pytest.mark.parametrize("name", symnet.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(symnet, name) is not None
    assert name in dir(symnet)


@pytest.mark.parametrize("verb", ["prove", "backprop", "count", "suggest", "audit"])
def test_verbs_are_functions_with_signatures_of_their_own(verb: str) -> None:
    import inspect

    signature = inspect.signature(getattr(symnet, verb))
    assert inspect.isfunction(getattr(symnet, verb))
    assert not {p.kind for p in signature.parameters.values()} & {inspect.Parameter.VAR_KEYWORD}
    assert signature.return_annotation is not inspect.Signature.empty
