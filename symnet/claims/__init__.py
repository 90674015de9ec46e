"""LaTeX claims against what symnet derived: each link right, wrong or unread, with the reason.

keys, derived, named   what claims are compared with
shapes           what a formula means                   from_graph       what was derived, as a formula
decide           one link                               numbers, points  exact values
canonical        both sides in one form                 hints            why a claim is wrong
auditor          documents, chains, tables              findings         what is said
"""

from symnet.claims.explanation.findings import Audit, Finding
from symnet.claims.marking.auditor import assert_latex_holds, audit, audit_document
from symnet.claims.meaning.derived import key
from symnet.claims.meaning.keys import Conventions, Key

__all__ = ["Audit", "Conventions", "Finding", "Key", "assert_latex_holds", "audit", "audit_document", "key"]
