"""Modules are read whole or refused: no parameter and no multiply-add is lost, no argument is dropped.

What is right is known without symnet: the elements of the module's tensors, and multiply-adds worked out by hand.
"""

import itertools
from dataclasses import replace

import pytest
import sympy as sp
import torch
from torch import nn
from torch.nn import functional

from symnet import count
from symnet.checks import recount
from symnet.checks.recount import conserved, run
from symnet.counts.layers import Contraction, FreeParameter, Linear, WindowPool
from symnet.errors import InvalidInput, NotSupported
from symnet.readers.torch.graph import read_module
from symnet.readers.torch.nodes import OPERATORS, OWN_NAMES
from symnet.sizes import letter


class Calls(nn.Module):
    """A function of its input and of tensors of its own, w first."""

    def __init__(self, call, *shapes, **parts):
        super().__init__()
        self.call = call
        self.own = nn.ParameterList([nn.Parameter(torch.zeros(shape)) for shape in shapes])
        for name, part in parts.items():
            self.add_module(name, part)

    def forward(self, *x):
        return self.call(self, *x)


def without_gradient(m, x):
    with torch.no_grad():
        x = m.a(x)
    return m.b(x)


def in_half(m, x):
    with torch.autocast("cpu", dtype=torch.bfloat16), torch.no_grad():
        x = m.a(x)
    return m.b(x.float())


def step_by_step(m, x):
    h = c = torch.zeros(x.shape[0], 20)
    for t in range(x.shape[1]):
        h, c = m.cell(x[:, t], (h, c))
    return h


def several(m, x):
    return torch.linalg.multi_dot([m.a(x)[0], torch.ones(20, 4), torch.ones(4, 3)])


