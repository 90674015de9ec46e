"""Verify a certificate of ``prove``: the answer of `verify`, a program that imports nothing of symnet, as a Check."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from symnet.checks.verify import NO_LIMITS, Limits, Verdict, verify, verify_file
from symnet.derivation import Check
from symnet.errors import InvalidInput


def check_certificate(source: str | Path | Mapping[str, Any], limits: bool = True) -> Check:
    """Whether the certificate (a file or its contents) proves its statement. The evidence: what was proved, or why not.

    Raises InvalidInput where the file is not JSON, or too large for the limits of `verify`, unless they are off.
    """
    return as_check(source, verdict(source, limits))


def verdict(source: str | Path | Mapping[str, Any], limits: bool = True) -> Verdict:
    """What `verify` says of a file, or of its contents."""
    within = Limits() if limits else NO_LIMITS
    if not isinstance(source, Mapping):
        return verify_file(source, within)
    try:
        text = json.dumps(dict(source))
    except (TypeError, ValueError, RecursionError) as error:
        return Verdict("malformed", {"why": f"malformed certificate: it is not JSON: {error}"})
    return verify(text.encode(), within)


def as_check(source: str | Path | Mapping[str, Any], found: Verdict) -> Check:
    """The verdict as a Check, where there is one."""
    if found.state in ("unreadable", "too large"):
        name = "the certificate" if isinstance(source, Mapping) else source
        remedy = "Write one with proof.save(path)." if found.state == "unreadable" else "Raise the limits to decide it."
        raise InvalidInput(f"{name}: {found.state}: {found.facts['why']}. {remedy}")
    return Check("certificate", "exact", found.state == "passed", found.facts)
