"""Decisions of people about the plans of earlier runs: approvals and rejections; pure.

IAM proves who decided: the object lies below that person's unique user id, where nobody else may
write (docs/permissions.md). Its text proves nothing. What it means follows from the plan that it
names by its hash, so it can never cover more than what that plan listed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from operator import attrgetter
from typing import Any, Literal, Protocol, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from ebbtide.base.clock import from_text, to_text
from ebbtide.base.errors import PlanError
from ebbtide.deployment.inputs import RUN_ID
from ebbtide.model.owner_tag import OWNER_TAG, owner_along
from ebbtide.model.resource import Resource
from ebbtide.plan.model import Plan, Planned
from ebbtide.store.keys import APPROVALS, approval_key

# From when the plan was made. The runs of this time are remembered (published.py), so that nothing
# that was made again under the same id goes by an old approval.
LONGEST = timedelta(days=3)
USUAL = timedelta(days=1)
# A decision is small; more is not read as one.
LARGEST = 100_000
_KEY = re.compile(rf"{APPROVALS}([^/]+)/(\d{{8}}T\d{{6}}Z)/([0-9a-f]{{64}})\.json")
_WHEN = "%Y%m%dT%H%M%SZ"


class Decision(BaseModel):
    """What a person decided about one plan: the stored object (docs/data.md).

    `accounts` and `owners` choose a part of the plan; None means all. `user` and `by` are for
    people to read.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = 1
    verdict: Literal["approve", "reject"]
    user: str
    by: str = ""
    run_id: str = Field(pattern=RUN_ID)
    hash: str = Field(pattern=r"^[0-9a-f]{64}$")
    accounts: tuple[str, ...] | None = None
    owners: tuple[str, ...] | None = None
    owner_tag: str = OWNER_TAG
    excepted: tuple[str, ...] = ()
    made: AwareDatetime
    until: AwareDatetime
    note: str = Field(default="", max_length=500)

    @property
    def text(self) -> str:
        return json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))

    @property
    def key(self) -> str:
        digest = sha256(self.text.encode()).hexdigest()
        return approval_key(self.user, self.until.strftime(_WHEN), digest)

    def covered(self, plan: Plan) -> frozenset[str]:
        """Return the graph ids of what it names of the plan of one account."""
        if self.accounts is not None and plan.account not in self.accounts:
            return frozenset()
        entries = {entry.subject.graph_id: entry for entry in entries_of(plan, self.verdict)}
        return frozenset(
            name
            for name in entries
            if name not in self.excepted
            and (self.owners is None or owner_of(name, entries, self.owner_tag) in self.owners)
        )

    @property
    def words(self) -> str:
        """Say who decided what, and for how long."""
        done = "approved" if self.verdict == "approve" else "rejected"
        note = f": {self.note}" if self.note else ""
        return f"{done} by {self.user} until {to_text(self.until)}{note}"


def entries_of(plan: Plan, verdict: str) -> tuple[Planned, ...]:
    """Return what a decision may be about: only what is planned can be approved.

    What is only reported, such as what is in its grace, can be rejected before it is planned.
    """
    return plan.planned if verdict == "approve" else (*plan.planned, *plan.reported)


def key_ends(key: str) -> datetime | None:
    """Return when a decision ends by its key; None for a key of another form."""
    found = _KEY.fullmatch(key)
    try:
        return None if found is None else from_text(_dashed(found[2]))
    except ValueError:
        return None


def _dashed(text: str) -> str:
    return f"{text[:4]}-{text[4:6]}-{text[6:8]}T{text[9:11]}:{text[11:13]}:{text[13:15]}Z"


def read_decision(key: str, text: str) -> Decision:
    """Read a stored decision. Raises PlanError with the reason if it does not count."""
    found = _KEY.fullmatch(key)
    if found is None:
        raise PlanError("its key is not of the form approvals/USER/UNTIL/SHA256.json")
    if sha256(text.encode()).hexdigest() != found[3]:
        raise PlanError("its content was altered: the key holds another hash")
    try:
        decision = Decision.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "its text"
        raise PlanError(f"it is not a decision about a plan: {place}: {first['msg']}") from error
    if decision.user != found[1]:
        raise PlanError(f"it names {decision.user}, but lies under the user id {found[1]}")
    if decision.until.strftime(_WHEN) != found[2]:
        raise PlanError("it ends at another time than its key says")
    return decision


