"""Resources whose expiration tag has passed."""

from __future__ import annotations

from collections.abc import Iterator

from ebbtide.base.clock import optional_text, to_text
from ebbtide.base.durations import describe
from ebbtide.model.expiry import Expiry, expiry_of
from ebbtide.model.resource import Resource
from ebbtide.rules.finding import ENDED, Finding
from ebbtide.rules.rule import Rule, WholeOptions
from ebbtide.rules.situation import Situation

NAME = "expired"


class ExpiredOptions(WholeOptions):
    """Resources whose expiration tag lies in the past."""


def expired(situation: Situation, _: ExpiredOptions) -> Iterator[Finding]:
    """Select resources that have expired; report tags that cannot be parsed as doubts."""
    for resource in situation.inventory.resources.values():
        expiry = None if resource.ended else expiry_of(resource.tags, resource.born)
        # Many resources have such a tag, so nothing is put into words for them.
        if expiry is None or expiry.never or _is_ahead(expiry, situation):
            continue
        facts = {"tag": expiry.tag, "value": expiry.value}
        if expiry.problem is not None:
            reason = f"tag {expiry.tag}={expiry.value} cannot be parsed: {expiry.problem}"
            yield Finding(resource.graph_id, NAME, "doubt", reason, facts)
        elif expiry.at is not None:
            ago = describe(situation.now - expiry.at)
            facts |= {
                "expired_at": to_text(expiry.at),
                "created": optional_text(resource.born) or "",
            }
            reason = f"expired {ago} ago (tag {expiry.tag}={expiry.value})"
            yield Finding(resource.graph_id, NAME, "select", reason, facts)


def _is_ahead(expiry: Expiry, situation: Situation) -> bool:
    return expiry.at is not None and expiry.at >= situation.now


def why_not(situation: Situation, _: ExpiredOptions, resource: Resource) -> str:
    """Return why a resource has not expired; "" if it has, or if its tag cannot be parsed."""
    if resource.ended:
        return ENDED
    if resource.tags is None:
        return "its tags could not be read"
    expiry = expiry_of(resource.tags, resource.born)
    if expiry is None:
        return "it has no expiration tag"
    if expiry.never:
        return f"its tag {expiry.tag}={expiry.value} means that it never expires"
    if expiry.at is None or not _is_ahead(expiry, situation):
        return ""
    left = describe(expiry.at - situation.now)
    return f"it expires in {left} (tag {expiry.tag}={expiry.value})"


EXPIRED = Rule(NAME, ExpiredOptions, expired, why_not, reads_tags=True)
