"""How much memory a measured process has had at most."""

from __future__ import annotations

import re
from pathlib import Path

STATUS = Path("/proc/self/status")


def peak_mb() -> float:
    """The peak of the resident set of this process in MB; Linux only.

    getrusage would count what the parent had when it started this process.
    """
    found = re.search(r"VmHWM:\s+(\d+) kB", STATUS.read_text())
    if found is None:
        raise RuntimeError(f"{STATUS} has no VmHWM")
    return int(found[1]) / 1024
