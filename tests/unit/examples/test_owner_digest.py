"""The example owner-digest: who is told what, what a link keeps, and what runs are answered."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from html import unescape
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import boto3
import pytest
from aws_lambda_powertools.utilities.parameters import clear_caches
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st
from moto.core import DEFAULT_ACCOUNT_ID
from moto.sesv2.models import sesv2_backends

import ebbtide.plan.approvals
from ebbtide.automation.links import sign
from ebbtide.base.clock import from_text, now
from ebbtide.store.bucket import Bucket
from ebbtide.store.keys import RunKeys
from tests.support.builders import ACCOUNT
from tests.support.decisions import rename
from tests.support.example_functions import Answers, function_of
from tests.support.ticket_system import TicketSystem
from tests.unit.examples.conftest import KEY, RUN

# Before the functions are imported.
pytestmark = pytest.mark.usefixtures("answers")

A, ALL = "a@example.com", "all@example.com"
HERE = f"{ACCOUNT}/us-east-1"
MACHINE, DISK = f"{HERE}/aws_ec2_instance/i-1", f"{HERE}/aws_ec2_volume/vol-1"
LOOSE, VOLUME = f"{HERE}/aws_ec2_volume/vol-2", f"{HERE}/aws_ec2_volume/vol-3"


@pytest.fixture
def imported(
    secrets: Callable[..., str], system: TicketSystem, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Any]:
    secrets("chat", f"{system.url}/hook")
    values = {
        "CHAT_SECRET": "chat",
        "CONTACTS_PARAMETER": "contacts",
        "EVERY_HOURS": "24",
        "LINK_DAYS": "7",
        "KEEP_DAYS": "30",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    keys = [("part", "HASH"), ("name", "RANGE")]
    boto3.client("dynamodb").create_table(
        TableName="table",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name, _ in keys],
        KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys],
    )
    boto3.client("sesv2").create_email_identity(EmailIdentity="ebbtide@example.com")
    contacts({"a": A, "*": ALL})
    with function_of("owner-digest") as load:
        yield load


def contacts(given: dict[str, str]) -> None:
    client = boto3.client("ssm")
    client.put_parameter(Name="contacts", Type="String", Value=json.dumps(given), Overwrite=True)
    clear_caches()


def mails() -> list[tuple[str, str]]:
    """Return receiver and text of the mails that were sent."""
    sent = sesv2_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].core_backend.sent_messages
    return [(one.destinations["ToAddresses"][0], str(one.body)) for one in sent]


def link_in(text: str) -> str:
    found = re.findall(r"https://page\.example\.com/\?t=[\w.%-]+", text)
    assert len(set(found)) == 1
    return parse_qs(urlsplit(found[0]).query)["t"][0]


@pytest.fixture
def send(imported: Any, event: Callable[..., Any]) -> Callable[[], None]:
    return lambda: imported("digest").send(event("post_cleanup_plan"), None)


@pytest.fixture
def press(imported: Any) -> Callable[..., Any]:
    """Open a link; with `ids`, press its button."""

    def pressing(token: str, *ids: str, **others: str) -> Any:
        event = {
            "requestContext": {"http": {"method": "POST" if ids or others else "GET"}},
            "queryStringParameters": {"t": token},
            "body": urlencode([*(("id", one) for one in ids), *others.items()]),
        }
        return imported("page").answer(event, None)

    return pressing


@pytest.fixture
def token(bucket: Bucket) -> Callable[..., str]:
    def make(owner: str = "a", key: str = KEY, days: float = 1, **changed: str) -> str:
        claims = {"run": RUN, "hash": bucket.read_json(RunKeys(RUN).plan_summary)["hash"]}
        end = now() + timedelta(days=days)
        return sign({**claims, "owner": owner, **changed}, key, purpose="keep", until=end)

    return make


@pytest.fixture
def keep(imported: Any, event: Callable[..., Any], answers: Answers) -> Callable[[], Any]:
    """Ask what is kept in the next run: graph id -> (reason, until)."""

    def asking() -> dict[str, tuple[str, datetime]]:
        imported("keeping").answer(event("post_cleanup_plan", "owners-keep"), None)
        given = json.loads(answers.success["token"]).get("marks", [])
        return {one["id"]: (one["reason"], from_text(one["until"])) for one in given}

    return asking


def test_each_owner_is_told_what_is_theirs(
    send: Callable[[], None], press: Callable[..., Any], system: TicketSystem
) -> None:
    send()
    (to_a, text_a), *others = mails()
    assert to_a == A and "2 resources of a" in text_a and "vol-1" in text_a
    assert "vol-3" not in text_a
    assert {to for to, _ in others} == {ALL} and len(others) == 2
    assert "vol-3" in press(link_in(others[1][1]))["body"] + press(link_in(others[0][1]))["body"]
    (post,) = system.posts
    assert re.findall(r"^`(\w+)`: (\d) resources", post["text"], re.MULTILINE) == [
        ("nobody", "1"),
        ("a", "2"),
        ("b", "1"),
    ]


def test_nobody_is_told_twice_a_day(
    send: Callable[[], None], system: TicketSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    send()
    send()
    assert (len(mails()), len(system.posts)) == (3, 1)
    monkeypatch.setenv("EVERY_HOURS", "0")
    send()
    assert (len(mails()), len(system.posts)) == (6, 2)


def test_an_owner_without_an_address_gets_no_mail(send: Callable[[], None]) -> None:
    contacts({"a": A})
    send()
    assert [to for to, _ in mails()] == [A]


def test_what_failed_is_sent_by_the_next_call_and_nothing_else(
    send: Callable[[], None], system: TicketSystem
) -> None:
    system.status = 503
    with pytest.raises(RuntimeError, match="the chat answered 503"):
        send()
    system.status = 0
    send()
    assert (len(mails()), len(system.posts)) == (3, 1)


def test_many_owners_are_told_in_messages_that_a_chat_accepts(
    send: Callable[[], None], imported: Any, system: TicketSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imported("digest"), "CHAT_LENGTH", 800)
    send()
    assert len(system.posts) == 2
    texts = [post["text"] for post in system.posts]
    assert all(text.startswith("Ebbtide plans to delete") for text in texts)
    owners = re.findall(r"^`(\w+)`: \d resources", "\n".join(texts), re.MULTILINE)
    assert owners == ["nobody", "a", "b"]


@given(st.lists(st.integers(1, 3_000), unique=True, max_size=60))
def test_messages_are_short_and_lose_nobody(sizes: list[int]) -> None:
    with function_of("owner-digest") as load:
        digest = load("digest")
    lines = {str(size): "x" * size for size in sizes}
    found = list(digest.parts(lines))
    assert {owner: text for part in found for owner, text in part.items()} == lines
    assert all(0 < sum(map(len, part.values())) <= digest.CHAT_LENGTH for part in found)


def test_an_owner_whose_link_is_too_long_keeps_no_other_from_the_chat(
    send: Callable[[], None], system: TicketSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = '"' * 900
    monkeypatch.setattr(
        ebbtide.plan.approvals, "owner_of", lambda name, *_: long if name == LOOSE else "a"
    )
    with pytest.raises(RuntimeError, match="chat about the owner"):
        send()
    (post,) = system.posts
    assert "`a`: 3 resources" in post["text"]


def test_opening_a_link_shows_what_is_planned_and_keeps_nothing(
    send: Callable[[], None], press: Callable[..., Any], keep: Callable[[], Any]
) -> None:
    send()
    link = link_in(mails()[0][1])
    page = press(link)
    assert page["statusCode"] == 200
    boxes = re.findall(r'name="id" value="([^"]+)"', page["body"])
    assert {unescape(one) for one in boxes} == {MACHINE, DISK}
    assert keep() == {}


def test_requests_are_answered_with_their_end(
    token: Callable[..., str], press: Callable[..., Any], keep: Callable[[], Any]
) -> None:
    assert press(token(), MACHINE)["statusCode"] == 200
    ((name, (reason, until)),) = keep().items()
    assert name == MACHINE and reason.startswith("a asked to keep it until ")
    assert timedelta(days=29) < until - now() <= timedelta(days=30)


def test_a_page_of_many_resources_has_one_box_for_all_that_it_does_not_list(
    imported: Any,
    token: Callable[..., str],
    press: Callable[..., Any],
    keep: Callable[[], Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(imported("page"), "LISTED", 1)
    shown = press(token())["body"]
    ((name, value),) = set(re.findall(r'name="(?!id)(\w+)" value="(\w+)"', shown))
    (listed,) = re.findall(r'name="id" value="([^"]+)"', shown)
    (other,) = {MACHINE, DISK} - {listed}
    assert press(token(), **{name: value})["statusCode"] == 200
    assert set(keep()) == {other}


def test_the_page_of_20_000_resources_is_shorter_than_lambda_answers(imported: Any) -> None:
    page, one = imported("page"), SimpleNamespace(reason="unattached for 90d " * 10)
    one.subject = SimpleNamespace(
        kind="aws_ec2_volume",
        id="vol-0123456789abcdef0",
        name="<" * 255,
        account=ACCOUNT,
        region="",
    )
    entries = {f"{HERE}/aws_ec2_volume/vol-{number:017}": one for number in range(20_000)}
    assert len(page.choose(entries, "a")["body"].encode()) < 6_000_000


def test_a_request_that_has_ended_keeps_nothing(
    token: Callable[..., str],
    press: Callable[..., Any],
    keep: Callable[[], Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KEEP_DAYS", "0")
    press(token(), MACHINE)
    assert keep() == {}


def test_a_later_request_prolongs_and_never_shortens(
    token: Callable[..., str],
    press: Callable[..., Any],
    keep: Callable[[], Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    press(token(), MACHINE, DISK)
    monkeypatch.setenv("KEEP_DAYS", "5")
    press(token(), MACHINE)
    assert all(until > now() + timedelta(days=29) for _, until in keep().values())


def test_what_is_kept_is_not_told_again(
    send: Callable[[], None],
    token: Callable[..., str],
    press: Callable[..., Any],
) -> None:
    press(token(), MACHINE, DISK)
    send()
    assert A not in [to for to, _ in mails()]


@pytest.mark.parametrize("ids", [(VOLUME,), (MACHINE, VOLUME), (f"{HERE}/aws_ec2_volume/vol-9",)])
def test_a_link_keeps_nothing_but_what_it_was_signed_for(
    token: Callable[..., str],
    press: Callable[..., Any],
    keep: Callable[[], Any],
    ids: tuple[str, ...],
) -> None:
    assert press(token(), *ids)["statusCode"] == 403
    assert keep() == {}


@pytest.mark.parametrize(
    ("changed", "status"),
    [({"key": "o" * 64}, 403), ({"days": -1}, 403), ({"hash": "0" * 64}, 403), ({"run": "x"}, 410)],
    ids=["forged", "expired", "another plan", "no such run"],
)
def test_a_link_that_does_not_count_keeps_nothing(
    token: Callable[..., str],
    press: Callable[..., Any],
    keep: Callable[[], Any],
    changed: Any,
    status: int,
) -> None:
    for ids in ((), (MACHINE,)):
        answer = press(token(**changed), *ids)
        assert answer["statusCode"] == status and "i-1" not in answer["body"]
    assert keep() == {}


def test_names_are_text_in_mails_pages_and_the_chat(
    send: Callable[[], None],
    press: Callable[..., Any],
    token: Callable[..., str],
    bucket: Bucket,
) -> None:
    rename(bucket, RUN, "<img src=x onerror=alert(1)>\r\n\a\u202eBcc: all@example.com")
    send()
    assert "<img" not in press(token())["body"]
    sent = sesv2_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].core_backend.sent_messages
    assert sent and not any(char in str(one.body) for one in sent for char in "\r\a\u202e")


def test_the_chat_shows_owners_as_they_are(imported: Any) -> None:
    shown = imported("digest").chat_text("<!channel> `x`\n<https://evil.example|click> &")
    assert shown == "`&lt;!channel&gt; 'x' &lt;https://evil.example|click&gt; &amp;`"


def test_without_readable_requests_it_refuses(
    imported: Any, event: Callable[..., Any], answers: Answers
) -> None:
    boto3.client("dynamodb").delete_table(TableName="table")
    with pytest.raises(ClientError):
        imported("keeping").answer(event("post_cleanup_plan", "owners-keep"), None)
    assert answers.success == {}
    assert "the requests of owners cannot be read" in answers.failure["token"][1]
