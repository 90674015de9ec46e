"""Many answers: one bad file stops nothing, finished files are kept, and the command's exit codes."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from symnet import cli
from symnet.claims.marking.classes import grade, marks
from symnet.claims.marking.helper import Helper, HelperFailed

MODEL = "x, b, c : n\nW, V : n n\nphi : elementwise\nz = W @ x + b\nh = phi(z) + x\nr = V @ h + c\ny = phi(r) + h\n"


@pytest.fixture
def answers(tmp_path):
    (tmp_path / "residual.net").write_text(MODEL)
    (tmp_path / "right.tex").write_text(r"\begin{document}$\bar V = \bar r h^\top$\end{document}")
    (tmp_path / "wrong.tex").write_text(
        r"\begin{document}$\bar V = h \bar r^\top$ and $C_{\mathrm{conv2}} = 1$\end{document}"
    )
    (tmp_path / "broken.tex").write_bytes(b"\xff\xfe$\\bar V = \\bar r h^{$ \\input{/etc/passwd}\x00")
    return tmp_path


def test_every_file_gets_its_marks(answers):
    files = [answers / n for n in ("right.tex", "broken.tex", "missing.tex", "wrong.tex")]
    results = grade(files, [str(answers / "residual.net"), "alexnet"], want=["V"])
    assert [r.state for r in results] == ["right", "error", "error", "wrong"]
    assert marks(results).count("\n") == 5


def test_finished_files_are_kept_until_they_change(answers, tmp_path):
    files, keys = [answers / "right.tex", answers / "wrong.tex"], [str(answers / "residual.net")]
    assert not any(r.kept for r in grade(files, keys, kept_in=tmp_path / "kept"))
    assert all(r.kept for r in grade(files, keys, kept_in=tmp_path / "kept"))
    files[1].write_text(r"\begin{document}$\bar c = \bar r$\end{document}")
    assert [r.kept for r in grade(files, keys, kept_in=tmp_path / "kept")] == [True, False]


def test_files_in_parallel_give_the_same_results(answers):
    files, keys = [answers / "right.tex", answers / "wrong.tex"], [str(answers / "residual.net")]
    assert grade(files, keys, jobs=2) == grade(files, keys)


def run(*arguments):
    with pytest.raises(SystemExit) as stopped:
        cli.main(["audit", *map(str, arguments)])
    return stopped.value.code


def test_the_command_says_by_its_exit_code_whether_anything_is_wrong(answers, capsys):
    net = answers / "residual.net"
    assert run(answers / "right.tex", "--key", net) == 0
    assert run(answers / "right.tex", "--key", net, "--strict") == 1  # it states one of five
    assert run(answers / "right.tex", "--key", net, "--strict", "--want", "V") == 0
    assert run(answers / "right.tex", "--key", net, "--want", "Q") == 2
    assert run(answers / "wrong.tex", answers / "missing.tex", "--key", net) == 1
    assert run(answers / "missing.tex", "--key", net) == 2
    assert run(answers / "right.tex", "--key", "nonsense") == 2
    assert "Traceback" not in "".join(capsys.readouterr())


def test_the_command_writes_csv_json_and_feedback(answers, tmp_path, capsys):
    csv_file, json_file = tmp_path / "m.csv", tmp_path / "o.json"
    assert run(answers / "wrong.tex", "--key", answers / "residual.net", "--csv", csv_file, "--json", json_file) == 1
    assert "wrong.tex,wrong,0,1,1" in csv_file.read_text()
    assert json.loads(json_file.read_text())[0]["counts"]["wrong"] == 1


def test_feedback_is_latex_that_names_every_slip(answers):
    from symnet.report.feedback import feedback
    from symnet.report.render import latex

    (result,) = grade([answers / "wrong.tex"], [str(answers / "residual.net")])
    text = latex(feedback(result))
    assert r"\bar{\mathbf{V}}" in text or r"\bar{V}" in text


# ---------------------------------------------------------------------- states
RIGHT = r"""$\bar r = \bar y \odot \phi'(r)$, $\bar h = \bar y + V^\top \bar r$, $\bar z = \bar h \odot \phi'(z)$,
$\bar V = \bar r h^\top$, $\bar c = \bar r$,
$\frac{\partial L}{\partial W} = \bar z x^\top$,
$\bar b_i = \bar z_i$ and $\bar x = \bar h + W^\top \bar z$."""
STATES = {
    "all.md": (RIGHT, "right"),
    "one.md": (r"$\bar V = (\bar y \odot \phi'(r)) h^\top$", "incomplete"),
    "terms.md": (
        r"$\bar r = \bar y \odot \phi'(r)$, $\bar c = \bar r$, $\bar b = \bar z$, $\bar z = \bar h \odot \phi'(z)$",
        "incomplete",
    ),
    "itself.md": (r"$\bar V = \bar V = \frac{\partial L}{\partial V}$", "incomplete"),
    "arithmetic.tex": ("$1 + 1 = 2$", "incomplete"),
    "wrong.md": (RIGHT + r" And $\bar V = h \bar r^\top$.", "wrong"),
    "unread.md": (r"$\delta = \epsilon$", "unread"),
    "partly.md": (RIGHT + r" And $\bar V = \foo$.", "incomplete"),
    "empty.tex": ("", "empty"),
    "unknown.md": ("I do not know.\n", "empty"),
    "photo.tex": ("See the attached photo.\n\\includegraphics{answer.jpg}\n", "empty"),
    "prose.tex": ("V is r times h transposed, and W is z times x transposed.", "empty"),
    "other.tex": (b"\xff\xfe bad", "error"),
    "latin.tex": ("$x = 1$ für".encode("latin-1"), "error"),
    "half.md": ("$1 = 2$".encode("utf-16-le"), "error"),
    "missing.md": (None, "error"),
}


def test_an_answer_is_right_only_where_all_that_is_wanted_was_read_and_holds(answers):
    for name, (text, _) in STATES.items():
        if text is not None:
            (answers / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    results = grade([answers / name for name in STATES], [str(answers / "residual.net")])
    assert {Path(r.file).name: r.state for r in results} == {name: state for name, (_, state) in STATES.items()}
    (all_of_it, one, terms, itself, *_) = results
    assert (len(all_of_it.stated), all_of_it.missing) == (5, ())
    assert (one.stated, one.missing) == (("V̄",), ("x̄", "b̄", "c̄", "W̄"))
    assert terms.stated == ("c̄",)  # of what h̄ is, and with it b̄, it says nothing
    assert itself.stated == ()


def test_strict_asks_that_every_file_is_right(answers, capsys):
    (answers / "all.md").write_text(RIGHT)
    (answers / "empty.md").write_text("")
    net = answers / "residual.net"
    assert run(answers / "all.md", "--key", net, "--strict") == 0
    assert run(answers / "empty.md", "--key", net) == 0
    assert run(answers / "all.md", answers / "empty.md", "--key", net, "--strict") == 1
    assert capsys.readouterr().out.strip().endswith("2 files: 1 right, 1 empty; 8 of 8 claims read")


CNN = """name: CNN
layers:
  input: Input(3, 32, 32)
  conv1: Conv(16, 5, padding=2)
  pool1: MaxPool(2, 2)
  conv2: Conv(32, 3)
  pool2: MaxPool(2, 2)
  fc: Linear(10)
