"""The fewest hidden units of one hidden layer that computes a function: a theorem, a search, a network, a proof.

    f(x) = A x + a + Σ_i u_i |h_i(x)|,  i = 1 ... k      fewest = k + min over S, σ of |S| + 2 rank(R restricted to K)
    R = A − Σ_{i∉S} σ_i u_i g_iᵀ,                        K = {x : ⟨g_i, x⟩ = 0 for i ∈ S}

S ⊆ {1 ... k} are the hyperplanes that get two units, σ_i = ±1 the side on which another one's single unit is active.
Here the parts meet: `canonical` finds the form, `width_search` S and σ, `width_network` the weights, `width_reasons`
tells why no network has fewer units, and `prove` shows that this one computes the function.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from symnet.derivation import Check, Derivation
from symnet.relu.budget import UNLIMITED, Budget, Progress, budget
from symnet.relu.circuits import Circuit
from symnet.relu.geometry.rationals import primitive, rank
from symnet.relu.network import ReluNetwork
from symnet.relu.proof.kinks import relu_form
from symnet.relu.proof.prove import Proof, proved
from symnet.relu.width.canonical import CanonicalForm, canonical_form, read_circuit
from symnet.relu.width.network import network_of
from symnet.relu.width.reasons import width_derivation
from symnet.relu.width.search import Choice, best_choice, best_undoubled, bounds, residual


@dataclass(frozen=True)
class Width:
    """The fewest hidden units, the network that has them, and why there are not fewer."""

    form: CanonicalForm
    choice: Choice
    network: ReluNetwork
    proof: Proof
    limit: Budget = field(default=UNLIMITED, compare=False, repr=False)
    """The seconds for what is asked for afterwards."""

    @property
    def units(self) -> int:
        return self.choice.units

    @cached_property
    def undoubled(self) -> Choice | None:
        """The best choice with one unit on each hyperplane of the form: S is empty. None if there are too many."""
        return best_undoubled(self.form, self.limit.begun()) if self.choice.doubled else self.choice

    @cached_property
    def derivation(self) -> Derivation:
        """The theorem step by step, and what it says here."""
        return width_derivation(self.form, self.choice, self.undoubled, self.network).with_checks(
            [
                Check(
                    "the network with the fewest units computes the function",
                    "exact",
                    self.proof.holds,
                    {"method": self.proof.method, "hidden units": self.units},
                )
            ]
        )

    def check(self, device: str = "auto") -> tuple[Check, ...]:
        """The checks on the derivation, and the independent one of the proof."""
        return (*self.derivation.checks, *self.proof.check(device))

    def latex(self) -> str:
        return self.derivation.latex()

    def to_json(self) -> dict[str, Any]:
        return self.derivation.to_json() | {"units": self.units, "network": self.network.to_json()}

    def _repr_latex_(self) -> str:
        return self.derivation._repr_latex_()

    def _repr_html_(self) -> str:
        return self.derivation._repr_html_()


def minimal_width(target: Any, *, timeout: float | None = None, progress: Progress | None = None) -> Width:
    """The fewest hidden units of one hidden layer that computes ``target``, with weights from ℝ or ℚ alike.

    target   a ReluNetwork of any depth, or a list of SymPy expressions in x_1, x_2, ... (as in `prove`)

    OutOfBudget where it takes more than ``timeout`` seconds; ``progress`` as in `prove`.
    InvalidInput where no single hidden layer can, with a point at which a kink ends. No connections skip the layer.

    >>> from symnet.relu.sorting.comparators import two_input_sorter
    >>> minimal_width(two_input_sorter()).units
    4
    """
    limit = budget(None, timeout, progress)
    form = canonical_form(target, limit)
    choice = _given(form, read_circuit(target)) or best_choice(form, limit)
    network = network_of(form, choice)
    proof = proved(network, target, None, limit)
    assert proof.holds, "the canonical form is not the target"
    return Width(form, choice, network, proof, limit)


def _given(form: CanonicalForm, circuit: Circuit) -> Choice | None:
    """The target's own signs with S empty, if nothing can cost less: so a network without waste is answered at once."""
    if max(circuit.depths, default=0) > 1:
        return None
    own = {}
    for unit in circuit.units:
        _, h, _ = relu_form(unit, circuit.inputs)
        own[h] = 1 if h == primitive(unit.row(circuit.inputs + 1))[0] else -1
    signs = tuple(own[kink.h] for kink in form.kinks)
    extra = rank(residual(form, signs))
    return Choice((), signs, extra) if 2 * extra == bounds(form)[0] else None
