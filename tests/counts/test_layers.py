"""The table of layers: every record is complete, prints, reads well, and counts any sizes."""

import math

import pytest
import sympy as sp

from symnet import notation
from symnet.counts import LAYERS, Architecture, count
from symnet.counts.layers import Conv, ConvTranspose1d, From, Input, InputSignal, Linear
from symnet.counts.records.examples import example_layers
from symnet.counts.rows import QUANTITIES
from symnet.errors import InvalidInput
from symnet.sizes import letter

KINDS = list(LAYERS.values())


def example(kind):
    """An input and one layer of the kind, as its record's example has it."""
    return Architecture("example", example_layers(kind))


@pytest.mark.parametrize("kind", KINDS)
def test_every_record_says_what_it_is(kind):
    assert kind.__doc__
    assert kind.rule.noun
    assert kind.rule.torch is not None or kind.rule.enters or kind is From
    assert set(kind.rule.reasons) >= {q for q in ("weights", "biases", "connections") if getattr(kind.rule, q)}


@pytest.mark.parametrize("kind", KINDS)
def test_every_example_counts_and_prints(kind):
    table = count(example(kind))
    for step in table.derivation.steps:
        assert notation.prose(step.reason, "latex")
        assert step.relation.text()
    assert table.latex().startswith(r"\begin{tabular}")
    assert table.to_json()["rows"][-1]["units"] == math.prod(int(n) for n in table.rows[-1].output_shape)


@pytest.mark.parametrize("kind", KINDS)
def test_letters_count_the_same_as_numbers(kind):
    network = example(kind)
    symbolic = network.symbolic()
    numbers = {s: sp.Integer(n) for s, n in symbolic.sizes.items()}
    for row, in_letters in zip(count(network), count(symbolic), strict=True):
        assert row.output_shape == tuple(side.xreplace(numbers) for side in in_letters.output_shape)
        for q in QUANTITIES:
            assert getattr(row, q) == getattr(in_letters, q).xreplace(numbers), q
    assert symbolic.at(symbolic.sizes) == network


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("padding", [0, 1, 2])
def test_a_transposed_convolution_counts_the_taps_that_land_inside(stride, padding):
    """By brute force: input i reaches i·s + j − p with tap j; more output padding than torch takes is refused."""
    h, k, extra = 5, 4, stride - 1
    o = (h - 1) * stride - 2 * padding + k + extra
    inside = sum(0 <= i * stride + j - padding < o for i in range(h) for j in range(k))
    row = count(Architecture("a", [("input", InputSignal(1, h)),
                                   ("up", ConvTranspose1d(1, k, stride, padding, extra))]))["up"]  # fmt: skip
    assert (row.unpadded, row.output_shape) == (inside, (1, o))
    letters = count(Architecture("a", [("input", InputSignal(1, "l")),
                                       ("up", ConvTranspose1d(1, "k", stride, "p", extra))]))["up"]  # fmt: skip
    at = {letter("l"): sp.Integer(h), letter("k"): sp.Integer(k), letter("p"): sp.Integer(padding)}
    assert letters.unpadded.xreplace(at).doit() == inside
    with pytest.raises(InvalidInput, match=r"output padding and 1 .* are more than stride"):
        count(Architecture("a", [("input", InputSignal(1, h)), ("up", ConvTranspose1d(1, k, stride, 0, stride))]))


def test_a_layer_without_bias_has_none():
    table = count(Architecture("a", [("input", Input(3, 8, 8)), ("conv1", Conv(4, 3, bias=False)), ("fc2", Linear(5))]))
    assert (table["conv1"].biases, table["fc2"].biases, table.total.biases) == (0, 5, 5)
    assert "biases" not in table["conv1"].formulas


def test_a_depthwise_convolution_has_one_channel_in_each_filter():
    table = count(Architecture("a", [("input", Input("c", "H", "H")), ("conv1", Conv("c", "k", groups="c"))]))
    c, k = sp.symbols("c k", integer=True, positive=True)
    assert table["conv1"].weights == c * k**2
    assert all("c" not in str(condition) for condition in table.conditions)


def test_counts_add_over_composition():
    front = [("input", Input(3, 16, 16)), ("conv1", Conv(8, 3)), ("conv2", Conv(4, 3, stride=2))]
    whole = count(Architecture("whole", [*front, ("fc3", Linear(7))])).total
    first = count(Architecture("front", front))
    channels, *sides = first.rows[-1].output_shape
    last = count(Architecture("back", [("input", Input(int(channels), *map(int, sides))), ("fc3", Linear(7))])).total
    for q in (*QUANTITIES, "parameters"):
        assert getattr(whole, q) == getattr(first.total, q) + getattr(last, q)