"""
OTHER_NUMBERS = r"""First conv: $5 \times 5 \times 3 \times 16 = 1200$ parameters.
Output $(32 - 5 + 2\cdot 2)/1 + 1 = 32$.
Second conv: $3\cdot 3\cdot 16\cdot 32 + 32 = 4640$. Pooling: $\lfloor 13/2 \rfloor = 6$.
FC: $6 \cdot 6 \cdot 32 \cdot 10 + 10 = 11530$. Total: $1200 + 4640 + 11530 = 17370$."""
ITS_NUMBERS = r"""First conv: $5 \times 5 \times 3 \times 16 + 16 = 1216$ parameters,
second $3 \cdot 3\cdot 16\cdot 32 + 32 = 4640$.
Linear: $7 \cdot 7 \cdot 32 \cdot 10 + 10 = 15690$. Total: $1216 + 4640 + 15690 = 21546$."""


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_consistent_arithmetic_about_other_numbers_than_the_keys_is_not_right(answers, form):
    from symnet.counts import text

    key = answers / f"cnn.{form}"
    key.write_text(CNN if form == "yaml" else text.to_json(text.read(CNN)))
    for name, written in (("other.md", OTHER_NUMBERS), ("its.md", ITS_NUMBERS)):
        (answers / name).write_text(written)
    files = [answers / "other.md", answers / "its.md"]
    other, its = grade(files, [str(key)], want=["parameters"])
    assert (other.counts["wrong"], other.state, its.state) == (0, "incomplete", "right")
    assert "all parameters" in other.missing
    other, its = grade(files, [str(key)])
    assert (other.state, other.stated, its.stated) == ("incomplete", (), ("all parameters",))


def test_the_outputs_of_a_network_are_what_its_key_wants(answers):
    (answers / "one.md").write_text(r"$y_1 = \min(x_1, x_2)$")
    (answers / "both.md").write_text(r"$y_1 = \min(x_1, x_2)$ and $y_2 = \max(x_1, x_2)$")
    one, both = grade([answers / "one.md", answers / "both.md"], ["sorter"])
    assert (one.state, one.missing, both.state) == ("incomplete", ("output₂",), "right")


def test_a_recurrent_model_is_refused_as_a_key_with_the_reason(answers, capsys):
    assert run(answers / "right.tex", "--key", "examples/recurrent.net") == 2
    assert "is recurrent" in capsys.readouterr().err


def test_a_rule_with_a_tensor_in_it_costs_that_name_and_not_the_key(answers):
    (answers / "batch.net").write_text("X : b t n\nW : m n\nY = X @ W.T\n")
    (answers / "one.tex").write_text(r"\[ 1 + 1 = 2 \] \[ \bar W = 3 \]")
    (result,) = grade([answers / "one.tex"], [str(answers / "batch.net")])
    assert [f["verdict"] for f in result.findings] == ["holds", "unread"]


# ---------------------------------------------------------------------- the marker's key
CHEATS = {
    "declared.tex": "% symnet: against declarations\n% symnet: V_bar, h, r_bar : scalar\n$\\bar V = h \\bar r^\\top$\n",
    "modelled.tex": "% symnet: against model\n% symnet: h, c : n\n% symnet: V : n n\n% symnet: phi : elementwise\n"
    "% symnet: r = V.T @ h + c\n% symnet: y = phi(r) + h\n$\\bar V = h \\bar r^\\top$\n",
    "fenced.md": "```symnet\nagainst model\nh, c : n\nV : n n\nr = V.T @ h + c\n```\n$\\bar V = h \\bar r^\\top$\n",
    "broken.tex": "% symnet: against nonsense\n$\\bar V = h \\bar r^\\top$\n",
}


def test_what_an_answer_says_of_itself_never_replaces_the_markers_key(answers, capsys):
    for name, text in CHEATS.items():
        (answers / name).write_text(text)
    files, net, table = [answers / name for name in CHEATS], answers / "residual.net", answers / "m.csv"
    assert run(*files, "--key", net, "--csv", table, "--json", answers / "o.json") == 1
    out = capsys.readouterr().out
    for name in CHEATS:
        assert f"{name}: 0 holds, 1 wrong" in out
    assert out.count("is ignored, for the key is the marker's") == len(CHEATS)
    assert all("is ignored" in row["notes"] for row in csv.DictReader(io.StringIO(table.read_text())))
    assert all("is ignored" in r["notes"][0] for r in json.loads((answers / "o.json").read_text()))


def test_without_a_key_the_document_says_what_it_is_compared_with(answers):
    (answers / "modelled.tex").write_text(CHEATS["modelled.tex"])
    (result,) = grade([answers / "modelled.tex"])
    assert (result.counts["holds"], result.notes) == (1, ())


def test_a_macro_that_changes_how_a_sign_looks_is_listed(answers):
    (answers / "bar.tex").write_text(r"\def\bar#1{\hat{#1}} \let\top\relax $\bar V = \bar r h^\top$")
    (result,) = grade([answers / "bar.tex"], [str(answers / "residual.net")])
    assert any(r"\bar is defined anew" in note for note in result.notes)
    assert any(r"\top gets another meaning" in f["why"] for f in result.findings)
    assert result.state != "right"


# ---------------------------------------------------------------------- one file costs one file
def _task(answers, name, seconds=60.0):
    return {"file": str(answers / name), "keys": [], "conventions": {}, "hint": False, "want": [], "seconds": seconds,
            "kept_in": "", "fingerprint": ""}  # fmt: skip


def test_a_helper_that_is_killed_costs_one_file(answers, monkeypatch):
    (answers / "sum.md").write_text("$1 + 1 = 2$")
    helper = Helper("symnet.claims.marking.classes", 60.0)
    try:
        assert helper.ask(_task(answers, "sum.md"))["record"]["counts"]["holds"] == 1
        os.kill(helper._process.pid, signal.SIGKILL)
        with pytest.raises(HelperFailed, match="ended by signal 9"):
            helper.ask(_task(answers, "sum.md"))
        assert helper.ask(_task(answers, "sum.md"))["record"]["counts"]["holds"] == 1
    finally:
        helper.close()


def test_a_file_on_which_the_audit_hangs_costs_that_file(answers, monkeypatch):
    """A named pipe that nobody writes into is opened for ever."""
    os.mkfifo(answers / "pipe.md")
    (answers / "sum.md").write_text("$1 + 1 = 3$")
    monkeypatch.setattr("symnet.claims.marking.helper.GRACE", 5.0)
    results = grade([answers / "pipe.md", answers / "sum.md"], seconds=1.0)
    assert [r.state for r in results] == ["error", "wrong"]
    assert "took longer" in results[0].error


def test_time_that_is_over_leaves_the_findings_so_far_and_says_how_many_formulas_are_left(answers):
    (answers / "sum.md").write_text("$1 + 1 = 2$ and $2 + 2 = 4$")
    (result,) = grade([answers / "sum.md"], seconds=0.0)
    assert (result.state, result.not_judged) == ("incomplete", 2)
    assert "2 formulas after the first 0 were not judged" in result.notes[0]


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="looks for processes in /proc")
def test_helpers_end_with_the_one_that_started_them(answers):
    os.mkfifo(answers / "pipe.md")
    files = [str(answers / "pipe.md")] * 2
    code = f"from symnet.claims.marking.classes import grade; grade({files!r}, jobs=2, seconds=None)"
    master = subprocess.Popen([sys.executable, "-c", code])
    try:
        helpers = _until(lambda: found if len(found := _children(master.pid)) == 2 else None)
    finally:
        master.kill()
        master.wait()
    assert _until(lambda: not any(_alive(pid) for pid in helpers))


def _until(found, seconds=120):
    """What ``found`` gives when it gives something."""
    end = time.monotonic() + seconds
    while not (result := found()) and time.monotonic() < end:
        time.sleep(0.1)
    return result


def _children(pid):
    found = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for tasks in found for child in tasks.read_text().split()]


def _alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_module_that_lies_among_the_answers_is_not_imported(answers, monkeypatch):
    (answers / "sympy.py").write_text("raise SystemExit('imported')")
    for name in ("a.md", "b.md"):
        (answers / name).write_text("$1 + 1 = 2$")
    monkeypatch.chdir(answers)
    assert [r.state for r in grade(["a.md", "b.md"])] == ["right", "right"]


# ---------------------------------------------------------------------- what is said
def test_what_a_terminal_obeys_is_shown_and_not_sent(answers, capsys):
    (answers / "red.md").write_text("$1 \x1b[2K= 2$ and $3 = \x1b[31m4$ and \x1b[2K $3 = 4$")
    run(answers / "red.md", "--csv", answers / "m.csv")
    said = capsys.readouterr()
    assert "\x1b" not in said.out + said.err + (answers / "m.csv").read_text()
    assert r"\x1b" in said.out


def test_an_unread_claim_has_its_reason_in_the_table(answers):
    (answers / "open.md").write_text(r"\[ 1 = 2")
    row = next(csv.DictReader(io.StringIO(marks(grade([answers / "open.md"])))))
    assert (row["state"], row["why"]) == ("unread", "this formula is never closed")


def test_a_hint_at_a_convention_names_the_option_that_sets_it(answers, capsys):
    (answers / "ones.tex").write_text(r"\[ \bar{\mathbf{r}} = \phi'(\mathbf{r}) \]")
    net = answers / "residual.net"
    assert run(answers / "ones.tex", "--key", net) == 1
    assert "--seed ones" in capsys.readouterr().out
    assert run(answers / "ones.tex", "--key", net, "--seed", "ones") == 0


def test_a_finding_shows_its_own_row_of_an_environment(answers):
    (answers / "rows.tex").write_text(
        r"""\begin{align}
