"""The interface that the bucket shares with a folder that holds a copy of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol


class Readable(Protocol):
    """Read objects by key. Reads raise MissingError if the object does not exist.

    `read_bytes` returns the first `most` bytes.
    """

    @property
    def name(self) -> str: ...

    def read_lines(
        self, key: str, wanted: Callable[[bytes], bool] | None = None
    ) -> Iterator[Any]: ...

    def read_json(self, key: str) -> Any: ...

    def find_json(self, key: str) -> Any | None: ...

    def read_text(self, key: str) -> str: ...

    def read_bytes(self, key: str, most: int) -> bytes: ...

    def keys(self, prefix: str) -> Iterator[str]: ...

    def folders(self, prefix: str) -> Iterator[str]:
        """Yield the names between `prefix`, which ends in a slash, and the next slash, sorted."""
        ...
