"""Judges each candidate on its own, whatever happens to the others."""

from __future__ import annotations

import re

from ebbtide.base.clock import to_text
from ebbtide.base.forms import snake
from ebbtide.base.paths import values
from ebbtide.kinds import dependent_kinds, registry, staying_with, using_from_afar
from ebbtide.model.resource import Resource, UnknownReference
from ebbtide.owners.between_kinds import ownership_kinds
from ebbtide.plan.candidate import Candidate
from ebbtide.plan.draft import Draft
from ebbtide.plan.needs import kinds_to_know
from ebbtide.plan.worth import check_worth
from ebbtide.verdict.absence import unconfirmed
from ebbtide.verdict.evidence import gather_evidence
from ebbtide.verdict.opting_in import lacks_consent
from ebbtide.verdict.protection import misspelt_protection_of, undeletable_reason

_NAME = re.compile(r"\w+")


def judge(draft: Draft, name: str) -> None:
    """Refuse a candidate that must stay, doubt one that is not known well enough."""
    candidate = draft.found[name]
    resource = candidate.resource
    stale = resource.stale_since or draft.inventory.stale_since
    protected = draft.protection_of(resource)
    never = undeletable_reason(resource, candidate.rules)
    # Protection comes first: even a stale resource may be known to be protected.
    if protected is not None and protected.by == "aws":
        draft.refuse(name, "never_deleted", protected.reason)
    elif protected is not None and protected.by == "ebbtide":
        draft.refuse(name, "own", protected.reason)
    elif protected is not None:
        draft.refuse(name, "protected", protected.reason)
    elif outside := draft.outside(resource):
        draft.refuse(name, "not_asked", outside)
    elif stale is not None:
        when = stale if isinstance(stale, str) else to_text(stale)
        draft.doubt(name, "stale", f"could not be read since {when}")
    elif never is not None:
        draft.refuse(name, "never_deleted", never)
    elif keeper := _kept_with(draft, resource):
        draft.refuse(
            name,
            "never_deleted",
            f"it stays with {keeper.kind} {keeper.name}: {keeper.keep_reason}",
            (keeper.graph_id,),
        )
    elif guardrail := draft.kept_guardrail(resource):
        draft.refuse(name, "guardrail", guardrail)
    elif refused := lacks_consent(resource.kind, candidate.rules, draft.config):
        draft.refuse(name, "not_allowed", refused)
    elif resource.unread:
        calls = "; ".join(f"{call}: {error}" for call, error in resource.unread.items())
        draft.doubt(name, "unreadable", f"could not be read completely: {calls}")
    elif resource.tags is None:
        draft.doubt(name, "tags_unknown", "its tags could not be read, so it may be protected")
    elif misspelt := misspelt_protection_of(resource, draft.config.protect):
        reason = f"its tag {misspelt} resembles one that protects; correct the key, or remove it"
        draft.doubt(name, "protection_unknown", reason)
    elif draft.marks.unknown:
        draft.doubt(name, "protection_unknown", draft.marks.unknown)
    elif candidate.doubt:
        reason = f"it is unknown whether it is to be cleaned up: {candidate.doubt}"
        draft.doubt(name, "evidence_missing", reason)
    elif check_worth(draft, name):
        _weigh_evidence(draft, name, candidate)


def _kept_with(draft: Draft, resource: Resource) -> Resource | None:
    """Return a resource that is kept, and that this one stays with."""
    kinds = staying_with(resource.kind)
    if not kinds:
        return None
    inventory, name = draft.inventory, resource.graph_id
    related = (*inventory.sources(name), *inventory.targets(name))
    return next((one for one in related if one.kind in kinds and one.keep_reason), None)


def _keepers(resource: Resource) -> frozenset[str]:
    """Return the kinds of what the resource names and would stay with."""
    return frozenset(
        one.kind
        for one in registry()[resource.kind].relations
        if one.stays_with
        # Properties have the names of the answer in snake case.
        and any(values(_NAME.sub(lambda name: snake(name[0]), one.path), resource.properties))
    )


def evidence_about(draft: Draft, name: str) -> tuple[list[str], list[str]]:
    """Return proofs that everything was read that could keep a candidate, and gaps."""
    candidate = draft.found[name]
    resource = candidate.resource
    needing = kinds_to_know(draft, name, resource)
    kinds = candidate.negates | dependent_kinds(resource.kind) | needing
    return gather_evidence(
        draft.inventory,
        resource,
        kinds | (ownership_kinds(resource.kind) - staying_with(resource.kind)) | _keepers(resource),
        tagged=candidate.asked_by_searches,
        afar=using_from_afar(resource.kind),
        # Users matter only by what they name; a rule or search may have looked at more.
        named=resource.kind,
        whole=candidate.negates,
    )


def _weigh_evidence(draft: Draft, name: str, candidate: Candidate) -> None:
    resource = candidate.resource
    proofs, gaps = evidence_about(draft, name)
    if gaps:
        reason = f"evidence is incomplete: {'; '.join(gaps)}"
        draft.doubt(name, "evidence_missing", reason)
    elif unsure := unconfirmed(draft.inventory, resource, candidate.absent, candidate.negates):
        draft.doubt(name, "absence_unconfirmed", unsure)
    elif unknown := next(draft.inventory.unknown_references_to(candidate.resource), None):
        draft.doubt(name, "reference_unknown", _told(*unknown))
    else:
        draft.evidence[name] = tuple(proofs)


def _told(source: Resource, unknown: UnknownReference) -> str:
    return (
        f"the reference {unknown.path} = {unknown.text} of {source.graph_id} is not understood"
        f" and could mean any {unknown.kind}"
    )
