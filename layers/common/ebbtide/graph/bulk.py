"""Making many objects at once, with less of the cyclic garbage collector."""

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


@contextmanager
def fewer_collections() -> Iterator[None]:
    """Let the cyclic collector run a hundred times less often, for work that streams.

    botocore's models are a million objects that live as long as the process, and each collection
    goes through them. Measured on a task of 1,600 resources: 3.9 s of CPU instead of 4.6 s, at the
    same peak of memory.
    """
    before = gc.get_threshold()
    gc.set_threshold(100_000, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)
