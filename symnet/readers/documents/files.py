"""From the bytes of a file to its text: UTF-8, or UTF-16 and UTF-32 with their mark; of a notebook, its Markdown."""

import codecs
import json
from typing import Any

from symnet.errors import InvalidInput
from symnet.readers.documents.spans import PART

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip


def decoded(content: bytes, name: str) -> str:
    """The text; `InvalidInput` where the bytes are no text, or a text of an encoding that nothing names."""
    encoding = next((encoding for mark, encoding in _MARKS if content.startswith(mark)), "utf-8-sig")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise InvalidInput(
            f"'{name}' is not UTF-8 text (byte {error.start + 1} of {len(content)}); save it as UTF-8"
        ) from None
    plain = sum(c <= "~" and c != "\0" for c in text)
    # Any bytes after such a mark are some UTF-16: a text has ASCII in it. UTF-16 without a mark is half NULs.
    if (encoding != "utf-8-sig" and plain * 10 < len(text)) or text.count("\0") * 4 > len(text):
        raise InvalidInput(f"'{name}' is not UTF-8 text, and no other that its first bytes name; save it as UTF-8")
    return text


def notebook(text: str, name: str) -> tuple[str, tuple[tuple[int, int], ...]]:
    """The Markdown cells of a Jupyter notebook, and (line, number) where each begins; code and outputs are not read."""
    try:
        cells = _cells(json.loads(text))
    except (ValueError, RecursionError, KeyError, TypeError):
        raise InvalidInput(f"'{name}' is no Jupyter notebook: a JSON object with cells, each with its source") from None
    pieces, begins, line = [], [], 1
    for number, source in cells:
        begins.append((line, number))
        pieces.append(source)
        line += source.count("\n") + 2
    return f"\n{PART}\n".join(pieces), tuple((at, number) for at, number in begins)


def _cells(data: Any) -> list[tuple[int, str]]:
    """(number, source) of the Markdown cells; every cell of the notebook has a number, from 1."""
    cells = data["cells"] if "cells" in data else [c for sheet in data["worksheets"] for c in sheet["cells"]]
    found = []
    for number, cell in enumerate(cells, 1):
        source = cell["source"] if cell["cell_type"] == "markdown" else ""
        whole = source if isinstance(source, str) else "".join(source)
        if cell["cell_type"] == "markdown":
            found.append((number, whole.replace("\r\n", "\n").replace("\r", "\n").replace(PART, " ")))
    return found
