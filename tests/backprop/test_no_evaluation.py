"""A model's text is data: text in it reaches no parser but the language's own, whichever word it is given to."""

import ast
import builtins

import pytest

from symnet import backprop
from symnet.adjoints import WORDS
from symnet.errors import SymnetError

EQUATIONS = {name: word.example for name, word in WORDS.items() if word.torch}


def calls(name):
    """The model of the word's example, and each way to put ``TEXT`` where an argument or an option stands."""
    *before, last = EQUATIONS[name].split("\n")
    left, _, right = last.partition("=")
    found = next(n for n in ast.walk(ast.parse(right.strip(), mode="eval")) if getattr(n, "func", None) is not None)
    arguments = [ast.unparse(a) for a in found.args]
    for shape in ("TEXT", "(TEXT, 1)", "(1, TEXT)", "[TEXT]", "-TEXT", "x[TEXT]", "2 ** TEXT"):
        for i in range(len(arguments) + 1):
            inside = [*arguments[:i], shape, *arguments[i + 1 :]]
            yield "\n".join([*before, f"{left} = {name}({', '.join(inside)})"])
        for option in WORDS[name].options:
            yield "\n".join([*before, f"{left} = {name}({', '.join([*arguments, f'{option}={shape}'])})"])


@pytest.mark.parametrize("name", EQUATIONS)
def test_text_in_the_place_of_any_argument_or_option_is_refused_and_never_run(name, tmp_path, monkeypatch):
    backprop(EQUATIONS[name])  # whatever is imported late is imported now
    marker = tmp_path / "ran"
    payloads = [f"__import__('pathlib').Path({str(marker)!r}).touch()", "2", "n", "1e99999"]
    monkeypatch.setattr(builtins, "eval", lambda *_: pytest.fail("a text was evaluated"))
    monkeypatch.setattr(builtins, "exec", lambda *_: pytest.fail("a text was executed"))
    for model in calls(name):
        for payload in payloads:
            with pytest.raises(SymnetError) as error:
                backprop(model.replace("TEXT", repr(payload)))
            assert "\n" not in str(error.value)
    assert not marker.exists()
