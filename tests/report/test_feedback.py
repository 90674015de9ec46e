"""Feedback on answers: any name and any claim is typeset, long tables go on over pages, and the command is whole."""

import re
import shutil
import subprocess
import unicodedata

import pytest

from symnet import cli, notation
from symnet.claims.marking.classes import grade
from symnet.errors import SymnetError
from symnet.report import pdf
from symnet.report.feedback import feedback
from symnet.report.render import latex, words
from symnet.report.typeset import plain, typeset

needs_tex = pytest.mark.skipif(not pdf.available(), reason=f"no pdflatex: {pdf.HOW_TO_GET_TEX}")
needs_pdftotext = pytest.mark.skipif(not shutil.which("pdftotext"), reason="no pdftotext")
PAGE = (
    r"\documentclass{article}\usepackage[T1]{fontenc}\usepackage{lmodern,amsmath,amssymb}"
    r"\begin{document}%s\end{document}"
)


def run(*arguments):
    with pytest.raises(SystemExit) as stopped:
        cli.main(["audit", *map(str, arguments)])
    return stopped.value.code


def text_of(path):
    return subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, check=True).stdout.decode()


# ---------------------------------------------------------------------- words
SCRIPTS = [(0x20, 0x250), (0x2C6, 0x600), (0x1E00, 0x1F00), (0x2000, 0x2300), (0x3040, 0x30A0), (0x4E00, 0x4E20)]


@needs_tex
def test_any_character_is_typeset():
    """Each once, and each after a letter, where a combining mark changes it; controls and odd characters among them."""
    every = [chr(c) for first, last in SCRIPTS for c in range(first, last)]
    every += ["\x00", "\x07", "\x1b", "\x85", "\ud800", "\u202e", "\U0001f600", "\U0001d7cf", "\ufffd", "\uff1d"]
    lines = [words(f"{c} a{c}b") for c in every if unicodedata.category(c) != "Cn"]
    compiled = pdf.compile_pdf(PAGE % "\n\n".join(lines))
    assert not [c for c in compiled.complaints if c.startswith("Missing character")]


def test_a_letter_with_marks_keeps_them():
    assert words("Nguyễn") == r"Nguy$\text{\~{\^{e}}}$n"
    assert words("Łukasz Zoë") == "Łukasz Zoë"
    assert words("李") == r"\textbackslash{}u674e"
    assert plain("李 ∂ x̄") == r"\u674e d x_bar"


def test_what_an_editor_or_terminal_obeys_is_shown():
    assert notation.prose(typeset("a\x1b[2Kb\u202ec"), "latex") == r"a\textbackslash{}x1b[2Kb\textbackslash{}u202ec"


# ---------------------------------------------------------------------- a class
@needs_tex
def test_a_file_that_is_hard_to_typeset_does_not_stop_the_class(tmp_path, capsys):
    claims = {"李": "$1+1=3$", "Nguyễn": "$1+1=3$", "∂": "$1+1=3$", "ctl": "$1 \x07= 2$", "a_b%$#&{}~^": "$1=2$"}
    for name, text in claims.items():
        (tmp_path / f"{name}.md").write_text(text)
    files = [tmp_path / f"{name}.md" for name in claims]
    assert run(*files, "--no-hints", "--pdf", tmp_path / "fb") == 1
    assert sorted(p.stem for p in (tmp_path / "fb").glob("*.pdf")) == sorted(claims)


@needs_tex
def test_what_latex_does_not_set_is_printed_in_plain_words(tmp_path, monkeypatch, capsys):
    (tmp_path / "a.md").write_text("$1 = 2$")
    monkeypatch.setattr("symnet.report.feedback.Mathematics", lambda latex: typeset_wrongly)
    assert run(tmp_path / "a.md", "--pdf", tmp_path / "fb") == 1
    assert (tmp_path / "fb" / "a.pdf").exists()


class _Wrong:
    binds = 0

    def written(self, medium):
        return r"\undefined"


typeset_wrongly = _Wrong()


def test_a_file_whose_feedback_fails_is_named_and_the_others_are_written(tmp_path, monkeypatch, capsys):
    from symnet import report

    write = report.write

    def failing(document, folder, **options):
        if document.name == "b":
            raise SymnetError("TeX stopped")
        return write(document, folder, pdf=False)

    monkeypatch.setattr(report, "write", failing)
    for name in "abc":
        (tmp_path / f"{name}.md").write_text("$1 = 1$")
    code = run(*(tmp_path / f"{n}.md" for n in "abc"), "--pdf", tmp_path / "fb", "--csv", tmp_path / "m.csv")
    said = capsys.readouterr()
    assert (code, said.err.count("TeX stopped")) == (2, 1)
    assert "b.md: its feedback could not be typeset" in said.err
    assert sorted(p.name for p in (tmp_path / "fb").iterdir()) == ["a.tex", "c.tex"]
    assert (tmp_path / "m.csv").read_text().count("right") == 3


@needs_tex
@needs_pdftotext
def test_every_wrong_row_of_a_long_answer_is_on_a_page_and_no_page_is_blank(tmp_path, capsys):
    sums = "\n".join(rf"\[ {n} + {n} = {2 * n + 1} \]" for n in range(60))
    (tmp_path / "long.tex").write_text(rf"\begin{{document}}{sums}\end{{document}}")
    assert run(tmp_path / "long.tex", "--no-hints", "--pdf", tmp_path / "fb") == 1
    pages = text_of(tmp_path / "fb" / "long.pdf").removesuffix("\f").split("\f")
    rows = [row for page in pages for row in re.findall(r"^\s*(\d+)\s+.*\swrong\s", page, re.MULTILINE)]
    assert len(rows) == len(set(rows)) == 60
    assert all(len(page.split("\n")) > 10 for page in pages)
    assert "State: wrong" in pages[0]
    assert "60 of 60 claims were read" in pages[0]


def test_feedback_says_the_state_what_is_missing_and_the_whole_command(tmp_path, capsys):
    (tmp_path / "one.md").write_text("```symnet\nagainst sorter\n```\n$1 + 1 = 2$")
    key = "examples/residual.net"
    assert run(tmp_path / "one.md", "--key", key, "--seed", "ones", "--want", "V", "--pdf", tmp_path / "fb") == 0
    written = (tmp_path / "fb" / "one.tex").read_text().replace("-{}-", "--")
    assert "State: incomplete" in written
    assert "0 of 1 wanted quantities are stated" in written
    assert "is ignored, for the key is the marker's" in written
    assert f"--key {key} --seed ones --want V" in written


def test_the_lead_of_every_state_is_a_sentence(tmp_path):
    (tmp_path / "bad.tex").write_bytes(b"\xe4$x$")
    (tmp_path / "empty.tex").write_text("")
    for result in grade([tmp_path / "bad.tex", tmp_path / "empty.tex"]):
        assert ("Error: " if result.error else "State: empty") in latex(feedback(result))
