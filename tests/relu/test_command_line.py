"""``symnet prove`` and ``symnet check`` as they are typed."""

import json

import onnx
import pytest

from symnet.cli import main
from symnet.relu import sorter, two_input_sorter


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as stop:
        main([str(a) for a in arguments])
    printed = capsys.readouterr()
    return int(stop.value.code or 0), printed.out, printed.err


@pytest.fixture
def net(tmp_path):
    path = tmp_path / "net.json"
    path.write_text(json.dumps(two_input_sorter().to_json()))
    return path


def test_a_sorter_of_eight_is_proved_and_its_certificate_verified(capsys, tmp_path):
    code, out, err = run(capsys, "prove", "--sorter", 8, "--certificate", tmp_path / "c.json")
    assert (code, err) == (0, "")
    assert "19 comparators" in out
    code, out, _ = run(capsys, "check", tmp_path / "c.json")
    assert code == 0
    assert "1 passed, 0 failed" in out


def test_a_wrong_certificate_is_exit_code_1(capsys, tmp_path):
    run(capsys, "prove", "--sorter", 4, "--certificate", tmp_path / "c.json")
    data = json.loads((tmp_path / "c.json").read_text())
    data["networks"]["out"][0]["weights"][0][0] = "7"
    (tmp_path / "c.json").write_text(json.dumps(data))
    assert run(capsys, "check", tmp_path / "c.json")[0] == 1


def test_a_network_file_is_proved_to_compute_a_claim(capsys, net):
    assert run(capsys, "prove", "--network", net, "--claim", "Min(x1,x2); Max(x1,x2)")[0] == 0
    assert run(capsys, "prove", "--network", net, "--claim", "Min(x1,x2); x1")[0] == 1


def test_two_files_are_compared(capsys, net, tmp_path):
    other = tmp_path / "other.json"
    other.write_text(json.dumps(sorter(2, "four").to_json()))
    assert run(capsys, "prove", "--network", net, "--equals", other)[0] == 0
    assert run(capsys, "prove", "--sorter", 2, "--gadget", "four", "--equals", net)[0] == 0
    assert run(capsys, "prove", "--network", net, "--equals", other, "--set", "b2[1]=1/1000")[0] == 1


def test_an_onnx_file_equals_a_json_file(capsys, net, tmp_path):
    h, info = onnx.helper, onnx.helper.make_tensor_value_info
    tensors, nodes, flow = [], [], "x"
    for k, (W, b) in enumerate(two_input_sorter().layers):
        size = {f"W{k}": (len(W), len(W[0])), f"b{k}": (len(b),)}
        values = {f"W{k}": [float(a) for row in W for a in row], f"b{k}": [float(c) for c in b]}
        tensors += [h.make_tensor(name, onnx.TensorProto.FLOAT, size[name], values[name]) for name in size]
        nodes += [h.make_node("Relu", [flow], [f"h{k}"])] if k else []
        nodes += [h.make_node("Gemm", [f"h{k}" if k else flow, f"W{k}", f"b{k}"], [f"z{k}"], transB=1)]
        flow = f"z{k}"
    ends = [[info(name, onnx.TensorProto.FLOAT, ["batch", 2])] for name in ("x", flow)]
    onnx.save(h.make_model(h.make_graph(nodes, "net", *ends, initializer=tensors)), str(tmp_path / "model.onnx"))
    assert run(capsys, "prove", "--network", tmp_path / "model.onnx", "--equals", net)[0] == 0


def test_inequalities_and_a_polyhedron(capsys, tmp_path):
    assert run(capsys, "prove", "--claim", "out1 <= out2; out1 <= x1")[0] == 0
    assert run(capsys, "prove", "--claim", "0 <= out1 <= out2", "--where", "x1 >= 0, x2 >= 0")[0] == 0
    code, out, _ = run(capsys, "prove", "--claim", "x1; x2", "--where", "x1 <= x2 + 1", "--smtlib", tmp_path / "q.smt2")
    assert code == 1
    assert "counterexample" in out
    assert (tmp_path / "q.smt2").read_text().endswith("(check-sat)\n")


