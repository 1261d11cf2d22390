"""Answer the links: show what a plan would delete; the button stores the approval or rejection."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.parameters import get_secret
from botocore.exceptions import BotoCoreError, ClientError
from tell import PURPOSE
from used import Table

from ebbtide.automation.links import read_signed
from ebbtide.automation.pages import Request, button, element, page
from ebbtide.base.clock import from_text, now, to_text
from ebbtide.base.errors import ConflictError, EbbtideError, InputError
from ebbtide.plan.approvals import LONGEST, Decision, why_ignored
from ebbtide.plan.approved import find_decisions
from ebbtide.plan.sealed import SealedPlans, read_sealed
from ebbtide.store.bucket import Bucket, StoredText

logger = Logger(service="approve-buttons")

# A page lists that many resources.
SHOWN = 500
DONE = {"approve": "Approved", "reject": "Rejected"}


def answer(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Show the page of a link; only its button, a POST, decides."""
    request = Request.of(event)
    try:
        key = get_secret(os.environ["KEY_SECRET"], max_age=300)
        claims = read_signed(request.token, key, purpose=PURPOSE)
        bucket = Bucket(boto3.client("s3"), os.environ["BUCKET"])
        sealed = read_sealed(bucket, claims["run"])
        if sealed.hash != claims["hash"]:
            raise InputError("this link is for another plan")
        return store(bucket, sealed, claims) if request.acts else show(bucket, sealed, claims)
    except InputError as error:
        return page("This does not work", element("p", f"{error}."), status=403)
    except EbbtideError as error:
        return page("This cannot be decided", element("p", f"{error}."), status=410)
    except (BotoCoreError, ClientError):
        logger.exception("a link could not be answered")
        return page("This failed", element("p", "Try again; the log says why."), status=500)


def show(bucket: Bucket, sealed: SealedPlans, claims: Mapping[str, str]) -> dict[str, Any]:
    """Show what would be decided, with the button that does it."""
    moment, verdict = now(), claims["verdict"]
    lines = [
        f"{one.subject.kind} {one.subject.id} ({one.subject.name}) in {one.subject.account}/"
        f"{one.subject.region}, owner {one.owner or 'none'}: {one.reason}"
        for plan in sealed.plans
        for one in plan.planned
    ]
    more = [f"and {len(lines) - SHOWN} more"] if len(lines) > SHOWN else []
    title = f"{verdict.capitalize()} the plan of run {sealed.run_id}?"
    return page(
        title,
        element("p", f"Plan {sealed.hash[:12]} of {sealed.summary['created']} would delete:"),
        element("ul", *(element("li", one) for one in [*lines[:SHOWN], *more])),
        *warnings(bucket, sealed, verdict, moment),
        element("p", f"The decision counts until {to_text(end_of(sealed, moment))}."),
        button(f"{verdict.capitalize()} {len(lines)} resources"),
    )


def store(bucket: Bucket, sealed: SealedPlans, claims: Mapping[str, str]) -> dict[str, Any]:
    """Store the decision below the user id of this function's role, as IAM requires."""
    verdict, who = claims["verdict"], claims["who"]
    link, table = f"{sealed.hash}/{verdict}/{who}", Table()
    # The time of the first use makes the decision: whoever repeats a call that was killed before
    # it wrote the decision writes it now, and whoever repeats one after it writes nothing.
    made = table.note(f"used/{link}", now().replace(microsecond=0))
    if table.has(f"done/{link}"):
        return used_already(verdict, made)
    caller = boto3.client("sts").get_caller_identity()
    decision = Decision(
        verdict=verdict,
        user=caller["UserId"],
        by=caller["Arn"],
        run_id=sealed.run_id,
        hash=sealed.hash,
        made=made,
        until=end_of(sealed, made),
        note=f"by the link for {who}"[:500],
    )
    problem = why_ignored(decision, sealed.summary, sealed.hash)
    if problem:
        raise InputError(problem)
    try:
        bucket.replace_text(decision.key, decision.text, StoredText("", None), "application/json")
        written = True
    except ConflictError:
        written = False
    table.note(f"done/{link}", now())
    if not written:
        return used_already(verdict, made)
    logger.info("run %s: %s by the link for %s", sealed.run_id, DONE[verdict], who)
    words = f"until {to_text(decision.until)}, recorded as {decision.user}, {decision.note}."
    return page(
        f"{DONE[verdict]} the plan of run {sealed.run_id}",
        element("p", f"The decision counts from the next run, {words}"),
        *warnings(bucket, sealed, verdict, made),
    )


def used_already(verdict: str, made: datetime) -> dict[str, Any]:
    text = f"This link was used at {to_text(made)}, and works only once."
    return page(f"{DONE[verdict]} already", element("p", text), status=409)


def end_of(sealed: SealedPlans, made: datetime) -> datetime:
    """Return when a decision ends: after some hours, and never longer than Ebbtide accepts."""
    last = from_text(sealed.summary["created"]) + LONGEST
    end = min(made + timedelta(hours=int(os.environ["DECISION_HOURS"])), last)
    if end <= made:
        raise InputError("the plan is too old for decisions; start another run")
    return end.replace(microsecond=0)


def warnings(bucket: Bucket, sealed: SealedPlans, verdict: str, moment: datetime) -> list[str]:
    """Say how many of the resources somebody has rejected already."""
    if verdict == "reject":
        return []
    said = []
    chosen = {one.subject.graph_id for plan in sealed.plans for one in plan.planned}
    for found in find_decisions(bucket, moment):
        other = found.decision
        if found.standing == "valid" and other is not None and other.verdict == "reject":
            try:
                rejected = read_sealed(bucket, other.run_id).plans
            except EbbtideError:
                continue
            names = {name for plan in rejected for name in other.covered(plan)}
            count = len(names & chosen)
            if count:
                said.append(element("p", f"{count} of these were {other.words}. A rejection wins."))
    return said
