"""Chooses the tests of one folder: pytest shows each conftest.py all tests of the run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest


def tests_beside(conftest: str, items: Iterable[pytest.Item]) -> Iterator[pytest.Item]:
    """Yield the tests in the folder of a conftest.py and below; `conftest` is its `__file__`."""
    # `Path.parents` of all tests would take seconds.
    folder = f"{Path(conftest).parent}/"
    return (item for item in items if str(item.path).startswith(folder))
