"""Deciding a claim, writing the proof out, and its certificate."""
