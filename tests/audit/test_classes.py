"""Many answers: one bad file stops nothing, finished files are kept, and the command's exit codes."""

import json

import pytest

from symnet import cli
from symnet.audit.classes import grade, marks

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
    results = grade(files, [str(answers / "residual.net"), "alexnet"])
    assert [r.state for r in results] == ["right", "unread", "error", "wrong"]
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
    text = latex(feedback(result.file, result.findings))
    assert r"\bar{\mathbf{V}}" in text or r"\bar{V}" in text
