"""Whole runs of the workflow over the mocked cloud of the integration tests."""

from __future__ import annotations

from tests.integration.conftest import customer, mocked, workflow

__all__ = ["customer", "mocked", "workflow"]
