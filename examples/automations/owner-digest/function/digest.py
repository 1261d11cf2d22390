"""Tell each owner by mail, and all of them in a chat, what of theirs is planned."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import boto3
import urllib3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.parameters import get_parameter, get_secret
from kept import Table

from ebbtide.automation import parse
from ebbtide.automation.links import sign
from ebbtide.automation.pages import Html, element
from ebbtide.base.clock import now
from ebbtide.base.errors import InputError
from ebbtide.plan.approvals import owner_of
from ebbtide.plan.model import Planned
from ebbtide.plan.sealed import SealedPlans, read_sealed

logger = Logger(service="owner-digest")

PURPOSE = "keep"
NOBODY = ""
# A mail lists that many resources; all can be kept on the page behind its link.
SHOWN = 50
# Characters of a message of a chat: Mattermost accepts 16,383, Slack cuts longer ones than 40,000.
CHAT_LENGTH = 12_000

# Owner -> what is planned of theirs.
type Owned = Mapping[str, list[Planned]]


def send(event: Mapping[str, Any], _context: object) -> None:
    """Send the digest of a new plan. What failed is sent when Lambda repeats the call."""
    asked = parse(event)
    if not asked.data.selected:
        return
    table, moment = Table(), now()
    sealed = read_sealed(asked.store, asked.run_id)
    owned = by_owner(sealed, table, moment)
    failed = [*mail_all(owned, sealed, table, moment), *chat_all(owned, sealed, table, moment)]
    logger.info("run %s: %d owners", asked.run_id, len(owned))
    if failed:
        raise RuntimeError("; ".join(failed))


def by_owner(sealed: SealedPlans, table: Table, moment: datetime) -> Owned:
    """Group what is planned by owner, without what an owner has asked to keep."""
    owned: dict[str, list[Planned]] = {}
    for plan in sealed.plans:
        kept = table.kept(plan.account, moment)
        for owner, entries in owners_in(plan.planned).items():
            left = [one for one in entries if one.subject.graph_id not in kept]
            if left:
                owned.setdefault(owner, []).extend(left)
    return owned


def owners_in(planned: Iterable[Planned]) -> dict[str, list[Planned]]:
    """Group the resources of one account by owner."""
    entries = {one.subject.graph_id: one for one in planned}
    found: dict[str, list[Planned]] = {}
    for name, one in entries.items():
        found.setdefault(owner_of(name, entries, os.environ["OWNER_TAG"]) or NOBODY, []).append(one)
    return found


def mail_all(owned: Owned, sealed: SealedPlans, table: Table, moment: datetime) -> list[str]:
    """Send a mail to each owner who is due; return what failed."""
    contacts = json.loads(get_parameter(os.environ["CONTACTS_PARAMETER"], max_age=60))
    failed = []
    for owner, entries in due("mail", owned, table, moment).items():
        address = contacts.get(owner) or contacts.get("*")
        if address is None:
            continue
        try:
            mail(address, owner, entries, link_of(owner, sealed, moment), sealed.run_id)
            table.note_told("mail", owner, moment)
        except Exception as error:  # one wrong address must not keep the others from their mail
            failed.append(f"mail to the owner {line(owner)!r}: {error}")
    return failed


def chat_all(owned: Owned, sealed: SealedPlans, table: Table, moment: datetime) -> list[str]:
    """Post about all owners who are due, in as few messages as a chat takes; return what failed."""
    told = due("chat", owned, table, moment)
    if not os.environ["CHAT_SECRET"] or not told:
        return []
    url, failed = get_secret(os.environ["CHAT_SECRET"], max_age=300), []
    lines, failed_lines = chat_lines(told, sealed, moment)
    for part in parts(lines):
        head = f"Ebbtide plans to delete, by owner (run {sealed.run_id}):"
        problem = post(url, "\n".join([head, *part.values()]))
        if problem:
            failed.append(problem)
            break
        for owner in part:
            table.note_told("chat", owner, moment)
    return [*failed, *failed_lines]


def chat_lines(
    told: Owned, sealed: SealedPlans, moment: datetime
) -> tuple[dict[str, str], list[str]]:
    """Return the line about each owner, and for whom there can be none."""
    lines, failed = {}, []
    for owner, entries in sorted(told.items()):
        try:
            link = link_of(owner, sealed, moment)
        except InputError as error:
            failed.append(f"chat about the owner {line(owner)!r}: {error}")
            continue
        lines[owner] = (
            f"{chat_text(owner or 'nobody')}: {len(entries)} resources. To keep them for "
            f"{os.environ['KEEP_DAYS']} days: {link}"
        )
    return lines, failed


def parts(lines: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Divide lines into messages of a length that chats accept."""
    part: dict[str, str] = {}
    for owner, text in lines.items():
        if part and sum(map(len, part.values())) + len(text) > CHAT_LENGTH:
            yield part
            part = {}
        part[owner] = text
    if part:
        yield part


