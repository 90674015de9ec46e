"""einsum: everything linear in each of its arguments, for tensors of any number of axes.

spec    "bij,bjk->bik": a letter for each axis of each argument; letters that the result lacks are summed over
G       adjoint of the value

One rule covers matrix, inner, outer and batched products: the pullback to an argument swaps its letters with those of
the result (Laue, Mitterreiter and Giesen 2018, theorem 3). What has a matrix spelling becomes that on construction.
"""

import re
import string
from collections.abc import Sequence
from typing import Any

import numpy as np
import sympy as sp

from symnet.adjoints import simplify
from symnet.adjoints.batch import Batch
from symnet.adjoints.graph import Node, Shape, apply, identity, names_in, ones, shape_text
from symnet.adjoints.operators.arithmetic import Spelled
from symnet.adjoints.operators.products import einsum
from symnet.adjoints.record import Make, Operator, Word, register
from symnet.errors import InvalidInput, NotSupported
from symnet.notation import ATOM, POWER, PRODUCT, Form

LETTERS = "ijklmnpqrstuvwabcdefghoxyz" + string.ascii_uppercase


def letters_of(spec: str) -> tuple[list[str], str]:
    """The letters of each argument, and of the result."""
    left, _, right = spec.partition("->")
    return left.split(","), right


def _sizes(spec: str, args: Sequence[Node]) -> dict[str, Any]:
    """Which size each letter stands for; `InvalidInput` where a letter stands for two."""
    wanted, result = letters_of(spec)
    if len(wanted) != len(args) or "->" not in spec or len(set(result)) < len(result) or not spec.isascii():
        raise InvalidInput(f"einsum('{spec}') needs letters for each of its {len(args)} arguments, as in 'ij,jk->ik'")
    sizes: dict[str, Any] = {}
    for letters, a in zip(wanted, args, strict=True):
        if len(letters) != a.rank or not (letters.isalpha() or not letters):
            raise InvalidInput(f"einsum('{spec}') gives {a} the axes '{letters}', but it is {shape_text(a.shape)}")
        for letter, n in zip(letters, a.shape, strict=True):
            if sizes.setdefault(letter, n) != n:
                raise InvalidInput(f"einsum('{spec}') needs '{letter}' to be both {sizes[letter]} and {n}")
    if unknown := set(result) - set(sizes):
        raise InvalidInput(f"einsum('{spec}') has '{min(unknown)}' in the result, but no argument has it")
    return sizes


def _shape(*args: Node, spec: str) -> Shape:
    sizes = _sizes(spec, args)
    return tuple(sizes[letter] for letter in letters_of(spec)[1])


def _adjoint(G: Node, y: Node, *args: Node) -> tuple[Node, ...]:
    """<G, dA · B> = <G · B, dA>, with the letters of A as the result. A letter that only A has is repeated along."""
    return tuple(_pullback(G, y, i) for i in range(len(args)))


def _pullback(G: Node, y: Node, i: int) -> Node:
    wanted, result = letters_of(y["spec"])
    factors = [(result, G), *((w, a) for k, (w, a) in enumerate(zip(wanted, y.args, strict=True)) if k != i)]
    mine, sizes = wanted[i], _sizes(y["spec"], y.args)
    for k, letter in enumerate(mine):
        if letter in mine[:k]:  # a diagonal was read: its entries go back to the diagonal
            fresh = next((c for c in LETTERS if c not in "".join([*wanted, result, mine])), "")
            if not fresh:
                raise NotSupported(f"a diagonal in einsum('{y['spec']}'), whose letters are all in use")
            mine = mine[:k] + fresh + mine[k + 1 :]
            factors.append((letter + fresh, identity(sizes[letter])))
        elif not any(letter in w for w, _ in factors):
            factors.append((letter, ones((sizes[letter],))))
    return einsum(",".join(w for w, _ in factors) + "->" + mine, *(a for _, a in factors))


def _batch(batch: Batch, y: Node) -> Node:
    """One more letter, on all that each example has its own of."""
    wanted, result = letters_of(y["spec"])
    N = next(c for c in "bzyxwvuts" + LETTERS if c not in y["spec"])
    letters = [N * batch.each(a) + w for a, w in zip(y.args, wanted, strict=True)]
    return einsum(f"{','.join(letters)}->{N}{result}", *map(batch, y.args))


