r"""Anybody's words as the reports' LaTeX can set them: a name in any script, a claim in Unicode, a control character.

Letters with marks are set with TeX's accents (Nguyễn), mathematical signs become mathematics (∂), control characters
are shown (\x1b), and what the font has no sign for is spelled in ASCII: 李 is \u674e.
"""

import re
import unicodedata
from typing import Any

from symnet import notation
from symnet.screen import ascii_spelling, visible

LONGEST = 600


def typeset(words: str, longest: int | None = None) -> tuple[Any, ...]:
    """The words as prose for `notation.prose`; beyond ``longest`` characters they are cut."""
    shortened = words if longest is None or len(words) <= longest else words[:longest] + "…"
    pieces: list[Any] = []
    for c in unicodedata.normalize("NFC", visible(re.sub(r"\s", " ", shortened))):
        if c in _MARKS and pieces:
            last = pieces.pop()
            letter = last if isinstance(last, str) else last.latex
            kept, letter = (letter[:-1], letter[-1]) if isinstance(last, str) else ("", letter)
            pieces += [kept] if kept else []
            pieces.append(Mathematics(rf"{_MARKS[c]}{{{_letter(letter) if isinstance(last, str) else letter}}}"))
            continue
        piece = _piece(c)
        if isinstance(piece, str) and pieces and isinstance(pieces[-1], str):
            pieces[-1] += piece
        else:
            pieces.append(piece)
    return tuple(pieces)


def plain(words: str) -> str:
    """The words in ASCII."""
    return "".join(map(ascii_spelling, unicodedata.normalize("NFC", visible(words))))


def _letter(letter: str) -> str:
    return letter if letter.isalnum() and letter.isascii() else " "


def _piece(c: str) -> Any:
    """One character, as itself or as mathematics."""
    if c.isascii() or c in notation._ESCAPES or c in _IN_FONT:
        return c
    if c in _SIGNS:
        return Mathematics(_SIGNS[c])
    letter, *marks = unicodedata.normalize("NFD", c)
    if marks and letter.isascii() and letter.isalpha() and all(m in _ACCENTS for m in marks):
        return Accented(letter, tuple(_ACCENTS[m] for m in marks))
    return ascii_spelling(c)


class Mathematics:
    """Mathematics that is written already."""

    binds = notation.ATOM

    def __init__(self, latex: str) -> None:
        self.latex = latex

    def written(self, medium: notation.Medium) -> str:
        return self.latex


class Accented(Mathematics):
    """A letter with marks, in the words' own font."""

    def __init__(self, letter: str, accents: tuple[str, ...]) -> None:
        for accent in accents:
            letter = rf"\{accent}{{{letter}}}"
        super().__init__(rf"\text{{{letter}}}")


_IN_FONT = set("¡¿ßæøåÆØÅÞþðÐŁłĐđŒœŊŋıŠšŽžŸÿ") | {chr(c) for c in range(0xC0, 0x100) if c not in (0xD7, 0xF7)}
_ACCENTS = {
    "\u0300": "`", "\u0301": "'", "\u0302": "^", "\u0303": "~", "\u0308": '"', "\u030a": "r", "\u030c": "v",
    "\u0327": "c", "\u0328": "k", "\u0304": "=", "\u0306": "u", "\u0307": ".", "\u030b": "H", "\u0323": "d",
    "\u0331": "b",
}  # fmt: skip
_MARKS = {"\u0304": r"\bar", "\u0302": r"\hat", "\u0303": r"\tilde", "\u20d7": r"\vec", "\u0307": r"\dot"}
_LETTERS = (
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu", "xi",
    "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega", "Gamma", "Delta", "Theta", "Lambda", "Xi",
    "Pi", "Sigma", "Phi", "Psi", "Omega", "phi",
)  # fmt: skip
_SIGNS = {
    "ȳ": r"\bar{y}", "ū": r"\bar{u}", "ē": r"\bar{e}", "ā": r"\bar{a}", "ō": r"\bar{o}", "ī": r"\bar{\imath}",
    "Ȳ": r"\bar{Y}", "Ā": r"\bar{A}", "ŷ": r"\hat{y}", "⊘": r"\oslash", "∂": r"\partial", "√": r"\surd",
    "∑": r"\sum", "∏": r"\prod", "ᵀ": r"^{\top}", "𝟏": r"\mathbf{1}", "𝟎": r"\mathbf{0}", "≠": r"\ne",
    "≈": r"\approx", "≔": r":=", "∈": r"\in", "ℕ": r"\mathbb{N}", "⌊": r"\lfloor ", "⌋": r"\rfloor ",
    "⌈": r"\lceil ", "⌉": r"\rceil ", "‖": r"\|", "⁻": "^{-}", "↦": r"\mapsto", "÷": r"\div", "±": r"\pm",
    "∝": r"\propto", "∼": r"\sim", "≡": r"\equiv", "∇": r"\nabla", "¬": r"\neg", "°": r"^{\circ}", "∘": r"\circ",
    "′": "'", "⊤": r"\top", "⇒": r"\Rightarrow", "←": r"\leftarrow", "✓": r"\checkmark", "✗": r"\times",
}  # fmt: skip
_SIGNS |= {c: rf"\{name}" for c, name in zip("αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΦΨΩϕ", _LETTERS, strict=True)}
