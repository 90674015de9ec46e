"""Laws over the table of operators: a new record is tested by existing."""

from dataclasses import replace
from functools import wraps

import numpy as np
import pytest

from symnet import backprop, notation
from symnet.adjoints import FUNCTIONS, OPERATORS, WORDS
from symnet.adjoints.evaluate import World
from symnet.adjoints.graph import Node
from symnet.adjoints.reasons import Pairing
from symnet.checks.autograd import check_adjoints
from symnet.checks.entrywise import check_entrywise
from symnet.errors import InvalidInput

from .models import ALL_EXAMPLES, EXAMPLES


@pytest.mark.parametrize("example", ALL_EXAMPLES)
def test_the_rules_of_every_example_agree_with_autograd(example):
    assert all(check.passed for check in check_adjoints(backprop(example), functions=("tanh",), seeds=(0, 1)))


@pytest.mark.parametrize("name", [name for name in EXAMPLES if "exact" not in OPERATORS[name].without])
def test_the_rules_of_every_operator_are_exact_entry_by_entry(name):
    assert check_entrywise(backprop(EXAMPLES[name])).passed


def caught(example):
    """Every check sees it, or the wrong rule does not even fit."""
    try:
        return not any(check.passed for check in check_adjoints(backprop(example), functions=("tanh",), seeds=(0,)))
    except InvalidInput:
        return True


def uses(node, name):
    return ([node] if node.op == name else []) + [n for a in node.args for n in uses(a, name)]


ARGUMENTS = [
    (name, i)
    for name, example in EXAMPLES.items()
    for i in range(max(len(n.args) for d in backprop(example).program.definitions for n in uses(d.expression, name)))
    if (name, i) not in (("gather", 1), ("scatter", 1), ("where", 0))  # an index, a condition
]


@pytest.mark.parametrize(("name", "i"), ARGUMENTS)
@pytest.mark.parametrize("factor", [2, -1, 0])
def test_a_wrong_adjoint_of_any_argument_of_any_operator_is_caught(name, i, factor, monkeypatch):
    right = OPERATORS[name]

    def wrong(G, y, *args):
        found = right.adjoint(G, y, *args)
        return tuple(factor * part if k == i else part for k, part in enumerate(found))

    monkeypatch.setitem(OPERATORS, name, replace(right, adjoint=wrong))
    assert caught(right.example)


@pytest.mark.parametrize("name", [name for name in EXAMPLES if OPERATORS[name].tangent])
def test_a_wrong_tangent_of_any_operator_is_caught(name, monkeypatch):
    right = OPERATORS[name]
    monkeypatch.setitem(OPERATORS, name, replace(right, tangent=lambda *given: 2 * right.tangent(*given)))
    (check,) = backprop(right.example).jvp().check("cpu")
    assert not check.passed


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_wrong_definition_of_any_function_is_caught(name, monkeypatch):
    right = FUNCTIONS[name]
    (t,) = right.definition.free_symbols
    monkeypatch.setitem(FUNCTIONS, name, replace(right, definition=right.definition + t**2 / 8))
    assert not check_adjoints(backprop(WORDS[name].example), seeds=(0,))[0].passed


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if FUNCTIONS[name].slope])
def test_a_wrong_slope_of_any_function_is_caught(name, monkeypatch):
    right = FUNCTIONS[name]
    monkeypatch.setitem(FUNCTIONS, name, replace(right, slope=lambda x: 2 * right.slope(x)))
    assert caught(WORDS[name].example)


@pytest.mark.parametrize("name", [name for name, word in WORDS.items() if word.torch])
def test_a_wrong_meaning_of_any_word_is_caught(name, monkeypatch):
    right = WORDS[name]

    @wraps(right.build)
    def wrong(*given, **options):
        built = right.build(*given, **options)
        return built + built**2 + 1

    monkeypatch.setitem(WORDS, name, replace(right, build=wrong))
    assert not check_adjoints(backprop(right.example), functions=("tanh",), seeds=(0,))[0].passed


