"""No option of ``symnet prove`` is passed over: in every mode each one changes something, or is refused by name."""

import json

import click
import pytest

from symnet.cli import main
from symnet.cli.prove import prove
from symnet.relu import ReluNetwork, two_input_sorter

ABSOLUTE = ReluNetwork([([[1, -1], [-1, 1]], [0, 0]), ([["1/2", "1/2"]], [0])])
MODES = {
    "the default": ["--claim", "out1 <= x1; out2 >= x1"],
    "a sorter": ["--sorter", "2", "--claim", "out1 <= x1; out2 >= x1"],
    "a file": ["--network", "net.json", "--claim", "out1 <= x1; out2 >= x1"],
    "two files": ["--network", "net.json", "--equals", "net.json"],
    "another network": ["--equals", "net.json", "--where", "x1 <= 1"],
    "something wrong": ["--claim", "out1 <= x1 - 1"],
}
GIVEN = {
    "--network": "other.json",
    "--sorter": "3",
    "--gadget": "four",
    "--claim": "out1 <= x2",
    "--equals": "other.json",
    "--where": "x1 >= 5; x2 >= 7",
    "--set": "b1[1]=5",
    "--certificate": "c.json",
    "--smtlib": "q.smt2",
    "--figure": "f.svg",
    "--max-regions": "0",
    "--timeout": "1e-9",
    "--jobs": "0",
    "--json": "r.json",
    "--latex": None,
}
"""An argument for each option that must be seen."""


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    """The command in a folder of its own: exit code, what is printed, and the files that are new."""

    def at(place, *arguments):
        folder = tmp_path / place
        folder.mkdir()
        monkeypatch.chdir(folder)
        (folder / "net.json").write_text(json.dumps(two_input_sorter().to_json()))
        (folder / "other.json").write_text(json.dumps(ABSOLUTE.to_json()))
        with pytest.raises(SystemExit) as stop:
            main(["prove", *arguments])
        out, err = capsys.readouterr()
        return int(stop.value.code or 0), out, err, {p.name: p.read_text() for p in folder.iterdir()}

    return at


OF_ALL = {"--help", "--debug"}
"""Options of every command, which say nothing of the proof."""


def test_every_option_has_an_argument_to_try():
    options = {name for p in prove.params if isinstance(p, click.Option) for name in p.opts if name not in OF_ALL}
    assert options == set(GIVEN)


@pytest.mark.parametrize("option", GIVEN)
@pytest.mark.parametrize("mode", MODES)
def test_an_option_changes_something_or_is_refused(run, mode, option):
    if option in MODES[mode]:
        return  # once more is another question
    without = run("without", *MODES[mode])
    given = run("with", *MODES[mode], option, *([GIVEN[option]] if GIVEN[option] else []))
    code, _, err, _ = given
    assert given != without
    assert code in (0, 1) or (code == 2 and err.count("\n") == 1)


def test_an_entry_is_set_once(run):
    code, _, err, _ = run("here", "--set", "W1[1,1]=1", "--set", "W1[1,1]=2")
    assert code == 2
    assert "the entry is set twice" in err


def test_smtlib_is_there_where_the_proof_does_not_end(run):
    code, _, err, files = run(
        "here", "--sorter", "3", "--claim", "out1 <= x1 + 1; out3 >= x2", "--timeout", "1e-9", "--smtlib", "u.smt2"
    )
    assert code == 2
    assert "not finished" in err
    assert files["u.smt2"].endswith("(check-sat)\n")


def test_a_default_claim_that_does_not_fit_says_that_none_was_given(run):
    code, _, err, _ = run("here", "--network", "other.json")
    assert code == 2
    assert "no --claim was given" in err


def test_conditions_are_part_of_what_is_printed(run):
    arguments = ("--network", "other.json", "--claim", "(x1-x2)/2", "--where", "x1 >= x2")
    code, out, _, files = run("right", *arguments, "--latex", "--json", "r.json")
    assert code == 0
    assert r"\quad (x_{1} \ge x_{2})" in out
    (statement,) = json.loads(files["r.json"])["statement"]
    assert statement["given"] == ["x₁ ≥ x₂"]
    assert r"\quad (x_{1} \ge x_{2})" in statement["latex"]
    code, out, _, _ = run("wrong", *arguments[:-1], "x1 >= x2 - 1, x1 >= 0", "--latex")
    assert code == 1
    assert r"\quad (x_{1} \ge x_{2} - 1, x_{1} \ge 0)" in out


def test_a_refuted_conjunction_says_which_part_is_wrong(run):
    code, out, _, _ = run("numbers", "--claim", "out1 <= out2; 0 >= 1")
    assert code == 1
    assert "so part 2 of the 2 that are claimed is wrong here" in out
    assert "0 < 1" in out
    code, out, _, _ = run("parts", "--claim", "out1 <= out2; out1 >= x1; out2 >= x1")
    assert "so part 2 of the 3 that are claimed is wrong here" in out


def test_one_input_is_written_without_a_comma(run):
    _, out, _, _ = run("here", "--sorter", "1")
    assert "for all real x₁" in out
    assert ",)" not in out