MAPS = {"a": nn.Linear(10, 20), "b": nn.Linear(20, 5)}
WHOLE = {  # module, shape of its input, multiply-adds worked out by hand
    "layer norm over three axes": (
        nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.LayerNorm([8, 4, 4])), (1, 3, 4, 4), 27 * 8 * 16),
    "root-mean-square norm over two axes": (nn.RMSNorm([8, 4]), (1, 8, 4), 0),
    "a parameter on the left": (Calls(lambda m, x: m.own[0] @ x, (7, 5)), (1, 5, 3), 7 * 5 * 3),
    "a parameter on the left of columns": (
        Calls(lambda m, x: m.own[0] @ functional.unfold(x, 3), (8, 27)), (1, 3, 9, 9), 8 * 27 * 49),
    "a stack of experts": (Calls(lambda m, x: torch.bmm(x.expand(4, -1, -1), m.own[0]), (4, 5, 6)), (1, 3, 5), 360),
    "experts by broadcasting": (Calls(lambda m, x: x.unsqueeze(1) @ m.own[0], (4, 5, 6)), (1, 3, 5), 360),
    "experts that come first": (
        Calls(lambda m, x: torch.einsum("btd,edf->ebtf", x, m.own[0]), (4, 8, 6)), (1, 3, 8), 576),
    "an einsum with dots": (Calls(lambda m, x: torch.einsum("...d,df->...f", x, m.own[0]), (8, 6)), (1, 3, 8), 144),
    "a sum of products of stacks": (
        Calls(lambda m, x: torch.baddbmm(m.own[1], x.expand(2, -1, -1), m.own[0]), (2, 5, 7), (2, 1, 7)),
        (1, 6, 5), 420),
    "an added matrix": (Calls(lambda m, x: torch.addmm(m.own[0], x[0], m.own[1]), (6, 7), (5, 7)), (1, 6, 5), 210),
    "a vector on the right": (Calls(lambda m, x: x @ m.own[0], (5,)), (1, 6, 5), 30),
    "a matrix and a vector": (Calls(lambda m, x: torch.mv(m.own[0], x[0]), (7, 5)), (1, 5), 35),
    "two vectors": (Calls(lambda m, x: torch.dot(m.own[0], x[0]), (5,)), (1, 5), 5),
    "a bilinear map": (nn.Bilinear(5, 4, 7), ((1, 5), (1, 4)), 5 * 4 * 7),
    "tensordot": (Calls(lambda m, x: torch.tensordot(x, m.own[0], dims=([-1], [0])), (5, 7)), (1, 6, 5), 210),
    "inner": (Calls(lambda m, x: torch.inner(x, m.own[0]), (7, 5)), (1, 6, 5), 210),
    "a region without gradients": (Calls(without_gradient, **MAPS), (1, 10), 300),
    "a region of another precision in one without gradients": (Calls(in_half, **MAPS), (1, 10), 300),
    "a product of several, with tensors made on the way": (
        Calls(several, a=MAPS["a"]), (1, 6, 10), 6 * 10 * 20 + 6 * 20 * 4 + 6 * 4 * 3),
    "an LSTM with a projection": (
        nn.LSTM(10, 20, 2, proj_size=7, batch_first=True), (1, 6, 10), 6 * 20 * (4 * (10 + 7 + 7 + 7) + 2 * 7)),
    "an LSTM with a projection, both ways": (
        nn.LSTM(10, 20, 2, proj_size=7, bidirectional=True, batch_first=True), (1, 6, 10),
        6 * 2 * 20 * (4 * (10 + 7 + 14 + 7) + 2 * 7)),
    "a cell": (nn.LSTMCell(10, 20), (1, 10), 4 * 20 * 30),
    "a cell with three maps": (nn.GRUCell(10, 20), (1, 10), 3 * 20 * 30),
    "a cell, step by step": (Calls(step_by_step, cell=nn.LSTMCell(10, 20)), (1, 4, 10), 4 * 4 * 20 * 30),
    "a recurrent layer with another nonlinearity": (
        nn.RNN(10, 20, nonlinearity="relu", batch_first=True), (1, 6, 10), 6 * 20 * 30),
    "rows folded into the batch": (
        Calls(lambda m, x: m.rows(x.reshape(-1, x.shape[2], 6))[0], rows=nn.LSTM(6, 5, batch_first=True)),
        (1, 4, 7, 6), 4 * 7 * 4 * 5 * 11),
    "a map without a batch": (Calls(lambda m, x: m.c(x[0]), c=nn.Conv2d(3, 8, 3)), (1, 3, 9, 9), 27 * 8 * 49),
    "an even kernel that keeps the sides": (nn.Conv2d(3, 6, 4, padding="same"), (1, 3, 9, 9), 48 * 6 * 81),
    "a spectral norm": (nn.utils.parametrizations.spectral_norm(nn.Linear(5, 7)), (1, 5), 35 + 35 + 7),
    "one weight with two dilations": (
        Calls(lambda m, x: functional.conv2d(x, m.own[0], padding=1)
              + functional.conv2d(x, m.own[0], padding=2, dilation=2), (4, 3, 3, 3)), (1, 3, 9, 9), 2 * 27 * 4 * 81),
    "one tensor as weight and as bias": (
        Calls(lambda m, x: functional.linear(x, m.own[0], m.own[0][:, 0]), (4, 5)), (1, 5), 20),
    "a matrix of half the precision": (nn.Linear(10, 4).half(), (1, 10), 40),
    "a parameter that is multiplied entry by entry": (
        Calls(lambda m, x: (x.unsqueeze(-2) * m.own[0]).sum(-1), (7, 5)), (1, 5), 0),
}  # fmt: skip


@pytest.mark.parametrize("name", WHOLE)
def test_every_parameter_and_multiply_add_is_in_a_row(name):
    module, shape, connections = WHOLE[name]
    table = count((module, shape))
    assert table.total.parameters == sum(p.numel() for p in module.parameters())
    assert table.total.connections == connections
    assert [check.passed for check in table.check()] == [True, True]
    assert table.unused == {}