CONSTANT = {
    "one_hot",
    "stop_gradient",
    "is_max",
    "indicator",
    "causal",
    "quantity",
    "number",
    "ones",
    "zeros",
    "identity",
}


def test_every_operator_through_which_something_flows_has_an_example():
    assert set(OPERATORS) - set(EXAMPLES) == CONSTANT


def test_a_stop_that_does_not_stop_is_caught(monkeypatch):
    right = OPERATORS["stop_gradient"]
    monkeypatch.setitem(OPERATORS, "stop_gradient", replace(right, adjoint=lambda G, y, x: (G,)))
    assert not check_adjoints(backprop(right.words[0].example), seeds=(0,))[0].passed


@pytest.mark.parametrize("example", ALL_EXAMPLES)
def test_every_identity_of_a_derivation_holds_for_random_differentials(example):
    bp = backprop(example)
    world = random_world(bp)
    for step in bp.steps:
        for part in step.parts:
            assert value(part.relation.lhs, world) == pytest.approx(value(part.relation.rhs, world), rel=1e-9)


def random_world(bp) -> World:
    """Numbers for all names, bars and differentials; positive and near I, so that every example is defined."""
    rng = np.random.default_rng(0)
    sizes = dict(zip(bp.model.sizes.values(), (3, 4, 5, 2, 6, 7), strict=False))
    world = World(sizes, dict.fromkeys(bp.model.functions, FUNCTIONS["tanh"].definition), {})

    def near_identity(shape):
        return np.eye(*shape) + 0.2 * rng.uniform(size=shape) if len(shape) == 2 else rng.uniform(1, 2, size=shape)

    concrete = {name: tuple(int(n.subs(sizes)) for n in shape) for name, shape in bp.shapes.items()}
    for name in bp.model.declared:
        world.arrays[name, ""] = near_identity(concrete[name])
        if name in bp.model.bounds:
            world.arrays[name, ""] = rng.integers(0, sizes[bp.model.bounds[name]], size=concrete[name])
    for definition in bp.program.definitions:
        world.arrays[definition.name, ""] = np.asarray(world.value(definition.expression))
    for name, shape in concrete.items():
        world.arrays[name, "bar"], world.arrays[name, "d"] = rng.normal(size=shape), rng.normal(size=shape)
    return world


def value(side, world: World) -> float:
    a, b = (side.a, side.b) if isinstance(side, Pairing) else (side, None)
    assert isinstance(a, Node)
    return float(np.sum(world.value(a) * (1 if b is None else world.value(b))))


@pytest.mark.parametrize("example", ALL_EXAMPLES)
def test_everything_a_report_prints_is_balanced_and_explained(example):
    bp = backprop(example)
    for step in bp.steps:
        for part in (step, *step.parts):
            latex = part.relation.latex() + notation.prose(part.reason, "latex") + notation.prose(part.shapes, "latex")
            assert latex.count("{") == latex.count("}")
            assert part.relation.text().count("(") == part.relation.text().count(")")
            assert notation.prose(part.reason, "text")


@pytest.mark.parametrize("name", OPERATORS)
def test_every_operator_names_its_rule_and_gives_a_reason(name):
    operator = OPERATORS[name]
    assert operator.rule
    assert operator.numpy
    assert callable(operator.reasons) or all(operator.reasons)


def test_every_word_of_the_language_has_a_torch_twin_and_uses_its_own_name():
    for name, word in WORDS.items():
        assert word.torch or name == "cut"  # a subscript is no call
        assert f"{name}(" in word.example or name == "cut"


def test_derivatives_are_differentiated_not_typed():
    t = FUNCTIONS["tanh"].definition.free_symbols.pop()
    for function in FUNCTIONS.values():
        for at in (-1.3, 0.7):
            if function.name in ("log", "log1p", "log2") and at < 0:
                continue
            step = 1e-6
            up, down = (float(function.definition.subs(t, at + d).evalf()) for d in (step, -step))
            slope = float(function.derivative().subs(t, at).evalf())
            assert slope == pytest.approx((up - down) / (2 * step), abs=1e-6)