def test_cells_are_shared_among_processes(capsys):
    assert run(capsys, "prove", "--sorter", 3, "--claim", "out1 <= out2 <= out3", "--jobs", 2)[0] == 0
    assert run(capsys, "prove", "--sorter", 3, "--claim", "out1 <= x3; out1 >= x2", "--jobs", 2)[0] == 1


def test_a_figure_is_drawn_with_the_counterexample(capsys, tmp_path):
    assert run(capsys, "prove", "--figure", tmp_path / "right.svg")[0] == 0
    assert "<circle" not in (tmp_path / "right.svg").read_text()
    assert run(capsys, "prove", "--set", "W2[1,3]=0", "--figure", tmp_path / "wrong.svg")[0] == 1
    assert (tmp_path / "wrong.svg").read_text().count("<circle") == 1
    assert run(capsys, "prove", "--sorter", 1, "--figure", tmp_path / "one.tex")[0] == 0
    assert "tikzpicture" in (tmp_path / "one.tex").read_text()


def test_a_single_output_is_called_out_and_out1(capsys, tmp_path):
    layers = [{"weights": [["1"]], "biases": ["0"]}] * 2
    (tmp_path / "one.json").write_text(json.dumps({"format": "symnet relu network", "layers": layers}))
    for name in ("out", "out1", "out_1"):
        assert run(capsys, "prove", "--network", tmp_path / "one.json", "--claim", f"{name} >= 0")[0] == 0
        assert run(capsys, "prove", "--network", tmp_path / "one.json", "--claim", f"{name} >= 1")[0] == 1


