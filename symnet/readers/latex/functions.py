r"""Words of LaTeX models that are more than functions of one number: softmax, standardize, max of rows, reshape, det.

FUNCTIONS    for each word of the reader a rule, (term, model) to a value
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Protocol, TypeAlias

import sympy as sp

from symnet.adjoints.graph import Node
from symnet.errors import InvalidInput, NotSupported
from symnet.readers.latex.as_sympy import sympy_of
from symnet.readers.latex.term import Term
from symnet.readers.latex.value import Value, called, same_place, say
from symnet.sizes import ASSUMED


class Context(Protocol):
    """What a rule asks of the model around: the sizes by their letters, and what a formula is there."""

    @property
    def sizes(self) -> Mapping[str, Node]: ...

    def of(self, t: Term) -> Value: ...


Rule: TypeAlias = Callable[[Term, Context], Value]


def exact(t: Term) -> Any:
    """A number or a formula in sizes, exactly."""
    return sympy_of(t, **ASSUMED)


def source(t: Term) -> str:
    """The same as an argument in the language."""
    return str(exact(t))


def _line(template: str, *, columns: str = "", keeps: bool = True) -> Rule:
    """A word that takes a vector, or the rows of a matrix; ``columns`` is the template for its columns."""

    def rule(t: Term, model: Context) -> Value:
        v = model.of(t.args[0])
        down = t.name.endswith("_columns")
        if v.loose or v.constant or v.rank == 0 or (down and v.rank != 2):
            raise InvalidInput(f"{t} takes a vector or a matrix")
        made = say(columns if down and columns else template, v)
        return replace(made, turned=v.turned and keeps and made.rank == 1)

    return rule


def _normalised(template: str, *, keeps: bool = True) -> Rule:
    """A normalisation, with ε as its second argument."""

    def rule(t: Term, model: Context) -> Value:
        inside, *second = t.args
        eps = float(exact(second[0])) if second else 0.0
        rank = (v := model.of(inside)).rank
        if t.name == "dev" and rank == 1 and not eps:
            return say("std({})", v)
        if t.name.endswith("_all") and rank == 2:
            raise NotSupported(f"{t}: a normalisation over both axes; flatten the matrix first")
        axis = "" if rank == 1 else f", axis={int(not t.name.endswith('_columns'))}"
        down = keeps and t.name.endswith("_columns")
        written = template.replace("EPS", repr(eps)).replace("AXIS", axis)
        return _line(written.replace("{}", "{}.T") + ".T" if down else written, keeps=keeps)(t, model)

    return rule


def _largest(word: str) -> Rule:
    def rule(t: Term, model: Context) -> Value:
        axis = {"rows": ", axis=1", "columns": ", axis=0"}.get(t.name.partition("_")[2], "")
        v = model.of(t.args[0])
        if v.rank == 2 and not axis:
            raise InvalidInput(f"{t}: of what? write \\{word}_{{\\mathrm{{rows}}}} or \\{word}_{{\\mathrm{{columns}}}}")
        return _line(f"{word}({{}}{axis})", keeps=False)(t, model)

    return rule


def _sized(template: str, start: int = 1) -> Rule:
    """A word whose last arguments are sizes."""

    def rule(t: Term, model: Context) -> Value:
        sizes = ", ".join(map(source, t.args[start:]))
        return say(template.replace("SIZES", sizes), *map(model.of, t.args[:start]), sizes=dict(model.sizes))

    return rule


def _folded(t: Term, model: Context) -> Value:
    windows, length, *rest = t.args
    stride = source(rest[0]) if rest else "1"
    made = say(f"overlap_add({{}}, stride={stride})", model.of(windows))
    if len(rest) > 1 or sp.simplify(made.node.shape[0] - exact(length)) != 0:
        raise NotSupported(f"{t}: windows that do not fill it, or padding")
    return made


def _logarithm(t: Term, model: Context) -> Value:
    (inside,) = t.args
    if inside.op == "apply" and inside.name == "det":
        return say("logdet({})", model.of(inside.args[0]))
    return called("log", model.of(inside), ())


def _diag(t: Term, model: Context) -> Value:
    return say("diag({})", model.of(t.args[0]))


FUNCTIONS: Mapping[str, Rule] = {
    "log": _logarithm, "diag": _diag, "Diag": _diag,
    "det": lambda t, model: say("det({})", model.of(t.args[0])),
    "tr": lambda t, model: say("trace({})", model.of(t.args[0])),
    **{name + lines: _line(f"{name}({{}}, axis=-1)", columns=f"{name}({{}}, axis=0)", keeps=name != "logsumexp")
       for name in ("softmax", "log_softmax", "logsumexp") for lines in ("", "_columns")},
    **{"standardize" + lines: _normalised("layer_norm({}, eps=EPS)") for lines in ("", "_columns", "_all")},
    **{"rmsnorm" + lines: _normalised("rms_norm({}, eps=EPS)") for lines in ("", "_columns", "_all")},
    **{"dev" + lines: _normalised("sqrt(var({}AXIS) + EPS)", keeps=False) for lines in ("", "_columns", "_all")},
    **{"rms" + lines: _normalised("sqrt(mean({} ** 2AXIS) + EPS)", keeps=False) for lines in ("", "_columns", "_all")},
    **{word + lines: _largest(word) for word in ("max", "min") for lines in ("", "_rows", "_columns")},
    "reshape": _sized("reshape({}, (SIZES,))"), "onehot": _sized("one_hot({}, SIZES)"),
    "scatter": _sized("scatter_add({}, {}, SIZES)", 2), "causal": _sized("causal_mask(SIZES)", 0),
    "stop": lambda t, model: same_place(model.of(t.args[0]), lambda v: say("stop_gradient({})", v)), "fold": _folded,
}  # fmt: skip