\bar V &= \bar r h^\top \\
\bar W &= \foo \\[2pt]
\bar c &= \bar r
\end{align}"""
    )
    (result,) = grade([answers / "rows.tex"], [str(answers / "residual.net")])
    claims = [f["claim"] for f in result.findings]
    assert claims == [r"\bar V = \bar r h^\top", r"\bar W = \foo", r"\bar c = \bar r"]


def test_a_factor_that_nobody_can_have_forgotten_is_no_hint(answers):
    (answers / "near.md").write_text("$10773 = 10778$ and $4 \\cdot 3 = 18$")
    near, factor = grade([answers / "near.md"])[0].findings
    assert "factor" not in near["explanation"]
    assert "2/3" in factor["explanation"]


# ---------------------------------------------------------------------- what is no regular file
def test_an_answer_from_a_pipe_is_read_once(tmp_path):
    pipe = tmp_path / "answer.md"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=("$1 + 1 = 3$",))
    writer.start()
    (graded,) = grade([pipe.as_posix()])
    writer.join()
    assert graded.state == "wrong"


def test_a_wish_without_a_key_and_a_time_that_is_none_are_refused(answers, capsys):
    (answers / "a.md").write_text("$1 + 1 = 2$")
    assert run(answers / "a.md", "--want", "V") == 2
    assert run(answers / "a.md", "--limit", "nan") == 2
    assert "--key" in capsys.readouterr().err
