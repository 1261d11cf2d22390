"""Read a folder that holds a copy of the bucket, or of part of it, like the bucket itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from ebbtide.base.errors import MissingError
from ebbtide.base.json_lines import line_blocks, read_lines


@dataclass(frozen=True, slots=True)
class Folder:
    """A copy of the bucket: keys are paths below the folder.

    Reads raise MissingError if the file does not exist.
    """

    path: Path

    @property
    def name(self) -> str:
        return str(self.path)

    def read_text(self, key: str) -> str:
        return self._bytes(key).decode()

    def read_bytes(self, key: str, most: int) -> bytes:
        """Return the first `most` bytes of a file."""
        return self._bytes(key, most)

    def read_json(self, key: str) -> Any:
        return json.loads(self._bytes(key))

    def find_json(self, key: str) -> Any | None:
        """Read an object; return None if it does not exist."""
        try:
            return self.read_json(key)
        except MissingError:
            return None

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys that begin with a prefix, sorted."""
        # As in S3, a prefix may end in the middle of a name.
        start = self.path / prefix.rpartition("/")[0]
        files = (path for path in start.rglob("*") if path.is_file())
        found = (file.relative_to(self.path).as_posix() for file in files)
        yield from sorted(key for key in found if key.startswith(prefix))

    def folders(self, prefix: str) -> Iterator[str]:
        """Yield the names between `prefix`, which ends in a slash, and the next slash, sorted."""
        above = self.path / prefix
        found = above.iterdir() if above.is_dir() else ()
        yield from sorted(path.name for path in found if path.is_dir())

    def read_lines(self, key: str, wanted: Callable[[bytes], bool] | None = None) -> Iterator[Any]:
        """Yield the JSON lines of a zstd file. Raises MissingError before the first one.

        `wanted` filters the undecoded lines.
        """
        with self._open(key) as file:
            yield from read_lines(file, wanted)

    def line_blocks(self, key: str) -> Iterator[bytes]:
        """Yield the undecoded lines of a zstd file in blocks. Raises MissingError at first."""
        with self._open(key) as file:
            yield from line_blocks(file)

    def _open(self, key: str) -> BinaryIO:
        try:
            return (self.path / key).open("rb")
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
            raise self._missing(key) from error

    def _bytes(self, key: str, most: int = -1) -> bytes:
        try:
            with (self.path / key).open("rb") as file:
                return file.read(most)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
            raise self._missing(key) from error

    def _missing(self, key: str) -> MissingError:
        return MissingError(f"{self.path / key} does not exist")
