"""ONNX files become exact networks, or are refused by name. Needs the package onnx, of the development group."""

from fractions import Fraction

import numpy as np
import onnx
import pytest
import sympy as sp
from onnx.reference import ReferenceEvaluator

from symnet.errors import InvalidInput, NotSupported
from symnet.relu import ReluNetwork, prove, two_input_sorter

SORTER = two_input_sorter()


def tensor(name, values):
    return onnx.numpy_helper.from_array(np.array(values, dtype=np.float32), name)


def node(kind, inputs, output, **attributes):
    return onnx.helper.make_node(kind, inputs, [output], **attributes)


def saved(path, nodes, tensors, outputs=("y",), inputs=("x",), width=None, kind=onnx.TensorProto.FLOAT, functions=()):
    info = onnx.helper.make_tensor_value_info
    values = [[info(name, kind, ["batch", width]) for name in names] for names in (inputs, outputs)]
    graph = onnx.helper.make_graph(nodes, "net", *values, initializer=tensors)
    versions = [onnx.helper.make_opsetid("", 20), onnx.helper.make_opsetid("mine", 1)]
    onnx.save(onnx.helper.make_model(graph, opset_imports=versions, functions=functions, ir_version=10), str(path))
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


# ---------------------------------------------------------------------- against ONNX's own reference in NumPy
EIGHTHS = np.random.default_rng(3).integers(-16, 17, size=(4, 3, 3)) / 8
GIVEN = [
    *(tensor(name, value) for name, value in zip("ABCD", EIGHTHS, strict=True)),
    *(tensor(name, value[0]) for name, value in zip("abcd", EIGHTHS, strict=True)),
    tensor("row", EIGHTHS[:1, 0]),
    tensor("half", 0.5),
    tensor("low", -0.5),
    onnx.numpy_helper.from_array(np.array([-1, 3]), "shape"),
    onnx.numpy_helper.from_array(np.array([0, -1]), "same"),
    tensor("mean", [1, 2, 3]),
    tensor("variance", [2, 3.75, 8.75]),  # and a quarter: 9/4, 4, 9
]
GRAPHS = {
    "a skip": [
        node("Gemm", ["x", "A", "a"], "z"),
        node("Relu", ["z"], "h"),
        node("Gemm", ["h", "B"], "r", alpha=0.5, transB=1),
        node("Add", ["r", "x"], "y"),
    ],
    "two skips": [
        node("MatMul", ["x", "A"], "z"),
        node("Relu", ["z"], "h"),
        node("Gemm", ["h", "B", "row"], "g", beta=-2.0),
        node("LeakyRelu", ["g"], "k", alpha=0.25),
        node("Sum", ["k", "h", "x"], "y"),
    ],
    "branches": [
        node("Relu", ["x"], "h"),
        node("Gemm", ["h", "A"], "f"),
        node("Abs", ["f"], "g"),
        node("Concat", ["x", "g", "h"], "y", axis=1),
    ],
    "arithmetic": [
        node("Sub", ["a", "x"], "s"),
        node("Mul", ["s", "b"], "m"),
        node("Div", ["m", "half"], "q"),
        node("Neg", ["q"], "n"),
        node("Add", ["n", "half"], "y"),
    ],
    "clip": [
        node("Clip", ["x", "low", "half"], "p"),
        node("Clip", ["p", "", "half"], "q"),
        node("Clip", ["x", "low"], "e"),
        node("Clip", ["e"], "f"),
        node("Sub", ["q", "f"], "y"),
    ],
    "max and min": [
        node("Max", ["x", "a"], "m"),
        node("Gemm", ["x", "A"], "z"),
        node("Min", ["z", "m"], "y"),
    ],
    "slopes": [node("PRelu", ["x", "a"], "p"), node("HardSigmoid", ["p"], "y", alpha=0.25, beta=0.125)],
    "shapes": [
        node("Flatten", ["x"], "f"),
        node("Reshape", ["f", "shape"], "g"),
        node("Reshape", ["g", "same"], "h"),
        node("Dropout", ["h"], "i"),
        node("Identity", ["i"], "y"),
    ],
    "batch norm": [
        node("BatchNormalization", ["x", "a", "b", "mean", "variance"], "n", epsilon=0.25),
        node("Relu", ["n"], "y"),
    ],
}


@pytest.mark.parametrize("name", GRAPHS)
def test_a_graph_computes_what_onnx_says(tmp_path, name):
    path = saved(tmp_path / "net.onnx", GRAPHS[name], GIVEN, width=3)
    X = np.random.default_rng(4).integers(-40, 41, size=(100, 3)).astype(np.float32) / 8
    (expected,) = ReferenceEvaluator(str(path)).run(None, {"x": X})
    np.testing.assert_allclose(ReluNetwork.from_onnx(path).numpy(X), expected, rtol=1e-5, atol=1e-5)


def test_a_skip_in_a_file_is_proved_equal_to_the_network_written_by_hand(tmp_path):
    """x + relu(x): a file says how many inputs there are."""
    path = saved(tmp_path / "net.onnx", [node("Relu", ["x"], "h"), node("Add", ["x", "h"], "y")], [], width=2)
    x1, x2 = ReluNetwork.from_onnx(path).inputs
    assert prove(ReluNetwork.from_onnx(path), [x1 + sp.Max(0, x1), x2 + sp.Max(0, x2)]).holds
    assert not prove(ReluNetwork.from_onnx(path), [x1 + sp.Max(0, x1), x2]).holds


