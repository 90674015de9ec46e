"""``symnet prove`` and ``symnet check`` as they are typed."""

import json

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
    onnx = pytest.importorskip("onnx")
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


REFUSED = [
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
    (("--certificate", "/nowhere/c.json"), "cannot write"),
]


@pytest.mark.parametrize(("arguments", "message"), REFUSED, ids=[" ".join(row[0]) for row in REFUSED])
def test_wrong_input_is_one_line_and_exit_code_2(capsys, arguments, message):
    code, out, err = run(capsys, "prove", *arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert err.startswith("symnet: ")
    assert err.count("\n") == 1
