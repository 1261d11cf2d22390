"""The AWS that the functions of the examples meet: moto, and answers that are remembered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from aws_lambda_powertools.utilities.parameters import clear_caches
from moto import mock_aws

import ebbtide.automation
import tests.support.shared_clients  # noqa: F401
from ebbtide.store.bucket import Bucket
from ebbtide.store.keys import RunKeys
from tests.support.decisions import write_held_plan
from tests.support.example_functions import Answers
from tests.support.one_call_at_a_time import one_call_at_a_time
from tests.support.ticket_system import TicketSystem, ticket_system

BUCKET = "ebbtide-bucket"
KEY = "k" * 64
RUN = "run-1"


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    values = {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "BUCKET": BUCKET,
        "TABLE": "table",
        "OWNER_TAG": "owner",
        "KEY_SECRET": "key",
        "CHAT_SECRET": "",
        "SENDER": "ebbtide@example.com",
        "PAGE_URL": "https://page.example.com/",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    clear_caches()
    with mock_aws(), one_call_at_a_time():
        yield


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    """Let the functions answer a Step Functions that remembers."""
    found, parse = Answers(), ebbtide.automation.parse
    monkeypatch.setattr(ebbtide.automation, "parse", lambda event: parse(event, found))
    return found


@pytest.fixture
def bucket() -> Bucket:
    """A bucket with the held plan of a run, made now: i-1 and its disk vol-1 of owner a, vol-2 of
    nobody, vol-3 of owner b."""
    client = boto3.client("s3")
    client.create_bucket(Bucket=BUCKET)
    found = Bucket(client, BUCKET)
    write_held_plan(found, RUN, datetime.now(UTC))
    return found


@pytest.fixture
def secrets() -> Callable[[str, str], str]:
    def create(name: str, text: str) -> str:
        made = boto3.client("secretsmanager").create_secret(Name=name, SecretString=text)
        return str(made["ARN"])

    create("key", KEY)
    return create


@pytest.fixture
def system() -> Iterator[TicketSystem]:
    with ticket_system() as running:
        yield running


@pytest.fixture
def event(bucket: Bucket) -> Callable[..., dict[str, Any]]:
    """Make an event of the run, as EventBridge delivers it; with `automation` it is awaited."""

    def make(name: str, automation: str = "", token: str = "token", **data: Any) -> dict[str, Any]:
        summary = bucket.read_json(RunKeys(RUN).plan_summary)
        usual = {
            "summary": RunKeys(RUN).plan_summary,
            "selected": 4,
            "refused": 0,
            "undecided": 0,
            "held": True,
            "held_resources": 4,
            "approval": "always",
            "hash": summary["hash"],
            "held_by": [],
            "enabled": True,
            "dry_run": False,
        }
        asked = {"automation": automation, "task_token": token} if automation else {}
        detail = {
            "format": 1,
            "run_id": RUN,
            "workflow": "collect_and_cleanup",
            "event": name,
            "step": "cleanup",
            "bucket": BUCKET,
            "data": {**usual, **data},
            **asked,
        }
        return {
            "source": "ebbtide",
            "detail-type": f"await_{name}" if automation else name,
            "time": summary["created"],
            "region": "us-east-1",
            "detail": detail,
        }

    return make