def why_ignored(decision: Decision, summary: Mapping[str, Any] | None, seal: str) -> str:
    """Return why a decision about the plans of a run does not count; "" if it does.

    `seal` is the SHA-256 of the stored summary's content.
    """
    if summary is None:
        return f"run {decision.run_id} has no plan, or no longer"
    if not decision.hash == summary.get("hash") == seal:
        return f"it names the hash of another plan than run {decision.run_id} has"
    end = from_text(summary["created"]) + LONGEST
    if decision.until > end:
        return f"it lasts longer than {LONGEST.days} days after its plan, until {to_text(end)}"
    return ""


class Tagged(Protocol):
    """What tells the owner of a resource; an entry of a plan has all of it."""

    @property
    def tags(self) -> Mapping[str, str]: ...
    @property
    def goes_with(self) -> str | None: ...
    @property
    def part_of(self) -> str | None: ...


def owner_of(name: str, entries: Mapping[str, Tagged], tag: str) -> str | None:
    """Return the owner tag of a resource, else that of what it goes with or is a part of."""
    return owner_along(
        name, entries.get, attrgetter("tags"), lambda one: one.goes_with or one.part_of, tag
    )


def binding_of(entry: Planned, resource: Resource, definitions: Mapping[str, str]) -> str:
    """Return a hash of why a resource is planned, and of what it was at that time.

    An approval covers it only while that hash stays: the same resource, selected by the same rules
    and jobs with the same definitions, unchanged in all that the cleanup compares, deleted in the
    same way, with or for the same other resource, and breaking nothing more.
    """
    value = {
        "graph_id": entry.subject.graph_id,
        "created": None if resource.created is None else to_text(resource.created),
        "rules": {rule: definitions.get(rule, "") for rule in entry.rules},
        "action": entry.action,
        "goes_with": entry.goes_with,
        "part_of": entry.part_of,
        "asked": sorted(entry.asked),
        "breaks": sorted(f"{one.kind} {one.user}" for one in entry.breaks),
        "fingerprint": dict(entry.fingerprint),
        "tags": dict(entry.tags),
    }
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)
    return sha256(text.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What all valid decisions say about the resources of one account.

    `approved`: graph id -> binding -> the decisions that approve it, by key. `rejected`: graph id
    -> by whom, in words. `spent`: what was deleted since, so that its id means another resource.
    """

    approved: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    rejected: Mapping[str, str] = field(default_factory=dict)
    spent: frozenset[str] = frozenset()
    until: Mapping[str, datetime] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    # No approval is needed, so that none counts.
    only_rejections: bool = False

    @classmethod
    def of(
        cls,
        decided: Iterable[tuple[Decision, Plan]],
        at: datetime,
        spent: frozenset[str] = frozenset(),
        warnings: Iterable[str] = (),
    ) -> Self:
        """Unite decisions, each with the plan of the account that it names; a rejection wins."""
        approved: dict[str, dict[str, tuple[str, ...]]] = {}
        rejected: dict[str, str] = {}
        until: dict[str, datetime] = {}
        valid = [(decision, plan) for decision, plan in decided if decision.until > at]
        for decision, plan in sorted(valid, key=lambda one: one[0].key):
            names = decision.covered(plan)
            until[decision.key] = decision.until
            if decision.verdict == "reject":
                rejected |= dict.fromkeys(names, decision.words)
                continue
            for entry in plan.planned:
                name = entry.subject.graph_id
                if name in names and entry.binding:
                    known = approved.setdefault(name, {})
                    known[entry.binding] = (*known.get(entry.binding, ()), decision.key)
        return cls(approved, rejected, spent, until, tuple(warnings))

    def covering(self, entry: Planned) -> tuple[str, ...]:
        """Return the keys of the approvals that cover an entry; () if none does."""
        name = entry.subject.graph_id
        if name in self.spent or name in self.rejected:
            return ()
        return self.approved.get(name, {}).get(entry.binding, ())

    def why_held(self, entry: Planned) -> str:
        """Say why no approval covers an entry."""
        name = entry.subject.graph_id
        if name in self.rejected:
            return self.rejected[name]
        if name in self.spent:
            return "not approved: what was approved under this id has been deleted since"
        if name in self.approved:
            return "not approved: it, or the reason for its selection, has changed since"
        return "not approved"

    def ends(self, entries: Iterable[Planned]) -> str:
        """Return until when all of these entries may go, by the approvals that cover each."""
        ends = [max(self.until[key] for key in entry.approvals) for entry in entries]
        return to_text(min(ends)) if ends else ""
