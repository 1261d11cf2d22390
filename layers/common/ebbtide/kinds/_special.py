"""Promised fields that no path can express; kinds name these functions in `computed`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def instance_cores(document: Mapping[str, Any]) -> int | None:
    """Virtual CPUs of an instance; JMESPath cannot multiply, and AWS gives only the factors."""
    options = document.get("CpuOptions") or {}
    cores, threads = options.get("CoreCount"), options.get("ThreadsPerCore")
    if cores is None or threads is None:
        return None
    return int(cores) * int(threads)
