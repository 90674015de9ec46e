"""A marker sees the page, symnet the source: an answer whose text may not be on the page is not right unseen."""

import pytest

from symnet.claims import audit

RIGHT = "$1 + 1 = 2$"


@pytest.mark.parametrize(
    "hidden",
    [
        rf"\setbox0=\hbox{{{RIGHT}}}",
        rf"\sbox\one{{{RIGHT}}}",
        rf"\phantom{{{RIGHT}}}",
        rf"\ifnum0=1 {RIGHT} \fi",
        rf"\ifx\a\b {RIGHT}\fi",
        rf"\textcolor{{white}}{{{RIGHT}}}",
        r"{\color{white}" + RIGHT + "}",
        r"{\color[rgb]{1,1,1}" + RIGHT + "}",
        r"{\color[HTML]{FFFFFF}" + RIGHT + "}",
        r"$\color{white} 1 + 1 = 2$",
        rf"\fontsize{{0.01pt}}{{0pt}}\selectfont {RIGHT}",
        rf"\scalebox{{0.001}}{{{RIGHT}}}",
        rf"\begin{{tikzpicture2}}[opacity=0]{RIGHT}\end{{tikzpicture2}}",
    ],
)
def test_what_may_not_be_on_the_page_is_named(hidden, tmp_path):
    for file in (tmp_path / "a.tex", tmp_path / "a.md"):
        file.write_text(f"First $2 + 2 = 4$.\n\n{hidden}\n")
        found = audit(file)
        assert [f.verdict for f in found].count("unread") == 1
        assert any("may not be on the page" in f.why for f in found)
        assert found.state == "incomplete"


@pytest.mark.parametrize(
    "tag",
    [
        '<span style="display:none">',
        "<div hidden>",
        '<p style="color: white">',
        '<b style="opacity:0">',
        '<i style="font-size:0px">',
        "<script>",
        "<template>",
    ],
)
def test_html_that_is_not_shown_is_named(tag, tmp_path):
    (tmp_path / "a.md").write_text(f"{tag}\n{RIGHT}\n")
    assert any("may not be on the page" in f.why for f in audit(tmp_path / "a.md"))


@pytest.mark.parametrize(
    "shown",
    [
        r"{\color{red}" + RIGHT + "}",
        r"\textcolor{blue}{so} " + RIGHT,
        r"$\textcolor{red}{1} + 1 = 2$",
        rf'<p style="color: black; font-size: 10px">{RIGHT}</p>',
        rf"<b>{RIGHT}</b>",
        rf"\iffalse $1 = 2$ \else {RIGHT} \fi",
        rf"\documentclass{{article}}\ifx\a\b\usepackage{{c}}\fi\begin{{document}}{RIGHT}\end{{document}}",
    ],
)
def test_what_is_on_the_page_is_not(shown, tmp_path):
    file = tmp_path / ("a.md" if "<" in shown else "a.tex")
    file.write_text(f"{shown}\n")
    found = audit(file)
    assert [f.verdict for f in found] == ["holds"]
    assert found.state == "right"


@pytest.mark.parametrize(
    "text",
    [
        r"~~So we have $1 = 2$.~~",
        r"~~$1 = 2$~~, but $1 + 1 = 2$.",
        r"<del>$$1 = 2$$ and $2 = 3$</del>",
        r"<s>first $1 = 2$</s>",
        r"\sout{therefore $1 = 2$}",
        r"\st{$1 = 2$}",
        r"\xout{in \textbf{bold} $1 = 2$}",
    ],
)
def test_what_is_crossed_out_is_not_judged(text):
    found = audit(f"{text} Then $1 + 1 = 2$.\n\n")
    assert {f.why for f in found if f.verdict == "unread"} == {"it is crossed out"}
    assert {f.claim for f in found if f.verdict == "holds"} == {"1 + 1 = 2"}