# ---------------------------------------------------------------------- matrix spellings
def _scalars_apart(y: Node) -> Node | None:
    """An argument without axes is a factor."""
    wanted, result = letters_of(y["spec"])
    for i, a in enumerate(y.args):
        if a.rank == 0 and len(y.args) > 1:
            rest = [k for k in range(len(y.args)) if k != i]
            return a * einsum(",".join(wanted[k] for k in rest) + "->" + result, *(y.args[k] for k in rest))
    return None


def _one(y: Node) -> Node | None:
    """One argument: a trace, a diagonal, sums and a permutation of the axes."""
    if len(y.args) != 1:
        return None
    ((letters,), result), (a,) = letters_of(y["spec"]), y.args
    if letters == "ii"[: len(letters)] or (len(letters) == 2 and letters[0] == letters[1]):
        return a if a.rank < 2 and result else a.sum() if a.rank < 2 else apply("entries" if result else "trace", a)
    if len(set(letters)) < len(letters):
        return None
    for axis in reversed(range(len(letters))):
        if letters[axis] not in result:
            a = a.sum() if a.rank == 1 else a.sum(axis=axis)
    kept = [letter for letter in letters if letter in result]
    return apply("permute", a, axes=tuple(kept.index(letter) for letter in result)) if a.rank > 1 else a


def _two(y: Node) -> Node | None:
    """Two arguments: products entry by entry, outer products, and (stacks of) matrix products."""
    if len(y.args) != 2:
        return None
    ((p, q), result), (A, B) = letters_of(y["spec"]), y.args
    if any(len(set(w)) < len(w) for w in (p, q)):
        return None
    if set(p) == set(q):
        B = B if p == q else apply("permute", B, axes=tuple(q.index(c) for c in p))
        if not result:
            return apply("inner", A, B)
        return einsum(f"{p}->{result}", A * B) if set(result) == set(p) else None
    if not set(p) & set(q) and len(p) == len(q) == 1 and len(result) == 2:
        return apply("outer", A, B) if result == p + q else apply("outer", B, A)
    return _matrix_product(p, q, result, A, B)


def _matrix_product(p: str, q: str, result: str, A: Node, B: Node) -> Node | None:
    """A B or its transpose, of matrices, a matrix and a vector, or stacks with the same leading letters."""
    summed = [c for c in p if c in q and c not in result]
    stack = "".join(c for c in p if c in q and c in result)
    left, right = ([c for c in w if c not in summed and c not in stack] for w in (p, q))
    if len(summed) != 1 or len(left) > 1 or len(right) > 1 or any(c not in result for c in left + right):
        return None
    if stack and not (all(w.startswith(stack) for w in (p, q, result)) and left and right):
        return None
    if not left:
        return _matrix_product(q, p, result, B, A) if right else None
    A = A if p.endswith(left[0] + summed[0]) else A.mT
    if not right:
        return A @ B
    product = A @ (B if q.endswith(summed[0] + right[0]) else B.mT)
    return product if result.endswith(left[0] + right[0]) else product.mT


# ---------------------------------------------------------------------- writing
def _spelling(y: Node) -> Spelled:
    """Σ_b X_bᵀ Y_b where a stack of matrix products is summed; index notation for everything else."""
    wanted, result = letters_of(y["spec"])
    return _stacked(y, wanted, result) or _indexed(y, wanted, result)


def _stacked(y: Node, wanted: list[str], result: str) -> Spelled | None:
    if len(wanted) != 2 or len(result) != 2 or any(a.rank < 3 for a in y.args):
        return None
    (p, q), (A, B) = wanted, y.args
    *stack, _, _ = p
    if any(c in result for c in stack) or p[: len(stack)] != q[: len(stack)] or len(p) != len(q):
        return None
    inner = [c for c in p[len(stack) :] if c in q[len(stack) :]]
    if len(inner) != 1 or set(result) != set(p[-2:] + q[-2:]) - set(inner):
        return None
    if result[0] in q:
        (A, B), (p, q) = (B, A), (q, p)
    turned = (p[-1] != inner[0], q[-2] != inner[0])
    index = ",".join(stack)
    latex = rf"\sum_{{{index}}} " + " ".join(f"{{}}_{{{index}}}" + r"^\top" * t for t in turned)
    text = f"Σ_{index} " + " ".join(f"{{}}[{index}]" + "ᵀ" * t for t in turned)
    return Form(latex, text, PRODUCT, POWER + 1), (A, B)


