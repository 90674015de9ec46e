"""Whatever Python makes of a text, a reader meets one kind of error."""

import warnings

import pytest

from symnet.readers.syntax import parsed


@pytest.mark.parametrize(
    "text", ["", "x y", "(" * 500, "-" * 100_000 + "x", "x\0", "9" * 5_000, "f'{x}", "'", "\ud800"]
)
def test_text_that_is_no_expression_is_a_syntax_error(text):
    with pytest.raises(SyntaxError):
        parsed(text)


def test_what_python_only_warns_about_is_read_in_silence():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        parsed("1if x else 2")
