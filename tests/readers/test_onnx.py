"""ONNX files become exact networks, or are refused by name. Needs the package onnx, of the development group."""

from fractions import Fraction

import numpy as np
import onnx
import pytest

from symnet.errors import InvalidInput, NotSupported
from symnet.relu import ReluNetwork, two_input_sorter

SORTER = two_input_sorter()


def tensor(name, values):
    return onnx.numpy_helper.from_array(np.array(values, dtype=np.float32), name)


def node(kind, inputs, output, **attributes):
    return onnx.helper.make_node(kind, inputs, [output], **attributes)


def saved(path, nodes, tensors, outputs=("y",), inputs=("x",)):
    info = onnx.helper.make_tensor_value_info
    values = [[info(name, onnx.TensorProto.FLOAT, ["batch", None]) for name in names] for names in (inputs, outputs)]
    graph = onnx.helper.make_graph(nodes, "net", *values, initializer=tensors)
    onnx.save(onnx.helper.make_model(graph), str(path))
    return path


def floats(A):
    return np.array(A, dtype=float)


(W1, b1), (W2, b2) = ((floats(W), floats(b)) for W, b in SORTER.layers)
WEIGHTS = [
    tensor("W1", W1),
    tensor("b1", b1),
    tensor("W2", W2),
    tensor("b2", b2),
    tensor("W1T", W1.T),
    tensor("W2T", W2.T),
]
CHAINS = {
    "Gemm": [
        node("Flatten", ["x"], "f"),
        node("Gemm", ["f", "W1", "b1"], "z", transB=1),
        node("Relu", ["z"], "h"),
        node("Gemm", ["h", "W2", "b2"], "y", transB=1),
    ],
    "MatMul and Add": [
        node("MatMul", ["x", "W1T"], "a"),
        node("Add", ["b1", "a"], "z"),
        node("Relu", ["z"], "h"),
        node("MatMul", ["h", "W2T"], "c"),
        node("Add", ["c", "b2"], "d"),
        node("Identity", ["d"], "y"),
    ],
    "a constant node": [
        node("Constant", [], "W1c", value=tensor("W1c", W1.T)),
        node("Gemm", ["x", "W1c"], "z", alpha=2.0),
        node("Relu", ["z"], "h"),
        node("Gemm", ["h", "W2T", "b2"], "y", alpha=0.5),
    ],
}


@pytest.mark.parametrize("name", CHAINS)
def test_the_worksheets_network_is_read_from_a_file(tmp_path, name):
    net = ReluNetwork.from_onnx(saved(tmp_path / "net.onnx", CHAINS[name], WEIGHTS))
    assert net.widths == SORTER.widths
    for x in ([3, -2], [Fraction(1, 3), 5], [0, 0]):
        assert net(x) == SORTER(x)


def test_floats_are_the_rationals_that_they_are(tmp_path):
    nodes = [node("Gemm", ["x", "w"], "z"), node("LeakyRelu", ["z"], "y", alpha=0.25)]
    net = ReluNetwork.from_onnx(saved(tmp_path / "net.onnx", nodes, [tensor("w", [[0.1]])]))
    assert net([1]) == (Fraction(13421773, 134217728),)
    assert net([-4]) == (Fraction(-13421773, 134217728),)


@pytest.mark.parametrize(
    ("nodes", "tensors", "error", "message"),
    [
        ([node("Tanh", ["x"], "y")], [], NotSupported, "Tanh 'y' is not read"),
        ([node("Relu", ["x"], "y")], [], NotSupported, "before the first linear layer"),
        ([node("Add", ["x", "x"], "y")], [], NotSupported, "does not continue a single chain"),
        ([node("Gemm", ["x", "w"], "z"), node("Relu", ["z"], "h"), node("Add", ["h", "z"], "y")],
         [tensor("w", [[1]])], NotSupported, "Add 'y': it does not continue a single chain"),
        ([node("Gemm", ["x", "w"], "y", transA=1)], [tensor("w", [[1]])], NotSupported, "x not transposed"),
        ([node("MatMul", ["w", "x"], "y")], [tensor("w", [[1]])], NotSupported, "not W · x"),
        ([node("Gemm", ["x", "w"], "y")], [tensor("w", [[float("nan")]])], InvalidInput, "entry 1 is nan"),
        ([node("Gemm", ["x", "w"], "y")], [tensor("w", [1])], InvalidInput, r"shape \(1,\); expected a matrix"),
        ([node("Gemm", ["x", "w"], "z"), node("Add", ["z", "b"], "y")],
         [tensor("w", [[1]]), tensor("b", [1, 2])], InvalidInput, "a bias of shape"),
        ([node("Gemm", ["x", "w"], "z")], [tensor("w", [[1]])], NotSupported, "the output 'y' is not"),
        ([node("Flatten", ["x"], "f", axis=0), node("Gemm", ["f", "w"], "y")],
         [tensor("w", [[1]])], NotSupported, "axis 0"),
    ],
)  # fmt: skip
def test_what_is_not_read_is_refused_by_name_in_one_line(tmp_path, nodes, tensors, error, message):
    with pytest.raises(error, match=message) as refusal:
        ReluNetwork.from_onnx(saved(tmp_path / "net.onnx", nodes, tensors))
    assert "\n" not in str(refusal.value)


def test_a_file_that_is_no_onnx_is_refused(tmp_path):
    (tmp_path / "net.onnx").write_bytes(b"nothing of the kind")
    with pytest.raises(InvalidInput, match="is not ONNX") as refusal:
        ReluNetwork.from_onnx(tmp_path / "net.onnx")
    assert "\n" not in str(refusal.value)
    with pytest.raises(InvalidInput, match="there is no file"):
        ReluNetwork.from_onnx(tmp_path / "missing.onnx")
