"""Markdown, LaTeX and notebooks: their formulas, each with its place."""
