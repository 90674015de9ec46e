"""Another reader on the same claims, in an environment of its own: JSON pairs on stdin, JSON verdicts on stdout.

python audit_peers.py NAME        true, false or "error" for each pair (left, right)
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

        return _same(parse_latex(left, backend=backend), parse_latex(right, backend=backend))

    return compare


def latex2sympy2(left, right):
    sp.core.all_classes = (sp.Basic, sp.MatrixBase)  # what it asks SymPy for, and 1.14 no longer has
    from latex2sympy2 import latex2sympy

    return _same(latex2sympy(left), latex2sympy(right))


def _same(a, b):
    if isinstance(a, sp.MatrixBase) and isinstance(b, sp.MatrixBase):
        return a.shape == b.shape and all(sp.simplify(x) == 0 for x in a - b)
    if not isinstance(a, sp.Expr) or not isinstance(b, sp.Expr):
        return "error"
    return bool(sp.simplify(a - b) == 0)


PEERS = {
    "math_verify": math_verify,
    "sympy_antlr": _sympy("antlr"),
    "sympy_lark": _sympy("lark"),
    "latex2sympy2": latex2sympy2,
}


def main():
    compare = PEERS[sys.argv[1]]
    verdicts = []
    for left, right in json.load(sys.stdin):
        try:
            verdicts.append(compare(left, right))
        except Exception:  # whatever a parser raises is its way of saying that it cannot
            verdicts.append("error")
    json.dump(verdicts, sys.stdout)


if __name__ == "__main__":
    main()
