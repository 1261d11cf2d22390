"""A bucket in memory: enough to read what runs left there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ebbtide.base.errors import MissingError
from ebbtide.base.json_lines import decode_line, encode_line


@dataclass
class MemoryStore:
    """Objects by key: JSON values, and lists of lines. `reads` are the keys of all reads."""

    objects: dict[str, Any] = field(default_factory=dict)
    reads: list[str] = field(default_factory=list)
    name: str = "memory"

    def write_json(self, key: str, value: Any) -> None:
        # As in the bucket, nothing of the writer's objects is shared.
        self.objects[key] = decode_line(encode_line(value))

    def find_json(self, key: str) -> Any | None:
        self.reads.append(key)
        return self.objects.get(key)

    def read_json(self, key: str) -> Any:
        found = self.find_json(key)
        if found is None:
            raise MissingError(key)
        return found

    def read_text(self, key: str) -> str:
        raise MissingError(key)

    def read_bytes(self, key: str, most: int) -> bytes:
        return self.read_text(key).encode()[:most]

    def read_lines(
        self, key: str, wanted: Callable[[bytes], bool] | None = None
    ) -> Iterator[dict[str, Any]]:
        for line in map(encode_line, self.read_json(key)):
            if wanted is None or wanted(line):
                yield decode_line(line)

    def folders(self, prefix: str) -> Iterator[str]:
        below = (key.removeprefix(prefix) for key in self.keys(prefix))
        yield from sorted({name.partition("/")[0] for name in below if "/" in name})

    def keys(self, prefix: str) -> Iterator[str]:
        yield from sorted(key for key in self.objects if key.startswith(prefix))
