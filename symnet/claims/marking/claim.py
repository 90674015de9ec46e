r"""A claim of a document: what is said, where, and under what.

s = 3, s^2 = 9        of what is presupposed, an equation defines its name in the key; the rest is a condition
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from symnet.claims.decision.decision import with_labels
from symnet.claims.meaning.keys import Key
from symnet.claims.meaning.shapes import Unclear
from symnet.errors import InvalidInput
from symnet.readers.documents.formulas import Formula
from symnet.readers.latex.reading import Statement, Term


@dataclass(frozen=True)
class Claim:
    """A statement with its formula, the key whose names it uses, and the layer that a table's row names."""

    statement: Statement
    formula: Formula
    key: Key
    layer: Any = None
    where: tuple[Term, ...] = ()

    @property
    def is_given(self) -> bool:
        """It says itself that it is presupposed; before an arrow it is, unless the key defines its name."""
        head = self.statement.sides[0]
        derived = head.op == "name" and head.name in self.key.definitions
        return self.statement.role == "given" or (self.statement.role == "premise" and not derived)

    def under(self, facts: Iterable["Claim"]) -> tuple["Claim", bool]:
        """The same claim where the facts hold, and whether all of them could be used: s = 3 defines s."""
        key, where, all_used = self.key, list(self.where), True
        for fact in facts:
            for relation in fact.relations:
                if relation.name in ("=", ":="):
                    told = _told(relation, key)
                    key, all_used = told or key, all_used and told is not None
                    where += [] if told else [Term("relation", relation.args, "=")]
                elif relation.name in ("<", ">", "<=", ">=", "!="):
                    where.append(relation)
                else:
                    all_used = False
            all_used = all_used and bool(fact.statement.signs)
        return replace(self, key=key, where=tuple(where)), all_used

    @property
    def is_condition(self) -> bool:
        """It may be what the claims beside it presuppose."""
        return all(sign in ("<", ">", "<=", ">=", "!=") for sign in self.statement.signs)

    @property
    def relations(self) -> tuple[Term, ...]:
        sides, signs = self.statement.sides, self.statement.signs
        return tuple(Term("relation", (a, b), s) for a, s, b in zip(sides, signs, sides[1:], strict=False))


def _told(relation: Term, key: Key) -> Key | None:
    """The key in which one side of an equation, a given name, is defined as the other; or its entries sum to 1."""
    for name, scaled in with_labels(key):
        if _sums_to_one(relation, name):
            return scaled
    for name, value in (relation.args, relation.args[::-1]):
        free = name.op == "name" and name.name in key.shapes and name.name not in key.definitions
        if free and not any(
            t.op == "name" and (t.name == name.name or t.name in key.definitions) for t in value.walk()
        ):
            told = replace(key, definitions={**key.definitions, name.name: value})
            try:
                _ = told.typed
            except (InvalidInput, Unclear):
                continue
            return told
    return None


def _sums_to_one(relation: Term, name: str) -> bool:
    """Σ_i y_i = 1, either way round."""
    for total, one in (relation.args, relation.args[::-1]):
        if one.op == "number" and one.name == "1" and total.op == "bigsum" and len(total.args) == 1:
            entry = total.args[0]
            index = Term("name", name=total.name)
            if entry.op == "index" and entry.args == (Term("name", name=name), index):
                return True
    return False