def _indexed(y: Node, wanted: list[str], result: str) -> Spelled:
    free = [c for c in LETTERS if c not in _letters_of_names(y)] + [c for c in LETTERS if c in _letters_of_names(y)]
    rename = dict(zip(dict.fromkeys("".join(wanted)), free, strict=False))
    names = ["".join(rename[c] for c in w) for w in wanted]
    summed = [rename[c] for c in dict.fromkeys("".join(wanted)) if c not in result]
    latex = (rf"\sum_{{{','.join(summed)}}} " if summed else "") + " ".join(
        f"{{}}_{{{n}}}" if n else "{}" for n in names
    )
    text = (f"Σ_{','.join(summed)} " if summed else "") + " ".join(f"{{}}[{','.join(n)}]" if n else "{}" for n in names)
    if result:
        free = "".join(rename[c] for c in result)
        latex, text = rf"\left[{latex}\right]_{{{free}}}", f"[{text}]_{free}"
    return Form(latex, text, ATOM if result else PRODUCT, POWER + 1), y.args


def _formula(y: Node, make: Make) -> Any:
    """A number is a sum over all letters of products of entries; an array has no formula without its entries."""
    wanted, result = letters_of(y["spec"])
    if result:
        return None
    taken = _letters_of_names(y) | {str(s) for a in y.args for n in a.shape for s in n.free_symbols}
    free = (c for c in LETTERS if c not in taken)
    bound = dict(zip(dict.fromkeys("".join(wanted)), free, strict=False))
    entries = (
        make("index", a, *(make("letter", name=bound[c]) for c in w)) for w, a in zip(wanted, y.args, strict=True)
    )
    body = make("product", *entries)
    for letter in reversed(bound.values()):
        body = make("bigsum", body, name=letter)
    return body


def _letters_of_names(y: Node) -> set[str]:
    """Letters in the names of quantities: the a of W_a is no index that is summed over."""
    return {part for name in names_in(y) for part in re.findall("[A-Za-z]+", name) if len(part) == 1}


def _relabel(y: Node, taken: frozenset[str]) -> Node:
    """Other letters for those that are taken."""
    used = {*re.findall("[A-Za-z]", y["spec"])}
    if not used & taken:
        return y
    free = iter(c for c in LETTERS if c not in used | taken)
    fresh = {c: next(free, c) for c in sorted(used & taken)}
    return Node(y.op, y.args, (("spec", "".join(fresh.get(c, c) for c in y["spec"])),), y.shape)


def contracted(spec: str, *x: Node) -> Node:
    """``einsum`` of the language; without an arrow the result has the letters that occur once, in order."""
    spec = spec.replace(" ", "")
    if "->" not in spec:
        spec += "->" + "".join(sorted(c for c in set(spec) - {","} if spec.count(c) == 1))
    return einsum(spec, *x)


def _flops(y: Node) -> Any:
    sizes = _sizes(y["spec"], y.args)
    return max(len(y.args), 1) * sp.Mul(*sizes.values())


register(
    Operator(
        name="einsum",
        shape=_shape,
        adjoint=_adjoint,
        rule="multilinear",
        reasons=(
            "every entry of {a} is a factor in sums of products; its adjoint is the same sums of products with what"
            " arrives in the place of {a}",
        ),
        spelling=_spelling,
        batch=_batch,
        without={
            "SymPy": "SymPy's contractions are of arrays that it has the entries of",
            "LaTeX": "sums over indices are read as numbers, not as tensors",
        },
        formula=_formula,
        numpy=lambda y, *args: np.einsum(y["spec"], *args, optimize=len(args) > 2),
        code=lambda y: f"xp.einsum('{y['spec']}', " + ", ".join(f"{{{i}}}" for i in range(len(y.args))) + ")",
        flops=_flops,
        relabel=_relabel,
        rewrites=(simplify.vanish, simplify.scalars_out, _scalars_apart, _one, _two),
        example="A : m n\nB : n k\nC : m k\nY = einsum('ij,jk,ik->kj', A, B, C)",
        words=(
            Word(
                "einsum", contracted, "torch.einsum(spec, *x)", "A : b m n\nB : b n k\nY = einsum('bij,bjk->bik', A, B)"
            ),
        ),
    ),
)
