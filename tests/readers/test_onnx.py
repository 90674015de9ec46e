"""ONNX files become exact networks, or are refused by name. Needs the package onnx, of the development group."""

import random
from fractions import Fraction

import numpy as np
import onnx
import pytest
import sympy as sp
from onnx.reference import ReferenceEvaluator

from symnet.errors import InvalidInput, NotSupported, SymnetError
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


def test_old_operators_are_refused(tmp_path):
    path = shaped(tmp_path, [node("Relu", ["x"], "y")], [], [1, 2], version=6)
    with pytest.raises(NotSupported, match="operator set 6"):
        ReluNetwork.from_onnx(path)


def test_a_file_that_is_no_onnx_is_refused(tmp_path):
    (tmp_path / "net.onnx").write_bytes(b"nothing of the kind")
    with pytest.raises(InvalidInput, match="is not ONNX") as refusal:
        ReluNetwork.from_onnx(tmp_path / "net.onnx")
    assert "\n" not in str(refusal.value)
    with pytest.raises(InvalidInput, match="there is no file"):
        ReluNetwork.from_onnx(tmp_path / "missing.onnx")


# ---------------------------------------------------------------------- shapes
def integers(name, values):
    return onnx.numpy_helper.from_array(np.array(values, dtype=np.int64), name)


def shaped(folder, nodes, tensors, shape, version=18):
    """A file with one input of that shape; what it says of its output's is not looked at."""
    h, kind = onnx.helper, onnx.TensorProto.FLOAT
    ends = [h.make_tensor_value_info("x", kind, shape)], [h.make_tensor_value_info("y", kind, [])]
    graph = h.make_graph(nodes, "net", *ends, initializer=tensors)
    onnx.save(
        h.make_model(graph, opset_imports=[h.make_opsetid("", version)], ir_version=8), str(folder / "shaped.onnx")
    )
    return folder / "shaped.onnx"


DRAW = np.random.default_rng(7)


def eighths(*shape):
    return DRAW.integers(-16, 17, size=shape) / 8


