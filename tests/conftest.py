"""Golden files: the expected LaTeX beside the tests, renewed with ``--update-golden`` after a look at the change.

Random tests have no deadline (machines differ), and in continuous integration the same examples every time.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")

GOLDEN = Path(__file__).parent / "golden"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the golden files instead of comparing")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """``golden(name, content)`` compares with, or renews, ``tests/golden/name``."""

    def compare(name: str, content: str) -> None:
        file = GOLDEN / name
        if request.config.getoption("--update-golden"):
            file.parent.mkdir(exist_ok=True)
            file.write_text(content, encoding="utf-8")
        assert file.exists(), f"no golden file {name}: run pytest --update-golden, and look at what it writes"
        assert content == file.read_text(encoding="utf-8")

    return compare
