"""Text in Python's syntax as a tree: parsed, never evaluated, and refused in one way whatever Python makes of it."""

import ast
import warnings


def parsed(text: str) -> ast.expr:
    """The expression that ``text`` is; `SyntaxError` where it is none, or is nested deeper than Python's parser goes.

    Of such text Python raises five kinds of error, and warns of more ("1if"); a reader has one to turn into its line.
    """
    try:
        with warnings.catch_warnings(action="ignore"):
            return ast.parse(text, mode="eval").body
    except (RecursionError, MemoryError):
        raise SyntaxError("it is nested too deeply to read") from None
    except ValueError as error:  # a NUL, or a number of too many digits
        raise SyntaxError(str(error)) from None
