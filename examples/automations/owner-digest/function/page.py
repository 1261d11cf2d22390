"""Answer the links of the digest: show an owner what is planned, and keep what they choose."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import timedelta
from itertools import groupby, islice
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.parameters import get_secret
from botocore.exceptions import BotoCoreError, ClientError
from digest import PURPOSE, described, owners_in
from kept import Table

from ebbtide.automation.links import read_signed
from ebbtide.automation.pages import Request, button, element, page
from ebbtide.base.clock import now, to_text
from ebbtide.base.errors import EbbtideError, InputError
from ebbtide.plan.model import Planned
from ebbtide.plan.sealed import read_sealed
from ebbtide.store.bucket import Bucket

logger = Logger(service="owner-digest")

# A page has a box for that many resources, and one for all others: Lambda answers at most 6 MB.
LISTED = 2_000
OTHERS = "others"


def answer(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Show the page of a link; a POST stores what was chosen on it."""
    request = Request.of(event)
    try:
        key = get_secret(os.environ["KEY_SECRET"], max_age=300)
        claims = read_signed(request.token, key, purpose=PURPOSE)
        entries = planned_of(claims)
        if request.acts:
            return keep(entries, claims["owner"], request.form)
        return choose(entries, claims["owner"])
    except InputError as error:
        return page("This does not work", element("p", f"{error}."), status=403)
    except EbbtideError as error:
        return page("The plan is not there", element("p", f"{error}."), status=410)
    except (BotoCoreError, ClientError):
        logger.exception("a link could not be answered")
        return page("This failed", element("p", "Try again; the log says why."), status=500)


def planned_of(claims: Mapping[str, str]) -> dict[str, Planned]:
    """Return what the plan of a link has of its owner, by graph id: nothing else can be kept."""
    bucket = Bucket(boto3.client("s3"), os.environ["BUCKET"])
    sealed = read_sealed(bucket, claims["run"])
    if sealed.hash != claims["hash"]:
        raise InputError("this link is for another plan")
    return {
        one.subject.graph_id: one
        for plan in sealed.plans
        for one in owners_in(plan.planned).get(claims["owner"], ())
    }


def choose(entries: Mapping[str, Planned], owner: str) -> dict[str, Any]:
    """Show what is planned, with a box for each resource."""
    boxes = [box("id", name, described(one)) for name, one in islice(entries.items(), LISTED)]
    others = len(entries) - len(boxes)
    if others:
        boxes.append(box(OTHERS, "all", f"and all of the {others} others"))
    days = os.environ["KEEP_DAYS"]
    return page(
        f"Planned for deletion: resources of {owner or 'nobody'}",
        element("p", f"Choose what Ebbtide should keep for {days} days."),
        button(f"Keep for {days} days", element("ul", *boxes)),
    )


def box(name: str, value: str, text: str) -> str:
    field = element("input", type="checkbox", name=name, value=value, checked="checked")
    return element("li", element("label", field, f" {text}"))


def keep(
    entries: Mapping[str, Planned], owner: str, form: Mapping[str, list[str]]
) -> dict[str, Any]:
    """Store the choice; raise InputError if it has more than the link was signed for."""
    chosen = set(form.get("id", []))
    if OTHERS in form:
        chosen.update(islice(entries, LISTED, None))
    if not chosen <= entries.keys():
        raise InputError("this link is not for all of these resources; nothing was stored")
    names = sorted(chosen)
    moment = now().replace(microsecond=0)
    until = moment + timedelta(days=int(os.environ["KEEP_DAYS"]))
    table = Table()
    for account, part in groupby(names, lambda name: entries[name].subject.account):
        table.keep(account, part, owner, until, moment)
    more = [f"and {len(names) - LISTED} more"] if len(names) > LISTED else []
    shown = [*(described(entries[name]) for name in names[:LISTED]), *more]
    return page(
        f"{len(names)} resources stay",
        element("p", f"Ebbtide keeps them until {to_text(until)}, beginning with the next run."),
        element("ul", *(element("li", one) for one in shown)),
    )
