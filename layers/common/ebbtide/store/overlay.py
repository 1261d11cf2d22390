"""A bucket whose writes stay in memory, over one that is only read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from typing import Any

from ebbtide.base.errors import ConflictError, MissingError
from ebbtide.base.json_lines import LineWriter, read_lines
from ebbtide.store.bucket import Bucket, Stored, StoredText
from ebbtide.store.readable import Readable


class Overlay(Bucket):
    """Reads what was written here, or else what `below` has; never writes to it.

    Keys for which `hidden` is true are missing until they are written here.
    """

    def __init__(self, below: Readable, hidden: Callable[[str], bool] = lambda _: False) -> None:
        super().__init__(None, below.name)
        self._below, self._hidden = below, hidden
        self._written: dict[str, bytes | None] = {}

    @property
    def written(self) -> Mapping[str, bytes]:
        """The objects that were written here, by key."""
        return {key: body for key, body in self._written.items() if body is not None}

    def read(self, key: str) -> Stored:
        text = self.read_text(key)
        return Stored(json.loads(text), _etag(text.encode()))

    def read_text(self, key: str) -> str:
        if key in self._written:
            return self._body(key).decode()
        return self._of_below(key, self._below.read_text)

    def read_bytes(self, key: str, most: int) -> bytes:
        if key in self._written:
            return self._body(key)[:most]
        return self._of_below(key, lambda key: self._below.read_bytes(key, most))

    def read_stored_text(self, key: str) -> StoredText:
        try:
            text = self.read_text(key)
        except MissingError:
            return StoredText("", None)
        return StoredText(text, _etag(text.encode()))

    def read_lines(self, key: str, wanted: Callable[[bytes], bool] | None = None) -> Iterator[Any]:
        if key in self._written:
            yield from read_lines(BytesIO(self._body(key)), wanted)
        else:
            yield from self._of_below(key, lambda key: self._below.read_lines(key, wanted))

    def keys(self, prefix: str) -> Iterator[str]:
        below = {key for key in self._below.keys(prefix) if not self._hidden(key)}
        here = {key for key in self._written if key.startswith(prefix)}
        gone = {key for key in here if self._written[key] is None}
        yield from sorted((below | here) - gone)

    def delete(self, key: str) -> None:
        self._written[key] = None

    def delete_if(self, key: str, etag: str) -> None:
        self._require(key, etag)
        self.delete(key)

    def upload(self, key: str, writer: LineWriter) -> None:
        self._written[key] = writer.finished().read()

    def _put(self, key: str, body: bytes, extra: Mapping[str, Any]) -> str:
        if "IfMatch" in extra:
            self._require(key, extra["IfMatch"])
        if "IfNoneMatch" in extra and self._exists(key):
            raise self._changed(key)
        self._written[key] = body
        return _etag(body)

    def _require(self, key: str, etag: str) -> None:
        if not self._exists(key) or self.read(key).etag != etag:
            raise self._changed(key)

    def _exists(self, key: str) -> bool:
        try:
            self.read_text(key)
        except MissingError:
            return False
        return True

    def _changed(self, key: str) -> ConflictError:
        return ConflictError(f"{self.name}/{key} was changed by another writer")

    def _body(self, key: str) -> bytes:
        body = self._written[key]
        if body is None:
            raise self._missing(key)
        return body

    def _of_below[T](self, key: str, read: Callable[[str], T]) -> T:
        if self._hidden(key):
            raise self._missing(key)
        return read(key)

    def _missing(self, key: str) -> MissingError:
        return MissingError(f"{self.name}/{key} does not exist")


def _etag(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
