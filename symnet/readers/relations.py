r"""Relation signs as people type them: whether a formula claims anything is asked here, whatever the reader can read.

SIGN      any sign that stands between two sides           UNICODE    ≤ for \le, ℕ for \mathbb{N}, ＝ for =
"""

import re

from symnet.readers.documents.macros import Macro

_COMMANDS = (
    "le|leq|leqq|leqslant|ge|geq|geqq|geqslant|ne|neq|approx|approxeq|simeq|sim|cong|equiv|propto|varpropto|in|notin|ni|"
    "subset|subseteq|subsetneq|supset|supseteq|coloneqq|coloneq|eqqcolon|triangleq|doteq|doteqdot|eqcirc|circeq|asymp|"
    "ll|gg|lll|ggg|lt|gt|nleq|ngeq|nless|ngtr|lesssim|gtrsim|lessgtr|leftarrow|gets|stackrel|overset|prec|preceq|succ|"
    "succeq|models|vdash|eq"
)
SIGN = re.compile(
    rf"[=<>]|\\(?:{_COMMANDS})(?![A-Za-z])"
    "|[\u2208-\u220d\u221d\u2237-\u223f\u2243-\u228b\u228f-\u2292\u22a2-\u22a9\u22d6-\u22e1\u2190\u2a74-\u2aa2\uff1c-\uff1e]"
)

UNICODE = {
    "≤": Macro(r"\le"), "≦": Macro(r"\le"), "⩽": Macro(r"\le"), "≥": Macro(r"\ge"), "≧": Macro(r"\ge"),
    "⩾": Macro(r"\ge"), "≠": Macro(r"\ne"), "≈": Macro(r"\approx"), "≃": Macro(r"\simeq"), "≡": Macro(r"\equiv"),
    "∈": Macro(r"\in"), "∉": Macro(r"\notin"), "∝": Macro(r"\propto"), "∼": Macro(r"\sim"), "≔": Macro(r"\coloneqq"),
    "≅": Macro(r"\cong"), "←": Macro(r"\leftarrow"), "→": Macro(r"\rightarrow"), "⇒": Macro(r"\Rightarrow"),
    "⟹": Macro(r"\implies"), "⇔": Macro(r"\iff"), "ℕ": Macro(r"\mathbb{N}"), "ℝ": Macro(r"\mathbb{R}"),
    "ℤ": Macro(r"\mathbb{Z}"), "∂": Macro(r"\partial"), "∇": Macro(r"\nabla"), "∑": Macro(r"\sum"),
    "∏": Macro(r"\prod"), "⊤": Macro(r"\top"), "⌊": Macro(r"\lfloor"), "⌋": Macro(r"\rfloor"),
    "⌈": Macro(r"\lceil"), "⌉": Macro(r"\rceil"),
}  # fmt: skip
UNICODE |= {chr(c + 0xFEE0): Macro(chr(c)) for c in range(0x21, 0x7F) if chr(c) not in "\\{}%$#&~"}  # full width
