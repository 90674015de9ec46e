"""What a terminal may be sent: control characters are shown, and what an encoding lacks is spelled in ASCII."""

import ast
import io
import json
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symnet.cli import common, main
from symnet.screen import ascii_spelling, spell_what_cannot_be_shown, visible

RESIDUAL = "examples/residual.net"


@given(st.text(st.characters(codec=None)))
def test_nothing_that_a_terminal_obeys_is_left(text: str) -> None:
    assert all(c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cf", "Cs") for c in visible(text))


@given(st.text(st.characters(exclude_categories=["Cc", "Cf", "Cs"])))
def test_text_without_control_characters_is_shown_as_it_is(text: str) -> None:
    assert visible(text) == text


@given(st.characters(codec=None))
def test_every_character_has_an_ascii_spelling(character: str) -> None:
    assert ascii_spelling(character).isascii()


@pytest.mark.parametrize(
    ("written", "spelled"),
    [
        ("x̄₁ ≤ φ(Wᵀ)", "x_bar_1 <= phi(W^T)"),
        ("ȳ ⊙ z²", "y_bar .* z^2"),
        ("Łukasz", "Lukasz"),
        ("ȳ", "y_bar"),
        ("½", "1/2"),
    ],
)
def test_mathematics_keeps_its_meaning_in_ascii(written: str, spelled: str) -> None:
    assert "".join(map(ascii_spelling, written)).replace("\\u2044", "/") == spelled


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1"])
@pytest.mark.parametrize(
    "command",
    [
        ["prove"],
        ["count", "alexnet"],
        ["count", "alexnet", "--symbolic", "--latex", "--as", "fvcore"],
        ["backprop", RESIDUAL],
        ["backprop", RESIDUAL, "--code", "numpy"],
        ["suggest", "alexnet"],
        ["check", "sorter"],
    ],
)
def test_a_result_is_printed_in_any_encoding(
    encoding: str, command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(out, encoding=encoding))
    with pytest.raises(SystemExit) as stop:
        main(command)
    sys.stdout.flush()
    assert stop.value.code == 0
    assert out.getvalue().decode(encoding)


@pytest.mark.parametrize("file", sorted(Path("symnet/cli").glob("*.py")), ids=lambda file: file.name)
def test_a_command_prints_through_one_door(file: Path) -> None:
    """Where control characters are shown: `say`, `warn` and `write` of common.py, and the tables of symnet.report."""
    if file.name != "common.py":
        assert list(printing(ast.parse(file.read_text()))) == []


def printing(tree: ast.AST) -> Iterator[str]:
    """Calls that put text on a stream: print, click.echo, rich's Console, sys.stdout.write, os.write, logging …"""
    doors = {"print", "echo", "secho", "echo_via_pager", "Console", "pprint", "write", "writelines"}
    called = (ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call))
    for name in called:
        if name.split(".")[-1] in doors and name not in ("write", "file.write"):  # the door, and a file of its own
            yield name


@pytest.mark.parametrize(
    "said", ["print(x)", "click.echo(x)", "click.secho(x)", "sys.stderr.write(x)", "rich.print(x)", "os.write(1, x)"]
)
def test_another_door_is_seen(said: str) -> None:
    assert list(printing(ast.parse(said)))


def test_a_stream_that_cannot_be_changed_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    spell_what_cannot_be_shown()
    print("ȳ")
    assert sys.stdout.getvalue() == "ȳ\n"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


HOSTILE = "\x1b[2J\x1b]8;;http://x\x1b\\\u202e\x9b31m\x08\r\x07[red]x[/red]"


def is_sendable(text: str) -> bool:
    return all(c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cf", "Cs") for c in text)


def test_json_keeps_its_values_and_holds_nothing_that_a_terminal_obeys(capsys: pytest.CaptureFixture[str]) -> None:
    common.write_json("-", {HOSTILE: "ȳ \u007f"})
    said = capsys.readouterr().out
    assert is_sendable(said)
    assert "ȳ" in said
    assert json.loads(said) == {HOSTILE: "ȳ \u007f"}


def test_a_table_on_a_terminal_is_shown_and_in_a_pipe_left_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    common.write("-", HOSTILE)
    assert capsys.readouterr().out == HOSTILE
    monkeypatch.setattr(sys, "stdout", Terminal())
    common.write("-", HOSTILE)
    assert is_sendable(sys.stdout.getvalue())  # type: ignore[attr-defined]


def test_progress_shows_what_was_typed_and_sends_none_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    with common.progress(f"reading {HOSTILE}") as tell:
        assert tell is not None
        tell(HOSTILE)
    said = sys.stderr.getvalue()  # type: ignore[attr-defined]
    assert "\x1b]8" not in said
    assert "\u202e" not in said
    assert "\x9b" not in said
