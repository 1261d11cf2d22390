"""The parts that digests of owners and of the team share: lists of resources; pure."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from ebbtide.base.clock import from_text
from ebbtide.base.durations import describe
from ebbtide.base.printable import plain
from ebbtide.digest.amount import Amount, price
from ebbtide.digest.changes import Change
from ebbtide.digest.document import Part, Row
from ebbtide.digest.facts import Facts, day
from ebbtide.digest.item import STATES, Deleted, Item
from ebbtide.model.expiry import PROTECTED_TAG
from ebbtide.model.owner_tag import OWNER_TAG
from ebbtide.model.resource import GLOBAL
from ebbtide.report.words import kind_text

# Characters that are left of a longer text.
_ID, _NAME, _REASON = 300, 100, 400

TITLES = {
    "planned": "Planned for deletion",
    "ending": "Grace ends: may be deleted within a day",
    "announced": "Announced: may be deleted from the next run on",
    "grace": "In grace: stays for now",
    "held": "Held: waits for a decision",
    "pending": "Being deleted by AWS",
    "failed": "Could not be deleted",
    "undecided": "Undecided: too little is known",
}


def resource(kind: str, id: str, name: str, account: str, region: str, facts: Facts) -> str:
    """Say which resource it is, on one line."""
    label = plain(id, _ID)
    if name and name != id:
        label = f"{label} ({plain(name, _NAME)})"
    where = plain(facts.names.get(account) or account, _NAME)
    return f"{kind_text(kind)} {label} in {where}, {region}"


def by_price[T: (Item, Deleted)](entries: Iterable[T], name: Callable[[T], str]) -> list[T]:
    """Return entries, the most expensive ones first, and those without a known price last."""
    return sorted(entries, key=lambda one: (one.monthly is None, -(one.monthly or 0), name(one)))


def states(
    items: Sequence[Item], facts: Facts, shown: int, change: Change | None = None
) -> Iterator[Part]:
    """Yield a part for each state that has items."""
    for state in STATES:
        found = [one for one in items if one.state == state]
        if found:
            amount = Amount.of(one.monthly for one in found)
            title = f"{TITLES[state]}: {len(found)} ({amount.words})"
            yield Part(title, rows=rows(found, facts, shown, change), left=left(found, shown))


def rows(
    items: Sequence[Item], facts: Facts, shown: int, change: Change | None = None
) -> tuple[Row, ...]:
    """Return a row for each of the first items."""
    ordered = by_price(items, lambda one: one.subject.graph_id)
    return tuple(_row(one, facts, change) for one in ordered[:shown])


def left(items: Sequence[object], shown: int) -> int:
    return max(0, len(items) - shown)


def _row(one: Item, facts: Facts, change: Change | None) -> Row:
    subject = one.subject
    new = change is not None and subject.graph_id in change.new
    told = (
        "new" if new else "",
        _age(one.created, facts.started),
        price(one.monthly),
        plain(one.when, _REASON),
    )
    what = resource(subject.kind, subject.id, subject.name, subject.account, subject.region, facts)
    return Row(what, plain(one.reason, _REASON), tuple(filter(None, told)))


def _age(created: str | None, now: datetime) -> str:
    if created is None:
        return "age unknown"
    return f"{describe(max(now - from_text(created), now - now))} old"


def deletions(deleted: Sequence[Deleted], facts: Facts, shown: int, since: datetime) -> Part | None:
    """Return the part about what was deleted; None if nothing was."""
    if not deleted:
        return None
    saved = Amount.of(one.monthly for one in deleted)
    title = f"Deleted since {day(since)}: {len(deleted)} ({saved.saving})"
    ordered = by_price(deleted, lambda one: one.graph_id)
    return Part(
        title,
        rows=tuple(_deleted_row(one, facts) for one in ordered[:shown]),
        left=left(deleted, shown),
    )


def _deleted_row(one: Deleted, facts: Facts) -> Row:
    account, region, kind, id = one.parts
    told = (f"deleted {day(from_text(one.at))}", price(one.monthly))
    what = resource(kind, id, "", account, region, facts)
    return Row(what, plain(one.because, _REASON), told)


def keeping(items: Sequence[Item], facts: Facts, owner: str) -> Iterator[Part]:
    """Yield how to keep a resource; nothing if none is going to be deleted."""
    waiting = [one for one in items if one.state in ("ending", "grace")]
    going = waiting + [one for one in items if one.state in ("planned", "announced", "held")]
    if not going:
        return
    command = _tagging(going)
    text = f"Give it the tag {PROTECTED_TAG}=true before the next run"
    told = f"{text}, for example with:" if command else f"{text}."
    yield Part("How to keep a resource", (told,), commands=tuple(filter(None, [command])))
    # A rejection ends a grace even if plans need no approval.
    if (facts.can_approve or waiting) and plain(owner, len(owner)) == owner:
        text = "Somebody who may approve plans can keep everything of this owner for two days:"
        yield Part("How to keep all of it", (text,), commands=(decision("reject", facts, owner),))


def _tagging(items: Sequence[Item]) -> str:
    """Return the command that protects the first resource whose ARN is as it seems, or ""."""
    for one in by_price(items, lambda one: one.subject.graph_id):
        arn, region = one.subject.arn, one.subject.region
        if arn and plain(arn, len(arn)) == arn:
            return (
                "aws resourcegroupstaggingapi tag-resources --region "
                f"{'us-east-1' if region == GLOBAL else region} --resource-arn-list "
                f"{shlex.quote(arn)} --tags {PROTECTED_TAG}=true"
            )
    return ""


def decision(verb: str, facts: Facts, owner: str | None = None) -> str:
    """Return the command that approves or rejects the plan, or what an owner has of it."""
    words = ["ebbtide", *(["--stack", facts.stack] if facts.stack else [])]
    words += ["plan", verb, facts.run_id]
    words += ["--all"] if owner is None else ["--owner", owner]
    if owner is not None and facts.tag != OWNER_TAG:
        words += ["--owner-tag", facts.tag]
    if verb == "reject":
        words += ["--until", "2d"]
    return shlex.join(words)
