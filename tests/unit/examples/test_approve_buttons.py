"""The example approve-buttons: who gets links, and what a link can do, and cannot."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from moto.core import DEFAULT_ACCOUNT_ID
from moto.sesv2.models import sesv2_backends

from ebbtide.automation.links import sign
from ebbtide.base.clock import from_text, now
from ebbtide.plan.approved import find_decisions
from ebbtide.store.bucket import Bucket
from ebbtide.store.keys import APPROVALS, RunKeys
from tests.support.builders import ACCOUNT
from tests.support.decisions import rename, write_held_plan
from tests.support.example_functions import function_of
from tests.support.ticket_system import TicketSystem
from tests.unit.examples.conftest import KEY, RUN

ANN, BOB = "ann@example.com", "bob@example.com"


@pytest.fixture
def imported(
    secrets: Callable[..., str], system: TicketSystem, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Any]:
    secrets("chat", f"{system.url}/hook")
    values = {
        "APPROVERS": f"{ANN}, {BOB}",
        "CHAT_SECRET": "chat",
        "LINK_HOURS": "24",
        "DECISION_HOURS": "24",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    boto3.client("dynamodb").create_table(
        TableName="table",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "name", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "name", "KeyType": "HASH"}],
    )
    boto3.client("sesv2").create_email_identity(EmailIdentity="ebbtide@example.com")
    with function_of("approve-buttons") as load:
        yield load


def mails() -> dict[str, str]:
    """Return the texts of the mails that were sent, by receiver."""
    sent = sesv2_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].core_backend.sent_messages
    return {one.destinations["ToAddresses"][0]: str(one.body) for one in sent}


def token(claims: dict[str, str], key: str = KEY, hours: float = 1, **changed: Any) -> str:
    return sign({**claims, **changed}, key, purpose="decide", until=now() + timedelta(hours=hours))


@pytest.fixture
def claims(bucket: Bucket) -> dict[str, str]:
    summary = bucket.read_json(RunKeys(RUN).plan_summary)
    return {"run": RUN, "hash": summary["hash"], "verdict": "approve", "who": ANN}


@pytest.fixture
def open_link(imported: Any) -> Callable[..., Any]:
    def opening(text: str, method: str = "GET") -> Any:
        event = {
            "requestContext": {"http": {"method": method}},
            "queryStringParameters": {"t": text},
        }
        return imported("decide").answer(event, None)

    return opening


def stored(bucket: Bucket) -> list[Any]:
    return [found.decision for found in find_decisions(bucket, now())]


def links_in(text: str) -> list[str]:
    found = re.findall(r"https://page\.example\.com/\?t=[\w.%-]+", text)
    return [parse_qs(urlsplit(one).query)["t"][0] for one in found]


def test_each_approver_and_the_chat_get_links_that_decide(
    imported: Any, event: Callable[..., Any], bucket: Bucket, system: TicketSystem, open_link: Any
) -> None:
    imported("tell").send(event("cleanup_held"), None)
    (post,) = system.posts
    assert "Ebbtide holds 4 of 4 planned resources (run run-1" in post["text"]
    assert set(mails()) == {ANN, BOB}
    buttons = post["blocks"][1]["elements"]
    assert [one["url"] for one in buttons] == [
        f"https://page.example.com/?t={one}" for one in links_in(post["text"])
    ]
    for text in (post["text"], mails()[BOB]):
        for one in sorted(set(links_in(text))):
            assert open_link(one, "POST")["statusCode"] == 200
    assert {(one.verdict, one.note) for one in stored(bucket)} == {
        (verdict, f"by the link for {who}")
        for verdict in ("approve", "reject")
        for who in (BOB, "the chat")
    }


def test_an_event_that_is_delivered_twice_is_told_once(
    imported: Any, event: Callable[..., Any], system: TicketSystem
) -> None:
    for _ in range(2):
        imported("tell").send(event("cleanup_held"), None)
    assert len(system.posts) == 1


def test_a_chat_that_fails_keeps_no_one_else_from_their_mail_and_is_told_later(
    imported: Any, event: Callable[..., Any], system: TicketSystem
) -> None:
    system.status = 500
    with pytest.raises(RuntimeError, match="the chat: the chat answered 500") as failed:
        imported("tell").send(event("cleanup_held"), None)
    assert system.url not in str(failed.value)
    assert set(mails()) == {ANN, BOB}
    system.status = 0
    imported("tell").send(event("cleanup_held"), None)
    assert len(system.posts) == 1


@pytest.mark.parametrize("data", [{"approval": "never"}, {"held_resources": 0}])
def test_nobody_is_asked_for_what_no_approval_releases(
    imported: Any, event: Callable[..., Any], system: TicketSystem, data: Any
) -> None:
    imported("tell").send(event("cleanup_held", **data), None)
    assert system.posts == [] and mails() == {}


def test_opening_a_link_shows_the_plan_and_decides_nothing(
    open_link: Any, claims: dict[str, str], bucket: Bucket
) -> None:
    for method in ("GET", "HEAD", "PUT"):
        answer = open_link(token(claims), method)
        assert answer["statusCode"] == 200
        assert "vol-3" in answer["body"] and "Approve 4 resources" in answer["body"]
    assert list(bucket.keys(APPROVALS)) == []


def test_the_button_stores_what_the_command_would(
    open_link: Any, claims: dict[str, str], bucket: Bucket
) -> None:
    assert open_link(token(claims), "POST")["statusCode"] == 200
    (found,) = find_decisions(bucket, now())
    decision = found.decision
    assert decision is not None and found.standing == "valid"
    caller = boto3.client("sts").get_caller_identity()
    assert found.key.startswith(f"{APPROVALS}{caller['UserId']}/")
    assert (decision.verdict, decision.hash) == ("approve", claims["hash"])
    assert (decision.accounts, decision.owners, decision.excepted) == (None, None, ())
    assert decision.note == f"by the link for {ANN}"
    assert decision.until - decision.made == timedelta(hours=24)


def test_a_link_works_once(open_link: Any, claims: dict[str, str], bucket: Bucket) -> None:
    link = token(claims)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: open_link(link, "POST"), range(4)))
    answers.append(open_link(link, "POST"))
    statuses = sorted(one["statusCode"] for one in answers)
    assert statuses == [200, 409, 409, 409, 409]
    assert len(stored(bucket)) == 1


def test_what_was_killed_before_it_wrote_is_written_by_the_next_try(
    open_link: Any, claims: dict[str, str], bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as broken, pytest.raises(SystemExit):
        broken.setattr(Bucket, "replace_text", killed)
        open_link(token(claims), "POST")
    assert stored(bucket) == []
    assert open_link(token(claims), "POST")["statusCode"] == 200
    assert len(stored(bucket)) == 1
    assert open_link(token(claims), "POST")["statusCode"] == 409


def test_what_was_killed_after_it_wrote_writes_nothing_a_second_time(
    imported: Any,
    open_link: Any,
    claims: dict[str, str],
    bucket: Bucket,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    table, link = imported("used").Table, token(claims)
    note = table.note

    def killed(self: Any, name: str, at: Any) -> Any:
        if name.startswith("done/"):
            raise SystemExit
        return note(self, name, at)

    with monkeypatch.context() as broken, pytest.raises(SystemExit):
        broken.setattr(table, "note", killed)
        open_link(link, "POST")
    monkeypatch.setattr(imported("decide"), "now", lambda: now() + timedelta(minutes=5))
    assert open_link(link, "POST")["statusCode"] == 409
    assert len(stored(bucket)) == 1


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"key": "o" * 64}, 403),
        ({"hours": -1}, 403),
        ({"hash": "0" * 64}, 403),
        ({"run": "run-2"}, 410),
    ],
    ids=["forged", "expired", "another plan", "no such run"],
)
def test_a_link_that_does_not_count_decides_nothing(
    open_link: Any, claims: dict[str, str], bucket: Bucket, changed: Any, status: int
) -> None:
    for method in ("GET", "POST"):
        answer = open_link(token(claims, **changed), method)
        assert answer["statusCode"] == status
        assert "vol-3" not in answer["body"]
    assert list(bucket.keys(APPROVALS)) == []


def test_a_plan_that_was_altered_cannot_be_approved(
    open_link: Any, claims: dict[str, str], bucket: Bucket
) -> None:
    plan = bucket.read_json(RunKeys(RUN).plan(ACCOUNT))
    plan["planned"][0]["reason"] = "another one"
    bucket.write_json(RunKeys(RUN).plan(ACCOUNT), plan)
    assert open_link(token(claims), "POST")["statusCode"] == 410
    assert list(bucket.keys(APPROVALS)) == []


def test_names_in_a_plan_are_text_on_the_page(
    open_link: Any, claims: dict[str, str], bucket: Bucket
) -> None:
    link = token(claims, hash=rename(bucket, RUN, "<script>alert(1)</script>"))
    body = open_link(link)["body"]
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in body and "<script>" not in body


def test_who_approves_learns_that_somebody_has_rejected(
    open_link: Any, claims: dict[str, str]
) -> None:
    assert open_link(token(claims, verdict="reject", who=BOB), "POST")["statusCode"] == 200
    assert "A rejection wins" in open_link(token(claims))["body"]
    assert "A rejection wins" in open_link(token(claims), "POST")["body"]


def test_a_decision_never_outlasts_what_counts(
    open_link: Any, claims: dict[str, str], bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DECISION_HOURS", "72")
    made = now() - timedelta(hours=20)
    write_held_plan(bucket, "run-2", made)
    summary = bucket.read_json(RunKeys("run-2").plan_summary)
    open_link(token(claims, run="run-2", hash=summary["hash"]), "POST")
    (decision,) = stored(bucket)
    assert decision.until <= from_text(summary["created"]) + timedelta(days=3)
    (found,) = find_decisions(bucket, now())
    assert found.standing == "valid"


def test_no_secret_is_logged(
    imported: Any,
    event: Callable[..., Any],
    open_link: Any,
    claims: dict[str, str],
    system: TicketSystem,
    caplog: pytest.LogCaptureFixture,
) -> None:
    imported("tell").send(event("cleanup_held"), None)
    link = token(claims)
    open_link(link, "POST")
    said = "\n".join(str(vars(one)) for one in caplog.records)
    assert f"by the link for {ANN}" in said
    assert not any(one in said for one in (KEY, link, system.url))
