"""Wholes: what is selected with its parts, such as a VPC, goes with all of them or not at all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from ebbtide.kinds import registry
from ebbtide.plan.draft import Draft
from ebbtide.plan.going_last import Order, put_last
from ebbtide.plan.leftovers import NAME as LEFTOVERS
from ebbtide.plan.ownership import carried_with
from ebbtide.rules.finding import PART_OF
from ebbtide.rules.vpcs import VPC


def parts_by_whole(draft: Draft) -> dict[str, list[str]]:
    """Map each selected whole to the candidates that were selected as its parts.

    Only rules that extend what others select select parts. What something selects on its own is a
    part as well. A whole may be without selected parts, such as a VPC in which something runs.
    """
    found: dict[str, list[str]] = defaultdict(list)
    for name, candidate in draft.found.items():
        if candidate.resource.kind == VPC:
            found[name] = found[name]
        wholes = {
            finding.part_of
            for finding in candidate.selections
            if finding.part_of and (PART_OF in finding.facts or finding.rule == LEFTOVERS)
        }
        for whole in sorted(wholes & draft.found.keys()):
            found[whole].append(name)
    return found


def check_wholes(
    draft: Draft,
    parts: Mapping[str, Iterable[str]],
    going: set[str],
    owners: Mapping[str, str],
) -> None:
    """Refuse a whole of which a part stays; and all parts of one that holds something protected.

    Whatever else selects a part, what is protected may need it: a NAT gateway is the way out of an
    instance that nobody may terminate. If AWS protects something, whatever is inside stays.
    """
    for whole, names in parts.items():
        if draft.is_rejected(whole):
            _keep_with_protected(draft, whole, names)
        else:
            _refuse_incomplete(draft, whole, names, going, owners)


def _refuse_incomplete(
    draft: Draft, whole: str, names: Iterable[str], going: set[str], owners: Mapping[str, str]
) -> None:
    staying = tuple(
        name
        for name in names
        if name not in going or (draft.is_rejected(name) and name not in owners)
    )
    if staying:
        described = ", ".join(map(draft.described, staying))
        draft.refuse(whole, "blocked", f"must not go without {described}", staying)


def _keep_with_protected(draft: Draft, whole: str, parts: Iterable[str]) -> None:
    inside = [one.graph_id for one in draft.inventory.descendants(whole, "delete")]
    found = [
        (protected.by, f"{resource.kind} {resource.name}, {protected.reason}")
        for resource in map(draft.inventory.__getitem__, dict.fromkeys((*inside, *parts)))
        if not resource.ended and (protected := draft.protection_of(resource)) is not None
    ]
    by_aws = [reason for by, reason in found if by == "aws"]
    kept = dict.fromkeys((*parts, *inside)) if by_aws else dict.fromkeys(parts if found else ())
    for name in kept:
        if name in draft.found and not draft.is_rejected(name):
            reason = f"is in {whole}, which stays with {(by_aws or [found[0][1]])[0]}"
            draft.refuse(name, "part_of_refused", reason, (whole,))


def in_order(
    draft: Draft,
    parts: Mapping[str, Iterable[str]],
    owners: Mapping[str, str],
    after: Mapping[str, set[str]],
    prepared_after: Order,
) -> dict[str, set[str]]:
    """Return the order of deletions in which what cannot be undone goes last in its whole."""
    last = {
        name
        for name in after
        if name not in owners and registry()[draft.inventory[name].kind].gives_back
    }
    carried = carried_with(owners)
    wholes = {
        whole: [one for name in (whole, *names) for one in (name, *carried.get(name, ()))]
        for whole, names in parts.items()
    }
    return put_last(after, prepared_after, wholes, last)
