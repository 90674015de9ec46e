"""Cheaper networks: rewrites, their savings, and the exact front of widths."""
