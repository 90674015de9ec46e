"""Modules of torch, read through torch.export: the same counts as the layers, letters where torch can follow them."""

from dataclasses import replace

import pytest
import sympy as sp
import torch
from torch import nn
from torch.nn import functional

from symnet import count
from symnet.checks.build import build
from symnet.counts import alexnet, gpt2_small, resnet18, squeezenet1_0
from symnet.counts.layers import FixedNumber, Linear, MatrixProduct, Projection, ScaledDotProduct
from symnet.counts.rows import QUANTITIES
from symnet.errors import InvalidInput, NotSupported
from symnet.readers.torch.nodes import OPERATORS, Operator
from symnet.sizes import letter

SAME = {"alexnet": (alexnet, (1, 3, 224, 224)), "resnet18": (resnet18, (1, 3, 224, 224)),
        "squeezenet": (squeezenet1_0, (1, 3, 224, 224)), "gpt2": (gpt2_small, (1, 256))}  # fmt: skip


def passed(table):
    return [check.passed for check in table.check()]


@pytest.mark.parametrize("name", SAME)
def test_a_module_has_the_counts_of_its_layers(name):
    network, shape = SAME[name]
    table = count((build(network(), "meta"), shape))
    assert [getattr(table.total, q) for q in QUANTITIES] == [getattr(count(network()).total, q) for q in QUANTITIES]
    assert passed(table) == [True, True]
    assert table.notes == ()


class Functional(nn.Module):
    """Nothing here is a module that a hook would see."""

    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.zeros(12, 8))
        self.b = nn.Parameter(torch.zeros(12))
        self.scale = nn.Parameter(torch.ones(12))

    def forward(self, x):
        x = functional.linear(x, self.w, self.b) * self.scale
        q, k, v = x.chunk(3, dim=-1)
        return functional.scaled_dot_product_attention(q, k, v) @ q.transpose(1, 2)


def test_functional_calls_and_free_parameters_are_counted():
    table = count((Functional(), (2, 5, 8)))
    kinds = {type(row.layer) for row in table}
    assert kinds >= {Projection, ScaledDotProduct, MatrixProduct}
    assert table.total.connections == 5 * 8 * 12 + 2 * 5 * 5 * 4 + 5 * 5 * 4
    assert (table.total.weights, table.total.biases) == (12 * 8 + 12, 12)
    assert passed(table) == [True, True]


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(11, 6)
        self.inner = nn.Linear(6, 6)
        self.head = nn.Linear(6, 11, bias=False)
        self.head.weight = self.words.weight

    def forward(self, x):
        return self.head(self.inner(self.inner(self.words(x))))


def test_shared_weights_count_once_and_their_connections_each_time():
    table = count((Tied(), (1, 7)))
    assert table.total.parameters == 11 * 6 + 6 * 6 + 6
    assert table.total.connections == 7 * (2 * 36 + 66)
    assert passed(table) == [True, True]


