"""What the README shows is what symnet does."""

import re
import shlex
import unicodedata
from pathlib import Path

import pytest

from symnet import backprop
from symnet.cli import main

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SESSIONS = re.findall(r"```text\n\$ symnet (.*?)\n(.*?)```", README, re.DOTALL)


def test_the_readme_shows_sessions() -> None:
    assert len(SESSIONS) >= 2


@pytest.mark.parametrize(("command", "shown"), SESSIONS, ids=[command for command, _ in SESSIONS])
def test_a_session_prints_what_is_shown(
    command: str, shown: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    with pytest.raises(SystemExit):
        main(shlex.split(command, comments=True))
    printed = unicodedata.normalize("NFC", capsys.readouterr().out)  # a bar on a letter has two spellings
    expected, cut, _ = shown.partition("  ...\n")
    assert printed.startswith(expected) if cut else printed == expected


EXAMPLES = re.findall(r"`symnet (.*?)`", (ROOT / "examples" / "README.md").read_text(encoding="utf-8"))


@pytest.mark.parametrize("command", EXAMPLES)
def test_the_examples_run(command: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(shlex.split(command))
    assert ended.value.code == (1 if "worksheet" in command else 0)


def test_the_model_in_latex_is_the_model_in_text() -> None:
    text, latex = (backprop(ROOT / "examples" / name) for name in ("residual.net", "residual.tex"))
    assert str(text) == str(latex)


def test_the_python_runs_and_its_comments_are_true(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    names: dict[str, object] = {}
    exec(code, names)
    table, block = names["table"], names["block"]
    assert f"{table['conv2'].connections}, {table.total.weights}" in code  # type: ignore[index] - a CountTable
    assert str(block.adjoints["V"]) in code  # type: ignore[attr-defined] - a BackwardPass


def test_the_two_commands_are_those_of_continuous_integration() -> None:
    (commands,) = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    shown = [line.split("#")[0].strip() for line in commands.splitlines()]
    run = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert shown == [line for line in run if line.startswith("make ")]
