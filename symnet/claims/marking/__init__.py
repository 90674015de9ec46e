"""Whole documents and whole classes of answers."""
