"""ReLU networks over the rationals: regions, closed forms, proofs."""
