"""Does one link of a claim hold? By form, by proof, by exact values."""
