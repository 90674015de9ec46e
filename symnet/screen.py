"""What a terminal may be sent: no control character of anybody's text, and only signs that its encoding has.

A claim, a name or a file's title may hold escape sequences, which a terminal obeys: they can hide a mark or rewrite
the line above. They are shown, never sent: ``visible`` writes ESC as ``\\x1b``. A terminal or pipe that cannot show a
sign gets its ASCII spelling (``x̄₁`` is ``x_bar_1``), never a traceback.
"""

import codecs
import sys
import unicodedata

KEPT = "\n\t"


def visible(text: str) -> str:
    """The text with control, formatting and surrogate characters written out, as in ``\\x1b``; newlines and tabs stay.

    Formatting characters are those that turn or hide what stands beside them (U+202E writes from right to left).

    >>> print(visible("right\\x1b[2K wrong"))
    right\\x1b[2K wrong
    """
    if text.isprintable():
        return text
    return "".join(c if c in KEPT or unicodedata.category(c) not in ("Cc", "Cf", "Cs") else _written(c) for c in text)


def _written(character: str) -> str:
    return (
        character.encode("ascii", "backslashreplace").decode() if ord(character) > 0x7F else f"\\x{ord(character):02x}"
    )


# Signs whose ASCII spelling does not follow from their Unicode name or decomposition.
SPELLINGS = {
    "≤": "<=", "≥": ">=", "≠": "!=", "≈": "~=", "≔": ":=", "→": "->", "⟶": "->", "⇒": "=>", "←": "<-", "×": "x",
    "÷": "/", "·": "*", "⋅": "*", "⊙": ".*", "⊗": "(x)", "−": "-", "–": "-", "—": "-", "±": "+-", "∓": "-+",
    "√": "sqrt", "∑": "sum", "∏": "prod", "∫": "int", "∂": "d", "∇": "grad ", "∞": "inf", "∈": " in ", "∝": "~",
    "∼": "~", "∀": "for all ", "∃": "exists ", "∧": "and", "∨": "or", "¬": "not ", "∅": "{}", "⊤": "T",
    "∘": " o ", "𝟙": "1", "⟨": "<", "⟩": ">", "⌊": "floor(", "⌋": ")", "⌈": "ceil(", "⌉": ")", "‖": "||",
    "∥": "||", "′": "'", "…": "...", "⋯": "...", "“": '"', "”": '"', "‘": "'", "’": "'", "«": "<<", "»": ">>",
    "✓": "v", "✗": "x", "•": "*", "°": " deg", "\u0304": "_bar", "\u0305": "_bar", "\u0302": "_hat",
    "\u0303": "_tilde", "\u0307": "_dot", "\u0300": "", "\u0301": "", "\u0308": "", "\u030a": "", "\u0327": "",
    "\u0328": "", "\u031b": "", "\u0323": "", "\u0309": "", "\u0306": "", "\u030c": "", "Ł": "L", "ł": "l",
    "Ø": "O", "ø": "o", "ß": "ss", "Æ": "AE", "æ": "ae", "Đ": "D", "đ": "d", "ı": "i",
}  # fmt: skip
RAISED = {"<super>": "^", "<sub>": "_"}


def ascii_spelling(character: str) -> str:
    """How one character is written in ASCII: ``≤`` as ``<=``, ``ᵀ`` as ``^T``, ``φ`` as ``phi``; else as ``\\u674e``.

    >>> "".join(map(ascii_spelling, "x̄₁ ≤ φ(Wᵀ)"))
    'x_bar_1 <= phi(W^T)'
    """
    if character.isascii():
        return character
    if character in SPELLINGS:
        return SPELLINGS[character]
    kind, _, rest = unicodedata.decomposition(character).rpartition(">")
    if parts := "".join(chr(int(code, 16)) for code in rest.split()):
        return RAISED.get(f"{kind}>", "") + "".join(map(ascii_spelling, parts))
    name = unicodedata.name(character, "").split()
    if name[:1] == ["GREEK"] and "LETTER" in name:
        return name[-1].lower() if "SMALL" in name else name[-1].capitalize()
    if name[:2] == ["BOX", "DRAWINGS"]:
        return "-" if name[-1] == "HORIZONTAL" else "|" if name[-1] == "VERTICAL" else "+"
    return character.encode("ascii", "backslashreplace").decode()


def _spell(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(ascii_spelling, error.object[error.start : error.end])), error.end


codecs.register_error("symnet.ascii", _spell)


def spell_what_cannot_be_shown() -> None:
    """From now on stdout and stderr spell in ASCII what their encoding lacks."""
    for stream in (sys.stdout, sys.stderr):
        if (change := getattr(stream, "reconfigure", None)) is not None:
            change(errors="symnet.ascii")
