"""False claims are never marked as right: a sample of `benchmarks/audit_mutants.py`, and hostile documents."""

import importlib.util
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from symnet.claims import audit, key

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def mutants():
    spec = importlib.util.spec_from_file_location("audit_mutants", BENCHMARKS / "audit_mutants.py")
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules["audit_mutants"] = module
    spec.loader.exec_module(module)
    return module


def test_no_mutant_is_marked_as_right_and_no_truth_as_wrong():
    result = mutants().run(200, seed=11)
    assert not result.unsound
    assert not result.refused
    assert sum(result.false.values()) >= 150


def test_the_control_would_notice_a_lenient_audit():
    """The mutants' own evaluation tells true from false."""
    module = mutants()
    truths = module.truths()
    assert len(truths) >= 100
    lhs, rhs = truths[6]
    assert module.agrees(lhs, rhs)
    assert not module.agrees(lhs, module.T(rhs))


KEY = key("x, b, y : n\nW, V : n n\nphi : elementwise")
COMMANDS = r"""
    \bar { } ( ) [ ] x W V y ^ _ = + - \frac \sum \phi ' & \\ \begin{cases} \end{cases} \left( \right) \odot \cdot 1 23
    , | \| \top $ $$ T \partial \max \sqrt \mathbf \begin{pmatrix} \end{pmatrix} \newcommand #1 / \nabla e
"""
PIECES = [*COMMANDS.split(), "\n", " "]


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
def test_any_arrangement_of_commands_is_audited_without_a_fault(text):
    audit(f"$${text}$$", KEY, hint=False)


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.binary(max_size=400))
def test_any_bytes_are_audited_without_a_fault(data):
    audit("$" + data.decode("utf-8", errors="replace") + "$", KEY, hint=False)


FOUND_BY_FUZZING = {r"y = \begin{cases}\end{cases}": "unread", r"1 - 1 = 23": "wrong", r"\det'(W) = 1": "unread"}


def test_documents_that_once_stopped_the_audit_are_answered():
    given = key("x, b, y : n\nW, V : n n\nphi : elementwise")
    for claim, verdict in FOUND_BY_FUZZING.items():
        (finding,) = audit(f"$${claim}$$", given).findings
        assert finding.verdict == verdict
