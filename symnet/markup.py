"""HTML for notebooks, filled in by a template engine that escapes every value: no name or claim can become markup."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Template

TABLE = """\
{% if title %}<b>{{ title }}</b>{% endif %}\
<table>{% if head %}<tr>{% for cell in head %}<th>{{ cell }}</th>{% endfor %}</tr>{% endif %}\
{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}</table>\
{% for line in below %}<div>{{ line }}</div>{% endfor %}"""


def table(
    rows: Iterable[Sequence[str]], *, title: str = "", head: Sequence[str] = (), below: Sequence[str] = ()
) -> str:
    """A titled table with lines below it; a cell of mathematics is written as ``\\(x^2\\)``."""
    return _template().render(rows=rows, title=title, head=head, below=below)


@cache
def _template() -> "Template":
    from jinja2 import Environment  # loaded when the first page is shown, so that importing symnet stays light

    return Environment(autoescape=True).from_string(TABLE)
