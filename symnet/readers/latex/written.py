r"""Names and words as they are written: \bar{W}_{1}, \delta^{(l)}, \operatorname{softmax}_{\mathrm{columns}}."""

import re

from symnet import notation
from symnet.notation import Medium


def written_name(name: str, medium: Medium) -> str:
    r"""A name as mathematics: accents, the identifier, what stands below it, and a layer in brackets above."""
    if accent := re.fullmatch(r"\\(bar|hat|tilde|vec|dot|mathbf)\{(.*)\}", name):
        return _accented(accent[1], accent[2], medium)
    base, _, layer = name.partition("^(")
    if fancy := re.fullmatch(r"\\(mathcal|mathbb)\{(\w+)\}(?:_(.*))?", base):
        inside = rf"\{fancy[1]}{{{fancy[2]}}}" if medium == "latex" else fancy[2]
        inside = _with_below(inside, fancy[3], medium) if fancy[3] else inside
    else:
        word, _, below = base.partition("_")
        plain = not below or re.fullmatch(r"\w+", below)  # W_{n-1} would be taken apart
        inside = (
            notation.identifier(base, medium)
            if plain
            else _with_below(notation.identifier(word, medium), below, medium)
        )
    if not layer:
        return inside
    return f"{inside}^{{({layer}}}" if medium == "latex" else f"{inside}^({layer}"  # ``layer`` ends in its bracket


def _with_below(inside: str, below: str, medium: Medium) -> str:
    if medium == "text":
        return f"{inside}_{below}" if below.isalnum() else f"{inside}_({below})"
    parts = (rf"\mathrm{{{part}}}" if _is_word(part) else part for part in below.split(","))
    return f"{inside}_{{{','.join(parts)}}}"


def _is_word(below: str) -> bool:
    """out, or layer1.0.conv1: more than one letter, and no product or sum of indices."""
    return len(below) > 1 and (below.isalpha() or re.fullmatch(r"[A-Za-z]\w*([.-]\w+)+", below) is not None)


def _accented(accent: str, inside: str, medium: Medium) -> str:
    letter = written_name(inside, medium)
    if medium == "latex":
        return rf"\{accent}{{{letter}}}"
    return letter[0] + _MARKS.get(accent, "") + letter[1:]


_MARKS = {"bar": "\u0304", "hat": "\u0302", "tilde": "\u0303", "vec": "\u20d7", "dot": "\u0307"}


# ---------------------------------------------------------------------- words
_WORDS = {
    word: rf"\operatorname{{{word}}}"
    for word in ("det", "tr", "diag", "Diag", "vec", "softmax", "logsumexp", "reshape", "onehot", "scatter", "causal",
                 "stop", "windows", "fold", "standardize", "rmsnorm", "dev", "rms", "ismax", "expm1")
} | {"log_softmax": r"\operatorname{logsoftmax}", "max": r"\max", "min": r"\min", "log2": r"\log_{2}",
     "gelu_tanh": r"\operatorname{geluTanh}", "log_sigmoid": r"\operatorname{logsigmoid}"}  # fmt: skip


def function_name(name: str, medium: Medium) -> tuple[str, str]:
    """A function's name, with the lines of a matrix that it takes below it; and its primes."""
    base, primes = name.rstrip("'"), "'" * name.count("'")
    word, lines = base, ""
    if (split := re.fullmatch(r"(.*)_(rows|columns|all)", base)) and split[1] in _WORDS:
        word, lines = split[1], split[2]
    if word in _WORDS:
        word = _WORDS[word] if medium == "latex" else word
        word += (rf"_{{\mathrm{{{lines}}}}}" if medium == "latex" else f"_{lines}") if lines else ""
    else:
        word = written_name({"sigmoid": r"sigma"}.get(base, base) if medium == "text" else base, medium)
    return word, primes
