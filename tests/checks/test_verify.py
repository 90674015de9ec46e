"""The checker of certificates, attacked: each of its conditions is needed, and it runs alone."""

import ast
import json
import random
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symnet.checks import verify

from ..relu.z3_opinions import statement_holds
from .forged_certificates import BASE, FORGED, HONEST, SHORT, by_cells, certificate, layer, out1, x1, x2
from .random_certificates import METHODS, a_certificate

SOURCE = Path(verify.__file__).read_text(encoding="utf-8")


def state(data, module=verify):
    """What becomes of a certificate; a failure that nobody planned is a state, too."""
    written = data if isinstance(data, bytes) else json.dumps(data).encode()
    limits = module.Limits(SHORT.bytes, SHORT.digits, SHORT.steps)
    try:
        return module.verify(written, limits).state
    except Exception as error:
        return type(error).__name__


@pytest.mark.parametrize("name", FORGED)
def test_what_is_forged_does_not_pass(name):
    data, expected = FORGED[name]
    assert state(data) == expected


@pytest.mark.parametrize("name", HONEST)
def test_what_is_honest_passes(name):
    assert state(HONEST[name]) == "passed"


# ---------------------------------------------------------------------- it runs alone
@pytest.fixture
def alone(tmp_path):
    """The file copied into an empty folder, and run there on a certificate: exit code, output, errors."""
    (tmp_path / "verify.py").write_text(SOURCE, encoding="utf-8")

    def run(data, *options):
        (tmp_path / "c.json").write_bytes(data if isinstance(data, bytes) else json.dumps(data).encode())
        command = [sys.executable, "-I", "-S", "-W", "error", "verify.py", *options, "c.json"]
        done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", cwd=tmp_path, check=False)
        return done.returncode, done.stdout, done.stderr

    return run


@pytest.mark.parametrize(
    ("data", "code", "said"),
    [
        (HONEST["by comparators"], 0, "c.json: passed"),
        (FORGED["-1 >= 0 as bits"][0], 1, "c.json: rejected"),
        (FORGED["a banana on a dead unit"][0], 2, "'banana' is no number"),
        (FORGED["no JSON"][0], 2, "c.json: unreadable"),
        (b" " * (2**24 + 1), 2, "c.json: too large"),
        (b'{"version": ' + b"9" * 100_000 + b"}", 2, "is too large for an index"),
        (certificate(claim=["=", "1" * 100_000, "0"]), 2, "more than 4,300 digits"),
        (certificate(claim=["=", ["order", 1, *[["x", 1]] * 3000], ["out", 1]]), 2, "too many steps"),
        (b"[" * 10**6, 2, "nested too deep"),
    ],
)  # fmt: skip
def test_a_copy_in_an_empty_folder_decides_with_the_standard_library_alone(alone, data, code, said):
    found, out, errors = alone(data)
    assert (found, errors) == (code, "")
    assert said in out


