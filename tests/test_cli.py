"""The command line as a new user runs it: results, exit codes, and one line for whatever is wrong."""

import json
from pathlib import Path

import pytest

from symnet.cli import main

RESIDUAL = """
x, b, c : n
W, V    : n n
phi     : elementwise
z = W @ x + b
h = phi(z) + x
r = V @ h + c
y = phi(r) + h
"""


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    printed = capsys.readouterr()
    return int(stop.value.code or 0), printed.out, printed.err


def test_the_sorter_is_proved(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "prove")
    assert (code, err) == (0, "")
    assert "min(x₁, x₂)" in out


def test_a_changed_weight_gives_a_counterexample_and_exit_code_1(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "prove", "--set", "W2[1,3]=-1/2")
    assert code == 1
    assert "(x₁, x₂) = (1, 0)" in out


def test_a_claim_of_ones_own_is_decided(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "prove", "--claim", "(x1+x2-Abs(x1-x2))/2; (x1+x2+Abs(x1-x2))/2")[0] == 0
    assert run(capsys, "prove", "--claim", "x1; x2")[0] == 1


def test_a_certificate_is_written_and_verified(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "sorter.json"
    assert run(capsys, "prove", "--certificate", str(file))[0] == 0
    code, out, _ = run(capsys, "check", str(file))
    assert code == 0
    assert "1 passed, 0 failed" in out


def test_a_certificate_that_was_tampered_with_fails_and_says_why(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "sorter.json"
    run(capsys, "prove", "--certificate", str(file))
    file.write_text(file.read_text().replace('"-1"', '"-2"', 1))
    code, out, _ = run(capsys, "check", str(file))
    assert code == 1
    assert "0 passed, 1 failed" in out
    assert "certificate: " in out


def test_without_a_command_the_help_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys)
    assert (code, err) == (0, "")
    assert out.startswith("Usage:")


def test_backward_rules_are_printed(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "residual.net"
    file.write_text(RESIDUAL)
    code, out, err = run(capsys, "backprop", str(file))
    assert (code, err) == (0, "")
    assert "V̄ = r̄ hᵀ" in out
    code, out, _ = run(capsys, "backprop", str(file), "--latex")
    assert r"\bar{\mathbf{V}} &= \bar{\mathbf{r}} \mathbf{h}^\top" in out


def test_counts_are_printed_and_saved(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, out, _ = run(capsys, "count", "alexnet", "--csv", str(tmp_path / "a.csv"), "--json", str(tmp_path / "a.json"))
    assert code == 0
    assert all(total in out for total in ("659,272", "60,954,656", "10,568", "724,406,816"))
    assert "conv2" in (tmp_path / "a.csv").read_text()
    assert json.loads((tmp_path / "a.json").read_text())


def test_changes_are_suggested(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "suggest", "alexnet", "--minimize", "weights")
    assert code == 0
    assert "÷" in out


REFUSED = [
    (("prove", "--set", "W2[1,9]=0"), "no such entry"),
    (("prove", "--set", "W2[0,1]=0"), "no such entry"),
    (("prove", "--set", "nonsense"), "cannot read --set nonsense"),
    (("prove", "--set", "W1[1,1]=nan"), "not a rational number"),
    (("prove", "--claim", "Min(x1, x3); x2"), "cannot read 'x3'"),
    (("prove", "--claim", "Min(x1, x2)"), "2 outputs"),
    (("prove", "--network", "missing.json"), "there is no file 'missing.json'"),
    (("backprop", "missing.net"), "there is no file 'missing.net'"),
    (("count", "nosuchnet"), "no architecture is called 'nosuchnet'"),
    (("report", "nosuchreport"), "there is no report 'nosuchreport'"),
    (("check", "nosuchfile"), "neither a report"),
    (("nosuchcommand",), "nosuchcommand"),
    (("prove", "--nosuchoption"), "nosuchoption"),
    (("backprop",), "Missing argument"),
]


@pytest.mark.parametrize(("arguments", "message"), REFUSED, ids=[" ".join(row[0]) for row in REFUSED])
def test_wrong_input_is_one_line_and_exit_code_2(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str
) -> None:
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert err.startswith("symnet: ")
    assert err.count("\n") == 1


def test_a_file_that_is_no_text_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "binary.net").write_bytes(b"\xff\xfe\x00")
    code, _, err = run(capsys, "backprop", str(tmp_path / "binary.net"))
    assert code == 2
    assert "not UTF-8" in err
    (tmp_path / "broken.json").write_text("{")
    code, _, err = run(capsys, "prove", "--network", str(tmp_path / "broken.json"))
    assert code == 2
    assert "is not JSON" in err


@pytest.mark.parametrize("command", ["", "prove", "backprop", "count", "suggest", "check", "report"])
def test_every_command_has_help(capsys: pytest.CaptureFixture[str], command: str) -> None:
    code, out, _ = run(capsys, *[command] * bool(command), "--help")
    assert code == 0
    assert "Usage:" in out


@pytest.mark.filterwarnings("ignore")  # torch.export warns about itself
@pytest.mark.parametrize(
    ("module", "shape", "rule"),
    [
        ("torch.nn:Linear(3, 4, bias=False)", "2,3", "W̄ = h̄_linearᵀ x"),
        ("torch.nn:Embedding(7, 3)", "2,3:7", "W̄ = scatter(h̄_embedding, x)"),
    ],
)
def test_a_torch_class_is_built_with_its_arguments(
    capsys: pytest.CaptureFixture[str], module: str, shape: str, rule: str
) -> None:
    code, out, err = run(capsys, "backprop", "--torch", module, "--shape", shape)
    assert (code, err) == (0, "")
    assert rule in out


@pytest.mark.parametrize("shape", ["2,3:0", "2,3:-4", "999999999999,3", "99999999999999:3", "2;3", "x"])
def test_a_shape_that_cannot_be_made_is_one_line(capsys: pytest.CaptureFixture[str], shape: str) -> None:
    code, out, err = run(capsys, "backprop", "--torch", "torch.nn:Linear(3, 4)", "--shape", shape)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "as in 2,16,32" in err


@pytest.mark.parametrize("options", [["--code", "torch"], ["--changes", "hvp"], ["--latex"]])
def test_a_recurrence_has_code_and_changes(capsys: pytest.CaptureFixture[str], options: list[str]) -> None:
    example = Path(__file__).parents[1] / "examples" / "recurrent.net"
    code, out, err = run(capsys, "backprop", str(example), *options)
    assert (code, err) == (0, "")
    assert out


def test_a_graph_is_written_as_a_page(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    example = Path(__file__).parents[1] / "examples" / "recurrent.net"
    assert run(capsys, "backprop", str(example), "--figure", str(tmp_path / "out.html"))[0] == 0
    assert "<details" in (tmp_path / "out.html").read_text(encoding="utf-8")
