"""The peak memory of a measured process."""

from __future__ import annotations

import re
from pathlib import Path

STATUS = Path("/proc/self/status")


def peak_mb() -> float:
    """Return the peak resident set of this process in MB; Linux only.

    getrusage would include the memory of the parent at the time it started this process.
    """
    found = re.search(r"VmHWM:\s+(\d+) kB", STATUS.read_text())
    if found is None:
        raise RuntimeError(f"{STATUS} has no VmHWM")
    return int(found[1]) / 1024