OWN_RELU = onnx.helper.make_function(
    "mine", "Relu", ["a"], ["b"], [node("Tanh", ["a"], "b")], [onnx.helper.make_opsetid("", 20)]
)


@pytest.mark.parametrize(
    ("nodes", "tensors", "error", "message"),
    [
        ([node("Tanh", ["x"], "y")], [], NotSupported, "Tanh 'y': it is not read"),
        ([node("Relu", ["x"], "y", domain="mine")], [], NotSupported, "Relu 'y': it is not read"),
        ([node("Relu", ["x"], "y")], [], NotSupported, "the number of inputs is not known"),
        ([node("Gemm", ["x", "w"], "y", transA=1)], [tensor("w", [[1]])], NotSupported, "x not transposed"),
        ([node("Gemm", ["x", "w"], "z"), node("Gemm", ["z", "z"], "y")],
         [tensor("w", [[1]])], NotSupported, "its input 'z' is computed"),
        ([node("Gemm", ["x", "w"], "z"), node("Mul", ["z", "z"], "y")],
         [tensor("w", [[1]])], NotSupported, "a product or quotient of two values"),
        ([node("MatMul", ["w", "x"], "y")], [tensor("w", [[1]])], NotSupported, "not W · x"),
        ([node("Gemm", ["x", "w"], "y")], [tensor("w", [[float("nan")]])], InvalidInput, "entry 1 is nan"),
        ([node("Gemm", ["x", "w"], "y")], [tensor("w", [1])], InvalidInput, r"shape \(1,\); expected a matrix"),
        ([node("Gemm", ["x", "w", "b"], "y")],
         [tensor("w", [[1]]), tensor("b", [1, 2])], InvalidInput, r"bias of shape \(2,\) for 1 units"),
        ([node("Gemm", ["x", "w"], "z"), node("Add", ["z", "b"], "y")],
         [tensor("w", [[1, 1, 1]]), tensor("b", [1, 2])], InvalidInput, "2 numbers do not fit 3"),
        ([node("Gemm", ["x", "w"], "z"), node("Add", ["z", "b"], "y")],
         [tensor("w", [[1]]), tensor("b", [[1], [2]])], NotSupported, "not one row for the whole batch"),
        ([node("Gemm", ["x", "w"], "z"), node("Concat", ["z", "z"], "y", axis=0)],
         [tensor("w", [[1]])], NotSupported, "one batch after another"),
        ([node("Gemm", ["x", "w"], "z")], [tensor("w", [[1]])], InvalidInput, "output 'y' is not"),
        ([node("Add", ["x"], "y")], [], InvalidInput, "is not ONNX"),
        ([node("Flatten", ["x"], "f", axis=0), node("Gemm", ["f", "w"], "y")],
         [tensor("w", [[1]])], NotSupported, "axis 0"),
        ([node("BatchNormalization", ["x", "w", "w", "w", "v"], "y")],
         [tensor("w", [1]), tensor("v", [1, 1])], InvalidInput, "differ in number"),
        ([node("Gemm", ["x", "w"], "y")], [tensor("w", np.zeros((0, 0)))], InvalidInput, "expected a matrix"),
    ],
)  # fmt: skip
def test_what_is_not_read_is_refused_by_name_in_one_line(tmp_path, nodes, tensors, error, message):
    with pytest.raises(error, match=message) as refusal:
        ReluNetwork.from_onnx(saved(tmp_path / "net.onnx", nodes, tensors, functions=[OWN_RELU]))
    assert "\n" not in str(refusal.value)


def test_integers_are_refused_for_they_divide_otherwise(tmp_path):
    path = saved(tmp_path / "net.onnx", [node("Relu", ["x"], "y")], [], width=1, kind=onnx.TensorProto.INT32)
    with pytest.raises(NotSupported, match="no floating point numbers"):
        ReluNetwork.from_onnx(path)


def test_old_operators_and_more_axes_are_refused(tmp_path):
    h, kind = onnx.helper, onnx.TensorProto.FLOAT
    for axes, version, nodes, message in (
        (2, 6, [node("Relu", ["x"], "y")], "operator set 6"),
        (3, 20, [node("Relu", ["x"], "y")], "has 3 axes"),
        (3, 20, [node("Flatten", ["x"], "f"), node("Relu", ["f"], "y")], "inputs is not known"),
    ):
        ends = [[h.make_tensor_value_info(name, kind, [2] * axes)] for name in ("x", "y")]
        model = h.make_model(
            h.make_graph(nodes, "net", *ends), opset_imports=[h.make_opsetid("", version)], ir_version=10
        )
        onnx.save(model, str(tmp_path / "net.onnx"))
        with pytest.raises(NotSupported, match=message):
            ReluNetwork.from_onnx(tmp_path / "net.onnx")


def test_a_file_that_is_no_onnx_is_refused(tmp_path):
    (tmp_path / "net.onnx").write_bytes(b"nothing of the kind")
    with pytest.raises(InvalidInput, match="is not ONNX") as refusal:
        ReluNetwork.from_onnx(tmp_path / "net.onnx")
    assert "\n" not in str(refusal.value)
    with pytest.raises(InvalidInput, match="there is no file"):
        ReluNetwork.from_onnx(tmp_path / "missing.onnx")
