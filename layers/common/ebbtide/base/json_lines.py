"""Encode and decode JSON lines, and the zstd-compressed streams of them that S3 holds."""

from __future__ import annotations

import io
import json
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Any, Self

import orjson
import zstandard

# A larger stream moves from memory to the function's disk.
SPOOL_BYTES = 8 * 1024 * 1024
ZSTD_LEVEL = 3
BLOCK_BYTES = 32 * 1024


def encode_line(value: Any) -> bytes:
    """Encode a value as one line of JSON; values that JSON lacks become text."""
    try:
        return orjson.dumps(value, default=str, option=orjson.OPT_APPEND_NEWLINE)
    except TypeError:
        # orjson rejects a lone surrogate and an integer of more than 64 bits.
        return json.dumps(value, separators=(",", ":"), default=str).encode() + b"\n"


def decode_line(line: bytes) -> Any:
    """Decode one line. Raises ValueError if it is not JSON."""
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return json.loads(line)


def read_lines(compressed: Any, wanted: Callable[[bytes], bool] | None = None) -> Iterator[Any]:
    """Yield the values of a compressed stream of lines.

    `wanted` filters the undecoded lines, because decoding takes ten times as long as the filter.
    """
    with zstandard.ZstdDecompressor().stream_reader(compressed, read_across_frames=True) as reader:
        for line in io.BufferedReader(reader, io.DEFAULT_BUFFER_SIZE):
            if wanted is None or wanted(line):
                yield decode_line(line)


def line_blocks(compressed: Any) -> Iterator[bytes]:
    """Yield the undecoded lines of a compressed stream, as many at a time as a core's cache holds.

    Each block ends where a line ends. Measured: half the time of an iterator of lines.
    """
    rest: list[bytes] = []
    with zstandard.ZstdDecompressor().stream_reader(compressed, read_across_frames=True) as reader:
        while found := reader.read(BLOCK_BYTES):
            end = found.rfind(b"\n") + 1
            if end:
                yield b"".join((*rest, memoryview(found)[:end]))
                rest.clear()
            rest.append(found[end:])
    if any(rest):
        yield b"".join(rest)


class LineWriter:
    """Compress JSON lines into a spooled file; several threads may write to it."""

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES)  # noqa: SIM115
        self._zstd = zstandard.ZstdCompressor(level=ZSTD_LEVEL).stream_writer(
            self._file, closefd=False
        )
        self._lock = threading.Lock()
        self.count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, lines: Iterable[Any]) -> None:
        """Append lines; those of one call stay together."""
        encoded = [encode_line(line) for line in lines]
        with self._lock:
            self._zstd.write(b"".join(encoded))
            self.count += len(encoded)

    def finished(self) -> IO[bytes]:
        self._zstd.flush(zstandard.FLUSH_FRAME)
        self._file.seek(0)
        return self._file