def test_the_rows_themselves_say_what_the_layers_are():
    norm = count((nn.LayerNorm([8, 4, 4]), (1, 8, 4, 4))).rows[1]
    assert (norm.weights, norm.biases, norm.units) == (128, 128, 128)
    lstm = count(WHOLE["an LSTM with a projection"][:2]).rows[1]
    assert (lstm.weights, lstm.biases, lstm.units) == (2760, 320, 42)
    left = count(WHOLE["a parameter on the left"][:2]).rows[1]
    assert (left.weights, left.units) == (35, 21)
    experts = count(WHOLE["experts that come first"][:2])
    assert [(type(row.layer), row.units) for row in experts][1:] == [(Contraction, 72), (FreeParameter, 1)]


@pytest.mark.filterwarnings("ignore:Using padding='same':UserWarning")  # torch copies the input, and says so once
@pytest.mark.parametrize("kernel", [2, 3, (4, 3), (2, 6)])
@pytest.mark.parametrize("dilation", [1, 2, 3])
def test_padding_same_counts_the_taps_on_real_input(kernel, dilation):
    """An all-ones run in torch, which pads as it does, against the closed form, in numbers and at letters' values."""
    module = nn.Conv2d(1, 1, kernel, padding="same", dilation=dilation, bias=False).double()
    nn.init.ones_(module.weight)
    with torch.no_grad():
        taps = int(module(torch.ones(1, 1, 11, 9, dtype=torch.float64)).sum())
    assert count((module, (1, 1, 11, 9))).rows[1].unpadded == taps
    row = count((module, (1, 1, "H", "W"))).rows[1]
    assert row.unpadded.xreplace({letter("H"): sp.Integer(11), letter("W"): sp.Integer(9)}).doit() == taps


