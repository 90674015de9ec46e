"""Other readers on the same claims, in an environment of their own: JSON claims on stdin, JSON verdicts on stdout.

    python -m venv peers && peers/bin/pip install math-verify "antlr4-python3-runtime==4.13.2" lark

true, false or error for each claim; "wrong" in the comparison is a verdict that contradicts the mathematics.
"""

import json
import sys

import sympy as sp


def math_verify(left, right):
    from math_verify import parse, verify

    a, b = parse(f"${left}$"), parse(f"${right}$")
    return bool(verify(a, b)) if a and b else "error"


def _sympy(backend):
    def compare(left, right):
        from sympy.parsing.latex import parse_latex

        a, b = parse_latex(left, backend=backend), parse_latex(right, backend=backend)
        if not isinstance(a, sp.Basic) or not isinstance(b, sp.Basic):
            return "error"
        return bool(sp.simplify(a - b) == 0)

    return compare


PEERS = {"Math-Verify": math_verify, "SymPy antlr": _sympy("antlr"), "SymPy lark": _sympy("lark")}


def main():
    claims = json.load(sys.stdin)
    found = {}
    for name, compare in PEERS.items():
        verdicts = []
        for left, right in claims:
            try:
                verdicts.append(compare(left, right))
            except Exception:  # whatever a parser raises is its way of saying that it cannot
                verdicts.append("error")
        found[name] = verdicts
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
