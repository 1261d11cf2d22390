"""Do many small reads at once: each is one call to S3, which takes longer than the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import batched

AT_ONCE = 16


def in_parallel[T, R](function: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """Yield the results in the order of the items, of which no more than needed are asked for."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for some in batched(items, AT_ONCE):
            yield from pool.map(function, some)
