"""LaTeX claims against what symnet derived: each link right, wrong or unread, with the reason.

    keys, derived, named   what claims are compared with
    shapes, meanings       what a formula means
    decide           one link                               numbers, points  exact values
    canonical        both sides in one form                 hints            why a claim is wrong
    auditor          documents, chains, tables              findings         what is said

The package itself can be called: ``sn.audit(text, against=[bp])`` is `auditor.audit`.
"""

import sys
from types import ModuleType
from typing import Any

from symnet.audit.auditor import audit, audit_document
from symnet.audit.derived import key
from symnet.audit.findings import Audit, Finding
from symnet.audit.keys import Conventions, Key
from symnet.audit.testing import assert_latex_holds

__all__ = ["Audit", "Conventions", "Finding", "Key", "assert_latex_holds", "audit", "audit_document", "key"]


class _CallableModule(ModuleType):
    """A package that is also the verb it is named after."""

    def __call__(self, *args: Any, **options: Any) -> Audit:
        return audit(*args, **options)


sys.modules[__name__].__class__ = _CallableModule
