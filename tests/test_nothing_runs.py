"""Nothing in a file runs: every reader, command and format over its examples, with a payload in every place.

A payload is Python that leaves a mark when it runs. ``eval``, ``exec`` and ``compile`` refuse whatever holds it, so
that a payload which reaches them is noticed even where it would fail later. ``ast`` may parse it: that runs nothing.
"""

import ast
import builtins
import contextlib
import io
import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

import symnet
from symnet.cli import main

MARK = "symnet_payload_ran"
CALL = f"__import__('sys').modules.setdefault('{MARK}',1)"
PAYLOADS = (f'"{CALL}"', CALL, f"'{CALL}'", f"[{CALL}]", f"lambda: {CALL}")
EXAMPLES = Path("examples")
ONLY_AST = ast.PyCF_ONLY_AST

Run = Callable[..., int]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Run]:
    """Run a command in a folder of its own, with the three doors to evaluation watched; its exit code."""
    for name in ("eval", "exec", "compile"):
        monkeypatch.setattr(builtins, name, _watched(getattr(builtins, name)))

    def command(*words: str) -> int:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as err:
            with pytest.raises(SystemExit) as stop:
                main(words)
            assert MARK not in sys.modules, words
            assert stop.value.code in (0, 1, 2), err.getvalue()
        return int(stop.value.code or 0)

    yield command
    sys.modules.pop(MARK, None)


