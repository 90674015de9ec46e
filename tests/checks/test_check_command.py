"""``symnet check`` of a certificate: what it proves, and whether it is about what was meant."""

import hashlib
import json
import re
from pathlib import Path

import pytest

from symnet.cli import main
from symnet.relu import ReluNetwork, Sorted, prove, sorter, two_input_sorter

from .forged_certificates import FORGED, HONEST, certificate, x1

NET = two_input_sorter()
FOUR = sorter(2, "four")


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as stop:
        main([str(a) for a in arguments])
    printed = capsys.readouterr()
    return int(stop.value.code or 0), printed.out, printed.err


@pytest.fixture
def files(tmp_path):
    """A network, another, one that is the first, and certificates about the first."""
    for name, net in (("net", NET), ("four", FOUR)):
        (tmp_path / f"{name}.json").write_text(json.dumps(net.to_json()))
    a, b = NET.inputs
    prove(NET, Sorted()).save(tmp_path / "sorts.json")
    prove(NET, FOUR).save(tmp_path / "equals.json")
    prove(NET, [a, b], where=[a <= b, b >= 0]).save(tmp_path / "there.json")
    prove(NET, [a, b]).save(tmp_path / "refuted.json")
    return tmp_path


def test_it_says_what_a_certificate_proves(capsys, files):
    code, out, _ = run(capsys, "check", files / "there.json")
    assert code == 0
    assert "claim: out_1 = x_1; out_2 = x_2" in out
    assert "where: x_2 >= x_1; x_2 >= 0" in out
    assert "satisfies the conditions" in out
    assert "out: widths 2 - 5 - 2, SHA-256 " in out


def test_the_digest_is_the_one_that_the_documentation_computes(capsys, files):
    page = (Path(__file__).parents[2] / "docs" / "certificates.md").read_text(encoding="utf-8")
    (line,) = re.findall(r"^hashlib\.sha256\(.*$", page, re.MULTILINE)
    digest = eval(line, {"hashlib": hashlib, "json": json, "net": NET})
    assert f"SHA-256 {digest}" in run(capsys, "check", files / "sorts.json")[1]


@pytest.mark.parametrize(
    ("target", "options"),
    [
        ("sorts", ["--network", "net.json"]),
        ("sorts", ["--claim", "sorted"]),
        ("sorts", ["--network", "net.json", "--claim", "sorted"]),
        ("equals", ["--network", "net.json", "--equals", "four.json"]),
        ("there", ["--where", "x2 >= 0, x1 <= x2"]),
        ("there", ["--network", "net.json", "--claim", "x1; x2", "--where", "x2 >= x1; 0 <= x2"]),
        ("refuted", ["--network", "net.json"]),
    ],
)
def test_a_certificate_is_about_what_was_meant(capsys, files, monkeypatch, target, options):
    monkeypatch.chdir(files)
    code, out, _ = run(capsys, "check", f"{target}.json", *options)
    assert (code, "2 passed, 0 failed" in out) == (0, True)


@pytest.mark.parametrize(
    ("target", "options", "said"),
    [
        ("sorts", ["--network", "four.json"], "network out"),
        ("sorts", ["--equals", "four.json"], "network other"),
        ("equals", ["--network", "net.json", "--equals", "net.json"], "network other"),
        ("sorts", ["--claim", "Min(x1,x2); Max(x1,x2)"], "claim:"),
        ("sorts", ["--claim", "out1 <= out2"], "claim:"),
        ("there", ["--claim", "x1; x2"], "where:"),
        ("there", ["--claim", "x1; x2", "--where", "x1 <= x2"], "where:"),
        ("sorts", ["--claim", "sorted", "--where", "x1 >= 0"], "where:"),
        ("refuted", ["--claim", "x1; x2"], "the claim is false"),
    ],
)
def test_a_certificate_about_something_else_is_exit_code_1(capsys, files, monkeypatch, target, options, said):
    monkeypatch.chdir(files)
    code, out, _ = run(capsys, "check", f"{target}.json", *options)
    assert (code, said in out) == (1, True)
    assert "1 passed, 1 failed" in out


def test_one_changed_weight_is_another_network(capsys, files):
    (W, b), *rest = NET.layers
    other = ReluNetwork([([[W[0][0] + 1, *W[0][1:]], *W[1:]], b), *rest])
    (files / "other.json").write_text(json.dumps(other.to_json()))
    assert run(capsys, "check", files / "sorts.json", "--network", files / "other.json")[0] == 1


@pytest.mark.parametrize(
    ("data", "code", "said"),
    [
        (FORGED["-1 >= 0 as bits"][0], 1, "1 failed"),
        (FORGED["-7 >= 0 beside what is true"][0], 1, "1 failed"),
        (FORGED["a banana on a dead unit"][0], 2, "banana"),
        (certificate(where=[[">=", "-1", "0"]]), 0, "no input satisfies the conditions"),
        (certificate(claim=["=", ["order", 1, *[x1] * 3000], x1]), 2, "too many steps"),
        (HONEST["a point"], 0, "point: (1/2)"),
    ],
)
def test_each_kind_of_certificate_has_its_exit_code(capsys, tmp_path, data, code, said):
    (tmp_path / "c.json").write_text(json.dumps(data))
    found, out, errors = run(capsys, "check", tmp_path / "c.json")
    assert (found, said in out + errors) == (code, True)
    assert errors.count("\n") == (code == 2)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["sorter", "--claim", "x1"], "is a report"),
        (["--claim", "x1"], "one certificate"),
        (["sorts.json", "sorts.json", "--claim", "x1"], "one certificate"),
        (["sorts.json", "--claim", "x1", "--equals", "net.json"], "two claims"),
        (["sorts.json", "--network", "nothing.json"], "nothing.json"),
        (["sorts.json", "--claim", "x1; x7"], "x7"),
        (["sorts.json", "--claim", "sorted", "--where", "x1 > x2, x2 > x1"], "no point satisfies"),
    ],
)
def test_what_cannot_be_compared_is_one_line(capsys, files, monkeypatch, arguments, said):
    monkeypatch.chdir(files)
    code, _, errors = run(capsys, "check", *arguments)
    assert (code, said in errors, errors.count("\n")) == (2, True, 1)
