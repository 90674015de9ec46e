"""``python -m symnet``, the same as the command ``symnet``."""

from symnet.cli import main

main()
