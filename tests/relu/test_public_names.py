"""The part about ReLU networks of the public names, as a user of ``import symnet as sn`` writes it."""

import json
from fractions import Fraction

import numpy as np
import onnx
import pytest
import sympy as sp

import symnet as sn

W1, b1 = [[-1, 0], [1, 0], [1, -1], [0, 1], [0, -1]], [0] * 5
W2, b2 = [[-1, 1, -1, 0, 0], ["0", Fraction(0), sp.Integer(1), 1, -1]], ["0", 0]


def test_a_network_is_given_by_its_layers() -> None:
    net = sn.relu.ReluNetwork([(W1, b1), (W2, b2)])
    assert net == sn.relu.two_input_sorter() == sn.relu.sorter(2, gadget="five")
    assert net.inputs == sp.symbols("x_1 x_2", real=True)
    assert net([Fraction(1, 3), -2]) == (-2, Fraction(1, 3))
    np.testing.assert_array_equal(net.numpy([[3.0, 1.0], [-1.0, 0.5]]), [[1.0, 3.0], [-1.0, 0.5]])


def test_its_closed_forms_and_regions() -> None:
    net = sn.relu.two_input_sorter()
    low, high = net.piecewise()
    assert isinstance(low, sp.Piecewise)
    assert [e.subs(dict(zip(net.inputs, (5, -7), strict=True))) for e in (low, high)] == [-7, 5]
    assert (len(net.regions(merged=False)), len(net.regions(merged=True))) == (6, 2)
    cell = net.regions()[0]
    assert len(cell.G) == len(cell.c) == 2


def test_the_same_network_comes_from_torch_onnx_and_json(tmp_path) -> None:
    torch = pytest.importorskip("torch")
    net = sn.relu.two_input_sorter()
    module = torch.nn.Sequential(torch.nn.Linear(2, 5, bias=False), torch.nn.ReLU(), torch.nn.Linear(5, 2, bias=False))
    with torch.no_grad():
        for layer, (W, _) in zip((module[0], module[2]), net.layers, strict=True):
            layer.weight[:] = torch.tensor([[float(a) for a in row] for row in W])
    assert sn.relu.ReluNetwork.from_torch(module) == net
    assert sn.relu.ReluNetwork.from_onnx(_saved(net, tmp_path / "net.onnx")) == net
    assert sn.relu.ReluNetwork.from_json(json.loads(json.dumps(net.to_json()))) == net


def _saved(net, path):
    h, kind = onnx.helper, onnx.TensorProto.FLOAT
    ends = [[h.make_tensor_value_info(name, kind, ["batch", None])] for name in ("x", "y")]
    weights = [
        onnx.numpy_helper.from_array(np.array(W, dtype=np.float32), f"W{k}") for k, (W, _) in enumerate(net.layers)
    ]
    nodes = [
        h.make_node("Gemm", ["x", "W0"], ["z"], transB=1),
        h.make_node("Relu", ["z"], ["h"]),
        h.make_node("Gemm", ["h", "W1"], ["y"], transB=1),
    ]
    onnx.save(h.make_model(h.make_graph(nodes, "net", *ends, initializer=weights)), str(path))
    return path


def test_a_proof_and_its_certificate(tmp_path) -> None:
    net = sn.relu.sorter(3, gadget="four")
    proof = sn.prove(net, sn.relu.Sorted())
    assert proof.holds
    assert proof.counterexample is None
    assert sn.prove(net, sn.relu.sorter(3)).holds
    assert isinstance(proof.method, str)
    assert sn.checks.check_certificate(proof.save(tmp_path / "c.json")).passed
    assert sn.checks.check_certificate(json.loads(json.dumps(proof.certificate))).passed
    x1, x2 = sn.relu.two_input_sorter().inputs
    wrong = sn.prove(sn.relu.two_input_sorter(), [sp.Min(x1, x2), x1])
    assert not wrong.holds
    assert set(wrong.counterexample or {}) == {x1, x2}


def test_the_fewest_units_and_the_data_behind_sorters() -> None:
    assert sn.relu.minimal_width(sn.relu.two_input_sorter()).units == 4
    assert sn.relu.sorting_network(8).size == 19
    assert sn.relu.batcher(8).sorts
    assert sn.relu.compiled_comparators(sn.relu.sorting_network(3)) == sn.relu.sorter(3)
    assert [size.units for size in sn.relu.sorter_sizes([4])] == [29, 24]
    assert sn.relu.first_layer_bound(5).passed