def _watched(door: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(source: Any, *rest: Any, **options: Any) -> Any:
        flags = options.get("flags", rest[2] if len(rest) > 2 and isinstance(rest[2], int) else 0)
        if not flags & ONLY_AST and MARK in _text(source):
            raise AssertionError(f"{door.__name__} was given text of a file: {_text(source)[:200]}")
        return door(source, *rest, **options)

    return guarded


def _text(source: Any) -> str:
    if isinstance(source, CodeType):
        return f"{source.co_names} {source.co_consts}"
    return source.decode("utf-8", "replace") if isinstance(source, bytes) else str(source)


def places(text: str) -> Iterator[tuple[int, int]]:
    """Where a payload may stand: each word, number and quoted text once in each line, and the end of each line."""
    for found in re.finditer(r'"[^"\n]*"|[^\W\d]\w*|\d[\d.]*|$', text, re.MULTILINE):
        yield found.span()


def poisoned(text: str, payload: str, every: int = 1) -> Iterator[str]:
    """The text with the payload in one of its places, for each (or every nth) of them."""
    for number, (start, end) in enumerate(places(text)):
        if number % every == 0:
            yield text[:start] + payload + text[end:]


# ---------------------------------------------------------------------- the doors are watched
@pytest.mark.parametrize("door", [eval, exec], ids=["eval", "exec"])
def test_a_payload_that_reaches_evaluation_is_noticed(run: Run, door: Any) -> None:
    with pytest.raises(AssertionError, match="was given text of a file"):
        getattr(builtins, door.__name__)(CALL)


def test_sympy_evaluates_text_and_is_caught(run: Run) -> None:
    import sympy

    with pytest.raises((AssertionError, sympy.SympifyError)) as failure:
        sympy.sympify(CALL)
    assert "was given text of a file" in f"{failure.value} {failure.value.__cause__}{failure.value.__context__}"


# ---------------------------------------------------------------------- every format
RESHAPE = "x : 4\ny = reshape(x, {})\n"


@pytest.mark.parametrize("payload", PAYLOADS)
def test_the_field_s_worst_model_runs_nothing(run: Run, tmp_path: Path, payload: str) -> None:
    model, answer = tmp_path / "rce.net", tmp_path / "answer.tex"
    model.write_text(RESHAPE.format(payload))
    assert run("backprop", str(model)) == 2
    lines = ("against model", *RESHAPE.format(payload).splitlines())
    answer.write_text("".join(f"% symnet: {line}\n" for line in lines) + "$1 + 1 = 2$\n")
    run("audit", str(answer))
    run("audit", str(answer), "--key", "alexnet")


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("model", ["attention.net", "recurrent.net", "residual.net", "residual.tex"])
def test_models(run: Run, tmp_path: Path, model: str, payload: str) -> None:
    for text in poisoned((EXAMPLES / model).read_text(), payload, every=3):
        (tmp_path / model).write_text(text)
        run("backprop", str(tmp_path / model))


@pytest.mark.parametrize("payload", PAYLOADS[:2])
def test_answers_with_a_model_of_their_own(run: Run, tmp_path: Path, payload: str) -> None:
    model = "".join(
        f"% symnet: {line}\n" for line in ("against model", *(EXAMPLES / "residual.net").read_text().splitlines())
    )
    answer = tmp_path / "answer.tex"
    for text in poisoned(model + r"$\bar V = \bar r h^\top$ and $3 \cdot 4 = 12$", payload, every=4):
        answer.write_text(text)
        run("audit", str(answer), "--no-hints")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_architectures(run: Run, tmp_path: Path, payload: str) -> None:
    file = tmp_path / "net.yaml"
    for text in poisoned((EXAMPLES / "lenet5.yaml").read_text(), payload):
        file.write_text(text)
        run("count", str(file))


@pytest.mark.parametrize("payload", PAYLOADS[1:2])
def test_networks_and_certificates(run: Run, tmp_path: Path, payload: str) -> None:
    certificate = tmp_path / "certificate.json"
    run("prove", "--certificate", str(certificate))
    for text in poisoned(certificate.read_text(), json.dumps(payload), every=5):
        certificate.write_text(text)
        run("check", str(certificate))
    network = tmp_path / "network.json"
    for text in poisoned((EXAMPLES / "sorter.json").read_text(), json.dumps(payload)):
        network.write_text(text)
        run("prove", "--network", str(network))


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("option", ["--claim", "--where", "--set", "--network", "--equals", "--sorter", "--gadget"])
def test_claims(run: Run, option: str, payload: str) -> None:
    for text in (payload, f"out1 <= {payload}", f"W1[1,1]={payload}", f"out1 <= Max(x1, {payload})", f"x1.{payload}"):
        assert run("prove", option, text) == 2


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize(
    "words",
    [
        ("count", "alexnet", "--batch"),
        ("count", "--torch", "torch.nn:Linear(3, 4)", "--shape"),
        ("count", "--shape", "1,3", "--torch"),
        ("suggest", "alexnet", "--limit"),
        ("backprop", "--torch", "torch.nn:Linear(3, 4)", "--shape"),
        ("backprop", str(EXAMPLES / "residual.net"), "--seed"),
        ("audit", str(EXAMPLES / "worksheet" / "solution.md"), "--no-hints", "--key"),
    ],
    ids=" ".join,
)
def test_options(run: Run, words: tuple[str, ...], payload: str) -> None:
    run(*words, payload)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_arguments_of_a_module_are_literals(run: Run, payload: str) -> None:
    for text in (f"torch.nn:Linear({payload}, 4)", f"torch.nn:Linear(3, 4, bias={payload})", f"torch.nn:{payload}"):
        run("count", "--torch", text, "--shape", "1,3")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_python_functions_that_read_text(run: Run, payload: str) -> None:
    readers: list[Callable[[str], Any]] = [
        symnet.adjoints,
        symnet.claims,
        symnet.read_latex,
        symnet.counts.text.read,
        lambda text: symnet.audit("$1 = 1$", text),
        lambda text: symnet.relu.ReluNetwork([([[text]], [text])]),
        lambda text: symnet.count(symnet.counts.alexnet(), batch=text),
        lambda text: symnet.counts.alexnet().at({"N": text}),
        lambda text: symnet.prove(symnet.relu.two_input_sorter(), [text, text]),
    ]
    for read in readers:
        with contextlib.suppress(symnet.SymnetError, TypeError):
            read(payload)
        assert MARK not in sys.modules


# ---------------------------------------------------------------------- the source
def test_the_source_opens_no_door_to_evaluation() -> None:
    """No file calls eval, exec or compile, unpickles, or lets SymPy parse text: ``sympify`` is always strict."""
    opened = [f"{file}:{line}: {what}" for file in sorted(Path("symnet").rglob("*.py")) for line, what in _doors(file)]
    assert opened == []


def _doors(file: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            strict = any(k.arg == "strict" and ast.unparse(k.value) == "True" for k in node.keywords)
            if name in (
                "eval",
                "exec",
                "compile",
                "S",
                "sp.S",
                "parse_expr",
                "sp.parse_expr",
                "pickle.load",
                "pickle.loads",
            ):
                yield node.lineno, name
            if name.rpartition(".")[2] == "sympify" and not strict:
                yield node.lineno, f"{name} without strict=True"
            if name == "torch.load" and not any(
                k.arg == "weights_only" and ast.unparse(k.value) == "True" for k in node.keywords
            ):
                yield node.lineno, "torch.load without weights_only=True"
