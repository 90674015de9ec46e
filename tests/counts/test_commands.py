"""`symnet count` and `symnet suggest` as a person runs them."""

import pytest

from symnet.cli import main
from symnet.counts import alexnet, text


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    printed = capsys.readouterr()
    return int(stop.value.code or 0), printed.out, printed.err


def test_a_symbolic_table_is_printed_as_latex(capsys):
    code, out, err = run(capsys, "count", "alexnet", "--symbolic", "--latex")
    assert (code, err) == (0, "")
    assert r"k_{2}^{2} \frac{c_{1}}{g_{2}} c_{2} o_{2}^{2}" in out


@pytest.mark.parametrize(("suffix", "write"), [("yaml", text.to_yaml), ("json", text.to_json)])
def test_a_file_is_counted_into_csv(capsys, tmp_path, suffix, write):
    (tmp_path / f"net.{suffix}").write_text(write(alexnet()), encoding="utf-8")
    code, out, _ = run(capsys, "count", str(tmp_path / f"net.{suffix}"), "--csv", str(tmp_path / "out.csv"))
    assert code == 0
    assert "724,406,816" in out
    assert "total,,659272,60954656,10568,724406816" in (tmp_path / "out.csv").read_text()


def test_a_torch_module_is_counted(capsys, tmp_path, monkeypatch):
    (tmp_path / "my_small_net.py").write_text(
        "from torch import nn\ndef net():\n    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    code, out, _ = run(capsys, "count", "--torch", "my_small_net:net", "--shape", "1,3,8,8")
    assert code == 0
    assert "3888" in out
    code, out, _ = run(capsys, "count", "--torch", "my_small_net:net", "--shape", "1,3,H,W")
    assert (code, "H" in out) == (0, True)


def test_a_table_says_of_what_it_is_and_what_is_in_no_row(capsys, tmp_path, monkeypatch):
    (tmp_path / "my_idle_net.py").write_text(
        "from torch import nn\nclass Net(nn.Module):\n"
        "    def __init__(self):\n        super().__init__()\n"
        "        self.a = nn.Linear(3, 4)\n        self.idle = nn.Linear(3, 5)\n"
        "    def forward(self, x):\n        return self.a(x)\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    code, out, _ = run(capsys, "count", "--torch", "my_idle_net:Net()", "--shape", "B,T,3", "--csv", "out.csv")
    assert code == 0
    for said in ("counts are of one example: the first axis, B, is a batch", "idle.weight (15), idle.bias (5)"):
        assert out.count(said) == 1
        assert said in (tmp_path / "out.csv").read_text()


def test_a_tools_total_is_explained(capsys):
    code, out, _ = run(capsys, "count", "alexnet", "--as", "flopth")
    assert code == 0
    assert "flopth 0.1.6 reports 726,235,456 = 724,406,816 connections" in out


def test_suggestions_keep_wishes(capsys):
    code, out, _ = run(capsys, "suggest", "alexnet", "--minimize", "weights", "--keep-receptive-field")
    assert (code, "2,588,704" in out) == (0, True)
    code, out, _ = run(capsys, "suggest", "alexnet", "--minimize", "connections", "--limit", "weights=2e7")
    assert (code, "2,588,704" in out, "59,037,056" in out) == (0, True, False)
    code, out, err = run(capsys, "suggest", "alexnet", "--limit", "weights=10")
    assert (code, "--combine 2" in err) == (0, True)


REFUSED = [
    (("count", "--torch", "nosuchmodule:x", "--shape", "1"), "cannot import 'nosuchmodule'"),
    (("count", "--torch", "torch.nn:Nothing", "--shape", "1"), "'torch.nn' has no 'Nothing'"),
    (("count", "--torch", "torch.nn:Linear", "--shape", "1"), "give its arguments, as in Linear(32, 4)"),
    (("count", "--torch", "torch:pi", "--shape", "1"), "'torch:pi' is not called"),
    (("count", "--torch", "torch.nn", "--shape", "1"), "write package.module:name"),
    (("count", "--torch", "torch.nn:ReLU"), "--torch needs --shape"),
    (("count", "--torch", "torch.nn:ReLU", "--shape", "1,0"), "the shape has 0 in it"),
    (("count", "--torch", "torch.nn:ReLU", "--shape", "1,²"), "the shape has '²' in it"),
    (("count", "alexnet", "--batch", "--5"), "the batch is '--5'"),
    (("count", "alexnet", "--batch", "²"), "the batch is '²'"),
    (("count", "alexnet", "--batch", "9" * 5000), "the batch is '999"),
    (("count", "alexnet", "--batch", "9" * 200), "more than 100 digits"),
    (("suggest", "alexnet", "--limit", "weights=3", "--limit", "weights=4"), "--limit weights is given twice"),
    (("suggest", "alexnet", "--limit", "weights=nan"), "cannot read --limit weights=nan"),
    (("suggest", "alexnet", "--limit", "weights=1e999"), "cannot read --limit weights=1e999"),
    (("count", "missing.yaml"), "there is no file 'missing.yaml'"),
    (("count", "alexnet", "--as", "keras"), "no convention for 'keras'"),
    (("suggest", "alexnet", "--limit", "weights"), "cannot read --limit weights"),
    (("suggest", "alexnet", "--limit", "layers=3"), "no limit on 'layers'"),
]


@pytest.mark.parametrize(("arguments", "message"), REFUSED, ids=[" ".join(row[0])[:60] for row in REFUSED])
def test_wrong_input_is_one_line_and_exit_code_2(capsys, arguments, message):
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1


def test_a_wrong_file_names_the_layer(capsys, tmp_path):
    (tmp_path / "net.yaml").write_text("layers:\n  input: Input(4, 8, 8)\n  conv1: Conv(6, 3, groups=3)\n")
    code, _, err = run(capsys, "count", str(tmp_path / "net.yaml"))
    assert (code, "layer 'conv1': 3 groups do not divide 4 input channels" in err) == (2, True)


@pytest.mark.parametrize(
    "words",
    [
        ["--shape", "1,3,8,8"],
        ["alexnet", "--shape", "1,3,8,8"],
        ["alexnet", "--torch", "torch.nn:ReLU()", "--shape", "1,3"],
        ["--torch", "", "--shape", "1,3"],
    ],
)
def test_no_option_is_dropped_for_want_of_a_module(words, capsys):
    code, _, err = run(capsys, "count", *words)
    assert (code, err.count("\n")) == (2, 1)


def test_advice_can_be_followed(capsys):
    _, _, err = run(capsys, "suggest", "lenet5", "--limit", "weights=1", "--combine", "4")
    assert "try wider limits" in err
    assert "--combine" not in err
