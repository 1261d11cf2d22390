"""Marks a test of the right behaviour that the code does not show yet."""

from __future__ import annotations

import pytest


def known_fault(name: str) -> pytest.MarkDecorator:
    """Expect the test to fail until the fault `name` is mended; a pass is then an error."""
    return pytest.mark.xfail(strict=True, reason=name)
