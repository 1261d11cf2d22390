"""What the bucket and a folder that holds a copy of it have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol


class Readable(Protocol):
    """Reads objects by key; reading one that does not exist raises MissingError."""

    @property
    def name(self) -> str: ...

    def read_lines(
        self, key: str, wanted: Callable[[bytes], bool] | None = None
    ) -> Iterator[Any]: ...

    def read_json(self, key: str) -> Any: ...

    def find_json(self, key: str) -> Any | None: ...

    def read_text(self, key: str) -> str: ...

    def keys(self, prefix: str) -> Iterator[str]: ...