def post(url: str, text: str) -> str:
    """Post one message; return what failed, without the address of the webhook: it is a secret."""
    try:
        answer = urllib3.request("POST", url, json={"text": text}, timeout=10, retries=False)
    except urllib3.exceptions.HTTPError as error:
        return f"the chat cannot be reached: {type(error).__name__}"
    return f"the chat answered {answer.status}" if answer.status >= 300 else ""


def due(channel: str, owned: Owned, table: Table, moment: datetime) -> Owned:
    """Return the owners who have heard nothing on a channel for some hours."""
    every = timedelta(hours=int(os.environ["EVERY_HOURS"]))
    return {
        owner: entries
        for owner, entries in owned.items()
        for at in [table.told(channel, owner)]
        if at is None or at <= moment - every
    }


def link_of(owner: str, sealed: SealedPlans, moment: datetime) -> str:
    """Return the link by which an owner may keep what this plan has of theirs."""
    claims = {"run": sealed.run_id, "hash": sealed.hash, "owner": owner}
    key = get_secret(os.environ["KEY_SECRET"], max_age=300)
    end = moment + timedelta(days=int(os.environ["LINK_DAYS"]))
    token = sign(claims, key, purpose=PURPOSE, until=end)
    return f"{os.environ['PAGE_URL']}?{urlencode({'t': token})}"


def mail(address: str, owner: str, entries: list[Planned], link: str, run_id: str) -> None:
    """Send one digest, as text and as HTML."""
    days, count = os.environ["KEEP_DAYS"], len(entries)
    what = f"Ebbtide plans to delete {count} resources of {line(owner) or 'nobody'} (run {run_id})."
    shown = [described(one) for one in entries[:SHOWN]]
    more = f"... and {count - SHOWN} more" if count > SHOWN else ""
    text = "\n".join([what, "", *shown, more, "", f"To keep them for {days} days: {link}"])
    html = Html("").join(
        [
            element("p", what),
            element("ul", *(element("li", one) for one in [*shown, *([more] if more else [])])),
            element("p", element("a", f"Keep some of them for {days} days", href=link)),
        ]
    )
    boto3.client("sesv2").send_email(
        FromEmailAddress=os.environ["SENDER"],
        Destination={"ToAddresses": [address]},
        Content={
            "Simple": {
                "Subject": {"Data": f"{count} resources will be deleted", "Charset": "UTF-8"},
                "Body": {
                    "Text": {"Data": text, "Charset": "UTF-8"},
                    "Html": {"Data": html, "Charset": "UTF-8"},
                },
            }
        },
    )


def described(one: Planned) -> str:
    """Describe a resource on one line."""
    subject = one.subject
    name = f" ({subject.name})" if subject.name != subject.id else ""
    return line(
        f"{subject.kind} {subject.id}{name} in {subject.account}/{subject.region}: {one.reason}"
    )


def line(text: str) -> str:
    """Return a text without line breaks and control characters."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def chat_text(text: str) -> str:
    """Return a text that a chat shows as it is, without links or mentions in it."""
    escaped = line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"`{escaped.replace('`', chr(39))}`"
