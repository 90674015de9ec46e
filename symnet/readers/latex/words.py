r"""The vocabulary: every spelling that the LaTeX reader knows, as tables. A new spelling is a new entry, nowhere else.

SIGNS        what stands between the two sides of a relation          ACCENTS, FACES    \bar{V}, \mathbf{W}
FUNCTIONS    names that are applied to an argument                    TRANSPOSES        what ^ may carry beside a power
"""

from sympy.printing.latex import greek_letters_set

SIGNS = {
    "=": "=",
    "==": "=",
    r"\equiv": "=",
    ":=": ":=",
    r"\coloneqq": ":=",
    r"\triangleq": ":=",
    r"\leftarrow": ":=",
    r"\gets": ":=",
    r"\le": "<=",
    r"\leq": "<=",
    r"\leqslant": "<=",
    r"\ge": ">=",
    r"\geq": ">=",
    r"\geqslant": ">=",
    r"\rightarrow": ":=",
    ">=": ">=",
    "<=": "<=",
    "<": "<",
    r"\lt": "<",
    ">": ">",
    r"\gt": ">",
    r"\ne": "!=",
    r"\neq": "!=",
    r"\approx": "≈",
    r"\simeq": "≈",
    r"\in": "in",
}

ACCENTS = {
    r"\bar": "bar",
    r"\overline": "bar",
    r"\hat": "hat",
    r"\widehat": "hat",
    r"\tilde": "tilde",
    r"\widetilde": "tilde",
    r"\vec": "vec",
    r"\dot": "dot",
}
BOLD = {r"\mathbf", r"\boldsymbol", r"\bm", r"\pmb", r"\symbf", r"\bold"}
UPRIGHT = {
    r"\mathrm",
    r"\operatorname",
    r"\operatorname*",
    r"\text",
    r"\textrm",
    r"\mathit",
    r"\textit",
    r"\mathsf",
    r"\textsf",
    r"\textbf",
    r"\mathtt",
    r"\texttt",
    r"\mbox",
}
FANCY = {r"\mathcal": "cal", r"\mathscr": "cal", r"\mathbb": "bb", r"\mathfrak": "frak"}
CAPITALS = ["Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Upsilon", "Phi", "Psi", "Omega"]
GREEK = {rf"\{name}" for name in {*greek_letters_set, *CAPITALS, "varphi", "varepsilon", "vartheta", "ell", "varsigma"}}
LETTERLIKE = {
    "ϕ": r"\phi",
    "φ": r"\phi",
    "σ": r"\sigma",
    "η": r"\eta",
    "δ": r"\delta",
    "α": r"\alpha",
    "β": r"\beta",
    "λ": r"\lambda",
    "θ": r"\theta",
    "ℒ": r"\mathcal{L}",
}

SPACES = {
    r"\,",
    r"\;",
    r"\:",
    r"\!",
    r"\ ",
    "~",
    r"\quad",
    r"\qquad",
    r"\thinspace",
    r"\medspace",
    r"\displaystyle",
    r"\textstyle",
    r"\limits",
    r"\nolimits",
    r"\nonumber",
    r"\notag",
    r"\mathstrut",
    r"\allowbreak",
    r"\hfill",
    r"\hline",
    r"\toprule",
    r"\midrule",
    r"\bottomrule",
    r"\strut",
    r"\normalsize",
}
WIDE = {r"\quad", r"\qquad", r"\hfill"}  # a gap between a formula and its number, or between two formulas
SIZES = {rf"\{size}{side}" for size in ("big", "Big", "bigg", "Bigg") for side in ("", "l", "r", "m")}
IGNORED_WITH_ARGUMENT = {
    *(r"\label", r"\tag", r"\tag*", r"\hspace", r"\vspace", r"\phantom", r"\hphantom", r"\vphantom"),
    *(r"\color", r"\textcolor"),  # the colour; what it colours stands after it
}
TRANSPARENT = {r"\displaystyle", r"\boxed", r"\mathstrut", r"\smash", r"\ensuremath"}
LABELLED = {r"\underbrace": "_", r"\overbrace": "^"}  # and what hangs on the brace is words about it
MARKED = {r"\underset", r"\overset", r"\stackrel"}  # words about what follows them, a sign or a formula

BRACKETS = {
    "(": ")",
    "[": "]",
    "{": "}",
    r"\{": r"\}",
    r"\lbrace": r"\rbrace",
    r"\lvert": r"\rvert",
    r"\lVert": r"\rVert",
    r"\lfloor": r"\rfloor",
    r"\lceil": r"\rceil",
    r"\langle": r"\rangle",
    r"\lbrack": r"\rbrack",
}
PLAIN = {r"\lbrace": r"\{", r"\lbrack": "["}
BARS = {"|": "abs", r"\vert": "abs", r"\|": "norm", r"\Vert": "norm"}
FENCED = {r"\lvert": "abs", r"\lVert": "norm", r"\lfloor": "floor", r"\lceil": "ceil"}

TIMES = {r"\times", "*", r"\ast", "×"}
DOTS = {r"\cdot", r"\bullet", "·"}
HADAMARD = {
    r"\odot": "hadamard",
    r"\circ": "hadamard",
    "⊙": "hadamard",
    "∘": "hadamard",
    r"\oslash": "oslash",
    r"\div": "quotient",
}
DOTTED = {r"\dots", r"\ldots", r"\cdots", r"\vdots", r"\ddots", r"\dotsc", r"\dotsb"}

