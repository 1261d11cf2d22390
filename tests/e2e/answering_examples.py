"""The examples that answer, tell and decide, deployed together as their READMEs say."""

from __future__ import annotations

import contextlib
import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, urlopen

from local.deploy import ACCOUNT, REGION, REPOSITORY, deploy_template
from local.estate import SANDBOX, Estate
from local.estate.ground import Item, Site, now
from local.session import Record, Run, Session
from tests.support.ticket_system import TicketSystem

EXAMPLES = REPOSITORY / "examples" / "automations"
CALENDAR = "freeze"
SENDER, ANN, OWNER = "ebbtide@example.com", "ann@example.com", "team-a@example.com"
TICKET_TOKEN = "a-token-of-the-ticket-system"
LINK = re.compile(r"https://[\w.-]+/\?t=[\w.%-]+")

AUTOMATIONS = [
    {
        "name": name,
        "event": "post_cleanup_plan",
        "marks": "keep",
        "on_timeout": "hold",
        "on_error": "hold",
    }
    for name in ("owner-check", "owners-keep")
] + [{"name": "change-freeze", "event": "pre_cleanup", "on_error": "hold"}]


@dataclass
class Volumes:
    """Expired volumes in the sandbox, by owner; team-a, team-b and their friends are known."""

    asked: Item  # of team-a, who keeps it by a link
    given_up: Item  # of team-a, who does not
    goes: Item  # of team-b
    unknown: Item  # of somebody who is unknown

    @classmethod
    def create(cls, session: Session) -> Volumes:
        site = Site(Estate(created=now()), session.client, SANDBOX, REGION)

        def volume(name: str, owner: str) -> Item:
            return site.volume(site.aged(8, Name=name, owner=owner, expiration="2d"))

        return cls(
            asked=volume("<b>asked</b>", "team-a"),
            given_up=volume("given up", "team-a"),
            goes=volume("goes", "team-b"),
            unknown=volume("unknown", "team-x"),
        )


