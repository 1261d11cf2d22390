"""Promise 6: never delete what something else that stays would break without.

AWS refuses none of these deletions, so the users that go have no place in the order either.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ebbtide.kinds import needing_kinds, registry, using_from_afar, why_needed
from ebbtide.model.resource import Resource
from ebbtide.plan.draft import Draft
from ebbtide.plan.model import Breakage
from ebbtide.verdict.breaking import may_break
from ebbtide.verdict.evidence import gather_evidence

# How many users a reason describes; `blockers` names all of them.
DESCRIBED = 3


def check_needs(draft: Draft, name: str, going: set[str], carried: Sequence[str]) -> None:
    """Refuse a candidate if something outside `going` would break without it.

    The same holds for what AWS deletes together with it. If a kind that could need one of these
    was not read completely, that leaves a doubt.
    """
    if draft.is_rejected(name):
        return
    for gone in (name, *carried):
        breakable = _breakable(draft, name, draft.inventory[gone])
        users = [
            user
            for user in _users(draft, gone, going)
            if user not in going and draft.inventory[user].kind not in breakable
        ]
        if users:
            draft.refuse(name, "needed", _reason(draft, name, gone, users), tuple(users))
            return
    for gone in carried:
        gaps = _gaps_of_carried(draft, name, gone)
        if gaps:
            reason = f"evidence is incomplete for {gone}, which goes with it: {'; '.join(gaps)}"
            draft.doubt(name, "evidence_missing", reason)
            return


def kinds_to_know(draft: Draft, name: str, gone: Resource) -> frozenset[str]:
    """Return the kinds that could need a resource and that candidate `name` may not break."""
    return needing_kinds(gone.kind) - _breakable(draft, name, gone)


def breakages(draft: Draft, name: str, gone: str, going: set[str]) -> tuple[Breakage, ...]:
    """Return what breaks when candidate `name` goes and takes `gone` along, which may be itself."""
    resource = draft.inventory[gone]
    breakable = _breakable(draft, name, resource)
    known = [
        Breakage(draft.inventory[user].kind, user, _why(draft, gone, user))
        for user in _users(draft, gone, going)
        if user not in going and draft.inventory[user].kind in breakable
    ]
    return (*known, *_unknown_breakages(draft, resource, breakable))


def planned_users(draft: Draft, names: Iterable[str], going: set[str]) -> tuple[str, ...]:
    """Return the users of some resources that go as well, without these resources themselves.

    For a user that only joins resources, the others that it joins count.
    """
    own, found = set(names), set[str]()
    for edge in (edge for name in own for edge in draft.inventory.edges_out(name, "needed")):
        user = edge.target
        found |= {user, *(_joined(draft, user) if _only_joins(draft, user) else ())}
    return tuple(sorted((found & going) - own))


def _unknown_breakages(
    draft: Draft, resource: Resource, breakable: frozenset[str]
) -> Iterator[Breakage]:
    for kind in sorted(breakable & needing_kinds(resource.kind)):
        _, gaps = gather_evidence(
            draft.inventory,
            resource,
            (kind,),
            afar=using_from_afar(resource.kind),
            named=resource.kind,
        )
        yield from (Breakage(kind, None, f"not known: {gap}") for gap in gaps)


def _users(draft: Draft, name: str, going: set[str]) -> list[str]:
    """Return the living users of a resource; one that only joins what goes does not count."""
    # A carried-over edge may lead to a user that has ended since.
    users = {edge.target for edge in draft.inventory.edges_out(name, "needed")}
    return sorted(
        user
        for user in users
        if not draft.inventory[user].ended
        and not (_only_joins(draft, user) and _joined(draft, user) - {name} <= going)
    )


def _only_joins(draft: Draft, user: str) -> bool:
    kind = registry().get(draft.inventory[user].kind)
    return kind is not None and kind.joins


def _joined(draft: Draft, user: str) -> set[str]:
    return {edge.source for edge in draft.inventory.edges_in(user, "needed")}


def _breakable(draft: Draft, name: str, gone: Resource) -> frozenset[str]:
    return may_break(gone.kind, draft.found[name].rules, draft.config.cleanup.allow_breaking)


def _gaps_of_carried(draft: Draft, name: str, gone: str) -> list[str]:
    resource = draft.inventory[gone]
    kinds = kinds_to_know(draft, name, resource)
    afar = using_from_afar(resource.kind)
    return gather_evidence(draft.inventory, resource, kinds, afar=afar)[1]


def _why(draft: Draft, gone: str, user: str) -> str:
    return why_needed(draft.inventory[gone].kind, draft.inventory[user].kind)


def _reason(draft: Draft, name: str, gone: str, users: Sequence[str]) -> str:
    texts = [f"{draft.described(user)}: {_why(draft, gone, user)}" for user in users[:DESCRIBED]]
    more = f"; and by {len(users) - DESCRIBED} more" if len(users) > DESCRIBED else ""
    needed = "still needed by " + "; by ".join(texts) + more
    return needed if gone == name else f"deleting it would also delete {gone}, which is {needed}"