# ---------------------------------------------------------------------- what is not used, and what is not counted
class Heads(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.training_only = nn.Linear(3, 4), nn.Linear(3, 1024)

    def forward(self, x):
        return self.a(x)


def test_unused_parameters_are_named_in_every_form_of_the_table(capsys):
    table = count((Heads(), (1, 3)))
    assert table.unused == {"training_only.weight": 3072, "training_only.bias": 1024}
    assert table.total.parameters == 16
    said = "training_only.weight (3072), training_only.bias (1024)"
    for form in (str(table), table._repr_html_(), table.to_csv()):
        assert said in form
    assert said.replace("_", r"\_") in table.latex()
    assert table.to_json()["unused"] == table.unused
    assert table.to_json()["notes"] == list(table.notes)


def test_an_operation_that_multiplies_in_its_own_way_is_named():
    table = count((Calls(lambda m, x: torch.cdist(x, m.own[0][None]), (9, 5)), (1, 6, 5)))
    assert (table.total.parameters, table.total.connections) == (45, 0)
    assert any("cdist multiplies in a way of its own" in note for note in table.notes)


def test_a_part_that_may_not_run_is_refused_by_name():
    def either(m, x):
        return torch.cond(x.sum() > 0, lambda x: m.a(x), lambda x: m.b(x), (x,))

    with pytest.raises(NotSupported, match="cond holds parts that may run once, often or never"):
        count((Calls(either, a=nn.Linear(10, 20), b=nn.Linear(10, 20)), (1, 10)))


def test_a_side_that_depends_on_the_numbers_is_refused():
    chosen = Calls(lambda m, x: m.a(x[x.sum(-1) > 0]), a=nn.Linear(4, 5))
    with pytest.raises(NotSupported, match="a side depends on the numbers in the input"):
        count((chosen, (3, 4)))


def test_a_parameter_without_elements_needs_no_row():
    assert count((Calls(lambda m, x: torch.cat([x, m.own[0].expand(1, 0)], 1), (0,)), (1, 3))).total.parameters == 0


def test_a_layer_that_shares_one_of_its_matrices_counts_the_other_by_itself():
    one, two = nn.LSTM(5, 5, batch_first=True), nn.LSTM(5, 5, batch_first=True)
    two.weight_ih_l0 = one.weight_ih_l0
    table = count((Calls(lambda m, x: m.two(m.one(x)[0])[0], one=one, two=two), (1, 3, 5)))
    assert table.total.weights == 3 * 100
    assert table["two"].weights == 0
    assert table["two.weight_hh_l0"].weights == 100
    assert [check.passed for check in table.check()] == [True, True]


# ---------------------------------------------------------------------- the law
def test_a_lost_parameter_is_an_error_that_says_how_many():
    table = read_module(nn.Linear(4, 5), (1, 4))
    lossy = replace(table, rows=tuple(replace(row, shared=frozenset({"biases"})) for row in table.rows))
    with pytest.raises(NotSupported, match="25 parameters, and its rows hold 20, with 0 unused: 5 are lost"):
        conserved(lossy)
    twice = replace(table, rows=(*table.rows, table.rows[1]))
    with pytest.raises(NotSupported, match="25 are counted twice"):
        conserved(twice)


def test_a_lost_product_is_an_error_that_names_the_operations():
    table = read_module(nn.Linear(4, 5), (1, 4))
    layer = replace(table.rows[1], repeats=3)
    with pytest.raises(NotSupported, match=r"60 connections, and a run of it makes 20 multiply-adds .addmm 20."):
        conserved(replace(table, rows=(table.rows[0], layer)))


def test_a_module_that_does_not_run_without_numbers_is_said_not_to_be_recounted(monkeypatch):
    def refuse(module, shapes):
        raise NotSupported("RuntimeError: no")

    table = read_module(nn.Linear(4, 5), (1, 4))
    monkeypatch.setattr(recount, "run", refuse)
    assert "connections are not recounted, for it does not run so: RuntimeError: no" in conserved(table).notes


@pytest.mark.parametrize("mutant", ["mm", "addmm", "bmm", "convolution"])
def test_the_recount_needs_every_operation_that_it_knows(monkeypatch, mutant):
    module, shape = {
        "mm": (nn.Linear(4, 5, bias=False), (1, 4)),
        "addmm": (nn.Linear(4, 5), (1, 4)),
        "bmm": (Calls(lambda m, x: x @ x.transpose(1, 2)), (1, 3, 4)),
        "convolution": (nn.Conv1d(2, 3, 3), (1, 2, 8)),
    }[mutant]
    monkeypatch.setitem(recount.MULTIPLY, mutant, lambda *_: 0)
    with pytest.raises(NotSupported, match="a run of it makes 0 multiply-adds"):
        count((module, shape))


def test_the_run_sees_what_happens_and_leaves_the_module_as_it_was():
    module = nn.Sequential(nn.Linear(4, 5), nn.Dropout())
    seen = run(module, [(3, 4)])
    assert seen.products == (("addmm", 60),)
    assert seen.used == {"0.weight", "0.bias"}
    assert module.training
    assert not module[0].weight.is_meta


# ---------------------------------------------------------------------- examples and inputs
def test_a_batch_is_said_to_be_one():
    table = count((nn.Linear(10, 12), (4, 7, 10)))
    assert table.total.connections == 840
    assert table.notes == ("counts are of one example: the first axis, 4, is a batch",)
    assert count((nn.Linear(10, 12), ("N", 7, 10))).notes[0].startswith("counts are of one example: the first axis, N,")


def test_steps_in_time_are_no_batch():
    table = count((nn.LSTM(10, 20), (6, 1, 10)))
    assert table.total.connections == 6 * 2400
    assert "the first axis, 6, is no batch" in table.notes[0]
    assert [check.passed for check in table.check()] == [True, True]
    with pytest.raises(InvalidInput, match="LSTM: the first axis is no batch"):
        count((nn.LSTM(10, 20), (1, 6, 10)), batch=3)


def test_tokens_that_come_first_are_no_batch():
    """Attention's products grow with the square: twelve keys for each of twelve queries."""
    module = nn.TransformerEncoderLayer(16, 4, 32)
    first, batch = (count((module, shape)).total.connections for shape in ((12, 1, 16), (1, 12, 16)))
    assert first == 12 * (4 * 256 + 2 * 512) + 2 * 12 * 12 * 16
    assert batch == 12 * (4 * 256 + 2 * 512) + 2 * 12 * 16


def test_products_of_weights_alone_do_not_grow_with_a_batch():
    merged = Calls(lambda m, x: functional.linear(x, m.own[0] @ m.own[1]), (12, 2), (2, 10))
    assert count((merged, (4, 10))).total.connections == 4 * 120 + 240
    with pytest.raises(InvalidInput, match="no batch"):
        count((merged, (1, 10)), batch="N")


def test_another_way_for_more_than_one_is_no_batch():
    two = Calls(lambda m, x: m.a(x) if x.shape[0] > 1 else m.a(m.a(x)), a=nn.Linear(8, 8))
    assert count((two, ("N", 8))).total.connections == 64 * letter("N")


def test_symbols_are_letters_of_a_shape():
    module = nn.Sequential(nn.Conv2d(1, 6, 5))
    table = count((module, (sp.Symbol("N"), 1, 32, sp.Integer(32))))
    assert table.total.connections == 6 * 25 * 28 * 28
    assert "the first axis, N, is a batch" in table.notes[0]
    assert count((module, (1, 1, sp.Symbol("H"), 32))).total.connections == 6 * 25 * 28 * (letter("H") - 4)
    with pytest.raises(InvalidInput, match=r"the shape has 2\*H in it"):
        count((module, (1, 1, 2 * sp.Symbol("H"), 32)))


@pytest.mark.parametrize("shape", [((1, 3), 5), ((1, 3), ()), [], "1,3"])
def test_a_shape_that_is_none_is_refused(shape):
    with pytest.raises(InvalidInput, match="the shape"):
        count((nn.Linear(3, 4), shape))


# ---------------------------------------------------------------------- consumed or refused
SCHEMAS = {
    name: [getattr(getattr(torch.ops.aten, name), overload)._schema
           for overload in getattr(torch.ops.aten, name).overloads()]
    for name in OPERATORS
}  # fmt: skip


@pytest.mark.parametrize("name", OPERATORS)
def test_what_a_reader_uses_or_leaves_aside_is_an_argument_of_the_operator(name):
    arguments = {OWN_NAMES.get(a.name, a.name) for schema in SCHEMAS[name] for a in schema.arguments}
    entry = OPERATORS[name]
    assert entry.used <= arguments
    assert set(entry.beside) <= {
        OWN_NAMES.get(a.name, a.name) for s in SCHEMAS.values() for o in s for a in o.arguments
    }
    assert not entry.used & set(entry.beside)
    assert all(entry.beside.values())


def test_an_argument_that_no_reader_uses_is_refused_by_name(monkeypatch):
    monkeypatch.setitem(OPERATORS, "gelu", replace(OPERATORS["gelu"], beside={"x": "one for each"}))
    assert count((nn.Sequential(nn.Linear(3, 4), nn.GELU()), (1, 3))).total.parameters == 16
    with pytest.raises(NotSupported, match=r"1: gelu with approximate='tanh' has no reading"):
        count((nn.Sequential(nn.Linear(3, 4), nn.GELU("tanh")), (1, 3)))


def options(**choices):
    """Each option by itself, then all of them together."""
    single = [{name: value} for name, values in choices.items() for value in values]
    return [{}, *single, *(dict(zip(choices, mix, strict=True)) for mix in zip(*choices.values(), strict=False))]


CONV = {"stride": [2, 3], "padding": [1, 2], "dilation": [2, 3], "groups": [2, 4], "bias": [False, False]}
RNN = {"num_layers": [2, 3], "bias": [False, True], "bidirectional": [True, True], "batch_first": [False, True]}
FUZZED = {
    **{kind: ((4, 8, 3), (1, 4, *(13,) * axes), {**CONV, "padding_mode": ["circular", "zeros"]})
       for axes, kind in enumerate((nn.Conv1d, nn.Conv2d, nn.Conv3d), 1)},
    **{kind: ((4, 8, 3), (1, 4, *(5,) * axes), CONV)
       for axes, kind in enumerate((nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d), 1)},
    nn.Linear: ((6, 5), (2, 3, 6), {"bias": [False]}),
    nn.Bilinear: ((6, 5, 4), ((1, 6), (1, 5)), {"bias": [False]}),
    nn.LSTM: ((6, 5), (1, 4, 6), {**RNN, "proj_size": [2, 3]}),
    nn.GRU: ((6, 5), (1, 4, 6), RNN),
    nn.RNN: ((6, 5), (1, 4, 6), {**RNN, "nonlinearity": ["relu", "tanh"]}),
    nn.LayerNorm: (([4, 6],), (1, 3, 4, 6), {"elementwise_affine": [False], "bias": [False], "eps": [0.1]}),
    nn.RMSNorm: (([4, 6],), (1, 3, 4, 6), {"elementwise_affine": [False], "eps": [0.1]}),
    nn.GroupNorm: ((2, 4), (1, 4, 6), {"affine": [False], "eps": [0.1]}),
    nn.BatchNorm2d: ((4,), (1, 4, 6, 6), {"affine": [False], "momentum": [None], "track_running_stats": [True]}),
    nn.InstanceNorm2d: ((4,), (1, 4, 6, 6), {"affine": [True], "track_running_stats": [True]}),
    nn.Embedding: ((7, 5), (1, 3), {"padding_idx": [2], "max_norm": [None], "scale_grad_by_freq": [True]}),
    nn.MaxPool2d: ((3,), (1, 4, 10, 9), {"stride": [2, 1], "padding": [1, 1], "dilation": [2, 3], "ceil_mode": [True]}),
    nn.AvgPool2d: ((3,), (1, 4, 10, 9), {"stride": [2, 4], "padding": [1, 0], "ceil_mode": [True, True],
                                         "count_include_pad": [False, True], "divisor_override": [3, 5]}),
    nn.MultiheadAttention: ((8, 2), ((1, 4, 8),) * 3, {"bias": [False], "add_bias_kv": [True], "add_zero_attn": [True],
                                                       "batch_first": [True]}),
    nn.TransformerEncoderLayer: ((8, 2, 6), (1, 4, 8), {"activation": ["gelu"], "norm_first": [True], "bias": [False],
                                                       "batch_first": [True]}),
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "chosen"), [(kind, chosen) for kind, (_, _, choices) in FUZZED.items() for chosen in options(**choices)]
)
def test_every_option_of_a_layer_is_read_right(kind, chosen):
    """Elements of the module's tensors, and torch's own counter; the rows that print a side have it."""
    given, shape, _ = FUZZED[kind]
    module = kind(*given, **chosen)
    table = count((module, shape))
    assert table.total.parameters == sum(p.numel() for p in module.parameters())
    assert [check.passed for check in table.check()] == [True, True]
    assert table.unused == {}