@dataclass
class Deployed:
    """The stacks of the examples, and what surrounds them."""

    session: Session
    system: TicketSystem
    outputs: dict[str, Mapping[str, str]]
    secrets: list[str] = field(default_factory=list)

    def press(self, link: str, *ids: str, method: str = "") -> tuple[int, str]:
        """Follow a link; with `ids`, press its button. Return status and page.

        The emulated cloud serves function URLs below its own address.
        """
        parts = urlsplit(link)
        name = (parts.hostname or "").partition(".")[0]
        address = f"{self.session.cloud.url}/_aws/lambda-url/{name}/?{parts.query}"
        body = urlencode([("id", one) for one in ids]).encode() if ids else None
        request = Request(address, body, method=method or ("POST" if ids else "GET"))
        try:
            with urlopen(request, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as error:
            return error.code, error.read().decode()

    def mails(self) -> dict[str, str]:
        """Return the last mail to each receiver."""
        with urlopen(f"{self.session.cloud.url}/_ministack/ses/messages", timeout=10) as answer:
            sent = json.loads(answer.read())["messages"].get(ACCOUNT, [])
        return {one["To"][0]: json.dumps(one) for one in sent}

    def logs(self) -> list[str]:
        """Return what all functions of the examples have logged."""
        client, texts = self.session.client("logs"), []
        for group in client.describe_log_groups()["logGroups"]:
            found = client.filter_log_events(logGroupName=group["logGroupName"])
            texts += [event["message"] for event in found["events"]]
        return texts


def calendar_text(*, closed: bool) -> str:
    """Return a change calendar that is closed for some days, or has been."""
    start = datetime.now(UTC) - timedelta(days=2)
    end = start + timedelta(days=5 if closed else 1)
    lines = [
        "BEGIN:VCALENDAR",
        "PRODID:-//AWS//Change Calendar 1.0//EN",
        "VERSION:2.0",
        "X-CALENDAR-TYPE:DEFAULT_OPEN",
        "BEGIN:VEVENT",
        f"DTSTART:{start:%Y%m%dT%H%M%SZ}",
        f"DTEND:{end:%Y%m%dT%H%M%SZ}",
        "SUMMARY:Freeze",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "\r\n".join(lines)


def put_calendar(session: Session, *, closed: bool) -> None:
    client = session.client("ssm")
    with contextlib.suppress(client.exceptions.InvalidDocument):
        client.delete_document(Name=CALENDAR)
    client.create_document(
        Name=CALENDAR,
        Content=calendar_text(closed=closed),
        DocumentType="ChangeCalendar",
        DocumentFormat="TEXT",
    )


def deploy_examples(session: Session, system: TicketSystem) -> Deployed:
    """Deploy every example; each takes from the outputs of the stack what it has parameters for."""
    secrets, given = session.client("secretsmanager"), session.deployment.outputs
    ticket = json.dumps({"url": system.url, "token": TICKET_TOKEN})
    chat = secrets.create_secret(Name="chat", SecretString=f"{system.url}/hook")["ARN"]
    tickets = secrets.create_secret(Name="tickets", SecretString=ticket)["ARN"]
    session.client("sesv2").create_email_identity(EmailIdentity=SENDER)
    put_calendar(session, closed=True)
    parameters: dict[str, dict[str, str]] = {
        "owner-check": {},
        "change-freeze": {
            "CalendarArns": f"arn:aws:ssm:{REGION}:{ACCOUNT}:document/{CALENDAR}",
        },
        "owner-digest": {"Sender": SENDER, "ChatSecretArn": chat},
        "approve-buttons": {"Sender": SENDER, "Approvers": ANN, "ChatSecretArn": chat},
        "ticket-on-hold": {
            "TicketSecretArn": tickets,
            "Project": "OPS",
            "CloseTransition": "31",
        },
    }
    outputs = {
        name: deploy_template(
            session.cloud, EXAMPLES / name / "template.yaml", f"ebbtide-{name}", {**given, **values}
        )
        for name, values in parameters.items()
    }
    ssm = session.client("ssm")
    owners = outputs["owner-check"]["OwnersParameter"]
    ssm.put_parameter(Name=owners, Value='{"team-a": {}, "team-b": {}}', Overwrite=True)
    contacts = outputs["owner-digest"]["ContactsParameter"]
    ssm.put_parameter(Name=contacts, Value=json.dumps({"team-a": OWNER}), Overwrite=True)
    keys = [one["ARN"] for one in secrets.list_secrets()["SecretList"] if "LinkKey" in one["Name"]]
    assert len(keys) == 2
    texts = [secrets.get_secret_value(SecretId=arn)["SecretString"] for arn in keys]
    return Deployed(session, system, outputs, [*texts, TICKET_TOKEN, f"{system.url}/hook"])


def eventually[Found](ask: Callable[[], Found], what: str, seconds: float = 120) -> Found:
    """Return what is asked for once it is there; functions hear of events at their own pace."""
    deadline = time.monotonic() + seconds
    while not (found := ask()):
        assert time.monotonic() < deadline, what
        time.sleep(0.2)
    return found


@dataclass
class Played:
    """Two runs: one that a freeze and the missing approval hold, and one after both are gone."""

    deployed: Deployed
    volumes: Volumes
    held: Run
    after_held: set[str]
    pages: dict[str, tuple[int, str]]
    mails: dict[str, str]
    posts: list[Any]
    cleaned: Run
    after_cleaned: set[str]

    def said(self, run: Run, event: str) -> Record:
        found = self.deployed.session.events(run.run_id)
        data: Record = next(
            one["data"] for one in found if one["event"] == event and "automation" not in one
        )
        return data


def volumes_in(session: Session) -> set[str]:
    found = session.client("ec2", SANDBOX).describe_volumes()["Volumes"]
    return {one["VolumeId"] for one in found}