def test_a_missing_file_is_one_line(alone, tmp_path):
    alone(b"")
    done = subprocess.run(
        [sys.executable, "-I", tmp_path / "verify.py", tmp_path], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (2, "")
    assert "cannot read it" in done.stdout


def test_what_a_terminal_obeys_in_a_file_name_is_shown(tmp_path):
    (tmp_path / "verify.py").write_bytes(Path(verify.__file__).read_bytes())
    command = [sys.executable, "verify.py", "\x1b[2J.json"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 2
    assert "\x1b" not in done.stdout
    assert r"\x1b[2J.json: unreadable" in done.stdout


def test_without_limits_what_is_long_is_decided(alone):
    long = "7" * 5000
    data = certificate(claim=["=", out1, ["+", ["x", 1], long, "-" + long]])
    assert alone(data)[0] == 2
    assert alone(data, "--no-limits")[0] == 0


def test_the_file_imports_nothing_but_the_standard_library():
    imported = {
        name.partition(".")[0]
        for node in ast.walk(ast.parse(SOURCE))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([a.name for a in node.names] if isinstance(node, ast.Import) else [node.module])
    }
    assert imported <= sys.stdlib_module_names


def test_the_check_of_a_certificate_loads_no_engine():
    script = "import sys, symnet.checks.certificate; print(*[m for m in sys.modules if m.startswith('symnet')])"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert {name.split(".")[1] for name in loaded if "." in name} <= {
        "checks",
        "derivation",
        "errors",
        "joints",
        "markup",
        "notation",
        "verbs",
    }


# ---------------------------------------------------------------------- what it says
def facts(data):
    found = verify.verify(json.dumps(data).encode())
    assert found.state == "passed", found
    return found.facts


def test_it_says_what_was_proved_and_of_which_network():
    told = facts(HONEST["by cells"])
    assert (told["claim"], told["where"], told["paths"]) == ("out_1 >= x_1", "nothing", 2)
    written = '[{"biases":["0"],"weights":[["1"]]},{"biases":["0"],"weights":[["1"]]}]'
    assert told["networks"] == {"out": {"widths": [1, 1, 1], "sha256": sha256(written.encode()).hexdigest()}}


def test_a_network_has_one_digest_however_its_numbers_are_written():
    reduced, as_given = (
        {"networks": {"out": [layer([[a]], 0)]}, "claim": [["=", out1, ["*", "1/2", x1]]]} for a in ("1/2", "02/4")
    )
    assert facts({**BASE, **reduced})["networks"] == facts({**BASE, **as_given})["networks"]
    other = {"networks": {"out": [layer([["1/3"]], 0)]}, "claim": [["=", out1, ["*", "1/3", x1]]]}
    assert facts({**BASE, **reduced})["networks"] != facts({**BASE, **other})["networks"]


NOBODY, UNKNOWN = "no input satisfies the conditions", "it is not shown that an input satisfies the conditions"


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ([[">=", "-1", "0"]], NOBODY),
        ([[">=", "0", "0"]], "x = (0, 0) satisfies"),
        ([[">=", x1, "1"], [">=", "1/2", x1]], NOBODY),
        ([[">", x1, "0"], [">", "0", x1]], NOBODY),
        ([[">=", x1, "0"], [">", "0", x1]], NOBODY),
        ([[">=", x1, "0"], [">=", "0", x1]], "x = (0, 0) satisfies"),
        ([["=", x1, ["+", x2, "1/3"]], [">", x2, "5"]], "x = (19/3, 6) satisfies"),
        ([[">", x1, x2], [">", x2, x1]], NOBODY),
        ([["and", [">", x1, "0"], [">", "1/2", x1]]], "x = (1/4, 0) satisfies"),
        ([["or", [">", x1, "0"]]], UNKNOWN),
        ([[">", ["abs", x1], "-1"]], UNKNOWN),
    ],
)
def test_it_says_whether_any_input_satisfies_the_conditions(where, said):
    data = certificate([layer([[1, 0], [0, 1]], 0, 0)], ["=", out1, x1], where=where)
    assert facts(data)["inputs"].startswith(said)


def test_paths_on_which_no_condition_is_true_show_that_nothing_is_said():
    data = by_cells([">", x1, x1], "split", "+ 0:1", "- 0:1", where=[["or", ["and", [">=", x1, "0"], [">", "0", x1]]]])
    assert facts(data | {"proof": ["split", "- 0:1"]})["inputs"].startswith(NOBODY)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from((">=", ">", "=")), *[st.integers(-2, 2)] * 3), min_size=1, max_size=5))
def test_what_it_says_of_the_conditions_is_what_z3_says(rows):
    where = [[sign, ["+", ["*", str(a), x1], ["*", str(b), x2]], str(c)] for sign, a, b, c in rows]
    data = certificate([layer([[1, 0]], 0)], ["=", out1, x1], where=where)
    said = facts(data)["inputs"]
    assert said.startswith((NOBODY, "x = "))
    assert statement_holds({**data, "claim": [[">", "0", "0"]]}) == said.startswith(
        NOBODY
    )  # where it is met nowhere, all is true


