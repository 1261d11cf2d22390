"""Marks whole tables of cases."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from tests.faults.known import known_fault


def marked(fault: str, rows: Iterable[tuple[Any, ...]]) -> list[Any]:
    """Expect every case to fail; the first column, the search text, is the id of the case."""
    return [
        pytest.param(*row, id=str(row[0]), marks=known_fault(f"{fault}: {row[0]}")) for row in rows
    ]
