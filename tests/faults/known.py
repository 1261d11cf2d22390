"""Marks tests of correct behaviour that the code does not have yet."""

from __future__ import annotations

import pytest


def known_fault(name: str) -> pytest.MarkDecorator:
    """Expect the test to fail until the fault `name` is fixed; a pass is an error."""
    return pytest.mark.xfail(strict=True, reason=name)
