"""What comes in from outside: torch modules, LaTeX, ONNX."""