OUTPUTS = ("--certificate", "--smtlib", "--figure", "--json")
REFUSED = [
    (("--figure", "plane.png"), "ends in .svg or .tex"),
    (("--sorter", "3", "--figure", "plane.svg"), "1 or 2 inputs"),
    *((((option, "/nowhere/file.svg"), "no folder '/nowhere'")) for option in OUTPUTS),
    (("--claim", ""), "the claim is empty"),
    (("--claim", " ; "), "the claim is empty"),
    (("--where", ""), "the condition is empty"),
    (("--network", ""), "there is no file ''"),
    (("--where", "2 <= 1"), "compares numbers"),
    (("--where", "x1*x2 <= 1"), "not read as piecewise linear"),
    (("--where", "x1 <= 1 and x2 <= 1"), "column 1 of the condition 'x1 <= 1 and x2 <= 1'"),
    (("--claim", "x3; x1"), "cannot read 'x3' at column 1"),
    (("--claim", "x1"), "has 2 outputs, but the claim is about 1"),
    (("--claim", "x1 +; x2"), "at its end"),
    (("--claim", "abs(x1, x2); 1"), "abs takes one argument"),
    (("--claim", "min(); 1"), "min takes arguments"),
    (("--claim", "1e999999999; 1"), "too large an exponent"),
    (("--claim", "out1 <= 1e5000"), "4,300 digits"),
    (("--claim", f"out1 <= {'9' * 5000}"), "4,300 digits"),
    (("--claim", f"out1 <= 0x{'f' * 5000}"), "4,300 digits"),
    (("--claim", "out1 <= 1e4000*1e4000"), "4,300 digits"),
    (("--where", "x1 <= 1e5000"), "4,300 digits"),
    (("--set", "W2[1,3]=1e5000"), "4,300 digits"),
    (("--set", f"b1[1]={'x' * 5000}"), "(5,006 characters)"),
    (("--set", "W1[1,1]=1e4000", "--set", "W2[1,1]=1e4000"), "too many digits to be written"),
    (("--claim", "out1 <= 1/0"), "the claim 'out1 <= 1/0' divides by zero"),
    (("--claim", "out1 <= 0/0"), "divides by zero"),
    (("--claim", "x1; x2/(1/3 - 1/3)"), "divides by zero"),
    (("--where", "x1 <= 1/0"), "the condition 'x1 <= 1/0' divides by zero"),
    (("--set", "W1[1,1]=1/0"), "not a rational number"),
    (("--claim", "out1 <= 0 or out1 >= 5"), "'or' is not read"),
    (("--claim", "out1 <= 0 and out1 >= 5"), "separate what is all to hold by ;"),
    (("--claim", "1if out1 else 2"), "cannot read"),
    (("--claim", f"{'y' * 5000}; 1"), "(5,000 characters)"),
    (("--set", "W9[1,1]=1"), "no such entry in a network of widths 2 - 5 - 2"),
    (("--set", "W1[0,1]=1"), "no such entry"),
    (("--set", "W1[1,1]=x"), '--set W1[1,1]=x: "x" is not a rational number'),
    (("--set", "b1[1]=1e999999999"), "too large an exponent"),
    (("--set", "W1[1,1]"), "cannot read --set"),
    (("--sorter", "40"), "up to 24 numbers"),
    (("--gadget", "six"), "not one of"),
    (("--max-regions", "0"), "not a positive number"),
    (("--claim", "x1; x2", "--where", "x1 <="), "cannot read the condition"),
    (("--claim", "x1; x2", "--where", "x1"), "is no inequality"),
    (("--where", "x1 < 0, x1 > 0"), "no point satisfies"),
    (("--where", "x1 <= 0, x1 >= 1"), "no point satisfies"),
    (("--where", "out1 <= 0"), "cannot read 'out1'"),
    (("--claim", "out1 != 2"), "compare with"),
    (("--sorter", "0"), "at least 1"),
    (("--sorter", "many"), "not a valid integer"),
    (("--sorter", "3", "--network", "a.json"), "two networks"),
    (("--claim", "x1; x2", "--equals", "a.json"), "two claims"),
    (("--network", "missing.onnx"), "there is no file"),
    (("--equals", "missing.json"), "there is no file"),
    (("--claim", "out1 <= out2 + 1", "--max-regions", "1"), "more than 1 regions"),
    (("--timeout", "0"), "not a positive number"),
    (("--jobs", "0"), "no number of jobs"),
]


@pytest.mark.parametrize(("arguments", "message"), REFUSED, ids=[" ".join(row[0])[:60] for row in REFUSED])
def test_wrong_input_is_one_line_and_exit_code_2(capsys, arguments, message):
    code, out, err = run(capsys, "prove", *arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert err.startswith("symnet: ")
    assert err.count("\n") == 1
    assert len(err) < 400


NETWORKS = {
    "no JSON": ("{", "is not JSON"),
    "another object": ("[1]", "not a network"),
    "no layer": ('{"format": "symnet relu network", "layers": []}', "at least one layer"),
    "ragged": (
        '{"format": "symnet relu network", "layers": [{"weights": [[1, 2], [3]], "biases": [0, 0]}]}',
        "different lengths",
    ),
    "NaN": ('{"format": "symnet relu network", "layers": [{"weights": [[NaN]], "biases": [0]}]}', "not a real number"),
    "too large": (
        '{"format": "symnet relu network", "layers": [{"weights": [["1e999999999"]], "biases": [0]}]}',
        "too large an exponent",
    ),
    "no layers but letters": ('{"format": "symnet relu network", "layers": ["ab"]}', '"weights" and "biases"'),
}


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("option", ["--network", "--equals"])
def test_a_wrong_network_file_is_one_line_and_nothing_is_written_over(capsys, tmp_path, name, option):
    text, message = NETWORKS[name]
    (tmp_path / "net.json").write_text(text)
    (tmp_path / "kept.json").write_text("kept")
    code, out, err = run(capsys, "prove", option, tmp_path / "net.json", "--json", tmp_path / "kept.json")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert message in err
    assert (tmp_path / "kept.json").read_text() == "kept"
