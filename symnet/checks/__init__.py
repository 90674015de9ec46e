"""Sceptics: each compares a derived answer with something that did not derive it."""
