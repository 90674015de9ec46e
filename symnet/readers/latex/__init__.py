"""LaTeX as people write it, read as statements over declared names."""
