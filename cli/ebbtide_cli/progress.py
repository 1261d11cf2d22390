"""Show on stderr how much has been read, if stderr is a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ebbtide.store.readable import Readable
from ebbtide_cli.output import is_quiet

if TYPE_CHECKING:
    from rich.status import Status

# Lines between two updates of the display.
_STEP = 1_000


class Watched:
    """A store that shows how much is read from it, until the first result is written."""

    def __init__(self, store: Readable, status: Status | None) -> None:
        self._store, self._status = store, status
        self._objects = self._lines = 0

    @property
    def name(self) -> str:
        return self._store.name

    def read_lines(self, key: str, wanted: Callable[[bytes], bool] | None = None) -> Iterator[Any]:
        self._objects += 1
        for line in self._store.read_lines(key, wanted):
            self._lines += 1
            if self._lines % _STEP == 0:
                self._show()
            yield line

    def read_json(self, key: str) -> Any:
        self._objects += 1
        self._show()
        return self._store.read_json(key)

    def find_json(self, key: str) -> Any | None:
        return self._store.find_json(key)

    def read_text(self, key: str) -> str:
        return self._store.read_text(key)

    def read_bytes(self, key: str, most: int) -> bytes:
        return self._store.read_bytes(key, most)

    def keys(self, prefix: str) -> Iterator[str]:
        return self._store.keys(prefix)

    def folders(self, prefix: str) -> Iterator[str]:
        return self._store.folders(prefix)

    def stop(self) -> None:
        """Clear the display. Call this before writing anything else."""
        if self._status is not None:
            self._status.stop()
            self._status = None

    def _show(self) -> None:
        if self._status is not None:
            self._status.update(f"{self._objects:,} objects, {self._lines:,} lines read")


@contextmanager
def watched(store: Readable) -> Iterator[Watched]:
    """Show what is read from a store; whoever writes results calls `stop` first."""
    if is_quiet() or not sys.stderr.isatty():
        yield Watched(store, None)
        return
    from rich.console import Console

    status = Console(stderr=True).status("Reading")
    status.start()
    found = Watched(store, status)
    try:
        yield found
    finally:
        found.stop()
