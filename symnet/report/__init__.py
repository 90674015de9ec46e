"""Derivations as LaTeX, PDF and figures."""
