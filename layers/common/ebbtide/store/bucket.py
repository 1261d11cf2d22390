"""The bucket: typed keys, JSON objects, streams of JSON lines, conditional writes."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import batched
from typing import Any

from botocore.exceptions import ClientError

from ebbtide.aws import own_session
from ebbtide.base.errors import ConflictError, MissingError
from ebbtide.base.json_lines import LineWriter, line_blocks, read_lines

# The metadata of an object that says who wrote it.
_AUTHOR = "ebbtide-by"
# Lines per write to the compressor.
BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Stored:
    """An object's JSON, and its etag when it was read."""

    value: Any
    etag: str


@dataclass(frozen=True, slots=True)
class StoredText:
    """An object's text, and its etag when it was read; None if the object did not exist."""

    text: str
    etag: str | None


@dataclass(frozen=True, slots=True)
class Version:
    """A version of an object in a versioned bucket; `deleted` if it says that there is none."""

    id: str
    changed: datetime
    size: int
    current: bool
    deleted: bool = False


class Bucket:
    """One S3 bucket.

    Reads raise MissingError if the object does not exist. Conditional writes and deletes raise
    ConflictError if another writer was first.
    """

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self.name = name

    def read(self, key: str) -> Stored:
        answer = self._get(key)
        return Stored(json.loads(answer["Body"].read()), answer["ETag"])

    def read_text(self, key: str) -> str:
        return str(self._get(key)["Body"].read().decode())

    def read_bytes(self, key: str, most: int) -> bytes:
        """Return the first `most` bytes of an object, whoever may have made it larger."""
        with self._get(key)["Body"] as body:
            return bytes(body.read(most))

    def read_stored_text(self, key: str) -> StoredText:
        """Read a text that `replace_text` will replace; empty if the object does not exist."""
        try:
            answer = self._get(key)
        except MissingError:
            return StoredText("", None)
        return StoredText(answer["Body"].read().decode(), answer["ETag"])

    def read_json(self, key: str) -> Any:
        return self.read(key).value

    def find_json(self, key: str) -> Any | None:
        """Read an object; return None if it does not exist."""
        try:
            return self.read_json(key)
        except MissingError:
            return None

    def write_json(self, key: str, value: Any) -> str:
        return self._put(key, _json_bytes(value), {})

    def write_texts(self, key: str, texts: Iterable[str]) -> str:
        """Write JSON whose text comes in pieces, because there is much of it."""
        with io.BytesIO() as body:
            for text in texts:
                body.write(text.encode())
            return self._put(key, body.getvalue(), {})

    def write_text(self, key: str, text: str, content_type: str = "text/plain") -> str:
        return self._put(key, text.encode(), {"ContentType": content_type})

    def replace_text(
        self, key: str, text: str, before: StoredText, content_type: str, author: str | None = None
    ) -> str:
        """Write if the object is unchanged, or still missing, since `before`; return its etag.

        `author` is who writes, which the object then says of itself.
        """
        condition = {"IfMatch": before.etag} if before.etag else {"IfNoneMatch": "*"}
        metadata = {"Metadata": {_AUTHOR: author}} if author else {}
        return self._put(key, text.encode(), {"ContentType": content_type, **condition, **metadata})

    def versions(self, key: str) -> list[Version]:
        """Return the versions of an object, the newest first; only one without versioning."""
        pages = self._client.get_paginator("list_object_versions").paginate(
            Bucket=self.name, Prefix=key
        )
        found = [
            Version(
                one["VersionId"], one["LastModified"], one.get("Size", 0), one["IsLatest"], what
            )
            for page in pages
            for what, entries in ((False, "Versions"), (True, "DeleteMarkers"))
            for one in page.get(entries, ())
            if one["Key"] == key
        ]
        # A second may have several versions, which S3 lists in their order.
        return sorted(found, key=lambda one: (one.current, one.changed), reverse=True)

    def read_version(self, key: str, version: str, most: int) -> bytes:
        """Return the first `most` bytes of a version of an object."""
        with self._get(key, VersionId=version)["Body"] as body:
            return bytes(body.read(most))

    def author_of(self, key: str, version: str) -> str | None:
        """Return who wrote a version; None if it does not say so, or cannot be read."""
        try:
            found = self._client.head_object(Bucket=self.name, Key=key, VersionId=version)
        except ClientError:
            return None
        author = found["Metadata"].get(_AUTHOR)
        return None if author is None else str(author)

    def create_json(self, key: str, value: Any) -> str:
        """Write if the object does not exist yet; return its etag."""
        return self._put(key, _json_bytes(value), {"IfNoneMatch": "*"})

    def replace_json(self, key: str, value: Any, etag: str) -> str:
        """Write if the object still has this etag; return the new one."""
        return self._put(key, _json_bytes(value), {"IfMatch": etag})

    def delete(self, key: str) -> None:
        self._client.delete_object(Bucket=self.name, Key=key)

    def delete_if(self, key: str, etag: str) -> None:
        """Delete the object if it still has this etag."""
        try:
            self._client.delete_object(Bucket=self.name, Key=key, IfMatch=etag)
        except ClientError as error:
            raise self._translated(error, key) from error

    def keys(self, prefix: str) -> Iterator[str]:
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self.name, Prefix=prefix
        )
        for page in pages:
            for entry in page.get("Contents", []):
                yield entry["Key"]

    def folders(self, prefix: str) -> Iterator[str]:
        """Yield the names between `prefix`, which ends in a slash, and the next slash, sorted."""
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self.name, Prefix=prefix, Delimiter="/"
        )
        for page in pages:
            for entry in page.get("CommonPrefixes", []):
                yield entry["Prefix"].removeprefix(prefix).removesuffix("/")

    def read_lines(self, key: str, wanted: Callable[[bytes], bool] | None = None) -> Iterator[Any]:
        """Yield the JSON lines of a zstd object. Raises MissingError before the first one.

        `wanted` filters the undecoded lines.
        """
        yield from read_lines(self._get(key)["Body"], wanted)

    def line_blocks(self, key: str) -> Iterator[bytes]:
        """Yield the undecoded lines of a zstd object in blocks. Raises MissingError at first."""
        yield from line_blocks(self._get(key)["Body"])

    def upload(self, key: str, writer: LineWriter) -> None:
        """Upload the content of a line writer as one object."""
        self._client.upload_fileobj(writer.finished(), self.name, key)

    def write_lines(self, key: str, lines: Iterable[Any]) -> int:
        """Write JSON lines as one zstd object; return the number of lines."""
        with LineWriter() as writer:
            for batch in batched(lines, BATCH):
                writer.write(batch)
            self.upload(key, writer)
        return writer.count

    def _get(self, key: str, **version: str) -> Mapping[str, Any]:
        try:
            answer: Mapping[str, Any] = self._client.get_object(
                Bucket=self.name, Key=key, **version
            )
        except ClientError as error:
            raise self._translated(error, key) from error
        return answer

    def _put(self, key: str, body: bytes, extra: Mapping[str, Any]) -> str:
        options = {"ContentType": "application/json", **extra}
        try:
            answer = self._client.put_object(Bucket=self.name, Key=key, Body=body, **options)
        except ClientError as error:
            raise self._translated(error, key) from error
        return str(answer["ETag"])

    def _translated(self, failure: ClientError, key: str) -> Exception:
        code = failure.response.get("Error", {}).get("Code", "")
        if code in ("NoSuchKey", "NoSuchVersion", "404"):
            return MissingError(f"s3://{self.name}/{key} does not exist")
        # 409 means that two conditional writes collided; as after 412, the caller must read again.
        if code in ("PreconditionFailed", "ConditionalRequestConflict", "412", "409"):
            return ConflictError(f"s3://{self.name}/{key} was changed by another writer")
        unknown: Exception = failure
        return unknown


def _json_bytes(value: Any) -> bytes:
    # Compact, because the coverage of 270 kinds in four regions takes 0.1 MB instead of 1.1 MB.
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()


def open_bucket(name: str, region: str) -> Bucket:
    """Open the deployment's own bucket with the function's own role."""
    return Bucket(own_session("", "aws").client("s3", region), name)
