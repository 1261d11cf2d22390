"""The command line, run on the folder of its unit tests."""

from __future__ import annotations

from tests.unit.cli.conftest import copy, ebbtide, fixed_time, no_environment

__all__ = ["copy", "ebbtide", "fixed_time", "no_environment"]
