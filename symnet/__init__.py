"""symnet: derive it, prove it, count it, check it, print it."""
