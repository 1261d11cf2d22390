"""Sends the digests of a run; the function that an event of its end invokes calls it.

The function may be repeated, run twice or stop anywhere: notes.py says what each receiver gets.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from ebbtide.aws import own_session
from ebbtide.base.clock import Clock, now
from ebbtide.base.errors import DigestError, EbbtideError
from ebbtide.config import DigestConfig
from ebbtide.config.digest import LONGEST
from ebbtide.deployment.inputs import RunRequest
from ebbtide.deployment.settings import Settings
from ebbtide.digest.changes import Last, fingerprint, remembered
from ebbtide.digest.channels import Channels, Clients
from ebbtide.digest.document import Document
from ebbtide.digest.facts import Facts, read_facts, with_deletions
from ebbtide.digest.for_owner import owner_digest
from ebbtide.digest.for_team import team_digest
from ebbtide.digest.item import Item
from ebbtide.digest.notes import Notes, Told, looked_at, note_looked
from ebbtide.digest.receivers import Receiver, receivers_of
from ebbtide.store.run import Run, read_run

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket

# Runs on a schedule start some minutes early or late.
_EARLY = timedelta(minutes=30)
# What the first digest tells about deletions, at least.
_FIRST_PERIOD = timedelta(days=1)
# Failures that the error of the function names.
_NAMED = 5


@dataclass(slots=True)
class Outcome:
    """How many receivers were told, how many need not be, and what failed."""

    sent: int = 0
    unchanged: int = 0
    failed: list[str] = field(default_factory=list)


def send_digests(
    request: RunRequest,
    bucket: Bucket,
    settings: Settings,
    clients: Clients | None = None,
    clock: Clock = now,
) -> dict[str, Any]:
    """Tell everybody who is due and for whom something has changed; return the numbers.

    Raises DigestError, after everybody was tried, if somebody could not be told.
    """
    run = read_run(bucket, request.run_id)
    why_not = _why_not(bucket, run)
    if why_not:
        return {"sent": 0, "unchanged": 0, "why": why_not}
    clients = clients or own_session(settings.account_id, settings.partition).client
    sending = _Sending(run, bucket, Channels(bucket, settings, clients, run), clock)
    outcome = sending.all()
    if outcome.failed:
        raise DigestError("; ".join(outcome.failed[:_NAMED]))
    return {"sent": outcome.sent, "unchanged": outcome.unchanged, "why": ""}


def _why_not(bucket: Bucket, run: Run) -> str:
    """Return why a run has no digests; empty if it has."""
    if not run.config.digest.enabled:
        return "digest.enabled is false"
    if not run.asked.is_usual:
        return "the run was started for a part, or as a dry run"
    if bucket.find_json(run.keys.plan_summary) is None:
        return "the run made no plan"
    return ""


def period_of(run: Run, looked: datetime | None) -> datetime:
    """Return since when deletions are told to those who were told nothing later.

    At the run that was looked at last, whoever was due was told everything. Whoever was not had
    been told something less than `every` before.
    """
    every = run.config.digest.every
    since = run.started - max(every, _FIRST_PERIOD) if looked is None else looked - every
    return max(since, run.started - LONGEST - every)


@dataclass(slots=True)
class _Sending:
    run: Run
    bucket: Bucket
    channels: Channels
    clock: Clock
    outcome: Outcome = field(default_factory=Outcome)
    notes: dict[str | None, Notes] = field(default_factory=dict)

    @property
    def config(self) -> DigestConfig:
        return self.run.config.digest

    def all(self) -> Outcome:
        """Tell the team, then the owners. Deletions are only read if somebody is due."""
        facts = read_facts(self.bucket, self.run)
        if not any(self._is_due(owner) for owner in (None, *facts.by_owner())):
            return self.outcome
        since = period_of(self.run, looked_at(self.bucket))
        facts = with_deletions(self.bucket, self.run, facts, since)
        self._tell_all(None, facts)
        for owner, theirs in facts.by_owner().items():
            self._tell_all(owner, theirs)
        if not self.outcome.failed:
            note_looked(self.bucket, self.run)
        return self.outcome

    def _is_due(self, owner: str | None) -> bool:
        notes = self._notes(owner)
        return any(self._waited(notes.last(one)) for one in receivers_of(owner, self.config))

    def _notes(self, owner: str | None) -> Notes:
        if owner not in self.notes:
            self.notes[owner] = Notes(self.bucket, owner)
        return self.notes[owner]

    def _waited(self, last: Last | None) -> bool:
        every = self.config.every
        early = min(_EARLY, every / 10)
        return last is None or (
            last.started < self.run.started and self.run.started >= last.started + every - early
        )

    def _tell_all(self, owner: str | None, facts: Facts) -> None:
        for receiver in receivers_of(owner, self.config):
            last = self._notes(owner).last(receiver)
            if self._waited(last):
                self._tell(owner, receiver, facts, last)

    def _tell(self, owner: str | None, receiver: Receiver, facts: Facts, last: Last | None) -> None:
        about = About.of(owner, facts, last)
        if not about.is_news(last, only_on_change=self.config.only_on_change):
            self.outcome.unchanged += 1
            return
        shown = self.config.shown
        document = (
            team_digest(facts, last, shown)
            if owner is None
            else owner_digest(facts, owner, last, shown)
        )
        try:
            self._send(owner, receiver, document, about.told)
        except (EbbtideError, ClientError, BotoCoreError) as error:
            whom = "the team" if owner is None else f"the owner {owner!r}"
            self.outcome.failed.append(f"{receiver.channel} for {whom}: {error}")

    def _send(self, owner: str | None, receiver: Receiver, document: Document, told: Told) -> None:
        notes = self._notes(owner)
        permit = notes.begin(receiver, self.run, self.clock())
        if permit == "busy":
            raise DigestError("another attempt may be sending it at this moment")
        if permit == "given_up":
            raise DigestError("all attempts have failed; the next run tries again")
        if permit == "told":
            return
        try:
            self.channels.send(receiver, document, owner)
        except (DigestError, ClientError):
            notes.fail(receiver, self.run)
            raise
        notes.end(receiver, self.run, told, self.clock())
        self.outcome.sent += 1


@dataclass(frozen=True, slots=True)
class About:
    """What a digest would be about."""

    owner: str | None
    items: tuple[Item, ...]
    deleted: bool
    others: tuple[Any, ...]

    @classmethod
    def of(cls, owner: str | None, facts: Facts, last: Last | None) -> About:
        deleted = bool(facts.deleted_after(facts.period(last)))
        others = tuple(_troubles(facts)) if owner is None else ()
        return cls(owner, facts.items, deleted, others)

    @property
    def told(self) -> Told:
        items = None if self.owner is None else remembered(self.items)
        return Told(fingerprint(self.items, self.others), items)

    def is_news(self, last: Last | None, *, only_on_change: bool) -> bool:
        """Return whether it is worth a digest. An owner of nothing is told nothing."""
        if not (self.items or self.deleted or self.others):
            return self.owner is None and not only_on_change
        if not only_on_change or self.deleted or last is None:
            return True
        return self.told.fingerprint != last.fingerprint


def _troubles(facts: Facts) -> Iterator[Any]:
    yield from facts.holds
    yield from ([one.account, one.sort] for one in facts.incomplete)
