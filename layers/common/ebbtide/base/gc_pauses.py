"""Less of the cyclic garbage collector where it takes time and frees nothing."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def bulk_load() -> Iterator[None]:
    """Switch the cyclic collector off: it takes half the time of a load and frees nothing.

    Measured on 100,000 resources read from JSON lines: 2.0 s instead of 4.1 s.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def fewer_collections() -> None:
    """Let the cyclic collector run a hundred times less often, for a process that streams.

    botocore's models are a million objects that live as long as the process, and each collection
    goes through them. Measured on a task of 1,600 resources: 3.9 s of CPU instead of 4.6 s, at the
    same peak of memory. To go back to the usual thresholds would begin with a collection of
    everything (0.3 s), so a process keeps these.
    """
    gc.set_threshold(100_000, 50, 100)
