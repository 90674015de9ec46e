r"""For test suites: ``assert_latex_holds(r"\bar V = \bar r h^\top", against=bp)`` prints the finding where it fails."""

from typing import Any

from symnet.claims.explanation.findings import Audit
from symnet.claims.marking.auditor import audit


def assert_latex_holds(text: str, against: Any = ()) -> Audit:
    """Every claim in ``text`` is read and holds; `AssertionError` with the findings that are wrong or unread."""
    __tracebackhide__ = True
    found = audit(text, against)
    if not found.findings:
        raise AssertionError(f"no claim was found in {text!r}; a claim has a relation, as in a = b")
    if not found.holds:
        raise AssertionError("\n" + str(Audit(found.wrong + found.unread)))
    return found
