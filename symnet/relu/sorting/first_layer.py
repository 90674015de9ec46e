"""A lower bound on the first hidden layer of any network that sorts, whatever its depth."""

import sympy as sp

from symnet.derivation import Check, Derivation, Relation, Step
from symnet.errors import InvalidInput
from symnet.notation import sentence
from symnet.relu.sorting.comparators import sorter
from symnet.relu.width.reasons import Formula

N, rows_above, rows_below = sp.symbols("N n_+ n_-", real=True)
SIZE_ABOVE = Formula(r"|\{i : \langle w_i, v \rangle > 0\}|", "|{i : ⟨wᵢ, v⟩ > 0}|")
SIZE_BELOW = Formula(r"|\{i : \langle w_i, v \rangle < 0\}|", "|{i : ⟨wᵢ, v⟩ < 0}|")
KERNEL = Formula(r"\bigcap_{\langle w_i, v \rangle > 0} \ker w_i", "⋂ ker wᵢ over ⟨wᵢ, v⟩ > 0")
NOTHING = Formula(r"\{0\}", "{0}")
DIRECTION = Formula(r"\langle w_i, v \rangle", "⟨wᵢ, v⟩")
DERIVATIVE = Formula("D f(t v)", "D f(t v)")
PERMUTATIONS = Formula(r"\{\text{permutation matrices}\}", "{permutation matrices}")


def first_layer_bound(n: int) -> Derivation:
    """Any ReLU network that sorts n numbers has at least 2 n units in its first hidden layer; the bound is attained.

    The network may have any depth and any weights, but no connection that skips the first layer: with one,
    max(x_1, x_2) = x_1 + relu(x_2 − x_1) takes a single unit.
    """
    if not isinstance(n, int) or n < 2:
        raise InvalidInput(f"first_layer_bound: sorting starts with 2 numbers; got n = {n!r}.")
    return Derivation(
        title=f"Sorting {n} numbers takes at least {2 * n} units in the first hidden layer",
        statement=(Relation(N, ">=", Relation(sp.Integer(2) * sp.Symbol("n"), "=", sp.Integer(2 * n))),),
        steps=_steps(n),
        checks=(_attained(n),),
    )


def _steps(n: int) -> tuple[Step, ...]:
    whole = sp.Integer(n)
    return (
        Step(
            Relation(DIRECTION, "!=", sp.Integer(0)),
            sentence(
                "Let `wᵢ` be the rows of the first layer's weights, `N` in number; zero rows are constant units and may"
                " be left out. Choose `v` with distinct coordinates that lies on none of the hyperplanes `⟨wᵢ, v⟩ = 0`:"
                " finitely many hyperplanes do not fill space."
            ),
            rule="direction",
        ),
        Step(
            Relation(rows_above, ":=", SIZE_ABOVE),
            sentence(
                "At `t v`, for large `t`, the biases no longer matter: near this point exactly the units with"
                " `⟨wᵢ, v⟩ > 0` are active, and the first layer's output depends on `x` through their values `⟨wᵢ, x⟩`"
                " alone."
            ),
            rule="far out",
        ),
        Step(
            Relation(DERIVATIVE, "in", PERMUTATIONS),
            sentence(
                "The coordinates of `t v` are distinct, so near it sorting is one permutation of the coordinates, and"
                " no direction is lost."
            ),
            rule="sorting",
        ),
        Step(
            Relation(KERNEL, "=", NOTHING),
            sentence(
                "A direction in the kernel of all active rows does not change the first layer's output near `t v`, and"
                " so not the network's. But every direction changes the sorted outputs."
            ),
            rule="kernel",
        ),
        Step(
            Relation(rows_above, ">=", whole),
            f"Fewer than {n} rows have a common kernel in {n} dimensions.",
            rule="rank",
        ),
        Step(
            Relation(Relation(rows_below, ":=", SIZE_BELOW), ">=", whole),
            sentence(
                "The same at `−t v`: the coordinates of `−v` are distinct too, and there exactly the other units are"
                " active."
            ),
            rule="opposite",
        ),
        Step(
            Relation(N, ">=", Relation(rows_above + rows_below, ">=", sp.Integer(2 * n))),
            "No unit is counted twice.",
            rule="sum",
        ),
    )


def _attained(n: int) -> Check:
    """The four-unit gadget gives 2 n units in each layer."""
    width = sorter(n, "four").widths[1]
    return Check("the bound is attained by sorter(n, 'four')", "exact", width == 2 * n, {"n": n, "first layer": width})