# the shape of the input, the nodes, the tensors
SHAPED = {
    "a mean taken off, then flattened": (
        (1, 1, 1, 4),
        [node("Sub", ["x", "m"], "s"), node("Div", ["s", "d"], "q"), node("Flatten", ["q"], "f"),
         node("MatMul", ["f", "W"], "h"), node("Relu", ["h"], "y")],
        [tensor("m", eighths(1, 1, 1, 4)), tensor("d", [2.0, 4, 1, 0.5]), tensor("W", eighths(4, 3))],
    ),
    "a column": (
        (3,),
        [node("MatMul", ["W", "x"], "h"), node("Add", ["h", "b"], "a"), node("Relu", ["a"], "y")],
        [tensor("W", eighths(2, 3)), tensor("b", eighths(2))],
    ),
    "a column of one": (
        (1,), [node("MatMul", ["W", "x"], "h"), node("Relu", ["h"], "y")], [tensor("W", eighths(1, 1))],
    ),
    "a matrix from the left": (
        (3, 2), [node("MatMul", ["W", "x"], "h"), node("Relu", ["h"], "y")], [tensor("W", eighths(4, 3))],
    ),
    "rows of a fixed batch": (
        (2, 2), [node("MatMul", ["x", "W"], "h"), node("Relu", ["h"], "y")], [tensor("W", eighths(2, 3))],
    ),
    "outer sums": (
        (3, 1), [node("Add", ["x", "r"], "h"), node("Relu", ["h"], "y")], [tensor("r", eighths(1, 4))],
    ),
    "an outer product": ((3, 1), [node("MatMul", ["x", "r"], "y")], [tensor("r", eighths(1, 2))]),
    "stacks of matrices": (
        (2, 2, 3), [node("MatMul", ["x", "W"], "h"), node("Abs", ["h"], "y")], [tensor("W", eighths(2, 3, 2))],
    ),
    "a vector to the right": ((2, 3), [node("MatMul", ["x", "w"], "y")], [tensor("w", eighths(3))]),
    "a vector to the left": ((3, 2), [node("MatMul", ["w", "x"], "y")], [tensor("w", eighths(3))]),
    "flattened at the last axis": (
        (1, 2, 3),
        [node("Flatten", ["x"], "f", axis=-1), node("MatMul", ["f", "W"], "y")], [tensor("W", eighths(3, 2))],
    ),
    "flattened whole": ((2, 3), [node("Flatten", ["x"], "f", axis=0), node("Relu", ["f"], "y")], []),
    "reshaped into rows": (
        (1, 2, 3),
        [node("Reshape", ["x", "s"], "f"), node("MatMul", ["f", "W"], "y")],
        [integers("s", [-1, 3]), tensor("W", eighths(3, 2))],
    ),
    "axes turned round": (
        (2, 3, 2),
        [node("Transpose", ["x"], "t", perm=[1, 0, 2]), node("Transpose", ["t"], "u"), node("Mul", ["u", "c"], "y")],
        [tensor("c", eighths(2, 2, 3))],
    ),
    "axes taken and given": (
        (1, 3, 1),
        [node("Squeeze", ["x", "two"], "s"), node("Unsqueeze", ["s", "zero"], "u"), node("Squeeze", ["u"], "v"),
         node("Add", ["v", "c"], "y")],
        [integers("two", [2]), integers("zero", [0, -1]), tensor("c", eighths(3))],
    ),
    "slices": (
        (2, 5),
        [node("Slice", ["x", "starts", "ends", "axes", "steps"], "s"), node("Relu", ["s"], "y")],
        [integers("starts", [4, 1]), integers("ends", [-1000, 100]), integers("axes", [1, 0]),
         integers("steps", [-2, 1])],
    ),
    "chosen entries": (
        (2, 4), [node("Gather", ["x", "i"], "g", axis=1), node("Neg", ["g"], "y")], [integers("i", [[3, 0], [-1, 1]])],
    ),
    "put together": (
        (2, 2),
        [node("Relu", ["x"], "h"), node("Concat", ["x", "h", "c"], "y", axis=0)], [tensor("c", eighths(1, 2))],
    ),
    "the largest of three": (
        (1, 3), [node("Max", ["x", "a", "b"], "m"), node("Min", ["m", "x", "c"], "y")],
        [tensor(name, eighths(1, 3)) for name in "abc"],
    ),
    "a shape that is computed": (
        (1, 2, 3),
        [node("Shape", ["x"], "s"), node("Gather", ["s", "zero"], "n"), node("Concat", ["n", "rest"], "t", axis=0),
         node("Reshape", ["x", "t"], "r"), node("MatMul", ["r", "W"], "y")],
        [integers("zero", [0]), integers("rest", [-1]), tensor("W", eighths(6, 2))],
    ),
    "channels normalised": (
        (1, 2, 3),
        [node("BatchNormalization", ["x", "s", "b", "m", "v"], "y", epsilon=0.25)],
        [tensor("s", [1, 2]), tensor("b", [3, -1]), tensor("m", [1, 2]), tensor("v", [2, 3.75])],
    ),
    "a number": ((), [node("Mul", ["x", "two"], "h"), node("Relu", ["h"], "y")], [tensor("two", 2.0)]),
    "slopes along an axis": (
        (2, 3), [node("PRelu", ["x", "s"], "y")], [tensor("s", eighths(3))],
    ),
}  # fmt: skip


def flat_reference(path, shape, points):
    run = ReferenceEvaluator(str(path))
    return np.array([run.run(None, {"x": point.reshape(shape)})[0].reshape(-1) for point in points])


@pytest.mark.parametrize("name", SHAPED)
def test_a_graph_of_any_shape_computes_what_onnx_says_of_all_entries(tmp_path, name):
    shape, nodes, tensors = SHAPED[name]
    path = shaped(tmp_path, nodes, tensors, shape)
    n = int(np.prod(shape))
    net = ReluNetwork.from_onnx(path)
    assert net.widths[0] == n
    X = np.random.default_rng(8).integers(-40, 41, size=(60, n)).astype(np.float32) / 8
    np.testing.assert_allclose(net.numpy(X), flat_reference(path, shape, X), rtol=1e-5, atol=1e-5)


