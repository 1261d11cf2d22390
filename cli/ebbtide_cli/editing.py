"""A bucket whose texts are changed only if nobody else has changed them meanwhile."""

from __future__ import annotations

from dataclasses import dataclass

from botocore.exceptions import ClientError

from ebbtide.errors import MissingError
from ebbtide.storage import Bucket


@dataclass(frozen=True, slots=True)
class StoredText:
    """A text and the etag under which it was read; None: there was no object."""

    text: str
    etag: str | None


class EditableBucket(Bucket):
    """Raises ConflictError when somebody else wrote in between."""

    def read_stored(self, key: str) -> StoredText:
        """The text of an object; an empty one if it does not exist."""
        try:
            answer = self._client.get_object(Bucket=self.name, Key=key)
        except ClientError as failure:
            error = self._translated(failure, key)
            if isinstance(error, MissingError):
                return StoredText("", None)
            raise error from failure
        return StoredText(answer["Body"].read().decode(), answer["ETag"])

    def replace_text(self, key: str, text: str, before: StoredText) -> None:
        """Write only over what was read, or only if there is still nothing."""
        condition = {"IfMatch": before.etag} if before.etag else {"IfNoneMatch": "*"}
        self._put(key, text.encode(), {"ContentType": "application/yaml", **condition})
