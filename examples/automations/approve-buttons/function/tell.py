"""Send buttons that approve or reject a held plan, by mail to each approver and into a chat."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

import boto3
import urllib3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.parameters import get_secret
from used import Table

from ebbtide.automation import Asked, parse
from ebbtide.automation.links import sign
from ebbtide.automation.pages import Html, element
from ebbtide.base.clock import from_text, now, to_text

logger = Logger(service="approve-buttons")

PURPOSE = "decide"
CHAT = "the chat"
VERDICTS = ("approve", "reject")


class Message(NamedTuple):
    """What one receiver is told, with a link for each verdict."""

    who: str
    text: str
    links: Mapping[str, str]


def send(event: Mapping[str, Any], _context: object) -> None:
    """Send the buttons for a held plan; what failed is sent when Lambda repeats the call."""
    asked = parse(event)
    if asked.data.approval == "never" or not asked.data.held_resources:
        logger.info("run %s: no approval would release what is held", asked.run_id)
        return
    # The same event, delivered twice, makes the same links.
    until = from_text(event["time"]) + timedelta(hours=int(os.environ["LINK_HOURS"]))
    table, failed = Table(), []
    for who in receivers():
        told = f"told/{asked.data.hash}/{who}"
        if table.has(told):
            continue
        try:
            deliver(message_for(who, asked, until))
            table.note(told, now())
        except urllib3.exceptions.HTTPError as error:
            # Its text could hold the address of the webhook, which is a secret.
            failed.append(f"{who}: {type(error).__name__}")
        except Exception as error:  # one wrong address must not keep the others from their mail
            failed.append(f"{who}: {error}")
    if failed:
        raise RuntimeError("; ".join(failed))


def receivers() -> Iterator[str]:
    """Yield who gets buttons: the address of each approver, and the chat."""
    yield from filter(None, (one.strip() for one in os.environ["APPROVERS"].split(",")))
    if os.environ["CHAT_SECRET"]:
        yield CHAT


def message_for(who: str, asked: Asked, until: datetime) -> Message:
    """Return the message for one receiver, whose name is in its links."""
    key = get_secret(os.environ["KEY_SECRET"], max_age=300)
    links = {}
    for verdict in VERDICTS:
        claims = {"run": asked.run_id, "hash": asked.data.hash, "verdict": verdict, "who": who}
        token = sign(claims, key, purpose=PURPOSE, until=until)
        links[verdict] = f"{os.environ['PAGE_URL']}?{urlencode({'t': token})}"
    text = (
        f"Ebbtide holds {asked.data.held_resources} of {asked.data.selected} planned resources "
        f"(run {asked.run_id}, plan {asked.data.hash[:12]}). Decide until {to_text(until)}."
    )
    return Message(who, text, links)


def deliver(message: Message) -> None:
    if message.who == CHAT:
        post(message)
    else:
        mail(message)


def post(message: Message) -> None:
    """Post into the chat: buttons for Slack, and a text for all that know no buttons."""
    buttons = [
        {
            "type": "button",
            "text": {"type": "plain_text", "text": f"{verdict.capitalize()} ..."},
            "url": link,
            "action_id": verdict,
            "style": {"approve": "primary", "reject": "danger"}[verdict],
        }
        for verdict, link in message.links.items()
    ]
    body = {
        "text": "\n".join(
            [message.text, *(f"{name}: {link}" for name, link in message.links.items())]
        ),
        "blocks": [
            {"type": "section", "text": {"type": "plain_text", "text": message.text}},
            {"type": "actions", "elements": buttons},
        ],
    }
    url = get_secret(os.environ["CHAT_SECRET"], max_age=300)
    answer = urllib3.request("POST", url, json=body, timeout=10, retries=False)
    if answer.status >= 300:
        raise RuntimeError(f"the chat answered {answer.status}")


def mail(message: Message) -> None:
    links = {f"{verdict.capitalize()} ...": link for verdict, link in message.links.items()}
    text = "\n\n".join([message.text, *(f"{name}\n{link}" for name, link in links.items())])
    shown = [element("p", element("a", name, href=link)) for name, link in links.items()]
    html = Html("").join([element("p", message.text), *shown])
    boto3.client("sesv2").send_email(
        FromEmailAddress=os.environ["SENDER"],
        Destination={"ToAddresses": [message.who]},
        Content={
            "Simple": {
                "Subject": {"Data": "Ebbtide holds a plan", "Charset": "UTF-8"},
                "Body": {
                    "Text": {"Data": text, "Charset": "UTF-8"},
                    "Html": {"Data": html, "Charset": "UTF-8"},
                },
            }
        },
    )
