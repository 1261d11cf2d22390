"""Answers AWS calls from the recorded answers of kinds (tests/data/kinds)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any
from unittest.mock import patch

import botocore.client
from botocore import xform_name
from botocore.exceptions import ClientError

from ebbtide.aws.account import AccountSession
from tests.support.paths import RECORDS
from tests.support.unhurried import unhurried_session

# The account of the records.
ACCOUNT, REGION = "111122223333", "eu-central-1"

type Document = dict[str, Any]


def recorded_session() -> AccountSession:
    """Return a session of the account of the records."""
    return unhurried_session(ACCOUNT)


@contextmanager
def answering(kinds: Iterable[str], denied: Iterable[str] = ()) -> Iterator[list[str]]:
    """Answer calls from the records of these kinds, the first that has an answer; else with {}.

    Calls in `denied`, such as `sns.list_topics`, are refused. Yields the calls that were made, each
    with its region and arguments.
    """
    stored = [entry for kind in kinds for entry in _calls(kind)]
    refused, made = frozenset(denied), list[str]()

    def call(client: Any, operation: str, arguments: Document) -> Document:
        service = client.meta.service_model.service_name
        name = f"{service}.{xform_name(operation)}"
        made.append(f"{name} in {client.meta.region_name} {json.dumps(arguments, default=str)}")
        if name in refused:
            answer: Any = {"Error": {"Code": "AccessDeniedException", "Message": "no"}}
            raise ClientError(answer, operation)
        found = _answer(stored, service, xform_name(operation), arguments)
        return {**found, "ResponseMetadata": {"RequestId": "1", "HTTPStatusCode": 200}}

    with (
        patch.object(botocore.client.BaseClient, "_make_api_call", call),
        patch.object(AccountSession, "reaches", lambda *_: True),
    ):
        yield made


@cache
def _calls(kind: str) -> tuple[Document, ...]:
    path = RECORDS / f"{kind}.json"
    return tuple(json.loads(path.read_text()).get("calls", ())) if path.exists() else ()


def _answer(
    stored: Iterable[Document], service: str, operation: str, arguments: Mapping[str, Any]
) -> Document:
    for entry in stored:
        wanted = entry.get("args", {})
        if (entry["service"], entry["operation"]) == (service, operation) and all(
            arguments.get(name) == value for name, value in wanted.items()
        ):
            found: Document = entry["answer"]
            return found
    return {}