@pytest.mark.parametrize("pool", [nn.MaxPool2d(3, 2, dilation=2), nn.AvgPool2d(2, 2, ceil_mode=True)])
def test_a_pool_whose_windows_lie_otherwise_prints_no_side_that_is_false(pool):
    row = count((pool, (1, 3, 9, 9))).rows[1]
    assert isinstance(row.layer, WindowPool)
    assert row.leaves == tuple(pool(torch.zeros(1, 3, 9, 9)).shape[1:])
    assert all("⌊" not in step.relation.text() for step in row.steps)


def test_attention_with_every_option():
    def attend(m, x, **chosen):
        return functional.scaled_dot_product_attention(x, x, x, **chosen)

    for chosen in ({}, {"is_causal": True}, {"scale": 0.3}, {"attn_mask": torch.zeros(5, 5, device="meta")}):
        table = count((Calls(lambda m, x, c=chosen: attend(m, x, **c)), (1, 2, 5, 4)))
        assert table.total.connections == 2 * 2 * 5 * 5 * 4, chosen


@pytest.mark.parametrize("batch", [1, 2])
def test_linear_layers_of_any_rank(batch):
    for shape in itertools.accumulate([2, 3, 1], lambda s, n: (*s, n), initial=(batch,)):
        row = count((nn.Linear(6, 5), (*shape, 6))).rows[-1]
        assert row.units * batch == 5 * torch.Size(shape).numel()
        assert isinstance(row.layer, Linear) == (torch.Size(shape[1:]).numel() == 1)
