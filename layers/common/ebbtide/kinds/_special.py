"""Computes promised fields that no path can express; kinds name the functions in `computed`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any


def instance_cores(document: Mapping[str, Any]) -> int | None:
    """Compute the virtual CPUs of an instance, for which AWS gives only the factors.

    JMESPath cannot multiply them.
    """
    options = document.get("CpuOptions") or {}
    cores, threads = options.get("CoreCount"), options.get("ThreadsPerCore")
    if cores is None or threads is None:
        return None
    return int(cores) * int(threads)


def instance_memory(document: Mapping[str, Any]) -> float | None:
    """Return the memory of an instance in GiB by its type; DescribeInstances does not have it."""
    known = _instance_types().get(str(document.get("InstanceType")))
    return None if known is None else known[1] / 1024


@cache
def _instance_types() -> dict[str, tuple[int, int]]:
    """Return type -> (virtual CPUs, memory in MiB); tools/instance_types.py updates the table."""
    table = files("ebbtide.kinds") / "instance_types.json"
    found: dict[str, tuple[int, int]] = json.loads(table.read_text())
    return found
