"""Backward rules of any model, in matrix form, with a reason for every contribution."""
