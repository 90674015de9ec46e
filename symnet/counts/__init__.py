"""Closed-form counts of units, weights, biases and connections; better architectures."""
