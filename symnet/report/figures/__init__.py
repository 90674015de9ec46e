"""Drawings as TikZ source, one kind a file, made from the same objects as the formulas beside them."""
