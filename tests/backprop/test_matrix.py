"""Operators and abilities: every ability of every operator is tried, and what it lacks is declared with its reason.

The page docs/operators.md is this matrix; `pytest tests/backprop/test_matrix.py --update-golden` writes it anew.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from symnet import backprop
from symnet.adjoints import OPERATORS, WORDS
from symnet.adjoints.batch import along_axis
from symnet.adjoints.record import Operator
from symnet.checks.entrywise import check_entrywise

from . import abilities
from .abilities import ABILITIES, outcome

PAGE = Path(__file__).parents[2] / "docs" / "operators.md"
HEAD = """# Operators and what each can do
Written by `make operators`: every ability is tried on the operator's example, none is read from a field.

| ability | what is tried |
|---|---|
| rule | the adjoints against torch autograd, and against torch's forward mode |
| JVP | the change along a direction against `torch.func`; of what rules alone have, the change of the rules |
| batch | `lift("rows")` against the examples one after the other |
| exact | the rules entry by entry against SymPy's scalar differentiation |
| NumPy, torch | the printed source, run |
| SymPy | the rules as SymPy's own matrix expressions |
| LaTeX | what is printed, read back by the audit |
| torch reader | the example as a torch module, exported, read and derived again |
"""


@pytest.mark.parametrize("ability", ABILITIES)
@pytest.mark.parametrize("name", OPERATORS)
def test_what_an_operator_lacks_is_declared_with_its_reason(name: str, ability: str) -> None:
    found, declared = outcome(name, ability), OPERATORS[name].without.get(ability)
    assert bool(found) == bool(declared), f"'{name}' declares {declared!r}, and {ability} gave {found!r}"


@pytest.mark.parametrize("name", OPERATORS)
def test_only_abilities_that_there_are_can_be_declared_missing(name: str) -> None:
    assert set(OPERATORS[name].without) <= set(ABILITIES)
    assert all(OPERATORS[name].without.values())


@pytest.mark.parametrize("ability", ["rule", "JVP", "batch"])
def test_a_hole_that_nobody_declared_is_found(ability: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The trials fail on an operator that is wrong."""
    right = OPERATORS["softmax"]
    wrong = {
        "rule": {"adjoint": lambda G, y, z: (2 * G,)},
        "JVP": {"tangent": lambda i, d, y, z: 2 * d},
        "batch": {"batch": lambda batch, y: 2 * along_axis(batch, y)},
    }[ability]
    monkeypatch.setitem(OPERATORS, "softmax", replace(right, **wrong))
    monkeypatch.setattr(abilities, "derived", backprop)  # nothing that is remembered
    assert not ABILITIES[ability]("softmax", right.example)


SMALLER = {  # models of four axes take SymPy a minute
    "attention": "Q : 1 d\nK : s d\nV : s e\nY = attention(Q, K, V)",
    "batch_norm": "X : 2 2 1\ng, q : 2\nY = batch_norm(X, g, q)",
    "instance_norm": "X : 1 2 2\nY = instance_norm(X)",
    "group_norm": "X : 1 2 2\ng, q : 2\nY = group_norm(X, 2, g, q)",
}


@pytest.mark.parametrize("name", WORDS)
def test_every_word_of_the_language_is_exact_entry_by_entry(name: str) -> None:
    if any(o.without.get("exact") and name in {w.name for w in o.words} for o in OPERATORS.values()):
        pytest.skip("its operator declares why it is not")
    check = check_entrywise(backprop(SMALLER.get(name, WORDS[name].example)))
    assert check.passed, check.evidence


# ---------------------------------------------------------------------- the page
def test_the_page_of_operators_is_current(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--update-golden"):
        PAGE.write_text(page(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page(), "make operators writes it anew"


def page() -> str:
    """The matrix, the reasons of its holes, and the words of each operator."""
    reasons = list(dict.fromkeys(why for o in OPERATORS.values() for why in o.without.values()))
    head = f"| operator | {' | '.join(ABILITIES)} | words |\n|---|{'---|' * len(ABILITIES)}---|\n"
    rows = "".join(row(o, reasons) for o in OPERATORS.values())
    parts = [n for n, word in WORDS.items() if not any(word in o.words for o in OPERATORS.values())]
    notes = "".join(f"{i}. {why}\n" for i, why in enumerate(reasons, 1))
    built = ", ".join(f"`{n}`" for n in parts)
    return f"{HEAD}\n{head}{rows}\nWords built of other words: {built}.\n\n## What is missing, and why\n{notes}"


def row(operator: Operator, reasons: list[str]) -> str:
    tried = ("✓" if not outcome(operator.name, a) else missing(operator, a, reasons) for a in ABILITIES)
    return f"| {operator.name} | {' | '.join(tried)} | {' '.join(f'`{w.name}`' for w in operator.words)} |\n"


def missing(operator: Operator, ability: str, reasons: list[str]) -> str:
    why = operator.without.get(ability)
    return f"{reasons.index(why) + 1}" if why else "✗"
