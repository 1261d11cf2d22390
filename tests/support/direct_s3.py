"""Takes calls about the deployment's own bucket straight to moto's objects.

Two calls in three of a workflow in process read or write that bucket. Over the protocol, each one
is signed, matched with all addresses that moto knows, written as XML and parsed again: 5 ms. The
objects are the same, and whatever is not answered here goes over the protocol: failed conditions,
versions, metadata, and whole lists. So does everything under `make test-full`. Importing this
module patches botocore's clients for the whole process.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any

import boto3.s3.inject
import botocore.client
from botocore.response import StreamingBody
from moto.s3.models import FakeKey, s3_backends

from tests.support.answering import from_aws
from tests.support.effort import is_full

type _Answer = dict[str, Any] | None  # None: over the protocol
type _Given = Mapping[str, Any]

# S3 lists that many objects at once.
PAGE = 1_000
_MISSING = {"Code": "NoSuchKey", "Message": "The specified key does not exist."}
_buckets: set[str] = set()


def serve(bucket: str) -> None:
    """Answer calls about this bucket directly, unless tests run in full."""
    if not is_full():
        _buckets.add(bucket)


def _put(_client: Any, backend: Any, given: _Given) -> _Answer:
    if given.keys() - {"Bucket", "Key", "Body", "ContentType", "IfMatch", "IfNoneMatch"}:
        return None
    if not isinstance(given["Body"], bytes) or not _as_expected(backend, given):
        return None
    stored = backend.put_object(given["Bucket"], given["Key"], given["Body"])
    if "ContentType" in given:
        stored.set_metadata({"Content-Type": given["ContentType"]})
    return {"ETag": stored.etag}


def _as_expected(backend: Any, given: _Given) -> bool:
    """Return whether the conditions hold under which an object is written or deleted."""
    if "IfMatch" in given:
        now = backend.get_object(given["Bucket"], given["Key"])
        return now is not None and now.etag == given["IfMatch"]
    if "IfNoneMatch" in given:
        return backend.get_object(given["Bucket"], given["Key"]) is None
    return True


def _get(client: Any, backend: Any, given: _Given) -> _Answer:
    if given.keys() != {"Bucket", "Key"}:
        return None
    found = backend.get_object(given["Bucket"], given["Key"])
    if found is None:
        answer = {"Error": dict(_MISSING), "ResponseMetadata": {"HTTPStatusCode": 404}}
        raise client.exceptions.NoSuchKey(answer, "GetObject")
    content = found.value
    return {
        "Body": StreamingBody(io.BytesIO(content), len(content)),
        "ETag": found.etag,
        "ContentLength": len(content),
        "LastModified": found.last_modified,
    }


def _list(_client: Any, backend: Any, given: _Given) -> _Answer:
    if "Prefix" not in given or given.keys() - {"Bucket", "Prefix", "Delimiter"}:
        return None
    bucket = backend.get_bucket(given["Bucket"])
    found, more, _ = backend.list_objects_v2(
        bucket, given["Prefix"], given.get("Delimiter"), None, None, PAGE
    )
    if more:
        return None
    keys = [{"Key": one.name, "Size": one.size} for one in found if isinstance(one, FakeKey)]
    folders = [{"Prefix": one} for one in found if not isinstance(one, FakeKey)]
    lists = {"Contents": keys, "CommonPrefixes": folders}
    return {"IsTruncated": False, **{name: ones for name, ones in lists.items() if ones}}


def _delete(_client: Any, backend: Any, given: _Given) -> _Answer:
    if given.keys() - {"Bucket", "Key", "IfMatch"} or not _as_expected(backend, given):
        return None
    backend.delete_object(given["Bucket"], given["Key"])
    return {}


_OPERATIONS: dict[str, Callable[[Any, Any, _Given], _Answer]] = {
    "DeleteObject": _delete,
    "GetObject": _get,
    "ListObjectsV2": _list,
    "PutObject": _put,
}
_make_api_call = botocore.client.BaseClient._make_api_call
_upload = boto3.s3.inject.upload_fileobj


def _directly(client: Any, operation: str, given: _Given) -> _Answer:
    bucket = given.get("Bucket")
    if bucket not in _buckets or operation not in _OPERATIONS:
        return None
    place = s3_backends.bucket_accounts.get(bucket)
    if place is None or client.meta.service_model.service_name != "s3":
        return None
    partition, account = place
    return _OPERATIONS[operation](client, s3_backends[account][partition], given)


def _call(self: Any, operation: str, given: Any) -> Any:
    answer = _directly(self, operation, given)
    return _make_api_call(self, operation, given) if answer is None else from_aws(answer)


def _upload_at_once(self: Any, Fileobj: Any, Bucket: str, Key: str, **others: Any) -> None:
    # boto3 starts threads for each upload.
    if Bucket in _buckets and not others:
        self.put_object(Bucket=Bucket, Key=Key, Body=Fileobj.read())
    else:
        _upload(self, Fileobj, Bucket, Key, **others)


botocore.client.BaseClient._make_api_call = _call
boto3.s3.inject.upload_fileobj = _upload_at_once