TRANSPOSES = {"T", r"\top", r"\intercal", r"\tran", r"\transp"}
ONE_FACES = {"bf", "bb"}
LOSSES = {"L", r"\mathcal{L}", "ℒ", "E", "J", "C", r"\ell", r"\mathcal{E}", r"\mathcal{J}", "loss", "Loss"}

# spelling -> the function's name; with a backslash, or upright: \tanh, \operatorname{ReLU}, \mathrm{softmax}
FUNCTIONS = {
    name: name
    for name in [
        "exp",
        "log",
        "tanh",
        "sin",
        "cos",
        "tan",
        "sinh",
        "cosh",
        "arctan",
        "erf",
        "abs",
        "sign",
        "relu",
        "sigmoid",
        "softplus",
        "silu",
        "gelu",
        "softmax",
        "logsumexp",
        "log1p",
        "det",
        "tr",
        "diag",
        "Diag",
        "vec",
        "sort",
    ]
} | {
    "ReLU": "relu",
    "Relu": "relu",
    "RELU": "relu",
    "ln": "log",
    "Tr": "tr",
    "trace": "tr",
    "Trace": "tr",
    "sgn": "sign",
    "sigm": "sigmoid",
    "logistic": "sigmoid",
    "Softmax": "softmax",
    "SoftMax": "softmax",
    "Sigmoid": "sigmoid",
    "Tanh": "tanh",
    "smax": "softmax",
    "Det": "det",
    "atan": "arctan",
    "swish": "silu",
    "logsoftmax": "log_softmax",
    "log softmax": "log_softmax",
    "LSE": "logsumexp",
    "log_softmax": "log_softmax",
}
# words of the model language that are no functions of one number: each as it is printed
FUNCTIONS |= {word: word for word in ("reshape", "onehot", "scatter", "causal", "stop", "place", "windows", "fold",
                                      "standardize", "rmsnorm", "dev", "rms", "ismax", "max", "min")}  # fmt: skip
FUNCTIONS |= {"sg": "stop", "log_2": "log2", "geluTanh": "gelu_tanh", "logsigmoid": "log_sigmoid",
              "expm1": "expm1", "softsign": "softsign", "mish": "mish"}  # fmt: skip
# what may stand below a function: which lines of a matrix it takes; "" is what it means without
LINES = {
    **{name: {"": "", "rows": "", "columns": "_columns"} for name in ("softmax", "log_softmax", "logsumexp")},
    **{name: {"": "", "rows": "", "columns": "_columns", "all": "_all"}
       for name in ("standardize", "rmsnorm", "dev", "rms")},
    **{name: {"": "", "rows": "_rows", "columns": "_columns"} for name in ("max", "min", "ismax")},
}  # fmt: skip


def function(name: str, below: tuple[str, ...]) -> str:
    """The function that is spelled so, with what stands below it; "" where there is none."""
    word = FUNCTIONS.get("_".join((name, *below)))
    if word is None and (word := FUNCTIONS.get(name)) is not None:
        lines = LINES.get(word, {"": ""}).get("".join(below))
        word = None if lines is None else word + lines
    return word or ""


# names that are a function when an argument in brackets follows and nothing else was declared
USUAL_FUNCTIONS = {r"\phi": "phi", r"\varphi": "varphi", r"\psi": "psi", r"\sigma": "sigma", "f": "f", "g": "g"}
EXPECTATIONS = {"E", "P", "Pr", "Var", "Cov"}
EXTREMA = {r"\max": "max", r"\min": "min"}
EXTREMA_WORDS = {"max": "max", "min": "min", "maximum": "max", "minimum": "min"}
BIG = {r"\sum": "bigsum", r"\prod": "bigprod"}
ONE_ARGUMENT = {"det", "tr", "exp", "log", "tanh", "sin", "cos", "tan", "sinh", "cosh", "arctan", "sort"}

MATRICES = {
    "matrix",
    "pmatrix",
    "bmatrix",
    "Bmatrix",
    "vmatrix",
    "Vmatrix",
    "smallmatrix",
    "array",
    "psmallmatrix",
    "bsmallmatrix",
}
CASES = {"cases", "dcases", "rcases", "cases*", "dcases*"}
ROWS = {
    "align",
    "aligned",
    "alignat",
    "gather",
    "gathered",
    "split",
    "eqnarray",
    "multline",
    "equation",
    "displaymath",
    "math",
    "flalign",
    "alignedat",
    "subequations",
}
WITH_ARGUMENT = {"array", "alignat", "alignedat", "tabular"}  # \begin{array}{cc}
MAPS = {r"\rightarrow"}
BOTH_WAYS = {r"\iff", r"\Leftrightarrow", r"\Longleftrightarrow"}
ARROWS = {r"\Rightarrow", r"\implies", r"\Longrightarrow", *MAPS, r"\to", r"\longrightarrow", *BOTH_WAYS}
GIVING = {"if", "for", "when", "where", "with", "because", "since", "provided that"}
WHEN = {"if", "for", "when", "where", "and", ""}
BETWEEN = WHEN | {"with", "so", "hence", "thus", "therefore", "then", "because", "since", "provided that"}
OTHERWISE = {"otherwise", "else", "elsewhere", "otherwise.", "else."}
INDICES = set("abcdeijklmnpqrstuv")