def test_parts_of_a_split_are_read(tmp_path):
    h = onnx.helper
    nodes = [h.make_node("Split", ["x"], ["a", "b"], axis=1, num_outputs=2), node("Sub", ["b", "a"], "y")]
    path = shaped(tmp_path, nodes, [], (2, 4))
    X = np.random.default_rng(9).integers(-9, 9, size=(20, 8)).astype(np.float32)
    np.testing.assert_allclose(ReluNetwork.from_onnx(path).numpy(X), flat_reference(path, (2, 4), X))


ROWS = {
    "a sum over the batch by a matrix": [node("Transpose", ["x"], "t", perm=[1, 0]), node("MatMul", ["A", "t"], "y")],
    "rows in another order": [node("Flatten", ["x"], "f", axis=1), node("Transpose", ["f"], "y")],
    "the first row alone": [node("Gather", ["x", "zero"], "y", axis=0)],
    "a constant for each row": [node("Add", ["x", "A"], "y")],
}


@pytest.mark.parametrize("name", ROWS)
def test_rows_of_a_batch_are_read_only_where_none_depends_on_another(tmp_path, name):
    """Each of these is a function of one row if the batch has one, and another of more."""
    tensors = [tensor("A", eighths(3, 3)), integers("zero", [0])]
    with pytest.raises(NotSupported, match="batch") as refusal:
        ReluNetwork.from_onnx(shaped(tmp_path, ROWS[name], tensors, ["batch", 3]))
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        (["batch", "channels", 3], "axis 2 of the input 'x' has no size"),
        (["n"], "axis 1 of the input 'x' has no size"),
        ([1, 0], r"has shape \(1, 0\)"),
        ([10**5, 10**5], "entries are read"),
    ],
)
def test_an_input_needs_a_size(tmp_path, shape, message):
    with pytest.raises((InvalidInput, NotSupported), match=message):
        ReluNetwork.from_onnx(shaped(tmp_path, [node("Relu", ["x"], "y")], [], shape))


def test_an_attribute_that_is_not_read_is_refused(tmp_path):
    path = shaped(tmp_path, [node("Relu", ["x"], "h"), node("Reshape", ["h", "s"], "y", allowzero=1)],
                  [integers("s", [1, 2])], [1, 2])  # fmt: skip
    assert ReluNetwork.from_onnx(path).widths == (2, 2, 2)
    for kind, more, message in (("Squeeze", {"axes": [0]}, "is not ONNX"), ("Cast", {"to": 7}, "not cut to integers")):
        with pytest.raises((InvalidInput, NotSupported), match=message):
            ReluNetwork.from_onnx(shaped(tmp_path, [node(kind, ["x"], "y", **more)], [], [1, 2]))


def damaged(content, draw):
    """A bit flipped, some bytes cut off, or some put in the place of others."""
    content = bytearray(content)
    for _ in range(draw.choice((1, 1, 1, 2, 5))):
        content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
    return bytes(content[: draw.randrange(len(content))] if draw.random() < 0.2 else content)


@pytest.mark.parametrize(
    "name", ["a mean taken off, then flattened", "axes taken and given", "a shape that is computed"]
)
def test_a_damaged_file_is_a_network_or_one_line(tmp_path, name):
    """Every bit flip that broke the reader before is among those of this kind."""
    shape, nodes, tensors = SHAPED[name]
    content, draw = shaped(tmp_path, nodes, tensors, shape).read_bytes(), random.Random(len(name))
    refused = []
    for _ in range(150):
        (tmp_path / "damaged.onnx").write_bytes(damaged(content, draw))
        try:
            ReluNetwork.from_onnx(tmp_path / "damaged.onnx")
        except SymnetError as error:
            refused.append(str(error))
    assert len(refused) > 20
    assert [line for line in refused if "\n" in line or len(line) > 1000] == []
