"""JSON that is written piece by piece."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from ebbtide.store.bucket import Bucket


def test_pieces_become_one_object_in_utf_8() -> None:
    written: dict[str, Any] = {}

    def put_object(**given: Any) -> dict[str, str]:
        written.update(given)
        return {"ETag": "e1"}

    bucket = Bucket(SimpleNamespace(put_object=put_object), "bucket")
    assert bucket.write_texts("key", iter(['{"a":', '"ä"', "}"])) == "e1"
    assert written == {
        "Bucket": "bucket",
        "Key": "key",
        "Body": '{"a":"ä"}'.encode(),
        "ContentType": "application/json",
    }