class Sequences(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(8, 6, 2, batch_first=True)
        self.attention = nn.MultiheadAttention(6, 2, batch_first=True)
        self.unused = nn.Linear(3, 3)

    def forward(self, x):
        x, _ = self.lstm(x)
        x = self.attention(x, x, x, need_weights=False)[0]
        return torch.einsum("bti,bsi,bsj->btj", x, x, x)


def test_recurrent_layers_attention_modules_and_operations_without_a_formula():
    table = count((Sequences(), (2, 5, 8)))
    assert passed(table) == [True, True]
    assert any(isinstance(row.layer, FixedNumber) for row in table)
    assert any("einsum has no formula" in note for note in table.notes)
    assert any("unused.weight" in note for note in table.notes)


@pytest.mark.parametrize("batch", [3, "N"])
def test_a_batch_repeats_all_but_the_parameters(batch):
    one, many = (count((Functional(), (2, 5, 8)), batch=b) for b in (1, batch))
    times = letter(batch) if isinstance(batch, str) else batch
    assert sp.expand(many.total.connections - times * one.total.connections) == 0
    assert many.total.weights == one.total.weights
    assert passed(many) == [True, True]


# ---------------------------------------------------------------------- letters
def test_letters_of_the_input_give_closed_forms_and_conditions():
    table = count((build(alexnet(), "meta"), (1, 3, "H", "H")))
    H = letter("H")
    assert table.total.connections.xreplace({H: sp.Integer(224)}) == 724_406_816
    assert {str(c) for c in table.conditions} == {"256·⌊(H - 31)/32⌋² = 9216", "H ≥ 63"}
    assert passed(table) == [True, True]


def test_tokens_give_the_square_of_attention():
    T = letter("T")
    table = count((build(gpt2_small(), "meta"), ("B", "T")))
    assert sp.expand(table.total.connections - (18_432 * T**2 + 123_532_032 * T)) == 0


def test_widths_become_letters_and_groups_are_built_in():
    table = count((build(alexnet(), "meta"), (1, 3, 224, 224)), widths=True)
    c_2, u_1 = letter("c_conv2"), letter("u_conv1")
    assert table["conv1"].leaves == (2 * u_1, 55, 55)
    assert table["conv2"].weights == 25 * c_2 * u_1
    at = {s: sp.Integer(n) for s, n in table.module[2].items()}
    assert [getattr(table.total, q).xreplace(at) for q in QUANTITIES] == [659_272, 60_954_656, 10_568, 724_406_816]
    assert passed(table) == [True, True]


def test_a_letter_that_the_module_fixes_is_said_to_be():
    table = count((nn.Linear(16, 3), (1, "n")))
    assert any("n is fixed at 16" in note for note in table.notes)


# ---------------------------------------------------------------------- what cannot be read
class WhileLoop(nn.Module):
    def forward(self, x):
        while x.sum() > 0:
            x = x - 1
        return x


class Choice(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(3, 4), nn.Linear(3, 4)

    def forward(self, x):
        return torch.cond(x.sum() > 0, lambda x: self.a(x), lambda x: self.b(x), (x,))


UNREAD = {
    "a loop on values": (nn.Sequential(nn.Linear(3, 4), nn.Sequential(nn.ReLU(), WhileLoop())), "layer '1.1'"),
    "channels that do not fit": (nn.Sequential(nn.Linear(3, 4), nn.Linear(5, 4)), "layer '1'"),
    "a choice between two parts": (Choice(), "cond"),
}


@pytest.mark.parametrize("case", UNREAD)
def test_what_cannot_be_read_is_refused_in_one_line_with_the_layers_name(case, capfd):
    module, name = UNREAD[case]
    with pytest.raises(NotSupported, match=name) as refusal:
        count((module, (1, 3)))
    assert "\n" not in str(refusal.value)
    assert capfd.readouterr() == ("", "")
    assert not any(part._forward_hooks or part._forward_pre_hooks for part in module.modules())


@pytest.mark.parametrize("side", ["", "two words", -8, 0, 1.5, True])
def test_a_side_is_a_number_or_a_letter(side):
    with pytest.raises(InvalidInput, match="the shape has"):
        count((nn.Linear(3, 4), (1, side)))


@pytest.mark.parametrize("padding", ["same", "valid"])
def test_padding_in_words_is_read_as_its_numbers(padding):
    table = count((nn.Conv2d(3, 4, (3, 5), padding=padding, dilation=(2, 1)), (1, 3, 9, 9)))
    assert table.rows[1].layer.padding == {"same": 2, "valid": 0}[padding]
    assert passed(table) == [True, True]


# torchvision 0.28, metadata of its weights: num_params, and _ops to a thousandth of a billion
TORCHVISION = {
    "resnet50": (25_557_032, 4.089), "vit_b_16": (86_567_656, 17.564), "mobilenet_v2": (3_504_872, 0.301),
    "googlenet": (6_624_904, 1.498), "densenet121": (7_978_856, 2.834), "convnext_tiny": (28_589_128, 4.456),
    "efficientnet_b0": (5_288_548, 0.386), "swin_t": (28_288_354, 4.491),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:The default weight initialization:FutureWarning")  # GoogLeNet's own
@pytest.mark.parametrize("name", TORCHVISION)
def test_torchvisions_modules_have_their_published_totals(name):
    models = pytest.importorskip("torchvision.models")
    with torch.device("meta"):
        module = getattr(models, name)()
    total = count((module, (1, 3, 224, 224))).total
    assert (total.parameters, round(float(total.connections) / 1e9, 3)) == TORCHVISION[name]


# ---------------------------------------------------------------------- care
def test_the_module_is_left_as_it_was():
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Dropout())
    module[2].eval()
    before = {name: p.clone() for name, p in module.state_dict().items()}
    count((module, (1, 3, 8, 8)))
    assert [part.training for part in module] == [True, True, False]
    assert all(torch.equal(before[name], p) for name, p in module.state_dict().items())


def test_a_model_larger_than_memory_is_counted_on_meta():
    with torch.device("meta"):
        module = nn.Linear(10**7, 10**7)
    assert count((module, (1, 10**7))).total.parameters == 10**14 + 10**7


def test_a_wrong_reader_is_caught(monkeypatch):
    right = OPERATORS["linear"]
    for field, value in {"leaves": (6,), "arrives": (7,)}.items():
        wrong = Operator(lambda out, f=field, v=value, **given: replace(right.read(out, **given), **{f: v}))
        monkeypatch.setattr(Operator, "used", property(lambda self: {"x", "weight", "bias"}))
        monkeypatch.setitem(OPERATORS, "linear", wrong)
        with pytest.raises(NotSupported, match=r"formula of a fully connected layer|differs by 15"):
            count((nn.Linear(4, 5), (1, 4)))


class Branching(nn.Module):
    def forward(self, x):
        return x if x.sum() > 0 else -x


@pytest.mark.parametrize(
    ("module", "shape", "error", "message"),
    [
        (Branching(), (1, 3), NotSupported, r"Branching: torch.export cannot read it .* give the layers"),
        (nn.Linear(3, 4), (1, 5), NotSupported, "Linear: torch.export cannot read it"),
        (nn.Linear(3, 4), (1, 0), InvalidInput, "the shape has 0 in it"),
        (nn.Linear(3, 4), (), InvalidInput, "give all axes with the batch"),
        (nn.Linear(3, 4), (1, 2.5), InvalidInput, "the shape has 2.5 in it"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_line(module, shape, error, message):
    with pytest.raises(error, match=message) as refusal:
        count((module, shape))
    assert "\n" not in str(refusal.value)


def test_a_table_from_a_module_prints():
    table = count((nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(144, 5)), (1, 3, 8, 8)))
    assert isinstance(table.rows[-1].layer, Linear)
    assert table.latex().startswith(r"\begin{tabular}")
    assert table.to_json()["total"]["parameters"] == 4 * 27 + 4 + 144 * 5 + 5
    assert "units" in table.to_csv()
    with pytest.raises(NotSupported, match="receptive fields need a list of layers"):
        _ = table.reach
