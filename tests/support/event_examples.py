"""The programs of the examples that act on events, a run in moto's S3, and its answers."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import boto3
from botocore.exceptions import ClientError

import tests.support.shared_clients  # noqa: F401
from ebbtide.config import Config
from ebbtide.graph.manifest import AccountEntry, Manifest
from ebbtide.model.resource import Resource
from ebbtide.store.bucket import Bucket
from ebbtide.store.keys import RunKeys
from ebbtide.store.run import Run, store_run
from tests.support.builders import ACCOUNT, NOW
from tools.event_examples import envelope
from tools.template import REPOSITORY, read_template

EXAMPLES = REPOSITORY / "examples" / "automations"
BUCKET, RUN = "bucket-of-the-run", "run-1"
KEYS = RunKeys(RUN)


@contextmanager
def program(folder: str, name: str) -> Iterator[Any]:
    """Import a module of an example, and forget it and its neighbours afterwards."""
    place = str(EXAMPLES / folder)
    before = set(sys.modules)
    sys.path.insert(0, place)
    try:
        yield import_module(name)
    finally:
        sys.path.remove(place)
        for one in set(sys.modules) - before:
            if str(getattr(sys.modules[one], "__file__", "")).startswith(place):
                del sys.modules[one]


def make_bucket() -> Bucket:
    client = boto3.client("s3")
    client.create_bucket(Bucket=BUCKET)
    return Bucket(client, BUCKET)


def write_snapshot(bucket: Bucket, resources: Iterable[Resource]) -> None:
    """Write the graph of the run, with one account."""
    names = {name: KEYS.graph(ACCOUNT, f"{name}.jsonl.zst") for name in ("resources", "edges")}
    bucket.write_lines(names["resources"], [one.to_line() for one in resources])
    bucket.write_lines(names["edges"], [])
    entry = AccountEntry(ACCOUNT, "dev", RUN, names["resources"], names["edges"], "", "")
    manifest = Manifest(RUN, "2026-11-22T12:00:00Z", None, (entry,))
    bucket.write_json(KEYS.manifest, manifest.to_json())
    store_run(bucket, Run(RUN, "collect_and_cleanup", NOW, Config()))


def event_of(name: str, automation: str = "", **data: Any) -> dict[str, Any]:
    """Return an event of the run; with `automation`, the run waits for it."""
    found = envelope(name, awaited=bool(automation))
    detail = found["detail"]
    detail |= {"run_id": RUN, "bucket": BUCKET, "data": {**detail["data"], **data}}
    if automation:
        detail |= {"automation": automation, "task_token": "token"}
    return found


def resources_of(example: str) -> dict[str, Any]:
    found: dict[str, Any] = read_template(EXAMPLES / example / "template.yaml")["Resources"]
    return found


def transformed(rule: Mapping[str, Any], event: Any) -> Any:
    """Return the JSON that the target of a rule gets; EventBridge fills in values as they are."""
    (target,) = rule["Properties"]["Targets"]
    transformer = target["InputTransformer"]

    def value(match: re.Match[str]) -> str:
        found = event
        for name in transformer["InputPathsMap"][match[1]].removeprefix("$.").split("."):
            found = found[name]
        return found if isinstance(found, str) else json.dumps(found)

    return json.loads(re.sub(r"<(\w+)>", value, transformer["InputTemplate"]))


@dataclass
class Answers:
    """A session whose Step Functions accepts one answer, and remembers it."""

    given: list[dict[str, Any]] = field(default_factory=list)

    def client(self, service: str) -> Any:
        return self if service == "stepfunctions" else boto3.client(service)

    def send_task_success(self, **answer: Any) -> None:
        self._accept("SendTaskSuccess", answer)

    def send_task_failure(self, **answer: Any) -> None:
        self._accept("SendTaskFailure", answer)

    def _accept(self, operation: str, answer: dict[str, Any]) -> None:
        if self.given:
            error = {"Error": {"Code": "TaskTimedOut", "Message": "Task Timed Out"}}
            raise ClientError(error, operation)
        self.given.append(answer)