def test_a_claim_that_does_not_speak_of_outputs_is_said_to():
    assert facts(HONEST["what is claimed of the inputs"])["note"] == "the claim does not speak of outputs"
    assert "note" not in facts(HONEST["the identity"])


# ---------------------------------------------------------------------- every condition is needed
def mutants(changes):
    """(what is changed, number of the node, the change) for each change that ``changes`` finds at a node."""
    for number, node in enumerate(ast.walk(ast.parse(SOURCE))):
        for label, change in changes(node):
            yield f"line {node.lineno}: {label}", number, change


def changed(number, change):
    """The checker with that change."""
    mutant = ast.parse(SOURCE)
    change([*ast.walk(mutant)][number])
    return loaded(mutant)


def loaded(mutant):
    module = ModuleType("mutant")
    exec(compile(ast.fix_missing_locations(mutant), "mutant", "exec"), module.__dict__)
    return module


def weakened(node):
    """A guard that lets all pass; or a part of its condition that does; or a limit that does."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("require", "expect"):
        yield ast.unparse(node.args[0]), lambda n: n.args.__setitem__(0, whatever(n.args[0]))
        for k, part in enumerate(conjuncts(node.args[0])):
            yield f"{ast.unparse(part)}, a part", lambda n, k=k: leave_out(n.args[0], k)
    if isinstance(node, ast.If) and isinstance(node.body[0], ast.Raise):
        yield ast.unparse(node.test), lambda n: setattr(n, "test", ast.Constant(False))


def whatever(condition):
    """It is evaluated, for there may be turns to read on the way."""
    return ast.BoolOp(ast.Or(), [condition, ast.Constant(True)])


def conjuncts(condition):
    """The parts of "a and b and c", also of one inside all(...)."""
    return [v for n in ast.walk(condition) if isinstance(n, ast.BoolOp) and isinstance(n.op, ast.And) for v in n.values]


def leave_out(condition, k):
    part = conjuncts(condition)[k]
    for n in ast.walk(condition):
        if isinstance(n, ast.BoolOp):
            n.values = [ast.Constant(True) if v is part else v for v in n.values]


CONDITIONS = list(mutants(weakened))


@pytest.mark.parametrize(("number", "change"), [c[1:] for c in CONDITIONS], ids=[c[0] for c in CONDITIONS])
def test_each_condition_holds_back_what_no_other_does(number, change):
    module = changed(number, change)
    assert any(state(data, module) != expected for data, expected in FORGED.values())


def test_there_are_conditions():
    assert len(CONDITIONS) > 50


# ---------------------------------------------------------------------- random claims, methods and proofs
def passing(method, tries, seed, check=state):
    """Those of so many random certificates that pass; none of them is a failure that nobody planned."""
    draw = random.Random(f"{method} {seed}")
    for _ in range(tries):
        drawn = a_certificate(draw, method)
        found = check(drawn)
        assert found in ("passed", "rejected", "too large"), drawn
        if found == "passed":
            yield drawn


@pytest.mark.parametrize("method", METHODS)
def test_z3_agrees_with_each_random_certificate_that_passes(method):
    found = list(passing(method, 150, seed=1))
    assert len(found) > 10
    assert all(map(statement_holds, found))


def test_a_checker_that_compares_numbers_as_bits_would_be_seen():
    """The fault that let -1 >= 0 pass: numbers are forms, and a ≥ b was "a | b == a" for forms, too."""
    line = "        head, *rest = tree if isinstance(tree, tuple) else"
    careless = SOURCE.replace(
        line, f"        if isinstance(tree, Fraction): return self.exact.number(tree).terms\n{line}"
    )
    assert careless != SOURCE
    module = loaded(ast.parse(careless))
    found = passing(
        "comparators", 600, seed=2, check=lambda data: "passed" if state(data, module) == "passed" else "rejected"
    )
    assert not all(map(statement_holds, found))
